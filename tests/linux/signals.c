/* Signals: information, masks, restarts, the alternate stack, faults, timers. */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "check.h"

static volatile sig_atomic_t seen, code, value, on_altstack;
static char* volatile fault_address;
static char altstack[65536];
static sigjmp_buf back;

static void note(int signo) { seen = signo; }
static void note_info(int signo, siginfo_t* info, void* context) {
  (void)context;
  seen = signo;
  code = info->si_code;
  value = info->si_value.sival_int;
  char here;
  on_altstack = &here >= altstack && &here < altstack + sizeof altstack;
}
static void fault(int signo, siginfo_t* info, void* context) {
  (void)context;
  seen = signo;
  code = info->si_code;
  fault_address = info->si_addr;
  siglongjmp(back, 1);
}

static void install(int signo, void (*handler)(int, siginfo_t*, void*), int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | flags;
  CHECK(sigaction(signo, &action, NULL) == 0);
}

static void plain(int signo, int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = note;
  action.sa_flags = flags;
  CHECK(sigaction(signo, &action, NULL) == 0);
}

static void test_faults(void) {
  install(SIGSEGV, fault, 0);
  install(SIGILL, fault, 0);
  install(SIGTRAP, fault, 0);
  char* page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(page != MAP_FAILED);
  if (sigsetjmp(back, 1) == 0) {
    page[12] = 1;
    CHECK(!"a write to a read-only page came back");
  }
  CHECK(seen == SIGSEGV && code == SEGV_ACCERR && fault_address == page + 12);
  CHECK(munmap(page, 4096) == 0);
  if (sigsetjmp(back, 1) == 0) {
    value = *(volatile char*)(page + 8);
    CHECK(!"a read of nothing came back");
  }
  CHECK(seen == SIGSEGV && code == SEGV_MAPERR && fault_address == page + 8);
  if (sigsetjmp(back, 1) == 0) {
    __builtin_trap();
  }
  CHECK(seen == SIGILL || seen == SIGTRAP);
}

/* Loops over arrays, which an emulator may do many turns of at once: a fault is that of its turn.
 */

enum { kPage = 65536, kWords = kPage / 4 };

__attribute__((noinline)) static void copy_words(uint32_t* to, const uint32_t* from, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] = from[i] + 7;
}
__attribute__((noinline)) static void copy_back(uint32_t* to, const uint32_t* from, size_t count) {
  for (size_t i = count; i != 0; i--) to[i - 1] = from[i - 1];
}
__attribute__((noinline)) static void add_here(uint32_t* to, const uint32_t* from, size_t count) {
  (void)from;
  for (size_t i = 0; i < count; i++) to[i] += 7;
}
__attribute__((noinline)) static void copy_bytes(uint32_t* to, const uint32_t* from, size_t count) {
  unsigned char* t = (unsigned char*)to;
  const unsigned char* f = (const unsigned char*)from;
  for (size_t i = 0; i < 4 * count; i++) t[i] = f[i];
}

typedef void loop(uint32_t*, const uint32_t*, size_t);

/* The words from `first` up to `end` are as the loop leaves them, all others are as they were. */
static void check_words(loop* run, const uint32_t* to, size_t first, size_t end, size_t count) {
  const uint32_t more = run == copy_words || run == add_here ? 7 : 0;
  const uint32_t base = run == add_here ? 1 : 1000;
  for (size_t i = 0; i < count; i++) {
    const uint32_t done = run == add_here ? base + more : base + (uint32_t)i + more;
    CHECK(to[i] == (i >= first && i < end ? done : 1));
  }
}

static void allow(int signo, siginfo_t* info, void* context) {
  (void)context;
  seen = signo;
  value++;
  fault_address = info->si_addr;
  char* page = (char*)((uintptr_t)info->si_addr & ~(uintptr_t)(kPage - 1));
  if (mprotect(page, kPage, PROT_READ | PROT_WRITE) != 0) _exit(1);
}

