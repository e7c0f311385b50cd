/* ptrace(2), what a debugger is told of and what it sends: FreeBSD sys/kern/kern_sig.c
 * ptracestop(), issignal(); subr_syscall.c; tests/sys/kern/ptrace_test.c has the like. */
#include "ptrace.h"
#include "thread.h"

enum { SYS_getpid = 20, SYS_vfork = 66, SYS_thr_new = 455, SYS_sigqueue = 456 };

static volatile int handled, after_step;
static void on_signal(int signo) {
  (void)signo;
  handled++;
}

static void handles(int signo) {
  struct sigaction sa = {.sa_handler = on_signal};
  sigaction(signo, &sa, NULL);
}

static void set_mask(pid_t pid, int mask) {
  CHECK_OK(ptrace_at(PT_SET_EVENT_MASK, pid, &mask, sizeof mask));
}

/* Goes on to the system call `code`, or to its end. */
static void until_call(pid_t pid, int flag, unsigned code) {
  do {
    goes_on(pid, 0);
    stops(pid, SIGTRAP);
  } while ((info.flags & flag) == 0 || info.syscall_code != code);
}

/* --- signals that the debugger sends -----------------------------------------------------------
 */

static void two_signals_body(void) {
  handles(SIGUSR1);
  getppid();
  _exit(handled);
}

static void signals_from_stops(void) {
  pid_t pid = traced_child(two_signals_body);
  set_mask(pid, PTRACE_SCE | PTRACE_SCX);
  until_call(pid, PL_FLAG_SCE, SYS_getppid);
  CHECK_EQ(info.syscall_narg, 0);
  CHECK_OK(ptrace_at(PT_CONTINUE, pid, AS_IT_IS, SIGUSR1));
  stops(pid, SIGTRAP); /* what it sends itself it is not asked about */
  CHECK_EQ(info.flags, PL_FLAG_SCX);
  CHECK_EQ(info.syscall_code, SYS_getppid);
  CHECK_OK(ptrace_at(PT_CONTINUE, pid, AS_IT_IS, SIGUSR1));
  stops(pid, SIGTRAP);
  set_mask(pid, 0);
  goes_on(pid, 0);
  ends(pid, 2 << 8);
}

static void blocked_body(void) {
  sigset_t usr1;
  handles(SIGUSR1);
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  sigprocmask(SIG_BLOCK, &usr1, NULL);
  kill(getpid(), SIGSTOP);
  sigprocmask(SIG_UNBLOCK, &usr1, NULL);
  _exit(handled);
}

static void blocked_signal(void) {
  pid_t pid = traced_child(blocked_body);
  goes_on(pid, 0);
  stops(pid, SIGSTOP);
  goes_on(pid, SIGUSR1);
  /* It comes once, and a second one is asked about. */
  stops(pid, SIGUSR1);
  goes_on(pid, 0);
  ends(pid, 1 << 8);
}

/* What the debugger sends comes behind what waits, and is asked about, though the queue is full. */
static void blocked_signal_and_full_queue(void) {
  int most = 0;
  size_t size = sizeof most;
  CHECK_OK(sysctlbyname("kern.sigqueue.max_pending_per_proc", &most, &size));
  pid_t pid = traced_child(blocked_body);
  goes_on(pid, 0);
  stops(pid, SIGSTOP);
  for (int i = 0; i < most; i++) CHECK_OK(kill(pid, SIGUSR2));
  goes_on(pid, SIGUSR1);
  for (int i = 0; i < most; i++) {
    stops(pid, SIGUSR2);
    goes_on(pid, 0);
  }
  stops(pid, SIGUSR1);
  CHECK_EQ(info.siginfo.si_signo, SIGUSR1);
  goes_on(pid, 0);
  ends(pid, 1 << 8);
}

static void sleeping_body(void) {
  int64_t start = rt_now_ms();
  int r = nanosleep(&(struct timespec){0, 200000000}, NULL);
  _exit(r == 0 && rt_now_ms() - start >= 199 ? 0 : 1);
}

/* What is dropped does not end a sleep. */
static void dropped_signal(void) {
  pid_t pid = traced_child(sleeping_body);
  goes_on(pid, 0);
  for (int i = 0; i < 3; i++) {
    rt_sleep_ms(20);
    kill(pid, SIGUSR2);
    stops(pid, SIGUSR2);
    goes_on(pid, 0);
  }
  ends(pid, 0);
}

static void wait_for_kill(void) {
  kill(getpid(), SIGSTOP);
  _exit(8);
}

