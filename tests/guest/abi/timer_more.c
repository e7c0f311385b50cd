/* Timers: who gets the signal, what fork keeps, the time left of an interrupted sleep. */
#include "check.h"
#include "record.h"
#include "thread.h"

static volatile long last_thread;
static void record_thread(int signo, siginfo_t* info, void* context) {
  last_thread = thread_self(); /* before record(): whoever waits for its count reads this */
  record(signo, info, context);
}

static void catch_signal(int signo) {
  struct sigaction sa = {.sa_sigaction = record_thread, .sa_flags = SA_SIGINFO};
  sigaction(signo, &sa, NULL);
}

static volatile long other;
static volatile int stop;
static void* spin(void* arg) {
  other = thread_self();
  while (!stop) rt_sleep_ms(1);
  return arg;
}

static void targets(void) {
  struct thread t;
  int id = -1, plain = -1;
  struct itimerspec soon = {{0, 0}, {0, 10000000}}, now;
  catch_signal(SIGUSR1);
  catch_signal(SIGALRM);
  CHECK_EQ(thread_create(&t, spin, NULL), 0);
  while (other == 0) rt_sleep_ms(1);
  struct sigevent e = {
      .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1, .un.threadid = (int)other};
  CHECK_OK(ktimer_create(CLOCK_REALTIME, &e, &id));
  CHECK(id >= 3);
  calls = 0;
  CHECK_OK(ktimer_settime(id, 0, &soon, NULL));
  while (calls == 0) rt_sleep_ms(1);
  CHECK_EQ(last_thread, other);
  stop = 1;
  thread_join(&t);
  /* Without an event: SIGALRM, and the timer's number as the value. */
  CHECK_OK(ktimer_create(CLOCK_MONOTONIC, NULL, &plain));
  CHECK(plain != id);
  calls = 0;
  CHECK_OK(ktimer_settime(plain, 0, &soon, NULL));
  while (calls == 0) rt_sleep_ms(1);
  CHECK_EQ(last.si_signo, SIGALRM);
  CHECK_EQ(last.si_value.sival_int, plain);
  CHECK_EQ(last.reason.timer.timerid, plain);
  CHECK_EQ(last.reason.timer.overrun, 0);
  /* An absolute time that is over fires at once. */
  struct itimerspec past = {{0, 0}, {1, 0}};
  calls = 0;
  CHECK_OK(ktimer_settime(plain, TIMER_ABSTIME, &past, NULL));
  while (calls == 0) rt_sleep_ms(1);
  /* Ignored signals do not stop a timer. */
  struct sigaction ignore = {.sa_handler = SIG_IGN};
  sigaction(SIGALRM, &ignore, NULL);
  struct itimerspec often = {{0, 2000000}, {0, 2000000}};
  CHECK_OK(ktimer_settime(plain, 0, &often, NULL));
  rt_sleep_ms(20);
  catch_signal(SIGALRM);
  calls = 0;
  for (int i = 0; i < 200 && calls < 2; i++) rt_sleep_ms(1);
  CHECK(calls >= 2);
  CHECK_OK(ktimer_settime(plain, 0, &past, &now));
  CHECK_EQ(now.it_interval.tv_nsec, 2000000);
  /* Not inherited by fork. */
  pid_t pid = fork();
  if (pid == 0) {
    struct itimerspec v;
    int mine = -1;
    bool ok = ktimer_gettime(plain, &v) == -1 && errno == EINVAL;
    ok = ok && ktimer_create(CLOCK_MONOTONIC, NULL, &mine) == 0 && mine == 3;
    calls = 0;
    ok = ok && ktimer_settime(mine, 0, &soon, NULL) == 0;
    for (int i = 0; i < 500 && calls == 0; i++) rt_sleep_ms(1);
    _exit(ok && calls == 1 ? 0 : 1);
  }
  int status = -1;
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, 0);
  CHECK_OK(ktimer_delete(id));
  CHECK_OK(ktimer_delete(plain));
  CHECK_ERR(ktimer_delete(plain), EINVAL);
  CHECK_ERR(ktimer_settime(1, 0, &soon, NULL), EINVAL);
  e.sigev_notify = SIGEV_KEVENT;
  CHECK_ERR(ktimer_create(CLOCK_REALTIME, &e, &id), EINVAL);
  e.sigev_notify = SIGEV_SIGNAL;
  e.sigev_signo = 0;
  CHECK_ERR(ktimer_create(CLOCK_REALTIME, &e, &id), EINVAL);
  CHECK_ERR(ktimer_create(CLOCK_VIRTUAL, NULL, &id), EINVAL);
}

static void interrupted_sleep(void) {
  struct itimerval v = {{0, 0}, {0, 30000}};
  struct timespec t = {3, 0}, left = {0, 0};
  catch_signal(SIGALRM);
  CHECK_OK(setitimer(ITIMER_REAL, &v, NULL));
  CHECK_ERR(nanosleep(&t, &left), EINTR);
  CHECK(left.tv_sec == 2 && left.tv_nsec > 0);
  CHECK_OK(setitimer(ITIMER_REAL, &v, NULL));
  left.tv_sec = 0;
  CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &left), EINTR);
  CHECK_EQ(left.tv_sec, 2);
  CHECK_OK(setitimer(ITIMER_REAL, &v, NULL));
  CHECK_EQ(clock_nanosleep(CLOCK_PROF, 0, &t, NULL), EOPNOTSUPP);
  CHECK_EQ(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &t, NULL), EINVAL);
  CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, 2, &t, NULL), EINVAL);
  CHECK_ERR(nanosleep(&t, (struct timespec*)16), EFAULT);
  rt_sleep_ms(60);
}

/* Time of the process's own work. */
static void virtual_timer(void) {
  struct itimerval v = {{0, 0}, {0, 20000}}, left;
  catch_signal(SIGVTALRM);
  calls = 0;
  CHECK_OK(setitimer(1, &v, NULL));
  volatile unsigned n = 0;
  int64_t start = rt_now_ms();
  while (calls == 0 && rt_now_ms() - start < 20000) n++;
  CHECK_EQ(calls, 1);
  CHECK_EQ(last.si_signo, SIGVTALRM);
  CHECK_OK(setitimer(1, NULL, &left));
  CHECK_EQ(left.it_value.tv_usec, 0);
  CHECK_ERR(setitimer(3, &v, NULL), EINVAL);
}

int main(void) {
  targets();
  interrupted_sleep();
  virtual_timer();
  return check_done();
}
