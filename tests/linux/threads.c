/* Threads, their locks, their storage and their end. */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int turn, counter;
static __thread int own;
static atomic_int atomic_counter;

static void* count(void* arg) {
  own = (int)(long)arg;
  for (int i = 0; i < 20000; ++i) {
    pthread_mutex_lock(&lock);
    ++counter;
    pthread_mutex_unlock(&lock);
    atomic_fetch_add(&atomic_counter, 1);
  }
  CHECK(own == (int)(long)arg);
  return (void*)(long)own;
}

static void* count_under(void* mutex) {
  for (int i = 0; i < 5000; ++i) {
    CHECK(pthread_mutex_lock(mutex) == 0);
    ++counter;
    CHECK(pthread_mutex_unlock(mutex) == 0);
  }
  return NULL;
}

static void* count_once(void* mutex) {
  CHECK(pthread_mutex_lock(mutex) == 0);
  ++counter;
  CHECK(pthread_mutex_unlock(mutex) == 0);
  return NULL;
}

static void* ping(void* arg) {
  const int me = (int)(long)arg;
  for (int i = 0; i < 200; ++i) {
    pthread_mutex_lock(&lock);
    while (turn != me) pthread_cond_wait(&changed, &lock);
    turn = !me;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
  }
  return NULL;
}

static void* die_with_lock(void* mutex) {
  pthread_mutex_lock(mutex);
  return NULL;
}

static void* wait_forever(void* arg) {
  for (;;) pause();
  return arg;
}

int main(void) {
  pthread_t t[4];
  for (long i = 0; i < 4; ++i) CHECK(pthread_create(&t[i], NULL, count, (void*)i) == 0);
  for (long i = 0; i < 4; ++i) {
    void* result;
    CHECK(pthread_join(t[i], &result) == 0 && result == (void*)i);
  }
  CHECK(counter == 80000 && atomic_counter == 80000);

  CHECK(pthread_create(&t[0], NULL, ping, (void*)0) == 0);
  CHECK(pthread_create(&t[1], NULL, ping, (void*)1) == 0);
  CHECK(pthread_join(t[0], NULL) == 0 && pthread_join(t[1], NULL) == 0);

  struct timespec end;
  clock_gettime(CLOCK_REALTIME, &end);
  end.tv_nsec += 20 * 1000 * 1000;
  if (end.tv_nsec >= 1000000000) ++end.tv_sec, end.tv_nsec -= 1000000000;
  pthread_mutex_lock(&lock);
  CHECK(pthread_cond_timedwait(&changed, &lock, &end) == ETIMEDOUT);
  pthread_mutex_unlock(&lock);

  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_t robust;
  pthread_mutex_init(&robust, &attributes);
  CHECK(pthread_create(&t[0], NULL, die_with_lock, &robust) == 0);
  CHECK(pthread_join(t[0], NULL) == 0);
  CHECK(pthread_mutex_lock(&robust) == EOWNERDEAD);
  CHECK(pthread_mutex_consistent(&robust) == 0 && pthread_mutex_unlock(&robust) == 0);

  pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_STALLED);
  pthread_mutex_t inheriting;
  CHECK(pthread_mutex_init(&inheriting, &attributes) == 0);
  CHECK(pthread_mutex_lock(&inheriting) == 0 && pthread_mutex_unlock(&inheriting) == 0);
  counter = 0;
  for (int i = 0; i < 4; ++i) CHECK(pthread_create(&t[i], NULL, count_under, &inheriting) == 0);
  for (int i = 0; i < 4; ++i) CHECK(pthread_join(t[i], NULL) == 0);
  CHECK(counter == 20000);
  /* Owners that are gone as soon as they have unlocked. */
  counter = 0;
  for (int round = 0; round < 200; ++round) {
    for (int i = 0; i < 4; ++i) CHECK(pthread_create(&t[i], NULL, count_once, &inheriting) == 0);
    for (int i = 0; i < 4; ++i) CHECK(pthread_join(t[i], NULL) == 0);
  }
  CHECK(counter == 800);

  CHECK(pthread_create(&t[0], NULL, wait_forever, NULL) == 0);
  CHECK(pthread_cancel(t[0]) == 0);
  void* result;
  CHECK(pthread_join(t[0], &result) == 0 && result == PTHREAD_CANCELED);
  CHECK(syscall(SYS_gettid) == getpid());
  puts("ok");
  return 0;
}
