#pragma once

/// The floating point state register, split between State and the host's MXCSR: the rounding mode
/// and new exceptions live in MXCSR while the guest runs. A reader finds the exceptions since FSR
/// was last accessed as the current ones, unless traps are enabled: then each operation sets them.

#include "jit/engine/context.h"
#include "sparc64/state.h"

namespace emulate::sparc64 {

// SPARC V9 manual, 5.1.7. Exceptions from bit 0: inexact, division by zero, underflow, overflow,
// invalid; current ones, then accrued ones, then (with a gap) the enabled traps.
inline constexpr unsigned kFsrAccrued = 5, kFsrCondition0 = 10, kFsrTrapType = 14, kFsrEnable = 23,
                          kFsrRounding = 30, kFsrCondition1 = 32;
inline constexpr std::uint64_t kFsrExceptions = 0x1f;
inline constexpr std::uint64_t kFsrIeeeTrap = 1;  ///< value of the trap type field

/// Reading moves the new exceptions from MXCSR, which is changed, to State.
std::uint64_t read_fsr(State& state, std::uint32_t& mxcsr);
/// Returns the new MXCSR. Not `wide`: only what LDFSR writes.
std::uint32_t write_fsr(State& state, std::uint32_t mxcsr, std::uint64_t value, bool wide);
inline bool fsr_traps(const State& s) { return (s.fsr >> kFsrEnable & kFsrExceptions) != 0; }
/// SPARC's exceptions from MXCSR's flags.
unsigned exceptions_of(std::uint32_t mxcsr);

}  // namespace emulate::sparc64
