/// Quad precision: IEEE binary128 in pairs of doubles, the upper one first. No UltraSPARC executes
/// these instructions; kernels emulate them. The compiler's binary128 arithmetic rounds exactly, in
/// MXCSR's mode, and sets MXCSR's flags; the square root and the choice of NaNs are our own.

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "sparc64/fsr.h"
#include "sparc64/helpers.h"

namespace emulate::sparc64 {
namespace {

using U64 = std::uint64_t;
using Quad = __float128;
using Wide = unsigned __int128;

constexpr std::uint32_t kInvalid = 1, kInexact = 32;
constexpr int kBias = 16383, kFraction = 112;

void flag(std::uint32_t bits) { _mm_setcsr(_mm_getcsr() | bits); }

Wide bits_of(Quad q) { return std::bit_cast<Wide>(q); }
Quad quad_of(Wide bits) { return std::bit_cast<Quad>(bits); }

Quad get(const State& s, unsigned wide) {
  return quad_of(Wide{s.fpr[wide / 2]} << 64 | s.fpr[wide / 2 + 1]);
}
void set(State& s, unsigned wide, Quad q) {
  s.fpr[wide / 2] = static_cast<U64>(bits_of(q) >> 64);
  s.fpr[wide / 2 + 1] = static_cast<U64>(bits_of(q));
}

constexpr Wide kSign = Wide{1} << 127;
constexpr Wide kQuiet = Wide{1} << (kFraction - 1);
constexpr Wide kInfinity = Wide{0x7fff} << kFraction;

bool is_nan(Quad q) { return (bits_of(q) & ~kSign) > kInfinity; }
bool is_signalling(Quad q) { return is_nan(q) && (bits_of(q) & kQuiet) == 0; }
Quad default_nan() { return quad_of(~kSign); }

/// The second operand's NaN, unless only the first's signals (SPARC V9 manual, B.2.2).
Quad nan_of(Quad a, Quad b) {
  const bool first = is_signalling(a) ? !is_signalling(b) : !is_nan(b);
  if (is_signalling(a) || is_signalling(b)) flag(kInvalid);
  const Quad chosen = first ? a : b;
  return quad_of(bits_of(chosen) | kQuiet);
}

template <class F>
Quad arithmetic(Quad a, Quad b, F f) {
  if (is_nan(a) || is_nan(b)) return nan_of(a, b);
  const Quad r = f(a, b);
  return is_nan(r) ? default_nan() : r;
}

/// Rounds a magnitude of 113 bits and what is left of it, in MXCSR's mode.
bool rounds_up(bool odd, bool half, bool rest, bool negative) {
  switch (_mm_getcsr() >> 13 & 3) {
    case 0:
      return half && (rest || odd);
    case 1:
      return negative && (half || rest);
    case 2:
      return !negative && (half || rest);
    default:
      return false;
  }
}

Quad square_root(Quad q) {
  if (is_nan(q)) return nan_of(q, q);
  const Wide bits = bits_of(q);
  if ((bits & ~kSign) == 0) return q;
  if ((bits & kSign) != 0) {
    flag(kInvalid);
    return default_nan();
  }
  if (bits == kInfinity) return q;
  int exponent = static_cast<int>(bits >> kFraction);
  Wide m = bits & ((Wide{1} << kFraction) - 1);
  if (exponent == 0) {
    exponent = 1;
    while ((m >> kFraction) == 0) m <<= 1, --exponent;
  } else {
    m |= Wide{1} << kFraction;
  }
  exponent -= kBias;
  if ((exponent & 1) != 0) m <<= 1, --exponent;
  // Digit by digit: the root of m with 113 bits and one more to round by.
  Wide root = 0, rest = 0;
  for (int n = kFraction + 1; n >= 0; --n) {  // pairs of m's 114 bits from the top, then zeros
    for (int k = 0; k < 2; ++k) {
      // The radicand is m << 114, 228 bits wide.
      const int at = 2 * n + (1 - k);
      const int in_m = at - 114;
      rest = rest << 1 | (in_m >= 0 ? (m >> in_m & 1) : 0);
    }
    root <<= 1;
    if (const Wide trial = root << 1 | 1; rest >= trial) rest -= trial, root |= 1;
  }
  const bool half = (root & 1) != 0;
  root >>= 1;
  if (half || rest != 0) flag(kInexact);
  if (rounds_up((root & 1) != 0, half, rest != 0, false)) ++root;
  if ((root >> (kFraction + 1)) != 0) root >>= 1, exponent += 2;
  const auto biased = static_cast<unsigned>(exponent / 2 + kBias);
  return quad_of(Wide{biased} << kFraction | (root & ((Wide{1} << kFraction) - 1)));
}

template <class To, class Bits, int kToFraction>
Bits narrowed(Quad q) {
  if (!is_nan(q)) return std::bit_cast<Bits>(static_cast<To>(q));
  if (is_signalling(q)) flag(kInvalid);
  const Bits sign = static_cast<Bits>(bits_of(q) >> 127) << (8 * sizeof(Bits) - 1);
  const Bits payload =
      static_cast<Bits>((bits_of(q) & ((Wide{1} << kFraction) - 1)) >> (kFraction - kToFraction));
  const Bits exponent =
      static_cast<Bits>(~Bits{0} << kToFraction) & ~(Bits{1} << (8 * sizeof(Bits) - 1));
  return static_cast<Bits>(sign | exponent | payload | Bits{1} << (kToFraction - 1));
}

template <class From, class Bits, int kFromFraction>
Quad widened(Bits v) {
  const From f = std::bit_cast<From>(v);
  if (f == f) return static_cast<Quad>(f);
  if ((v >> (kFromFraction - 1) & 1) == 0) flag(kInvalid);
  const Wide sign = Wide{static_cast<Bits>(v >> (8 * sizeof(Bits) - 1))} << 127;
  const Wide payload = Wide{static_cast<Bits>(v & ((Bits{1} << kFromFraction) - 1))}
                       << (kFraction - kFromFraction);
  return quad_of(sign | kInfinity | payload | kQuiet);
}

/// Towards zero; what does not fit becomes the nearest that does, and invalid.
template <class Int>
Int to_integer(Quad q) {
  constexpr Int kLeast = static_cast<Int>(Int{1} << (8 * sizeof(Int) - 2)) * -2;
  const bool negative = (bits_of(q) & kSign) != 0;
  // Doubles hold both bounds exactly.
  const Quad bound = -static_cast<Quad>(kLeast);
  if (is_nan(q) || q >= bound || q <= static_cast<Quad>(kLeast) - 1) {
    flag(kInvalid);
    return negative ? kLeast : static_cast<Int>(-(kLeast + 1));
  }
  const auto r = static_cast<Int>(q);
  if (static_cast<Quad>(r) != q) flag(kInexact);
  return r;
}

std::uint8_t compare(Quad a, Quad b, bool signals) {
  if (is_nan(a) || is_nan(b)) {
    if (signals || is_signalling(a) || is_signalling(b)) flag(kInvalid);
    return 3;
  }
  return a == b ? 0 : a < b ? 1 : 2;
}

unsigned wide_number(unsigned field) { return (field & 1) << 5 | (field & 0x1e); }
std::uint32_t single(const State& s, unsigned n) {
  return static_cast<std::uint32_t>(s.fpr[n / 2] >> (n % 2 == 0 ? 32 : 0));
}
void set_single(State& s, unsigned n, std::uint32_t v) {
  std::memcpy(reinterpret_cast<std::byte*>(&s) + single_offset(n), &v, sizeof v);
}

/// The compiler's arithmetic reports overflow and underflow in the status word of the x87, whose
/// flags are MXCSR's.
void clear_x87() { asm volatile("fnclex"); }
void take_x87() {
  std::uint16_t status;
  asm volatile("fnstsw %0" : "=am"(status));
  flag(status & 0x3d);
}

/// rs1 and rs2 are register fields; rd is a number as the result's size counts.
void operate(State& s, QuadOp op, unsigned rd, unsigned rs1, unsigned rs2) {
  const unsigned wide1 = wide_number(rs1), wide2 = wide_number(rs2);
  switch (op) {
    case QuadOp::add:
      return set(s, rd,
                 arithmetic(get(s, wide1), get(s, wide2), [](Quad a, Quad b) { return a + b; }));
    case QuadOp::sub:
      return set(s, rd,
                 arithmetic(get(s, wide1), get(s, wide2), [](Quad a, Quad b) { return a - b; }));
    case QuadOp::mul:
      return set(s, rd,
                 arithmetic(get(s, wide1), get(s, wide2), [](Quad a, Quad b) { return a * b; }));
    case QuadOp::div:
      return set(s, rd,
                 arithmetic(get(s, wide1), get(s, wide2), [](Quad a, Quad b) { return a / b; }));
    case QuadOp::mul_doubles: {
      const auto a = widened<double, U64, 52>(s.fpr[wide1 / 2]);
      const auto b = widened<double, U64, 52>(s.fpr[wide2 / 2]);
      return set(s, rd, arithmetic(a, b, [](Quad x, Quad y) { return x * y; }));
    }
    case QuadOp::sqrt:
      return set(s, rd, square_root(get(s, wide2)));
    case QuadOp::to_single:
      return set_single(s, rd, narrowed<float, std::uint32_t, 23>(get(s, wide2)));
    case QuadOp::to_double:
      s.fpr[rd / 2] = narrowed<double, U64, 52>(get(s, wide2));
      return;
    case QuadOp::from_single:
      return set(s, rd, widened<float, std::uint32_t, 23>(single(s, rs2)));
    case QuadOp::from_double:
      return set(s, rd, widened<double, U64, 52>(s.fpr[wide2 / 2]));
    case QuadOp::to_int:
      return set_single(s, rd, static_cast<std::uint32_t>(to_integer<std::int32_t>(get(s, wide2))));
    case QuadOp::to_long:
      s.fpr[rd / 2] = static_cast<U64>(to_integer<std::int64_t>(get(s, wide2)));
      return;
    case QuadOp::from_int:
      return set(s, rd, static_cast<Quad>(static_cast<std::int32_t>(single(s, rs2))));
    case QuadOp::from_long:
      return set(s, rd, static_cast<Quad>(static_cast<std::int64_t>(s.fpr[wide2 / 2])));
    case QuadOp::compare:
    case QuadOp::compare_signals:
      s.fcc[rd] = compare(get(s, wide1), get(s, wide2), op == QuadOp::compare_signals);
      return;
  }
}

}  // namespace

void quad_operation(State& s, QuadOp op, unsigned rd, unsigned rs1, unsigned rs2) {
  constexpr unsigned kFlags = 0x3f;
  const unsigned before = _mm_getcsr();
  std::array<U64, 32> registers;
  std::copy(std::begin(s.fpr), std::end(s.fpr), registers.begin());
  const std::array fcc = std::to_array(s.fcc);
  _mm_setcsr(before & ~kFlags);
  clear_x87();
  operate(s, op, rd, rs1, rs2);
  take_x87();
  const unsigned found = exceptions_of(_mm_getcsr());
  if ((found & s.fsr >> kFsrEnable) != 0) {  // one that traps has changed nothing
    std::copy(registers.begin(), registers.end(), s.fpr);
    std::copy(fcc.begin(), fcc.end(), s.fcc);
  }
  flag(before & kFlags);
  s.fsr = (s.fsr & ~(kFsrExceptions | kFsrTrapTypeMask)) | found;
  s.last_op = 0;
}

}  // namespace emulate::sparc64
