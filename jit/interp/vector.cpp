#include "jit/interp/vector.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>

namespace emulate::jit {
namespace {

using ir::Inst;
using ir::Op;

template <class E>
using Lanes = std::array<E, 16 / sizeof(E)>;

template <class E>
Lanes<E> lanes(V128 v) {
  return std::bit_cast<Lanes<E>>(v);
}
template <class E>
V128 vector(const Lanes<E>& v) {
  return std::bit_cast<V128>(v);
}

/// Calls f with an unsigned integer of `bits` bits.
template <class F>
V128 with_lane(unsigned bits, F f) {
  switch (bits) {
    case 8:
      return f(std::uint8_t{});
    case 16:
      return f(std::uint16_t{});
    case 32:
      return f(std::uint32_t{});
    default:
      return f(std::uint64_t{});
  }
}

template <class E, class F>
V128 each(V128 a, V128 b, F f) {
  const auto x = lanes<E>(a), y = lanes<E>(b);
  Lanes<E> r;
  for (unsigned n = 0; n < r.size(); ++n) r[n] = static_cast<E>(f(x[n], y[n]));
  return vector<E>(r);
}

template <class U>
V128 lanewise(const Inst& i, V128 a, V128 b) {
  using S = std::make_signed_t<U>;
  constexpr unsigned kBits = 8 * sizeof(U);
  const auto count = static_cast<unsigned>(i.imm);
  switch (i.op) {
    case Op::v_splat:
      return each<U>(a, a, [&](U, U) { return static_cast<U>(a.low); });
    case Op::v_shl:
      return each<U>(a, a, [&](U x, U) { return x << count; });
    case Op::v_shr:
      return each<U>(a, a, [&](U x, U) { return x >> count; });
    case Op::v_sar:
      return each<U>(a, a, [&](U x, U) { return static_cast<S>(x) >> count; });
    case Op::v_add:
      return each<U>(a, b, [](U x, U y) { return x + y; });
    case Op::v_sub:
      return each<U>(a, b, [](U x, U y) { return x - y; });
    case Op::v_min_s:
      return each<S>(a, b, [](S x, S y) { return std::min(x, y); });
    case Op::v_min_u:
      return each<U>(a, b, [](U x, U y) { return std::min(x, y); });
    case Op::v_max_s:
      return each<S>(a, b, [](S x, S y) { return std::max(x, y); });
    case Op::v_max_u:
      return each<U>(a, b, [](U x, U y) { return std::max(x, y); });
    case Op::v_average:
      return each<U>(a, b, [](U x, U y) { return (std::uint64_t{x} + y + 1) >> 1; });
    case Op::v_eq:
      return each<U>(a, b, [](U x, U y) { return x == y ? ~U{0} : U{0}; });
    case Op::v_gt:
      return each<S>(a, b, [](S x, S y) { return x > y ? S{-1} : S{0}; });
    case Op::v_mul:
      return each<U>(a, b, [](U x, U y) { return std::uint64_t{x} * y; });
    case Op::v_shl_each:
      return each<U>(a, b, [](U x, U y) { return y < kBits ? x << y : 0; });
    case Op::v_shr_each:
      return each<U>(a, b, [](U x, U y) { return y < kBits ? x >> y : 0; });
    default:  // v_sar_each
      return each<U>(a, b, [](U x, U y) { return static_cast<S>(x) >> std::min<U>(y, kBits - 1); });
  }
}

template <class U>
V128 interleave(V128 a, V128 b, bool high) {
  const auto x = lanes<U>(a), y = lanes<U>(b);
  Lanes<U> r;
  const unsigned from = high ? r.size() / 2 : 0;
  for (unsigned n = 0; n < r.size(); ++n) r[n] = (n % 2 == 0 ? x : y)[from + n / 2];
  return vector<U>(r);
}

template <class From, class To>
V128 widen(V128 a) {
  const auto x = lanes<From>(a);
  Lanes<To> r;
  for (unsigned n = 0; n < r.size(); ++n) r[n] = static_cast<To>(x[n]);
  return vector<To>(r);
}
V128 widen(const Inst& i, V128 a) {
  const bool sign = i.op == Op::v_widen_s;
  switch (i.aux) {
    case 8:
      return sign ? widen<std::int8_t, std::int16_t>(a) : widen<std::uint8_t, std::uint16_t>(a);
    case 16:
      return sign ? widen<std::int16_t, std::int32_t>(a) : widen<std::uint16_t, std::uint32_t>(a);
    default:
      return sign ? widen<std::int32_t, std::int64_t>(a) : widen<std::uint32_t, std::uint64_t>(a);
  }
}

template <class From, class To>
V128 pack(V128 a, V128 b) {
  const auto x = lanes<From>(a), y = lanes<From>(b);
  Lanes<To> r;
  for (unsigned n = 0; n < r.size(); ++n) {
    const From v = n < x.size() ? x[n] : y[n - x.size()];
    r[n] = static_cast<To>(std::clamp<From>(v, 0, std::numeric_limits<To>::max()));
  }
  return vector<To>(r);
}

V128 multiply(const Inst& i, V128 a, V128 b) {
  using S16 = std::int16_t;
  using S32 = std::int32_t;
  switch (i.op) {
    case Op::v_mulh_s:
      return each<S16>(a, b, [](S16 x, S16 y) { return S32{x} * y >> 16; });
    case Op::v_mulh_u:
      return each<std::uint16_t>(a, b,
                                 [](std::uint32_t x, std::uint32_t y) { return x * y >> 16; });
    case Op::v_mul_even_s:
      return each<std::int64_t>(a, b, [](std::int64_t x, std::int64_t y) {
        return std::int64_t{static_cast<S32>(x)} * static_cast<S32>(y);
      });
    case Op::v_mul_even_u:
      return each<std::uint64_t>(a, b, [](std::uint64_t x, std::uint64_t y) {
        return (x & 0xffff'ffffu) * (y & 0xffff'ffffu);
      });
    default:  // v_mul_pairs
      return each<S32>(a, b, [](S32 x, S32 y) {
        const std::int64_t low = std::int64_t{static_cast<S16>(x)} * static_cast<S16>(y);
        return low + std::int64_t{x >> 16} * (y >> 16);
      });
  }
}

V128 bytes(const Inst& i, V128 a, V128 b, V128 c) {
  using U8 = std::uint8_t;
  const auto x = lanes<U8>(a), y = lanes<U8>(b), mask = lanes<U8>(c);
  Lanes<U8> r;
  for (unsigned n = 0; n < 16; ++n) {
    const unsigned from = n + static_cast<unsigned>(i.imm);
    switch (i.op) {
      case Op::v_shuffle:
        r[n] = (y[n] & 0x80) != 0 ? 0 : x[y[n] & 15];
        break;
      case Op::v_align:
        r[n] = from < 16 ? y[from] : x[from - 16];
        break;
      case Op::v_blend:
        r[n] = (i.imm >> n / 2 & 1) != 0 ? y[n] : x[n];
        break;
      default:  // v_choose
        r[n] = (mask[n] & 0x80) != 0 ? y[n] : x[n];
    }
  }
  return vector<U8>(r);
}

V128 permute(V128 a, std::uint64_t imm) {
  const auto x = lanes<std::uint32_t>(a);
  Lanes<std::uint32_t> r;
  for (unsigned n = 0; n < 4; ++n) r[n] = x[imm >> 2 * n & 3];
  return vector<std::uint32_t>(r);
}

std::uint64_t top_bits(V128 a) {
  std::uint64_t r = 0;
  const auto x = lanes<std::uint8_t>(a);
  for (unsigned n = 0; n < 16; ++n) r |= std::uint64_t{x[n]} >> 7 << n;
  return r;
}

}  // namespace

V128 evaluate_vector(const Inst& i, V128 a, V128 b, V128 c) {
  switch (i.op) {
    case Op::v_pair:
      return {a.low, b.low};
    case Op::v_half:
      return {i.imm != 0 ? a.high : a.low, 0};
    case Op::v_mask:
      return {top_bits(a), 0};
    case Op::v_permute:
      return permute(a, i.imm);
    case Op::v_widen_s:
    case Op::v_widen_u:
      return widen(i, a);
    case Op::v_and:
      return {a.low & b.low, a.high & b.high};
    case Op::v_or:
      return {a.low | b.low, a.high | b.high};
    case Op::v_xor:
      return {a.low ^ b.low, a.high ^ b.high};
    case Op::v_andn:
      return {~a.low & b.low, ~a.high & b.high};
    case Op::v_mulh_s:
    case Op::v_mulh_u:
    case Op::v_mul_even_s:
    case Op::v_mul_even_u:
    case Op::v_mul_pairs:
      return multiply(i, a, b);
    case Op::v_interleave_low:
    case Op::v_interleave_high:
      return with_lane(i.aux, [&](auto lane) {
        return interleave<decltype(lane)>(a, b, i.op == Op::v_interleave_high);
      });
    case Op::v_pack_u:
      return i.aux == 16 ? pack<std::int16_t, std::uint8_t>(a, b)
                         : pack<std::int32_t, std::uint16_t>(a, b);
    case Op::v_halves:
      return {(i.imm & 1) != 0 ? a.high : a.low, (i.imm & 2) != 0 ? b.high : b.low};
    case Op::v_shuffle:
    case Op::v_align:
    case Op::v_blend:
    case Op::v_choose:
      return bytes(i, a, b, c);
    default:
      return with_lane(i.aux, [&](auto lane) { return lanewise<decltype(lane)>(i, a, b); });
  }
}

}  // namespace emulate::jit
