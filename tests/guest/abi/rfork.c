/* rfork and pdfork. */
#include "check.h"

static void rforking(void) {
  int status;
  CHECK_ERR(rfork(RFPROC | RFFDG | RFCFDG), EINVAL);
  CHECK_ERR(rfork(RFPROC | RFFDG | 1 << 17), EINVAL); /* RFSTOPPED is the kernel's own */
  volatile int local = 1;
  int fd = open("/dev/null", O_RDONLY);
  pid_t pid = rfork(RFPROC | RFFDG);
  if (pid == 0) {
    local = 2;
    close(fd);
    _exit(4);
  }
  CHECK(pid > 0);
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, 4 << 8);
  CHECK_EQ(local, 1);
  CHECK_OK(fcntl(fd, F_GETFD));
  /* Without RFFDG the descriptor table is shared. */
  pid = rfork(RFPROC);
  if (pid == 0) {
    close(fd);
    _exit(0);
  }
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_ERR(fcntl(fd, F_GETFD), EBADF);
  /* RFCFDG starts without descriptors. */
  fd = open("/dev/null", O_RDONLY);
  pid = rfork(RFPROC | RFCFDG);
  if (pid == 0) _exit(fcntl(fd, F_GETFD) == -1 && fcntl(1, F_GETFD) == -1 ? 0 : 1);
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, 0);
}

static void descriptors(void) {
  int fd = -1, status;
  pid_t told = 0;
  pid_t pid = pdfork(&fd, 0);
  if (pid == 0) _exit(5);
  CHECK(pid > 0 && fd >= 0);
  CHECK_OK(pdgetpid(fd, &told));
  CHECK_EQ(told, pid);
  CHECK_EQ(fcntl(fd, F_GETFD), 0);
  struct pollfd p = {fd, POLLHUP, 0};
  CHECK_EQ(poll(&p, 1, 5000), 1);
  CHECK(p.revents & POLLHUP);
  CHECK_ERR(wait4(-1, &status, 0, NULL), ECHILD); /* only by number */
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, 5 << 8);
  CHECK_OK(close(fd));
  CHECK_ERR(pdgetpid(fd, &told), EBADF);
  CHECK_ERR(pdkill(0, 0), EINVAL);

  pid = pdfork(&fd, PD_CLOEXEC);
  if (pid == 0) {
    for (;;) rt_sleep_ms(1000);
  }
  CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
  CHECK_OK(pdkill(fd, 0));
  CHECK_OK(pdkill(fd, SIGTERM));
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(WTERMSIG(status), SIGTERM);
  close(fd);

  /* Closing the last descriptor kills. */
  int fds[2];
  char c;
  CHECK_OK(pipe2(fds, 0));
  pid = pdfork(&fd, 0);
  if (pid == 0) {
    close(fds[0]);
    for (;;) rt_sleep_ms(1000);
  }
  close(fds[1]);
  CHECK_OK(close(fd));
  CHECK_EQ(read(fds[0], &c, 1), 0);
  CHECK_ERR(pdfork(&fd, 0x100), EINVAL);
}

int main(void) {
  rforking();
  descriptors();
  return check_done();
}
