/* Recursion and calls through pointers. */
#include "bench.h"

__attribute__((noinline)) static uint32_t fib(uint32_t n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

typedef uint32_t step(uint32_t);
__attribute__((noinline)) static uint32_t add(uint32_t x) { return x + 7; }
__attribute__((noinline)) static uint32_t flip(uint32_t x) { return x ^ 0x5bd1e995; }
__attribute__((noinline)) static uint32_t turn(uint32_t x) { return x << 5 | x >> 27; }
__attribute__((noinline)) static uint32_t twice(uint32_t x) { return x * 3; }

uint64_t kernel(unsigned rounds) {
  static step* const volatile table[4] = {add, flip, turn, twice};
  uint64_t sum = 0;
  uint32_t x = 1;
  for (unsigned round = 0; round < rounds; round++) {
    sum += fib(22);
    for (int i = 0; i < 20000; i++) x = table[x >> 30](x) + (uint32_t)i;
    sum = sum * 31 + x;
  }
  return sum;
}
