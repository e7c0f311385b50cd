/* kqueue: sockets, end of file, several knotes on a descriptor, threads, polling a kqueue. */
#include "check.h"
#include "thread.h"

enum {
  EVFILT_FS = -9,
  EVFILT_AIO = -3,
  NOTE_LOWAT = 1,
  NOTE_ABSTIME = 0x10,
  EV_FORCEONESHOT = 0x100
};

static int kq;
static const struct timespec zero = {0, 0}, limit = {5, 0};

static int change_on(int q, uintptr_t ident, int filter, int flags, unsigned fflags, int64_t data) {
  struct kevent e = {.ident = ident,
                     .filter = (short)filter,
                     .flags = (unsigned short)flags,
                     .fflags = fflags,
                     .data = data};
  return kevent(q, &e, 1, NULL, 0, NULL);
}

static int change(int fd, int filter, int flags, unsigned fflags, int64_t data) {
  return change_on(kq, (uintptr_t)fd, filter, flags, fflags, data);
}

static int next(struct kevent* e, const struct timespec* timeout) {
  memset(e, 0xee, sizeof *e);
  return kevent(kq, NULL, 0, e, 1, timeout);
}

static void both_filters(void) {
  struct kevent e, two[2];
  int s[2];
  char b[8];
  CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
  CHECK_OK(change(s[0], EVFILT_READ, EV_ADD, 0, 0));
  CHECK_OK(change(s[0], EVFILT_WRITE, EV_ADD | EV_CLEAR, 0, 0));
  CHECK_EQ(next(&e, &zero), 1);
  CHECK_EQ(e.filter, EVFILT_WRITE);
  CHECK(e.data > 0);
  CHECK_EQ(next(&e, &zero), 0);
  CHECK_EQ(write(s[1], "abc", 3), 3);
  CHECK_EQ(next(&e, &limit), 1);
  CHECK_EQ(e.filter, EVFILT_READ);
  CHECK_EQ(e.data, 3);
  CHECK_EQ(next(&e, &zero), 1);
  CHECK_EQ(e.filter, EVFILT_READ);
  /* An event that did not fit is not lost. */
  CHECK_OK(change(s[0], EVFILT_WRITE, EV_ADD, 0, 0));
  int seen = 0;
  for (int i = 0; i < 2; i++) {
    CHECK_EQ(next(&e, &zero), 1);
    seen |= e.filter == EVFILT_READ ? 1 : 2;
  }
  CHECK_EQ(seen, 3);
  CHECK_EQ(read(s[0], b, sizeof b), 3);
  close(s[1]);
  CHECK_EQ(kevent(kq, NULL, 0, two, 2, &limit), 2);
  CHECK(two[0].flags & EV_EOF);
  CHECK(two[1].flags & EV_EOF);
  close(s[0]);
  CHECK_EQ(next(&e, &zero), 0);
}

static void low_water(void) {
  struct kevent e;
  int s[2];
  char b[16];
  CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
  CHECK_OK(change(s[0], EVFILT_READ, EV_ADD, NOTE_LOWAT, 4));
  CHECK_EQ(write(s[1], "12", 2), 2);
  CHECK_EQ(next(&e, &zero), 0);
  CHECK_EQ(write(s[1], "345", 3), 3);
  CHECK_EQ(next(&e, &limit), 1);
  CHECK_EQ(e.data, 5);
  CHECK_EQ(next(&e, &zero), 1);
  CHECK_EQ(read(s[0], b, 2), 2);
  CHECK_EQ(next(&e, &zero), 0);
  CHECK_EQ(write(s[1], "6", 1), 1);
  CHECK_EQ(next(&e, &limit), 1);
  CHECK_EQ(e.data, 4);
  close(s[0]);
  close(s[1]);
}

