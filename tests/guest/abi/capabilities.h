/* Rights on descriptors, as capsicum(4) has them. */
#pragma once

#include "check.h"

typedef struct {
  uint64_t words[2];
} cap_rights_t;
#define IDX0 (1ULL << 57)
#define IDX1 (1ULL << 58)
#define RIGHTS(a, b)           \
  (cap_rights_t) {             \
    { IDX0 | (a), IDX1 | (b) } \
  }

int cap_enter(void);
int cap_rights_limit(int fd, const cap_rights_t* rights);
int __cap_rights_get(int version, int fd, cap_rights_t* rights);
