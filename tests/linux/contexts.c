/* ucontext(3): a coroutine with its own stack and signal mask. */
#include <signal.h>
#include <ucontext.h>

#include "check.h"

static ucontext_t outer, inner;
static char stack[65536];
static int turns;
static double sum;

static int blocks(int signo) {
  sigset_t mask;
  CHECK(sigprocmask(SIG_BLOCK, NULL, &mask) == 0);
  return sigismember(&mask, signo);
}

static void coroutine(int a, int b) {
  CHECK(a == 40 && b == 2);
  for (double step = 0.5; turns < 3; step *= 2) {
    CHECK(blocks(SIGUSR1) && !blocks(SIGUSR2));
    ++turns;
    sum += step;
    CHECK(swapcontext(&inner, &outer) == 0);
  }
}

static void block(int signo) {
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, signo);
  CHECK(sigprocmask(SIG_SETMASK, &mask, NULL) == 0);
}

int main(void) {
  block(SIGUSR1);
  CHECK(getcontext(&inner) == 0);
  inner.uc_stack.ss_sp = stack;
  inner.uc_stack.ss_size = sizeof stack;
  inner.uc_link = &outer;
  makecontext(&inner, (void (*)(void))coroutine, 2, 40, 2);
  block(SIGUSR2);
  for (int i = 1; i <= 4; ++i) {
    const double before = 1.25 * i;
    CHECK(swapcontext(&outer, &inner) == 0);
    CHECK(before == 1.25 * i && blocks(SIGUSR2) && !blocks(SIGUSR1));
    CHECK(turns == (i < 3 ? i : 3));
  }
  CHECK(sum == 3.5);

  volatile int returns = 0;
  block(SIGUSR1);
  CHECK(getcontext(&outer) == 0);
  CHECK(blocks(SIGUSR1) && !blocks(SIGUSR2));
  block(SIGUSR2);
  if (++returns < 3) CHECK(setcontext(&outer) == 0);
  CHECK(returns == 3);
  puts("ok");
  return 0;
}
