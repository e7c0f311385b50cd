/* _umtx_op, one operation after the other: FreeBSD sys/kern/kern_umtx.c. */
#include "check.h"
#include "thread.h"

static struct umutex mutex;
static struct ucond cond;
static struct urwlock rwlock;
static struct usem2 sem;
static volatile uint32_t word;
static volatile long long_word;
static volatile int stage;
static int counter;

static void wait_stage(int wanted) {
  while (stage < wanted) sched_yield();
}

static void* wait_on_word(void* arg) {
  (void)arg;
  stage = 1;
  while (word == 5) CHECK_OK(_umtx_op((void*)&word, UMTX_OP_WAIT_UINT_PRIVATE, 5, NULL, NULL));
  while (long_word == -5)
    CHECK_OK(_umtx_op((void*)&long_word, UMTX_OP_WAIT, (unsigned long)-5, NULL, NULL));
  return NULL;
}

static void simple(void) {
  struct timespec ts = {0, 40000000}, bad = {0, -1};
  struct thread thread;
  word = 5;
  long_word = -5;
  CHECK_OK(_umtx_op((void*)&word, UMTX_OP_WAIT_UINT, 6, NULL, NULL)); /* differs: at once */
  int64_t start = rt_now_ms();
  CHECK_ERR(_umtx_op((void*)&word, UMTX_OP_WAIT_UINT, 5, NULL, &ts), ETIMEDOUT);
  CHECK(rt_now_ms() - start >= 39);
  CHECK_ERR(_umtx_op((void*)&word, UMTX_OP_WAIT_UINT, 5, NULL, &bad), EINVAL);
  CHECK_ERR(_umtx_op((void*)16, UMTX_OP_WAIT_UINT, 5, NULL, &ts), EFAULT);
  CHECK_ERR(_umtx_op((void*)&word, 999, 5, NULL, NULL), EINVAL);
  CHECK_ERR(_umtx_op((void*)&word, 0, 5, NULL, NULL), EOPNOTSUPP);
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  struct umtx_time past = {now, UMTX_ABSTIME, CLOCK_REALTIME};
  CHECK_ERR(_umtx_op((void*)&word, UMTX_OP_WAIT_UINT_PRIVATE, 5, (void*)sizeof past, &past),
            ETIMEDOUT);
  thread_create(&thread, wait_on_word, NULL);
  wait_stage(1);
  rt_sleep_ms(20);
  word = 6;
  CHECK_OK(_umtx_op((void*)&word, UMTX_OP_WAKE_PRIVATE, 1, NULL, NULL));
  rt_sleep_ms(20);
  long_word = 0;
  CHECK_OK(_umtx_op((void*)&long_word, UMTX_OP_WAKE, 0x7fffffff, NULL, NULL));
  thread_join(&thread);
}

static volatile uint32_t words[3];
static void* wait_on_words(void* arg) {
  volatile uint32_t* w = arg;
  __atomic_fetch_add(&stage, 1, __ATOMIC_SEQ_CST);
  while (*w == 0) _umtx_op((void*)w, UMTX_OP_WAIT_UINT_PRIVATE, 0, NULL, NULL);
  return NULL;
}

/* One call that wakes the waiters of several words. */
static void wake_many(void) {
  struct thread threads[3];
  void* list[3];
  stage = 0;
  for (int i = 0; i < 3; i++) {
    thread_create(&threads[i], wait_on_words, (void*)&words[i]);
    list[i] = (void*)&words[i];
  }
  wait_stage(3);
  rt_sleep_ms(20);
  for (int i = 0; i < 3; i++) words[i] = 1;
  CHECK_OK(_umtx_op(list, UMTX_OP_NWAKE_PRIVATE, 3, NULL, NULL));
  for (int i = 0; i < 3; i++) thread_join(&threads[i]);
}

static void* lock_mutex(void* arg) {
  (void)arg;
  stage = 1;
  CHECK_OK(_umtx_op(&mutex, UMTX_OP_MUTEX_LOCK, 0, NULL, NULL));
  CHECK_EQ(mutex.m_owner & ~UMUTEX_CONTESTED, thread_self());
  counter++;
  CHECK_OK(_umtx_op(&mutex, UMTX_OP_MUTEX_UNLOCK, 0, NULL, NULL));
  return NULL;
}

