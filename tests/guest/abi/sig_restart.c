/* What a signal does to blocking calls: SA_RESTART, EINTR, and calls that never restart. */
#include "check.h"
#include "thread.h"

static volatile int calls;
static void handler(int signo) {
  (void)signo;
  calls++;
}

static void install(int flags) {
  struct sigaction sa = {.sa_handler = handler, .sa_flags = flags};
  sigaction(SIGUSR1, &sa, NULL);
  calls = 0;
}

/* A child that signals its parent after 60 ms and writes a byte 60 ms later. */
static pid_t disturb(int fd) {
  pid_t parent = getpid();
  pid_t pid = fork();
  if (pid == 0) {
    rt_sleep_ms(60);
    kill(parent, SIGUSR1);
    rt_sleep_ms(60);
    write(fd, "!", 1);
    _exit(0);
  }
  return pid;
}

static void finish(pid_t pid, int drain_fd) {
  int status;
  char c;
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  struct pollfd p = {drain_fd, POLLIN, 0};
  while (poll(&p, 1, 0) == 1) read(drain_fd, &c, 1);
  CHECK_EQ(calls, 1);
  calls = 0;
}

static void reading(int* fds) {
  char c = 0;
  install(SA_RESTART);
  pid_t pid = disturb(fds[1]);
  CHECK_EQ(read(fds[0], &c, 1), 1);
  CHECK_EQ(c, '!');
  finish(pid, fds[0]);
  install(0);
  pid = disturb(fds[1]);
  CHECK_ERR(read(fds[0], &c, 1), EINTR);
  finish(pid, fds[0]);
}

static void waiting(int* fds) {
  int status;
  install(SA_RESTART);
  pid_t sleeper = fork();
  if (sleeper == 0) {
    rt_sleep_ms(200);
    _exit(1);
  }
  pid_t pid = disturb(fds[1]);
  CHECK_EQ(wait4(sleeper, &status, 0, NULL), sleeper);
  finish(pid, fds[0]);
  install(0);
  sleeper = fork();
  if (sleeper == 0) {
    rt_sleep_ms(200);
    _exit(1);
  }
  pid = disturb(fds[1]);
  CHECK_ERR(wait4(sleeper, &status, 0, NULL), EINTR);
  finish(pid, fds[0]);
  CHECK_EQ(wait4(sleeper, &status, 0, NULL), sleeper);
}

static void never_restarting(int* fds) {
  struct timespec long_time = {5, 0}, left = {0, 0};
  struct pollfd p = {fds[0], POLLIN, 0};
  unsigned long set[16] = {0};
  set[0] = 1ul << fds[0];
  install(SA_RESTART);
  pid_t pid = disturb(fds[1]);
  CHECK_ERR(nanosleep(&long_time, &left), EINTR);
  CHECK(left.tv_sec == 4 && left.tv_nsec > 0);
  finish(pid, fds[0]);
  pid = disturb(fds[1]);
  CHECK_ERR(poll(&p, 1, 5000), EINTR);
  finish(pid, fds[0]);
  pid = disturb(fds[1]);
  CHECK_ERR(select(fds[0] + 1, set, NULL, NULL, NULL), EINTR);
  CHECK_EQ(set[0], 1ul << fds[0]);
  finish(pid, fds[0]);
  int kq = kqueue();
  struct kevent event = {.ident = (uintptr_t)fds[0], .filter = EVFILT_READ, .flags = EV_ADD};
  pid = disturb(fds[1]);
  CHECK_ERR(kevent(kq, &event, 1, &event, 1, NULL), EINTR);
  finish(pid, fds[0]);
  close(kq);
  sigset_t none;
  sigemptyset(&none);
  pid = disturb(fds[1]);
  CHECK_ERR(sigsuspend(&none), EINTR);
  finish(pid, fds[0]);
}

static void locking(int* fds) {
  struct umtx_time time = {{10, 0}, 0, CLOCK_MONOTONIC};
  volatile uint32_t word = 5;
  install(SA_RESTART);
  /* With a timeout a wait ends with EINTR, without one it starts again. */
  pid_t pid = disturb(fds[1]);
  CHECK_ERR(_umtx_op((void*)&word, UMTX_OP_WAIT_UINT_PRIVATE, 5, (void*)sizeof time, &time), EINTR);
  finish(pid, fds[0]);
  time.timeout = (struct timespec){0, 150000000};
  CHECK_ERR(_umtx_op((void*)&word, UMTX_OP_WAIT_UINT_PRIVATE, 5, (void*)sizeof time, &time),
            ETIMEDOUT);
  CHECK_EQ(_umtx_op((void*)&word, UMTX_OP_WAIT_UINT_PRIVATE, 6, NULL, NULL), 0);
}

static void ignored(int* fds) {
  char c;
  struct sigaction sa = {.sa_handler = SIG_IGN};
  sigaction(SIGUSR1, &sa, NULL);
  calls = 1; /* what finish() wants */
  pid_t pid = disturb(fds[1]);
  CHECK_EQ(read(fds[0], &c, 1), 1);
  finish(pid, fds[0]);
  /* A blocked signal does not disturb either. */
  install(0);
  sigset_t usr1, old;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  sigprocmask(SIG_BLOCK, &usr1, &old);
  pid = disturb(fds[1]);
  CHECK_EQ(read(fds[0], &c, 1), 1);
  CHECK_EQ(calls, 0);
  sigprocmask(SIG_SETMASK, &old, NULL);
  finish(pid, fds[0]);
}

int main(void) {
  int fds[2];
  CHECK_OK(pipe2(fds, 0));
  reading(fds);
  waiting(fds);
  never_restarting(fds);
  locking(fds);
  ignored(fds);
  return check_done();
}
