/* The four functions that a compiler may call whatever a program does. */
#include <stddef.h>

void* memcpy(void* to, const void* from, size_t size) {
  char* d = to;
  const char* s = from;
  for (; size != 0; size--) *d++ = *s++;
  return to;
}

void* memmove(void* to, const void* from, size_t size) {
  char* d = to;
  const char* s = from;
  if (d < s) return memcpy(to, from, size);
  while (size-- != 0) d[size] = s[size];
  return to;
}

void* memset(void* to, int byte, size_t size) {
  for (char* d = to; size != 0; size--) *d++ = (char)byte;
  return to;
}

int memcmp(const void* a, const void* b, size_t size) {
  const unsigned char *x = a, *y = b;
  for (; size != 0; size--, x++, y++) {
    if (*x != *y) return *x - *y;
  }
  return 0;
}