/* The fault is `at`; the loop is left there, and then, from its start, allowed to go on. */
static void fault_in_loop(loop* run, uint32_t* to, uint32_t* from, size_t count, void* page,
                          int protection, void* at, size_t first, size_t end) {
  for (size_t i = 0; i < count; i++) {
    from[i] = 1000 + (uint32_t)i;
    to[i] = 1;
  }
  CHECK(mprotect(page, kPage, protection) == 0);
  install(SIGSEGV, fault, 0);
  if (sigsetjmp(back, 1) == 0) {
    run(to, from, count);
    CHECK(!"a loop went over a page that it may not");
  }
  CHECK(fault_address == at);
  CHECK(mprotect(page, kPage, PROT_READ | PROT_WRITE) == 0);
  check_words(run, to, first, end, count);
  for (size_t i = 0; i < count; i++) to[i] = 1;
  CHECK(mprotect(page, kPage, protection) == 0);
  install(SIGSEGV, allow, 0);
  value = 0;
  run(to, from, count);
  CHECK(value == 1 && fault_address == at);
  check_words(run, to, 0, count, count);
}

static void test_faults_in_loops(void) {
  char* memory = mmap(NULL, 5 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED);
  memory += -(uintptr_t)memory & (kPage - 1); /* four whole pages, however long they are */
  loop* const up[] = {copy_words, add_here, copy_bytes};
  for (unsigned n = 0; n < 30; n++) {
    /* Somewhat misaligned to each other, over the borders of the pages 0, 1 and 2, 3. */
    uint32_t* from = (uint32_t*)memory + kWords - 100 - n;
    uint32_t* to = (uint32_t*)(memory + 2 * kPage) + kWords - 93 + 3 * n % 7;
    char *second = memory + kPage, *fourth = memory + 3 * kPage;
    const size_t readable = 100 + n, writable = 93 - 3 * n % 7;
    loop* run = up[n % 3];
    fault_in_loop(run, to, from, 200, fourth, PROT_READ, fourth, 0, writable);
    fault_in_loop(copy_back, to, from, 200, memory + 2 * kPage, PROT_READ, fourth - 4, writable,
                  200);
    if (run == add_here) continue;
    fault_in_loop(run, to, from, 200, second, PROT_NONE, second, 0, readable);
  }
  munmap(memory, 4 * kPage);
}

static void test_restart(void) {
  int fds[2];
  CHECK(pipe(fds) == 0);
  const struct itimerval soon = {{0, 0}, {0, 20000}};
  /* Again and again: on a busy machine the first may come before the read. */
  const struct itimerval often = {{0, 20000}, {0, 20000}};
  char byte;
  plain(SIGALRM, 0);
  CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
  CHECK(read(fds[0], &byte, 1) == -1 && errno == EINTR && seen == SIGALRM);
  CHECK(setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 0}}, NULL) == 0);
  seen = 0;
  plain(SIGALRM, SA_RESTART);
  if (fork() == 0) {
    usleep(200000);
    CHECK(write(fds[1], "x", 1) == 1);
    _exit(0);
  }
  CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
  CHECK(read(fds[0], &byte, 1) == 1 && byte == 'x' && seen == SIGALRM);
}

static void test_timer(void) {
  install(SIGRTMIN + 1, note_info, 0);
  struct sigevent event;
  memset(&event, 0, sizeof event);
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGRTMIN + 1;
  event.sigev_value.sival_int = 77;
  timer_t timer;
  CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
  const struct itimerspec soon = {{0, 0}, {0, 10000000}};
  seen = 0;
  CHECK(timer_settime(timer, 0, &soon, NULL) == 0);
  for (int i = 0; i < 200 && seen == 0; ++i) usleep(10000);
  CHECK(seen == SIGRTMIN + 1 && code == SI_TIMER && value == 77);
  CHECK(timer_delete(timer) == 0);
}

static void test_pidfd(void) {
  const int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
  CHECK(self >= 0);
  plain(SIGUSR1, 0);
  seen = 0;
  CHECK(syscall(SYS_pidfd_send_signal, self, SIGUSR1, NULL, 0) == 0);
  for (int i = 0; i < 200 && seen == 0; ++i) usleep(1000);
  CHECK(seen == SIGUSR1);
  siginfo_t info = {.si_signo = SIGUSR2, .si_code = SI_QUEUE, .si_pid = getpid()};
  info.si_value.sival_int = 99;
  install(SIGUSR2, note_info, 0);
  seen = 0;
  CHECK(syscall(SYS_pidfd_send_signal, self, SIGUSR2, &info, 0) == 0);
  for (int i = 0; i < 200 && seen == 0; ++i) usleep(1000);
  CHECK(seen == SIGUSR2 && code == SI_QUEUE && value == 99);
  CHECK(syscall(SYS_pidfd_send_signal, self, 1000, NULL, 0) == -1 && errno == EINVAL);
  close(self);
}

