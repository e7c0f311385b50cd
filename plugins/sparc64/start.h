#pragma once

/// The machine as execve leaves it, whatever the system.

#include "sparc64/asi.h"
#include "sparc64/codes.h"
#include "sparc64/cpu.h"
#include "sparc64/fsr.h"

namespace emulate::sparc64 {

inline constexpr std::uint64_t kFprsEnabled = 4;
inline constexpr std::uint64_t kFrame = 192;  ///< the least that a stack pointer leaves above it

inline void reset_state(jit::Context& c) {
  State& s = c.state<State>();
  ProcessTraps* process = s.process;
  s = {};
  s.process = process;
  s.distance = kNoCallers;
  s.cc_kind = CcKind::ccr;
  s.asi = kAsiPrimary;
  s.fprs = kFprsEnabled;
  c.guest_mxcsr = write_fsr(s, 0x1f80, 0, true);
}

}  // namespace emulate::sparc64
