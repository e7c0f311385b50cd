/* Calls of FreeBSD 13 and 14, and of kernels with less than everything. */
#include "check.h"

int funlinkat(int dfd, const char* path, int fd, int flags);
int __realpathat(int fd, const char* path, char* buffer, size_t size, int flags);
int __specialfd(int type, const void* request, size_t size);
int fspacectl(int fd, int command, const off_t request[2], int flags, off_t left[2]);
int sched_getcpu(void);
int kqueuex(unsigned flags);
int membarrier(int command, unsigned flags, int cpu);
int timerfd_create(int clock, int flags);
int timerfd_gettime(int fd, struct itimerspec* value);
int timerfd_settime(int fd, int flags, const struct itimerspec* value, struct itimerspec* old);
int kcmp(pid_t a, pid_t b, int type, uintptr_t i, uintptr_t j);
int profil(char* samples, size_t size, uintptr_t offset, unsigned scale);
int close_range(unsigned first, unsigned last, int flags);
ssize_t copy_file_range(int in, off_t* in_offset, int out, off_t* out_offset, size_t size,
                        unsigned flags);

static void files(void) {
  char path[1024], here[1024];
  int a = open("a", O_RDWR | O_CREAT, 0644), b = open("b", O_RDWR | O_CREAT, 0644);
  CHECK_ERR(funlinkat(AT_FDCWD, "a", b, 0), EDEADLK);
  CHECK_ERR(funlinkat(AT_FDCWD, "c", b, 0), ENOENT);
  CHECK_ERR(funlinkat(AT_FDCWD, "b", 0x1000, 0), EBADF);
  CHECK_OK(funlinkat(AT_FDCWD, "b", b, 0));
  CHECK_ERR(access("b", F_OK), ENOENT);
  CHECK_OK(symlink("a", "link"));
  CHECK_OK(__getcwd(here, sizeof here));
  CHECK_OK(__realpathat(AT_FDCWD, "./link", path, sizeof path, 0));
  CHECK(strncmp(path, here, strlen(here)) == 0 && strcmp(path + strlen(here), "/a") == 0);
  CHECK_ERR(__realpathat(AT_FDCWD, "link", path, 4, 0), ENAMETOOLONG);
  CHECK_ERR(__realpathat(AT_FDCWD, "none", path, sizeof path, 0), ENOENT);
  CHECK_EQ(write(a, "0123456789", 10), 10);
  off_t range[2] = {2, 3}, left[2] = {-1, -1};
  CHECK_OK(fspacectl(a, 1, range, 0, left));
  CHECK(left[0] == 5 && left[1] == 0);
  CHECK_EQ(pread(a, path, 10, 0), 10);
  CHECK(memcmp(path,
               "01\0\0\0"
               "56789",
               10) == 0);
  CHECK_ERR(fspacectl(a, 2, range, 0, left), EINVAL);
  range[1] = 0;
  CHECK_ERR(fspacectl(a, 1, range, 0, left), EINVAL);
  off_t from = 5, to = 0;
  CHECK_EQ(copy_file_range(a, &from, b, &to, 3, 0), 3);
  CHECK(from == 8 && to == 3);
  CHECK_ERR(copy_file_range(a, &from, b, &to, 3, 1), EINVAL);
  CHECK_OK(close_range((unsigned)a, (unsigned)b, 0));
  CHECK_ERR(fsync(a), EBADF);
  CHECK_ERR(close_range(5, 4, 0), EINVAL);
}

static void counters(void) {
  struct {
    uint32_t initial;
    int flags;
  } request = {3, O_NONBLOCK | O_CLOEXEC};
  uint64_t count = 0;
  int fd = __specialfd(1, &request, sizeof request);
  CHECK(fd >= 0);
  CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
  CHECK_EQ(read(fd, &count, 8), 8);
  CHECK_EQ(count, 3);
  CHECK_ERR(read(fd, &count, 8), EAGAIN);
  count = 40;
  CHECK_EQ(write(fd, &count, 8), 8);
  count = 2;
  CHECK_EQ(write(fd, &count, 8), 8);
  CHECK_EQ(read(fd, &count, 8), 8);
  CHECK_EQ(count, 42);
  close(fd);
  CHECK_ERR(__specialfd(9, &request, sizeof request), EINVAL);
  CHECK_ERR(__specialfd(1, &request, 3), EINVAL);
  fd = timerfd_create(CLOCK_MONOTONIC, O_CLOEXEC);
  CHECK(fd >= 0);
  struct itimerspec soon = {{0, 5000000}, {0, 5000000}}, now = {{0, 0}, {0, 0}};
  CHECK_OK(timerfd_settime(fd, 0, &soon, &now));
  CHECK_EQ(now.it_value.tv_nsec, 0);
  rt_sleep_ms(20);
  CHECK_EQ(read(fd, &count, 8), 8);
  CHECK(count >= 2 && count < 10000);
  CHECK_OK(timerfd_gettime(fd, &now));
  CHECK_EQ(now.it_interval.tv_nsec, 5000000);
  CHECK_ERR(timerfd_settime(fd, 8, &soon, NULL), EINVAL);
  CHECK_ERR(timerfd_settime(1, 0, &soon, NULL), EINVAL);
  CHECK_ERR(timerfd_create(CLOCK_PROF, 0), EINVAL);
  close(fd);
  fd = kqueuex(1);
  CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
  CHECK_ERR(kqueuex(2), EINVAL);
  CHECK_EQ(kcmp(getpid(), getpid(), 100, (uintptr_t)fd, (uintptr_t)fd), 0);
  CHECK(kcmp(getpid(), getpid(), 100, (uintptr_t)fd, 0) > 0);
  CHECK_ERR(kcmp(getpid(), getpid(), 7, 0, 0), EINVAL);
  close(fd);
}

static volatile int bad_calls;
static void count_bad(int signo) { bad_calls += signo == SIGSYS; }

static void small_kernel(void) {
  struct sigaction sa = {.sa_handler = count_bad};
  sigaction(SIGSYS, &sa, NULL);
  /* Never a number; a module that is not there; what old kernels had. */
  CHECK_ERR(syscall(1000), ENOSYS);
  CHECK_EQ(bad_calls, 1);
  CHECK_ERR(syscall(210), ENOSYS);
  CHECK_EQ(bad_calls, 2);
  CHECK_ERR(syscall(46, 0, 0, 0), ENOSYS);
  CHECK_EQ(bad_calls, 3);
  /* An option that is off: no signal. */
  CHECK_ERR(syscall(241, 0), ENOSYS);
  CHECK_EQ(bad_calls, 3);
  CHECK_ERR(syscall(471, 0x1000, 0), EBADF);
}

int main(void) {
  check_workdir();
  files();
  counters();
  small_kernel();
  CHECK(sched_getcpu() >= 0);
  CHECK(membarrier(0, 0, 0) > 0);
  CHECK_ERR(membarrier(0, 1, 0), EINVAL);
  CHECK_OK(profil(NULL, 0, 0, 0));
  CHECK_ERR(profil(NULL, 0, 0, 0x20000), EINVAL);
  return check_done();
}
