/* ptrace(2), a debugger and what it debugs: FreeBSD sys/kern/sys_process.c, kern_sig.c. */
#include "ptrace.h"
#include "thread.h"

static volatile int word = 0x1234567, handled[2];
static char block[100000];
static void on_signal(int signo) { handled[signo == SIGUSR2]++; }

__attribute__((noinline)) static int victim(int n) {
  word = n; /* more than one instruction */
  return n + 1;
}

static void refusals(void) {
  CHECK_ERR(ptrace_at(PT_ATTACH, getpid(), NULL, 0), EINVAL);
  CHECK_ERR(ptrace_at(PT_ATTACH, 99998, NULL, 0), ESRCH);
  CHECK_ERR(ptrace_at(PT_CONTINUE, 99998, AS_IT_IS, 0), ESRCH);
  pid_t pid = fork();
  if (pid == 0) {
    nanosleep(&(struct timespec){10, 0}, NULL);
    _exit(0);
  }
  CHECK_ERR(ptrace_at(PT_READ_D, pid, &word, 0), EPERM);
  CHECK_ERR(ptrace_at(PT_KILL, pid, NULL, 0), EPERM);
  kill(pid, SIGKILL);
  ends(pid, SIGKILL);
}

/* --- memory and registers ----------------------------------------------------------------------
 */

static void memory_body(void) {
  if (word != 77 || block[99999] != 'z') _exit(1);
  int (*volatile call)(int) = victim;
  _exit(call(5) - 5);
}

static void memory(void) {
  pid_t pid = traced_child(memory_body);
  CHECK_EQ(info.flags, PL_FLAG_SI);
  CHECK_EQ(info.siginfo.si_signo, SIGSTOP);
  CHECK_EQ(ptrace_at(PT_READ_D, pid, &word, 0), 0x1234567);
  CHECK_EQ(ptrace_at(PT_READ_I, pid, &word, 0), 0x1234567);
  CHECK_ERR(ptrace_at(PT_READ_D, pid, (void*)8, 0), ENOMEM);
  CHECK_ERR(ptrace_at(PT_WRITE_D, pid, (void*)8, 0), ENOMEM);
  CHECK_OK(ptrace_at(PT_WRITE_D, pid, &word, 77));
  CHECK_EQ(word, 0x1234567);
  memset(block, 'z', sizeof block);
  struct ptrace_io_desc io = {PIOD_WRITE_D, block, block, sizeof block};
  CHECK_OK(ptrace_at(PT_IO, pid, &io, 0));
  CHECK_EQ(io.len, sizeof block);
  memset(block, 0, sizeof block);
  io.op = PIOD_READ_D;
  CHECK_OK(ptrace_at(PT_IO, pid, &io, 0));
  CHECK_EQ(block[0] + block[99999], 2 * 'z');
  io.op = 9;
  CHECK_ERR(ptrace_at(PT_IO, pid, &io, 0), EINVAL);
  CHECK_ERR(ptrace_at(PT_IO, pid, (void*)8, 0), EFAULT);
  CHECK_ERR(ptrace_at(99, pid, NULL, 0), EINVAL);

  struct ptrace_vm_entry entry = {0};
  bool found = false;
  while (ptrace_at(PT_VM_ENTRY, pid, &entry, 0) == 0) {
    entry.pathlen = 0;
    found |= entry.start <= (uintptr_t)&word && (uintptr_t)&word <= entry.end;
  }
  CHECK_EQ(errno, ENOENT);
  CHECK(found);
  CHECK_OK(ptrace_at(PT_VM_TIMESTAMP, pid, NULL, 0));

  /* A breakpoint at a function; its argument is replaced. */
  int trap, saved;
  memcpy(&trap, (void*)rt_probe_break_pc, sizeof trap);
  saved = (int)ptrace_at(PT_READ_I, pid, (void*)victim, 0);
  CHECK_OK(ptrace_at(PT_WRITE_I, pid, (void*)victim, trap));
  goes_on(pid, 0);
  stops(pid, SIGTRAP);
  CHECK_EQ(info.siginfo.si_code, ARCH_BREAK_CODE);
  CHECK_EQ(register_of(pid, REG_PC), (uintptr_t)victim);
  CHECK_EQ(register_of(pid, REG_ARGUMENT), 5);
  struct reg r;
  CHECK_OK(ptrace_at(PT_GETREGS, pid, &r, 0));
  r.words[REG_ARGUMENT] = 40;
  CHECK_OK(ptrace_at(PT_SETREGS, pid, &r, 0));
  CHECK_ERR(ptrace_at(PT_GETREGS, pid, (void*)8, 0), EFAULT);
  CHECK_ERR(ptrace_at(PT_SETREGS, pid, (void*)8, 0), EFAULT);
  static char floats[600];
  CHECK_OK(ptrace_at(PT_GETFPREGS, pid, floats, 0));
  CHECK_OK(ptrace_at(PT_SETFPREGS, pid, floats, 0));
  CHECK_OK(ptrace_at(PT_WRITE_I, pid, (void*)victim, saved));
  CHECK_OK(ptrace_at(PT_STEP, pid, AS_IT_IS, 0));
  stops(pid, SIGTRAP);
  CHECK_EQ(register_of(pid, REG_PC) - (uintptr_t)victim, 4);
  CHECK_ERR(ptrace_at(PT_CONTINUE, pid, AS_IT_IS, 129), EINVAL);
  goes_on(pid, 0);
  CHECK_ERR(ptrace_at(PT_READ_D, pid, &word, 0), EBUSY);
  ends(pid, (41 - 5) << 8);
}

