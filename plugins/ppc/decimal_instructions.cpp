/// The decimal floating point instructions (Power ISA book I, chapter 5): what they take from
/// registers and FPSCR, and leave there. Arithmetic is decimal.h's.

#include <immintrin.h>

#include <limits>

#include "ppc/decimal.h"
#include "ppc/dpd.h"
#include "ppc/vector.h"
#include "ppc/vector_ops.h"

namespace emulate::ppc {
namespace {

using jit::Context;
using namespace decimal;
using decimal::compare;

// --- Registers ---

/// An operand of the long or the extended format. That takes a pair of registers.
template <const Format& kFormat>
U128 bits_of(const State& s, U64 reg) {
  const U128 first = s.vsr[reg].high;
  return kFormat.digits <= kLong.digits ? first : first << 64 | s.vsr[reg + 1].high;
}
template <const Format& kFormat>
Number number_in(const State& s, U64 reg) {
  return unpack(kFormat, bits_of<kFormat>(s, reg));
}
template <const Format& kFormat>
void set_bits(State& s, U64 reg, U128 bits) {
  if (kFormat.digits > kLong.digits) {
    s.vsr[reg++].high = static_cast<U64>(bits >> 64);
  }
  s.vsr[reg].high = static_cast<U64>(bits);
}

// --- FPSCR ---

/// FPSCR's part in an instruction, from what instructions before it have left unsettled to CR1.
class Fpscr {
 public:
  explicit Fpscr(Context& c) : s_(state_of(c)) { read_fpscr(s_, _mm_getcsr()); }

  State& state() { return s_; }
  Rounding rounding() const { return static_cast<Rounding>(s_.drn); }
  /// RMC, with R: bit 2 (5.5.2, "Rounding Mode Specification"). 3 stands for FPSCR's.
  Rounding rounding(U64 control) const {
    constexpr Rounding kRoundings[] = {Rounding::nearest_even,  Rounding::zero,
                                       Rounding::nearest_away,  {},
                                       Rounding::plus_infinity, Rounding::minus_infinity,
                                       Rounding::away,          Rounding::nearest_zero};
    return (control & 7) == 3 ? rounding() : kRoundings[control & 7];
  }
  Target target(const Format& format, Rounding r) const {
    return {format, r, (s_.fpscr & kOe) != 0, (s_.fpscr & kUe) != 0};
  }
  Target target(const Format& format) const { return target(format, rounding()); }

  /// Takes over exceptions, FR and FI; whether there is a result to deliver (5.5.10.1, 5.5.10.2).
  bool settle(std::uint32_t flags) {
    s_.fpscr &= ~(kFr | kFi);
    raise_exceptions(s_, flags & kExceptions);
    if ((flags & kVxAll) != 0 && (s_.fpscr & kVe) != 0) return false;
    if ((flags & kZx) != 0 && (s_.fpscr & kZe) != 0) return false;
    s_.fpscr |= flags & (kFr | kFi);
    return true;
  }
  void set_class(std::uint32_t code) {
    s_.fpscr = (s_.fpscr & ~(0x1fu << kFprfShift)) | code << kFprfShift;
  }
  template <const Format& kFormat>
  void deliver(U64 reg, const Result& r) {
    if (!settle(r.flags)) return;
    set_class(class_code(kFormat, r.value));
    set_bits<kFormat>(s_, reg, pack(kFormat, r.value));
  }
  /// The result of a comparison or test.
  void condition(U64 field, unsigned bits) {
    s_.fpscr = (s_.fpscr & ~(0xfu << kFprfShift)) | bits << kFprfShift;
    set_cr_field(s_, static_cast<unsigned>(field), bits);
  }
  /// The end of every instruction; without a record bit 0.
  U64 done(U64 record = 0) {
    const auto fpscr = static_cast<U32>(read_fpscr(s_, 0));
    if (record & 1) set_cr_field(s_, 1, fpscr >> 28);
    s_.last_op = static_cast<std::uint8_t>(LastOp::settled);
    return 0;
  }

