/* A walk along a random cycle through 4 MiB, each step waiting for the one before. */
#include "bench.h"

enum { kNodes = 1 << 20 };
static uint32_t next[kNodes];

uint64_t kernel(unsigned rounds) {
  uint32_t seed = 1;
  for (uint32_t i = 0; i < kNodes; i++) next[i] = i;
  for (uint32_t i = kNodes - 1; i > 0; i--) { /* one cycle: Sattolo's shuffle */
    seed = seed * 1664525u + 1013904223u;
    uint32_t k = (uint32_t)((uint64_t)seed * i >> 32), t = next[i];
    next[i] = next[k];
    next[k] = t;
  }
  uint64_t sum = 0;
  uint32_t at = 0;
  for (unsigned i = 0; i < rounds * 100000u; i++) {
    at = next[at];
    sum += at;
  }
  return sum;
}
