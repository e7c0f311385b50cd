/* kqueue's filters, one after the other. */
#include "check.h"

static int kq;
static const struct timespec zero = {0, 0}, half = {0, 500000000}, limit = {5, 0};

static int change(uintptr_t ident, int filter, int flags, unsigned fflags, int64_t data) {
  struct kevent e = {.ident = ident,
                     .filter = (short)filter,
                     .flags = (unsigned short)flags,
                     .fflags = fflags,
                     .data = data,
                     .udata = (void*)(ident + 1000)};
  return kevent(kq, &e, 1, NULL, 0, NULL);
}

static int next(struct kevent* e, const struct timespec* timeout) {
  memset(e, 0xee, sizeof *e);
  return kevent(kq, NULL, 0, e, 1, timeout);
}

static void pipes(void) {
  struct kevent e;
  int fds[2];
  char b[16];
  CHECK_OK(pipe2(fds, 0));
  CHECK_OK(change((uintptr_t)fds[0], EVFILT_READ, EV_ADD, 0, 0));
  CHECK_EQ(next(&e, &zero), 0);
  CHECK_EQ(write(fds[1], "12345", 5), 5);
  CHECK_EQ(next(&e, &limit), 1);
  CHECK_EQ(e.ident, fds[0]);
  CHECK_EQ(e.filter, EVFILT_READ);
  CHECK_EQ(e.data, 5);
  CHECK_EQ((uintptr_t)e.udata, fds[0] + 1000);
  CHECK_EQ(next(&e, &zero), 1); /* level triggered */
  CHECK_EQ(read(fds[0], b, sizeof b), 5);
  CHECK_EQ(next(&e, &zero), 0);

  /* Adding what is there changes fflags, data and udata, not the flags. */
  CHECK_OK(change((uintptr_t)fds[0], EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0));
  CHECK_EQ(write(fds[1], "0", 1), 1);
  CHECK_EQ(next(&e, &limit), 1);
  CHECK_EQ(e.flags, 0);
  CHECK_EQ(next(&e, &zero), 1);
  CHECK_EQ(read(fds[0], b, sizeof b), 1);
  CHECK_OK(change((uintptr_t)fds[0], EVFILT_READ, EV_DELETE, 0, 0));
  CHECK_OK(change((uintptr_t)fds[0], EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0));
  CHECK_EQ(write(fds[1], "1", 1), 1);
  CHECK_EQ(next(&e, &limit), 1);
  CHECK_EQ(e.flags, EV_CLEAR);
  CHECK_EQ(next(&e, &zero), 0);
  CHECK_EQ(write(fds[1], "2", 1), 1);
  CHECK_EQ(next(&e, &limit), 1);
  CHECK_EQ(e.data, 2);
  CHECK_OK(change((uintptr_t)fds[0], EVFILT_READ, EV_DELETE, 0, 0));
  CHECK_EQ(next(&e, &zero), 0);
  CHECK_ERR(change((uintptr_t)fds[0], EVFILT_READ, EV_DELETE, 0, 0), ENOENT);

  CHECK_OK(change((uintptr_t)fds[0], EVFILT_READ, EV_ADD | EV_ONESHOT, 0, 0));
  CHECK_EQ(next(&e, &limit), 1);
  CHECK_EQ(next(&e, &zero), 0);
  CHECK_OK(change((uintptr_t)fds[0], EVFILT_READ, EV_ADD | EV_DISPATCH, 0, 0));
  CHECK_EQ(next(&e, &limit), 1);
  CHECK_EQ(next(&e, &zero), 0);
  CHECK_OK(change((uintptr_t)fds[0], EVFILT_READ, EV_ENABLE, 0, 0));
  CHECK_EQ(next(&e, &limit), 1);
  CHECK_OK(change((uintptr_t)fds[0], EVFILT_READ, EV_ADD, 0, 0)); /* does not enable */
  CHECK_EQ(next(&e, &zero), 0);
  CHECK_OK(change((uintptr_t)fds[0], EVFILT_READ, EV_DELETE, 0, 0));
  CHECK_OK(change((uintptr_t)fds[0], EVFILT_READ, EV_ADD, 0, 0));

  CHECK_OK(change((uintptr_t)fds[1], EVFILT_WRITE, EV_ADD | EV_ONESHOT, 0, 0));
  struct kevent two[2];
  CHECK_EQ(kevent(kq, NULL, 0, two, 2, &limit), 2);
  close(fds[1]);
  CHECK_EQ(next(&e, &limit), 1);
  CHECK(e.flags & EV_EOF);
  close(fds[0]);
  CHECK_EQ(next(&e, &zero), 0);
  CHECK_ERR(change(999, EVFILT_READ, EV_ADD, 0, 0), EBADF);
  CHECK_ERR(change(0, 77, EV_ADD, 0, 0), EINVAL);
}

static void user(void) {
  struct kevent e;
  CHECK_OK(change(42, EVFILT_USER, EV_ADD | EV_CLEAR, NOTE_FFCOPY | 1, 0));
  CHECK_EQ(next(&e, &zero), 0);
  CHECK_OK(change(42, EVFILT_USER, 0, NOTE_TRIGGER | NOTE_FFCOPY | 0x123, 0));
  CHECK_EQ(next(&e, &limit), 1);
  CHECK_EQ(e.ident, 42);
  CHECK_EQ(e.fflags, 0x123);
  CHECK_EQ(next(&e, &zero), 0);
  CHECK_OK(change(42, EVFILT_USER, EV_DELETE, 0, 0));
}

