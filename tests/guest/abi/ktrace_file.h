/* The file that ktrace(2) writes. */
#pragma once

#include "check.h"

struct ktr_header {
  int len;
  short type;
  pid_t pid;
  char comm[20];
  struct timeval time;
  intptr_t tid;
};
enum {
  CALL = 1,
  RET,
  NAMEI,
  GENIO,
  PSIG,
  USER = 7,
  STRUCT,
  SYSCTL,
  CTOR,
  DTOR,
  CAPFAIL,
  STRUCT_ARRAY = 15,
  INHERIT = 0x40000000
};
enum { SET, CLEAR, CLEARFILE };
int ktrace(const char* file, int ops, int facs, pid_t pid);
int utrace(const void* data, size_t size);

static char trace[200000];

/* Records follow each other without padding. */
static inline long long_at(const char* p) {
  long v;
  memcpy(&v, p, sizeof v);
  return v;
}
static inline int int_at(const char* p) {
  int v;
  memcpy(&v, p, sizeof v);
  return v;
}
static inline short short_at(const char* p) {
  short v;
  memcpy(&v, p, sizeof v);
  return v;
}

/* Reads the whole of it. */
static ssize_t size_of_trace(void) {
  int fd = open("trace", O_RDONLY);
  ssize_t n = read(fd, trace, sizeof trace);
  close(fd);
  return n;
}
