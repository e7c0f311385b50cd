/* The system call stubs and the few functions that libc builds from one call. */
#include "runtime.h"

_Thread_local int errno;

/* Where a stub goes when the kernel reports an error; 64 bits of -1 serve every return type. */
__attribute__((used)) long long rt_syscall_error(int error) {
  errno = error;
  return -1;
}

#define SYSCALL(name, number) __asm__(".text\n" ARCH_SYSCALL(#name, #number));
#include "syscalls.def"
#undef SYSCALL
__asm__(".text\n" ARCH_PIPE("42"));

int stat(const char* path, struct stat* st) { return fstatat(AT_FDCWD, path, st, 0); }

int lstat(const char* path, struct stat* st) {
  return fstatat(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);
}

int sysctlbyname(const char* name, void* old, size_t* old_size) {
  int name2oid[2] = {0, 3}; /* sysctl.name2oid */
  int oid[24];
  size_t size = sizeof oid;
  if (__sysctl(name2oid, 2, oid, &size, name, strlen(name)) != 0) return -1;
  return __sysctl(oid, (unsigned)(size / sizeof(int)), old, old_size, NULL, 0);
}

void sigemptyset(sigset_t* set) { memset(set, 0, sizeof *set); }
void sigfillset(sigset_t* set) { memset(set, 0xff, sizeof *set); }
void sigaddset(sigset_t* set, int s) { set->bits[(s - 1) / 32] |= 1u << ((s - 1) % 32); }
void sigdelset(sigset_t* set, int s) { set->bits[(s - 1) / 32] &= ~(1u << ((s - 1) % 32)); }
bool sigismember(const sigset_t* set, int s) {
  return (set->bits[(s - 1) / 32] >> ((s - 1) % 32)) & 1;
}

int64_t rt_now_ms(void) {
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void rt_sleep_ms(int64_t ms) {
  struct timespec ts = {ms / 1000, (long)(ms % 1000) * 1000000};
  while (nanosleep(&ts, &ts) != 0 && errno == EINTR) {
  }
}
