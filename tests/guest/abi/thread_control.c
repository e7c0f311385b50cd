/* thr_suspend, thr_wake, thr_kill, thr_set_name, rtprio_thread, thr_new's errors, CPU sets: FreeBSD
 * sys/kern/kern_thr.c, kern_cpuset.c. */
#include "check.h"
#include "thread.h"

enum { SYS_thr_suspend = 442, SYS_thr_wake = 443, SYS_rtprio_thread = 466, SYS_getaffinity = 487 };

static volatile int stage;
static volatile int suspend_errno;

static void* suspend_self(void* arg) {
  (void)arg;
  stage = 1;
  errno = 0;
  suspend_errno = syscall(SYS_thr_suspend, NULL) == 0 ? 0 : errno;
  stage = 2;
  return NULL;
}

static void suspend_and_wake(void) {
  struct thread thread;
  struct timespec short_time = {0, 30000000}, bad = {0, 1000000000};
  CHECK_ERR(syscall(SYS_thr_suspend, &bad), EINVAL);
  int64_t start = rt_now_ms();
  CHECK_ERR(syscall(SYS_thr_suspend, &short_time), ETIMEDOUT);
  CHECK(rt_now_ms() - start >= 29);
  /* A wake-up is remembered. */
  CHECK_OK(syscall(SYS_thr_wake, thread_self()));
  CHECK_OK(syscall(SYS_thr_suspend, NULL));
  CHECK_ERR(syscall(SYS_thr_wake, 99999999L), ESRCH);
  /* Whoever wakes itself does not sleep the next time: libthr cancels so. */
  unsigned word = 5;
  struct timespec limit = {10, 0};
  CHECK_OK(syscall(SYS_thr_wake, thread_self()));
  start = rt_now_ms();
  CHECK_ERR(_umtx_op(&word, UMTX_OP_WAIT_UINT_PRIVATE, 5, (void*)sizeof limit, &limit), EINTR);
  CHECK(rt_now_ms() - start < 5000);
  limit = (struct timespec){0, 30000000};
  CHECK_ERR(_umtx_op(&word, UMTX_OP_WAIT_UINT_PRIVATE, 5, (void*)sizeof limit, &limit), ETIMEDOUT);

  /* So it is in every call that sleeps, and in none that does not. */
  int fds[2];
  char c;
  CHECK_OK(pipe2(fds, 0));
  CHECK_OK(syscall(SYS_thr_wake, thread_self()));
  CHECK_EQ(write(fds[1], "ab", 2), 2);
  CHECK_EQ(read(fds[0], &c, 1), 1);
  CHECK_EQ(read(fds[0], &c, 1), 1);
  start = rt_now_ms();
  CHECK_ERR(read(fds[0], &c, 1), EINTR);
  CHECK_OK(syscall(SYS_thr_wake, thread_self()));
  CHECK_ERR(nanosleep(&(struct timespec){10, 0}, NULL), EINTR);
  CHECK_OK(syscall(SYS_thr_wake, thread_self()));
  CHECK_ERR(poll(&(struct pollfd){fds[0], POLLIN, 0}, 1, 10000), EINTR);
  CHECK_OK(syscall(SYS_thr_wake, thread_self()));
  CHECK_ERR(select(0, NULL, NULL, NULL, &(struct timeval){10, 0}), EINTR);
  int queue = kqueue();
  struct kevent event = {.ident = (uintptr_t)fds[0], .filter = EVFILT_READ, .flags = EV_ADD};
  CHECK_OK(syscall(SYS_thr_wake, thread_self()));
  CHECK_ERR(kevent(queue, &event, 1, &event, 1, &(struct timespec){10, 0}), EINTR);
  sigset_t none;
  sigemptyset(&none);
  CHECK_OK(syscall(SYS_thr_wake, thread_self()));
  CHECK_ERR(sigtimedwait(&none, NULL, &(struct timespec){10, 0}), EINTR);
  pid_t pid = fork();
  if (pid == 0) {
    for (;;) rt_sleep_ms(1000);
  }
  CHECK_OK(syscall(SYS_thr_wake, thread_self()));
  CHECK_ERR(wait4(pid, NULL, 0, NULL), EINTR);
  CHECK(rt_now_ms() - start < 8000);
  kill(pid, SIGKILL);
  CHECK_EQ(wait4(pid, NULL, 0, NULL), pid);
  CHECK_OK(poll(&(struct pollfd){fds[0], POLLIN, 0}, 1, 1));

  CHECK_EQ(thread_create(&thread, suspend_self, NULL), 0);
  while (stage != 1) sched_yield();
  rt_sleep_ms(20);
  CHECK_EQ(stage, 1);
  CHECK_OK(syscall(SYS_thr_wake, thread.tid));
  thread_join(&thread);
  CHECK_EQ(suspend_errno, 0);
}

static volatile int caught;
static void count(int signo) {
  (void)signo;
  __atomic_fetch_add(&caught, 1, __ATOMIC_SEQ_CST);
}

static void* wait_for_end(void* arg) {
  while (!*(volatile int*)arg) rt_sleep_ms(1);
  return NULL;
}

