/* Copies, fills and strided sums over a few megabytes. */
#include "bench.h"

enum { kWords = 1 << 19 };
static uint32_t a[kWords], b[kWords];

uint64_t kernel(unsigned rounds) {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < kWords; i++) a[i] = i * 2654435761u;
  for (unsigned round = 0; round < rounds; round++) {
    for (uint32_t i = 0; i < kWords; i++) b[i] = a[i] + round;
    for (uint32_t start = 0; start < 64; start++) {
      for (uint32_t i = start; i < kWords; i += 64) sum += b[i] ^ (b[i] >> 7);
    }
    for (uint32_t i = 0; i < kWords; i++) a[kWords - 1 - i] = b[i];
  }
  return sum;
}
