/* Asynchronous I/O: results, waiting, lists, notification by signal and kevent, cancelling. */
#include "check.h"
#include "ipc.h"
#include "record.h"

static const struct timespec limit = {5, 0};
static char buffer[64];

static struct aiocb request(int fd, void* data, size_t size, off_t offset) {
  struct aiocb cb;
  memset(&cb, 0, sizeof cb);
  cb.aio_fildes = fd;
  cb.aio_buf = data;
  cb.aio_nbytes = size;
  cb.aio_offset = offset;
  return cb;
}

static ssize_t finish(struct aiocb* cb) {
  const struct aiocb* list[1] = {cb};
  while (aio_error(cb) == EINPROGRESS) CHECK_OK(aio_suspend(list, 1, &limit));
  return aio_return(cb);
}

static void files(int fd) {
  struct aiocb w = request(fd, "asynchronous", 12, 100), r = request(fd, buffer, 64, 100);
  CHECK_OK(aio_write(&w));
  CHECK_EQ(finish(&w), 12);
  CHECK_EQ(aio_error(&w), EINVAL); /* gone from the books */
  CHECK_ERR(aio_return(&w), EINVAL);
  CHECK_OK(aio_read(&r));
  CHECK_EQ(finish(&r), 12);
  CHECK(memcmp(buffer, "asynchronous", 12) == 0);
  CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
  struct aiocb s = request(fd, NULL, 0, 0);
  CHECK_OK(aio_fsync(O_SYNC, &s));
  CHECK_EQ(finish(&s), 0);
  CHECK_ERR(aio_fsync(3, &s), EINVAL);
  struct iovec v[2] = {{(void*)"ab", 2}, {(void*)"cde", 3}};
  struct aiocb wv = request(fd, v, 2, 0);
  CHECK_OK(aio_writev(&wv));
  CHECK_EQ(finish(&wv), 5);
  struct iovec rv[2] = {{buffer, 1}, {buffer + 100, 4}};
  wv = request(fd, rv, 2, 0);
  CHECK_OK(aio_readv(&wv));
  CHECK_EQ(finish(&wv), 5);
  CHECK(buffer[0] == 'a' && memcmp(buffer + 100, "bcde", 4) == 0);
  struct aiocb m = request(-1, buffer, sizeof buffer, 0);
  CHECK_OK(aio_mlock(&m));
  CHECK_EQ(finish(&m), 0);
  struct aiocb bad = request(0x1000, buffer, 1, 0);
  CHECK_ERR(aio_read(&bad), EBADF);
  CHECK_EQ(aio_error(&bad), EBADF);
  bad = request(fd, buffer, 1, -1);
  CHECK_ERR(aio_read(&bad), EINVAL);
  bad = request(fd, buffer, 1, 0);
  bad.aio_sigevent.sigev_notify = 17;
  CHECK_ERR(aio_read(&bad), EINVAL);
  bad.aio_sigevent.sigev_notify = SIGEV_SIGNAL;
  CHECK_ERR(aio_read(&bad), EINVAL);
  int ro = open("file", O_RDONLY);
  bad = request(ro, buffer, 1, 0);
  CHECK_ERR(aio_write(&bad), EBADF);
  close(ro);
  CHECK_ERR(aio_read((struct aiocb*)16), EFAULT);
  /* A fault in the background is the request's error. */
  bad = request(fd, (void*)16, 5, 0);
  CHECK_OK(aio_read(&bad));
  CHECK_ERR(finish(&bad), EFAULT);
}