static void tcp(void) {
  struct kevent e;
  struct sockaddr_in a = {sizeof a, AF_INET, 0, {127, 0, 0, 1}, {0}};
  socklen_t size = sizeof a;
  int l = socket(AF_INET, SOCK_STREAM, 0);
  CHECK_OK(bind(l, &a, sizeof a));
  CHECK_OK(listen(l, 8));
  CHECK_OK(getsockname(l, &a, &size));
  CHECK_OK(change(l, EVFILT_READ, EV_ADD, 0, 0));
  CHECK_EQ(next(&e, &zero), 0);
  int c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int d = socket(AF_INET, SOCK_STREAM, 0);
  /* Not connected: neither readable nor writable nor at its end. */
  CHECK_OK(change(c, EVFILT_READ, EV_ADD, 0, 0));
  CHECK_OK(change(c, EVFILT_WRITE, EV_ADD, 0, 0));
  CHECK_EQ(next(&e, &zero), 0);
  struct timespec wait = {0, 20000000};
  int64_t start = rt_now_ms();
  CHECK_EQ(next(&e, &wait), 0);
  CHECK(rt_now_ms() - start >= 19);
  CHECK_OK(change(c, EVFILT_READ, EV_DELETE, 0, 0));
  int r = connect(c, &a, sizeof a);
  CHECK(r == 0 || errno == EINPROGRESS);
  CHECK_OK(connect(d, &a, sizeof a));
  struct kevent all[4];
  int n = 0, writable = 0, backlog = 0;
  for (int i = 0; i < 10 && !(writable && backlog == 2); i++) {
    n = kevent(kq, NULL, 0, all, 4, &limit);
    for (int k = 0; k < n; k++) {
      if (all[k].ident == (uintptr_t)c && all[k].filter == EVFILT_WRITE) writable = 1;
      if (all[k].ident == (uintptr_t)l) backlog = (int)all[k].data;
    }
  }
  CHECK(writable);
  CHECK_EQ(backlog, 2);
  CHECK_OK(change(c, EVFILT_WRITE, EV_DELETE, 0, 0));
  int p = accept(l, NULL, NULL), q = accept(l, NULL, NULL);
  CHECK_EQ(next(&e, &zero), 0);
  CHECK_OK(change(p, EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0));
  CHECK_OK(change(q, EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0));
  close(c);
  close(d);
  for (int i = 0; i < 2; i++) {
    CHECK_EQ(next(&e, &limit), 1);
    CHECK(e.flags & EV_EOF);
    CHECK_EQ(e.data, 0);
  }
  close(p);
  close(q);
  close(l);
  /* A refused connection is reported as the end. */
  c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  CHECK_OK(change(c, EVFILT_WRITE, EV_ADD, 0, 0));
  CHECK_ERR(connect(c, &a, sizeof a), EINPROGRESS);
  CHECK_EQ(next(&e, &limit), 1);
  CHECK(e.flags & EV_EOF);
  int error = 0;
  size = sizeof error;
  CHECK_OK(getsockopt(c, SOL_SOCKET, SO_ERROR, &error, &size));
  CHECK_EQ(error, ECONNREFUSED);
  close(c);
}

static void files(void) {
  struct kevent e;
  check_workdir();
  int fd = open("grows", O_RDWR | O_CREAT, 0644), w = open("grows", O_WRONLY | O_APPEND);
  CHECK_OK(change(fd, EVFILT_READ, EV_ADD, 0, 0));
  CHECK_EQ(next(&e, &zero), 0);
  CHECK_EQ(write(w, "1234", 4), 4);
  CHECK_EQ(next(&e, &limit), 1);
  CHECK_EQ(e.data, 4);
  CHECK_EQ(lseek(fd, 3, SEEK_SET), 3);
  CHECK_EQ(next(&e, &zero), 1);
  CHECK_EQ(e.data, 1);
  CHECK_EQ(lseek(fd, 0, SEEK_END), 4);
  CHECK_EQ(next(&e, &zero), 0);
  CHECK_OK(change(fd, EVFILT_WRITE, EV_ADD | EV_ONESHOT, 0, 0));
  CHECK_EQ(next(&e, &zero), 1);
  CHECK_EQ(e.filter, EVFILT_WRITE);
  close(fd);
  close(w);
}

