/* Thread-local storage: initial values, zeroed part, alignment, one copy a thread. */
#include "check.h"
#include "thread.h"

enum { kThreads = 8 };

static _Thread_local int initialised = 42;
static _Thread_local int zeroed[16];
static _Thread_local long long aligned __attribute__((aligned(64))) = 0x0123456789abcdef;
static int* addresses[kThreads];

static void* body(void* arg) {
  intptr_t number = (intptr_t)arg;
  CHECK_EQ(initialised, 42);
  for (int i = 0; i < 16; i++) CHECK_EQ(zeroed[i], 0);
  CHECK_EQ(aligned, 0x0123456789abcdef);
  CHECK_EQ((uintptr_t)&aligned % 64, 0);
  addresses[number] = &initialised;
  for (int i = 0; i < 100; i++) {
    initialised = (int)number * 1000 + i;
    sched_yield();
    CHECK_EQ(initialised, (int)number * 1000 + i);
  }
  CHECK_ERR(close(-1), EBADF);
  return (void*)(number * 3);
}

int main(void) {
  struct thread threads[kThreads];
  void* tp = arch_get_tp();
  initialised = 7;
  for (intptr_t i = 0; i < kThreads; i++) {
    CHECK_EQ(thread_create(&threads[i], body, (void*)i), 0);
  }
  for (intptr_t i = 0; i < kThreads; i++) CHECK_EQ((intptr_t)thread_join(&threads[i]), i * 3);
  CHECK_EQ(initialised, 7);
  CHECK(arch_get_tp() == tp);
  for (int i = 0; i < kThreads; i++) CHECK(addresses[i] != &initialised);
  /* The thread pointer survives fork. */
  pid_t pid = fork();
  if (pid == 0) _exit(initialised == 7 && arch_get_tp() == tp ? 5 : 6);
  int status;
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, 5 << 8);
  return check_done();
}
