/* Threads and locks over thr_new and _umtx_op, used the way libthr uses them. */
#pragma once

#include "runtime.h"

struct thread {
  long tid; /* set by the kernel; 1 once the thread is gone (thr_exit) */
  void* (*func)(void*);
  void* arg;
  void* result;
  char* stack;
  size_t stack_size;
  void* tls;
};

/* 0 or an error number. */
int thread_create(struct thread* thread, void* (*func)(void*), void* arg);
void* thread_join(struct thread* thread);
/* The calling thread's kernel id, cached in TLS. */
long thread_self(void);

/* The first thread's TLS block; called by start-up alone. */
void rt_tls_init(void);

void mutex_lock(struct umutex* mutex);
bool mutex_trylock(struct umutex* mutex);
/* 0 or ETIMEDOUT; `deadline` is CLOCK_REALTIME. */
int mutex_timedlock(struct umutex* mutex, const struct timespec* deadline);
void mutex_unlock(struct umutex* mutex);

void cond_wait(struct ucond* cond, struct umutex* mutex);
/* 0 or ETIMEDOUT; relative. */
int cond_timedwait(struct ucond* cond, struct umutex* mutex, const struct timespec* timeout);
void cond_signal(struct ucond* cond);
void cond_broadcast(struct ucond* cond);

void rwlock_read(struct urwlock* lock);
void rwlock_write(struct urwlock* lock);
void rwlock_unlock(struct urwlock* lock);

void sem_wait(struct usem2* sem);
/* 0 or ETIMEDOUT; relative. */
int sem_timedwait(struct usem2* sem, const struct timespec* timeout);
bool sem_trywait(struct usem2* sem);
void sem_post(struct usem2* sem);
