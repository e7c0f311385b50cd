#pragma once

/// NaNs by Power's rules (Power ISA book I, 4.3.2 and 4.4), on the bits of doubles and singles.

#include <bit>
#include <cstdint>

#include "ppc/fpscr.h"

namespace emulate::ppc {

inline constexpr std::uint64_t kQuietBit = std::uint64_t{1} << 51,
                               kInfinityBits = 0x7ff0'0000'0000'0000u,
                               kDefaultNan = 0x7ff8'0000'0000'0000u,
                               kMagnitudeBits = ~std::uint64_t{0} >> 1;

constexpr bool is_nan(std::uint64_t v) { return (v & kMagnitudeBits) > kInfinityBits; }
constexpr bool is_snan(std::uint64_t v) { return is_nan(v) && (v & kQuietBit) == 0; }
constexpr bool is_inf(std::uint64_t v) { return (v & kMagnitudeBits) == kInfinityBits; }
constexpr bool is_zero(std::uint64_t v) { return (v & kMagnitudeBits) == 0; }

constexpr std::uint64_t widen_nan(std::uint32_t v) {
  return std::uint64_t{v & 0x8000'0000u} << 32 | kInfinityBits |
         std::uint64_t{v & 0x7f'ffffu} << 29;
}
constexpr std::uint32_t narrow_nan(std::uint64_t v) {
  return static_cast<std::uint32_t>((v >> 32 & 0x8000'0000u) | 0x7f80'0000u |
                                    (v >> 29 & 0x7f'ffffu));
}
/// The double equal to a single, signalling NaNs included.
inline std::uint64_t widen(std::uint32_t v) {
  if ((v & 0x7fff'ffffu) > 0x7f80'0000u) return widen_nan(v);
  return std::bit_cast<std::uint64_t>(static_cast<double>(std::bit_cast<float>(v)));
}

/// What an operation gives whose result is a NaN; `how`: a FloatOp or kNanSqrt (helpers.h).
std::uint64_t settle_nan(State& state, std::uint64_t a, std::uint64_t b, unsigned how);
/// The same for a * f + b.
std::uint64_t settle_fma_nan(State& state, std::uint64_t a, std::uint64_t f, std::uint64_t b);

/// What stfs stores: bits dropped, not rounded.
std::uint32_t single_bits(std::uint64_t v);

/// FG and FE of the tests for software division and square root (4.6.6).
unsigned division_test(double a, double b);
unsigned division_test(float a, float b);
unsigned root_test(double b);
unsigned root_test(float b);

}  // namespace emulate::ppc
