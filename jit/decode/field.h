#pragma once

/// Types of an encoding's fields, for the parameters of what translates a row.

#include <cstdint>

namespace emulate::jit::decode {

/// A field with a width, for immediates.
template <unsigned kBits>
struct Imm {
  std::uint32_t value;
  explicit constexpr Imm(std::uint32_t v) : value(v) {}
  constexpr std::uint64_t zext() const { return value; }
  constexpr std::int64_t sext() const {
    return static_cast<std::int32_t>(value << (32 - kBits)) >> (32 - kBits);
  }
};

/// Number of a general register.
struct Reg {
  std::uint32_t n;
  explicit constexpr Reg(std::uint32_t v) : n(v) {}
};
/// Number of a floating point register.
struct FReg {
  std::uint32_t n;
  explicit constexpr FReg(std::uint32_t v) : n(v) {}
};
/// Anything else: a shift amount, a condition, a format.
struct Bits {
  std::uint32_t v;
  explicit constexpr Bits(std::uint32_t value) : v(value) {}
};

}  // namespace emulate::jit::decode