static void kill_all_but_self(void) {
  enum { THREADS = 3 };
  struct thread threads[THREADS];
  volatile int end = 0;
  struct sigaction action = {{count}, SA_RESTART, {{0}}};
  CHECK_OK(sigaction(SIGUSR1, &action, NULL));
  /* The thread of the test before has been joined, but may still be on its way out. */
  for (int i = 0; i < 1000 && thr_kill(-1, 0) == 0; i++) rt_sleep_ms(2);
  CHECK_ERR(thr_kill(-1, SIGUSR1), ESRCH); /* nobody else */
  for (int i = 0; i < THREADS; i++)
    CHECK_EQ(thread_create(&threads[i], wait_for_end, (void*)&end), 0);
  CHECK_OK(thr_kill(-1, SIGUSR1));
  for (int i = 0; i < 1000 && caught < THREADS; i++) rt_sleep_ms(2);
  CHECK_EQ(caught, THREADS);
  CHECK_ERR(thr_kill(threads[0].tid, 129), EINVAL);
  CHECK_OK(thr_kill(threads[0].tid, 0));
  CHECK_OK(thr_kill2(getpid(), threads[0].tid, 0));
  CHECK_ERR(thr_kill2(getpid(), 99999999, 0), ESRCH);
  end = 1;
  for (int i = 0; i < THREADS; i++) thread_join(&threads[i]);
}

static void names(void) {
  CHECK_OK(thr_set_name(thread_self(), "a name"));
  CHECK_OK(thr_set_name(thread_self(), "a name that is much longer than the kernel keeps"));
  CHECK_OK(thr_set_name(thread_self(), NULL));
  CHECK_ERR(thr_set_name(thread_self(), (char*)16), EFAULT);
  CHECK_ERR(thr_set_name(99999999, "x"), ESRCH);
}

static void priorities(void) {
  struct {
    uint16_t type, prio;
  } rtp = {0, 99};
  CHECK_OK(syscall(SYS_rtprio_thread, 0, 0, &rtp));
  CHECK_EQ(rtp.type, 3); /* RTP_PRIO_NORMAL */
  CHECK_OK(syscall(SYS_rtprio_thread, 1, 0, &rtp));
  rtp.type = 77;
  CHECK_ERR(syscall(SYS_rtprio_thread, 1, 0, &rtp), EINVAL);
  CHECK_ERR(syscall(SYS_rtprio_thread, 2, 0, &rtp), EINVAL);
  CHECK_ERR(syscall(SYS_rtprio_thread, 0, 99999999, &rtp), ESRCH);
}

static void creation_errors(void) {
  struct thr_param param;
  long tid = 0;
  memset(&param, 0, sizeof param);
  CHECK_ERR(thr_new(&param, -1), EINVAL);
  CHECK_ERR(thr_new(&param, sizeof param + 1), EINVAL);
  CHECK_ERR(thr_new((struct thr_param*)16, sizeof param), EFAULT);
  param.child_tid = (long*)16;
  CHECK_ERR(thr_new(&param, sizeof param), EFAULT);
  CHECK_OK(thr_self(&tid));
  CHECK_EQ(tid, thread_self());
  CHECK_ERR(thr_self((long*)16), EFAULT);
}

static void cpus(void) {
  enum { LEVEL_WHICH = 3, WHICH_TID = 1, WHICH_PID = 2 };
  unsigned char mask[32];
  memset(mask, 0, sizeof mask);
  /* Arguments are level, which, a 64-bit id, size, mask: __syscall's pairs on 32-bit machines. */
#if defined(__LP64__)
  CHECK_OK(syscall(SYS_getaffinity, LEVEL_WHICH, WHICH_PID, -1L, sizeof mask, mask));
  int count = 0;
  for (unsigned i = 0; i < sizeof mask * 8; i++) count += mask[i / 8] >> i % 8 & 1;
  CHECK_EQ(count, rt_auxv(AT_NCPUS, NULL));
  CHECK_ERR(syscall(SYS_getaffinity, LEVEL_WHICH, WHICH_PID, -1L, 4096L, mask), ERANGE);
  CHECK_ERR(syscall(SYS_getaffinity, 9, WHICH_PID, -1L, sizeof mask, mask), EINVAL);
  CHECK_ERR(syscall(SYS_getaffinity, LEVEL_WHICH, WHICH_TID, 99999999L, sizeof mask, mask), ESRCH);
#endif
}

static void* close_all(void* arg) {
  const volatile int* go_on = arg;
  while (*go_on)
    for (int fd = 3; fd < 12; fd++) close(fd);
  return NULL;
}

/* Questions about descriptors do not depend on what another thread closes. */
static void closing_meanwhile(void) {
  enum { KERN = 1, PROC = 14, PID = 1, FILEDESC = 33, NFDS = 43, NET = 4, ROUTE = 17, IFLIST = 3 };
  static char list[1 << 16];
  int nfds_name[] = {KERN, PROC, NFDS, 0}, files_name[] = {KERN, PROC, FILEDESC, getpid()};
  int self_name[] = {KERN, PROC, PID, getpid()}, interfaces_name[] = {NET, ROUTE, 0, 0, IFLIST, 0};
  int before = 0, nfds = 0;
  size_t size = sizeof before;
  for (int fd = 3; fd < 12; fd++) close(fd);
  CHECK_OK(__sysctl(nfds_name, 4, &before, &size, NULL, 0));
  volatile int go_on = 1;
  struct thread thread;
  CHECK_OK(thread_create(&thread, close_all, (void*)&go_on));
  for (int i = 0; i < 300; i++) {
    CHECK_OK(__sysctl(nfds_name, 4, &nfds, &size, NULL, 0));
    CHECK_EQ(nfds, before);
    size_t length = sizeof list;
    CHECK_OK(__sysctl(files_name, 4, list, &length, NULL, 0));
    CHECK(length > 0);
    length = sizeof list;
    CHECK_OK(__sysctl(self_name, 4, list, &length, NULL, 0));
    length = sizeof list;
    CHECK_OK(__sysctl(interfaces_name, 6, list, &length, NULL, 0));
    CHECK(length > 0);
  }
  go_on = 0;
  thread_join(&thread);
}

int main(void) {
  suspend_and_wake();
  kill_all_but_self();
  names();
  priorities();
  creation_errors();
  cpus();
  closing_meanwhile();
  return check_done();
}
