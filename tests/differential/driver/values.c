/* Values for registers and memory: bit patterns at which instructions change their behaviour, and
 * random ones. They are made once for a run, as sequences need many. */
#include <string.h>

#include "driver.h"

enum { POOL = 4096 };
static uint64_t integers[POOL];
static struct Vector { uint8_t bytes[16]; } vectors[POOL];

uint64_t pool_integer(struct Random* random) { return integers[next(random) % POOL]; }
const void* pool_vector(struct Random* random) { return &vectors[next(random) % POOL]; }

static uint64_t low_bits(unsigned n) { return n >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << n) - 1; }

static uint64_t integer(struct Random* random, unsigned bits) {
  const uint64_t r = next(random);
  const uint64_t value = next(random);
  const uint64_t power = (uint64_t)1 << (r >> 8) % bits;
  uint64_t v;
  switch (r & 7) {
    case 0:
      v = (uint64_t)((int64_t)(value % 33) - 16);
      break;
    case 1:
      v = power;
      break;
    case 2:
      v = power - 1;
      break;
    case 3:
      v = ~power + (value & 1);
      break;
    case 4:
      v = (uint64_t)(int64_t)(int32_t)value;
      break;
    default:
      v = value;
  }
  return v & low_bits(bits);
}

/* An IEEE format: bits of the fraction and of the exponent. */
struct Format {
  unsigned fraction, exponent;
};

static uint64_t compose(struct Format f, uint64_t sign, uint64_t exponent, uint64_t fraction) {
  return sign << (f.fraction + f.exponent) | exponent << f.fraction | fraction;
}

/* numerator / 2, exactly */
static uint64_t half_integer(struct Format f, uint64_t sign, uint64_t numerator) {
  if (numerator == 0) return compose(f, sign, 0, 0);
  unsigned top = 0;
  while (numerator >> top > 1) ++top;
  if (top > f.fraction) return compose(f, sign, low_bits(f.exponent), 0);
  const uint64_t fraction = (numerator << (f.fraction - top)) & low_bits(f.fraction);
  return compose(f, sign, low_bits(f.exponent - 1) + top - 1, fraction);
}

static uint64_t floating(struct Random* random, struct Format f) {
  const uint64_t r = next(random);
  const uint64_t sign = r & 1;
  const uint64_t bias = low_bits(f.exponent - 1), top = low_bits(f.exponent);
  uint64_t fraction = next(random) & low_bits(f.fraction);
  /* Few bits set at one end: exact results, halfway cases. */
  if (r >> 1 & 1) fraction &= ~low_bits((r >> 20) % f.fraction);
  if ((r >> 1 & 3) == 3) fraction = low_bits(f.fraction) ^ fraction >> ((r >> 26) % f.fraction);
  switch (r >> 3 & 15) {
    case 0:
      return compose(f, sign, 0, 0);
    case 1:
      return compose(f, sign, top, 0); /* infinity */
    case 2:
      return compose(f, sign, top, fraction | 1u << (r >> 10 & 3)); /* NaN, either kind */
    case 3:
      return compose(f, sign, 0, fraction); /* denormal */
    case 4:
      return compose(f, sign, 0, r & 512 ? 1 : low_bits(f.fraction));
    case 5:
      return compose(f, sign, r & 512 ? 1 : top - 1, r & 1024 ? fraction : 0); /* at the limits */
    case 6:
    case 7:
    case 8:
      return half_integer(f, sign, (r >> 10) % 64);
    case 9: {
      /* Around the limits of integer types and of exactness. */
      static const uint8_t kPowers[] = {7, 8, 15, 16, 23, 24, 31, 32, 52, 53, 63, 64};
      const uint64_t exponent = bias + kPowers[(r >> 10) % sizeof kPowers];
      if (exponent >= top) return compose(f, sign, top - 1, low_bits(f.fraction));
      return r >> 15 & 1 ? compose(f, sign, exponent - 1, low_bits(f.fraction))
                         : compose(f, sign, exponent, fraction >> f.fraction / 2);
    }
    case 10:
    case 11:
    case 12:
      return compose(f, sign, bias + (r >> 10) % 17 - 8, fraction);
    case 13:
      return compose(f, sign, 1 + (r >> 10) % (2 * f.fraction < top - 1 ? 2 * f.fraction : top - 1),
                     fraction); /* products of these are denormal or zero */
    default:
      return next(random) & low_bits(1 + f.fraction + f.exponent);
  }
}

static void vector(struct Random* random, struct Vector* to) {
  static const struct Format kHalf = {10, 5}, kSingle = {23, 8}, kDouble = {52, 11};
  const unsigned kind = next(random) & 7;
  for (unsigned at = 0; at < 16;) {
    uint64_t lane;
    unsigned size;
    switch (kind) {
      case 0:
      case 1:
        lane = floating(random, kDouble);
        size = 8;
        break;
      case 2:
      case 3:
        lane = floating(random, kSingle);
        size = 4;
        break;
      case 4:
        lane = floating(random, kHalf);
        size = 2;
        break;
      case 5:
        lane = next(random);
        size = 8;
        break;
      default:
        size = 1u << (next(random) & 3);
        lane = integer(random, 8 * size);
        break;
    }
    if (at % size != 0) continue;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    lane <<= 64 - 8 * size;
#endif
    memcpy(to->bytes + at, &lane, size);
    at += size;
  }
}

void fill_pools(uint64_t seed) {
  struct Random random = {seed};
  for (int i = 0; i < POOL; ++i) {
    integers[i] = integer(&random, 64);
    vector(&random, &vectors[i]);
  }
}
