/* What the kernel knows about time, itself and a process' memory, and what cannot be changed. */
#include "check.h"

struct uuid {
  uint32_t time_low;
  uint16_t time_mid, time_hi_and_version;
  uint8_t clock[2], node[6];
};
struct ntptimeval {
  struct timespec time;
  long maxerror, esterror, tai;
  int time_state;
};
struct timex {
  unsigned modes;
  long offset, freq, maxerror, esterror;
  int status;
  long constant, precision, tolerance, ppsfreq, jitter;
  int shift;
  long stabil, jitcnt, calcnt, errcnt, stbcnt;
};
enum { KENV_GET, KENV_SET, KENV_UNSET, KENV_DUMP };
enum { INHERIT_SHARE, INHERIT_COPY, INHERIT_NONE, INHERIT_ZERO };
enum { MCL_CURRENT = 1, CPUCLOCK_WHICH_PID = 0, CPUCLOCK_WHICH_TID = 1 };

int adjtime(const struct timeval* delta, struct timeval* old);
int ntp_adjtime(struct timex* state);
int ntp_gettime(struct ntptimeval* state);
int clock_getcpuclockid2(id_t id, int which, clockid_t* clock);
int getitimer(int which, struct itimerval* value);
int kenv(int what, const char* name, char* value, int size);
int uuidgen(struct uuid* store, int count);
int getdtablesize(void);
int setfib(int number);
int sbrk(int increment);
int sstk(int increment);
int minherit(void* address, size_t length, int inherit);
int mlock(const void* address, size_t length);
int munlock(const void* address, size_t length);
int mlockall(int how);
int munlockall(void);
int __sysctlbyname(const char* name, size_t length, void* old, size_t* old_size,
                   const void* new_value, size_t new_size);

static void time_keeping(void) {
  struct timeval left = {7, 7};
  struct ntptimeval ntp;
  struct timex state;
  clockid_t clock = 0;
  struct timespec now;
  struct itimerval timer = {{9, 9}, {9, 9}};
  CHECK_OK(adjtime(NULL, &left));
  CHECK(left.tv_sec == 0 || left.tv_sec == -1);
  CHECK_ERR(adjtime((struct timeval*)16, NULL), geteuid() == 0 ? EFAULT : EPERM);
  memset(&state, 0, sizeof state);
  int how = ntp_adjtime(&state);
  CHECK(how >= 0 && how <= 5);
  CHECK(state.tolerance > 0);
  CHECK_ERR(ntp_adjtime((struct timex*)16), EFAULT);
  CHECK_EQ(ntp_gettime(&ntp), how);
  CHECK_EQ(ntp.time_state, how);
  CHECK_OK(clock_gettime(CLOCK_REALTIME, &now));
  CHECK(now.tv_sec - ntp.time.tv_sec >= 0 && now.tv_sec - ntp.time.tv_sec < 60);
  CHECK_ERR(ntp_gettime((struct ntptimeval*)16), EFAULT);
  CHECK_OK(clock_getcpuclockid2(0, CPUCLOCK_WHICH_PID, &clock));
  CHECK_OK(clock_gettime(clock, &now));
  CHECK(now.tv_sec < 60);
  CHECK_ERR(clock_getcpuclockid2(0, 9, &clock), EINVAL);
  CHECK_ERR(clock_getcpuclockid2(99999999, CPUCLOCK_WHICH_PID, &clock), ESRCH);
  CHECK_OK(getitimer(ITIMER_REAL, &timer));
  CHECK(timer.it_value.tv_sec == 0 && timer.it_interval.tv_usec == 0);
  CHECK_ERR(getitimer(9, &timer), EINVAL);
  CHECK_ERR(clock_getres(77, &now), EINVAL);
  CHECK_ERR(gettimeofday((struct timeval*)16, NULL), EFAULT);
  CHECK_ERR(ktimer_getoverrun(77), EINVAL);
  const struct timespec bad = {0, -1};
  CHECK_EQ(clock_nanosleep(CLOCK_REALTIME, 0, &bad, NULL), EINVAL); /* the error is the result */
}

