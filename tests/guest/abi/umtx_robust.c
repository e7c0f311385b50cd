/* Robust, priority-protecting and priority-inheriting mutexes: FreeBSD sys/kern/kern_umtx.c. */
#include "check.h"
#include "thread.h"

enum { UMUTEX_NONCONSISTENT = 0x20, ENOTRECOVERABLE = 95 };
#define UMUTEX_RB_NOTRECOV (UMUTEX_CONTESTED | 0x11)

struct robust_lists {
  uintptr_t list, private_list, inactive;
};

static int op(void* object, int what, unsigned long value) {
  return _umtx_op(object, what, value, NULL, NULL);
}

/* --- an owner that ends --------------------------------------------------------------------- */

static struct umutex first, second, loose;
static uintptr_t head, inactive;

static void* die_with_mutexes(void* arg) {
  (void)arg;
  struct robust_lists lists = {0, (uintptr_t)&head, (uintptr_t)&inactive};
  CHECK_ERR(_umtx_op(NULL, UMTX_OP_ROBUST_LISTS, sizeof lists + 1, &lists, NULL), EINVAL);
  CHECK_OK(_umtx_op(NULL, UMTX_OP_ROBUST_LISTS, sizeof lists, &lists, NULL));
  CHECK_OK(op(&first, UMTX_OP_MUTEX_LOCK, 0));
  CHECK_OK(op(&second, UMTX_OP_MUTEX_LOCK, 0));
  CHECK_OK(op(&loose, UMTX_OP_MUTEX_LOCK, 0));
  head = (uintptr_t)&first;
  first.m_rb_lnk = (uintptr_t)&second;
  second.m_rb_lnk = 0;
  inactive = (uintptr_t)&loose;
  return NULL; /* thr_exit */
}

static void owner_dies(void) {
  struct thread thread;
  const uint32_t self = (uint32_t)thread_self();
  first.m_flags = second.m_flags = loose.m_flags = UMUTEX_ROBUST;
  CHECK_EQ(thread_create(&thread, die_with_mutexes, NULL), 0);
  thread_join(&thread);
  CHECK_ERR(op(&first, UMTX_OP_MUTEX_TRYLOCK, 0), EOWNERDEAD);
  CHECK_EQ(first.m_owner, self | UMUTEX_CONTESTED);
  CHECK_ERR(op(&second, UMTX_OP_MUTEX_LOCK, 0), EOWNERDEAD);
  CHECK_ERR(op(&loose, UMTX_OP_MUTEX_LOCK, 0), EOWNERDEAD);
  /* Made consistent: an ordinary mutex again. */
  CHECK_OK(op(&first, UMTX_OP_MUTEX_UNLOCK, 0));
  CHECK_OK(op(&first, UMTX_OP_MUTEX_LOCK, 0));
  CHECK_OK(op(&first, UMTX_OP_MUTEX_UNLOCK, 0));
  /* Unlocked without having been: lost for good. */
  second.m_flags |= UMUTEX_NONCONSISTENT;
  CHECK_OK(op(&second, UMTX_OP_MUTEX_UNLOCK, 0));
  CHECK_EQ(second.m_owner, UMUTEX_RB_NOTRECOV);
  CHECK_ERR(op(&second, UMTX_OP_MUTEX_LOCK, 0), ENOTRECOVERABLE);
  CHECK_ERR(op(&second, UMTX_OP_MUTEX_UNLOCK, 0), EPERM);
}

/* --- a process that ends -------------------------------------------------------------------- */

static struct shared {
  struct umutex mutex;
  uintptr_t head;
} * shared;

static int child_dies(void) {
  struct robust_lists lists = {(uintptr_t)&shared->head, 0, 0};
  CHECK_OK(_umtx_op(NULL, UMTX_OP_ROBUST_LISTS, sizeof lists, &lists, NULL));
  CHECK_OK(op(&shared->mutex, UMTX_OP_MUTEX_LOCK, 0));
  shared->head = (uintptr_t)&shared->mutex;
  return check_failures();
}

static void process_dies(void) {
  shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
  shared->mutex.m_flags = UMUTEX_ROBUST | USYNC_PROCESS_SHARED;
  CHECK_EQ(check_child(child_dies), 0);
  CHECK_ERR(op(&shared->mutex, UMTX_OP_MUTEX_LOCK, 0), EOWNERDEAD);
  CHECK_OK(op(&shared->mutex, UMTX_OP_MUTEX_UNLOCK, 0));
}

/* --- a waiter is told ----------------------------------------------------------------------- */

static volatile int wait_error;

static void* wait_for_dead(void* arg) {
  (void)arg;
  errno = 0;
  op(&first, UMTX_OP_MUTEX_LOCK, 0);
  wait_error = errno;
  op(&first, UMTX_OP_MUTEX_UNLOCK, 0);
  return NULL;
}

