/* Decimal floating point numbers as Power has them: of all kinds, with a liking for what is close
 * to the limits and for digits at which rounding is decided. */
#ifndef DECIMAL_H
#define DECIMAL_H

#include "driver.h"

struct DecimalFormat {
  unsigned declets, exponent_bits;
};
static const struct DecimalFormat kShortDecimal = {2, 6}, kLongDecimal = {5, 8},
                                  kExtendedDecimal = {11, 12};

/* Three digits: 000, 001, 100, 499, 500, 501, 999 twice, or any. */
static unsigned declet(struct Random* random) {
  static const uint16_t kSome[] = {0, 1, 0x080, 0x25f, 0x280, 0x281, 0x0ff, 0x3ff};
  const uint64_t r = next(random);
  return r & 1 ? (unsigned)(r >> 8 & 0x3ff) : kSome[r >> 1 & 7];
}

static unsigned exponent(struct Random* random, struct DecimalFormat f) {
  const unsigned values = 3u << f.exponent_bits, digits = 3 * f.declets + 1;
  const unsigned zero = (values - 1) / 2 + digits - 1; /* of integers */
  const uint64_t r = next(random);
  const unsigned n = (unsigned)(r >> 8);
  switch (r & 15) {
    case 0:
      return n % 3;
    case 1:
      return values - 1 - n % 3;
    case 2:
      return n % (2 * digits);
    case 3:
      return values - 1 - n % (2 * digits);
    case 4:
    case 5:
      return n % values;
    case 6:
    case 7: /* around the limits of the format half as long, and of products */
      return (values >> (1 + (r >> 4 & 1))) * (r >> 5 & 1 ? 1 : 0) + n % (values / 2);
    default:
      return zero - 2 - digits + n % (2 * digits);
  }
}

static void decimal(struct Random* random, struct DecimalFormat f, uint64_t to[2]) {
  const uint64_t r = next(random);
  unsigned declets[11] = {0};
  /* Of a number with few digits most are zeros. */
  const unsigned used = r >> 8 & 1 ? f.declets : (unsigned)(r >> 9 & 255) % (f.declets + 1);
  const unsigned from = r >> 17 & 7 ? 0 : (unsigned)(r >> 20 & 255) % (used + 1);
  for (unsigned i = from; i < used; ++i) declets[i] = declet(random);
  if ((r >> 30 & 15) == 0) {
    for (unsigned i = 0; i < used; ++i) declets[i] = 0x0ff;
  }
  const unsigned first = used < f.declets ? 0 : r >> 34 & 1 ? 9 : (unsigned)(r >> 35 & 255) % 10;
  const unsigned e = exponent(random, f), low = e & ((1u << f.exponent_bits) - 1);
  unsigned combination = first < 8 ? (e >> f.exponent_bits) << 3 | first
                                   : 24 | (e >> f.exponent_bits) << 1 | (first & 1);
  if ((r & 15) == 0) combination = r >> 4 & 1 ? 31 : 30; /* NaNs, infinities */
  unsigned __int128 bits = (unsigned)(r >> 5 & 1) << 5 | combination;
  bits = bits << f.exponent_bits | low;
  for (unsigned i = f.declets; i-- > 0;) bits = bits << 10 | declets[i];
  to[0] = (uint64_t)(bits >> 64);
  to[1] = (uint64_t)bits;
}

/* A pair of registers: an extended number, two long ones, one with a short one in a half, digits of
 * four bits, small numbers, or anything. */
static void decimal_pair(struct Random* random, uint64_t pair[2]) {
  const uint64_t r = next(random);
  uint64_t other[2];
  switch (r & 15) {
    case 0:
      pair[0] = pool_integer(random);
      pair[1] = pool_integer(random);
      break;
    case 1:
      pair[0] = r >> 8 & 63;
      pair[1] = (uint64_t)((int64_t)(r >> 16 & 1023) - 4);
      break;
    case 2:
      for (int i = 0; i < 2; ++i) {
        pair[i] = 0;
        for (int n = 0; n < 16; ++n) pair[i] = pair[i] << 4 | next(random) % 10;
        if (r >> 8 & 1) pair[i] = (pair[i] & ~(uint64_t)15) | (8 + (next(random) & 7));
      }
      break;
    case 3:
      decimal(random, kShortDecimal, other);
      pair[0] = other[1] | (r >> 8 & 1 ? next(random) << 32 : 0);
      pair[1] = r >> 16 & 0x3fff;
      break;
    case 4:
    case 5:
    case 6:
    case 7:
    case 8:
    case 9:
      decimal(random, kLongDecimal, other);
      pair[0] = other[1];
      decimal(random, kLongDecimal, other);
      pair[1] = other[1];
      break;
    default:
      decimal(random, kExtendedDecimal, pair);
      break;
  }
}

#endif
