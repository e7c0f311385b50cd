/* A small C library for guest programs: raw system calls with errno, strings, printf, malloc.
 * It stands on the kernel's ABI alone, so a test says what the kernel must do, not a libc. */
#pragma once

#include <stdarg.h>

#include "freebsd.h"

/* Thread-local: every failing call exercises TLS. */
extern _Thread_local int errno;
extern char** environ;

/* The auxiliary vector's value for `type`; `found` (may be null) says whether it is there. */
uintptr_t rt_auxv(long type, bool* found);
const struct auxv* rt_auxv_table(void);

/* Ends the process; there is nothing to flush or to run at exit. */
_Noreturn void exit(int status);
_Noreturn void _exit(int status);

/* System calls: syscalls.def. -1 and errno on failure. */
long syscall(int number, ...);
long long __syscall(long long number, ...);
pid_t fork(void);
__attribute__((returns_twice)) pid_t vfork(void);
pid_t rfork(int flags);
pid_t pdfork(int* fd, int flags);
int pdkill(int fd, int signo);
int pdgetpid(int fd, pid_t* pid);
pid_t wait4(pid_t pid, int* status, int options, struct rusage* usage);
pid_t wait6(int idtype, id_t id, int* status, int options, struct wrusage* usage, siginfo_t* info);
int execve(const char* path, char* const argv[], char* const envp[]);
int fexecve(int fd, char* const argv[], char* const envp[]);
pid_t getpid(void);
pid_t getppid(void);
uid_t getuid(void);
uid_t geteuid(void);
gid_t getgid(void);
gid_t getegid(void);
pid_t getpgrp(void);
pid_t getpgid(pid_t pid);
pid_t getsid(pid_t pid);
int setpgid(pid_t pid, pid_t group);
pid_t setsid(void);
int issetugid(void);
int getrlimit(int resource, struct rlimit* limit);
int setrlimit(int resource, const struct rlimit* limit);
int getrusage(int who, struct rusage* usage);
mode_t umask(mode_t mask);

ssize_t read(int fd, void* buffer, size_t size);
ssize_t write(int fd, const void* buffer, size_t size);
ssize_t pread(int fd, void* buffer, size_t size, off_t offset);
ssize_t pwrite(int fd, const void* buffer, size_t size, off_t offset);
ssize_t readv(int fd, const struct iovec* vector, int count);
ssize_t writev(int fd, const struct iovec* vector, int count);
ssize_t preadv(int fd, const struct iovec* vector, int count, off_t offset);
ssize_t pwritev(int fd, const struct iovec* vector, int count, off_t offset);
int open(const char* path, int flags, ...);
int openat(int fd, const char* path, int flags, ...);
int close(int fd);
int closefrom(int lowest);
int link(const char* from, const char* to);
int linkat(int fd1, const char* from, int fd2, const char* to, int flags);
int unlink(const char* path);
int unlinkat(int fd, const char* path, int flags);
int rename(const char* from, const char* to);
int renameat(int fd1, const char* from, int fd2, const char* to);
int symlink(const char* target, const char* path);
int symlinkat(const char* target, int fd, const char* path);
ssize_t readlink(const char* path, char* buffer, size_t size);
ssize_t readlinkat(int fd, const char* path, char* buffer, size_t size);
int mkdir(const char* path, mode_t mode);
int mkdirat(int fd, const char* path, mode_t mode);
int rmdir(const char* path);
int mkfifo(const char* path, mode_t mode);
int chdir(const char* path);
int fchdir(int fd);
int __getcwd(char* buffer, size_t size);
int chmod(const char* path, mode_t mode);
int fchmod(int fd, mode_t mode);
int access(const char* path, int mode);
int faccessat(int fd, const char* path, int mode, int flags);
off_t lseek(int fd, off_t offset, int whence);
int truncate(const char* path, off_t length);
int ftruncate(int fd, off_t length);
int posix_fallocate(int fd, off_t offset, off_t length);
int fsync(int fd);
int fstat(int fd, struct stat* st);
int fstatat(int fd, const char* path, struct stat* st, int flags);
int stat(const char* path, struct stat* st);
int lstat(const char* path, struct stat* st);
int futimens(int fd, const struct timespec times[2]);
int utimensat(int fd, const char* path, const struct timespec times[2], int flags);
ssize_t getdirentries(int fd, char* buffer, size_t size, off_t* base);
int dup(int fd);
int dup2(int fd, int to);
int fcntl(int fd, int command, ...);
int ioctl(int fd, unsigned long request, ...);
int flock(int fd, int operation);
int pipe2(int fds[2], int flags);
int rt_pipe(int fds[2]); /* freebsd10_pipe: results in two registers */
int select(int n, void* read, void* write, void* except, struct timeval* timeout);
int pselect(int n, void* read, void* write, void* except, const struct timespec* timeout,
            const sigset_t* mask);
int poll(struct pollfd* fds, unsigned n, int timeout);
int ppoll(struct pollfd* fds, unsigned n, const struct timespec* timeout, const sigset_t* mask);

