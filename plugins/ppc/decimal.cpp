#include "ppc/decimal.h"

#include <array>
#include <boost/multiprecision/cpp_int.hpp>
#include <optional>

#include "ppc/dpd.h"

namespace emulate::ppc::decimal {
namespace {

/// Holds any product of coefficients, and 77 digits.
using Wide = boost::multiprecision::uint256_t;
constexpr unsigned kWideDigits = 77;

constexpr auto kPowers = [] {
  std::array<Wide, kWideDigits + 1> powers;
  powers[0] = 1;
  for (unsigned n = 1; n <= kWideDigits; ++n) powers[n] = powers[n - 1] * 10;
  return powers;
}();

unsigned wide_digits(const Wide& v) {
  if (v == 0) return 0;
  // A bit is 0.30103 digits.
  const unsigned least = (msb(v) * 1233 >> 12) + 1;
  return v >= kPowers[least] ? least + 1 : least;
}

U128 low_bits(unsigned n) { return (U128{1} << n) - 1; }

// --- Formats ---

// The five bits of combination of what is no number (5.3).
constexpr unsigned kInfinity = 30, kNan = 31;

}  // namespace

unsigned digits_of(U128 v) { return wide_digits(Wide(v)); }

Number unpack(const Format& f, U128 bits) {
  const unsigned trailing = 10 * f.declets(), w = f.exponent_bits;
  const auto combination = static_cast<unsigned>(bits >> (trailing + w) & 31);
  const auto more = static_cast<unsigned>(bits >> trailing & low_bits(w));
  Number n;
  n.negative = (bits >> (trailing + w + 5) & 1) != 0;
  unsigned first = 0;
  if (combination >= kInfinity) {
    const bool signalling = (more >> (w - 1) & 1) != 0;
    n.kind = combination == kInfinity ? Class::infinity
             : signalling             ? Class::signalling
                                      : Class::quiet;
  } else {
    const bool large = combination >> 3 == 3;
    first = large ? 8 | (combination & 1) : combination & 7;
    const unsigned high = large ? combination >> 1 & 3 : combination >> 3;
    n.exponent = static_cast<int>(high << w | more) - f.bias;
  }
  n.coefficient = first;
  for (unsigned d = f.declets(); d-- > 0;) {
    n.coefficient = n.coefficient * 1000 + kDpd.number[bits >> 10 * d & 0x3ff];
  }
  return n;
}

U128 pack(const Format& f, const Number& n) {
  const unsigned trailing = 10 * f.declets(), w = f.exponent_bits;
  U128 bits = 0, rest = n.coefficient;
  for (unsigned d = 0; d < f.declets(); ++d, rest /= 1000) {
    bits |= U128{kDpd.declet[rest % 1000]} << 10 * d;
  }
  unsigned combination = n.kind == Class::infinity ? kInfinity : kNan;
  unsigned more = n.kind == Class::signalling ? 1u << (w - 1) : 0;
  if (n.kind == Class::finite) {
    const auto first = static_cast<unsigned>(rest);
    const auto exponent = static_cast<unsigned>(n.exponent + f.bias);
    const unsigned high = exponent >> w;
    combination = first < 8 ? high << 3 | first : 24 | high << 1 | (first & 1);
    more = exponent & static_cast<unsigned>(low_bits(w));
  }
  bits |= U128{more} << trailing | U128{combination} << (trailing + w);
  return bits | U128{n.negative} << (trailing + w + 5);
}

bool is_subnormal(const Format& f, const Number& n) {
  if (n.kind != Class::finite || n.coefficient == 0) return false;
  return n.exponent + static_cast<int>(digits_of(n.coefficient) - f.digits) < f.least();
}

std::uint32_t class_code(const Format& f, const Number& n) {
  switch (n.kind) {
    case Class::signalling:
      return 0b00001;
    case Class::quiet:
      return 0b10001;
    case Class::infinity:
      return n.negative ? 0b01001 : 0b00101;
    case Class::finite:
      break;
  }
  if (n.coefficient == 0) return n.negative ? 0b10010 : 0b00010;
  if (is_subnormal(f, n)) return n.negative ? 0b11000 : 0b10100;
  return n.negative ? 0b01000 : 0b00100;
}

// --- Rounding ---

namespace {

/// What is behind the last digit, compared with a half of that digit's unit.
enum class Tail : std::uint8_t { none, less, half, greater };

bool rounds_up(Rounding rounding, bool negative, unsigned last_digit, Tail tail) {
  switch (rounding) {
    case Rounding::nearest_even:
      return tail == Tail::greater || (tail == Tail::half && last_digit % 2 != 0);
    case Rounding::zero:
      return false;
    case Rounding::plus_infinity:
      return !negative;
    case Rounding::minus_infinity:
      return negative;
    case Rounding::nearest_away:
      return tail >= Tail::half;
    case Rounding::nearest_zero:
      return tail == Tail::greater;
    case Rounding::away:
      return true;
    case Rounding::shorter:
      return last_digit % 5 == 0;
  }
  return false;
}

/// A value before it is rounded.
struct Exact {
  bool negative;
  Wide coefficient;
  int exponent;
  bool more = false;  ///< there is something behind the coefficient's last digit
};

struct Rounded {
  U128 coefficient;
  bool inexact, up;
};

/// Without the last digits. What remains fits in 128 bits.
Rounded without_digits(const Exact& x, unsigned drop, Rounding rounding) {
  Wide quotient = 0, rest = x.coefficient;
  Tail tail = Tail::less;
  if (drop <= kWideDigits) {
    const Wide& unit = kPowers[drop];
    divide_qr(x.coefficient, unit, quotient, rest);
    const Wide complement = unit - rest;
    if (rest == 0 && !x.more) {
      tail = Tail::none;
    } else if (rest > complement || (rest == complement && x.more)) {
      tail = Tail::greater;
    } else if (rest == complement) {
      tail = Tail::half;
    }
  } else if (rest == 0 && !x.more) {
    tail = Tail::none;
  }
  auto coefficient = static_cast<U128>(quotient);
  const bool up = tail != Tail::none &&
                  rounds_up(rounding, x.negative, static_cast<unsigned>(coefficient % 10), tail);
  return {coefficient + (up ? 1 : 0), tail != Tail::none, up};
}

/// What an overflow that does not trap gives: infinity or the greatest number.
Result overflowed(const Target& t, bool negative) {
  const bool infinite = rounds_up(t.rounding, negative, 9, Tail::greater);
  Number n{0, 0, Class::infinity, negative};
  if (!infinite) n = {power_of_10(t.format.digits) - 1, t.format.most(), Class::finite, negative};
  return {n, kOx | kXx | kFi | (infinite ? kFr : 0)};
}

/// Of the forms of the same value that which has the exponent nearest to `ideal`.
void approach(Number& n, unsigned digits, int ideal) {
  const unsigned used = digits_of(n.coefficient);
  if (n.exponent > ideal) {
    const unsigned by = std::min(digits - used, static_cast<unsigned>(n.exponent - ideal));
    n.coefficient *= power_of_10(by);
    n.exponent -= static_cast<int>(by);
  }
  for (; n.exponent < ideal && n.coefficient % 10 == 0; n.coefficient /= 10) ++n.exponent;
}

/// Rounds to the target's precision and range; of several forms of an exact result that with the
/// exponent nearest to `ideal` (5.5).
Result finish(const Target& t, Exact x, int ideal) {
  const Format& f = t.format;
  if (x.coefficient == 0) {
    return {{0, std::clamp(ideal, f.least(), f.most()), Class::finite, x.negative}};
  }
  const unsigned used = wide_digits(x.coefficient);
  unsigned drop = used > f.digits ? used - f.digits : 0;
  const auto end = [&] { return x.exponent + static_cast<int>(used - f.digits); };
  const bool tiny = end() < f.least();
  Result result;
  if (tiny && t.underflow_traps) {
    x.exponent += t.wrap;
    ideal += t.wrap;
    result.wrapped = true;
    result.flags = kUx;
  } else if (tiny && x.exponent + static_cast<int>(drop) < f.least()) {
    drop = static_cast<unsigned>(f.least() - x.exponent);
  }
  const Rounded rounded = without_digits(x, drop, t.rounding);
  Number& n = result.value;
  n = {rounded.coefficient, x.exponent + static_cast<int>(drop), Class::finite, x.negative};
  if (n.coefficient == power_of_10(f.digits)) {
    n.coefficient /= 10;
    ++n.exponent;
  }
  if (n.exponent + static_cast<int>(digits_of(n.coefficient) - f.digits) > f.most() &&
      !result.wrapped) {
    if (!t.overflow_traps) return overflowed(t, x.negative);
    n.exponent -= t.wrap;
    ideal -= t.wrap;
    result.wrapped = true;
    result.flags = kOx;
  }
  if (rounded.inexact) {
    result.flags |= kXx | kFi | (rounded.up ? kFr : 0);
    if (tiny && !result.wrapped) result.flags |= kUx;
  } else {
    approach(n, f.digits, result.wrapped ? ideal : std::clamp(ideal, f.least(), f.most()));
  }
  return result;
}

// --- Operands that are no numbers ---

Number quieted(Number n) {
  n.kind = Class::quiet;
  return n;
}

/// A signalling NaN before a quiet one, the first operand before the second.
std::optional<Result> result_of_nan(const Number& a, const Number& b) {
  for (const Number* n : {&a, &b}) {
    if (n->kind == Class::signalling) return Result{quieted(*n), kVxSnan};
  }
  for (const Number* n : {&a, &b}) {
    if (n->kind == Class::quiet) return Result{*n};
  }
  return std::nullopt;
}
std::optional<Result> result_of_nan(const Number& n) { return result_of_nan(n, n); }

Number infinity(bool negative) { return {0, 0, Class::infinity, negative}; }

}  // namespace

// --- Arithmetic ---

namespace {

/// So many digits in front of what is only known to be there leave room for a result, for the digit
/// that a subtraction may cost and for one to round by.
constexpr unsigned kSpread = 40;

Exact sum(const Number& high, const Number& low) {
  const auto distance = static_cast<unsigned>(high.exponent - low.exponent);
  const unsigned by = std::min(distance, kSpread), cut = distance - by;
  Exact x{high.negative, Wide(high.coefficient) * kPowers[by],
          high.exponent - static_cast<int>(by)};
  Wide other = low.coefficient;
  if (high.coefficient == 0) {
    x = {low.negative, other, low.exponent};
    return x;
  }
  if (cut != 0) {
    const U128 unit = cut < 39 ? power_of_10(cut) : ~U128{0};
    other = low.coefficient / unit;
    x.more = low.coefficient % unit != 0;
  }
  if (high.negative == low.negative) {
    x.coefficient += other;
    return x;
  }
  if (x.coefficient >= other) {
    x.coefficient -= other;
    if (x.more) x.coefficient -= 1;
  } else {
    x.coefficient = other - x.coefficient;
    x.negative = low.negative;
  }
  return x;
}

}  // namespace

Result add(const Target& t, const Number& a, const Number& b) {
  if (const auto nan = result_of_nan(a, b)) return *nan;
  const bool ia = a.kind == Class::infinity, ib = b.kind == Class::infinity;
  if (ia && ib && a.negative != b.negative) return invalid(kVxIsi);
  if (ia || ib) return {infinity(ia ? a.negative : b.negative)};
  const bool ordered = a.exponent >= b.exponent;
  Exact x = ordered ? sum(a, b) : sum(b, a);
  // Of a zero that is a difference.
  if (x.coefficient == 0) {
    x.negative = a.negative == b.negative ? a.negative : t.rounding == Rounding::minus_infinity;
  }
  return finish(t, x, std::min(a.exponent, b.exponent));
}
Result subtract(const Target& t, const Number& a, const Number& b) {
  Number minus = b;
  if (!b.is_nan()) minus.negative = !b.negative;
  return add(t, a, minus);
}

Result multiply(const Target& t, const Number& a, const Number& b) {
  if (const auto nan = result_of_nan(a, b)) return *nan;
  const bool negative = a.negative != b.negative;
  if (a.kind == Class::infinity || b.kind == Class::infinity) {
    if (a.is_zero() || b.is_zero()) return invalid(kVxImz);
    return {infinity(negative)};
  }
  const int exponent = a.exponent + b.exponent;
  return finish(t, {negative, Wide(a.coefficient) * b.coefficient, exponent}, exponent);
}

Result divide(const Target& t, const Number& a, const Number& b) {
  if (const auto nan = result_of_nan(a, b)) return *nan;
  const bool negative = a.negative != b.negative;
  const bool ia = a.kind == Class::infinity, ib = b.kind == Class::infinity;
  if (ia && ib) return invalid(kVxIdi);
  if (ia) return {infinity(negative)};
  if (ib) return {{0, t.format.least(), Class::finite, negative}};
  if (b.is_zero()) {
    if (a.is_zero()) return invalid(kVxZdz);
    return {infinity(negative), kZx};
  }
  const int ideal = a.exponent - b.exponent;
  if (a.is_zero()) return finish(t, {negative, 0, ideal}, ideal);
  // Enough digits for a quotient that is longer than the target.
  const unsigned wanted = digits_of(b.coefficient) + t.format.digits + 2;
  const unsigned by = wanted - std::min(wanted, digits_of(a.coefficient));
  Exact x{negative, 0, ideal - static_cast<int>(by)};
  Wide rest;
  divide_qr(Wide(Wide(a.coefficient) * kPowers[by]), Wide(b.coefficient), x.coefficient, rest);
  x.more = rest != 0;
  return finish(t, x, ideal);
}

// --- Other forms of one number ---

Result convert(const Target& t, const Number& n) {
  if (n.kind == Class::infinity) return {infinity(n.negative)};
  if (n.is_nan()) {
    Number r = n;
    r.coefficient %= power_of_10(t.format.payload_digits());
    return {r};
  }
  return finish(t, {n.negative, n.coefficient, n.exponent}, n.exponent);
}

namespace {

Result with_exponent(const Target& t, const Number& n, int exponent) {
  Number r = n;
  r.exponent = exponent;
  if (n.coefficient == 0) return {r};
  if (n.exponent < exponent) {
    const auto drop = static_cast<unsigned>(exponent - n.exponent);
    const Rounded rounded = without_digits({n.negative, n.coefficient, 0}, drop, t.rounding);
    r.coefficient = rounded.coefficient;
    return {r, rounded.inexact ? kXx | kFi | (rounded.up ? kFr : 0) : 0};
  }
  const auto by = static_cast<unsigned>(n.exponent - exponent);
  if (by + digits_of(n.coefficient) > t.format.digits) return invalid(kVxCvi);
  r.coefficient *= power_of_10(by);
  return {r};
}

}  // namespace

Result quantize(const Target& t, const Number& like, const Number& n) {
  if (const auto nan = result_of_nan(like, n)) return *nan;
  const bool infinite = n.kind == Class::infinity;
  if (infinite != (like.kind == Class::infinity)) return invalid(kVxCvi);
  return infinite ? Result{infinity(n.negative)} : with_exponent(t, n, like.exponent);
}

Result reround(const Target& t, unsigned digits, const Number& n) {
  if (const auto nan = result_of_nan(n)) return *nan;
  if (n.kind == Class::infinity) return {infinity(n.negative)};
  const unsigned used = digits_of(n.coefficient);
  if (digits == 0 || used <= digits) return {n};
  const int exponent = n.exponent + static_cast<int>(used - digits);
  Result r = with_exponent(t, n, exponent);
  if (r.value.coefficient == power_of_10(digits)) {
    r.value.coefficient /= 10;
    ++r.value.exponent;
  }
  return r.value.exponent > t.format.most() ? invalid(kVxCvi) : r;
}

Result to_integral(const Target& t, const Number& n) {
  if (const auto nan = result_of_nan(n)) return *nan;
  if (n.kind == Class::infinity) return {infinity(n.negative)};
  return n.exponent >= 0 ? Result{n} : with_exponent(t, n, 0);
}

int compare(const Number& a, const Number& b) {
  const auto sign = [](const Number& n) { return n.is_zero() ? 0 : n.negative ? -1 : 1; };
  if (sign(a) != sign(b)) return sign(a) < sign(b) ? -1 : 1;
  if (sign(a) == 0) return 0;
  if (a.kind == Class::infinity || b.kind == Class::infinity) {
    return a.kind == b.kind ? 0 : (a.kind == Class::infinity) == a.negative ? -1 : 1;
  }
  Number minus = b;
  minus.negative = !b.negative;
  const Exact x = a.exponent >= b.exponent ? sum(a, minus) : sum(minus, a);
  return x.coefficient == 0 ? 0 : x.negative ? -1 : 1;
}

}  // namespace emulate::ppc::decimal
