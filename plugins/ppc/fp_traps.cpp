/// Enabled floating point exceptions (Power ISA book I, 4.4 and 7.4).

#include <immintrin.h>

#include <bit>
#include <iterator>

#include "ppc/fpscr.h"

namespace emulate::ppc {
namespace {

using Quad = __float128;
constexpr std::uint32_t kMxcsrFlags = 0x3f, kMxcsrInexact = 1u << 5, kMxcsrRounding = 3u << 13;

/// The operation that was noted.
struct Noted {
  unsigned op;
  double a, b, c;

  LastOp kind() const { return static_cast<LastOp>(op & kLastOpMask); }
  bool single() const { return (op & kLastSingle) != 0; }
  /// May overflow or be tiny.
  bool leaves_range() const {
    return kind() != LastOp::none && kind() <= LastOp::narrow && kind() != LastOp::value &&
           kind() != LastOp::sqrt;
  }
};

/// The exact result, but for a last bit that says that there is more. Doubles never need more bits.
Quad exact_result(const Noted& n) {
  const unsigned csr = _mm_getcsr();
  _mm_setcsr((csr & ~kMxcsrFlags) | kMxcsrRounding);
  const volatile Quad a = n.a, b = n.b, c = n.c;
  Quad r = a;
  switch (n.kind()) {
    case LastOp::add:
      r = a + b;
      break;
    case LastOp::sub:
      r = a - b;
      break;
    case LastOp::mul:
      r = a * b;
      break;
    case LastOp::div:
      r = a / b;
      break;
    case LastOp::fma: {
      const volatile Quad product = a * c;  // exact
      r = (n.op & kLastSubtract) != 0 ? product - b : product + b;
      break;
    }
    default:
      break;
  }
  const volatile Quad result = r;
  const bool inexact = (_mm_getcsr() & kMxcsrInexact) != 0;
  _mm_setcsr(csr);
  using Bits = unsigned __int128;
  return inexact ? std::bit_cast<Quad>(std::bit_cast<Bits>(static_cast<Quad>(result)) | 1)
                 : static_cast<Quad>(result);
}

/// 2 to the power of `exponent`.
Quad power_of_2(int exponent) {
  return std::bit_cast<Quad>(static_cast<unsigned __int128>(exponent + 16383) << 112);
}

/// The result with its exponent adjusted, when overflow or underflow trap (4.4.3, 4.4.4), and what
/// FPSCR says of it.
void adjust(State& s, const Noted& n, unsigned target, bool overflow) {
  const int by = n.single() ? 192 : 1536;
  const volatile Quad scaled = exact_result(n) * power_of_2(overflow ? -by : by);
  const unsigned csr = _mm_getcsr();
  _mm_setcsr(csr & ~kMxcsrFlags);
  const volatile double rounded =
      n.single() ? double{static_cast<float>(scaled)} : static_cast<double>(scaled);
  const bool inexact = (_mm_getcsr() & kMxcsrInexact) != 0;
  _mm_setcsr(csr);
  const bool negate = n.kind() == LastOp::fma && (n.op & kLastNegate) != 0;
  const double result = negate ? -rounded : rounded;
  s.vsr[target].high = std::bit_cast<std::uint64_t>(result);
  constexpr std::uint32_t kFprf = 0x1fu << kFprfShift;
  s.fpscr &= ~(kFprf | kFr | kFi | (s.fpscr_before & kXx ? 0 : kXx));
  s.fpscr |= fprf_of(result, n.single()) << kFprfShift;
  if (!inexact) return;
  const Quad exact = scaled, found = rounded;
  s.fpscr |= kFi | ((found < 0 ? -found : found) > (exact < 0 ? -exact : exact) ? kFr : 0);
  raise_exceptions(s, kXx);
}

bool tiny(const Noted& n) {
  const Quad exact = exact_result(n);
  const Quad least = n.single() ? power_of_2(-126) : power_of_2(-1022);
  return exact != 0 && exact < least && exact > -least;
}

/// In the order of Linux arch/powerpc/kernel/traps.c, __parse_fpscr().
std::optional<ArithmeticCode> enabled_exception(std::uint32_t fpscr) {
  constexpr ArithmeticCode kCodes[] = {ArithmeticCode::fp_invalid, ArithmeticCode::fp_overflow,
                                       ArithmeticCode::fp_underflow, ArithmeticCode::fp_divide,
                                       ArithmeticCode::fp_inexact};
  for (unsigned n = 0; n < std::size(kCodes); ++n) {
    if ((fpscr & kVx >> n) != 0 && (fpscr & kVe >> n) != 0) return kCodes[n];
  }
  return std::nullopt;
}

}  // namespace

std::uint32_t begin_fp(State& s, std::uint32_t mxcsr, unsigned target) {
  read_fpscr(s, mxcsr);
  s.fpscr_before = s.fpscr;
  s.target_before = s.vsr[target];
  return mxcsr & ~kMxcsrFlags;
}

std::optional<ArithmeticCode> end_fp(State& s, std::uint32_t& mxcsr, unsigned target) {
  const Noted noted{s.last_op, s.last_a, s.last_b, s.last_c};
  read_fpscr(s, mxcsr);
  mxcsr &= ~kMxcsrFlags;
  // Enabled, underflow needs no loss of accuracy.
  const bool underflow = (s.fpscr & kUe) != 0 && noted.leaves_range() && tiny(noted);
  if (underflow) raise_exceptions(s, kUx);
  const bool overflow = (s.fpscr & kOe) != 0 && (s.fpscr & kOx) != 0 && noted.leaves_range();
  const bool suppressed =
      noted.kind() != LastOp::settled &&
      ((s.fpscr & (kVe | kZe) & s.fpscr >> 22) != 0 || noted.kind() == LastOp::none);
  if (!suppressed && (underflow || overflow)) adjust(s, noted, target, overflow);
  read_fpscr(s, mxcsr);
  const auto code = enabled_exception(s.fpscr);
  if (code && suppressed) s.vsr[target] = s.target_before;
  return code;
}

}  // namespace emulate::ppc
