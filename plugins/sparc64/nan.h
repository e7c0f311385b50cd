#pragma once

/// NaNs of singles and doubles.

#include <cstdint>

namespace emulate::sparc64 {

struct Format {
  unsigned fraction;  ///< bits
  unsigned bits;

  std::uint64_t mask() const {
    return bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  }
  std::uint64_t infinity() const {
    return ((std::uint64_t{1} << (bits - 1 - fraction)) - 1) << fraction;
  }
  bool is_nan(std::uint64_t v) const { return (v & (mask() >> 1)) > infinity(); }
  bool is_signalling(std::uint64_t v) const { return is_nan(v) && (v >> (fraction - 1) & 1) == 0; }
  std::uint64_t quiet(std::uint64_t v) const { return v | std::uint64_t{1} << (fraction - 1); }
  bool negative(std::uint64_t v) const { return (v >> (bits - 1) & 1) != 0; }
};
inline constexpr Format kSingle{23, 32};
inline constexpr Format kDouble{52, 64};

}  // namespace emulate::sparc64
