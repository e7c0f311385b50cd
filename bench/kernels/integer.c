/* Collatz lengths: compares, shifts, multiplications and unpredictable branches. */
#include "bench.h"

uint64_t kernel(unsigned rounds) {
  uint64_t sum = 0;
  for (uint32_t start = 1; start <= rounds * 1000u; start++) {
    uint32_t n = start, length = 0;
    while (n != 1 && length < 300) {
      n = n & 1 ? n * 3 + 1 : n >> 1;
      length++;
    }
    sum = sum * 31 + length;
  }
  return sum;
}
