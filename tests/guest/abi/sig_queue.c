/* Queued and waited-for signals: sigqueue, realtime order, sigwait, sigtimedwait, sigsuspend. */
#include "check.h"

static volatile int values[64], signals[64], count;
static volatile siginfo_t last;

static void record(int signo, siginfo_t* info, void* context) {
  (void)context;
  last = *info;
  if (count < 64) {
    signals[count] = signo;
    values[count] = info->si_value.sival_int;
  }
  count++;
}

static void on_plain(int signo) {
  (void)signo;
  count++;
}

static union sigval value(int v) {
  union sigval s;
  memset(&s, 0, sizeof s);
  s.sival_int = v;
  return s;
}

static void order(void) {
  struct sigaction sa = {.sa_sigaction = record, .sa_flags = SA_SIGINFO};
  sigset_t all, old;
  sigfillset(&sa.sa_mask);
  sigfillset(&all);
  for (int s = SIGRTMIN; s < SIGRTMIN + 3; s++) sigaction(s, &sa, NULL);
  sigprocmask(SIG_SETMASK, &all, &old);
  CHECK_OK(sigqueue(getpid(), SIGRTMIN + 2, value(100)));
  for (int i = 0; i < 5; i++) CHECK_OK(sigqueue(getpid(), SIGRTMIN + 1, value(i)));
  CHECK_OK(sigqueue(getpid(), SIGRTMIN, value(-1)));
  CHECK_EQ(count, 0);
  sigprocmask(SIG_SETMASK, &old, NULL);
  static const int wanted[] = {-1, 0, 1, 2, 3, 4, 100};
  CHECK_EQ(count, 7);
  for (int i = 0; i < 7; i++) CHECK_EQ(values[i], wanted[i]);
  CHECK_EQ(signals[0], SIGRTMIN);
  CHECK_EQ(signals[6], SIGRTMIN + 2);
  CHECK_EQ(last.si_code, SI_QUEUE);
  CHECK_EQ(last.si_pid, getpid());
  CHECK_ERR(sigqueue(getpid(), 129, value(0)), EINVAL);
  CHECK_OK(sigqueue(getpid(), 0, value(0)));
  CHECK_ERR(sigqueue(99999999, SIGUSR1, value(0)), ESRCH);
}

/* From another process the value and every instance arrive too. */
static void between_processes(void) {
  enum { kMany = 200 };
  sigset_t set, old;
  pid_t parent = getpid();
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN + 5);
  sigprocmask(SIG_BLOCK, &set, &old);
  pid_t pid = fork();
  if (pid == 0) {
    for (int i = 0; i < kMany; i++) {
      while (sigqueue(parent, SIGRTMIN + 5, value(i)) != 0) {
        if (errno != EAGAIN) _exit(1);
        rt_sleep_ms(1);
      }
    }
    _exit(0);
  }
  struct timespec limit = {20, 0};
  for (int i = 0; i < kMany; i++) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    int got = sigtimedwait(&set, &info, &limit);
    CHECK_EQ(got, SIGRTMIN + 5);
    CHECK_EQ(info.si_value.sival_int, i);
    CHECK_EQ(info.si_pid, pid);
    CHECK_EQ(info.si_code, SI_QUEUE);
    if (check_failures()) break;
  }
  int status;
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, 0);
  sigprocmask(SIG_SETMASK, &old, NULL);
}

static void waiting(void) {
  sigset_t set, old, none;
  siginfo_t info;
  int signo = 0;
  struct timespec zero = {0, 0}, short_time = {0, 60000000}, bad = {0, 2000000000};
  sigemptyset(&set);
  sigemptyset(&none);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGUSR2);
  sigprocmask(SIG_BLOCK, &set, &old);
  CHECK_ERR(sigtimedwait(&set, &info, &zero), EAGAIN);
  int64_t start = rt_now_ms();
  CHECK_ERR(sigtimedwait(&set, &info, &short_time), EAGAIN);
  CHECK(rt_now_ms() - start >= 59);
  CHECK_ERR(sigtimedwait(&set, &info, &bad), EINVAL);
  kill(getpid(), SIGUSR2);
  kill(getpid(), SIGUSR1);
  CHECK_EQ(sigtimedwait(&set, &info, &zero), SIGUSR1);
  CHECK_EQ(info.si_signo, SIGUSR1);
  CHECK_EQ(info.si_code, SI_USER);
  CHECK_EQ(sigwait(&set, &signo), 0);
  CHECK_EQ(signo, SIGUSR2);

  pid_t parent = getpid();
  pid_t pid = fork();
  if (pid == 0) {
    rt_sleep_ms(50);
    kill(parent, SIGUSR2);
    _exit(0);
  }
  CHECK_EQ(sigwaitinfo(&set, &info), SIGUSR2);
  CHECK_EQ(info.si_pid, pid);
  int status;
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);

  /* A handler for another signal interrupts the wait. */
  struct sigaction sa = {.sa_handler = on_plain, .sa_flags = SA_RESTART};
  sigaction(SIGHUP, &sa, NULL);
  count = 0;
  pid = fork();
  if (pid == 0) {
    rt_sleep_ms(50);
    kill(parent, SIGHUP);
    _exit(0);
  }
  struct timespec limit = {5, 0};
  CHECK_ERR(sigtimedwait(&set, &info, &limit), EINTR);
  CHECK_EQ(count, 1);
  wait4(pid, &status, 0, NULL);

  /* sigsuspend lets the pending one in and restores the mask. */
  sigaction(SIGUSR1, &sa, NULL);
  count = 0;
  kill(getpid(), SIGUSR1);
  CHECK_EQ(count, 0);
  CHECK_ERR(sigsuspend(&none), EINTR);
  CHECK_EQ(count, 1);
  sigset_t mask;
  sigprocmask(SIG_BLOCK, NULL, &mask);
  CHECK(sigismember(&mask, SIGUSR1));
  sigprocmask(SIG_SETMASK, &old, NULL);
}

/* A ping-pong that hangs when a wake-up between mask change and sleep is lost. */
static void suspend_race(void) {
  enum { kRounds = 300 };
  sigset_t usr1, old;
  struct sigaction sa = {.sa_handler = on_plain};
  sigaction(SIGUSR1, &sa, NULL);
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  sigprocmask(SIG_BLOCK, &usr1, &old);
  count = 0;
  pid_t parent = getpid();
  pid_t pid = fork();
  pid_t other = pid == 0 ? parent : pid;
  for (int i = 1; i <= kRounds; i++) {
    if (pid != 0) kill(other, SIGUSR1);
    while (count < i) sigsuspend(&old);
    if (pid == 0) kill(other, SIGUSR1);
  }
  if (pid == 0) _exit(0);
  int status;
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, 0);
  CHECK_EQ(count, kRounds);
  sigprocmask(SIG_SETMASK, &old, NULL);
}

int main(void) {
  order();
  between_processes();
  waiting();
  suspend_race();
  return check_done();
}