static void more_timers(void) {
  struct kevent e;
  struct timespec now;
  CHECK_ERR(change(1, EVFILT_TIMER, EV_ADD, 0, -1), EINVAL);
  CHECK_ERR(change(1, EVFILT_TIMER, EV_ADD, NOTE_SECONDS | NOTE_MSECONDS, 1), EINVAL);
  CHECK_ERR(change(1, EVFILT_TIMER, EV_ADD, 0x100, 1), EINVAL);
  clock_gettime(CLOCK_REALTIME, &now);
  int64_t when = now.tv_sec * 1000 + now.tv_nsec / 1000000 + 30;
  CHECK_OK(change(1, EVFILT_TIMER, EV_ADD, NOTE_ABSTIME | NOTE_MSECONDS, when));
  CHECK_EQ(next(&e, &limit), 1);
  CHECK_EQ(e.data, 1);
  clock_gettime(CLOCK_REALTIME, &now);
  CHECK(now.tv_sec * 1000 + now.tv_nsec / 1000000 >= when);
  CHECK_EQ(next(&e, &zero), 1); /* not EV_CLEAR: stays until it is deleted */
  CHECK_OK(change(1, EVFILT_TIMER, EV_DELETE, 0, 0));
  CHECK_ERR(change(1, EVFILT_TIMER, EV_ADD, NOTE_ABSTIME, 5), EINVAL);
  /* Added again it starts anew. */
  CHECK_OK(change(2, EVFILT_TIMER, EV_ADD, 0, 10));
  rt_sleep_ms(25);
  CHECK_OK(change(2, EVFILT_TIMER, EV_ADD, 0, 1000));
  CHECK_EQ(next(&e, &zero), 0);
  CHECK_OK(change(2, EVFILT_TIMER, EV_DISABLE, 0, 0));
  CHECK_OK(change(2, EVFILT_TIMER, EV_ADD, NOTE_USECONDS, 100));
  rt_sleep_ms(5);
  CHECK_EQ(next(&e, &zero), 0);
  CHECK_OK(change(2, EVFILT_TIMER, EV_ENABLE, 0, 0));
  CHECK_EQ(next(&e, &limit), 1);
  CHECK(e.data >= 1);
  CHECK_OK(change(2, EVFILT_TIMER, EV_DELETE, 0, 0));
}

static void polling(void) {
  struct kevent e;
  struct pollfd p = {kq, POLLIN, 0};
  CHECK_EQ(poll(&p, 1, 0), 0);
  CHECK_OK(change(5, EVFILT_USER, EV_ADD, 0, 0));
  CHECK_OK(change(5, EVFILT_USER, 0, NOTE_TRIGGER, 0));
  CHECK_EQ(poll(&p, 1, 1000), 1);
  CHECK_EQ(p.revents, POLLIN);
  int outer = kqueue();
  CHECK_ERR(change(kq, EVFILT_READ, EV_ADD, 0, 0), EINVAL);
  CHECK_OK(change_on(outer, (uintptr_t)kq, EVFILT_READ, EV_ADD, 0, 0));
  CHECK_EQ(kevent(outer, NULL, 0, &e, 1, &limit), 1);
  CHECK_EQ(e.ident, kq);
  CHECK_EQ(next(&e, &zero), 1); /* not EV_CLEAR */
  CHECK_OK(change(5, EVFILT_USER, EV_DELETE, 0, 0));
  CHECK_EQ(kevent(outer, NULL, 0, &e, 1, &zero), 0);
  CHECK_EQ(poll(&p, 1, 0), 0);
  close(outer);
  CHECK_OK(change(6, EVFILT_USER, EV_ADD, 0, 0));
  CHECK_OK(change(6, EVFILT_USER, EV_FORCEONESHOT, 0, 0));
  CHECK_EQ(next(&e, &limit), 1);
  CHECK_ERR(change(6, EVFILT_USER, EV_DELETE, 0, 0), ENOENT);
  CHECK_ERR(change(6, EVFILT_USER, EV_ADD | EV_ENABLE | EV_DISABLE, 0, 0), EINVAL);
  CHECK_ERR(change(6, EVFILT_AIO, EV_ADD, 0, 0), EPERM);
  CHECK_OK(change(0, EVFILT_FS, EV_ADD, 0, 0));
  CHECK_OK(change(0, EVFILT_FS, EV_DELETE, 0, 0));
  struct timespec bad = {0, 1000000000};
  CHECK_ERR(next(&e, &bad), EINVAL);
  CHECK_EQ(kevent(kq, NULL, 0, NULL, 0, &bad), 0);
}

static int got[4];
static void* waiter(void* arg) {
  struct kevent e;
  int i = (int)(intptr_t)arg;
  if (kevent(kq, NULL, 0, &e, 1, NULL) == 1) got[i] = (int)e.ident;
  return NULL;
}