static void timers(void) {
  struct kevent e;
  int64_t start = rt_now_ms();
  CHECK_OK(change(7, EVFILT_TIMER, EV_ADD | EV_ONESHOT, 0, 50));
  CHECK_EQ(next(&e, &limit), 1);
  CHECK(rt_now_ms() - start >= 49);
  CHECK_EQ(e.ident, 7);
  CHECK_EQ(e.data, 1);
  start = rt_now_ms();
  CHECK_OK(change(8, EVFILT_TIMER, EV_ADD, NOTE_USECONDS, 10000));
  rt_sleep_ms(65);
  CHECK_EQ(next(&e, &limit), 1);
  CHECK(e.data >= 3 && e.data <= (rt_now_ms() - start) / 10 + 1);
  CHECK_OK(change(8, EVFILT_TIMER, EV_DELETE, 0, 0));
  start = rt_now_ms();
  struct timespec short_time = {0, 50000000};
  CHECK_EQ(next(&e, &short_time), 0);
  CHECK(rt_now_ms() - start >= 49);
}

static volatile int signals_handled;
static void count_signal(int sig) { signals_handled += sig == SIGUSR1; }

static void signals_and_processes(void) {
  struct kevent e;
  struct sigaction sa = {.sa_handler = SIG_IGN};
  sigaction(SIGUSR1, &sa, NULL);
  CHECK_OK(change(SIGUSR1, EVFILT_SIGNAL, EV_ADD, 0, 0));
  kill(getpid(), SIGUSR1);
  kill(getpid(), SIGUSR1);
  CHECK_EQ(next(&e, &limit), 1);
  CHECK_EQ(e.ident, SIGUSR1);
  CHECK_EQ(e.data, 2);
  CHECK_EQ(next(&e, &zero), 0);
  /* One that interrupts the wait is told of, and then handled. */
  sa.sa_handler = count_signal;
  sigaction(SIGUSR1, &sa, NULL);
  pid_t sender = fork();
  if (sender == 0) {
    rt_sleep_ms(50);
    _exit(kill(getppid(), SIGUSR1));
  }
  CHECK_EQ(next(&e, &limit), 1);
  CHECK(e.ident == SIGUSR1 && e.data == 1 && signals_handled == 1);
  CHECK_EQ(wait4(sender, NULL, 0, NULL), sender);
  CHECK_OK(change(SIGUSR1, EVFILT_SIGNAL, EV_DELETE, 0, 0));

  pid_t pid = fork();
  if (pid == 0) {
    rt_sleep_ms(50);
    _exit(6);
  }
  CHECK_OK(change((uintptr_t)pid, EVFILT_PROC, EV_ADD, NOTE_EXIT, 0));
  CHECK_EQ(next(&e, &limit), 1);
  CHECK_EQ(e.ident, pid);
  CHECK_EQ(e.fflags & NOTE_EXIT, NOTE_EXIT);
  CHECK_EQ(e.data, 6 << 8);
  int status;
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_ERR(change(99999999, EVFILT_PROC, EV_ADD, NOTE_EXIT, 0), ESRCH);
}

static void files(void) {
  struct kevent e;
  check_workdir();
  int fd = open("file", O_RDWR | O_CREAT, 0644);
  CHECK_OK(change((uintptr_t)fd, EVFILT_VNODE, EV_ADD | EV_CLEAR, NOTE_WRITE | NOTE_DELETE, 0));
  CHECK_EQ(next(&e, &zero), 0);
  CHECK_EQ(write(fd, "x", 1), 1);
  CHECK_EQ(next(&e, &limit), 1);
  /* A write that extends the file tells of both, whatever was asked for. */
  CHECK_EQ(e.fflags, NOTE_WRITE | NOTE_EXTEND);
  CHECK_EQ(pwrite(fd, "y", 1, 0), 1);
  CHECK_EQ(next(&e, &limit), 1);
  CHECK_EQ(e.fflags, NOTE_WRITE);
  CHECK_OK(unlink("file"));
  CHECK_EQ(next(&e, &half), 1);
  CHECK(e.fflags & NOTE_DELETE);
  close(fd);
}

static void receipts(void) {
  struct kevent in[2] = {{.ident = 1, .filter = EVFILT_USER, .flags = EV_ADD | EV_RECEIPT},
                         {.ident = 999, .filter = EVFILT_READ, .flags = EV_ADD | EV_RECEIPT}};
  struct kevent out[2];
  CHECK_EQ(kevent(kq, in, 2, out, 2, &zero), 2);
  CHECK_EQ(out[0].flags & EV_ERROR, EV_ERROR);
  CHECK_EQ(out[0].data, 0);
  CHECK_EQ(out[1].flags & EV_ERROR, EV_ERROR);
  CHECK_EQ(out[1].data, EBADF);
  CHECK_ERR(kevent(0, NULL, 0, out, 1, &zero), EBADF);
  CHECK_ERR(kevent(kq, (struct kevent*)16, 1, NULL, 0, NULL), EFAULT);
}

int main(void) {
  kq = kqueue();
  CHECK(kq >= 0);
  pipes();
  user();
  timers();
  signals_and_processes();
  files();
  receipts();
  /* A kqueue is not inherited by fork. */
  pid_t pid = fork();
  if (pid == 0) _exit(fcntl(kq, F_GETFD) == -1 && errno == EBADF ? 0 : 1);
  int status;
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, 0);
  CHECK_OK(close(kq));
  return check_done();
}
