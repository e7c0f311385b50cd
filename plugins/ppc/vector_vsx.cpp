/// VSX (Power ISA book I, chapter 7): vectors of doubles and singles. Unlike AltiVec's they round
/// as FPSCR says and set its exceptions, but not FPRF.

#include <immintrin.h>

#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

#include "ppc/helpers.h"
#include "ppc/nan.h"
#include "ppc/vector_ops.h"

namespace emulate::ppc {
namespace {

using jit::Context;

template <class F>
using Bits = std::conditional_t<sizeof(F) == 8, U64, U32>;

/// The bits of `v` as a double's.
template <class F>
U64 wide_bits(F v) {
  if constexpr (sizeof(F) == 8) {
    return std::bit_cast<U64>(v);
  } else {
    return widen(std::bit_cast<U32>(v));
  }
}
template <class F>
F from_nan(U64 v) {
  if constexpr (sizeof(F) == 8) {
    return std::bit_cast<F>(v);
  } else {
    return std::bit_cast<F>(narrow_nan(v));
  }
}
template <class F>
bool nan_of(F v) {
  return is_nan(wide_bits(v));
}

/// Power finds underflow in the exact result, x86 in the rounded one, which may be a normal number.
template <class F, class Operation>
void note_underflow(Context& c, F r, Operation operation) {
  constexpr F kNormal = std::numeric_limits<F>::min();
  if (std::fabs(r) != kNormal) return;
  const unsigned csr = _mm_getcsr();
  _mm_setcsr(csr | _MM_ROUND_TOWARD_ZERO);
  const volatile F down = operation();
  const F exact_or_less = down;
  _mm_setcsr(csr);
  if (std::fabs(exact_or_less) < kNormal) raise_exceptions(state_of(c), kUx);
}

// FloatOp's numbers.
constexpr unsigned kAddOp = 0, kSubOp = 1, kMulOp = 2, kDivOp = 3;

template <class F, unsigned kOp>
U64 arithmetic(Context& c, U64 d, U64 a, U64 b, U64) noexcept {
  const auto x = load<F>(c, a), y = load<F>(c, b);
  Lanes<F> r;
  for (unsigned i = 0; i < r.kCount; ++i) {
    const auto compute = [&]() -> F {
      const volatile F m = x[i], n = y[i];
      return kOp == kAddOp ? m + n : kOp == kSubOp ? m - n : kOp == kMulOp ? m * n : m / n;
    };
    volatile F v = compute();
    r[i] = v;
    note_underflow<F>(c, r[i], compute);
    if (nan_of<F>(v)) {
      r[i] = from_nan<F>(settle_nan(state_of(c), wide_bits(x[i]), wide_bits(y[i]), kOp));
    }
  }
  store(c, d, r);
  return 0;
}

template <class F>
F settled(Context& c, F r, F x, unsigned how) {
  if (!nan_of(r)) return r;
  return from_nan<F>(settle_nan(state_of(c), wide_bits(x), wide_bits(x), how));
}
template <class F>
F root(Context& c, F x) {
  volatile F v = std::sqrt(x);
  return settled<F>(c, v, x, kNanSqrt);
}
/// The square root, the reciprocal, the reciprocal of the root.
enum class Unary { root, reciprocal, reciprocal_root };
template <class F, Unary kWhat>
U64 unary(Context& c, U64 d, U64 b, U64, U64) noexcept {
  const auto x = load<F>(c, b);
  Lanes<F> r;
  for (unsigned i = 0; i < r.kCount; ++i) {
    const F base = kWhat == Unary::reciprocal ? x[i] : root<F>(c, x[i]);
    if (kWhat == Unary::root) {
      r[i] = base;
    } else {
      volatile F v = F{1} / base;
      r[i] = settled<F>(c, v, base, kDivOp);
    }
  }
  store(c, d, r);
  return 0;
}

/// With kM the target is a factor, else the addend.
template <class F, bool kSubtract, bool kNegate, bool kM>
U64 multiply_add(Context& c, U64 d, U64 a, U64 b, U64) noexcept {
  const auto x = load<F>(c, a), y = load<F>(c, b), t = load<F>(c, d);
  Lanes<F> r;
  for (unsigned i = 0; i < r.kCount; ++i) {
    const F factor = kM ? t[i] : y[i], addend = kM ? y[i] : t[i];
    const auto compute = [&]() -> F {
      const volatile F m = x[i], n = factor;
      return std::fma(m, n, kSubtract ? -addend : addend);
    };
    volatile F v = compute();
    const F sum = v;
    note_underflow<F>(c, sum, compute);
    if (nan_of(sum)) {
      r[i] = from_nan<F>(
          settle_fma_nan(state_of(c), wide_bits(x[i]), wide_bits(factor), wide_bits(addend)));
    } else {
      r[i] = kNegate ? -sum : sum;
    }
  }
  store(c, d, r);
  return 0;
}

/// A number wins over a quiet NaN; +0 is greater than -0.
template <class F, bool kMax>
F extreme(Context& c, F x, F y) {
  const U64 wx = wide_bits(x), wy = wide_bits(y);
  if (is_snan(wx) || is_snan(wy)) {
    raise_exceptions(state_of(c), kVxSnan);
    return from_nan<F>((is_snan(wx) ? wx : wy) | kQuietBit);
  }
  if (is_nan(wx)) return is_nan(wy) ? x : y;
  if (is_nan(wy)) return x;
  if (x == y) return std::signbit(x) == kMax ? y : x;
  return (x > y) == kMax ? x : y;
}
template <class F, bool kMax>
U64 extremes(Context& c, U64 d, U64 a, U64 b, U64) noexcept {
  const auto x = load<F>(c, a), y = load<F>(c, b);
  Lanes<F> r;
  for (unsigned i = 0; i < r.kCount; ++i) r[i] = extreme<F, kMax>(c, x[i], y[i]);
  store(c, d, r);
  return 0;
}
template <bool kMax>
U64 scalar_extreme(Context& c, U64 d, U64 a, U64 b, U64) noexcept {
  const auto x = load<double>(c, a), y = load<double>(c, b);
  Lanes<double> r{};
  r[0] = extreme<double, kMax>(c, x[0], y[0]);
  store(c, d, r);
  return 0;
}

enum class Relation { equal, greater, greater_equal };
template <class F, Relation kRelation>
U64 relation(Context& c, U64 d, U64 a, U64 b, U64 record) noexcept {
  const auto x = load<F>(c, a), y = load<F>(c, b);
  Lanes<Bits<F>> r;
  bool all = true, none = true;
  for (unsigned i = 0; i < r.kCount; ++i) {
    const U64 wx = wide_bits(x[i]), wy = wide_bits(y[i]);
    bool yes = false;
    if (is_nan(wx) || is_nan(wy)) {
      const bool snan = is_snan(wx) || is_snan(wy);
      raise_exceptions(state_of(c),
                       (snan ? kVxSnan : 0) | (kRelation != Relation::equal ? kVxVc : 0));
    } else {
      yes = kRelation == Relation::equal     ? x[i] == y[i]
            : kRelation == Relation::greater ? x[i] > y[i]
                                             : x[i] >= y[i];
    }
    r[i] = yes ? ~Bits<F>{0} : Bits<F>{0};
    (yes ? none : all) = false;
  }
  store(c, d, r);
  if (record) record_comparison(c, all, none);
  return 0;
}

// --- Signs ---

enum class Sign { clear, set, flip };
template <class B, Sign kSign>
U64 signs(Context& c, U64 d, U64 b, U64, U64) noexcept {
  auto x = load<B>(c, b);
  constexpr B kTop = B{1} << (8 * sizeof(B) - 1);
  for (B& v : x.raw)
    v = kSign == Sign::clear ? v & ~kTop : kSign == Sign::set ? v | kTop : v ^ kTop;
  store(c, d, x);
  return 0;
}
template <class B>
U64 copy_signs(Context& c, U64 d, U64 a, U64 b, U64) noexcept {
  const auto x = load<B>(c, a);
  auto y = load<B>(c, b);
  constexpr B kTop = B{1} << (8 * sizeof(B) - 1);
  for (unsigned i = 0; i < y.kCount; ++i) y[i] = (y[i] & ~kTop) | (x[i] & kTop);
  store(c, d, y);
  return 0;
}

// --- Rounding and conversion ---

enum class Round { away, current, floor, ceil, truncate };

/// By the processor: the library's functions are not made for every rounding mode.
template <int kMode>
[[gnu::target("sse4.1")]] float rounded(float v) {
  return _mm_cvtss_f32(_mm_round_ss(_mm_set_ss(v), _mm_set_ss(v), kMode | _MM_FROUND_NO_EXC));
}
template <int kMode>
[[gnu::target("sse4.1")]] double rounded(double v) {
  return _mm_cvtsd_f64(_mm_round_sd(_mm_set_sd(v), _mm_set_sd(v), kMode | _MM_FROUND_NO_EXC));
}
/// To the nearest, ties away from zero. The difference and the sum are exact.
template <class F>
F rounded_away(F v) {
  const F magnitude = std::fabs(v);
  F whole = rounded<_MM_FROUND_TO_ZERO>(magnitude);
  if (magnitude - whole >= F{0.5}) whole += 1;
  return std::copysign(whole, v);
}
template <class F, Round kHow>
U64 round_lanes(Context& c, U64 d, U64 b, U64, U64) noexcept {
  const auto x = load<F>(c, b);
  Lanes<F> r;
  for (unsigned i = 0; i < r.kCount; ++i) {
    const U64 wide = wide_bits(x[i]);
    if (is_nan(wide)) {
      if (is_snan(wide)) raise_exceptions(state_of(c), kVxSnan);
      r[i] = from_nan<F>(wide | kQuietBit);
      continue;
    }
    r[i] = kHow == Round::away      ? rounded_away(x[i])
           : kHow == Round::current ? rounded<_MM_FROUND_CUR_DIRECTION>(x[i])
           : kHow == Round::floor   ? rounded<_MM_FROUND_TO_NEG_INF>(x[i])
           : kHow == Round::ceil    ? rounded<_MM_FROUND_TO_POS_INF>(x[i])
                                    : rounded<_MM_FROUND_TO_ZERO>(x[i]);
    if (kHow == Round::current && r[i] != x[i]) raise_exceptions(state_of(c), kXx);
  }
  store(c, d, r);
  return 0;
}

/// Towards zero, saturated; VXCVI where it does not fit.
template <class To, class F>
To to_int(Context& c, F x) {
  const U64 wide = wide_bits(x);
  if (is_nan(wide)) {
    raise_exceptions(state_of(c), is_snan(wide) ? kVxCvi | kVxSnan : kVxCvi);
    return std::numeric_limits<To>::min();
  }
  const double v = std::trunc(static_cast<double>(x));
  // The least number above To's is a power of two.
  const double above = std::ldexp(1.0, std::numeric_limits<To>::digits);
  if (v >= above || v < static_cast<double>(std::numeric_limits<To>::min())) {
    raise_exceptions(state_of(c), kVxCvi);
    return v > 0 ? std::numeric_limits<To>::max() : std::numeric_limits<To>::min();
  }
  if (v != static_cast<double>(x)) raise_exceptions(state_of(c), kXx);
  return static_cast<To>(v);
}

/// Between lanes of the same or of different widths: the narrow ones are every second, the first
/// of a pair; the others of a result read as the same value.
template <class From, class To, auto kF>
U64 convert(Context& c, U64 d, U64 b, U64, U64) noexcept {
  const auto x = load<From>(c, b);
  Lanes<To> r{};
  if constexpr (sizeof(From) == sizeof(To)) {
    for (unsigned i = 0; i < r.kCount; ++i) r[i] = kF(c, x[i]);
  } else if constexpr (sizeof(From) < sizeof(To)) {
    for (unsigned i = 0; i < 2; ++i) r[i] = kF(c, x[2 * i]);
  } else {
    for (unsigned i = 0; i < 2; ++i) r[2 * i] = r[2 * i + 1] = kF(c, x[i]);
  }
  store(c, d, r);
  return 0;
}
template <class To>
constexpr auto kToInt = [](Context& c, auto x) { return to_int<To>(c, x); };
template <class To>
constexpr auto kFromInt = [](Context&, auto x) {
  volatile To v = static_cast<To>(x);
  return static_cast<To>(v);
};
constexpr auto kNarrow = [](Context& c, double x) {
  const U64 w = std::bit_cast<U64>(x);
  if (is_nan(w)) {
    if (is_snan(w)) raise_exceptions(state_of(c), kVxSnan);
    return from_nan<float>(w | kQuietBit);
  }
  const auto compute = [&] {
    const volatile double wide = x;
    return static_cast<float>(wide);
  };
  volatile float v = compute();
  const float narrow = v;
  note_underflow<float>(c, narrow, compute);
  return narrow;
};
constexpr auto kWiden = [](Context& c, float x) {
  U64 w = wide_bits(x);
  if (is_snan(w)) {
    raise_exceptions(state_of(c), kVxSnan);
    w |= kQuietBit;
  }
  return std::bit_cast<double>(w);
};

/// Scalars set FPRF, FR and FI.
void note_last(Context& c, double operand, unsigned op) {
  State& s = state_of(c);
  s.last_a = operand;
  s.last_op = static_cast<std::uint8_t>(op);
  s.fpcc_kind = 0;
}
U64 narrow_scalar(Context& c, U64 d, U64 b, U64, U64) noexcept {
  const auto x = load<double>(c, b);
  Lanes<float> r{};
  r[0] = r[1] = kNarrow(c, x[0]);
  note_last(c, x[0], static_cast<unsigned>(LastOp::narrow) | kLastSingle);
  store(c, d, r);
  return 0;
}
U64 widen_scalar(Context& c, U64 d, U64 b, U64, U64) noexcept {
  const auto x = load<float>(c, b);
  Lanes<double> r{};
  r[0] = kWiden(c, x[0]);
  note_last(c, r[0], static_cast<unsigned>(LastOp::value));
  store(c, d, r);
  return 0;
}
/// Bits only, as stfs and lfs have it.
U64 narrow_quietly(Context& c, U64 d, U64 b, U64, U64) noexcept {
  const auto x = load<U64>(c, b);
  Lanes<U32> r{};
  r[0] = r[1] = single_bits(x[0]);
  store(c, d, r);
  return 0;
}
U64 widen_quietly(Context& c, U64 d, U64 b, U64, U64) noexcept {
  const auto x = load<U32>(c, b);
  Lanes<U64> r{};
  r[0] = widen(x[0]);
  store(c, d, r);
  return 0;
}

// --- Tests ---

template <class F>
U64 test_division(Context& c, U64 field, U64 a, U64 b, U64) noexcept {
  const auto x = load<F>(c, a), y = load<F>(c, b);
  unsigned bits = 8;
  for (unsigned i = 0; i < x.kCount; ++i) bits |= division_test(x[i], y[i]);
  set_cr_field(state_of(c), static_cast<unsigned>(field), bits);
  return 0;
}
template <class F>
U64 test_root(Context& c, U64 field, U64 b, U64, U64) noexcept {
  const auto x = load<F>(c, b);
  unsigned bits = 8;
  for (unsigned i = 0; i < x.kCount; ++i) bits |= root_test(x[i]);
  set_cr_field(state_of(c), static_cast<unsigned>(field), bits);
  return 0;
}

// --- Encodings: opcode 60 ---

/// Three registers and eight bits of opcode.
constexpr HelperInstruction xx3(unsigned xo, const char* name, jit::Helper helper,
                                std::uint32_t needs = kVsx) {
  jit::decode::Pattern p;
  p.mask = 0xfc00'07f8u;
  p.value = 60u << 26 | xo << 3;
  p.field_count = 3;
  p.fields[0] = {'T', 0x03e0'0001u};
  p.fields[1] = {'A', 0x001f'0004u};
  p.fields[2] = {'B', 0x0000'f802u};
  return {name, p, helper, needs};
}
/// Two registers and nine bits of opcode.
constexpr HelperInstruction xx2(unsigned xo, const char* name, jit::Helper helper,
                                std::uint32_t needs = kVsx) {
  HelperInstruction i = xx3(0, name, helper, needs);
  i.pattern.mask = 0xfc00'07fcu;
  i.pattern.value = 60u << 26 | xo << 2;
  i.pattern.field_count = 2;
  i.pattern.fields[1] = {'B', 0x0000'f802u};
  return i;
}
/// A comparison: seven bits of opcode and the record bit.
constexpr HelperInstruction xx3_compare(unsigned xo, const char* name, jit::Helper helper) {
  HelperInstruction i = xx3(xo, name, helper);
  i.pattern.mask = 0xfc00'03f8u;
  i.pattern.field_count = 4;
  i.pattern.fields[3] = {'r', 0x0000'0400u};
  return i;
}
/// The target is a condition field.
constexpr HelperInstruction to_cr(HelperInstruction i) {
  i.pattern.fields[0] = {'f', 0x0380'0000u};
  return i;
}
// clang-format off
constexpr HelperInstruction kInstructions[] = {
    xx3(96, "xvadddp", arithmetic<double, kAddOp>), xx3(104, "xvsubdp", arithmetic<double, kSubOp>),
    xx3(112, "xvmuldp", arithmetic<double, kMulOp>),
    xx3(120, "xvdivdp", arithmetic<double, kDivOp>), xx3(64, "xvaddsp", arithmetic<float, kAddOp>),
    xx3(72, "xvsubsp", arithmetic<float, kSubOp>), xx3(80, "xvmulsp", arithmetic<float, kMulOp>),
    xx3(88, "xvdivsp", arithmetic<float, kDivOp>),
    xx3(97, "xvmaddadp", multiply_add<double, false, false, false>),
    xx3(105, "xvmaddmdp", multiply_add<double, false, false, true>),
    xx3(113, "xvmsubadp", multiply_add<double, true, false, false>),
    xx3(121, "xvmsubmdp", multiply_add<double, true, false, true>),
    xx3(225, "xvnmaddadp", multiply_add<double, false, true, false>),
    xx3(233, "xvnmaddmdp", multiply_add<double, false, true, true>),
    xx3(241, "xvnmsubadp", multiply_add<double, true, true, false>),
    xx3(249, "xvnmsubmdp", multiply_add<double, true, true, true>),
    xx3(65, "xvmaddasp", multiply_add<float, false, false, false>),
    xx3(73, "xvmaddmsp", multiply_add<float, false, false, true>),
    xx3(81, "xvmsubasp", multiply_add<float, true, false, false>),
    xx3(89, "xvmsubmsp", multiply_add<float, true, false, true>),
    xx3(193, "xvnmaddasp", multiply_add<float, false, true, false>),
    xx3(201, "xvnmaddmsp", multiply_add<float, false, true, true>),
    xx3(209, "xvnmsubasp", multiply_add<float, true, true, false>),
    xx3(217, "xvnmsubmsp", multiply_add<float, true, true, true>),
    xx3(160, "xsmaxdp", scalar_extreme<true>), xx3(168, "xsmindp", scalar_extreme<false>),
    xx3(224, "xvmaxdp", extremes<double, true>), xx3(232, "xvmindp", extremes<double, false>),
    xx3(192, "xvmaxsp", extremes<float, true>), xx3(200, "xvminsp", extremes<float, false>),
    xx3(240, "xvcpsgndp", copy_signs<U64>), xx3(208, "xvcpsgnsp", copy_signs<U32>),
    xx3_compare(99, "xvcmpeqdp", relation<double, Relation::equal>),
    xx3_compare(107, "xvcmpgtdp", relation<double, Relation::greater>),
    xx3_compare(115, "xvcmpgedp", relation<double, Relation::greater_equal>),
    xx3_compare(67, "xvcmpeqsp", relation<float, Relation::equal>),
    xx3_compare(75, "xvcmpgtsp", relation<float, Relation::greater>),
    xx3_compare(83, "xvcmpgesp", relation<float, Relation::greater_equal>),
    to_cr(xx3(125, "xvtdivdp", test_division<double>)),
    to_cr(xx3(93, "xvtdivsp", test_division<float>)),
    to_cr(xx2(234, "xvtsqrtdp", test_root<double>)), to_cr(xx2(170, "xvtsqrtsp", test_root<float>)),
    xx2(473, "xvabsdp", signs<U64, Sign::clear>), xx2(489, "xvnabsdp", signs<U64, Sign::set>),
    xx2(505, "xvnegdp", signs<U64, Sign::flip>), xx2(409, "xvabssp", signs<U32, Sign::clear>),
    xx2(425, "xvnabssp", signs<U32, Sign::set>), xx2(441, "xvnegsp", signs<U32, Sign::flip>),
    xx2(203, "xvsqrtdp", unary<double, Unary::root>),
    xx2(139, "xvsqrtsp", unary<float, Unary::root>),
    xx2(218, "xvredp", unary<double, Unary::reciprocal>),
    xx2(154, "xvresp", unary<float, Unary::reciprocal>),
    xx2(202, "xvrsqrtedp", unary<double, Unary::reciprocal_root>),
    xx2(138, "xvrsqrtesp", unary<float, Unary::reciprocal_root>),
    xx2(201, "xvrdpi", round_lanes<double, Round::away>),
    xx2(235, "xvrdpic", round_lanes<double, Round::current>),
    xx2(249, "xvrdpim", round_lanes<double, Round::floor>),
    xx2(233, "xvrdpip", round_lanes<double, Round::ceil>),
    xx2(217, "xvrdpiz", round_lanes<double, Round::truncate>),
    xx2(137, "xvrspi", round_lanes<float, Round::away>),
    xx2(171, "xvrspic", round_lanes<float, Round::current>),
    xx2(185, "xvrspim", round_lanes<float, Round::floor>),
    xx2(169, "xvrspip", round_lanes<float, Round::ceil>),
    xx2(153, "xvrspiz", round_lanes<float, Round::truncate>),
    xx2(472, "xvcvdpsxds", convert<double, S64, kToInt<S64>>),
    xx2(216, "xvcvdpsxws", convert<double, S32, kToInt<S32>>),
    xx2(456, "xvcvdpuxds", convert<double, U64, kToInt<U64>>),
    xx2(200, "xvcvdpuxws", convert<double, U32, kToInt<U32>>),
    xx2(408, "xvcvspsxds", convert<float, S64, kToInt<S64>>),
    xx2(152, "xvcvspsxws", convert<float, S32, kToInt<S32>>),
    xx2(392, "xvcvspuxds", convert<float, U64, kToInt<U64>>),
    xx2(136, "xvcvspuxws", convert<float, U32, kToInt<U32>>),
    xx2(504, "xvcvsxddp", convert<S64, double, kFromInt<double>>),
    xx2(488, "xvcvuxddp", convert<U64, double, kFromInt<double>>),
    xx2(440, "xvcvsxdsp", convert<S64, float, kFromInt<float>>),
    xx2(424, "xvcvuxdsp", convert<U64, float, kFromInt<float>>),
    xx2(248, "xvcvsxwdp", convert<S32, double, kFromInt<double>>),
    xx2(232, "xvcvuxwdp", convert<U32, double, kFromInt<double>>),
    xx2(184, "xvcvsxwsp", convert<S32, float, kFromInt<float>>),
    xx2(168, "xvcvuxwsp", convert<U32, float, kFromInt<float>>),
    xx2(393, "xvcvdpsp", convert<double, float, kNarrow>),
    xx2(457, "xvcvspdp", convert<float, double, kWiden>), xx2(265, "xscvdpsp", narrow_scalar),
    xx2(329, "xscvspdp", widen_scalar), xx2(267, "xscvdpspn", narrow_quietly, k207),
    xx2(331, "xscvspdpn", widen_quietly, k207),
};
// clang-format on

}  // namespace

std::span<const HelperInstruction> vsx_instructions() { return kInstructions; }

}  // namespace emulate::ppc
