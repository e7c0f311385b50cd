/* What a guest test says: CHECK lines, then `return check_done();` from main. */
#pragma once

#include "runtime.h"

void check_failed(const char* file, int line, const char* what, long long got, long long wanted,
                  bool values);
/* "ok NAME" and 0, or 1 when a check failed (one line each was printed). Test name: the program's.
 */
int check_done(void);
int check_failures(void);

#define CHECK(condition)                                                         \
  do {                                                                           \
    if (!(condition)) check_failed(__FILE__, __LINE__, #condition, 0, 0, false); \
  } while (0)

#define CHECK_EQ(got, wanted)                                                               \
  do {                                                                                      \
    long long check_got = (long long)(got), check_wanted = (long long)(wanted);             \
    if (check_got != check_wanted)                                                          \
      check_failed(__FILE__, __LINE__, #got " == " #wanted, check_got, check_wanted, true); \
  } while (0)

/* The call must fail with this errno. */
#define CHECK_ERR(call, error)                 \
  do {                                         \
    errno = 0;                                 \
    CHECK_EQ((long long)(intptr_t)(call), -1); \
    CHECK_EQ(errno, error);                    \
  } while (0)

/* The call must succeed; errno is shown when it does not. */
#define CHECK_OK(call)                                                   \
  do {                                                                   \
    errno = 0;                                                           \
    if ((long long)(intptr_t)(call) == -1)                               \
      check_failed(__FILE__, __LINE__, #call ": errno", errno, 0, true); \
  } while (0)

/* A directory of the test's own, the current one, emptied by check_done(). */
void check_workdir(void);
/* A child that runs `body` and leaves with its result; returns wait4's status. */
int check_child(int (*body)(void));
