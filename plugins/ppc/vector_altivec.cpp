/// AltiVec (Power ISA book I, chapter 6): integers, what translate_lanes.cpp leaves. What came
/// later: vector_207.cpp.

#include <bit>

#include "ppc/vector_ops.h"

namespace emulate::ppc {
namespace {

using jit::Context;
using jit::Helper;

constexpr auto kAdd = [](auto x, auto y) { return x + y; };
constexpr auto kSub = [](auto x, auto y) { return x - y; };
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
/// Sums of the products within each word, added to the third operand.
template <class A, class B, class To, bool kSaturate>
U64 multiply_sum(Context& c, U64 d, U64 a, U64 b, U64 third) noexcept {
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
// --- Permutations ---

U64 permute_xor(Context& c, U64 d, U64 a, U64 b, U64 control) noexcept {
  const auto x = load<U8>(c, a), y = load<U8>(c, b), k = load<U8>(c, control);
  Lanes<U8> r;
  for (unsigned i = 0; i < 16; ++i) r[i] = x[k[i] >> 4] ^ y[k[i] & 15];
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
constexpr HelperInstruction kInstructions[] = {
    vx(256, "vadduqm", quad_sum<false, false, false>, k207),
    vx(320, "vaddcuq", quad_sum<false, true, false>, k207), vx(384, "vaddcuw", each2<U32, kCarry>),
    vx(512, "vaddubs", each2_saturated<U8, kAdd>), vx(576, "vadduhs", each2_saturated<U16, kAdd>),
    vx(640, "vadduws", each2_saturated<U32, kAdd>), vx(768, "vaddsbs", each2_saturated<S8, kAdd>),
    vx(832, "vaddshs", each2_saturated<S16, kAdd>), vx(896, "vaddsws", each2_saturated<S32, kAdd>),
    vx(1280, "vsubuqm", quad_sum<true, false, false>, k207),
    vx(1344, "vsubcuq", quad_sum<true, true, false>, k207),
    vx(1408, "vsubcuw", each2<U32, kNoBorrow>), vx(1536, "vsububs", each2_saturated<U8, kSub>),
    vx(1600, "vsubuhs", each2_saturated<U16, kSub>),
    vx(1664, "vsubuws", each2_saturated<U32, kSub>), vx(1792, "vsubsbs", each2_saturated<S8, kSub>),
    vx(1856, "vsubshs", each2_saturated<S16, kSub>),
    vx(1920, "vsubsws", each2_saturated<S32, kSub>), vx(1154, "vavguw", each2<U32, kAverage>),
    vx(1282, "vavgsb", each2<S8, kAverage>), vx(1346, "vavgsh", each2<S16, kAverage>),
    vx(1410, "vavgsw", each2<S32, kAverage>), vx(4, "vrlb", each2<U8, kRotate>),
    vx(68, "vrlh", each2<U16, kRotate>), vx(260, "vslb", each2<U8, kLeft>),
    vx(324, "vslh", each2<U16, kLeft>), vx(516, "vsrb", each2<U8, kRight>),
    vx(580, "vsrh", each2<U16, kRight>), vx(772, "vsrab", each2<S8, kRightSigned>),
    vx(836, "vsrah", each2<S16, kRightSigned>), vx(964, "vsrad", each2<S64, kRightSigned>, k207),
    vx(452, "vsl", shift_bits<false>), vx(708, "vsr", shift_bits<true>),
    vx(1036, "vslo", shift_bytes<false>), vx(1100, "vsro", shift_bytes<true>),
    vx(1544, "vsum4ubs", sum_across<U8, U32>), vx(1800, "vsum4sbs", sum_across<S8, S32>),
    vx(1608, "vsum4shs", sum_across<S16, S32>), vx(1672, "vsum2sws", sum2),
    vx(1928, "vsumsws", sum_all), vx(142, "vpkuhus", pack<U16, U8, true>),
    vx(206, "vpkuwus", pack<U32, U16, true>), vx(1230, "vpkudus", pack<U64, U32, true>, k207),
    vx(270, "vpkshus", pack<S16, U8, true>), vx(334, "vpkswus", pack<S32, U16, true>),
    vx(1358, "vpksdus", pack<S64, U32, true>, k207), vx(398, "vpkshss", pack<S16, S8, true>),
    vx(462, "vpkswss", pack<S32, S16, true>), vx(1486, "vpksdss", pack<S64, S32, true>, k207),
    vx(782, "vpkpx", pack_pixels), vx(846, "vupkhpx", unpack_pixels<false>),
    vx(974, "vupklpx", unpack_pixels<true>), vx(1540, "mfvscr", read_vscr),
    vx(1604, "mtvscr", write_vscr), va(32, "vmhaddshs", multiply_high_add<false>),
    va(33, "vmhraddshs", multiply_high_add<true>),
    va(36, "vmsumubm", multiply_sum<U8, U8, U32, false>),
    va(37, "vmsummbm", multiply_sum<S8, U8, S32, false>),
    va(39, "vmsumuhs", multiply_sum<U16, U16, U32, true>),
    va(41, "vmsumshs", multiply_sum<S16, S16, S32, true>), va(45, "vpermxor", permute_xor, k207),
    va(60, "vaddeuqm", quad_sum<false, false, true>, k207),
    va(61, "vaddecuq", quad_sum<false, true, true>, k207),
    va(62, "vsubeuqm", quad_sum<true, false, true>, k207),
    va(63, "vsubecuq", quad_sum<true, true, true>, k207),
};
// clang-format on

}  // namespace

std::span<const HelperInstruction> altivec_instructions() { return kInstructions; }

}  // namespace emulate::ppc
