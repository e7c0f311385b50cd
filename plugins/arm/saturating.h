#pragma once

/// The arithmetic of SIMD instructions that both ARM plugins interpret, on single lanes. What
/// saturates sets `qc`, the cumulative flag of FPSR and FPSCR.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

namespace emulate::arm {

/// A SIMD register; lane 0 is in the low bits.
using Vector = std::array<std::uint64_t, 2>;

template <class T>
T lane(const Vector& v, unsigned i) {
  T value;
  std::memcpy(&value, reinterpret_cast<const std::byte*>(v.data()) + i * sizeof(T), sizeof value);
  return value;
}
template <class T>
void set_lane(Vector& v, unsigned i, T value) {
  std::memcpy(reinterpret_cast<std::byte*>(v.data()) + i * sizeof(T), &value, sizeof value);
}

using Wide = __int128;

template <class T>
T saturate(Wide value, bool& qc) {
  constexpr Wide kMin = std::numeric_limits<T>::min();
  constexpr Wide kMax = std::numeric_limits<T>::max();
  if (value >= kMin && value <= kMax) return static_cast<T>(value);
  qc = true;
  return static_cast<T>(value < kMin ? kMin : kMax);
}

/// value >> shift, rounded to nearest with halves up; shift > 0.
constexpr Wide rounding_shift_right(Wide value, unsigned shift) {
  return (value + (Wide{1} << (shift - 1))) >> shift;
}

/// SQRSHL, UQRSHL (VQRSHL): to the left, or for a negative shift rounding to the right.
template <class T>
T saturating_rounding_shift(T value, std::int8_t shift, bool& qc) {
  constexpr int kBits = 8 * sizeof(T);
  if (shift < 0) {
    if (-shift > kBits) return 0;
    return static_cast<T>(rounding_shift_right(value, static_cast<unsigned>(-shift)));
  }
  if (shift >= kBits) return saturate<T>(value == 0 ? 0 : Wide{value} * (Wide{1} << 64), qc);
  return saturate<T>(Wide{value} * (Wide{1} << shift), qc);
}

template <class T>
using Twice = std::conditional_t<sizeof(T) == 2, std::int32_t, std::int64_t>;

/// What follows the doubled product of SQDMULL, SQDMLAL and SQDMLSL.
enum class Accumulate : std::uint8_t { none, add, subtract };

/// SQDMULL, SQDMLAL, SQDMLSL (VQDMULL ...): both the product and the sum saturate.
template <class T>
Twice<T> saturating_doubling_multiply(Twice<T> sum, T a, T b, Accumulate how, bool& qc) {
  const auto product = saturate<Twice<T>>(Wide{2} * a * b, qc);
  if (how == Accumulate::none) return product;
  return saturate<Twice<T>>(how == Accumulate::add ? Wide{sum} + product : Wide{sum} - product, qc);
}

/// Calls operation with a value of the integer type of 8 << size bits.
template <class Operation>
auto with_lane(unsigned size, bool is_unsigned, Operation operation) {
  switch (size << 1 | (is_unsigned ? 1u : 0u)) {
    case 0:
      return operation(std::int8_t{});
    case 1:
      return operation(std::uint8_t{});
    case 2:
      return operation(std::int16_t{});
    case 3:
      return operation(std::uint16_t{});
    case 4:
      return operation(std::int32_t{});
    case 5:
      return operation(std::uint32_t{});
    case 6:
      return operation(std::int64_t{});
    default:
      return operation(std::uint64_t{});
  }
}

/// VQRSHL and the like of the first `bytes` of a register.
inline Vector saturating_rounding_shift(const Vector& value, const Vector& shift, unsigned size,
                                        bool is_unsigned, unsigned bytes, bool& qc) {
  return with_lane(size, is_unsigned, [&]<class T>(T) {
    Vector result{};
    for (unsigned i = 0; i < bytes / sizeof(T); ++i) {
      const auto by = static_cast<std::int8_t>(lane<T>(shift, i));
      set_lane<T>(result, i, saturating_rounding_shift<T>(lane<T>(value, i), by, qc));
    }
    return result;
  });
}

/// SQDMULL and the like: `lanes` results from lanes of `a` from `first` on and, if `by_element` is
/// negative, the same ones of `b`, else that one.
template <class T>
Vector saturating_doubling_multiply(const Vector& sum, const Vector& a, const Vector& b,
                                    unsigned first, unsigned lanes, int by_element, Accumulate how,
                                    bool& qc) {
  Vector result{};
  for (unsigned i = 0; i < lanes; ++i) {
    const unsigned other = by_element < 0 ? first + i : static_cast<unsigned>(by_element);
    set_lane(result, i,
             saturating_doubling_multiply<T>(lane<Twice<T>>(sum, i), lane<T>(a, first + i),
                                             lane<T>(b, other), how, qc));
  }
  return result;
}

}  // namespace emulate::arm