/* --- signals -----------------------------------------------------------------------------------
 */

static void signal_body(void) {
  struct sigaction sa = {.sa_handler = on_signal};
  sigaction(SIGUSR1, &sa, NULL);
  sigaction(SIGUSR2, &sa, NULL);
  kill(getpid(), SIGUSR1); /* dropped */
  if (handled[0] != 0) _exit(1);
  kill(getpid(), SIGUSR1);
  if (handled[0] != 1) _exit(2);
  kill(getpid(), SIGUSR1); /* replaced */
  if (handled[0] != 1 || handled[1] != 1) _exit(3);
  kill(getpid(), SIGURG); /* ignored: nobody sees it */
  nanosleep(&(struct timespec){10, 0}, NULL);
}

static void signals(void) {
  pid_t pid = traced_child(signal_body);
  int next[] = {0, SIGUSR1, SIGUSR2};
  goes_on(pid, 0);
  for (int i = 0; i < 3; i++) {
    stops(pid, SIGUSR1);
    goes_on(pid, next[i]);
  }
  CHECK_EQ(wait4(pid, &status, WNOHANG, NULL), 0);
  kill(pid, SIGSTOP);
  stops(pid, SIGSTOP);
  CHECK_OK(ptrace_at(PT_KILL, pid, NULL, 0));
  ends(pid, SIGKILL);
}

/* --- system calls, programs, children ----------------------------------------------------------
 */

static void syscall_body(void) {
  getppid();
  char* args[] = {"child", "exit", "3", NULL};
  char path[200];
  const char* dir = getenv("GUEST_DIR");
  strcpy(path, dir);
  strcpy(path + strlen(path), "/child");
  execve(path, args, environ);
}

