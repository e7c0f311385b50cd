#pragma once

/// Building blocks of the vector helpers.

#include <immintrin.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "jit/engine/context.h"
#include "ppc/features.h"
#include "ppc/state.h"
#include "ppc/vector.h"

namespace emulate::ppc {

using U8 = std::uint8_t;
using U16 = std::uint16_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;
using U128 = unsigned __int128;
using S8 = std::int8_t;
using S16 = std::int16_t;
using S32 = std::int32_t;
using S64 = std::int64_t;

/// A register as elements, numbered from the most significant one on as the manual does.
template <class E>
struct Lanes {
  static constexpr unsigned kCount = 16 / sizeof(E);
  E raw[kCount];
  constexpr E& operator[](unsigned i) { return raw[kCount - 1 - i]; }
  constexpr const E& operator[](unsigned i) const { return raw[kCount - 1 - i]; }
};

inline State& state_of(jit::Context& c) { return c.state<State>(); }

/// In two halves: generated code has often just written them, and a processor that finds parts of a
/// load in two stores under way waits for both.
inline __m128i vector_of(jit::Context& c, U64 reg) {
  const Vsr& v = state_of(c).vsr[reg];
  return _mm_unpacklo_epi64(_mm_loadu_si64(&v.low), _mm_loadu_si64(&v.high));
}
inline void set_vector(jit::Context& c, U64 reg, __m128i v) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(&state_of(c).vsr[reg]), v);
}

template <class E>
Lanes<E> load(jit::Context& c, U64 reg) {
  Lanes<E> v;
  const __m128i bits = vector_of(c, reg);
  std::memcpy(v.raw, &bits, 16);
  return v;
}
template <class E>
void store(jit::Context& c, U64 reg, const Lanes<E>& v) {
  std::memcpy(&state_of(c).vsr[reg], v.raw, 16);
}
inline U128 load128(jit::Context& c, U64 reg) {
  const Vsr& v = state_of(c).vsr[reg];
  return U128{v.high} << 64 | v.low;
}
inline void store128(jit::Context& c, U64 reg, U128 v) {
  state_of(c).vsr[reg] = {.low = static_cast<U64>(v), .high = static_cast<U64>(v >> 64)};
}

inline constexpr std::uint32_t kVscrSat = 1, kVscrNj = 1u << 16;

/// `v` within To's limits; what does not fit sets VSCR's SAT.
template <class To, class From>
To saturate(jit::Context& c, From v) {
  using Wide = __int128;
  const Wide w = v;
  if (w > Wide{std::numeric_limits<To>::max()}) {
    state_of(c).vscr |= kVscrSat;
    return std::numeric_limits<To>::max();
  }
  if (w < Wide{std::numeric_limits<To>::min()}) {
    state_of(c).vscr |= kVscrSat;
    return std::numeric_limits<To>::min();
  }
  return static_cast<To>(v);
}

/// d[i] = F(a[i], b[i]), wrapped around.
template <class E, auto kF>
U64 each2(jit::Context& c, U64 d, U64 a, U64 b, U64) noexcept {
  const auto x = load<E>(c, a), y = load<E>(c, b);
  Lanes<E> r;
  // In memory's order, for the compiler's vectorizer.
  for (unsigned i = 0; i < r.kCount; ++i) r.raw[i] = static_cast<E>(kF(x.raw[i], y.raw[i]));
  store(c, d, r);
  return 0;
}
/// The same with F's result, in 64 bits, saturated.
template <class E, auto kF>
U64 each2_saturated(jit::Context& c, U64 d, U64 a, U64 b, U64) noexcept {
  const auto x = load<E>(c, a), y = load<E>(c, b);
  Lanes<E> r;
  for (unsigned i = 0; i < r.kCount; ++i) {
    r[i] = saturate<E>(c, kF(std::int64_t{x[i]}, std::int64_t{y[i]}));
  }
  store(c, d, r);
  return 0;
}
/// d[i] = F(b[i]).
template <class E, auto kF>
U64 each1(jit::Context& c, U64 d, U64, U64 b, U64) noexcept {
  const auto x = load<E>(c, b);
  Lanes<E> r;
  for (unsigned i = 0; i < r.kCount; ++i) r.raw[i] = static_cast<E>(kF(x.raw[i]));
  store(c, d, r);
  return 0;
}
/// All ones where F is true; with `record`, CR6 tells whether it was everywhere or nowhere.
inline void record_comparison(jit::Context& c, bool all, bool none) {
  State& s = state_of(c);
  set_cr_field(s, 6, (all ? kLt : 0u) | (none ? kEq : 0u));
}
template <class E, auto kF>
U64 compare(jit::Context& c, U64 d, U64 a, U64 b, U64 record) noexcept {
  const auto x = load<E>(c, a), y = load<E>(c, b);
  Lanes<E> r;
  bool all = true, none = true;
  for (unsigned i = 0; i < r.kCount; ++i) {
    const bool yes = kF(x.raw[i], y.raw[i]);
    std::memset(&r.raw[i], yes ? 0xff : 0, sizeof(E));
    (yes ? none : all) = false;
  }
  store(c, d, r);
  if (record) record_comparison(c, all, none);
  return 0;
}

// --- Encodings ---

/// Opcode 4, an extended opcode of eleven bits; `a` may be a number instead of a register.
constexpr HelperInstruction vx(unsigned xo, const char* name, jit::Helper helper,
                               std::uint32_t needs = kAltivec, char a = 'a') {
  jit::decode::Pattern p;
  p.mask = 0xfc00'07ffu;
  p.value = 4u << 26 | xo;
  p.field_count = 3;
  p.fields[0] = {'d', 0x03e0'0000u};
  p.fields[1] = {a, 0x001f'0000u};
  p.fields[2] = {'b', 0x0000'f800u};
  return {name, p, helper, needs};
}
/// As vx, the field of `a` being a number.
constexpr HelperInstruction vxu(unsigned xo, const char* name, jit::Helper helper,
                                std::uint32_t needs = kAltivec) {
  return vx(xo, name, helper, needs, 'u');
}
/// Four registers, or three and a number.
constexpr HelperInstruction va(unsigned xo, const char* name, jit::Helper helper,
                               std::uint32_t needs = kAltivec, char c = 'c') {
  HelperInstruction i = vx(xo, name, helper, needs);
  i.pattern.mask = 0xfc00'003fu;
  i.pattern.field_count = 4;
  i.pattern.fields[3] = {c, 0x0000'07c0u};
  return i;
}
/// A comparison: ten bits of opcode and the record bit.
constexpr HelperInstruction vc(unsigned xo, const char* name, jit::Helper helper,
                               std::uint32_t needs = kAltivec) {
  HelperInstruction i = vx(xo, name, helper, needs);
  i.pattern.mask = 0xfc00'03ffu;
  i.pattern.field_count = 4;
  i.pattern.fields[3] = {'r', 0x0000'0400u};
  return i;
}

}  // namespace emulate::ppc