static void test_signalfd(void) {
  sigset_t set, old;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGCHLD);
  CHECK(sigprocmask(SIG_BLOCK, &set, &old) == 0);
  signal(SIGCHLD, SIG_DFL);
  const int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  CHECK(fd >= 0);
  struct pollfd p = {fd, POLLIN, 0};
  struct signalfd_siginfo s[3];
  CHECK(read(fd, s, sizeof s) == -1 && errno == EAGAIN);
  CHECK(poll(&p, 1, 0) == 0);
  CHECK(sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 31}) == 0);
  CHECK(poll(&p, 1, 1000) == 1 && p.revents == POLLIN);
  CHECK(read(fd, s, 10) == -1 && errno == EINVAL);
  CHECK(read(fd, s, sizeof s) == sizeof s[0]);
  CHECK(s[0].ssi_signo == SIGUSR1 && s[0].ssi_code == SI_QUEUE && s[0].ssi_int == 31);
  CHECK(s[0].ssi_pid == (uint32_t)getpid() && poll(&p, 1, 0) == 0);
  /* An ignored one waits too while it is blocked; poll sleeps until it comes. */
  const pid_t child = fork();
  if (child == 0) {
    usleep(50000);
    _exit(3);
  }
  CHECK(poll(&p, 1, 5000) == 1);
  CHECK(read(fd, s, sizeof s) == sizeof s[0] && s[0].ssi_signo == SIGCHLD);
  CHECK(s[0].ssi_pid == (uint32_t)child && s[0].ssi_status == 3 && s[0].ssi_code == CLD_EXITED);
  CHECK(waitpid(child, NULL, 0) == child);
  /* read sleeps too. The sender's end would be a signal as well. */
  CHECK(fcntl(fd, F_SETFL, 0) == 0);
  const pid_t sender = fork();
  if (sender == 0) {
    usleep(50000);
    kill(getppid(), SIGUSR1);
    pause();
  }
  CHECK(read(fd, s, sizeof s[0]) == sizeof s[0] && s[0].ssi_signo == SIGUSR1);
  CHECK(s[0].ssi_pid == (uint32_t)sender && kill(sender, SIGKILL) == 0);
  CHECK(waitpid(sender, NULL, 0) == sender);
  sigemptyset(&set);
  CHECK(signalfd(fd, &set, 0) == fd && signalfd(0, &set, 0) == -1 && errno == EINVAL);
  close(fd);
  CHECK(sigprocmask(SIG_SETMASK, &old, NULL) == 0);
}

int main(void) {
  plain(SIGUSR1, 0);
  CHECK(raise(SIGUSR1) == 0 && seen == SIGUSR1);

  sigset_t set, old, pending;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  seen = 0;
  CHECK(sigprocmask(SIG_BLOCK, &set, &old) == 0);
  CHECK(kill(getpid(), SIGUSR1) == 0 && seen == 0);
  CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1) == 1);
  CHECK(sigsuspend(&old) == -1 && errno == EINTR && seen == SIGUSR1);
  CHECK(sigprocmask(SIG_SETMASK, &old, NULL) == 0);

  const stack_t stack = {.ss_sp = altstack, .ss_size = sizeof altstack};
  CHECK(sigaltstack(&stack, NULL) == 0);
  install(SIGUSR2, note_info, SA_ONSTACK);
  CHECK(sigqueue(getpid(), SIGUSR2, (union sigval){.sival_int = 1234}) == 0);
  CHECK(seen == SIGUSR2 && code == SI_QUEUE && value == 1234 && on_altstack);

  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
  for (int i = 0; i < 3; ++i) {
    CHECK(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i}) == 0);
  }
  for (int i = 0; i < 3; ++i) {
    siginfo_t info;
    CHECK(sigwaitinfo(&set, &info) == SIGRTMIN && info.si_value.sival_int == i);
  }
  const struct timespec no_time = {0, 0};
  CHECK(sigtimedwait(&set, NULL, &no_time) == -1 && errno == EAGAIN);

  test_pidfd();
  test_signalfd();
  test_faults();
  test_faults_in_loops();
  test_restart();
  test_timer();
  puts("ok");
  return 0;
}
