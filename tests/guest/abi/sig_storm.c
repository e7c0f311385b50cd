/* A storm of timer signals against computing, blocking reads and sleeping: nothing is lost, nothing
 * hangs, no result changes. */
#include "check.h"

static volatile int calls;
static void handler(int signo) {
  (void)signo;
  arch_clobber_fp();
  calls++;
}

static void storm(int flags, long microseconds) {
  struct sigaction sa = {.sa_handler = handler, .sa_flags = flags};
  struct itimerval every = {{0, microseconds}, {0, microseconds}};
  sigaction(SIGALRM, &sa, NULL);
  setitimer(ITIMER_REAL, &every, NULL);
}

static void calm(void) {
  struct itimerval never = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &never, NULL);
}

/* With SA_RESTART a stream of numbers arrives whole. */
static void stream(void) {
  enum { kCount = 2000 };
  int fds[2];
  CHECK_OK(pipe2(fds, 0));
  pid_t pid = fork();
  if (pid == 0) {
    for (int i = 0; i < kCount; i++) {
      if (write(fds[1], &i, sizeof i) != sizeof i) _exit(1);
      if (i % 64 == 0) rt_sleep_ms(1);
    }
    _exit(0);
  }
  close(fds[1]);
  storm(SA_RESTART, 300);
  int wrong = 0, total = 0, v;
  ssize_t n;
  while ((n = read(fds[0], &v, sizeof v)) == sizeof v) wrong += v != total++;
  calm();
  CHECK_EQ(n, 0);
  CHECK_EQ(wrong, 0);
  CHECK_EQ(total, kCount);
  int status;
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, 0);
  close(fds[0]);
}

/* Without it each read of an empty pipe ends with EINTR: a lost signal would only delay, a lost
 * interruption would hang. */
static void interrupted_reads(void) {
  int fds[2];
  char c;
  CHECK_OK(pipe2(fds, 0));
  storm(0, 500);
  for (int i = 0; i < 300; i++) CHECK_ERR(read(fds[0], &c, 1), EINTR);
  calm();
  CHECK(calls >= 300);
  close(fds[0]);
  close(fds[1]);
}

static void sleeping(void) {
  storm(SA_RESTART, 700);
  int64_t start = rt_now_ms();
  for (int i = 0; i < 50; i++) rt_sleep_ms(3);
  int64_t took = rt_now_ms() - start;
  calm();
  CHECK(took >= 149);
  CHECK(took < 5000);
}

/* Integer and floating-point work whose result is known. */
static void computing(void) {
  storm(SA_RESTART, 200);
  int before = calls;
  for (int round = 0; round < 20 || calls < before + 50; round++) {
    uint32_t x = 1;
    double sum = 0;
    for (int i = 0; i < 20000; i++) {
      x = x * 1664525u + 1013904223u;
      sum += (double)(i & 7) * 0.5;
    }
    CHECK_EQ(x, 0x56a8d321);
    CHECK(sum == 35000.0);
    if (check_failures()) break;
  }
  calm();
}

int main(void) {
  stream();
  calls = 0;
  interrupted_reads();
  sleeping();
  computing();
  return check_done();
}