static void names_and_numbers(void) {
  char b[64];
  struct uuid ids[2];
  CHECK(kenv(KENV_DUMP, NULL, NULL, 0) >= 0);
  CHECK_ERR(kenv(KENV_GET, "no.such.name", b, sizeof b), ENOENT);
  CHECK_ERR(kenv(77, "name", b, sizeof b), EINVAL);
  CHECK_OK(uuidgen(ids, 2));
  CHECK_EQ(ids[0].time_hi_and_version >> 12, 1);
  CHECK(memcmp(&ids[0], &ids[1], sizeof ids[0]) != 0);
  CHECK(memcmp(ids[0].node, ids[1].node, sizeof ids[0].node) == 0);
  CHECK_ERR(uuidgen(ids, 0), EINVAL);
  CHECK_ERR(uuidgen((struct uuid*)16, 1), EFAULT);
  CHECK(getdtablesize() >= 64);
  CHECK_OK(setfib(0));
  CHECK_ERR(setfib(99), EINVAL);
  CHECK_ERR(sbrk(4096), EOPNOTSUPP);
  CHECK_ERR(sstk(4096), EOPNOTSUPP);
  struct rlimit limit = {1, 1};
  CHECK_ERR(setrlimit(99, &limit), EINVAL);
  CHECK_EQ(sysarch(9999, b), -1);
  CHECK(errno == EINVAL || errno == EOPNOTSUPP); /* sys/arm64/arm64/sys_machdep.c */
  size_t size = sizeof b;
  CHECK_OK(__sysctlbyname("kern.ostype", 11, b, &size, NULL, 0));
  CHECK_EQ(size, 8);
  CHECK(strcmp(b, "FreeBSD") == 0);
  CHECK_ERR(__sysctlbyname("kern.nothing", 12, b, &size, NULL, 0), ENOENT);
  CHECK_ERR(__sysctlbyname((char*)16, 12, b, &size, NULL, 0), EFAULT);
}

static void memory(void) {
  enum { PAGE = 8192 };
  char* p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0);
  CHECK(p != MAP_FAILED);
  for (int i = 0; i < 4; i++) p[i * PAGE] = 'p';
  CHECK_OK(minherit(p, PAGE, INHERIT_SHARE));
  CHECK_OK(minherit(p + PAGE, PAGE, INHERIT_NONE));
  CHECK_OK(minherit(p + 2 * PAGE, PAGE, INHERIT_ZERO));
  CHECK_OK(minherit(p + 3 * PAGE, PAGE, INHERIT_COPY));
  CHECK_ERR(minherit(p, PAGE, 77), EINVAL);
  char* shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_ANON | MAP_SHARED, -1, 0);
  shared[1] = 's';
  CHECK_OK(minherit(shared, PAGE, INHERIT_COPY));
  pid_t child = fork();
  if (child == 0) {
    CHECK(p[0] == 'p' && p[2 * PAGE] == 0 && p[3 * PAGE] == 'p');
    CHECK_ERR(write(1, p + PAGE, 1), EFAULT);
    CHECK_EQ(shared[1], 's');
    p[0] = p[3 * PAGE] = shared[1] = 'c';
    _exit(check_failures());
  }
  int status = -1;
  CHECK_EQ(wait4(child, &status, 0, NULL), child);
  CHECK_EQ(status, 0);
  CHECK(p[0] == 'c' && p[3 * PAGE] == 'p' && shared[1] == 's');
  CHECK_OK(mlock(p, PAGE));
  CHECK_OK(munlock(p, PAGE));
  CHECK_OK(munmap(p, 4 * PAGE));
  CHECK_ERR(munlock(p, PAGE), ENOMEM);
  CHECK_ERR(mlockall(0), EINVAL);
  CHECK_OK(munlockall());
}

enum { RLIMIT_VMEM = 10, MiB = 1 << 20 };
extern char _end[];

static struct rlimit small = {0x20000, 0x20000};

static int break_limit(void) {
#ifndef __aarch64__ /* has no break(2) */
  char* top = (char*)(((uintptr_t)_end + 0xffff) & ~(uintptr_t)0xffff);
  CHECK_ERR(break_((void*)(uintptr_t)-0x10000), ENOMEM);
  CHECK_OK(break_(top + 0x40000));
  CHECK_OK(setrlimit(RLIMIT_DATA, &small));
  CHECK_OK(break_(top + 0x10000)); /* less is allowed always */
  CHECK_ERR(break_(top + 0x40000), ENOMEM);
#endif
  return check_failures();
}

static int memory_limits(void) {
  CHECK_OK(setrlimit(RLIMIT_DATA, &small));
  CHECK(mmap(NULL, 0x10000, PROT_READ, MAP_ANON, -1, 0) != MAP_FAILED);
  /* Neither guards count, nor what a stack may grow to. */
  struct rlimit some = {32 * MiB, 32 * MiB};
  CHECK_OK(setrlimit(RLIMIT_VMEM, &some));
  CHECK(mmap(NULL, 64 * MiB, PROT_NONE, MAP_GUARD, -1, 0) == MAP_FAILED);
  CHECK(mmap(NULL, 28 * MiB, PROT_NONE, MAP_GUARD, -1, 0) != MAP_FAILED);
  CHECK(mmap(NULL, 16 * MiB, PROT_READ, MAP_ANON, -1, 0) != MAP_FAILED);
  CHECK_ERR(mmap(NULL, 16 * MiB, PROT_READ, MAP_ANON, -1, 0), ENOMEM);
  CHECK_OK(setrlimit(RLIMIT_VMEM, &small));
  CHECK_ERR(mmap(NULL, 0x10000, PROT_READ, MAP_ANON, -1, 0), ENOMEM);
  return check_failures();
}

int main(void) {
  time_keeping();
  names_and_numbers();
  memory();
  CHECK_EQ(check_child(break_limit), 0);
  CHECK_EQ(check_child(memory_limits), 0);
  return check_done();
}
