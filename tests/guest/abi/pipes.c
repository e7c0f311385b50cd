/* Pipes: both calls, blocking, end of file, SIGPIPE, poll and select. */
#include "check.h"

static volatile int pipe_signals;
static void on_sigpipe(int signo) { pipe_signals += signo == SIGPIPE; }

int main(void) {
  int fds[2], old[2];
  char b[8];
  CHECK_OK(pipe2(fds, O_CLOEXEC | O_NONBLOCK));
  CHECK_EQ(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
  CHECK_EQ(fcntl(fds[1], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
  CHECK_ERR(read(fds[0], b, 1), EAGAIN);
  CHECK_ERR(pipe2(fds, 0x4000000), EINVAL);
  CHECK_EQ(rt_pipe(old), 0);
  CHECK(old[0] >= 3 && old[1] == old[0] + 1);
  CHECK_EQ(write(old[1], "abc", 3), 3);
  CHECK_EQ(read(old[0], b, sizeof b), 3);
  CHECK_ERR(lseek(old[0], 0, SEEK_CUR), ESPIPE);
  struct stat st;
  CHECK_OK(fstat(old[0], &st));
  CHECK_EQ(st.st_mode & S_IFMT, S_IFIFO);

  /* A megabyte through the pipe, checked byte for byte. */
  pid_t pid = fork();
  if (pid == 0) {
    close(old[0]);
    unsigned char block[1000];
    for (unsigned i = 0; i < 1000000; i += sizeof block) {
      for (unsigned k = 0; k < sizeof block; k++) block[k] = (unsigned char)((i + k) * 7 >> 3);
      for (size_t done = 0; done < sizeof block;) {
        ssize_t n = write(old[1], block + done, sizeof block - done);
        if (n < 0) _exit(1);
        done += (size_t)n;
      }
    }
    _exit(0);
  }
  close(old[1]);
  unsigned total = 0, wrong = 0;
  unsigned char in[777];
  ssize_t n;
  while ((n = read(old[0], in, sizeof in)) > 0) {
    for (ssize_t i = 0; i < n; i++, total++) wrong += in[i] != (unsigned char)(total * 7 >> 3);
  }
  CHECK_EQ(n, 0);
  CHECK_EQ(total, 1000000);
  CHECK_EQ(wrong, 0);
  int status;
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, 0);

  struct sigaction sa = {.sa_handler = on_sigpipe};
  sigaction(SIGPIPE, &sa, NULL);
  close(fds[0]);
  CHECK_ERR(write(fds[1], "x", 1), EPIPE);
  CHECK_EQ(pipe_signals, 1);

  CHECK_OK(pipe2(fds, 0));
  struct pollfd p[2] = {{fds[0], POLLIN, 0}, {fds[1], POLLOUT, 0}};
  CHECK_EQ(poll(p, 2, 0), 1);
  CHECK_EQ(p[0].revents, 0);
  CHECK_EQ(p[1].revents, POLLOUT);
  int64_t start = rt_now_ms();
  CHECK_EQ(poll(p, 1, 60), 0);
  CHECK(rt_now_ms() - start >= 59);
  unsigned long set[1024 / (8 * sizeof(long))] = {0};
  set[0] = 1ul << fds[0];
  struct timeval zero = {0, 1000};
  CHECK_EQ(select(fds[0] + 1, set, NULL, NULL, &zero), 0);
  CHECK_EQ(set[0], 0);
  CHECK_EQ(write(fds[1], "x", 1), 1);
  set[0] = 1ul << fds[0];
  CHECK_EQ(select(fds[0] + 1, set, NULL, NULL, NULL), 1);
  CHECK_EQ(set[0], 1ul << fds[0]);
  CHECK_EQ(poll(p, 1, -1), 1);
  CHECK_EQ(p[0].revents, POLLIN);
  close(fds[1]);
  CHECK_EQ(poll(p, 1, -1), 1);
  CHECK(p[0].revents & POLLHUP);
  p[0].fd = 999;
  CHECK_EQ(poll(p, 1, 0), 1);
  CHECK_EQ(p[0].revents, POLLNVAL);
  return check_done();
}
