/* threads [ROUNDS]: 64 threads on mutexes, condition variables, read-write locks, semaphores and
 * timeouts, under a rain of signals. */
#include "check.h"
#include "thread.h"

enum { kThreads = 64 };

static struct umutex mutex, queue_mutex;
static struct ucond not_empty, not_full;
static struct urwlock rwlock;
static struct usem2 sem;
static int counter, queue[8], queued, pushed, popped;
static volatile int pair_a, pair_b, in_sem, over;
static int rounds = 40;
static long sum_pushed, sum_popped;
static volatile int signals;

static void handler(int signo) {
  (void)signo;
  arch_clobber_fp();
  __atomic_fetch_add(&signals, 1, __ATOMIC_RELAXED);
}

static void use_mutex(int i) {
  if (i % 7 == 0) {
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += 60;
    CHECK_EQ(mutex_timedlock(&mutex, &deadline), 0);
  } else {
    mutex_lock(&mutex);
  }
  int before = counter;
  if (i % 16 == 0) sched_yield();
  counter = before + 1;
  mutex_unlock(&mutex);
}

static void push(int value) {
  mutex_lock(&queue_mutex);
  while (queued == 8) cond_wait(&not_full, &queue_mutex);
  queue[queued++] = value;
  pushed++;
  sum_pushed += value;
  cond_signal(&not_empty);
  mutex_unlock(&queue_mutex);
}

static void pop(void) {
  struct timespec ts = {0, 2000000};
  mutex_lock(&queue_mutex);
  while (queued == 0) cond_timedwait(&not_empty, &queue_mutex, &ts);
  sum_popped += queue[--queued];
  popped++;
  cond_broadcast(&not_full);
  mutex_unlock(&queue_mutex);
}

static void use_rwlock(int i) {
  if (i % 4 == 0) {
    rwlock_write(&rwlock);
    pair_a++;
    if (i % 8 == 0) sched_yield();
    pair_b++;
    rwlock_unlock(&rwlock);
  } else {
    rwlock_read(&rwlock);
    if (pair_a != pair_b) over++;
    rwlock_unlock(&rwlock);
  }
}

static void use_semaphore(int i) {
  struct timespec ts = {0, 1000000};
  if (i % 5 == 0) {
    while (sem_timedwait(&sem, &ts) != 0) {
    }
  } else {
    sem_wait(&sem);
  }
  if (__atomic_add_fetch(&in_sem, 1, __ATOMIC_SEQ_CST) > 3) over++;
  sched_yield();
  __atomic_fetch_sub(&in_sem, 1, __ATOMIC_SEQ_CST);
  sem_post(&sem);
}

static void* worker(void* arg) {
  int number = (int)(intptr_t)arg;
  double sum = 0;
  for (int i = 0; i < rounds; i++) {
    use_mutex(i + number);
    if (number % 2) {
      push(i);
    } else {
      pop();
    }
    use_rwlock(i + number);
    use_semaphore(i + number);
    sum += i * 0.25;
  }
  CHECK(sum == rounds * (rounds - 1) / 2 * 0.25);
  return (void*)(intptr_t)(number + 1);
}

int main(int argc, char** argv) {
  static struct thread threads[kThreads];
  struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_RESTART};
  struct itimerval every = {{0, 2000}, {0, 2000}}, never = {{0, 0}, {0, 0}};
  if (argc > 1) rounds = (int)strtoul(argv[1], 10);
  sigaction(SIGALRM, &sa, NULL);
  sigaction(SIGUSR1, &sa, NULL);
  for (int i = 0; i < 3; i++) sem_post(&sem);
  setitimer(ITIMER_REAL, &every, NULL);
  for (intptr_t i = 0; i < kThreads; i++) {
    CHECK_EQ(thread_create(&threads[i], worker, (void*)i), 0);
  }
  for (int i = 0; i < rounds; i++) {
    for (int t = i % 4; t < kThreads; t += 4) {
      long tid = threads[t].tid;
      if (tid > 1) thr_kill(tid, SIGUSR1); /* it may just have ended */
    }
    rt_sleep_ms(1);
  }
  for (int i = 0; i < kThreads; i++) CHECK_EQ((intptr_t)thread_join(&threads[i]), i + 1);
  setitimer(ITIMER_REAL, &never, NULL);
  CHECK_EQ(counter, kThreads * rounds);
  CHECK_EQ(pushed, popped);
  CHECK_EQ(sum_pushed, sum_popped);
  CHECK_EQ(queued, 0);
  CHECK_EQ(pair_a, pair_b);
  CHECK_EQ(over, 0);
  CHECK_EQ(mutex.m_owner & ~UMUTEX_CONTESTED, 0);
  CHECK_EQ(rwlock.rw_state, 0);
  CHECK(signals > 0);
  return check_done();
}
