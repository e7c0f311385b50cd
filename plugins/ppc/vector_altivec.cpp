/// AltiVec (Power ISA book I, chapter 6): integers. What came later: vector_207.cpp.

#include <immintrin.h>

#include <algorithm>
#include <bit>

#include "ppc/vector_ops.h"

namespace emulate::ppc {
namespace {

using jit::Context;
using jit::Helper;

constexpr auto kAdd = [](auto x, auto y) { return x + y; };
constexpr auto kSub = [](auto x, auto y) { return x - y; };
constexpr auto kMul = [](auto x, auto y) { return x * y; };
constexpr auto kMax = [](auto x, auto y) { return std::max(x, y); };
constexpr auto kMin = [](auto x, auto y) { return std::min(x, y); };
constexpr auto kEqual = [](auto x, auto y) { return x == y; };
constexpr auto kGreater = [](auto x, auto y) { return x > y; };
constexpr auto kAverage = [](auto x, auto y) { return (S64{x} + S64{y} + 1) >> 1; };
constexpr auto kRotate = [](auto x, auto y) {
  return std::rotl(x, static_cast<int>(y % (8 * sizeof x)));
};
constexpr auto kLeft = [](auto x, auto y) { return x << y % (8 * sizeof x); };
constexpr auto kRight = [](auto x, auto y) { return x >> y % (8 * sizeof x); };
/// The count is taken as unsigned.
constexpr auto kRightSigned = [](auto x, auto y) {
  return x >> (static_cast<std::make_unsigned_t<decltype(y)>>(y) % (8 * sizeof x));
};
constexpr auto kCarry = [](U32 x, U32 y) { return (U64{x} + y) >> 32; };
constexpr auto kNoBorrow = [](U32 x, U32 y) { return x >= y; };

// --- With the host's vector instructions ---
// What compilers use most. Generated code needs AVX2 anyway; on hosts without, where everything is
// interpreted, the helpers below do the same.

const bool kHasAvx2 = __builtin_cpu_supports("avx2");

[[gnu::target("avx2")]] void permute_avx2(Context& c, U64 d, U64 a, U64 b, U64 control) {
  const __m128i k = vector_of(c, control);
  // The manual counts bytes from the other end: 15 - n. Bit 4 chooses b.
  const __m128i low = _mm_set1_epi8(15), place = _mm_andnot_si128(k, low);
  const __m128i x = _mm_shuffle_epi8(vector_of(c, a), place);
  const __m128i y = _mm_shuffle_epi8(vector_of(c, b), place);
  set_vector(c, d, _mm_blendv_epi8(x, y, _mm_slli_epi16(k, 3)));
}

/// The 32-bit products of the lower and the upper halves of each word.
struct Products {
  __m128i low, high;
};
[[gnu::target("avx2")]] Products halfword_products(__m128i x, __m128i y, bool is_signed) {
  constexpr int kUpper = 0xaa;
  const __m128i less = _mm_mullo_epi16(x, y);
  const __m128i more = is_signed ? _mm_mulhi_epi16(x, y) : _mm_mulhi_epu16(x, y);
  return {_mm_blend_epi16(less, _mm_slli_epi32(more, 16), kUpper),
          _mm_blend_epi16(_mm_srli_epi32(less, 16), more, kUpper)};
}
[[gnu::target("avx2")]] void multiply_avx2(Context& c, U64 d, U64 a, U64 b, bool is_signed,
                                           bool odd) {
  const Products p = halfword_products(vector_of(c, a), vector_of(c, b), is_signed);
  set_vector(c, d, odd ? p.low : p.high);
}
[[gnu::target("avx2")]] void multiply_sum_avx2(Context& c, U64 d, U64 a, U64 b, U64 third,
                                               bool is_signed) {
  const Products p = halfword_products(vector_of(c, a), vector_of(c, b), is_signed);
  set_vector(c, d, _mm_add_epi32(_mm_add_epi32(p.low, p.high), vector_of(c, third)));
}

enum class WordShift { rotate, left, right, right_signed };
[[gnu::target("avx2")]] void shift_avx2(Context& c, U64 d, U64 a, U64 b, WordShift how) {
  const __m128i x = vector_of(c, a);
  const __m128i n = _mm_and_si128(vector_of(c, b), _mm_set1_epi32(31));
  switch (how) {
    case WordShift::rotate: {
      const __m128i rest = _mm_sub_epi32(_mm_set1_epi32(32), n);
      return set_vector(c, d, _mm_or_si128(_mm_sllv_epi32(x, n), _mm_srlv_epi32(x, rest)));
    }
    case WordShift::left:
      return set_vector(c, d, _mm_sllv_epi32(x, n));
    case WordShift::right:
      return set_vector(c, d, _mm_srlv_epi32(x, n));
    case WordShift::right_signed:
      return set_vector(c, d, _mm_srav_epi32(x, n));
  }
}
template <WordShift kHow, Helper kOtherwise>
U64 shift_words(Context& c, U64 d, U64 a, U64 b, U64) noexcept {
  if (!kHasAvx2) return kOtherwise(c, d, a, b, 0);
  shift_avx2(c, d, a, b, kHow);
  return 0;
}
constexpr Helper kRotateWords = shift_words<WordShift::rotate, each2<U32, kRotate>>;
constexpr Helper kLeftWords = shift_words<WordShift::left, each2<U32, kLeft>>;
constexpr Helper kRightWords = shift_words<WordShift::right, each2<U32, kRight>>;
constexpr Helper kRightWordsSigned = shift_words<WordShift::right_signed, each2<S32, kRightSigned>>;

// --- 128 bits ---

struct Sum128 {
  U128 value;
  bool carry;
};
Sum128 add128(U128 x, U128 y, bool carry) {
  const U128 partial = x + y, r = partial + carry;
  return {r, partial < x || r < partial};
}
template <bool kSubtract, bool kWantCarry, bool kExtended>
U64 quad_sum(Context& c, U64 d, U64 a, U64 b, U64 third) noexcept {
  const U128 y = load128(c, b);
  const bool carry_in = kExtended ? load128(c, third) & 1 : kSubtract;
  const Sum128 s = add128(load128(c, a), kSubtract ? ~y : y, carry_in);
  store128(c, d, kWantCarry ? U128{s.carry} : s.value);
  return 0;
}

// --- Products and sums ---

/// Products of every second element, starting with the first or the second, in twice the width.
template <class From, class To, bool kOdd>
U64 multiply(Context& c, U64 d, U64 a, U64 b, U64) noexcept {
  if (sizeof(From) == 2 && kHasAvx2) {
    multiply_avx2(c, d, a, b, std::is_signed_v<From>, kOdd);
    return 0;
  }
  const auto x = load<From>(c, a), y = load<From>(c, b);
  Lanes<To> r;
  for (unsigned i = 0; i < r.kCount; ++i) {
    r[i] = static_cast<To>(static_cast<To>(x[2 * i + kOdd]) * static_cast<To>(y[2 * i + kOdd]));
  }
  store(c, d, r);
  return 0;
}

template <bool kRound>
U64 multiply_high_add(Context& c, U64 d, U64 a, U64 b, U64 third) noexcept {
  const auto x = load<S16>(c, a), y = load<S16>(c, b), z = load<S16>(c, third);
  Lanes<S16> r;
  for (unsigned i = 0; i < r.kCount; ++i) {
    const S32 product = S32{x[i]} * y[i] + (kRound ? 0x4000 : 0);
    r[i] = saturate<S16>(c, (product >> 15) + z[i]);
  }
  store(c, d, r);
  return 0;
}
U64 multiply_low_add(Context& c, U64 d, U64 a, U64 b, U64 third) noexcept {
  const auto x = load<U16>(c, a), y = load<U16>(c, b), z = load<U16>(c, third);
  Lanes<U16> r;
  for (unsigned i = 0; i < r.kCount; ++i) {
    r[i] = static_cast<U16>(U32{x[i]} * y[i] + z[i]);
  }
  store(c, d, r);
  return 0;
}
/// Sums of the products within each word, added to the third operand.
template <class A, class B, class To, bool kSaturate>
U64 multiply_sum(Context& c, U64 d, U64 a, U64 b, U64 third) noexcept {
  if (sizeof(A) == 2 && !kSaturate && kHasAvx2) {
    multiply_sum_avx2(c, d, a, b, third, std::is_signed_v<A>);
    return 0;
  }
  const auto x = load<A>(c, a);
  const auto y = load<B>(c, b);
  const auto z = load<To>(c, third);
  constexpr unsigned kEach = 4 / sizeof(A);
  Lanes<To> r;
  for (unsigned i = 0; i < r.kCount; ++i) {
    S64 sum = z[i];
    for (unsigned k = 0; k < kEach; ++k) sum += S64{x[kEach * i + k]} * y[kEach * i + k];
    r[i] = kSaturate ? saturate<To>(c, sum) : static_cast<To>(sum);
  }
  store(c, d, r);
  return 0;
}
/// The elements within each word, and b's word, saturated.
template <class From, class To>
U64 sum_across(Context& c, U64 d, U64 a, U64 b, U64) noexcept {
  const auto x = load<From>(c, a);
  const auto y = load<To>(c, b);
  constexpr unsigned kEach = 4 / sizeof(From);
  Lanes<To> r;
  for (unsigned i = 0; i < r.kCount; ++i) {
    S64 sum = y[i];
    for (unsigned k = 0; k < kEach; ++k) sum += x[kEach * i + k];
    r[i] = saturate<To>(c, sum);
  }
  store(c, d, r);
  return 0;
}
U64 sum2(Context& c, U64 d, U64 a, U64 b, U64) noexcept {
  const auto x = load<S32>(c, a), y = load<S32>(c, b);
  Lanes<S32> r{};
  r[1] = saturate<S32>(c, S64{x[0]} + x[1] + y[1]);
  r[3] = saturate<S32>(c, S64{x[2]} + x[3] + y[3]);
  store(c, d, r);
  return 0;
}
U64 sum_all(Context& c, U64 d, U64 a, U64 b, U64) noexcept {
  const auto x = load<S32>(c, a), y = load<S32>(c, b);
  Lanes<S32> r{};
  r[3] = saturate<S32>(c, S64{x[0]} + x[1] + x[2] + x[3] + y[3]);
  store(c, d, r);
  return 0;
}

// --- Whole registers ---

template <bool kRight>
U64 shift_bits(Context& c, U64 d, U64 a, U64 b, U64) noexcept {
  const unsigned n = load<U8>(c, b)[15] & 7;
  const U128 v = load128(c, a);
  store128(c, d, kRight ? v >> n : v << n);
  return 0;
}
template <bool kRight>
U64 shift_bytes(Context& c, U64 d, U64 a, U64 b, U64) noexcept {
  const unsigned n = load<U8>(c, b)[15] & 0x78;
  const U128 v = load128(c, a);
  store128(c, d, kRight ? v >> n : v << n);
  return 0;
}
U64 shift_double(Context& c, U64 d, U64 a, U64 b, U64 bytes) noexcept {
  const unsigned n = 8 * (bytes & 15);
  const U128 x = load128(c, a), y = load128(c, b);
  store128(c, d, n == 0 ? x : x << n | y >> (128 - n));
  return 0;
}

// --- Permutations ---

U64 permute(Context& c, U64 d, U64 a, U64 b, U64 control) noexcept {
  if (kHasAvx2) {
    permute_avx2(c, d, a, b, control);
    return 0;
  }
  const auto x = load<U8>(c, a), y = load<U8>(c, b), k = load<U8>(c, control);
  Lanes<U8> r;
  for (unsigned i = 0; i < 16; ++i) {
    const unsigned n = k[i] & 31;
    r[i] = n < 16 ? x[n] : y[n - 16];
  }
  store(c, d, r);
  return 0;
}
U64 permute_xor(Context& c, U64 d, U64 a, U64 b, U64 control) noexcept {
  const auto x = load<U8>(c, a), y = load<U8>(c, b), k = load<U8>(c, control);
  Lanes<U8> r;
  for (unsigned i = 0; i < 16; ++i) r[i] = x[k[i] >> 4] ^ y[k[i] & 15];
  store(c, d, r);
  return 0;
}
U64 select_bits(Context& c, U64 d, U64 a, U64 b, U64 mask) noexcept {
  const U128 x = load128(c, a);
  store128(c, d, x ^ ((x ^ load128(c, b)) & load128(c, mask)));
  return 0;
}
template <class E, bool kLow>
U64 merge(Context& c, U64 d, U64 a, U64 b, U64) noexcept {
  const auto x = load<E>(c, a), y = load<E>(c, b);
  Lanes<E> r;
  constexpr unsigned kFrom = kLow ? Lanes<E>::kCount / 2 : 0;
  for (unsigned i = 0; i < r.kCount; i += 2) {
    r[i] = x[kFrom + i / 2];
    r[i + 1] = y[kFrom + i / 2];
  }
  store(c, d, r);
  return 0;
}
template <bool kOdd>
U64 merge_words(Context& c, U64 d, U64 a, U64 b, U64) noexcept {
  const auto x = load<U32>(c, a), y = load<U32>(c, b);
  Lanes<U32> r;
  for (unsigned i = 0; i < 4; i += 2) r[i] = x[i + kOdd], r[i + 1] = y[i + kOdd];
  store(c, d, r);
  return 0;
}
template <class E>
U64 splat(Context& c, U64 d, U64 index, U64 b, U64) noexcept {
  const auto x = load<E>(c, b);
  Lanes<E> r;
  for (E& e : r.raw) e = x[index % Lanes<E>::kCount];
  store(c, d, r);
  return 0;
}
template <class E>
U64 splat_immediate(Context& c, U64 d, U64 value, U64, U64) noexcept {
  Lanes<E> r;
  for (E& e : r.raw) e = static_cast<E>(static_cast<S64>(value << 59) >> 59);
  store(c, d, r);
  return 0;
}

/// Elements of a, then b, in half the width.
template <class From, class To, bool kSaturate>
U64 pack(Context& c, U64 d, U64 a, U64 b, U64) noexcept {
  const auto x = load<From>(c, a), y = load<From>(c, b);
  Lanes<To> r;
  constexpr unsigned kHalf = Lanes<From>::kCount;
  for (unsigned i = 0; i < r.kCount; ++i) {
    const From v = i < kHalf ? x[i] : y[i - kHalf];
    r[i] = kSaturate ? saturate<To>(c, v) : static_cast<To>(v);
  }
  store(c, d, r);
  return 0;
}
U64 pack_pixels(Context& c, U64 d, U64 a, U64 b, U64) noexcept {
  const auto x = load<U32>(c, a), y = load<U32>(c, b);
  Lanes<U16> r;
  for (unsigned i = 0; i < 8; ++i) {
    const U32 v = i < 4 ? x[i] : y[i - 4];
    r[i] = static_cast<U16>((v >> 9 & 0xfc00) | (v >> 6 & 0x3e0) | (v >> 3 & 0x1f));
  }
  store(c, d, r);
  return 0;
}
template <class From, class To, bool kLow>
U64 unpack(Context& c, U64 d, U64, U64 b, U64) noexcept {
  const auto x = load<From>(c, b);
  Lanes<To> r;
  for (unsigned i = 0; i < r.kCount; ++i) r[i] = x[i + (kLow ? r.kCount : 0)];
  store(c, d, r);
  return 0;
}
template <bool kLow>
U64 unpack_pixels(Context& c, U64 d, U64, U64 b, U64) noexcept {
  const auto x = load<U16>(c, b);
  Lanes<U32> r;
  for (unsigned i = 0; i < 4; ++i) {
    const U32 v = x[i + (kLow ? 4 : 0)];
    r[i] = (v & 0x8000 ? 0xff00'0000u : 0) | (v >> 10 & 0x1f) << 16 | (v >> 5 & 0x1f) << 8 |
           (v & 0x1f);
  }
  store(c, d, r);
  return 0;
}

U64 read_vscr(Context& c, U64 d, U64, U64, U64) noexcept {
  state_of(c).vsr[d] = {.low = state_of(c).vscr, .high = 0};
  return 0;
}
U64 write_vscr(Context& c, U64, U64, U64 b, U64) noexcept {
  state_of(c).vscr = static_cast<U32>(state_of(c).vsr[b].low) & (kVscrSat | kVscrNj);
  return 0;
}

// clang-format off
constexpr VectorInstruction kInstructions[] = {
    vx(0, "vaddubm", each2<U8, kAdd>), vx(64, "vadduhm", each2<U16, kAdd>),
    vx(128, "vadduwm", each2<U32, kAdd>), vx(192, "vaddudm", each2<U64, kAdd>, k207),
    vx(256, "vadduqm", quad_sum<false, false, false>, k207),
    vx(320, "vaddcuq", quad_sum<false, true, false>, k207),
    vx(384, "vaddcuw", each2<U32, kCarry>),
    vx(512, "vaddubs", each2_saturated<U8, kAdd>), vx(576, "vadduhs", each2_saturated<U16, kAdd>),
    vx(640, "vadduws", each2_saturated<U32, kAdd>), vx(768, "vaddsbs", each2_saturated<S8, kAdd>),
    vx(832, "vaddshs", each2_saturated<S16, kAdd>), vx(896, "vaddsws", each2_saturated<S32, kAdd>),
    vx(1024, "vsububm", each2<U8, kSub>), vx(1088, "vsubuhm", each2<U16, kSub>),
    vx(1152, "vsubuwm", each2<U32, kSub>), vx(1216, "vsubudm", each2<U64, kSub>, k207),
    vx(1280, "vsubuqm", quad_sum<true, false, false>, k207),
    vx(1344, "vsubcuq", quad_sum<true, true, false>, k207),
    vx(1408, "vsubcuw", each2<U32, kNoBorrow>),
    vx(1536, "vsububs", each2_saturated<U8, kSub>), vx(1600, "vsubuhs", each2_saturated<U16, kSub>),
    vx(1664, "vsubuws", each2_saturated<U32, kSub>), vx(1792, "vsubsbs", each2_saturated<S8, kSub>),
    vx(1856, "vsubshs", each2_saturated<S16, kSub>), vx(1920, "vsubsws", each2_saturated<S32, kSub>),
    vx(2, "vmaxub", each2<U8, kMax>), vx(66, "vmaxuh", each2<U16, kMax>),
    vx(130, "vmaxuw", each2<U32, kMax>), vx(194, "vmaxud", each2<U64, kMax>, k207),
    vx(258, "vmaxsb", each2<S8, kMax>), vx(322, "vmaxsh", each2<S16, kMax>),
    vx(386, "vmaxsw", each2<S32, kMax>), vx(450, "vmaxsd", each2<S64, kMax>, k207),
    vx(514, "vminub", each2<U8, kMin>), vx(578, "vminuh", each2<U16, kMin>),
    vx(642, "vminuw", each2<U32, kMin>), vx(706, "vminud", each2<U64, kMin>, k207),
    vx(770, "vminsb", each2<S8, kMin>), vx(834, "vminsh", each2<S16, kMin>),
    vx(898, "vminsw", each2<S32, kMin>), vx(962, "vminsd", each2<S64, kMin>, k207),
    vx(1026, "vavgub", each2<U8, kAverage>), vx(1090, "vavguh", each2<U16, kAverage>),
    vx(1154, "vavguw", each2<U32, kAverage>), vx(1282, "vavgsb", each2<S8, kAverage>),
    vx(1346, "vavgsh", each2<S16, kAverage>), vx(1410, "vavgsw", each2<S32, kAverage>),
    vx(4, "vrlb", each2<U8, kRotate>), vx(68, "vrlh", each2<U16, kRotate>),
    vx(132, "vrlw", kRotateWords), vx(196, "vrld", each2<U64, kRotate>, k207),
    vx(260, "vslb", each2<U8, kLeft>), vx(324, "vslh", each2<U16, kLeft>),
    vx(388, "vslw", kLeftWords), vx(1476, "vsld", each2<U64, kLeft>, k207),
    vx(516, "vsrb", each2<U8, kRight>), vx(580, "vsrh", each2<U16, kRight>),
    vx(644, "vsrw", kRightWords), vx(1732, "vsrd", each2<U64, kRight>, k207),
    vx(772, "vsrab", each2<S8, kRightSigned>), vx(836, "vsrah", each2<S16, kRightSigned>),
    vx(900, "vsraw", kRightWordsSigned), vx(964, "vsrad", each2<S64, kRightSigned>, k207),
    vx(452, "vsl", shift_bits<false>), vx(708, "vsr", shift_bits<true>),
    vx(1036, "vslo", shift_bytes<false>), vx(1100, "vsro", shift_bytes<true>),
    vx(8, "vmuloub", multiply<U8, U16, true>), vx(72, "vmulouh", multiply<U16, U32, true>),
    vx(136, "vmulouw", multiply<U32, U64, true>, k207), vx(137, "vmuluwm", each2<U32, kMul>, k207),
    vx(264, "vmulosb", multiply<S8, S16, true>), vx(328, "vmulosh", multiply<S16, S32, true>),
    vx(392, "vmulosw", multiply<S32, S64, true>, k207),
    vx(520, "vmuleub", multiply<U8, U16, false>), vx(584, "vmuleuh", multiply<U16, U32, false>),
    vx(648, "vmuleuw", multiply<U32, U64, false>, k207),
    vx(776, "vmulesb", multiply<S8, S16, false>), vx(840, "vmulesh", multiply<S16, S32, false>),
    vx(904, "vmulesw", multiply<S32, S64, false>, k207),
    vx(1544, "vsum4ubs", sum_across<U8, U32>), vx(1800, "vsum4sbs", sum_across<S8, S32>),
    vx(1608, "vsum4shs", sum_across<S16, S32>), vx(1672, "vsum2sws", sum2),
    vx(1928, "vsumsws", sum_all),
    vx(12, "vmrghb", merge<U8, false>), vx(76, "vmrghh", merge<U16, false>),
    vx(140, "vmrghw", merge<U32, false>), vx(268, "vmrglb", merge<U8, true>),
    vx(332, "vmrglh", merge<U16, true>), vx(396, "vmrglw", merge<U32, true>),
    vx(1932, "vmrgew", merge_words<false>, k207), vx(1676, "vmrgow", merge_words<true>, k207),
    vxu(524, "vspltb", splat<U8>), vxu(588, "vsplth", splat<U16>), vxu(652, "vspltw", splat<U32>),
    vxu(780, "vspltisb", splat_immediate<S8>), vxu(844, "vspltish", splat_immediate<S16>),
    vxu(908, "vspltisw", splat_immediate<S32>),
    vx(14, "vpkuhum", pack<U16, U8, false>), vx(78, "vpkuwum", pack<U32, U16, false>),
    vx(1102, "vpkudum", pack<U64, U32, false>, k207),
    vx(142, "vpkuhus", pack<U16, U8, true>), vx(206, "vpkuwus", pack<U32, U16, true>),
    vx(1230, "vpkudus", pack<U64, U32, true>, k207),
    vx(270, "vpkshus", pack<S16, U8, true>), vx(334, "vpkswus", pack<S32, U16, true>),
    vx(1358, "vpksdus", pack<S64, U32, true>, k207),
    vx(398, "vpkshss", pack<S16, S8, true>), vx(462, "vpkswss", pack<S32, S16, true>),
    vx(1486, "vpksdss", pack<S64, S32, true>, k207), vx(782, "vpkpx", pack_pixels),
    vx(526, "vupkhsb", unpack<S8, S16, false>), vx(590, "vupkhsh", unpack<S16, S32, false>),
    vx(1614, "vupkhsw", unpack<S32, S64, false>, k207),
    vx(654, "vupklsb", unpack<S8, S16, true>), vx(718, "vupklsh", unpack<S16, S32, true>),
    vx(1742, "vupklsw", unpack<S32, S64, true>, k207),
    vx(846, "vupkhpx", unpack_pixels<false>), vx(974, "vupklpx", unpack_pixels<true>),
    vx(1540, "mfvscr", read_vscr), vx(1604, "mtvscr", write_vscr),
    va(32, "vmhaddshs", multiply_high_add<false>), va(33, "vmhraddshs", multiply_high_add<true>),
    va(34, "vmladduhm", multiply_low_add),
    va(36, "vmsumubm", multiply_sum<U8, U8, U32, false>),
    va(37, "vmsummbm", multiply_sum<S8, U8, S32, false>),
    va(38, "vmsumuhm", multiply_sum<U16, U16, U32, false>),
    va(39, "vmsumuhs", multiply_sum<U16, U16, U32, true>),
    va(40, "vmsumshm", multiply_sum<S16, S16, S32, false>),
    va(41, "vmsumshs", multiply_sum<S16, S16, S32, true>),
    va(42, "vsel", select_bits), va(43, "vperm", permute), va(44, "vsldoi", shift_double, kAltivec, 'n'),
    va(45, "vpermxor", permute_xor, k207),
    va(60, "vaddeuqm", quad_sum<false, false, true>, k207),
    va(61, "vaddecuq", quad_sum<false, true, true>, k207),
    va(62, "vsubeuqm", quad_sum<true, false, true>, k207),
    va(63, "vsubecuq", quad_sum<true, true, true>, k207),
    vc(6, "vcmpequb", compare<U8, kEqual>), vc(70, "vcmpequh", compare<U16, kEqual>),
    vc(134, "vcmpequw", compare<U32, kEqual>), vc(199, "vcmpequd", compare<U64, kEqual>, k207),
    vc(518, "vcmpgtub", compare<U8, kGreater>), vc(582, "vcmpgtuh", compare<U16, kGreater>),
    vc(646, "vcmpgtuw", compare<U32, kGreater>), vc(711, "vcmpgtud", compare<U64, kGreater>, k207),
    vc(774, "vcmpgtsb", compare<S8, kGreater>), vc(838, "vcmpgtsh", compare<S16, kGreater>),
    vc(902, "vcmpgtsw", compare<S32, kGreater>), vc(967, "vcmpgtsd", compare<S64, kGreater>, k207),
};
// clang-format on

}  // namespace

std::span<const VectorInstruction> altivec_instructions() { return kInstructions; }

}  // namespace emulate::ppc