static void* die_slowly(void* arg) {
  die_with_mutexes(arg);
  *(volatile int*)arg = 1;
  rt_sleep_ms(60);
  return NULL;
}

static void waiter_is_told(void) {
  struct thread owner, waiter;
  volatile int locked = 0;
  memset(&first, 0, sizeof first);
  memset(&second, 0, sizeof second);
  memset(&loose, 0, sizeof loose);
  first.m_flags = second.m_flags = loose.m_flags = UMUTEX_ROBUST;
  CHECK_EQ(thread_create(&owner, die_slowly, (void*)&locked), 0);
  while (!locked) sched_yield();
  CHECK_EQ(thread_create(&waiter, wait_for_dead, NULL), 0);
  thread_join(&owner);
  thread_join(&waiter);
  CHECK_EQ(wait_error, EOWNERDEAD);
}

/* --- protocols ------------------------------------------------------------------------------ */

static void protect(void) {
  struct umutex m = {0};
  uint32_t old = 99;
  CHECK_ERR(_umtx_op(&m, UMTX_OP_SET_CEILING, 5, &old, NULL), EINVAL); /* not of that kind */
  m.m_flags = UMUTEX_PRIO_PROTECT;
  m.m_owner = UMUTEX_CONTESTED; /* always entered through the kernel */
  m.m_ceilings[0] = 31;
  m.m_ceilings[1] = (uint32_t)-1;
  CHECK_ERR(_umtx_op(&m, UMTX_OP_SET_CEILING, 32, &old, NULL), EINVAL);
  CHECK_OK(_umtx_op(&m, UMTX_OP_SET_CEILING, 20, &old, NULL));
  CHECK_EQ(old, 31);
  CHECK_EQ(m.m_ceilings[0], 20);
  CHECK_OK(op(&m, UMTX_OP_MUTEX_LOCK, 0));
  CHECK_ERR(op(&m, UMTX_OP_MUTEX_TRYLOCK, 0), EBUSY);
  CHECK_OK(_umtx_op(&m, UMTX_OP_SET_CEILING, 21, &old, NULL)); /* by its owner */
  CHECK_EQ(m.m_ceilings[0], 21);
  CHECK_OK(op(&m, UMTX_OP_MUTEX_UNLOCK, 0));
  CHECK_EQ(m.m_owner, UMUTEX_CONTESTED);
  m.m_ceilings[0] = 40;
  CHECK_ERR(op(&m, UMTX_OP_MUTEX_LOCK, 0), EINVAL);
}

static void inherit(void) {
  struct umutex m = {0};
  m.m_flags = UMUTEX_PRIO_INHERIT;
  CHECK_OK(op(&m, UMTX_OP_MUTEX_LOCK, 0));
  CHECK_EQ(m.m_owner, (uint32_t)thread_self());
  CHECK_ERR(op(&m, UMTX_OP_MUTEX_LOCK, 0), EDEADLK);
  CHECK_OK(op(&m, UMTX_OP_MUTEX_UNLOCK, 0));
  CHECK_ERR(op(&m, UMTX_OP_MUTEX_UNLOCK, 0), EPERM);
  m.m_flags = UMUTEX_PRIO_INHERIT | UMUTEX_PRIO_PROTECT;
  CHECK_ERR(op(&m, UMTX_OP_MUTEX_LOCK, 0), EINVAL);
}

/* --- off-page objects ----------------------------------------------------------------------- */

static void off_page(void) {
  enum { CREAT = 1, LOOKUP = 2, DESTROY = 4, ALIVE = 8 };
  static int object;
  CHECK_ERR(_umtx_op(NULL, UMTX_OP_SHM, CREAT | LOOKUP, &object, NULL), EINVAL);
  CHECK_ERR(_umtx_op(NULL, UMTX_OP_SHM, LOOKUP, &object, NULL), ESRCH);
  int fd = _umtx_op(NULL, UMTX_OP_SHM, CREAT, &object, NULL);
  CHECK_OK(fd);
  int* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  CHECK(page != MAP_FAILED);
  *page = 42;
  int again = _umtx_op(NULL, UMTX_OP_SHM, LOOKUP, &object, NULL);
  CHECK_OK(again);
  int* same = mmap(NULL, 4096, PROT_READ, MAP_SHARED, again, 0);
  CHECK_EQ(*same, 42);
  CHECK_OK(_umtx_op(NULL, UMTX_OP_SHM, ALIVE, &object, NULL));
  CHECK_OK(_umtx_op(NULL, UMTX_OP_SHM, DESTROY, &object, NULL));
  CHECK_ERR(_umtx_op(NULL, UMTX_OP_SHM, LOOKUP, &object, NULL), ESRCH);
  close(fd);
  close(again);
}

int main(void) {
  owner_dies();
  process_dies();
  waiter_is_told();
  protect();
  inherit();
  off_page();
  return check_done();
}