static void system_calls(void) {
  pid_t pid = traced_child(syscall_body);
  int mask = 0;
  CHECK_OK(ptrace_at(PT_GET_EVENT_MASK, pid, &mask, sizeof mask));
  CHECK_EQ(mask, PTRACE_EXEC);
  CHECK_ERR(ptrace_at(PT_GET_EVENT_MASK, pid, &mask, 3), EINVAL);
  mask = 0x100;
  CHECK_ERR(ptrace_at(PT_SET_EVENT_MASK, pid, &mask, sizeof mask), EINVAL);
  CHECK_OK(ptrace_at(PT_SYSCALL, pid, AS_IT_IS, 0));
  /* The end of kill(2), then the two sides of getppid(2). */
  do {
    stops(pid, SIGTRAP);
    if (info.flags != PL_FLAG_SCE || info.syscall_code != SYS_getppid) goes_on(pid, 0);
  } while (info.flags != PL_FLAG_SCE || info.syscall_code != SYS_getppid);
  long arguments[8];
  CHECK_OK(ptrace_at(PT_GET_SC_ARGS, pid, arguments, sizeof arguments));
  CHECK_ERR(ptrace_at(PT_GET_SC_RET, pid, arguments, sizeof arguments), EINVAL);
  goes_on(pid, 0);
  stops(pid, SIGTRAP);
  CHECK_EQ(info.flags, PL_FLAG_SCX);
  CHECK_EQ(info.syscall_code, SYS_getppid);
  struct ptrace_sc_ret ret;
  CHECK_OK(ptrace_at(PT_GET_SC_RET, pid, &ret, sizeof ret));
  CHECK_EQ(ret.retval[0], getpid());
  CHECK_EQ(ret.error, 0);
  mask = PTRACE_EXEC;
  CHECK_OK(ptrace_at(PT_SET_EVENT_MASK, pid, &mask, sizeof mask));
  goes_on(pid, 0);
  stops(pid, SIGTRAP);
  CHECK_EQ(info.flags & PL_FLAG_EXEC, PL_FLAG_EXEC);
  goes_on(pid, 0);
  ends(pid, 3 << 8);
}

static void fork_body(void) {
  pid_t pid = fork();
  if (pid == 0) _exit(4);
  int s;
  _exit(wait4(pid, &s, 0, NULL) == pid && s == 4 << 8 ? 5 : 6);
}

static void children(void) {
  pid_t pid = traced_child(fork_body);
  CHECK_OK(ptrace_at(PT_FOLLOW_FORK, pid, NULL, 1));
  goes_on(pid, 0);
  stops(pid, SIGTRAP);
  CHECK_EQ(info.flags & PL_FLAG_FORKED, PL_FLAG_FORKED);
  pid_t child = info.child_pid;
  stops(child, SIGSTOP);
  CHECK_EQ(info.flags & PL_FLAG_CHILD, PL_FLAG_CHILD);
  goes_on(pid, 0);
  goes_on(child, 0);
  ends(child, 4 << 8); /* the debugger hears of it first, then the parent */
  ends(pid, 5 << 8);
  CHECK_ERR(wait4(child, &status, 0, NULL), ECHILD);
}

/* --- attaching ---------------------------------------------------------------------------------
 */

static void attaching(void) {
  int up[2];
  CHECK_OK(pipe2(up, 0));
  word = 0;
  pid_t pid = fork();
  if (pid == 0) {
    while (word == 0) {
    }
    write(up[1], "x", 1);
    for (;;) nanosleep(&(struct timespec){10, 0}, NULL);
  }
  CHECK_OK(ptrace_at(PT_ATTACH, pid, NULL, 0));
  CHECK_ERR(ptrace_at(PT_ATTACH, pid, NULL, 0), EBUSY);
  stops(pid, SIGSTOP);
  CHECK_OK(ptrace_at(PT_WRITE_D, pid, &word, 1));
  CHECK_OK(ptrace_at(PT_DETACH, pid, AS_IT_IS, 0));
  char c;
  CHECK_EQ(read(up[0], &c, 1), 1);
  CHECK_ERR(ptrace_at(PT_READ_D, pid, &word, 0), EPERM);
  kill(pid, SIGTERM);
  ends(pid, SIGTERM);

  /* Somebody else's child. */
  word = 0;
  pid = fork();
  if (pid == 0) {
    pid_t child = fork();
    if (child == 0) {
      for (;;) nanosleep(&(struct timespec){10, 0}, NULL);
    }
    write(up[1], &child, sizeof child);
    int s;
    _exit(wait4(child, &s, 0, NULL) == child ? s : 99);
  }
  pid_t grandchild = 0;
  CHECK_EQ(read(up[0], &grandchild, sizeof grandchild), sizeof grandchild);
  CHECK_OK(ptrace_at(PT_ATTACH, grandchild, NULL, 0));
  stops(grandchild, SIGSTOP);
  CHECK_OK(ptrace_at(PT_DETACH, grandchild, AS_IT_IS, SIGUSR1));
  ends(pid, SIGUSR1 << 8);
}

/* --- threads -----------------------------------------------------------------------------------
 */

