/* sigfastblock(2), FreeBSD 13: a word of the thread's own holds signals back. */
#include "check.h"

enum { SYS_sigfastblock = 573, SETPTR = 1, UNBLOCK, UNSETPTR, PEND = 1, INC = 0x10 };

static volatile int count;
static void handler(int signo) { count += signo == SIGUSR1; }
static volatile uint32_t word;

static int fault(void) {
  word = INC;
  *(volatile int*)8 = 1;
  return 0;
}

int main(void) {
  struct sigaction sa = {.sa_handler = handler};
  sigaction(SIGUSR1, &sa, NULL);
  CHECK_ERR(syscall(SYS_sigfastblock, UNBLOCK, NULL), EINVAL);
  CHECK_ERR(syscall(SYS_sigfastblock, UNSETPTR, NULL), EINVAL);
  CHECK_ERR(syscall(SYS_sigfastblock, 9, NULL), EINVAL);
  CHECK_ERR(syscall(SYS_sigfastblock, SETPTR, (char*)&word + 1), EINVAL);
  CHECK_OK(syscall(SYS_sigfastblock, SETPTR, &word));
  CHECK_ERR(syscall(SYS_sigfastblock, SETPTR, &word), EBUSY);
  kill(getpid(), SIGUSR1);
  CHECK_EQ(count, 1);
  CHECK_EQ(word, 0);

  word = INC;
  kill(getpid(), SIGUSR1);
  CHECK_EQ(count, 1);
  CHECK_EQ(word, INC | PEND);
  /* A call that a signal would interrupt goes on. */
  CHECK_OK(nanosleep(&(struct timespec){0, 1000000}, NULL));
  CHECK_EQ(count, 1);
  CHECK_ERR(syscall(SYS_sigfastblock, UNBLOCK, NULL), EBUSY);
  CHECK_ERR(syscall(SYS_sigfastblock, UNSETPTR, NULL), EBUSY);
  word = PEND;
  CHECK_OK(syscall(SYS_sigfastblock, UNBLOCK, NULL));
  CHECK_EQ(count, 2);
  CHECK_EQ(word, 0);

  /* A fault cannot wait. */
  CHECK_EQ(check_child(fault) & 0x7f, ARCH_FAULT_SIGNAL(false));
  CHECK_OK(syscall(SYS_sigfastblock, UNSETPTR, NULL));
  word = INC;
  kill(getpid(), SIGUSR1);
  CHECK_EQ(count, 3);
  return check_done();
}
