/* fork and the wait family. */
#include "check.h"

static int exit_code;
static int exit_with(void) { return exit_code; }

static int die_by(void) {
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  kill(getpid(), exit_code);
  return 0;
}

static void statuses(void) {
  static const int codes[] = {0, 1, 42, 127, 128, 255};
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
    exit_code = codes[i];
    int status = check_child(exit_with);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), codes[i]);
  }
  static const int signals[] = {SIGKILL, SIGTERM, SIGUSR1, SIGUSR2, SIGSEGV,     SIGABRT,
                                SIGEMT,  SIGSYS,  SIGBUS,  SIGTHR,  SIGRTMIN + 3};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
    exit_code = signals[i];
    int status = check_child(die_by);
    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), signals[i]);
  }
}

static void stopping(void) {
  int status;
  int go_on[2];
  CHECK_OK(pipe2(go_on, 0));
  pid_t pid = fork();
  if (pid == 0) {
    char c;
    close(go_on[1]);
    kill(getpid(), SIGSTOP);
    read(go_on[0], &c, 1); /* a child that has ended is no longer seen as continued */
    _exit(9);
  }
  close(go_on[0]);
  CHECK_EQ(wait4(pid, &status, WUNTRACED, NULL), pid);
  CHECK(WIFSTOPPED(status));
  CHECK_EQ(WSTOPSIG(status), SIGSTOP);
  CHECK_EQ(wait4(pid, &status, WNOHANG, NULL), 0);
  CHECK_OK(kill(pid, SIGCONT));
  CHECK_EQ(wait4(pid, &status, WCONTINUED, NULL), pid);
  CHECK(WIFCONTINUED(status));
  close(go_on[1]);
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, 9 << 8);
}

static void selection(void) {
  int status;
  struct rusage usage;
  CHECK_ERR(wait4(-1, &status, 0, NULL), ECHILD);
  CHECK_ERR(wait4(-1, &status, 0x40000, NULL), EINVAL);
  pid_t first = fork();
  if (first == 0) {
    for (volatile int i = 0; i < 2000000; i++) {
    }
    _exit(1);
  }
  pid_t second = fork();
  if (second == 0) _exit(2);
  CHECK_ERR(wait4(getpid(), &status, 0, NULL), ECHILD);
  memset(&usage, 0xff, sizeof usage);
  CHECK_EQ(wait4(first, &status, 0, &usage), first);
  CHECK_EQ(status, 1 << 8);
  CHECK(usage.ru_utime.tv_sec >= 0 && usage.ru_utime.tv_sec < 60);
  CHECK_EQ(usage.ru_nswap, 0);

  struct wrusage wide;
  siginfo_t info;
  memset(&info, 0xff, sizeof info);
  CHECK_EQ(wait6(P_PID, second, &status, WEXITED | WNOWAIT, &wide, &info), second);
  CHECK_EQ(info.si_signo, SIGCHLD);
  CHECK_EQ(info.si_code, CLD_EXITED);
  CHECK_EQ(info.si_pid, second);
  CHECK_EQ(info.si_status, 2);
  CHECK_EQ(wait6(P_ALL, 0, &status, WEXITED, NULL, &info), second);
  CHECK_EQ(status, 2 << 8);
  CHECK_ERR(wait6(P_ALL, 0, &status, WEXITED, NULL, NULL), ECHILD);
  CHECK_ERR(wait6(P_ALL, 0, &status, 0, NULL, NULL), EINVAL);
}

static volatile int children_died;
static volatile siginfo_t seen;
static void on_child(int signo, siginfo_t* info, void* context) {
  (void)context;
  seen = *info;
  children_died += signo == SIGCHLD;
}

static void child_signal(void) {
  struct sigaction sa = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO | SA_RESTART}, old;
  sigaction(SIGCHLD, &sa, &old);
  pid_t pid = fork();
  if (pid == 0) _exit(11);
  while (children_died == 0) rt_sleep_ms(1);
  CHECK_EQ(seen.si_pid, pid);
  CHECK_EQ(seen.si_status, 11);
  CHECK_EQ(seen.si_code, CLD_EXITED);
  CHECK_EQ(seen.si_uid, getuid());
  int status;
  CHECK_EQ(wait4(-1, &status, WNOHANG, NULL), pid);
  /* What has been waited for is told no more. */
  sigset_t child, before;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, &before);
  children_died = 0;
  pid = fork();
  if (pid == 0) _exit(0);
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  sigprocmask(SIG_SETMASK, &before, NULL);
  CHECK_EQ(children_died, 0);
  /* Ignored, SIGCHLD leaves no zombies. */
  sa = (struct sigaction){.sa_handler = SIG_IGN};
  sigaction(SIGCHLD, &sa, NULL);
  pid = fork();
  if (pid == 0) _exit(0);
  CHECK_ERR(wait4(pid, &status, 0, NULL), ECHILD);
  sigaction(SIGCHLD, &old, NULL);
}

static void identity(void) {
  pid_t parent = getpid();
  int fds[2];
  CHECK_OK(pipe2(fds, 0));
  pid_t pid = fork();
  if (pid == 0) {
    CHECK_EQ(getppid(), parent);
    CHECK(getpid() != parent);
    CHECK_EQ(getpgrp(), getpgid(parent));
    CHECK_OK(setpgid(0, 0));
    CHECK_EQ(getpgrp(), getpid());
    CHECK_ERR(setsid(), EPERM);
    pid_t me = getpid();
    write(fds[1], &me, sizeof me);
    /* Signals pending in the parent are not the child's; its mask is. */
    sigset_t set;
    sigpending(&set);
    CHECK(!sigismember(&set, SIGUSR1));
    sigprocmask(SIG_BLOCK, NULL, &set);
    CHECK(sigismember(&set, SIGUSR1));
    _exit(check_failures());
  }
  pid_t told;
  CHECK_EQ(read(fds[0], &told, sizeof told), sizeof told);
  CHECK_EQ(told, pid);
  int status;
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, 0);
  CHECK_ERR(kill(pid, 0), ESRCH);
}

int main(void) {
  statuses();
  stopping();
  selection();
  child_signal();
  sigset_t usr1;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  sigprocmask(SIG_BLOCK, &usr1, NULL);
  kill(getpid(), SIGUSR1);
  identity();
  return check_done();
}
