/* Deep recursion: what callers keep in registers (register windows) comes back, whether calls
 * return one by one or a longjmp leaves many, in signal handlers and in threads. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>

#include "check.h"

static __attribute__((noinline)) long deep(long n, long a, long b) {
  long x = a ^ n, y = b + 3 * n;
  __asm__ volatile("" : "+r"(x), "+r"(y));
  const long below = n == 0 ? 0 : deep(n - 1, y, x);
  CHECK(x == (a ^ n) && y == b + 3 * n);
  return below + n;
}
static long sum(long n) { return n * (n + 1) / 2; }

static jmp_buf start;
static __attribute__((noinline)) int leaves(int n) {
  if (n < 0) return 0;
  if (n == 0) longjmp(start, 7);
  const int below = leaves(n - 1);
  return below + n;
}
static void jumps(volatile int from) {
  volatile int jumped = 0;
  const int how = setjmp(start);
  if (how == 0) leaves(from);
  CHECK(how == 7 && !jumped);
  jumped = 1;
}

static volatile int handled;
static void handler(int signo) {
  CHECK(signo == SIGUSR1 && deep(70 + handled, 1, 2) == sum(70 + handled));
  ++handled;
}
static __attribute__((noinline)) long raises(long n) {
  long mine = 5 * n;
  __asm__ volatile("" : "+r"(mine));
  const long below = n == 0 ? raise(SIGUSR1) : raises(n - 1);
  CHECK(mine == 5 * n);
  return below + 1;
}

static void* thread(void* number) {
  for (long n = 0; n < 150; ++n) CHECK(deep(n, (long)number, n) == sum(n));
  return number;
}

int main(void) {
  static const long kDepths[] = {0, 1, 7, 8, 31, 32, 33, 63, 64, 65, 66, 129, 1000, 3000};
  for (unsigned n = 0; n < sizeof kDepths / sizeof *kDepths; ++n) {
    CHECK(deep(kDepths[n], 1, 2) == sum(kDepths[n]));
  }
  for (int n = 0; n < 200; n += 13) jumps(n);
  signal(SIGUSR1, handler);
  for (int n = 0; n < 70; n += 3) CHECK(raises(n) == n + 1);
  CHECK(handled == 24);
  pthread_t threads[4];
  for (long n = 0; n < 4; ++n) CHECK(pthread_create(&threads[n], NULL, thread, (void*)n) == 0);
  for (long n = 0; n < 4; ++n) {
    void* result;
    CHECK(pthread_join(threads[n], &result) == 0 && result == (void*)n);
  }
  puts("ok");
  return 0;
}
