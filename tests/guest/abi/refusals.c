/* Errors of calls whose success other tests see: descriptors and addresses that are not there. */
#include "check.h"
#include "ipc.h"

enum { NOWHERE = 0x1000 };

int posix_openpt(int flags);
int connectat(int dir, int fd, const void* address, socklen_t length);
int cap_fcntls_get(int fd, uint32_t* fcntls);
int cap_getmode(unsigned* mode);
int sendfile(int fd, int socket, off_t offset, size_t size, void* headers, off_t* sent, int flags);
int modfnext(int id);
int kldfirstmod(int file);
int timerfd_gettime(int fd, struct itimerspec* value);

static void descriptors(int fd) {
  struct sockaddr_in address = {sizeof address, AF_INET, 0, {127, 0, 0, 1}, {0}};
  socklen_t length = sizeof address;
  struct itimerspec timer;
  uint32_t fcntls;
  CHECK_ERR(dup(NOWHERE), EBADF);
  CHECK_ERR(getsockname(NOWHERE, &address, &length), EBADF);
  CHECK_ERR(getsockname(fd, &address, &length), ENOTSOCK);
  CHECK_ERR(listen(NOWHERE, 1), EBADF);
  CHECK_ERR(shutdown(NOWHERE, 0), EBADF);
  CHECK_ERR(shutdown(fd, 0), ENOTSOCK);
  CHECK_ERR(connectat(AT_FDCWD, NOWHERE, &address, sizeof address), EBADF);
  CHECK_ERR(cap_fcntls_get(NOWHERE, &fcntls), EBADF);
  CHECK_ERR(cap_getmode((unsigned*)16), EFAULT);
  CHECK_ERR(sendfile(NOWHERE, fd, 0, 0, NULL, NULL, 0), EBADF);
  CHECK_ERR(sendfile(fd, fd, 0, 0, NULL, NULL, 0), ENOTSOCK);
  CHECK_ERR(timerfd_gettime(NOWHERE, &timer), EBADF);
  CHECK_ERR(timerfd_gettime(fd, &timer), EINVAL);
  CHECK_ERR(posix_openpt(O_APPEND), EINVAL);
  CHECK_ERR(modfnext(99999), ENOENT);
  CHECK_ERR(kldfirstmod(99999), ENOENT);
  int value;
  CHECK_ERR(ksem_getvalue(1, &value), EINVAL);
}

static void addresses(void) {
  sigset_t none;
  siginfo_t info;
  sigemptyset(&none);
  CHECK_ERR(sigpending((sigset_t*)16), EFAULT);
  CHECK_ERR(sigwaitinfo((sigset_t*)16, &info), EFAULT);
  CHECK_ERR(sigreturn((ucontext_t*)16), EFAULT);
  CHECK_EQ(sigwait((sigset_t*)16, NULL), EFAULT); /* the error is the result */
}

static void asynchronous(int fd) {
  struct aiocb cb;
  char b[4];
  struct iovec part = {b, sizeof b};
  memset(&cb, 0, sizeof cb);
  CHECK_EQ(aio_error((struct aiocb*)16), EINVAL); /* the error is the result */
  cb.aio_fildes = fd;
  cb.aio_buf = &part;
  cb.aio_nbytes = 1;
  CHECK_EQ(pwrite(fd, "abcd", 4, 0), 4);
  CHECK_OK(aio_readv(&cb));
  while (aio_error(&cb) == EINPROGRESS) rt_sleep_ms(1);
  CHECK_EQ(aio_return(&cb), 4);
  CHECK(memcmp(b, "abcd", 4) == 0);
  cb.aio_nbytes = 2000; /* more parts than a call may have */
  CHECK_ERR(aio_readv(&cb), EINVAL);
  CHECK_ERR(aio_writev(&cb), EINVAL);
  CHECK_ERR(aio_mlock((struct aiocb*)16), EFAULT);
}

/* No room for another descriptor. */
static int limits(void) {
  struct rlimit limit = {8, 8};
  CHECK_OK(setrlimit(RLIMIT_NOFILE, &limit));
  while (dup(0) >= 0) {
  }
  CHECK_EQ(errno, EMFILE);
  CHECK_ERR(kqueue(), EMFILE);
  CHECK_ERR(socket(AF_INET, SOCK_STREAM, 0), EMFILE);
  CHECK_ERR(posix_openpt(O_RDWR), EMFILE);
  int fds[2];
  CHECK_ERR(rt_pipe(fds), EMFILE);
  return check_failures();
}

int main(void) {
  check_workdir();
  int fd = open("file", O_RDWR | O_CREAT, 0600);
  descriptors(fd);
  addresses();
  asynchronous(fd);
  CHECK_EQ(check_child(limits), 0);
  return check_done();
}
