/* poll, ppoll, select and pselect: events, sets, errors, temporary masks. */
#include "check.h"

enum { POLLRDNORM = 0x40, POLLWRNORM = 4, kWord = sizeof(long) * 8 };

typedef struct {
  unsigned long bits[2048 / kWord];
} set_t;
static void put(set_t* s, int fd) { s->bits[fd / kWord] |= 1ul << (fd % kWord); }
static bool has(const set_t* s, int fd) { return (s->bits[fd / kWord] >> (fd % kWord)) & 1; }

static volatile int calls;
static void handler(int signo) { calls += signo == SIGUSR1; }

static void polls(void) {
  int fds[2], s[2];
  CHECK_OK(pipe2(fds, 0));
  CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
  struct pollfd p[3] = {{fds[0], POLLIN | POLLRDNORM, 0}, {fds[1], POLLOUT, 0}, {-1, POLLIN, 77}};
  CHECK_EQ(poll(p, 3, 1000), 1);
  CHECK_EQ(p[0].revents, 0);
  CHECK_EQ(p[1].revents, POLLOUT);
  CHECK_EQ(p[2].revents, 0);
  CHECK_EQ(write(fds[1], "x", 1), 1);
  CHECK_EQ(poll(p, 1, 1000), 1);
  CHECK_EQ(p[0].revents, POLLIN | POLLRDNORM);
  /* The reader is gone: hung up, and never writable at the same time. */
  close(fds[0]);
  CHECK_EQ(poll(p + 1, 1, 1000), 1);
  CHECK_EQ(p[1].revents, POLLHUP);
  CHECK_EQ(poll(p, 1, 0), 1);
  CHECK_EQ(p[0].revents, POLLNVAL);
  close(fds[1]);
  p[0] = (struct pollfd){s[0], POLLIN | POLLOUT, 0};
  close(s[1]);
  CHECK_EQ(poll(p, 1, 1000), 1);
  CHECK_EQ(p[0].revents, POLLIN | POLLHUP);
  close(s[0]);
  int64_t start = rt_now_ms();
  CHECK_EQ(poll(NULL, 0, 30), 0);
  CHECK(rt_now_ms() - start >= 29);
  CHECK_ERR(poll(NULL, 0, -2), EINVAL);
  CHECK_ERR(poll(NULL, 4000000, 0), EINVAL);
  CHECK_ERR(poll((struct pollfd*)16, 1, 0), EFAULT);
  struct timespec bad = {0, -1};
  CHECK_ERR(ppoll(p, 0, &bad, NULL), EINVAL);
}

static void selects(void) {
  int fds[2];
  CHECK_OK(pipe2(fds, 0));
  int high = fcntl(fds[0], F_DUPFD, 1500);
  CHECK(high >= 1500);
  set_t in = {{0}}, out = {{0}};
  put(&in, fds[0]);
  put(&in, high);
  put(&out, fds[1]);
  struct timeval zero = {0, 0}, bad = {0, 1000000};
  CHECK_EQ(select(high + 1, &in, &out, NULL, &zero), 1);
  CHECK(!has(&in, fds[0]) && !has(&in, high) && has(&out, fds[1]));
  CHECK_EQ(write(fds[1], "x", 1), 1);
  put(&in, fds[0]);
  put(&in, high);
  CHECK_EQ(select(high + 1, &in, &out, NULL, NULL), 3);
  CHECK(has(&in, fds[0]) && has(&in, high) && has(&out, fds[1]));
  /* Descriptors at or above n are not looked at, and their bits stay. */
  CHECK_EQ(select(fds[0] + 1, &in, NULL, NULL, NULL), 1);
  CHECK(has(&in, high));
  close(high);
  CHECK_ERR(select(high + 1, &in, NULL, NULL, &zero), EBADF);
  CHECK_ERR(select(-1, NULL, NULL, NULL, &zero), EINVAL);
  CHECK_ERR(select(1, NULL, NULL, NULL, &bad), EINVAL);
  CHECK_ERR(select(1, (void*)16, NULL, NULL, &zero), EFAULT);
  int64_t start = rt_now_ms();
  struct timeval wait = {0, 30000};
  CHECK_EQ(select(0, NULL, NULL, NULL, &wait), 0);
  CHECK(rt_now_ms() - start >= 29);
  close(fds[0]);
  close(fds[1]);
}

/* A blocked signal that the temporary mask lets in interrupts the wait, once. */
static void masks(void) {
  sigset_t usr1, none, old;
  struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_RESTART};
  struct timespec limit = {5, 0};
  sigaction(SIGUSR1, &sa, NULL);
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  sigemptyset(&none);
  sigprocmask(SIG_BLOCK, &usr1, &old);
  kill(getpid(), SIGUSR1);
  CHECK_EQ(calls, 0);
  struct timespec zero = {0, 0};
  CHECK_EQ(pselect(0, NULL, NULL, NULL, &zero, NULL), 0);
  CHECK_EQ(ppoll(NULL, 0, &zero, NULL), 0);
  CHECK_EQ(calls, 0);
  CHECK_ERR(pselect(0, NULL, NULL, NULL, &limit, &none), EINTR);
  CHECK_EQ(calls, 1);
  kill(getpid(), SIGUSR1);
  CHECK_ERR(ppoll(NULL, 0, &limit, &none), EINTR);
  CHECK_EQ(calls, 2);
  sigprocmask(0, NULL, &none);
  CHECK(sigismember(&none, SIGUSR1));
  sigprocmask(SIG_SETMASK, &old, NULL);
}

int main(void) {
  polls();
  selects();
  masks();
  return check_done();
}
