/* Pipes: both calls, blocking, end of file, SIGPIPE, poll and select. */
#include "check.h"

static volatile int pipe_signals;
static void on_sigpipe(int signo) { pipe_signals += signo == SIGPIPE; }

/* Both ends read and write (FreeBSD sys/kern/sys_pipe.c). */
static void two_ways(void) {
  int fds[2], count = 0;
  char b[8];
  CHECK_OK(pipe2(fds, 0));
  CHECK_EQ(fcntl(fds[0], F_GETFL) & 3, O_RDWR);
  CHECK_EQ(fcntl(fds[1], F_GETFL) & 3, O_RDWR);
  struct pollfd p[2] = {{fds[0], POLLIN | POLLOUT, 0}, {fds[1], POLLIN | POLLOUT, 0}};
  CHECK_EQ(poll(p, 2, 0), 2);
  CHECK_EQ(p[0].revents, POLLOUT);
  CHECK_EQ(p[1].revents, POLLOUT);
  CHECK_EQ(write(fds[0], "back", 4), 4);
  CHECK_EQ(write(fds[1], "to", 2), 2);
  CHECK_EQ(poll(p, 2, -1), 2);
  CHECK_EQ(p[0].revents, POLLIN | POLLOUT);
  CHECK_EQ(p[1].revents, POLLIN | POLLOUT);
  CHECK_OK(ioctl(fds[1], 0x4004667f /* FIONREAD */, &count));
  CHECK_EQ(count, 4);
  CHECK_OK(ioctl(fds[0], 0x4004667f, &count));
  CHECK_EQ(count, 2);
  struct stat st[2];
  CHECK_OK(fstat(fds[0], &st[0]));
  CHECK_OK(fstat(fds[1], &st[1]));
  CHECK_EQ(st[1].st_mode & S_IFMT, S_IFIFO);
  CHECK_EQ(st[0].st_size, 2);
  CHECK_EQ(st[1].st_size, 4);
  CHECK(st[0].st_ino != st[1].st_ino);
  CHECK_EQ(read(fds[1], b, sizeof b), 4);
  CHECK_EQ(memcmp(b, "back", 4), 0);
  CHECK_EQ(read(fds[0], b, sizeof b), 2);
  struct iovec v = {b, 2};
  CHECK_EQ(writev(fds[0], &v, 1), 2);
  CHECK_EQ(readv(fds[1], &v, 1), 2);
  CHECK_OK(fcntl(fds[1], F_SETFL, O_NONBLOCK));
  CHECK_ERR(read(fds[1], b, 1), EAGAIN);

  int kq = kqueue();
  struct kevent events[2] = {{.ident = (uintptr_t)fds[1], .filter = -1, .flags = 1},
                             {.ident = (uintptr_t)fds[0], .filter = -2, .flags = 1}};
  struct kevent found[2];
  struct timespec none = {0, 0};
  CHECK_EQ(kevent(kq, events, 2, found, 2, &none), 1);
  CHECK_EQ(found[0].filter, -2);
  CHECK_EQ(write(fds[0], "xyz", 3), 3);
  CHECK_EQ(kevent(kq, NULL, 0, found, 2, &none), 2);
  CHECK_EQ(found[found[1].filter == -1].data, 3);
  CHECK_EQ(read(fds[1], b, sizeof b), 3);
  close(kq);

  /* A child on the other end: an answer to each question, then the ends. */
  CHECK_OK(fcntl(fds[1], F_SETFL, 0));
  pid_t pid = fork();
  if (pid == 0) {
    close(fds[1]);
    while (read(fds[0], b, 1) == 1) {
      b[0]++;
      if (write(fds[0], b, 1) != 1) _exit(1);
    }
    _exit(0);
  }
  int spare = dup(fds[1]);
  close(fds[0]);
  close(fds[1]);
  CHECK_EQ(write(spare, "a", 1), 1);
  CHECK_EQ(read(spare, b, 1), 1);
  CHECK_EQ(b[0], 'b');
  int status;
  kill(pid, SIGTERM);
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(read(spare, b, 1), 0);
  pipe_signals = 0;
  CHECK_ERR(write(spare, "x", 1), EPIPE);
  CHECK_EQ(pipe_signals, 1);
  close(spare);
}

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

  two_ways();
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
