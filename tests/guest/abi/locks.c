/* fcntl record locks and flock, between processes. */
#include "check.h"

static int fd;

static struct flock lock_of(short type, off_t start, off_t length) {
  return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
}

static int child_probe(void) {
  struct flock l = lock_of(F_WRLCK, 0, 0);
  CHECK_OK(fcntl(fd, F_GETLK, &l));
  CHECK_EQ(l.l_type, F_WRLCK);
  CHECK_EQ(l.l_start, 10);
  CHECK_EQ(l.l_len, 20);
  CHECK_EQ(l.l_pid, getppid());
  l = lock_of(F_WRLCK, 15, 1);
  CHECK_ERR(fcntl(fd, F_SETLK, &l), EAGAIN);
  l = lock_of(F_WRLCK, 40, 0);
  CHECK_OK(fcntl(fd, F_SETLK, &l));
  return check_failures();
}

static int ready[2]; /* a pipe: the child is about to wait */

static int child_wait(void) {
  struct flock l = lock_of(F_WRLCK, 10, 20);
  int64_t start = rt_now_ms();
  CHECK_EQ(write(ready[1], "", 1), 1);
  CHECK_OK(fcntl(fd, F_SETLKW, &l));
  CHECK(rt_now_ms() - start >= 50);
  return check_failures();
}

static int child_flock(void) {
  int own = open("file", O_RDWR);
  CHECK_ERR(flock(own, LOCK_EX | LOCK_NB), EAGAIN);
  CHECK_ERR(flock(own, LOCK_SH | LOCK_NB), EAGAIN);
  int64_t start = rt_now_ms();
  CHECK_EQ(write(ready[1], "", 1), 1);
  CHECK_OK(flock(own, LOCK_SH));
  CHECK(rt_now_ms() - start >= 50);
  return check_failures();
}

static void let_child_wait(void) {
  char byte;
  CHECK_EQ(read(ready[0], &byte, 1), 1);
  rt_sleep_ms(100);
}

int main(void) {
  int status;
  CHECK_OK(pipe2(ready, 0));
  check_workdir();
  fd = open("file", O_RDWR | O_CREAT, 0644);
  struct flock l = lock_of(F_WRLCK, 10, 20);
  CHECK_OK(fcntl(fd, F_SETLK, &l));
  CHECK_EQ(check_child(child_probe), 0);
  l = lock_of(F_WRLCK, 0, 0);
  CHECK_OK(fcntl(fd, F_GETLK, &l));
  CHECK_EQ(l.l_type, F_UNLCK); /* the child's locks went with it */
  l.l_type = 99;
  CHECK_ERR(fcntl(fd, F_SETLK, &l), EINVAL);

  pid_t pid = fork();
  if (pid == 0) _exit(child_wait());
  let_child_wait();
  l = lock_of(F_UNLCK, 0, 0);
  CHECK_OK(fcntl(fd, F_SETLK, &l));
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, 0);

  CHECK_OK(flock(fd, LOCK_EX));
  pid = fork();
  if (pid == 0) _exit(child_flock());
  let_child_wait();
  CHECK_OK(flock(fd, LOCK_UN));
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, 0);
  CHECK_ERR(flock(999, LOCK_EX), EBADF);
  return check_done();
}
