#pragma once

/// Decimal floating point numbers (Power ISA book I, chapter 5), apart from any register: their
/// formats, and arithmetic that says what FPSCR is to say.

#include <algorithm>
#include <cstdint>

#include "ppc/fpscr.h"

namespace emulate::ppc::decimal {

using U128 = unsigned __int128;

/// A format (5.3): a sign, five bits of combination, more exponent, declets. Its numbers are a
/// coefficient of so many digits times a power of ten.
struct Format {
  unsigned digits;
  unsigned exponent_bits;  ///< those behind the combination
  int bias;

  constexpr unsigned declets() const { return digits / 3; }
  constexpr unsigned payload_digits() const { return digits - 1; }  ///< of NaNs
  constexpr int exponents() const { return 3 << exponent_bits; }
  constexpr int least() const { return -bias; }  ///< of the exponents
  constexpr int most() const { return exponents() - 1 - bias; }
  /// By how much enabled overflow and underflow change the exponent (5.5.10.3, 5.5.10.4), also of
  /// an operand of this format that is rounded to a shorter one.
  constexpr int wrap() const { return exponents() / 4 * 3; }
  constexpr int wrap_when_shortened() const { return exponents() / 4; }
};
inline constexpr Format kShort{7, 6, 101}, kLong{16, 8, 398}, kExtended{34, 12, 6176};

enum class Class : std::uint8_t { finite, infinity, quiet, signalling };

struct Number {
  U128 coefficient = 0;  ///< of a NaN: the payload; of an infinity: what its digits are
  int exponent = 0;
  Class kind = Class::finite;
  bool negative = false;

  bool is_nan() const { return kind == Class::quiet || kind == Class::signalling; }
  bool is_zero() const { return kind == Class::finite && coefficient == 0; }
};
inline constexpr Number kDefaultNan{0, 0, Class::quiet, false};

/// Of a word in the lower bits.
Number unpack(const Format& format, U128 bits);
U128 pack(const Format& format, const Number& n);

constexpr U128 power_of_10(unsigned n) {
  U128 v = 1;
  for (; n != 0; --n) v *= 10;
  return v;
}
unsigned digits_of(U128 v);  ///< 0 of 0
bool is_subnormal(const Format& format, const Number& n);
/// FPRF (figure "Floating-Point Result Flags").
std::uint32_t class_code(const Format& format, const Number& n);

/// Numbered as in FPSCR's DRN.
enum class Rounding : std::uint8_t {
  nearest_even,
  zero,
  plus_infinity,
  minus_infinity,
  nearest_away,
  nearest_zero,
  away,
  shorter,
};

/// How to round, and to what.
struct Target {
  const Format& format;
  Rounding rounding;
  bool overflow_traps = false, underflow_traps = false;
  int wrap = format.wrap();
};
struct Result {
  Number value;
  std::uint32_t flags = 0;  ///< FPSCR's bits: exceptions, FR, FI
  bool wrapped = false;     ///< an enabled overflow or underflow has changed the exponent
};
inline Result invalid(std::uint32_t reason) { return {kDefaultNan, reason}; }

Result add(const Target& target, const Number& a, const Number& b);
Result subtract(const Target& target, const Number& a, const Number& b);
Result multiply(const Target& target, const Number& a, const Number& b);
Result divide(const Target& target, const Number& a, const Number& b);
/// To another format; NaNs lose leading digits of the payload and stay what they are.
Result convert(const Target& target, const Number& n);
/// With the exponent of `like`.
Result quantize(const Target& target, const Number& like, const Number& n);
/// To so many significant digits, 0 for all.
Result reround(const Target& target, unsigned digits, const Number& n);
Result to_integral(const Target& target, const Number& n);
/// -1, 0, 1. Neither is a NaN.
int compare(const Number& a, const Number& b);

}  // namespace emulate::ppc::decimal
