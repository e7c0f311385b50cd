/* sigaltstack, handlers on it, stack overflow, leaving by setcontext. */
#include "check.h"

enum { kStack = 32768 };

static char* stack;
static volatile int calls;
static volatile bool inside;
static ucontext_t resume;
static volatile int resumed;

static bool on_stack(const void* p) {
  return (const char*)p >= stack && (const char*)p < stack + kStack;
}

static void on_usr1(int signo, siginfo_t* info, void* context) {
  stack_t now, same = {stack, kStack, 0};
  ucontext_t* uc = context;
  (void)signo;
  int local;
  inside = on_stack(&local) && on_stack(info) && on_stack(context);
  CHECK_OK(sigaltstack(NULL, &now));
  CHECK_EQ(now.ss_flags, SS_ONSTACK);
  CHECK_ERR(sigaltstack(&same, NULL), EPERM);
  CHECK(!on_stack((void*)(uintptr_t)ARCH_MC_SP(&uc->uc_mcontext)));
  CHECK_EQ((uintptr_t)uc->uc_stack.ss_sp, (uintptr_t)stack);
  calls++;
}

static void on_plain(int signo) {
  int local;
  (void)signo;
  inside = on_stack(&local);
  calls++;
}

static void on_overflow(int signo, siginfo_t* info, void* context) {
  (void)signo, (void)info, (void)context;
  int local;
  inside = on_stack(&local);
  calls++;
  setcontext(&resume);
}

static int deeper(volatile char* above) {
  volatile char frame[4096];
  if (!above) return 0;
  frame[0] = above[0];
  return deeper(frame) + frame[0];
}

/* What follows a getcontext that returns twice is in functions of its own: where registers live in
 * windows on the stack, those of its caller are not part of the context. */
__attribute__((noinline)) static int after_overflow(void) {
  if (calls == 0) {
    volatile char c = 0;
    return deeper(&c) + 1;
  }
  CHECK_EQ(calls, 1);
  CHECK(inside);
  stack_t now;
  CHECK_OK(sigaltstack(NULL, &now));
  CHECK_EQ(now.ss_flags, 0);
  sigset_t mask;
  sigprocmask(SIG_BLOCK, NULL, &mask);
  CHECK(!sigismember(&mask, SIGSEGV));
  return check_failures();
}

static int overflow(void) {
  struct sigaction sa = {.sa_sigaction = on_overflow, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  struct rlimit small = {1 << 20, 1 << 20};
  setrlimit(RLIMIT_STACK, &small);
  sigaction(SIGSEGV, &sa, NULL);
  sigaction(SIGBUS, &sa, NULL);
  calls = 0;
  getcontext(&resume);
  return after_overflow();
}

__attribute__((noinline)) static void after_resumption(void) {
  sigset_t usr2, mask;
  sigemptyset(&usr2);
  sigaddset(&usr2, SIGUSR2);
  sigprocmask(SIG_BLOCK, NULL, &mask);
  CHECK(!sigismember(&mask, SIGUSR2));
  if (resumed++ == 0) {
    sigprocmask(SIG_BLOCK, &usr2, NULL);
    setcontext(&resume);
    CHECK(false);
  }
  CHECK_EQ(resumed, 2);
}

int main(void) {
  stack_t st, old;
  CHECK_OK(sigaltstack(NULL, &old));
  CHECK_EQ(old.ss_flags, SS_DISABLE);
  stack = mmap(NULL, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  st = (stack_t){stack, 4095, 0};
  CHECK_ERR(sigaltstack(&st, NULL), ENOMEM);
  st = (stack_t){stack, kStack, 0x10};
  CHECK_ERR(sigaltstack(&st, NULL), EINVAL);
  st = (stack_t){stack, kStack, 0};
  CHECK_OK(sigaltstack(&st, NULL));
  CHECK_OK(sigaltstack(NULL, &old));
  CHECK(old.ss_sp == stack && old.ss_size == kStack && old.ss_flags == 0);

  struct sigaction sa = {.sa_sigaction = on_usr1, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaction(SIGUSR1, &sa, NULL);
  kill(getpid(), SIGUSR1);
  CHECK_EQ(calls, 1);
  CHECK(inside);
  sa = (struct sigaction){.sa_handler = on_plain}; /* without SA_ONSTACK */
  sigaction(SIGUSR1, &sa, NULL);
  kill(getpid(), SIGUSR1);
  CHECK_EQ(calls, 2);
  CHECK(!inside);
  CHECK_EQ(check_child(overflow), 0);

  st.ss_flags = SS_DISABLE;
  CHECK_OK(sigaltstack(&st, NULL));
  sa = (struct sigaction){.sa_handler = on_plain, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR1, &sa, NULL);
  kill(getpid(), SIGUSR1);
  CHECK(!inside);

  /* getcontext and setcontext: the mask travels too. */
  resumed = 0;
  getcontext(&resume);
  after_resumption();
  return check_done();
}