/* Each of several waiting threads gets one event. */
static void threads(void) {
  struct thread t[4];
  for (int i = 0; i < 4; i++) {
    CHECK_OK(change(100 + i, EVFILT_USER, EV_ADD | EV_CLEAR, 0, 0));
    CHECK_EQ(thread_create(&t[i], waiter, (void*)(intptr_t)i), 0);
  }
  rt_sleep_ms(50);
  for (int i = 0; i < 4; i++) CHECK_OK(change(100 + i, EVFILT_USER, 0, NOTE_TRIGGER, 0));
  int sum = 0;
  for (int i = 0; i < 4; i++) {
    thread_join(&t[i]);
    sum += got[i];
  }
  CHECK_EQ(sum, 100 + 101 + 102 + 103);
  for (int i = 0; i < 4; i++) CHECK_OK(change(100 + i, EVFILT_USER, EV_DELETE, 0, 0));
}

static volatile int handled;
static void handler(int signo) { handled = signo; }

/* kevent is interrupted by signals, and never restarted. */
static void* interrupter(void* arg) {
  rt_sleep_ms(50);
  thr_kill((long)(intptr_t)arg, SIGUSR2);
  return NULL;
}
static void interruption(void) {
  struct kevent e;
  struct thread t;
  struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_RESTART};
  sigaction(SIGUSR2, &sa, NULL);
  CHECK_EQ(thread_create(&t, interrupter, (void*)(intptr_t)thread_self()), 0);
  CHECK_ERR(next(&e, &limit), EINTR);
  CHECK_EQ(handled, SIGUSR2);
  thread_join(&t);
  CHECK_EQ(thread_create(&t, interrupter, (void*)(intptr_t)thread_self()), 0);
  CHECK_ERR(next(&e, NULL), EINTR);
  thread_join(&t);
}

/* A descriptor that is closed is forgotten even when a duplicate lives on. */
static void duplicates(void) {
  struct kevent e;
  int fds[2];
  CHECK_OK(pipe2(fds, 0));
  CHECK_OK(change(fds[0], EVFILT_READ, EV_ADD, 0, 0));
  int copy = dup(fds[0]);
  close(fds[0]);
  CHECK_EQ(write(fds[1], "x", 1), 1);
  CHECK_EQ(next(&e, &zero), 0);
  CHECK_OK(change(copy, EVFILT_READ, EV_ADD, 0, 0));
  CHECK_EQ(dup2(fds[1], copy), copy);
  CHECK_EQ(next(&e, &zero), 0);
  CHECK_ERR(change(copy, EVFILT_READ, EV_DELETE, 0, 0), ENOENT);
  close(copy);
  close(fds[1]);
}

static void procdesc(void) {
  struct kevent e;
  int fd = -1;
  pid_t pid = pdfork(&fd, 0);
  if (pid == 0) {
    rt_sleep_ms(30);
    _exit(9);
  }
  CHECK_OK(change(fd, EVFILT_PROCDESC, EV_ADD, NOTE_EXIT, 0));
  CHECK_EQ(next(&e, &limit), 1);
  CHECK_EQ(e.ident, fd);
  CHECK_EQ(e.fflags, NOTE_EXIT);
  CHECK_EQ(e.data, 9 << 8);
  CHECK_ERR(change(fd, EVFILT_PROCDESC, EV_DELETE, 0, 0), ENOENT);
  close(fd);
  CHECK_ERR(change(0, EVFILT_PROCDESC, EV_ADD, NOTE_EXIT, 0), EINVAL);
}

/* A program may have as many kqueues as descriptors, each with timers. */
static void many(void) {
  enum { COUNT = 400 };
  static int q[COUNT];
  struct kevent e;
  for (int i = 0; i < COUNT; i++) {
    q[i] = kqueue();
    CHECK(q[i] >= 0);
    CHECK_OK(change_on(q[i], (uintptr_t)i, EVFILT_TIMER, EV_ADD | EV_ONESHOT, 0, 1));
  }
  for (int i = 0; i < COUNT; i++) {
    CHECK_EQ(kevent(q[i], NULL, 0, &e, 1, &limit), 1);
    CHECK_EQ(e.ident, i);
    CHECK_OK(close(q[i]));
  }
}

int main(void) {
  kq = kqueue();
  CHECK(kq >= 0);
  both_filters();
  low_water();
  tcp();
  files();
  more_timers();
  polling();
  threads();
  interruption();
  duplicates();
  procdesc();
  many();
  CHECK_OK(close(kq));
  return check_done();
}
