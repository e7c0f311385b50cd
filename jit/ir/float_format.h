#pragma once

/// The bits of IEEE 754 singles and doubles. Which NaNs signal is the machine's own matter.

#include <cstdint>

namespace emulate::jit {

struct FloatFormat {
  unsigned fraction;  ///< bits
  unsigned bits;

  std::uint64_t mask() const {
    return bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  }
  std::uint64_t infinity() const {
    return ((std::uint64_t{1} << (bits - 1 - fraction)) - 1) << fraction;
  }
  /// The fraction's top bit, which tells quiet NaNs from signalling ones.
  std::uint64_t quiet_bit() const { return std::uint64_t{1} << (fraction - 1); }
  bool is_nan(std::uint64_t v) const { return (v & (mask() >> 1)) > infinity(); }
  bool negative(std::uint64_t v) const { return (v >> (bits - 1) & 1) != 0; }
};
inline constexpr FloatFormat kSingleFormat{23, 32}, kDoubleFormat{52, 64};

}  // namespace emulate::jit