void* mmap(void* address, size_t length, int protection, int flags, int fd, off_t offset);
int munmap(void* address, size_t length);
int mprotect(void* address, size_t length, int protection);
int msync(void* address, size_t length, int flags);
int madvise(void* address, size_t length, int advice);
int mincore(const void* address, size_t length, char* vector);
int break_(void* end);
int shm_open(const char* name, int flags, mode_t mode);
int shm_unlink(const char* name);

int sigaction(int signo, const struct sigaction* action, struct sigaction* old);
int sigprocmask(int how, const sigset_t* set, sigset_t* old);
int sigsuspend(const sigset_t* mask);
int sigpending(sigset_t* set);
int sigaltstack(const stack_t* stack, stack_t* old);
int sigwait(const sigset_t* set, int* signo); /* returns the error number */
int sigtimedwait(const sigset_t* set, siginfo_t* info, const struct timespec* timeout);
int sigwaitinfo(const sigset_t* set, siginfo_t* info);
int sigqueue(pid_t pid, int signo, union sigval value);
int sigreturn(const ucontext_t* context);
int getcontext(ucontext_t* context);
int setcontext(const ucontext_t* context);
int kill(pid_t pid, int signo);

int clock_gettime(clockid_t clock, struct timespec* time);
int clock_getres(clockid_t clock, struct timespec* time);
int nanosleep(const struct timespec* time, struct timespec* left);
int clock_nanosleep(clockid_t clock, int flags, const struct timespec* time,
                    struct timespec* left); /* returns the error number */
int gettimeofday(struct timeval* time, void* zone);
int setitimer(int which, const struct itimerval* value, struct itimerval* old);
int ktimer_create(clockid_t clock, struct sigevent* event, int* id);
int ktimer_delete(int id);
int ktimer_settime(int id, int flags, const struct itimerspec* value, struct itimerspec* old);
int ktimer_gettime(int id, struct itimerspec* value);
int ktimer_getoverrun(int id);
int sched_yield(void);

int thr_new(struct thr_param* param, int size);
_Noreturn void thr_exit(long* state);
int thr_self(long* id);
int thr_kill(long id, int signo);
int thr_kill2(pid_t pid, long id, int signo);
int thr_set_name(long id, const char* name);
int _umtx_op(void* object, int op, unsigned long value, void* arg1, void* arg2);

int kqueue(void);
int kevent(int kq, const struct kevent* changes, int change_count, struct kevent* events,
           int event_count, const struct timespec* timeout);

int socket(int domain, int type, int protocol);
int socketpair(int domain, int type, int protocol, int fds[2]);
int bind(int fd, const void* address, socklen_t length);
int connect(int fd, const void* address, socklen_t length);
int listen(int fd, int backlog);
int accept(int fd, void* address, socklen_t* length);
int accept4(int fd, void* address, socklen_t* length, int flags);
int getsockname(int fd, void* address, socklen_t* length);
int getpeername(int fd, void* address, socklen_t* length);
int setsockopt(int fd, int level, int name, const void* value, socklen_t length);
int getsockopt(int fd, int level, int name, void* value, socklen_t* length);
ssize_t sendto(int fd, const void* data, size_t size, int flags, const void* to, socklen_t tolen);
ssize_t recvfrom(int fd, void* data, size_t size, int flags, void* from, socklen_t* fromlen);
ssize_t sendmsg(int fd, const struct msghdr* message, int flags);
ssize_t recvmsg(int fd, struct msghdr* message, int flags);
int shutdown(int fd, int how);

int __sysctl(const int* name, unsigned count, void* old, size_t* old_size, const void* new_value,
             size_t new_size);
int sysctlbyname(const char* name, void* old, size_t* old_size);
ssize_t getrandom(void* buffer, size_t size, unsigned flags);
int sysarch(int operation, void* arguments);

/* Signal sets. */
void sigemptyset(sigset_t* set);
void sigfillset(sigset_t* set);
void sigaddset(sigset_t* set, int signo);
void sigdelset(sigset_t* set, int signo);
bool sigismember(const sigset_t* set, int signo);

/* Strings and memory. */
void* memcpy(void* to, const void* from, size_t size);
void* memmove(void* to, const void* from, size_t size);
void* memset(void* to, int byte, size_t size);
int memcmp(const void* a, const void* b, size_t size);
size_t strlen(const char* s);
int strcmp(const char* a, const char* b);
int strncmp(const char* a, const char* b, size_t size);
char* strcpy(char* to, const char* from);
char* strcat(char* to, const char* from);
char* strchr(const char* s, int c);
char* strrchr(const char* s, int c);
char* strstr(const char* s, const char* part);
unsigned long strtoul(const char* s, int base);
const char* getenv(const char* name);

void* malloc(size_t size);
void* calloc(size_t count, size_t size);
void free(void* p);

/* printf knows %d %i %u %x %c %s %p %%, the lengths l ll z h, widths, 0 and -; %.N for strings. */
int printf(const char* format, ...) __attribute__((format(printf, 1, 2)));
int dprintf(int fd, const char* format, ...) __attribute__((format(printf, 2, 3)));
int snprintf(char* to, size_t size, const char* format, ...) __attribute__((format(printf, 3, 4)));
int vsnprintf(char* to, size_t size, const char* format, va_list args);

/* Milliseconds of a clock that never goes back, and a sleep that signals do not shorten. */
int64_t rt_now_ms(void);
void rt_sleep_ms(int64_t ms);
