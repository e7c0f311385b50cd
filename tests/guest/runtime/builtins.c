/* Division for machines whose compiler calls for it. */
#include <stdint.h>

#if !defined(__LP64__)

unsigned __udivsi3(unsigned n, unsigned d) {
  unsigned q = 0, r = 0;
  for (int i = 31; i >= 0; i--) {
    r = r << 1 | (n >> i & 1);
    if (r >= d) {
      r -= d;
      q |= 1u << i;
    }
  }
  return q;
}

int __divsi3(int n, int d) {
  unsigned q = __udivsi3(n < 0 ? -(unsigned)n : (unsigned)n, d < 0 ? -(unsigned)d : (unsigned)d);
  return (n < 0) != (d < 0) ? (int)-q : (int)q;
}

uint64_t __udivmoddi4(uint64_t n, uint64_t d, uint64_t* remainder) {
  uint64_t q = 0, r = 0;
  for (int i = 63; i >= 0; i--) {
    r = r << 1 | (n >> i & 1);
    if (r >= d) {
      r -= d;
      q |= (uint64_t)1 << i;
    }
  }
  *remainder = r;
  return q;
}

int64_t __divmoddi4(int64_t n, int64_t d, int64_t* remainder) {
  uint64_t r;
  uint64_t q =
      __udivmoddi4(n < 0 ? -(uint64_t)n : (uint64_t)n, d < 0 ? -(uint64_t)d : (uint64_t)d, &r);
  *remainder = n < 0 ? -(int64_t)r : (int64_t)r;
  return (n < 0) != (d < 0) ? (int64_t)-q : (int64_t)q;
}

uint64_t __udivdi3(uint64_t n, uint64_t d) {
  uint64_t r;
  return __udivmoddi4(n, d, &r);
}
uint64_t __umoddi3(uint64_t n, uint64_t d) {
  uint64_t r;
  __udivmoddi4(n, d, &r);
  return r;
}
int64_t __divdi3(int64_t n, int64_t d) {
  int64_t r;
  return __divmoddi4(n, d, &r);
}
int64_t __moddi3(int64_t n, int64_t d) {
  int64_t r;
  __divmoddi4(n, d, &r);
  return r;
}

#else

/* Of 128 bits, where the machine has no instruction for the upper half. */
__int128 __multi3(__int128 a, __int128 b) {
  uint64_t al = (uint64_t)a, bl = (uint64_t)b;
  uint64_t a0 = al & 0xffffffff, a1 = al >> 32, b0 = bl & 0xffffffff, b1 = bl >> 32;
  uint64_t low = a0 * b0, middle = a1 * b0 + (low >> 32), other = a0 * b1 + (middle & 0xffffffff);
  uint64_t high = a1 * b1 + (middle >> 32) + (other >> 32);
  high += (uint64_t)((unsigned __int128)a >> 64) * bl + al * (uint64_t)((unsigned __int128)b >> 64);
  return (__int128)((unsigned __int128)high << 64 | (other << 32 | (low & 0xffffffff)));
}

#endif

#include "arch.h"
#if defined(ARCH_BUILTINS)
__asm__(".text\n" ARCH_BUILTINS);
#endif
