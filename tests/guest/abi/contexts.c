/* Contexts as calls that save and load them, threads that start from one, and the end by abort2. */
#include "check.h"

int swapcontext(ucontext_t* old, const ucontext_t* next);
int thr_create(ucontext_t* context, long* id, int flags);
int abort2(const char* why, int count, void** arguments);

static volatile int stage;
static ucontext_t here, there;

static void swapping(void) {
  stage = 0;
  CHECK_OK(getcontext(&here));
  if (stage == 0) {
    stage = 1;
    CHECK_OK(swapcontext(&there, &here)); /* on after getcontext; comes back when `there` is set */
    CHECK_EQ(stage, 2);
    stage = 3;
  } else if (stage == 1) {
    stage = 2;
    setcontext(&there);
  }
  CHECK_EQ(stage, 3);
  /* The signal mask is a part. */
  sigset_t none, usr1, now;
  sigemptyset(&none);
  usr1 = none;
  sigaddset(&usr1, SIGUSR1);
  CHECK_OK(sigprocmask(SIG_SETMASK, &usr1, NULL));
  stage = 0;
  CHECK_OK(getcontext(&here));
  if (stage++ == 0) {
    CHECK_OK(sigprocmask(SIG_SETMASK, &none, NULL));
    setcontext(&here);
  }
  CHECK_OK(sigprocmask(SIG_SETMASK, &none, &now));
  CHECK(sigismember(&now, SIGUSR1));
  CHECK_ERR(getcontext(NULL), EINVAL);
  CHECK_ERR(getcontext((ucontext_t*)16), EFAULT);
  CHECK_ERR(setcontext(NULL), EINVAL);
  CHECK_ERR(setcontext((ucontext_t*)16), EFAULT);
  CHECK_ERR(swapcontext(&there, NULL), EINVAL);
  CHECK_ERR(swapcontext((ucontext_t*)16, &here), EFAULT);
}

static volatile long id, self;
static long state;

/* A thread from a context of our own stack: neither calls anything that stores there until the new
 * one has gone. */
static void thread(void) {
  stage = 0;
  CHECK_OK(getcontext(&here));
  if (stage == 1) {
    stage = 2;
    thr_exit(&state);
  }
  stage = 1;
  errno = 0;
  int result = thr_create(&here, (long*)&id, 0);
  if (result == 0) {
    while (__atomic_load_n(&state, __ATOMIC_SEQ_CST) == 0) {
    }
  }
  CHECK_EQ(result, 0);
  CHECK_EQ(errno, 0);
  CHECK_EQ(stage, 2);
  CHECK_OK(thr_self((long*)&self));
  CHECK(id > 0 && id != self);
  CHECK_ERR(thr_create((ucontext_t*)16, (long*)&id, 0), EFAULT);
}

static int die(void) {
  abort2("a reason", 0, NULL);
  return 0;
}

static int die_without_a_reason(void) {
  abort2((char*)16, 0, NULL);
  return 0;
}

int main(void) {
  swapping();
  thread();
  CHECK_EQ(WTERMSIG(check_child(die)), SIGABRT);
  CHECK_EQ(WTERMSIG(check_child(die_without_a_reason)), SIGKILL);
  return check_done();
}
