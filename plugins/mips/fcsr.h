#pragma once

/// The floating point control and status register, split between State and the host's MXCSR: the
/// rounding mode and the sticky flags I, U, O and Z live in MXCSR while the guest runs. V does not,
/// since x86 takes MIPS' quiet NaNs for signalling ones.

#include "jit/engine/context.h"
#include "mips/state.h"

namespace emulate::mips {

inline constexpr std::uint32_t kFlagInexact = 1u << 2, kFlagUnderflow = 1u << 3,
                               kFlagOverflow = 1u << 4, kFlagZero = 1u << 5, kFlagInvalid = 1u << 6;
inline constexpr unsigned kCauseShift = 10;  ///< from a flag to its cause bit
inline constexpr std::uint32_t kFcsrFs = 1u << 24;
inline constexpr std::uint32_t kFcsrRounding = 3;

std::uint32_t read_fcsr(const State& state, std::uint32_t mxcsr);
/// Returns the new MXCSR.
std::uint32_t write_fcsr(State& state, std::uint32_t mxcsr, std::uint32_t value);

}  // namespace emulate::mips
