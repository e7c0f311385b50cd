#include "runtime.h"

size_t strlen(const char* s) {
  size_t n = 0;
  while (s[n]) n++;
  return n;
}

int strcmp(const char* a, const char* b) { return strncmp(a, b, (size_t)-1); }

int strncmp(const char* a, const char* b, size_t size) {
  for (; size != 0; size--, a++, b++) {
    if (*a != *b) return (unsigned char)*a - (unsigned char)*b;
    if (!*a) return 0;
  }
  return 0;
}

char* strcpy(char* to, const char* from) {
  memcpy(to, from, strlen(from) + 1);
  return to;
}

char* strcat(char* to, const char* from) {
  strcpy(to + strlen(to), from);
  return to;
}

char* strchr(const char* s, int c) {
  for (;; s++) {
    if (*s == (char)c) return (char*)s;
    if (!*s) return NULL;
  }
}

char* strrchr(const char* s, int c) {
  char* last = NULL;
  for (;; s++) {
    if (*s == (char)c) last = (char*)s;
    if (!*s) return last;
  }
}

char* strstr(const char* s, const char* part) {
  size_t n = strlen(part);
  for (; *s; s++) {
    if (strncmp(s, part, n) == 0) return (char*)s;
  }
  return n == 0 ? (char*)s : NULL;
}

unsigned long strtoul(const char* s, int base) {
  unsigned long value = 0;
  for (;; s++) {
    int digit = *s >= '0' && *s <= '9' ? *s - '0' : *s >= 'a' && *s <= 'f' ? *s - 'a' + 10 : base;
    if (digit >= base) return value;
    value = value * (unsigned long)base + (unsigned long)digit;
  }
}

const char* getenv(const char* name) {
  size_t n = strlen(name);
  for (char** e = environ; *e; e++) {
    if (strncmp(*e, name, n) == 0 && (*e)[n] == '=') return *e + n + 1;
  }
  return NULL;
}
