#pragma once

/// NaNs in the legacy encoding of MIPS before release 6.

#include <cstdint>

namespace emulate::mips {

struct Format {
  unsigned fraction;  ///< bits
  unsigned bits;

  std::uint64_t mask() const {
    return bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  }
  bool is_nan(std::uint64_t v) const {
    const std::uint64_t magnitude = v & (mask() >> 1);
    const std::uint64_t infinity = ((std::uint64_t{1} << (bits - 1 - fraction)) - 1) << fraction;
    return magnitude > infinity;
  }
  /// A set top fraction bit signals.
  bool is_signalling(std::uint64_t v) const { return is_nan(v) && (v >> (fraction - 1) & 1) != 0; }
  std::uint64_t default_nan() const { return (mask() >> 1) ^ std::uint64_t{1} << (fraction - 1); }
};
inline constexpr Format kSingle{23, 32};
inline constexpr Format kDouble{52, 64};

}  // namespace emulate::mips