/* SIGKILL is a signal like others to a debugger that does not send it by PT_KILL. */
static void kill_is_seen(void) {
  pid_t pid = traced_child(wait_for_kill);
  kill(pid, SIGKILL);
  goes_on(pid, 0);
  stops(pid, SIGKILL);
  CHECK_EQ(info.siginfo.si_signo, SIGKILL);
  goes_on(pid, 0);
  stops(pid, SIGSTOP);
  goes_on(pid, SIGKILL);
  ends(pid, SIGKILL);
}

/* The queue has room for so many; what the debugger sends always finds some. */
static void full_queue(void) {
  int most = 0;
  size_t size = sizeof most;
  CHECK_OK(sysctlbyname("kern.sigqueue.max_pending_per_proc", &most, &size));
  pid_t pid = traced_child(two_signals_body);
  for (int i = 0; i < most; i++) CHECK_OK(kill(pid, SIGUSR2));
  CHECK_OK(ptrace_at(PT_CONTINUE, pid, AS_IT_IS, SIGURG));
  for (int i = 0; i < most; i++) {
    stops(pid, SIGUSR2);
    goes_on(pid, 0);
  }
  ends(pid, 0);

  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  sigprocmask(SIG_BLOCK, &set, NULL);
  int sent = 0;
  while (sent < 2000 && syscall(SYS_sigqueue, getpid(), SIGRTMIN, (void*)0) == 0) sent++;
  CHECK_EQ(errno, EAGAIN);
  CHECK_EQ(sent, most);
  struct timespec zero = {0, 0};
  int got = 0;
  while (sigtimedwait(&set, NULL, &zero) == SIGRTMIN) got++;
  CHECK_EQ(got, sent);
}

/* --- steps -------------------------------------------------------------------------------------
 */

static void stop_in_handler(int signo) {
  (void)signo;
  kill(getpid(), SIGABRT);
}

static void step_body(void) {
  struct sigaction sa = {.sa_handler = stop_in_handler};
  sigaction(SIGUSR1, &sa, NULL);
  kill(getpid(), SIGABRT);
  after_step = 1;
  _exit(7);
}

/* The signal comes first; the step is one of what was interrupted. */
static void step_with_signal(void) {
  pid_t pid = traced_child(step_body);
  goes_on(pid, 0);
  stops(pid, SIGABRT);
  unsigned long at = register_of(pid, REG_PC);
  CHECK_OK(ptrace_at(PT_STEP, pid, AS_IT_IS, SIGUSR1));
  stops(pid, SIGABRT);
  goes_on(pid, 0);
  stops(pid, SIGTRAP);
  CHECK_EQ(info.siginfo.si_code, 2); /* TRAP_TRACE */
  unsigned long stepped = register_of(pid, REG_PC);
  CHECK(stepped != at);
  CHECK_EQ(ptrace_at(PT_READ_D, pid, &after_step, 0), 0);
  goes_on(pid, 0);
  ends(pid, 7 << 8);
}

/* --- children and threads ----------------------------------------------------------------------
 */

static void vfork_body(void) {
  int s;
  pid_t pid = vfork();
  if (pid == 0) _exit(2);
  _exit(wait4(pid, &s, 0, NULL) == pid && s == 2 << 8 ? 1 : 9);
}

static void vfork_followed(void) {
  pid_t pid = traced_child(vfork_body);
  set_mask(pid, PTRACE_FORK | PTRACE_VFORK);
  goes_on(pid, 0);
  /* While the parent waits for the child: both have stopped. */
  stops(pid, SIGTRAP);
  CHECK_EQ(info.flags, PL_FLAG_FORKED | PL_FLAG_VFORKED | PL_FLAG_SCX);
  CHECK_EQ(info.syscall_code, SYS_vfork);
  pid_t child = info.child_pid;
  struct ptrace_sc_ret ret;
  CHECK_OK(ptrace_at(PT_GET_SC_RET, pid, &ret, sizeof ret));
  CHECK_EQ(ret.retval[0], child);
  stops(child, SIGSTOP);
  CHECK_EQ(info.flags & PL_FLAG_CHILD, PL_FLAG_CHILD);
  CHECK_EQ(info.syscall_code, SYS_vfork);
  CHECK_EQ(info.syscall_narg, 0);
  goes_on(pid, 0);
  goes_on(child, 0);
  ends(child, 2 << 8);
  stops(pid, SIGTRAP);
  CHECK_EQ(info.flags, PL_FLAG_VFORK_DONE);
  goes_on(pid, 0);
  ends(pid, 1 << 8);

  /* Only its end. */
  pid = traced_child(vfork_body);
  set_mask(pid, PTRACE_VFORK);
  goes_on(pid, 0);
  stops(pid, SIGTRAP);
  CHECK_EQ(info.flags, PL_FLAG_VFORK_DONE);
  goes_on(pid, 0);
  ends(pid, 1 << 8);
}

