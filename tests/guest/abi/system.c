/* sysctl, random numbers, limits, unknown calls. */
#include "check.h"

static void names(void) {
  char text[256];
  size_t size = sizeof text;
  CHECK_OK(sysctlbyname("kern.ostype", text, &size));
  CHECK_EQ(strcmp(text, "FreeBSD"), 0);
  CHECK_EQ(size, 8);
  size = sizeof text;
  CHECK_OK(sysctlbyname("kern.osrelease", text, &size));
  CHECK(strncmp(text, "12.", 3) == 0);
  size = sizeof text;
  CHECK_OK(sysctlbyname("hw.machine", text, &size));
  CHECK_EQ(strcmp(text, ARCH_HW_MACHINE), 0);
  size = sizeof text;
  CHECK_OK(sysctlbyname("hw.machine_arch", text, &size));
  CHECK_EQ(strcmp(text, ARCH_NAME), 0);
  size = sizeof text;
  CHECK_OK(sysctlbyname("kern.hostname", text, &size));
  CHECK(size > 1);
  size = sizeof text;
  CHECK_OK(sysctlbyname("kern.vm_guest", text, &size));
  CHECK_EQ(strcmp(text, "none"), 0);
  CHECK_ERR(sysctlbyname("no.such.name", text, &size), ENOENT);
  size = 3;
  CHECK_ERR(sysctlbyname("kern.ostype", text, &size), ENOMEM);
  size = 0;
  CHECK_OK(sysctlbyname("kern.ostype", NULL, &size));
  CHECK_EQ(size, 8);
}

static void numbers(void) {
  int value = 0, mib[4] = {CTL_HW, HW_PAGESIZE};
  size_t size = sizeof value;
  CHECK_OK(__sysctl(mib, 2, &value, &size, NULL, 0));
  CHECK_EQ(value, ARCH_PAGE);
  CHECK_EQ(size, 4);
  mib[1] = HW_NCPU;
  CHECK_OK(__sysctl(mib, 2, &value, &size, NULL, 0));
  CHECK_EQ(value, rt_auxv(AT_NCPUS, NULL));
  mib[1] = HW_BYTEORDER;
  CHECK_OK(__sysctl(mib, 2, &value, &size, NULL, 0));
  CHECK_EQ(value, __BYTE_ORDER__);
  mib[0] = CTL_KERN;
  mib[1] = KERN_OSRELDATE;
  CHECK_OK(__sysctl(mib, 2, &value, &size, NULL, 0));
  CHECK_EQ(value, rt_auxv(AT_OSRELDATE, NULL));
  CHECK_ERR(__sysctl(mib, 2, NULL, NULL, &value, sizeof value), EPERM);
  CHECK_ERR(__sysctl(mib, 1, &value, &size, NULL, 0), EINVAL);
  CHECK_ERR(__sysctl(mib, 99, &value, &size, NULL, 0), EINVAL);
  CHECK_ERR(__sysctl((int*)16, 2, &value, &size, NULL, 0), EFAULT);
  mib[1] = 9999;
  CHECK_ERR(__sysctl(mib, 2, &value, &size, NULL, 0), ENOENT);
}

static void process(void) {
  char path[1024];
  int mib[4] = {CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, -1};
  size_t size = sizeof path;
  CHECK_OK(__sysctl(mib, 4, path, &size, NULL, 0));
  CHECK_EQ(strcmp(path, (const char*)rt_auxv(AT_EXECPATH, NULL)), 0);
  mib[2] = KERN_PROC_ARGS;
  mib[3] = getpid();
  size = sizeof path;
  CHECK_OK(__sysctl(mib, 4, path, &size, NULL, 0));
  CHECK(strstr(path, "/system") != NULL);
  CHECK_EQ(size, strlen(path) + 1);
}