static void mutexes(void) {
  struct thread thread;
  memset(&mutex, 0, sizeof mutex);
  stage = 0;
  CHECK_OK(_umtx_op(&mutex, UMTX_OP_MUTEX_TRYLOCK, 0, NULL, NULL));
  CHECK_EQ(mutex.m_owner, thread_self());
  CHECK_ERR(_umtx_op(&mutex, UMTX_OP_MUTEX_TRYLOCK, 0, NULL, NULL), EBUSY);
  thread_create(&thread, lock_mutex, NULL);
  wait_stage(1);
  rt_sleep_ms(20);
  CHECK_EQ(counter, 0);
  CHECK(mutex.m_owner & UMUTEX_CONTESTED);
  CHECK_OK(_umtx_op(&mutex, UMTX_OP_MUTEX_UNLOCK, 0, NULL, NULL));
  thread_join(&thread);
  CHECK_EQ(counter, 1);
  CHECK_EQ(mutex.m_owner & ~UMUTEX_CONTESTED, 0);
  CHECK_ERR(_umtx_op(&mutex, UMTX_OP_MUTEX_UNLOCK, 0, NULL, NULL), EPERM);
  mutex.m_flags = 0x4000;
  CHECK_OK(_umtx_op(&mutex, UMTX_OP_MUTEX_TRYLOCK, 0, NULL, NULL)); /* unknown flags pass */
  memset(&mutex, 0, sizeof mutex);
  /* Priority inheritance: the kernel does it all. */
  mutex.m_flags = UMUTEX_PRIO_INHERIT;
  stage = counter = 0;
  CHECK_OK(_umtx_op(&mutex, UMTX_OP_MUTEX_LOCK, 0, NULL, NULL));
  thread_create(&thread, lock_mutex, NULL);
  wait_stage(1);
  rt_sleep_ms(20);
  CHECK_EQ(counter, 0);
  CHECK_OK(_umtx_op(&mutex, UMTX_OP_MUTEX_UNLOCK, 0, NULL, NULL));
  thread_join(&thread);
  CHECK_EQ(counter, 1);
  memset(&mutex, 0, sizeof mutex);
}

static void* mutex_holder(void* arg) {
  (void)arg;
  mutex_lock(&mutex);
  stage = 1;
  wait_stage(2);
  mutex_unlock(&mutex);
  return NULL;
}

static void mutex_timeout(void) {
  struct thread thread;
  struct timespec deadline;
  stage = 0;
  thread_create(&thread, mutex_holder, NULL);
  wait_stage(1);
  clock_gettime(CLOCK_REALTIME, &deadline);
  deadline.tv_nsec += 30000000;
  if (deadline.tv_nsec >= 1000000000) deadline.tv_sec++, deadline.tv_nsec -= 1000000000;
  CHECK_EQ(mutex_timedlock(&mutex, &deadline), ETIMEDOUT);
  stage = 2;
  deadline.tv_sec += 5;
  CHECK_EQ(mutex_timedlock(&mutex, &deadline), 0);
  mutex_unlock(&mutex);
  thread_join(&thread);
}

static void* cond_waiter(void* arg) {
  (void)arg;
  mutex_lock(&mutex);
  stage++;
  while (counter == 0) cond_wait(&cond, &mutex);
  counter--;
  mutex_unlock(&mutex);
  return NULL;
}

static void conditions(void) {
  struct thread threads[4];
  struct timespec ts = {0, 30000000};
  stage = counter = 0;
  mutex_lock(&mutex);
  int64_t start = rt_now_ms();
  CHECK_EQ(cond_timedwait(&cond, &mutex, &ts), ETIMEDOUT);
  CHECK(rt_now_ms() - start >= 29);
  CHECK_EQ(mutex.m_owner & ~UMUTEX_CONTESTED, thread_self());
  mutex_unlock(&mutex);
  for (int i = 0; i < 4; i++) thread_create(&threads[i], cond_waiter, NULL);
  wait_stage(4);
  mutex_lock(&mutex); /* the fourth waits by now */
  CHECK_EQ(cond.c_has_waiters, 1);
  counter = 1;
  cond_signal(&cond);
  mutex_unlock(&mutex);
  for (;;) {
    mutex_lock(&mutex);
    int left = counter;
    mutex_unlock(&mutex);
    if (left == 0) break;
    sched_yield();
  }
  mutex_lock(&mutex);
  counter = 3;
  cond_broadcast(&cond);
  mutex_unlock(&mutex);
  for (int i = 0; i < 4; i++) thread_join(&threads[i]);
  CHECK_EQ(counter, 0);
  CHECK_EQ(cond.c_has_waiters, 0);
}