static volatile unsigned counter;
static volatile int counting = 1;
static void* count(void* unused) {
  while (counting) counter++;
  return unused;
}

static void thread_body(void) {
  struct thread thread;
  if (thread_create(&thread, count, NULL) != 0) _exit(1);
  while (counter == 0) {
  }
  kill(getpid(), SIGSTOP);
  long tid = thread.tid;
  counting = 0;
  thread_join(&thread);
  /* The join can be over before the thread is. */
  while (thr_kill(tid, 0) == 0) {
  }
  kill(getpid(), SIGSTOP);
}

static void threads(void) {
  pid_t pid = traced_child(thread_body);
  CHECK_EQ(ptrace_at(PT_GETNUMLWPS, pid, NULL, 0), 1);
  CHECK_OK(ptrace_at(PT_LWP_EVENTS, pid, NULL, 1));
  goes_on(pid, 0);
  stops(pid, SIGTRAP);
  CHECK_EQ(info.flags & PL_FLAG_BORN, PL_FLAG_BORN);
  int born = info.lwpid;
  goes_on(pid, 0);
  stops(pid, SIGSTOP);
  int list[4] = {0};
  CHECK_EQ(ptrace_at(PT_GETNUMLWPS, pid, NULL, 0), 2);
  CHECK_EQ(ptrace_at(PT_GETLWPLIST, pid, list, 4), 2);
  CHECK(list[0] == born || list[1] == born);
  CHECK_EQ(ptrace_at(PT_GETLWPLIST, pid, list, 1), 1);
  CHECK_ERR(ptrace_at(PT_GETLWPLIST, pid, list, 0), EINVAL);
  /* Nobody runs meanwhile. */
  int before = (int)ptrace_at(PT_READ_D, pid, &counter, 0);
  nanosleep(&(struct timespec){0, 20000000}, NULL);
  CHECK_EQ(ptrace_at(PT_READ_D, pid, &counter, 0), before);
  CHECK_OK(ptrace_at(PT_LWPINFO, born, &info, sizeof info));
  CHECK_EQ(info.lwpid, born);
  CHECK_EQ(info.event, 0);
  CHECK(register_of(born, REG_PC) != register_of(pid, REG_PC));
  CHECK_OK(ptrace_at(PT_SUSPEND, born, NULL, 0));
  CHECK_OK(ptrace_at(PT_RESUME, born, NULL, 0));
  CHECK_OK(ptrace_at(PT_SETSTEP, born, NULL, 0));
  CHECK_OK(ptrace_at(PT_CLEARSTEP, born, NULL, 0));
  goes_on(pid, 0);
  stops(pid, SIGTRAP);
  CHECK_EQ(info.flags & PL_FLAG_EXITED, PL_FLAG_EXITED);
  CHECK_EQ(info.lwpid, born);
  goes_on(pid, 0);
  stops(pid, SIGSTOP);
  goes_on(pid, 0);
  ends(pid, 0);
}

static void* signals_itself(void* unused) {
  thr_kill(thread_self(), SIGUSR1);
  return unused;
}

static void thread_signal_body(void) {
  struct thread thread;
  if (thread_create(&thread, signals_itself, NULL) != 0) _exit(1);
  thread_join(&thread);
}

/* A debugger that knows of no threads sees the one that stopped, by the process's number. */
static void thread_unknown(void) {
  pid_t pid = fork();
  if (pid == 0) {
    if (ptrace_at(PT_TRACE_ME, 0, NULL, 0) != 0) _exit(90);
    thread_signal_body();
    _exit(0);
  }
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGUSR1);
  unsigned long pc = register_of(pid, REG_PC);
  CHECK_OK(ptrace_at(PT_LWPINFO, pid, &info, sizeof info));
  CHECK(info.lwpid != pid);
  CHECK_EQ(register_of(info.lwpid, REG_PC), pc);
  CHECK(register_of(pid, REG_PC) != pc); /* the first thread's, from now on */
  goes_on(pid, 0);
  ends(pid, 0);
}

int main(void) {
  check_workdir();
  refusals();
  memory();
  signals();
  system_calls();
  children();
  attaching();
  threads();
  thread_unknown();
  return check_done();
}