static void notification(int fd) {
  struct sigaction sa = {.sa_sigaction = record, .sa_flags = SA_SIGINFO};
  struct aiocb r = request(fd, buffer, 5, 0);
  sigaction(SIGUSR1, &sa, NULL);
  r.aio_sigevent.sigev_notify = SIGEV_SIGNAL;
  r.aio_sigevent.sigev_signo = SIGUSR1;
  r.aio_sigevent.sigev_value.sival_ptr = &r;
  CHECK_OK(aio_read(&r));
  for (int i = 0; i < 5000 && calls == 0; i++) rt_sleep_ms(1);
  CHECK_EQ(calls, 1);
  CHECK_EQ(last.si_code, 0x10004); /* SI_ASYNCIO */
  CHECK(last.si_value.sival_ptr == &r);
  CHECK_EQ(finish(&r), 5);

  int kq = kqueue();
  struct kevent e;
  r.aio_sigevent.sigev_notify = SIGEV_KEVENT;
  r.aio_sigevent.sigev_signo = kq; /* sigev_notify_kqueue */
  CHECK_OK(aio_read(&r));
  CHECK_EQ(kevent(kq, NULL, 0, &e, 1, &limit), 1);
  CHECK_EQ(e.ident, (uintptr_t)&r);
  CHECK_EQ(e.filter, EVFILT_AIO);
  CHECK(e.flags & EV_EOF);
  CHECK_EQ(e.data, 0);
  CHECK(e.udata == &r);
  const struct timespec zero = {0, 0};
  CHECK_EQ(kevent(kq, NULL, 0, &e, 1, &zero), 1); /* until it is taken */
  CHECK_EQ(finish(&r), 5);
  CHECK_EQ(kevent(kq, NULL, 0, &e, 1, &zero), 0);
  *(unsigned short*)&r.aio_sigevent.un = EV_ONESHOT;
  CHECK_OK(aio_read(&r));
  CHECK_EQ(kevent(kq, NULL, 0, &e, 1, &limit), 1);
  CHECK_EQ(kevent(kq, NULL, 0, &e, 1, &zero), 0);
  CHECK_EQ(finish(&r), 5);
  *(unsigned short*)&r.aio_sigevent.un = EV_RECEIPT;
  CHECK_ERR(aio_read(&r), EINVAL);
  *(unsigned short*)&r.aio_sigevent.un = 0;
  r.aio_sigevent.sigev_signo = fd;
  CHECK_ERR(aio_read(&r), EBADF);
  struct kevent own = {.ident = 1, .filter = EVFILT_AIO, .flags = EV_ADD};
  CHECK_ERR(kevent(kq, &own, 1, NULL, 0, NULL), EPERM);
  own.filter = EVFILT_LIO;
  CHECK_ERR(kevent(kq, &own, 1, NULL, 0, NULL), EPERM);
  close(kq);
}

static void lists(int fd) {
  struct aiocb a = request(fd, (void*)"12", 2, 0), b = request(fd, (void*)"34", 2, 2),
               nop = request(fd, NULL, 0, 0), bad = request(0x1000, buffer, 1, 0);
  struct aiocb* all[5] = {&a, NULL, &b, &nop, &bad};
  a.aio_lio_opcode = b.aio_lio_opcode = LIO_WRITE;
  bad.aio_lio_opcode = LIO_READ;
  CHECK_OK(lio_listio(LIO_WAIT, all, 4, NULL));
  CHECK_EQ(aio_return(&a), 2);
  CHECK_EQ(aio_return(&b), 2);
  CHECK_EQ(pread(fd, buffer, 4, 0), 4);
  CHECK(memcmp(buffer, "1234", 4) == 0);
  CHECK_ERR(lio_listio(LIO_WAIT, all, 5, NULL), EIO);
  CHECK_EQ(finish(&a) + finish(&b), 4);
  CHECK_ERR(lio_listio(7, all, 1, NULL), EINVAL);
  CHECK_ERR(lio_listio(LIO_WAIT, all, -1, NULL), EINVAL);
  struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  calls = 0;
  CHECK_OK(lio_listio(LIO_NOWAIT, all, 4, &e));
  for (int i = 0; i < 5000 && calls == 0; i++) rt_sleep_ms(1);
  CHECK_EQ(calls, 1);
  CHECK_EQ(finish(&a) + finish(&b), 4);
  int kq = kqueue();
  struct kevent k;
  e.sigev_notify = SIGEV_KEVENT;
  e.sigev_signo = kq;
  e.sigev_value.sival_ptr = buffer;
  CHECK_OK(lio_listio(LIO_NOWAIT, all, 4, &e));
  CHECK_EQ(kevent(kq, NULL, 0, &k, 1, &limit), 1);
  CHECK_EQ(k.filter, EVFILT_LIO);
  CHECK_EQ(k.ident, (uintptr_t)all);
  CHECK(k.udata == buffer);
  CHECK_EQ(finish(&a) + finish(&b), 4);
  /* With the results its event is gone; the address serves another list, which is not done. */
  struct timespec zero = {0, 0};
  CHECK_EQ(kevent(kq, NULL, 0, &k, 1, &zero), 0);
  int s[2];
  CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
  struct aiocb r = request(s[0], buffer, sizeof buffer, 0);
  r.aio_lio_opcode = LIO_READ;
  all[0] = &r;
  CHECK_OK(lio_listio(LIO_NOWAIT, all, 1, &e));
  CHECK_EQ(kevent(kq, NULL, 0, &k, 1, &zero), 0);
  CHECK_EQ(write(s[1], "abc", 3), 3);
  CHECK_EQ(kevent(kq, NULL, 0, &k, 1, &limit), 1);
  CHECK_EQ(finish(&r), 3);
  close(s[0]);
  close(s[1]);
  close(kq);
}

