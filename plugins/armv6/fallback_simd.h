#pragma once

/// NEON instructions the translator does not know.

#include <array>
#include <cstdint>

namespace emulate::armv6 {

/// Executes `word`, in its ARM form, if it is one of them. The registers are d0 to d31 in halves;
/// `qc` becomes true when a result saturated.
bool interpret_simd(std::uint32_t word, std::array<std::uint32_t, 64>& registers, bool& qc);

/// The ARM form of a Thumb instruction of Advanced SIMD data processing, or 0.
std::uint32_t arm_form_of_simd(std::uint32_t thumb);

}  // namespace emulate::armv6
