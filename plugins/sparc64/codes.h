#pragma once

/// Condition codes: CCR is xcc << 4 | icc, each of them N Z V C.

#include <cstdint>

#include "sparc64/state.h"

namespace emulate::sparc64 {

inline constexpr unsigned kCcC = 1, kCcV = 2, kCcZ = 4, kCcN = 8;

/// Codes of the sum or difference on T, whose carry in is 0 or 1.
template <class T>
constexpr unsigned codes_of(T a, T b, T carry, bool subtract) {
  const T r = subtract ? static_cast<T>(a - b - carry) : static_cast<T>(a + b + carry);
  const T into = subtract ? static_cast<T>((~a & b) | ((~a | b) & r))
                          : static_cast<T>((a & b) | ((a | b) & ~r));
  const T overflow =
      subtract ? static_cast<T>((a ^ b) & (a ^ r)) : static_cast<T>((a ^ r) & (b ^ r));
  constexpr unsigned kTop = sizeof(T) * 8 - 1;
  return (r >> kTop & 1 ? kCcN : 0u) | (r == 0 ? kCcZ : 0u) | (overflow >> kTop & 1 ? kCcV : 0u) |
         (into >> kTop & 1 ? kCcC : 0u);
}

constexpr unsigned ccr_of(std::uint64_t a, std::uint64_t b, std::uint64_t carry, bool subtract) {
  return codes_of<std::uint64_t>(a, b, carry, subtract) << 4 |
         codes_of<std::uint32_t>(static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b),
                                 static_cast<std::uint32_t>(carry), subtract);
}

constexpr unsigned ccr_of(CcKind kind, std::uint64_t a, std::uint64_t b) {
  return kind == CcKind::ccr ? static_cast<unsigned>(a & 0xff)
                             : ccr_of(a, b, 0, kind == CcKind::sub);
}
inline unsigned ccr_of(const State& s) { return ccr_of(s.cc_kind, s.cc_a, s.cc_b); }
inline void set_ccr(State& s, unsigned ccr) {
  s.cc_kind = CcKind::ccr;
  s.cc_a = ccr & 0xff;
  s.cc_b = 0;
}

/// A condition of Bicc and its kin, on N Z V C.
constexpr bool holds(unsigned codes, unsigned cond) {
  const bool n = codes & kCcN, z = codes & kCcZ, v = codes & kCcV, c = codes & kCcC;
  const bool tests[8] = {false, z, z || n != v, n != v, c || z, c, n, v};
  return tests[cond & 7] != ((cond & 8) != 0);
}

}  // namespace emulate::sparc64