static void waiting(void) {
  int s[2];
  struct aiocb* done = NULL;
  struct timespec zero = {0, 0}, short_time = {0, 20000000};
  CHECK_ERR(aio_waitcomplete(&done, &zero), EAGAIN);
  CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
  struct aiocb r = request(s[0], buffer, sizeof buffer, 0);
  CHECK_OK(aio_read(&r));
  CHECK_EQ(aio_error(&r), EINPROGRESS);
  const struct aiocb* list[1] = {&r};
  CHECK_ERR(aio_suspend(list, 1, &short_time), EAGAIN);
  CHECK_ERR(aio_return(&r), EINVAL);
  CHECK_EQ(write(s[1], "hello", 5), 5);
  CHECK_EQ(aio_waitcomplete(&done, NULL), 5);
  CHECK(done == &r);
  CHECK(memcmp(buffer, "hello", 5) == 0);
  CHECK_OK(aio_read(&r));
  CHECK_EQ(aio_cancel(s[0], &r), AIO_CANCELED);
  CHECK_EQ(aio_error(&r), ECANCELED);
  CHECK_ERR(aio_return(&r), ECANCELED);
  CHECK_EQ(aio_cancel(s[0], NULL), AIO_ALLDONE);
  CHECK_ERR(aio_cancel(0x1000, NULL), EBADF);
  /* Requests are not the child's. */
  CHECK_OK(aio_read(&r));
  pid_t pid = fork();
  if (pid == 0) _exit(aio_return(&r) == -1 && errno == EINVAL ? 0 : 1);
  int status = -1;
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, 0);
  close(s[1]); /* end of file */
  CHECK_EQ(finish(&r), 0);
  close(s[0]);
}

/* The buffer is looked at when there is something to put there. */
static void largest_read(void) {
  int fd = open("empty", O_RDWR | O_CREAT | O_TRUNC, 0644), clamped = -1;
  size_t size = sizeof clamped;
  CHECK_OK(sysctlbyname("debug.iosize_max_clamp", &clamped, &size));
  CHECK_EQ(clamped, 0);
  size_t most = (size_t)-1 >> 1;
  struct aiocb r = request(fd, NULL, most, 0);
  CHECK_OK(aio_read(&r));
  CHECK_EQ(finish(&r), 0);
  r = request(fd, NULL, most + 1, 0);
  CHECK_ERR(aio_read(&r), EINVAL);
  CHECK_EQ(write(fd, "data", 4), 4);
  r = request(fd, NULL, most, 0);
  CHECK_OK(aio_read(&r));
  CHECK_ERR(finish(&r), EFAULT);
  close(fd);
}

/* As much is under way as the socket's buffer holds, and what is left is cancelled. */
static void cancelled_write(void) {
  int s[2], room = 0;
  socklen_t len = sizeof room;
  CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
  CHECK_OK(getsockopt(s[0], SOL_SOCKET, SO_SNDBUF, &room, &len));
  size_t size = (size_t)room;
  char *out = malloc(3 * size), *in = malloc(size);
  memset(out, 'o', 3 * size);
  struct aiocb w = request(s[0], out, 3 * size, 0);
  CHECK_OK(aio_write(&w));
  CHECK_EQ(recvfrom(s[1], in, size, MSG_WAITALL, NULL, NULL), size);
  CHECK_EQ(aio_error(&w), EINPROGRESS);
  CHECK_EQ(aio_cancel(s[0], &w), AIO_NOTCANCELED);
  ssize_t sent = finish(&w);
  CHECK(sent >= room && sent <= 2 * room);
  close(s[0]);
  close(s[1]);
}

/* A socket takes what it has room for; the request is done when it has taken all. */
static void long_write(void) {
  enum { SIZE = 4 << 20 };
  int s[2];
  CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
  char *out = malloc(SIZE), *in = malloc(SIZE);
  memset(out, 'o', SIZE);
  struct aiocb w = request(s[0], out, SIZE, 0);
  CHECK_OK(aio_write(&w));
  size_t got = 0;
  while (got < SIZE) {
    ssize_t n = read(s[1], in + got, SIZE - got);
    if (n <= 0) break;
    got += (size_t)n;
  }
  CHECK_EQ(got, SIZE);
  CHECK_EQ(finish(&w), SIZE);
  /* What has been sent is not taken back. */
  CHECK_OK(aio_write(&w));
  CHECK_EQ(read(s[1], in, 4096), 4096);
  CHECK_EQ(aio_error(&w), EINPROGRESS);
  CHECK_EQ(aio_cancel(s[0], &w), AIO_NOTCANCELED);
  ssize_t sent = finish(&w);
  CHECK(sent >= 4096 && sent < SIZE);
  close(s[0]);
  close(s[1]);
}

int main(void) {
  check_workdir();
  int fd = open("file", O_RDWR | O_CREAT, 0644);
  files(fd);
  notification(fd);
  lists(fd);
  waiting();
  long_write();
  largest_read();
  cancelled_write();
  return check_done();
}