static void* nothing(void* arg) { return arg; }

static void thread_body(void) {
  struct thread thread;
  if (thread_create(&thread, nothing, NULL) != 0) _exit(1);
  thread_join(&thread);
  _exit(3);
}

static void thread_flags(void) {
  pid_t pid = traced_child(thread_body);
  set_mask(pid, PTRACE_LWP);
  goes_on(pid, 0);
  stops(pid, SIGTRAP);
  CHECK_EQ(info.flags, PL_FLAG_BORN | PL_FLAG_SCX);
  CHECK_EQ(info.syscall_code, SYS_thr_new);
  CHECK_EQ(info.syscall_narg, 2);
  goes_on(pid, 0);
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  if (WIFSTOPPED(status)) { /* the process may end before the thread does */
    CHECK_OK(ptrace_at(PT_LWPINFO, pid, &info, sizeof info));
    CHECK_EQ(info.flags, PL_FLAG_EXITED | PL_FLAG_SCE);
    goes_on(pid, 0);
    CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  }
  CHECK_EQ(status, 3 << 8);
}

static volatile int beats, stop_beating;
static void* beat(void* unused) {
  while (!stop_beating) beats++;
  return unused;
}

static void suspended_body(void) {
  struct thread thread;
  if (thread_create(&thread, beat, NULL) != 0) _exit(1);
  while (beats == 0) {
  }
  kill(getpid(), SIGSTOP);
  int before = beats;
  while (beats < before + 1000) {
  }
  stop_beating = 1;
  thread_join(&thread);
  _exit(4);
}

/* A thread that is suspended stays behind; the others run, and take the process's signals. */
static void suspended_thread(void) {
  pid_t pid = traced_child(suspended_body);
  goes_on(pid, 0);
  stops(pid, SIGSTOP);
  int main_thread = info.lwpid;
  CHECK_OK(ptrace_at(PT_SUSPEND, main_thread, NULL, 0));
  int before = (int)ptrace_at(PT_READ_D, pid, (void*)&beats, 0);
  goes_on(pid, 0);
  rt_sleep_ms(20);
  kill(pid, SIGUSR2);
  stops(pid, SIGUSR2);
  CHECK(info.lwpid != main_thread);
  CHECK(ptrace_at(PT_READ_D, pid, (void*)&beats, 0) > before);
  CHECK_EQ(ptrace_at(PT_READ_D, pid, (void*)&stop_beating, 0), 0);
  CHECK_OK(ptrace_at(PT_RESUME, main_thread, NULL, 0));
  goes_on(pid, 0);
  ends(pid, 4 << 8);
}

/* --- another machine's program -----------------------------------------------------------------
 */

static char other_program[300];

static void exec_body(void) {
  char* args[] = {"child", "exit", "6", NULL};
  execve(other_program, args, environ);
  _exit(90);
}

static void other_machine(void) {
  const char* dir = getenv("GUEST_DIR");
  static const char* const machines[] = {"mips", "aarch64", "powerpc"};
  for (int i = 0; i < 3; i++) {
    snprintf(other_program, sizeof other_program, "%s/../%s/child", dir, machines[i]);
    size_t own = strlen(dir), name = strlen(machines[i]);
    if (strcmp(dir + own - name, machines[i]) != 0 && access(other_program, X_OK) == 0) break;
    other_program[0] = '\0';
  }
  if (other_program[0] == '\0') return;
  pid_t pid = traced_child(exec_body);
  int mask = PTRACE_EXEC | PTRACE_LWP;
  set_mask(pid, mask);
  goes_on(pid, 0);
  stops(pid, SIGTRAP);
  CHECK_EQ(info.flags, PL_FLAG_EXEC | PL_FLAG_SCX);
  CHECK_OK(ptrace_at(PT_GET_EVENT_MASK, pid, &mask, sizeof mask));
  CHECK_EQ(mask, PTRACE_EXEC | PTRACE_LWP);
  CHECK_EQ(ptrace_at(PT_GETNUMLWPS, pid, NULL, 0), 1);
  goes_on(pid, 0);
  ends(pid, 6 << 8);
}

int main(void) {
  check_workdir();
  signals_from_stops();
  blocked_signal();
  blocked_signal_and_full_queue();
  dropped_signal();
  kill_is_seen();
  full_queue();
  step_with_signal();
  vfork_followed();
  thread_flags();
  suspended_thread();
  other_machine();
  return check_done();
}
