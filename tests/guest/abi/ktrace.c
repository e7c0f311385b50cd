/* ktrace: the records of what a process did, in the kernel's format. */
#include "ktrace_file.h"

static const int kAll = 1 << CALL | 1 << RET | 1 << NAMEI | 1 << GENIO | 1 << PSIG | 1 << USER;

static void nothing(int signo) { (void)signo; }

static void act(int fd) {
  struct sigaction sa = {.sa_handler = nothing};
  sigaction(SIGUSR1, &sa, NULL);
  CHECK_EQ(write(fd, "payload", 7), 7);
  CHECK_ERR(open("not-there", O_RDONLY), ENOENT);
  CHECK_OK(utrace("marker", 6));
  CHECK_OK(kill(getpid(), SIGUSR1));
}

static volatile int too_big;
static void on_limit(int signo) { too_big += signo == SIGXFSZ; }

/* A file that may not grow ends the tracing, without a signal: that would be recorded, too. */
static int limited(void) {
  struct sigaction sa = {.sa_handler = on_limit};
  sigaction(SIGXFSZ, &sa, NULL);
  ssize_t most = size_of_trace() + 500;
  struct rlimit limit = {most, most};
  CHECK_OK(setrlimit(RLIMIT_FSIZE, &limit));
  CHECK_OK(ktrace("trace", SET, kAll, getpid()));
  for (int i = 0; i < 50; i++) utrace("more", 4);
  CHECK_EQ(too_big, 0);
  CHECK(size_of_trace() <= most);
  return check_failures();
}

int main(void) {
  check_workdir();
  int fd = open("file", O_RDWR | O_CREAT, 0644);
  CHECK_OK(utrace("unheard", 7));
  CHECK_ERR(ktrace("none", SET, kAll, getpid()), ENOENT);
  CHECK_ERR(ktrace(".", SET, kAll, getpid()), EISDIR);
  close(open("trace", O_WRONLY | O_CREAT, 0644));
  CHECK_ERR(ktrace("trace", SET, 0, getpid()), EINVAL);
  CHECK_ERR(ktrace("trace", SET, kAll, 0x7ffffff0), ESRCH);
  CHECK_ERR(ktrace("trace", SET, kAll, 1), EPERM);
  CHECK_OK(ktrace("trace", SET, kAll | INHERIT, getpid()));
  act(fd);
  CHECK_ERR(utrace(trace, 4000), EINVAL);
  CHECK_ERR(utrace((void*)16, 4), EFAULT);
  pid_t child = fork();
  if (child == 0) {
    utrace("child", 5);
    kill(getpid(), SIGTERM);
    _exit(0);
  }
  CHECK_EQ(wait4(child, NULL, 0, NULL), child);
  CHECK_OK(ktrace(NULL, CLEAR, kAll | INHERIT, getpid()));
  ssize_t end = size_of_trace();
  utrace("late", 4);
  CHECK_EQ(size_of_trace(), end);

  int seen = 0, last_call = 0;
  for (char* p = trace; p < trace + end;) {
    struct ktr_header h;
    memcpy(&h, p, sizeof h);
    char* data = p + sizeof h;
    CHECK(h.len >= 0 && data + h.len <= trace + end);
    if (h.len < 0 || data + h.len > trace + end) break;
    CHECK(h.pid == getpid() || h.pid == child);
    CHECK(h.time.tv_sec > 1000000000 && h.time.tv_usec < 1000000);
    p = data + h.len;
    short code = h.len >= 2 ? short_at(data) : 0;
    if (h.type == CTOR) seen |= 1;
    if (h.type == CALL && h.pid == getpid()) {
      last_call = code;
      CHECK(strcmp(h.comm, "ktrace") == 0);
      /* write(fd, address, 7): the arguments are as wide as registers. */
      const char* args = data + sizeof(long);
      if (code == 4 && long_at(args) == fd && long_at(args + 2 * sizeof(long)) == 7) seen |= 2;
    }
    if (h.type == RET && h.pid == getpid()) {
      CHECK(code == last_call || last_call == 0);
      int error = int_at(data + 4);
      if (code == 5 && error == ENOENT) seen |= 4;
      if (code == 4 && error == 0 && long_at(data + 8) == 7) seen |= 8;
    }
    if (h.type == NAMEI && h.len == 9 && memcmp(data, "not-there", 9) == 0) seen |= 16;
    if (h.type == GENIO && int_at(data) == fd && int_at(data + 4) == 1 &&
        memcmp(data + 8, "payload", 7) == 0) {
      seen |= 32;
    }
    /* The action stands behind the number, aligned. */
    if (h.type == PSIG && int_at(data) == SIGUSR1 && long_at(data + sizeof(long)) != 0) seen |= 64;
    if (h.type == PSIG && int_at(data) == SIGTERM && h.pid == child)
      seen |= 512 * (long_at(data + sizeof(long)) == 0);
    if (h.type == USER && h.len == 6 && memcmp(data, "marker", 6) == 0) seen |= 128;
    if (h.type == USER && h.pid == child && memcmp(data, "child", 5) == 0) seen |= 256;
  }
  CHECK_EQ(seen, 1023);
  /* By file. */
  CHECK_OK(ktrace("trace", SET, kAll, getpid()));
  CHECK_OK(ktrace("trace", CLEARFILE, 0, 0));
  end = size_of_trace();
  utrace("late", 4);
  CHECK_EQ(size_of_trace(), end);
  CHECK_EQ(check_child(limited), 0);
  return check_done();
}
