/* What the driver and the descriptions of machines share. */
#ifndef DRIVER_H
#define DRIVER_H

#include <signal.h>
#include <stdint.h>
#include <ucontext.h>

/* splitmix64 */
struct Random {
  uint64_t state;
};
static inline uint64_t next(struct Random* random) {
  uint64_t z = random->state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

/* A sequence that repeats itself does so as often as this. The flag of its case, on any machine. */
enum { ITERATIONS = 3, LOOPS = 0x80 };

/* What a machine's load() puts into the registers that address memory. */
struct Start {
  uint64_t base[3];  /* in the scratch window: aligned; of any alignment; perhaps at its edge */
  uint64_t index[2]; /* small: of either sign; not negative */
};

void fill_pools(uint64_t seed);
/* A value for a general register, and 16 bytes for a vector register. */
uint64_t pool_integer(struct Random* random);
const void* pool_vector(struct Random* random);

#endif