 private:
  State& s_;
};

// --- Arithmetic ---

template <auto kOperation, const Format& kFormat>
U64 arithmetic(Context& c, U64 t, U64 a, U64 b, U64 record) noexcept {
  Fpscr f(c);
  f.deliver<kFormat>(t, kOperation(f.target(kFormat), number_in<kFormat>(f.state(), a),
                                   number_in<kFormat>(f.state(), b)));
  return f.done(record);
}

// --- Comparisons and tests ---

template <bool kOrdered, const Format& kFormat>
U64 comparison(Context& c, U64 field, U64 a, U64 b, U64) noexcept {
  Fpscr f(c);
  State& s = f.state();
  const Number x = number_in<kFormat>(s, a), y = number_in<kFormat>(s, b);
  unsigned bits = kSo;
  if (x.is_nan() || y.is_nan()) {
    const bool snan = x.kind == Class::signalling || y.kind == Class::signalling;
    const bool vc = kOrdered && (!snan || (s.fpscr & kVe) == 0);
    raise_exceptions(s, (snan ? kVxSnan : 0) | (vc ? kVxVc : 0));
  } else {
    const int order = compare(x, y);
    bits = order < 0 ? kLt : order > 0 ? kGt : kEq;
  }
  f.condition(field, bits);
  return f.done();
}

/// What a test of a class or group gives: the sign, and whether it is one of those asked for.
unsigned match(const Number& n, bool matches) {
  return (n.negative ? kLt : 0) | (matches ? kEq : 0);
}

template <const Format& kFormat>
U64 test_class(Context& c, U64 field, U64 a, U64 mask, U64) noexcept {
  Fpscr f(c);
  const Number n = number_in<kFormat>(f.state(), a);
  constexpr U64 kZero = 32, kSubnormal = 16, kNormal = 8, kInfinity = 4, kQuiet = 2,
                kSignalling = 1;
  U64 is = kNormal;
  if (n.kind != Class::finite) {
    is = n.kind == Class::infinity ? kInfinity : n.kind == Class::quiet ? kQuiet : kSignalling;
  } else if (n.coefficient == 0) {
    is = kZero;
  } else if (is_subnormal(kFormat, n)) {
    is = kSubnormal;
  }
  f.condition(field, match(n, (mask & is) != 0));
  return f.done();
}

template <const Format& kFormat>
U64 test_group(Context& c, U64 field, U64 a, U64 mask, U64) noexcept {
  Fpscr f(c);
  const Number n = number_in<kFormat>(f.state(), a);
  const bool extreme = n.exponent == kFormat.least() || n.exponent == kFormat.most();
  constexpr U64 kZero = 32, kExtremeZero = 16, kExtreme = 8, kShorter = 4, kFull = 2, kSpecial = 1;
  U64 is = kSpecial;
  if (n.kind == Class::finite) {
    if (n.coefficient == 0) {
      is = extreme ? kExtremeZero : kZero;
    } else if (extreme || is_subnormal(kFormat, n)) {
      is = kExtreme;
    } else {
      is = digits_of(n.coefficient) == kFormat.digits ? kFull : kShorter;
    }
  }
  f.condition(field, match(n, (mask & is) != 0));
  return f.done();
}

template <const Format& kFormat>
U64 test_exponent(Context& c, U64 field, U64 a, U64 b, U64) noexcept {
  Fpscr f(c);
  const Number x = number_in<kFormat>(f.state(), a), y = number_in<kFormat>(f.state(), b);
  unsigned bits = x.exponent < y.exponent ? kLt : x.exponent > y.exponent ? kGt : kEq;
  if (x.kind != Class::finite || y.kind != Class::finite) {
    const bool alike =
        (x.kind == Class::infinity && y.kind == Class::infinity) || (x.is_nan() && y.is_nan());
    bits = alike ? kEq : kSo;
  }
  f.condition(field, bits);
  return f.done();
}

/// How a number of digits compares with those that are significant.
template <const Format& kFormat>
U64 test_significance(Context& c, U64 field, U64 digits, U64 b, U64) noexcept {
  Fpscr f(c);
  const Number n = number_in<kFormat>(f.state(), b);
  const unsigned used = digits_of(n.coefficient);
  unsigned bits = kSo;
  if (n.kind == Class::finite) {
    bits = digits == 0 || used == 0 || digits > used ? kGt : digits < used ? kLt : kEq;
  }
  f.condition(field, bits);
  return f.done();
}
/// The number being in the last six bits of a register.
template <const Format& kFormat>
U64 test_significance_of(Context& c, U64 field, U64 a, U64 b, U64) noexcept {
  return test_significance<kFormat>(c, field, state_of(c).vsr[a].high & 63, b, 0);
}

// --- Changes of the exponent ---
// `mode` has all that is no register: R or TE, RMC, the record bit.

template <const Format& kFormat>
U64 quantize_immediate(Context& c, U64 t, U64 mode, U64 b, U64) noexcept {
  Fpscr f(c);
  const auto exponent = static_cast<int>(mode >> 3);
  const Number like{1, exponent < 16 ? exponent : exponent - 32};
  const Target target = f.target(kFormat, f.rounding(mode >> 1 & 3));
  f.deliver<kFormat>(t, quantize(target, like, number_in<kFormat>(f.state(), b)));
  return f.done(mode);
}
template <const Format& kFormat>
U64 quantize_like(Context& c, U64 t, U64 a, U64 b, U64 mode) noexcept {
  Fpscr f(c);
  f.deliver<kFormat>(
      t, quantize(f.target(kFormat, f.rounding(mode >> 1)), number_in<kFormat>(f.state(), a),
                  number_in<kFormat>(f.state(), b)));
  return f.done(mode);
}
template <const Format& kFormat>
U64 reround_to(Context& c, U64 t, U64 a, U64 b, U64 mode) noexcept {
  Fpscr f(c);
  const auto digits = static_cast<unsigned>(f.state().vsr[a].high & 63);
  f.deliver<kFormat>(t, reround(f.target(kFormat, f.rounding(mode >> 1)), digits,
                                number_in<kFormat>(f.state(), b)));
  return f.done(mode);
}
template <bool kInexact, const Format& kFormat>
U64 round_to_integral(Context& c, U64 t, U64 mode, U64 b, U64) noexcept {
  Fpscr f(c);
  Result r =
      to_integral(f.target(kFormat, f.rounding(mode >> 1)), number_in<kFormat>(f.state(), b));
  if (!kInexact) r.flags &= ~(kXx | kFr | kFi);
  f.deliver<kFormat>(t, r);
  return f.done(mode);
}

// --- Conversions ---

U64 long_from_short(Context& c, U64 t, U64 b, U64 record, U64) noexcept {
  Fpscr f(c);
  const Number n = unpack(kShort, static_cast<U32>(f.state().vsr[b].high));
  f.deliver<kLong>(t, convert(f.target(kLong), n));
  return f.done(record);
}
Result without_signal(Result r) {
  if (r.value.kind != Class::signalling) return r;
  r.value.kind = Class::quiet;
  r.flags |= kVxSnan;
  return r;
}
U64 extended_from_long(Context& c, U64 t, U64 b, U64 record, U64) noexcept {
  Fpscr f(c);
  f.deliver<kExtended>(
      t, without_signal(convert(f.target(kExtended), number_in<kLong>(f.state(), b))));
  return f.done(record);
}

/// Rounds to a shorter format. The result takes as much room as the operand; one whose exponent was
/// changed has the operand's format.
template <const Format& kFrom, const Format& kTo, bool kQuiet>
U64 shorten(Context& c, U64 t, U64 b, U64 record, U64) noexcept {
  Fpscr f(c);
  Target target = f.target(kTo);
  target.wrap = kFrom.wrap_when_shortened();
  Result r = convert(target, number_in<kFrom>(f.state(), b));
  if (kQuiet) r = without_signal(r);
  if (r.wrapped) {
    f.deliver<kFrom>(t, r);
  } else if (f.settle(r.flags)) {
    f.set_class(class_code(kTo, r.value));
    // The long format's word is the first of its pair, the short one's the second half of its.
    set_bits<kFrom>(f.state(), t, pack(kTo, r.value) << (kTo.digits == kLong.digits ? 64 : 0));
  }
  return f.done(record);
}

template <const Format& kFormat>
U64 from_fixed(Context& c, U64 t, U64 b, U64 record, U64) noexcept {
  Fpscr f(c);
  const U64 v = f.state().vsr[b].high;
  const bool negative = static_cast<S64>(v) < 0;
  f.deliver<kFormat>(
      t, convert(f.target(kFormat), {negative ? 0 - v : v, 0, Class::finite, negative}));
  return f.done(record);
}
template <const Format& kFormat>
U64 to_fixed(Context& c, U64 t, U64 b, U64 record, U64) noexcept {
  Fpscr f(c);
  const Number n = number_in<kFormat>(f.state(), b);
  constexpr S64 kLeast = std::numeric_limits<S64>::min(), kMost = std::numeric_limits<S64>::max();
  const Number least{U128{1} << 63, 0, Class::finite, true}, most{static_cast<U64>(kMost)};
  const Result r = to_integral(f.target(kFormat), n);
  S64 v;
  std::uint32_t flags = r.flags;
  if (n.is_nan()) {
    v = kLeast;
    flags |= kVxCvi;
  } else if (compare(r.value, least) < 0 || compare(r.value, most) > 0) {
    v = n.negative ? kLeast : kMost;
    flags = kVxCvi;
  } else {
    // With an exponent that is not 0 there is a small coefficient.
    U128 magnitude = r.value.coefficient;
    if (magnitude != 0) magnitude *= power_of_10(static_cast<unsigned>(r.value.exponent));
    v = static_cast<S64>(n.negative ? 0 - static_cast<U64>(magnitude)
                                    : static_cast<U64>(magnitude));
  }
  if (f.settle(flags)) f.state().vsr[t].high = static_cast<U64>(v);
  return f.done(record);
}

// --- Formats ---
// These leave FPSCR alone, but for denbcd.

/// For instructions with a record bit that change nothing else in FPSCR.
U64 record_only(Context& c, U64 record) { return record & 1 ? Fpscr(c).done(1) : 0; }

constexpr unsigned kBcdMinus = 13, kBcdPlus = 12, kBcdPlusPreferred = 15;

/// mode: SP, the record bit.
template <const Format& kFormat>
U64 to_bcd(Context& c, U64 t, U64 mode, U64 b, U64) noexcept {
  State& s = state_of(c);
  const Number n = number_in<kFormat>(s, b);
  U128 bits = 0, rest = n.coefficient;
  for (unsigned at = 0; rest != 0; at += 12, rest /= 1000) {
    if (at < 128) bits |= U128{bcd_of_number(static_cast<unsigned>(rest % 1000))} << at;
  }
  if (mode & 4) {
    const unsigned plus = mode & 2 ? kBcdPlusPreferred : kBcdPlus;
    bits = bits << 4 | (n.negative ? kBcdMinus : plus);
  }
  set_bits<kFormat>(s, t, bits);
  return record_only(c, mode);
}

/// mode: S, the record bit.
template <const Format& kFormat>
U64 from_bcd(Context& c, U64 t, U64 mode, U64 b, U64) noexcept {
  Fpscr f(c);
  U128 bits = bits_of<kFormat>(f.state(), b);
  bool valid = true;
  Number n;
  if (mode & 2) {
    const auto sign = static_cast<unsigned>(bits & 15);
    valid = sign >= 10;
    n.negative = sign == kBcdMinus || sign == 11;
    bits >>= 4;
  }
  U128 unit = 1;
  for (; bits != 0; bits >>= 4, unit *= 10) {
    valid = valid && (bits & 15) < 10;
    n.coefficient += unit * (bits & 15);
  }
  f.deliver<kFormat>(t, valid ? Result{n} : invalid(kVxCvi));
  return f.done(mode);
}

// What stands for the exponent of an infinity and of NaNs.
constexpr S64 kExponentInfinity = -1, kExponentQuiet = -2, kExponentSignalling = -3;

template <const Format& kFormat>
U64 extract_exponent(Context& c, U64 t, U64 b, U64 record, U64) noexcept {
  State& s = state_of(c);
  const Number n = number_in<kFormat>(s, b);
  constexpr S64 kSpecial[] = {0, kExponentInfinity, kExponentQuiet, kExponentSignalling};
  const S64 exponent =
      n.kind == Class::finite ? n.exponent + kFormat.bias : kSpecial[static_cast<unsigned>(n.kind)];
  s.vsr[t].high = static_cast<U64>(exponent);
  return record_only(c, record);
}
template <const Format& kFormat>
U64 insert_exponent(Context& c, U64 t, U64 a, U64 b, U64 record) noexcept {
  State& s = state_of(c);
  const auto exponent = static_cast<S64>(s.vsr[a].high);
  Number n = number_in<kFormat>(s, b);
  U128 declets = 0;
  if (exponent >= 0 && exponent < kFormat.exponents()) {
    n.kind = Class::finite;
    n.exponent = static_cast<int>(exponent) - kFormat.bias;
  } else {
    // All but the first digit, in whatever encoding.
    declets = bits_of<kFormat>(s, b) & ((U128{1} << 10 * kFormat.declets()) - 1);
    n.coefficient = 0;
    n.kind = exponent == kExponentInfinity     ? Class::infinity
             : exponent == kExponentSignalling ? Class::signalling
                                               : Class::quiet;
  }
  set_bits<kFormat>(s, t, pack(kFormat, n) | declets);
  return record_only(c, record);
}

/// Shifts the digits, of infinities and NaNs all but the first.
template <bool kLeft, const Format& kFormat>
U64 shift(Context& c, U64 t, U64 a, U64 by, U64 record) noexcept {
  State& s = state_of(c);
  Number n = number_in<kFormat>(s, a);
  const unsigned digits = n.kind == Class::finite ? kFormat.digits : kFormat.payload_digits();
  const auto count = static_cast<unsigned>(by);
  if (count >= digits) {
    n.coefficient = 0;
  } else if (kLeft) {
    n.coefficient = n.coefficient % power_of_10(digits - count) * power_of_10(count);
  } else {
    n.coefficient /= power_of_10(count);
  }
  set_bits<kFormat>(s, t, pack(kFormat, n));
  return record_only(c, record);
}

// --- The instructions ---
// Letters: helper_argument(); f a condition field, r Rc, m what a helper's `mode` has.

template <jit::decode::Text kText, jit::Helper kHelper>
constexpr HelperInstruction decimal_row(const char* name, std::uint32_t needs = k205) {
  return {name, jit::decode::parse(kText), kHelper, needs};
}

// clang-format off
constexpr HelperInstruction kInstructions[] = {
    decimal_row<"111011 ttttt ggggg hhhhh 0000000010 r", arithmetic<add, kLong>>("dadd"),
    decimal_row<"111111 QQQQ0 GGGG0 HHHH0 0000000010 r", arithmetic<add, kExtended>>("daddq"),
    decimal_row<"111011 ttttt ggggg hhhhh 1000000010 r", arithmetic<subtract, kLong>>("dsub"),
    decimal_row<"111111 QQQQ0 GGGG0 HHHH0 1000000010 r", arithmetic<subtract, kExtended>>("dsubq"),
    decimal_row<"111011 ttttt ggggg hhhhh 0000100010 r", arithmetic<multiply, kLong>>("dmul"),
    decimal_row<"111111 QQQQ0 GGGG0 HHHH0 0000100010 r", arithmetic<multiply, kExtended>>("dmulq"),
    decimal_row<"111011 ttttt ggggg hhhhh 1000100010 r", arithmetic<divide, kLong>>("ddiv"),
    decimal_row<"111111 QQQQ0 GGGG0 HHHH0 1000100010 r", arithmetic<divide, kExtended>>("ddivq"),

    decimal_row<"111011 fff -- ggggg hhhhh 0010000010 -", comparison<true, kLong>>("dcmpo"),
    decimal_row<"111111 fff -- GGGG0 HHHH0 0010000010 -", comparison<true, kExtended>>("dcmpoq"),
    decimal_row<"111011 fff -- ggggg hhhhh 1010000010 -", comparison<false, kLong>>("dcmpu"),
    decimal_row<"111111 fff -- GGGG0 HHHH0 1010000010 -", comparison<false, kExtended>>("dcmpuq"),
    decimal_row<"111011 fff -- ggggg mmmmmm 011000010 -", test_class<kLong>>("dtstdc"),
    decimal_row<"111111 fff -- GGGG0 mmmmmm 011000010 -", test_class<kExtended>>("dtstdcq"),
    decimal_row<"111011 fff -- ggggg mmmmmm 011100010 -", test_group<kLong>>("dtstdg"),
    decimal_row<"111111 fff -- GGGG0 mmmmmm 011100010 -", test_group<kExtended>>("dtstdgq"),
    decimal_row<"111011 fff -- ggggg hhhhh 0010100010 -", test_exponent<kLong>>("dtstex"),
    decimal_row<"111111 fff -- GGGG0 HHHH0 0010100010 -", test_exponent<kExtended>>("dtstexq"),
    decimal_row<"111011 fff -- ggggg hhhhh 1010100010 -", test_significance_of<kLong>>("dtstsf"),
    decimal_row<"111111 fff -- ggggg HHHH0 1010100010 -", test_significance_of<kExtended>>("dtstsfq"),
    decimal_row<"111011 fff - mmmmmm hhhhh 1010100011 -", test_significance<kLong>>("dtstsfi", k300),
    decimal_row<"111111 fff - mmmmmm HHHH0 1010100011 -", test_significance<kExtended>>("dtstsfiq", k300),

    decimal_row<"111011 ttttt mmmmm hhhhh mm 01000011 m", quantize_immediate<kLong>>("dquai"),
    decimal_row<"111111 QQQQ0 mmmmm HHHH0 mm 01000011 m", quantize_immediate<kExtended>>("dquaiq"),
    decimal_row<"111011 ttttt ggggg hhhhh mm 00000011 m", quantize_like<kLong>>("dqua"),
    decimal_row<"111111 QQQQ0 GGGG0 HHHH0 mm 00000011 m", quantize_like<kExtended>>("dquaq"),
    decimal_row<"111011 ttttt ggggg hhhhh mm 00100011 m", reround_to<kLong>>("drrnd"),
    decimal_row<"111111 QQQQ0 ggggg HHHH0 mm 00100011 m", reround_to<kExtended>>("drrndq"),
    decimal_row<"111011 ttttt ---- m hhhhh mm 01100011 m", round_to_integral<true, kLong>>("drintx"),
    decimal_row<"111111 QQQQ0 ---- m HHHH0 mm 01100011 m", round_to_integral<true, kExtended>>("drintxq"),
    decimal_row<"111011 ttttt ---- m hhhhh mm 11100011 m", round_to_integral<false, kLong>>("drintn"),
    decimal_row<"111111 QQQQ0 ---- m HHHH0 mm 11100011 m", round_to_integral<false, kExtended>>("drintnq"),

    decimal_row<"111011 ttttt ----- hhhhh 0100000010 r", long_from_short>("dctdp"),
    decimal_row<"111111 QQQQ0 ----- hhhhh 0100000010 r", extended_from_long>("dctqpq"),
    decimal_row<"111011 ttttt ----- hhhhh 1100000010 r", shorten<kLong, kShort, false>>("drsp"),
    decimal_row<"111111 QQQQ0 ----- HHHH0 1100000010 r", shorten<kExtended, kLong, true>>("drdpq"),
    decimal_row<"111011 ttttt ----- hhhhh 1100100010 r", from_fixed<kLong>>("dcffix", k206),
    decimal_row<"111111 QQQQ0 ----- hhhhh 1100100010 r", from_fixed<kExtended>>("dcffixq"),
    decimal_row<"111011 ttttt ----- hhhhh 0100100010 r", to_fixed<kLong>>("dctfix"),
    decimal_row<"111111 ttttt ----- HHHH0 0100100010 r", to_fixed<kExtended>>("dctfixq"),

    decimal_row<"111011 ttttt mm --- hhhhh 0101000010 m", to_bcd<kLong>>("ddedpd"),
    decimal_row<"111111 QQQQ0 mm --- HHHH0 0101000010 m", to_bcd<kExtended>>("ddedpdq"),
    decimal_row<"111011 ttttt m ---- hhhhh 1101000010 m", from_bcd<kLong>>("denbcd"),
    decimal_row<"111111 QQQQ0 m ---- HHHH0 1101000010 m", from_bcd<kExtended>>("denbcdq"),
    decimal_row<"111011 ttttt ----- hhhhh 0101100010 r", extract_exponent<kLong>>("dxex"),
    decimal_row<"111111 ttttt ----- HHHH0 0101100010 r", extract_exponent<kExtended>>("dxexq"),
    decimal_row<"111011 ttttt ggggg hhhhh 1101100010 r", insert_exponent<kLong>>("diex"),
    decimal_row<"111111 QQQQ0 ggggg HHHH0 1101100010 r", insert_exponent<kExtended>>("diexq"),
    decimal_row<"111011 ttttt ggggg mmmmmm 001000010 r", shift<true, kLong>>("dscli"),
    decimal_row<"111111 QQQQ0 GGGG0 mmmmmm 001000010 r", shift<true, kExtended>>("dscliq"),
    decimal_row<"111011 ttttt ggggg mmmmmm 001100010 r", shift<false, kLong>>("dscri"),
    decimal_row<"111111 QQQQ0 GGGG0 mmmmmm 001100010 r", shift<false, kExtended>>("dscriq"),
};
// clang-format on

}  // namespace

std::span<const HelperInstruction> decimal_instructions() { return kInstructions; }

}  // namespace emulate::ppc
