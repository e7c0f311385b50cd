#include "thread.h"

static _Thread_local long self_tid;

enum { kStack = 128 * 1024, kThreadGone = 1 };

/* ---- thread-local storage, variant I: TCB, then the program's TLS segment ---- */

static struct {
  const void* image;
  size_t file_size, memory_size, align;
} tls;

static size_t tls_block_size(void) {
  size_t align = tls.align < 16 ? 16 : tls.align;
  return ARCH_TLS_OFFSET(tls.align) + tls.memory_size + align;
}

static void* tls_new(void** block) {
  size_t align = tls.align < 16 ? 16 : tls.align;
#if ARCH_TLS_VARIANT == 2
  /* The block ends at the TCB, which holds its own address. */
  size_t size = (tls.memory_size + tls.align - 1) & ~(tls.align - 1);
  char* whole = mmap(NULL, size + ARCH_TCB_SIZE + align, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANON, -1, 0);
  if (whole == MAP_FAILED) return NULL;
  char* tcb = (char*)(((uintptr_t)whole + size + align - 1) & ~(uintptr_t)(align - 1));
  memcpy(tcb - size, tls.image, tls.file_size);
  *(void**)tcb = tcb;
  if (block) *block = whole;
  return tcb;
#endif
  size_t offset = ARCH_TLS_OFFSET(tls.align);
  char* raw = mmap(NULL, tls_block_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  if (raw == MAP_FAILED) return NULL;
  char* image = (char*)(((uintptr_t)raw + offset + align - 1) & ~(uintptr_t)(align - 1));
  memcpy(image, tls.image, tls.file_size);
  if (block) *block = raw;
  return image - offset + ARCH_TP_BIAS;
}

void rt_tls_init(void) {
  const char* headers = (const char*)rt_auxv(AT_PHDR, NULL);
  size_t count = rt_auxv(AT_PHNUM, NULL), size = rt_auxv(AT_PHENT, NULL);
  tls.align = 1;
  for (size_t i = 0; i < count; i++) {
    const struct elf_phdr* p = (const struct elf_phdr*)(headers + i * size);
    if (p->p_type != PT_TLS) continue;
    tls.image = (const void*)p->p_vaddr;
    tls.file_size = p->p_filesz;
    tls.memory_size = p->p_memsz;
    tls.align = p->p_align;
  }
  arch_set_tp(tls_new(NULL));
}

/* ---- threads ---- */

long thread_self(void) {
  if (self_tid == 0) thr_self(&self_tid);
  return self_tid;
}

static void thread_entry(void* argument) {
  struct thread* thread = argument;
  thread->result = thread->func(thread->arg);
  thr_exit(&thread->tid);
}

int thread_create(struct thread* thread, void* (*func)(void*), void* arg) {
  memset(thread, 0, sizeof *thread);
  thread->func = func;
  thread->arg = arg;
  thread->stack_size = kStack;
  thread->stack =
      mmap(NULL, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON | MAP_STACK, -1, 0);
  if (thread->stack == MAP_FAILED) return ENOMEM;
  void* tp = tls_new(&thread->tls);
  if (!tp) return ENOMEM;
  long parent_tid = 0;
  struct thr_param param = {
      .start_func = thread_entry,
      .arg = thread,
      .stack_base = thread->stack,
      .stack_size = thread->stack_size,
      .tls_base = tp,
      .child_tid = &thread->tid,
      .parent_tid = &parent_tid,
  };
  return thr_new(&param, sizeof param) == 0 ? 0 : errno;
}

void* thread_join(struct thread* thread) {
  for (;;) {
    long tid = __atomic_load_n(&thread->tid, __ATOMIC_ACQUIRE);
    if (tid == kThreadGone) break;
    _umtx_op(&thread->tid, UMTX_OP_WAIT, (unsigned long)tid, NULL, NULL);
  }
  munmap(thread->stack, thread->stack_size);
  munmap(thread->tls, tls_block_size());
  return thread->result;
}

/* ---- locks ---- */

static bool swap_if(volatile uint32_t* word, uint32_t expected, uint32_t value) {
  return __atomic_compare_exchange_n(word, &expected, value, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE);
}

/* Takes a mutex that nobody owns, contested or not. */
static bool mutex_take(struct umutex* mutex) {
  uint32_t owner = mutex->m_owner;
  return (owner & ~UMUTEX_CONTESTED) == 0 &&
         swap_if(&mutex->m_owner, owner, owner | (uint32_t)thread_self());
}

bool mutex_trylock(struct umutex* mutex) {
  return swap_if(&mutex->m_owner, 0, (uint32_t)thread_self()) || mutex_take(mutex);
}

void mutex_lock(struct umutex* mutex) {
  while (!mutex_take(mutex)) _umtx_op(mutex, UMTX_OP_MUTEX_WAIT, 0, NULL, NULL);
}

int mutex_timedlock(struct umutex* mutex, const struct timespec* deadline) {
  struct umtx_time time = {*deadline, UMTX_ABSTIME, CLOCK_REALTIME};
  while (!mutex_take(mutex)) {
    if (_umtx_op(mutex, UMTX_OP_MUTEX_WAIT, 0, (void*)sizeof time, &time) != 0 &&
        errno == ETIMEDOUT) {
      return ETIMEDOUT;
    }
  }
  return 0;
}

void mutex_unlock(struct umutex* mutex) {
  uint32_t owner = __atomic_exchange_n(&mutex->m_owner, 0, __ATOMIC_RELEASE);
  if (owner & UMUTEX_CONTESTED) {
    _umtx_op(mutex, UMTX_OP_MUTEX_WAKE2, mutex->m_flags, NULL, NULL);
  }
}

static int cond_sleep(struct ucond* cond, struct umutex* mutex, const struct timespec* timeout) {
  int error = _umtx_op(cond, UMTX_OP_CV_WAIT, 0, mutex, (void*)timeout) == 0 ? 0 : errno;
  mutex_lock(mutex);
  return error == ETIMEDOUT ? ETIMEDOUT : 0;
}

void cond_wait(struct ucond* cond, struct umutex* mutex) { cond_sleep(cond, mutex, NULL); }

int cond_timedwait(struct ucond* cond, struct umutex* mutex, const struct timespec* timeout) {
  return cond_sleep(cond, mutex, timeout);
}

void cond_signal(struct ucond* cond) {
  if (cond->c_has_waiters) _umtx_op(cond, UMTX_OP_CV_SIGNAL, 0, NULL, NULL);
}

void cond_broadcast(struct ucond* cond) {
  if (cond->c_has_waiters) _umtx_op(cond, UMTX_OP_CV_BROADCAST, 0, NULL, NULL);
}

static bool rwlock_tryread(struct urwlock* lock) {
  uint32_t state = lock->rw_state;
  while (!(state & (URWLOCK_WRITE_OWNER | URWLOCK_WRITE_WAITERS))) {
    if (swap_if(&lock->rw_state, state, state + 1)) return true;
    state = lock->rw_state;
  }
  return false;
}

static bool rwlock_trywrite(struct urwlock* lock) {
  uint32_t state = lock->rw_state;
  while (!(state & (URWLOCK_WRITE_OWNER | URWLOCK_MAX_READERS))) {
    if (swap_if(&lock->rw_state, state, state | URWLOCK_WRITE_OWNER)) return true;
    state = lock->rw_state;
  }
  return false;
}

void rwlock_read(struct urwlock* lock) {
  if (rwlock_tryread(lock)) return;
  while (_umtx_op(lock, UMTX_OP_RW_RDLOCK, 0, NULL, NULL) != 0) {
  }
}

void rwlock_write(struct urwlock* lock) {
  if (rwlock_trywrite(lock)) return;
  while (_umtx_op(lock, UMTX_OP_RW_WRLOCK, 0, NULL, NULL) != 0) {
  }
}

void rwlock_unlock(struct urwlock* lock) {
  uint32_t state = lock->rw_state;
  if (state & URWLOCK_WRITE_OWNER) {
    if (swap_if(&lock->rw_state, URWLOCK_WRITE_OWNER, 0)) return;
  } else {
    while (!(state & (URWLOCK_WRITE_WAITERS | URWLOCK_READ_WAITERS)) ||
           (state & URWLOCK_MAX_READERS) > 1) {
      if (swap_if(&lock->rw_state, state, state - 1)) return;
      state = lock->rw_state;
    }
  }
  _umtx_op(lock, UMTX_OP_RW_UNLOCK, 0, NULL, NULL);
}

bool sem_trywait(struct usem2* sem) {
  uint32_t count = sem->count;
  while (USEM_COUNT(count) != 0) {
    if (swap_if(&sem->count, count, count - 1)) return true;
    count = sem->count;
  }
  return false;
}

void sem_wait(struct usem2* sem) {
  while (!sem_trywait(sem)) _umtx_op(sem, UMTX_OP_SEM2_WAIT, 0, NULL, NULL);
}

int sem_timedwait(struct usem2* sem, const struct timespec* timeout) {
  struct umtx_time time = {*timeout, 0, CLOCK_MONOTONIC};
  while (!sem_trywait(sem)) {
    if (_umtx_op(sem, UMTX_OP_SEM2_WAIT, 0, (void*)sizeof time, &time) != 0 && errno == ETIMEDOUT) {
      return ETIMEDOUT;
    }
  }
  return 0;
}

void sem_post(struct usem2* sem) {
  uint32_t count = __atomic_fetch_add(&sem->count, 1, __ATOMIC_ACQ_REL);
  if (count & USEM_HAS_WAITERS) _umtx_op(sem, UMTX_OP_SEM2_WAKE, 0, NULL, NULL);
}
