/* Handlers: arguments, masks, nesting, SA_NODEFER, SA_RESETHAND, sigaction's own rules. */
#include "check.h"

static volatile int depth, deepest, calls;
static volatile siginfo_t info;
static volatile sigset_t mask_inside;

static void record(int signo, siginfo_t* si, void* context) {
  ucontext_t* uc = context;
  sigset_t now;
  info = *si;
  CHECK_EQ(signo, si->si_signo);
  sigprocmask(SIG_BLOCK, NULL, &now);
  mask_inside = now;
  CHECK(!sigismember(&uc->uc_sigmask, signo));
  calls++;
}

static void simple(int signo) {
  CHECK_EQ(signo, SIGUSR1);
  calls++;
}

static void recursive(int signo) {
  calls++;
  if (++depth > deepest) deepest = depth;
  if (calls < 3) kill(getpid(), signo);
  depth--;
}

static void nested_outer(int signo) {
  (void)signo;
  calls += 1;
  kill(getpid(), SIGUSR2);
  CHECK_EQ(calls, 11);
}

static void nested_inner(int signo) {
  (void)signo;
  calls += 10;
}

static void set(int signo, void* handler, int flags, int also_masked) {
  struct sigaction sa = {.sa_flags = flags};
  sa.sa_sigaction = (void (*)(int, siginfo_t*, void*))(uintptr_t)handler;
  if (also_masked) sigaddset(&sa.sa_mask, also_masked);
  CHECK_OK(sigaction(signo, &sa, NULL));
  calls = 0;
}

static bool blocked_inside(int signo) {
  sigset_t mask = mask_inside;
  return sigismember(&mask, signo);
}

static void delivery(void) {
  set(SIGUSR1, record, SA_SIGINFO, SIGHUP);
  CHECK_OK(kill(getpid(), SIGUSR1));
  CHECK_EQ(calls, 1); /* before kill returns */
  CHECK_EQ(info.si_code, SI_USER);
  CHECK_EQ(info.si_pid, getpid());
  CHECK_EQ(info.si_uid, getuid());
  CHECK(blocked_inside(SIGUSR1) && blocked_inside(SIGHUP) && !blocked_inside(SIGUSR2));
  sigset_t after;
  sigprocmask(SIG_BLOCK, NULL, &after);
  CHECK(!sigismember(&after, SIGUSR1) && !sigismember(&after, SIGHUP));
  long self;
  thr_self(&self);
  CHECK_OK(thr_kill(self, SIGUSR1));
  CHECK_EQ(calls, 2);
  CHECK_EQ(info.si_code, SI_LWP);
  set(SIGUSR1, simple, 0, 0);
  CHECK_OK(kill(getpid(), SIGUSR1));
  CHECK_EQ(calls, 1);
}

static void masks(void) {
  sigset_t usr1, old, pending;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  set(SIGUSR1, simple, 0, 0);
  CHECK_OK(sigprocmask(SIG_BLOCK, &usr1, &old));
  kill(getpid(), SIGUSR1);
  kill(getpid(), SIGUSR1);
  CHECK_EQ(calls, 0);
  CHECK_OK(sigpending(&pending));
  CHECK(sigismember(&pending, SIGUSR1));
  CHECK_OK(sigprocmask(SIG_SETMASK, &old, NULL));
  CHECK_EQ(calls, 2); /* queued as any other, and delivered before sigprocmask returns */
  sigpending(&pending);
  CHECK(!sigismember(&pending, SIGUSR1));
  sigset_t all;
  sigfillset(&all);
  CHECK_OK(sigprocmask(SIG_SETMASK, &all, NULL));
  CHECK_OK(sigprocmask(SIG_SETMASK, &old, &all));
  CHECK(!sigismember(&all, SIGKILL) && !sigismember(&all, SIGSTOP) && sigismember(&all, SIGTHR));
  CHECK_ERR(sigprocmask(9, &usr1, NULL), EINVAL);
  CHECK_ERR(sigprocmask(SIG_BLOCK, (sigset_t*)16, NULL), EFAULT);
}

static void nesting(void) {
  set(SIGUSR1, recursive, SA_NODEFER, 0);
  kill(getpid(), SIGUSR1);
  CHECK_EQ(calls, 3);
  CHECK_EQ(deepest, 3);
  deepest = 0;
  set(SIGUSR1, recursive, 0, 0);
  kill(getpid(), SIGUSR1); /* each waits for the one before */
  CHECK_EQ(deepest, 1);
  CHECK_EQ(calls, 3);
  set(SIGUSR2, nested_inner, 0, 0);
  set(SIGUSR1, nested_outer, 0, 0);
  kill(getpid(), SIGUSR1);
  CHECK_EQ(calls, 11);
}

static void resetting(void) {
  struct sigaction now;
  set(SIGUSR1, simple, SA_RESETHAND, 0);
  kill(getpid(), SIGUSR1);
  CHECK_EQ(calls, 1);
  CHECK_OK(sigaction(SIGUSR1, NULL, &now));
  CHECK(now.sa_handler == SIG_DFL);
}

static void rules(void) {
  struct sigaction sa = {.sa_handler = simple}, old;
  CHECK_ERR(sigaction(SIGKILL, &sa, NULL), EINVAL);
  CHECK_ERR(sigaction(SIGSTOP, &sa, NULL), EINVAL);
  CHECK_ERR(sigaction(0, &sa, NULL), EINVAL);
  CHECK_ERR(sigaction(129, &sa, NULL), EINVAL);
  CHECK_ERR(sigaction(SIGUSR1, (struct sigaction*)16, NULL), EFAULT);
  set(SIGRTMAX, record, SA_SIGINFO | SA_RESTART | SA_ONSTACK, SIGHUP);
  CHECK_OK(sigaction(SIGRTMAX, NULL, &old));
  CHECK(old.sa_sigaction == record);
  CHECK_EQ(old.sa_flags, SA_SIGINFO | SA_RESTART | SA_ONSTACK);
  CHECK(sigismember(&old.sa_mask, SIGHUP));
  CHECK_ERR(kill(getpid(), 129), EINVAL);
  CHECK_ERR(kill(getpid(), -1), EINVAL);
  CHECK_OK(kill(getpid(), 0));
  CHECK_ERR(thr_kill(99999999, SIGUSR1), ESRCH);
  /* Ignored signals do not stay pending. */
  sigset_t usr2, pending;
  sigemptyset(&usr2);
  sigaddset(&usr2, SIGUSR2);
  sigprocmask(SIG_BLOCK, &usr2, NULL);
  kill(getpid(), SIGUSR2);
  sa.sa_handler = SIG_IGN;
  CHECK_OK(sigaction(SIGUSR2, &sa, NULL));
  sigpending(&pending);
  CHECK(!sigismember(&pending, SIGUSR2));
}

int main(void) {
  delivery();
  masks();
  nesting();
  resetting();
  rules();
  return check_done();
}