static volatile int release;
static void* reader(void* arg) {
  (void)arg;
  rwlock_read(&rwlock);
  __atomic_fetch_add(&stage, 1, __ATOMIC_SEQ_CST);
  while (!release) rt_sleep_ms(1);
  CHECK_EQ(counter, 0);
  rwlock_unlock(&rwlock);
  return NULL;
}

static void* writer(void* arg) {
  (void)arg;
  rwlock_write(&rwlock);
  counter++;
  rwlock_unlock(&rwlock);
  return NULL;
}

static void rwlocks(void) {
  struct thread a, b, c;
  struct timespec ts = {0, 20000000};
  struct umtx_time time = {ts, 0, CLOCK_MONOTONIC};
  stage = counter = 0;
  thread_create(&a, reader, NULL);
  thread_create(&b, reader, NULL);
  wait_stage(2); /* both inside at once */
  CHECK_ERR(_umtx_op(&rwlock, UMTX_OP_RW_WRLOCK, 0, (void*)sizeof time, &time), ETIMEDOUT);
  thread_create(&c, writer, NULL);
  rt_sleep_ms(20);
  release = 1;
  thread_join(&a);
  thread_join(&b);
  thread_join(&c);
  CHECK_EQ(counter, 1);
  CHECK_EQ(rwlock.rw_state, 0);
  rwlock_write(&rwlock);
  CHECK_ERR(_umtx_op(&rwlock, UMTX_OP_RW_RDLOCK, 0, (void*)sizeof time, &time), ETIMEDOUT);
  rwlock_unlock(&rwlock);
  CHECK_ERR(_umtx_op(&rwlock, UMTX_OP_RW_UNLOCK, 0, NULL, NULL), EPERM);
}

static void* poster(void* arg) {
  for (intptr_t i = 0; i < (intptr_t)arg; i++) {
    rt_sleep_ms(5);
    sem_post(&sem);
  }
  return NULL;
}

static void semaphores(void) {
  struct thread thread;
  struct timespec ts = {0, 30000000};
  CHECK_EQ(sem_timedwait(&sem, &ts), ETIMEDOUT);
  sem_post(&sem);
  CHECK_EQ(sem_timedwait(&sem, &ts), 0);
  thread_create(&thread, poster, (void*)10);
  for (int i = 0; i < 10; i++) sem_wait(&sem);
  thread_join(&thread);
  CHECK_EQ(USEM_COUNT(sem.count), 0);
}

/* The same words between processes that share memory. */
static void between_processes(void) {
  struct shared {
    struct umutex mutex;
    struct ucond cond;
    struct usem2 sem;
    int value, children;
  }* s = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
  s->mutex.m_flags = USYNC_PROCESS_SHARED;
  s->cond.c_flags = USYNC_PROCESS_SHARED;
  s->sem.flags = USYNC_PROCESS_SHARED;
  pid_t pids[4];
  for (int i = 0; i < 4; i++) {
    pids[i] = fork();
    if (pids[i] != 0) continue;
    sem_wait(&s->sem);
    for (int k = 0; k < 500; k++) {
      /* Not mutex_lock: the cached thread id is the parent's. */
      while (_umtx_op(&s->mutex, UMTX_OP_MUTEX_LOCK, 0, NULL, NULL) != 0) {
      }
      s->value++;
      _umtx_op(&s->mutex, UMTX_OP_MUTEX_UNLOCK, 0, NULL, NULL);
    }
    while (_umtx_op(&s->mutex, UMTX_OP_MUTEX_LOCK, 0, NULL, NULL) != 0) {
    }
    s->children++;
    _umtx_op(&s->cond, UMTX_OP_CV_SIGNAL, 0, NULL, NULL);
    _umtx_op(&s->mutex, UMTX_OP_MUTEX_UNLOCK, 0, NULL, NULL);
    _exit(0);
  }
  for (int i = 0; i < 4; i++) sem_post(&s->sem);
  mutex_lock(&s->mutex);
  while (s->children < 4) cond_wait(&s->cond, &s->mutex);
  mutex_unlock(&s->mutex);
  CHECK_EQ(s->value, 2000);
  for (int i = 0; i < 4; i++) {
    int status;
    CHECK_EQ(wait4(pids[i], &status, 0, NULL), pids[i]);
    CHECK_EQ(status, 0);
  }
}

int main(void) {
  simple();
  wake_many();
  mutexes();
  mutex_timeout();
  conditions();
  rwlocks();
  semaphores();
  between_processes();
  return check_done();
}
