/* Every floating-point register and the flags survive an asynchronous handler that overwrites them.
 */
#include "check.h"
#include "probe.h"

static volatile int flag;
static volatile int calls;

static void handler(int signo) {
  (void)signo;
  arch_clobber_fp();
  if (++calls >= 5) flag = 1;
}

int main(void) {
  static uint64_t in[ARCH_FP_WORDS] __attribute__((aligned(16))),
      out[ARCH_FP_WORDS] __attribute__((aligned(16)));
  struct sigaction sa = {.sa_handler = handler};
  sigaction(SIGALRM, &sa, NULL);
  for (int round = 0; round < 5; round++) {
    for (int i = 0; i < ARCH_FP_WORDS; i++) {
      in[i] = 0x0123456789abcdefull * (uint64_t)(i + 1 + round * 100);
      out[i] = 0;
    }
    flag = calls = 0;
    struct itimerval every = {{0, 3000}, {0, 3000}}, never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &every, NULL);
    rt_hold_fp(in, out, &flag);
    setitimer(ITIMER_REAL, &never, NULL);
    for (int i = 0; i < ARCH_FP_WORDS; i++) CHECK_EQ(out[i], in[i]);
    CHECK(calls >= 5);
  }
  return check_done();
}
