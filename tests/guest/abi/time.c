/* Clocks, sleeping, interval timers and POSIX timers. */
#include "check.h"
#include "record.h"

static int64_t ns(struct timespec t) { return t.tv_sec * 1000000000ll + t.tv_nsec; }

static void clocks(void) {
  static const int ids[] = {CLOCK_REALTIME,
                            CLOCK_MONOTONIC,
                            CLOCK_UPTIME,
                            7,
                            8,
                            9,
                            10,
                            11,
                            12,
                            CLOCK_SECOND,
                            CLOCK_VIRTUAL,
                            CLOCK_PROF,
                            CLOCK_THREAD_CPUTIME_ID,
                            CLOCK_PROCESS_CPUTIME_ID};
  struct timespec a, b;
  for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
    CHECK_OK(clock_gettime(ids[i], &a));
    CHECK_OK(clock_gettime(ids[i], &b));
    CHECK(ns(b) >= ns(a));
    CHECK(a.tv_nsec >= 0 && a.tv_nsec < 1000000000);
    CHECK_OK(clock_getres(ids[i], &b));
    CHECK(ns(b) > 0 && ns(b) <= 1000000000);
  }
  CHECK_ERR(clock_gettime(77, &a), EINVAL);
  CHECK_ERR(clock_gettime(CLOCK_REALTIME, (struct timespec*)16), EFAULT);
  struct timeval tv;
  CHECK_OK(gettimeofday(&tv, NULL));
  CHECK_OK(clock_gettime(CLOCK_REALTIME, &a));
  CHECK(a.tv_sec - tv.tv_sec <= 1 && a.tv_sec > 1500000000);
  CHECK_OK(clock_gettime(CLOCK_SECOND, &a));
  CHECK_EQ(a.tv_nsec, 0);
}

static void sleeping(void) {
  struct timespec t = {0, 40000000}, now, bad = {0, 1000000000};
  int64_t start = rt_now_ms();
  CHECK_OK(nanosleep(&t, NULL));
  CHECK(rt_now_ms() - start >= 39);
  CHECK_ERR(nanosleep(&bad, NULL), EINVAL);
  clock_gettime(CLOCK_MONOTONIC, &now);
  now.tv_nsec += 40000000;
  if (now.tv_nsec >= 1000000000) now.tv_sec++, now.tv_nsec -= 1000000000;
  CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &now, NULL), 0);
  struct timespec after;
  clock_gettime(CLOCK_MONOTONIC, &after);
  CHECK(ns(after) >= ns(now));
  CHECK_EQ(clock_nanosleep(CLOCK_REALTIME, 0, &t, NULL), 0);
  CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &bad, NULL), EINVAL);
}

static void interval_timer(void) {
  struct itimerval v = {{0, 10000}, {0, 20000}}, old, off = {{0, 0}, {0, 0}};
  struct sigaction sa = {.sa_sigaction = record, .sa_flags = SA_SIGINFO};
  sigaction(SIGALRM, &sa, NULL);
  CHECK_OK(setitimer(ITIMER_REAL, &v, NULL));
  while (calls < 3) rt_sleep_ms(1);
  CHECK_OK(setitimer(ITIMER_REAL, &off, &old));
  CHECK_EQ(old.it_interval.tv_usec, 10000);
  int seen = calls;
  rt_sleep_ms(40);
  CHECK_EQ(calls, seen);
  v.it_value.tv_usec = 1000000;
  CHECK_ERR(setitimer(ITIMER_REAL, &v, NULL), EINVAL);
  /* A sixteenth of a tick is the shortest (FreeBSD sys/kern/kern_time.c itimerfix()). */
  v = (struct itimerval){{0, 1}, {1000, 0}};
  CHECK_OK(setitimer(ITIMER_REAL, &v, NULL));
  CHECK_OK(setitimer(ITIMER_REAL, &off, &old));
  CHECK_EQ(old.it_interval.tv_usec, 62);
}

static void posix_timers(void) {
  int id = -1;
  struct sigaction sa = {.sa_sigaction = record, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &sa, NULL);
  struct sigevent event = {
      .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 77};
  CHECK_OK(ktimer_create(CLOCK_MONOTONIC, &event, &id));
  struct itimerspec v = {{0, 0}, {0, 300000000}}, now;
  calls = 0;
  CHECK_OK(ktimer_settime(id, 0, &v, NULL));
  CHECK_OK(ktimer_gettime(id, &now));
  CHECK(now.it_value.tv_nsec > 0 && now.it_value.tv_nsec <= 300000000);
  while (calls == 0) rt_sleep_ms(1);
  CHECK_EQ(last.si_code, SI_TIMER);
  CHECK_EQ(last.si_value.sival_int, 77);
  CHECK_OK(ktimer_gettime(id, &now));
  CHECK_EQ(ns(now.it_value), 0);
  /* Blocked, a periodic timer counts its overruns. */
  sigset_t usr1, old;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  sigprocmask(SIG_BLOCK, &usr1, &old);
  v = (struct itimerspec){{0, 5000000}, {0, 5000000}};
  calls = 0;
  CHECK_OK(ktimer_settime(id, 0, &v, NULL));
  rt_sleep_ms(60);
  /* Disarmed first: another expiry after the handler would start a new count. */
  v = (struct itimerspec){{0, 0}, {0, 0}};
  CHECK_OK(ktimer_settime(id, 0, &v, NULL));
  sigprocmask(SIG_SETMASK, &old, NULL);
  CHECK_EQ(calls, 1);
  CHECK(ktimer_getoverrun(id) >= 3);
  CHECK_OK(ktimer_delete(id));
  CHECK_ERR(ktimer_gettime(id, &now), EINVAL);
  CHECK_ERR(ktimer_create(77, &event, &id), EINVAL);
}

int main(void) {
  clocks();
  sleeping();
  interval_timer();
  posix_timers();
  return check_done();
}
