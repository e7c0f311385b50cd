#pragma once

/// Densely packed decimal: ten bits, a declet, are three digits (Power ISA book I, appendix B).

#include <cstdint>

namespace emulate::ppc {

/// The digits of a declet as a number below 1000. Bits are named from the most significant one on,
/// as the manual does.
constexpr unsigned decode_declet(unsigned declet) {
  const auto bit = [&](unsigned n) { return declet >> (9 - n) & 1; };
  const auto number = [](unsigned a, unsigned b, unsigned c) { return 100 * a + 10 * b + c; };
  const unsigned p = bit(0), q = bit(1), r = bit(2), s = bit(3), t = bit(4), u = bit(5), v = bit(6),
                 w = bit(7), x = bit(8), y = bit(9);
  const unsigned pqr = p << 2 | q << 1 | r, stu = s << 2 | t << 1 | u, wxy = w << 2 | x << 1 | y;
  const unsigned sty = s << 2 | t << 1 | y, pqy = p << 2 | q << 1 | y, pqu = p << 2 | q << 1 | u;
  if (v == 0) return number(pqr, stu, wxy);
  if (w == 0) return x == 0 ? number(pqr, stu, 8 | y) : number(pqr, 8 | u, sty);
  if (x == 0) return number(8 | r, stu, pqy);
  if (s == 0) return t == 0 ? number(8 | r, 8 | u, pqy) : number(8 | r, pqu, 8 | y);
  return t == 0 ? number(pqr, 8 | u, 8 | y) : number(8 | r, 8 | u, 8 | y);
}

struct DpdTables {
  std::uint16_t number[1024];  ///< of a declet
  std::uint16_t declet[1000];  ///< of a number: of those that stand for it the one with most zeros
};
constexpr DpdTables make_dpd_tables() {
  DpdTables t{};
  for (unsigned d = 1024; d-- > 0;) {
    const unsigned n = decode_declet(d);
    t.number[d] = static_cast<std::uint16_t>(n);
    t.declet[n] = static_cast<std::uint16_t>(d);
  }
  return t;
}
inline constexpr DpdTables kDpd = make_dpd_tables();

/// Three digits of four bits each.
constexpr unsigned bcd_of_number(unsigned n) { return n / 100 << 8 | n / 10 % 10 << 4 | n % 10; }
constexpr unsigned number_of_bcd(unsigned bcd) {
  return 100 * (bcd >> 8 & 15) + 10 * (bcd >> 4 & 15) + (bcd & 15);
}

}  // namespace emulate::ppc
