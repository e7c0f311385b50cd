/// AltiVec's floating point (Power ISA book I, 6.10): singles, rounded to nearest, without
/// exceptions; with NJ set, denormals count as zeros.

#include <immintrin.h>

#include <bit>
#include <cmath>
#include <limits>

#include "ppc/nan.h"
#include "ppc/vector_ops.h"

namespace emulate::ppc {
namespace {

using jit::Context;

bool non_java(Context& c) { return (state_of(c).vscr & kVscrNj) != 0; }

/// Rounding and flushing as vectors have it, for the time of an instruction.
class VectorMode {
 public:
  explicit VectorMode(Context& c) : saved_(_mm_getcsr()) {
    constexpr unsigned kMasked = 0x1f80, kFlush = 1u << 15 | 1u << 6;
    _mm_setcsr(kMasked | (non_java(c) ? kFlush : 0));
  }
  ~VectorMode() { _mm_setcsr(saved_); }
  VectorMode(const VectorMode&) = delete;
  VectorMode& operator=(const VectorMode&) = delete;

 private:
  unsigned saved_;
};

constexpr U32 kQuiet32 = 1u << 22, kDefault32 = 0x7fc0'0000u;
bool nan32(float v) { return (std::bit_cast<U32>(v) & 0x7fff'ffffu) > 0x7f80'0000u; }
float quiet(float v) { return std::bit_cast<float>(std::bit_cast<U32>(v) | kQuiet32); }

/// `r`, or the NaN that follows from the operands.
float settle(float r, float a, float b) {
  if (nan32(a)) return quiet(a);
  if (nan32(b)) return quiet(b);
  return nan32(r) ? std::bit_cast<float>(kDefault32) : r;
}

/// With NJ the host flushes what it computes; a maximum is not computed.
float flush(Context& c, float v) {
  const auto bits = std::bit_cast<U32>(v);
  const bool denormal = (bits & 0x7f80'0000u) == 0;
  return denormal && non_java(c) ? std::bit_cast<float>(bits & 0x8000'0000u) : v;
}

template <auto kF>
U64 float2(Context& c, U64 d, U64 a, U64 b, U64) noexcept {
  const VectorMode mode(c);
  const auto x = load<float>(c, a), y = load<float>(c, b);
  Lanes<float> r;
  for (unsigned i = 0; i < 4; ++i) r[i] = flush(c, settle(kF(x[i], y[i]), x[i], y[i]));
  store(c, d, r);
  return 0;
}
template <auto kF>
U64 float1(Context& c, U64 d, U64, U64 b, U64) noexcept {
  const VectorMode mode(c);
  const auto x = load<float>(c, b);
  Lanes<float> r;
  for (unsigned i = 0; i < 4; ++i) r[i] = settle(kF(x[i]), x[i], x[i]);
  store(c, d, r);
  return 0;
}
/// Whether a sum that became the least normal number is less before it is rounded, which counts
/// where results are flushed (4.4.4): the host looks at it afterwards.
bool was_tiny(float a, float factor, float addend) {
  constexpr unsigned kToZero = 3u << 13;
  const unsigned csr = _mm_getcsr();
  _mm_setcsr(csr | kToZero);
  const volatile double exact = std::fma(double{a}, double{factor}, double{addend});
  _mm_setcsr(csr);
  return std::fabs(exact) < std::numeric_limits<float>::min();
}

template <bool kNegativeSubtract>
U64 float_fma(Context& c, U64 d, U64 a, U64 b, U64 factor) noexcept {
  const VectorMode mode(c);
  const auto x = load<float>(c, a), y = load<float>(c, b), f = load<float>(c, factor);
  Lanes<float> r;
  for (unsigned i = 0; i < 4; ++i) {
    const float addend = kNegativeSubtract ? -y[i] : y[i];
    float v = std::fma(x[i], f[i], addend);
    if (std::fabs(v) == std::numeric_limits<float>::min() && non_java(c) &&
        was_tiny(x[i], f[i], addend)) {
      v = std::copysign(0.0f, v);
    }
    if (nan32(x[i])) {
      r[i] = quiet(x[i]);
    } else if (nan32(y[i])) {
      r[i] = quiet(y[i]);
    } else if (nan32(f[i])) {
      r[i] = quiet(f[i]);
    } else if (nan32(v)) {
      r[i] = std::bit_cast<float>(kDefault32);
    } else {
      r[i] = kNegativeSubtract ? -v : v;
    }
  }
  store(c, d, r);
  return 0;
}

constexpr auto kAdd = [](float x, float y) { return x + y; };
constexpr auto kSub = [](float x, float y) { return x - y; };
/// +0 is greater than -0.
constexpr auto kMax = [](float x, float y) {
  return x == y ? (std::signbit(x) ? y : x) : x > y ? x : y;
};
constexpr auto kMin = [](float x, float y) {
  return x == y ? (std::signbit(x) ? x : y) : x < y ? x : y;
};
constexpr auto kReciprocal = [](float x) { return 1.0f / x; };
constexpr auto kReciprocalRoot = [](float x) { return 1.0f / std::sqrt(x); };
constexpr auto kPower2 = [](float x) { return std::exp2(x); };
constexpr auto kLog2 = [](float x) { return std::log2(x); };
constexpr auto kNearest = [](float x) { return std::nearbyint(x); };
constexpr auto kTruncate = [](float x) { return std::trunc(x); };
constexpr auto kCeil = [](float x) { return std::ceil(x); };
constexpr auto kFloor = [](float x) { return std::floor(x); };

/// From fixed point with `scale` bits of fraction.
template <class From>
U64 from_fixed(Context& c, U64 d, U64 scale, U64 b, U64) noexcept {
  const VectorMode mode(c);
  const auto x = load<From>(c, b);
  Lanes<float> r;
  for (unsigned i = 0; i < 4; ++i) {
    r[i] = std::ldexp(static_cast<float>(x[i]), -static_cast<int>(scale));
  }
  store(c, d, r);
  return 0;
}
template <class To>
U64 to_fixed(Context& c, U64 d, U64 scale, U64 b, U64) noexcept {
  const VectorMode mode(c);
  const auto x = load<float>(c, b);
  Lanes<To> r;
  for (unsigned i = 0; i < 4; ++i) {
    if (nan32(x[i])) {
      r[i] = 0;
      continue;
    }
    const double v = std::trunc(std::ldexp(static_cast<double>(x[i]), static_cast<int>(scale)));
    constexpr double kMost = std::numeric_limits<To>::max(),
                     kLeast = std::numeric_limits<To>::min();
    if (v > kMost || v < kLeast) state_of(c).vscr |= kVscrSat;
    r[i] = v > kMost    ? std::numeric_limits<To>::max()
           : v < kLeast ? std::numeric_limits<To>::min()
                        : static_cast<To>(v);
  }
  store(c, d, r);
  return 0;
}

constexpr auto kEqual = [](float x, float y) { return x == y; };
constexpr auto kGreaterEqual = [](float x, float y) { return x >= y; };
constexpr auto kGreater = [](float x, float y) { return x > y; };
template <auto kF>
U64 compare_floats(Context& c, U64 d, U64 a, U64 b, U64 record) noexcept {
  const VectorMode mode(c);
  return compare<float, kF>(c, d, a, b, record);
}
/// Within -b to b; the two highest bits tell on which side it is not.
U64 compare_bounds(Context& c, U64 d, U64 a, U64 b, U64 record) noexcept {
  const VectorMode mode(c);
  const auto x = load<float>(c, a), y = load<float>(c, b);
  Lanes<U32> r;
  bool all_inside = true;
  for (unsigned i = 0; i < 4; ++i) {
    r[i] = (x[i] <= y[i] ? 0 : 0x8000'0000u) | (x[i] >= -y[i] ? 0 : 0x4000'0000u);
    all_inside = all_inside && r[i] == 0;
  }
  store(c, d, r);
  if (record) record_comparison(c, false, all_inside);
  return 0;
}

constexpr HelperInstruction kInstructions[] = {
    vx(10, "vaddfp", float2<kAdd>),
    vx(74, "vsubfp", float2<kSub>),
    vx(266, "vrefp", float1<kReciprocal>),
    vx(330, "vrsqrtefp", float1<kReciprocalRoot>),
    vx(394, "vexptefp", float1<kPower2>),
    vx(458, "vlogefp", float1<kLog2>),
    vx(522, "vrfin", float1<kNearest>),
    vx(586, "vrfiz", float1<kTruncate>),
    vx(650, "vrfip", float1<kCeil>),
    vx(714, "vrfim", float1<kFloor>),
    vxu(778, "vcfux", from_fixed<U32>),
    vxu(842, "vcfsx", from_fixed<S32>),
    vxu(906, "vctuxs", to_fixed<U32>),
    vxu(970, "vctsxs", to_fixed<S32>),
    vx(1034, "vmaxfp", float2<kMax>),
    vx(1098, "vminfp", float2<kMin>),
    va(46, "vmaddfp", float_fma<false>),
    va(47, "vnmsubfp", float_fma<true>),
    vc(198, "vcmpeqfp", compare_floats<kEqual>),
    vc(454, "vcmpgefp", compare_floats<kGreaterEqual>),
    vc(710, "vcmpgtfp", compare_floats<kGreater>),
    vc(966, "vcmpbfp", compare_bounds),
};

}  // namespace

std::span<const HelperInstruction> altivec_float_instructions() { return kInstructions; }

}  // namespace emulate::ppc
