#include "ppc/fpscr.h"

#include <immintrin.h>

#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "ppc/features.h"

namespace emulate::ppc {
namespace {

/// {FPSCR bit, MXCSR flag}
constexpr std::pair<std::uint32_t, std::uint32_t> kFlags[] = {
    {kXx, 1u << 5}, {kUx, 1u << 4}, {kOx, 1u << 3}, {kZx, 1u << 2}};
constexpr std::uint32_t kMxcsrFlags = 0x3f;
constexpr std::uint32_t kMxcsrRounding = 3u << 13;
/// Power rounds to nearest, zero, plus, minus infinity; x86 numbers them otherwise.
constexpr std::uint32_t kRounding[4] = {0, 3, 2, 1};
constexpr std::uint32_t kFpcc = 0xfu << kFprfShift, kFprf = 0x1fu << kFprfShift;
/// Not to be written: they follow from the others.
constexpr std::uint32_t kSummary = kFex | kVx;
constexpr std::uint32_t kReserved = 1u << 11;

std::uint32_t compare(double a, double b) { return a < b ? kLt : a > b ? kGt : a == b ? kEq : kSo; }

/// VX and FEX.
std::uint32_t with_summary(std::uint32_t v) {
  v &= ~kSummary;
  if (v & kVxAll) v |= kVx;
  // VX OX UX ZX XX stand 22 bits above their enables VE OE UE ZE XE.
  if ((v >> 22 & v & 0xf8u) != 0) v |= kFex;
  return v;
}

// --- The last operation, again ---

struct Rounded {
  double value;
  bool inexact;
};

constexpr unsigned kMxcsrMasks = 0x1f80, kMxcsrInexact = 1u << 5, kToZero = 3;

/// operation() in a rounding mode of x86's.
template <class Operation>
Rounded rounded(unsigned mode, Operation operation) {
  _mm_setcsr(kMxcsrMasks | mode << 13);
  const volatile double value = operation();
  const bool inexact = (_mm_getcsr() & kMxcsrInexact) != 0;
  return {value, inexact};
}

/// In the current rounding mode, by the processor: the library's function is not made for that.
[[gnu::target("sse4.1")]] double to_integral(double v) {
  return _mm_cvtsd_f64(_mm_round_sd(_mm_set_sd(v), _mm_set_sd(v), _MM_FROUND_CUR_DIRECTION));
}

double compute(const State& s) {
  const volatile double a = s.last_a, b = s.last_b, c = s.last_c;
  switch (static_cast<LastOp>(s.last_op & kLastOpMask)) {
    case LastOp::add:
      return a + b;
    case LastOp::sub:
      return a - b;
    case LastOp::mul:
      return a * b;
    case LastOp::div:
      return a / b;
    case LastOp::sqrt:
      return std::sqrt(a);
    case LastOp::fma:
      return std::fma(a, c, (s.last_op & kLastSubtract) != 0 ? -b : b);
    case LastOp::to_integral:
      return to_integral(a);
    default:
      return a;
  }
}
float narrowed(double wide) {
  const volatile double v = wide;
  return static_cast<float>(v);
}
/// An integer as a double, or as a single.
double converted(const State& s) {
  const volatile auto v = std::bit_cast<std::uint64_t>(s.last_a);
  const bool single = (s.last_op & kLastSingle) != 0;
  if (static_cast<LastOp>(s.last_op & kLastOpMask) == LastOp::from_unsigned) {
    return single ? static_cast<float>(v) : static_cast<double>(v);
  }
  const auto integer = static_cast<std::int64_t>(v);
  return single ? static_cast<float>(integer) : static_cast<double>(integer);
}

Rounded last_result(const State& s, unsigned mode) {
  const auto op = static_cast<LastOp>(s.last_op & kLastOpMask);
  if (op == LastOp::from_signed || op == LastOp::from_unsigned) {
    return rounded(mode, [&] { return converted(s); });
  }
  if (op == LastOp::to_integral) {
    const double value = rounded(mode, [&] { return compute(s); }).value;
    return {value, value != s.last_a};
  }
  if ((s.last_op & kLastSingle) == 0) return rounded(mode, [&] { return compute(s); });
  // Rounded to odd first, so that it does not matter that it is rounded twice.
  const Rounded wide = rounded(kToZero, [&] { return compute(s); });
  const auto bits = std::bit_cast<std::uint64_t>(wide.value) | (wide.inexact ? 1 : 0);
  return rounded(mode, [&] { return double{narrowed(std::bit_cast<double>(bits))}; });
}

/// Whether, and to what, a conversion to an integer rounded: FR and FI.
std::uint32_t integer_rounding(const State& s, unsigned mode) {
  if ((s.last_op & kLastZero) != 0) mode = kToZero;
  const double a = s.last_a;
  const double r = rounded(mode, [&] {
                     const volatile double v = a;
                     return to_integral(v);
                   }).value;
  const bool wide = (s.last_op & kLastLong) != 0, is_unsigned = (s.last_op & kLastUnsigned) != 0;
  const double limit = std::ldexp(1.0, (wide ? 64 : 32) - (is_unsigned ? 0 : 1));
  if (!(r < limit && r >= (is_unsigned ? 0 : -limit)) || r == a) return 0;
  return kFi | (std::fabs(r) > std::fabs(a) ? kFr : 0);
}

/// Works out FPRF, FR and FI.
void settle_last(State& s) {
  if (static_cast<LastOp>(s.last_op) == LastOp::settled) {
    s.last_op = 0;
    return;
  }
  const unsigned csr = _mm_getcsr(), mode = kRounding[s.fpscr & 3];
  std::uint32_t found = 0, mask = kFr | kFi;
  if (static_cast<LastOp>(s.last_op & kLastOpMask) == LastOp::to_int) {
    found = integer_rounding(s, mode);
  } else {
    const bool single = (s.last_op & kLastSingle) != 0;
    const Rounded r = last_result(s, mode), least = last_result(s, kToZero);
    const bool negate = (s.last_op & kLastOpMask) == static_cast<unsigned>(LastOp::fma) &&
                        (s.last_op & kLastNegate) != 0;
    found = fprf_of(negate && !std::isnan(r.value) ? -r.value : r.value, single) << kFprfShift;
    mask |= kFprf;
    if (r.inexact) found |= kFi | (std::fabs(r.value) > std::fabs(least.value) ? kFr : 0);
    // x86 looks at the rounded result, Power at the exact one.
    const double normal = single ? 0x1p-126 : std::numeric_limits<double>::min();
    const bool integral = static_cast<LastOp>(s.last_op & kLastOpMask) == LastOp::to_integral;
    if (r.inexact && !integral && std::fabs(least.value) < normal) raise_exceptions(s, kUx);
  }
  s.fpscr = (s.fpscr & ~mask) | found;
  s.last_op = 0;
  _mm_setcsr(csr);
}

}  // namespace

std::uint32_t fprf_of(double v, bool single) {
  const bool negative = std::signbit(v);
  if (std::isnan(v)) return 0b10001;
  if (std::isinf(v)) return negative ? 0b01001 : 0b00101;
  if (v == 0) return negative ? 0b10010 : 0b00010;
  const double least = single ? 0x1p-126 : std::numeric_limits<double>::min();
  if (std::fabs(v) < least) return negative ? 0b11000 : 0b10100;
  return negative ? 0b01000 : 0b00100;
}

void raise_exceptions(State& s, std::uint32_t bits) {
  if ((bits & ~s.fpscr) != 0) s.fpscr |= bits | kFx;
}

std::uint64_t read_fpscr(State& s, std::uint32_t mxcsr) {
  std::uint32_t seen = 0;
  for (const auto& [bit, host] : kFlags) {
    if (mxcsr & host) seen |= bit;
  }
  raise_exceptions(s, seen);
  if (s.last_op != 0) settle_last(s);
  if (s.fpcc_kind != 0) {
    s.fpscr = (s.fpscr & ~kFpcc) | compare(s.cmp_a, s.cmp_b) << kFprfShift;
    s.fpcc_kind = 0;
  }
  s.fpscr = with_summary(s.fpscr);
  return std::uint64_t{s.drn} << kDrnShift | s.fpscr;
}

std::uint32_t write_fpscr(State& s, std::uint32_t mxcsr, std::uint64_t value, std::uint64_t mask) {
  const std::uint64_t old = read_fpscr(s, mxcsr);
  mask &= ~std::uint64_t{kSummary | kReserved};
  const std::uint64_t now = (old & ~mask) | (value & mask);
  s.fpscr = with_summary(static_cast<std::uint32_t>(now));
  if (s.features & k205) s.drn = now >> kDrnShift & 7;
  mxcsr &= ~(kMxcsrFlags | kMxcsrRounding);
  return mxcsr | kRounding[s.fpscr & 3] << 13;
}

}  // namespace emulate::ppc