static void random_bytes(void) {
  unsigned char a[64] = {0}, b[64] = {0};
  CHECK_EQ(getrandom(a, sizeof a, 0), sizeof a);
  CHECK_EQ(getrandom(b, sizeof b, 1), sizeof b);
  CHECK(memcmp(a, b, sizeof a) != 0);
  CHECK_ERR(getrandom(a, 1, 0x80), EINVAL);
  CHECK_ERR(getrandom((void*)16, 8, 0), EFAULT);
  int mib[2] = {CTL_KERN, KERN_ARND};
  size_t size = sizeof a;
  CHECK_OK(__sysctl(mib, 2, a, &size, NULL, 0));
  CHECK_EQ(size, sizeof a);
}

static volatile int sys_signals;
static void on_sigsys(int signo) { sys_signals += signo == SIGSYS; }

/* What is caught, sent and received is counted. */
static volatile int caught;
static void on_caught(int signo) { caught += signo == SIGUSR1; }
static void usage_counts(void) {
  struct rusage before, after;
  char b[4];
  int s[2], status;
  struct sigaction sa = {.sa_handler = on_caught};
  CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
  sigaction(SIGUSR1, &sa, NULL);
  CHECK_OK(getrusage(0, &before));
  for (int i = 0; i < 3; ++i) {
    kill(getpid(), SIGUSR1);
    CHECK_EQ(sendto(s[0], "x", 1, 0, NULL, 0), 1);
  }
  CHECK_EQ(recvfrom(s[1], b, sizeof b, 0, NULL, NULL), 3);
  CHECK_OK(getrusage(0, &after));
  CHECK_EQ(caught, 3);
  CHECK_EQ(after.ru_nsignals - before.ru_nsignals, 3);
  CHECK_EQ(after.ru_msgsnd - before.ru_msgsnd, 3);
  CHECK_EQ(after.ru_msgrcv - before.ru_msgrcv, 1);
  pid_t pid = fork();
  if (pid == 0) {
    getrusage(0, &after);
    _exit(after.ru_nsignals != 0 || after.ru_msgsnd != 0);
  }
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, 0);
  close(s[0]);
  close(s[1]);
}

static void calls(void) {
  struct rlimit limit;
  CHECK_OK(getrlimit(RLIMIT_NOFILE, &limit));
  CHECK(limit.rlim_cur >= 64 && limit.rlim_cur <= limit.rlim_max);
  limit.rlim_cur = 64;
  CHECK_OK(setrlimit(RLIMIT_NOFILE, &limit));
  CHECK_OK(getrlimit(RLIMIT_NOFILE, &limit));
  CHECK_EQ(limit.rlim_cur, 64);
  CHECK_ERR(fcntl(0, F_DUPFD, 64), EINVAL);
  int fd, last = -1;
  while ((fd = open("/dev/null", O_RDONLY)) >= 0) last = fd;
  CHECK_EQ(errno, EMFILE);
  CHECK_EQ(last, 63);
  /* A pair of descriptors takes both or none. */
  int pair[2];
  close(63);
  CHECK_ERR(pipe2(pair, 0), EMFILE);
  CHECK_ERR(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), EMFILE);
  CHECK_EQ(open("/dev/null", O_RDONLY), 63);
  closefrom(3);
  CHECK_ERR(getrlimit(99, &limit), EINVAL);
  /* The indirect calls, and one that does not exist: ENOSYS and SIGSYS. */
  CHECK_EQ(syscall(20), getpid());
  CHECK_EQ((int)__syscall(20), getpid()); /* mips leaves the upper half undefined */
  struct sigaction sa = {.sa_handler = on_sigsys};
  sigaction(SIGSYS, &sa, NULL);
  CHECK_ERR(syscall(700), ENOSYS);
  CHECK_EQ(sys_signals, 1);
  struct rusage usage;
  CHECK_OK(getrusage(0, &usage));
  CHECK(usage.ru_maxrss > 0);
  CHECK_ERR(getrusage(5, &usage), EINVAL);
  usage_counts();
}

int main(void) {
  names();
  numbers();
  process();
  random_bytes();
  calls();
  return check_done();
}
