/* ptrace(2) of processes that are somebody else's children: FreeBSD sys/kern/kern_exit.c
 * kern_wait6(), proc_reap(), p_orphans; sys_procdesc.c procdesc_close(). */
#include "ptrace.h"

static int go[2], see[2], told[2], alive[2];

static void pipes(void) {
  CHECK_OK(pipe2(go, 0));
  CHECK_OK(pipe2(see, 0));
  CHECK_OK(pipe2(told, 0));
  CHECK_OK(pipe2(alive, 0));
}

static void close_pipes(void) {
  int* all[] = {go, see, told, alive};
  for (int i = 0; i < 4; i++) {
    close(all[i][0]);
    close(all[i][1]);
  }
}

static char one(int fd) {
  char c = 0;
  return read(fd, &c, 1) == 1 ? c : 0;
}

/* Ends with 3 when it is told to. */
static pid_t child_to_debug(void) {
  pid_t pid = fork();
  if (pid == 0) {
    close(alive[0]);
    one(go[0]);
    _exit(3);
  }
  return pid;
}

/* Debugs `child`, sees its end when it is told to, and ends with what it saw. */
static void debug(pid_t child) {
  close(alive[1]);
  if (ptrace_at(PT_ATTACH, child, NULL, 0) != 0) _exit(90);
  if (wait4(child, &status, 0, NULL) != child || !WIFSTOPPED(status)) _exit(91);
  if (ptrace_at(PT_CONTINUE, child, AS_IT_IS, 0) != 0) _exit(92);
  write(told[1], "a", 1);
  one(see[0]);
  if (wait4(child, &status, 0, NULL) != child) _exit(93);
  _exit(WEXITSTATUS(status));
}

/* Is SIGCHLD of this child waiting? It is taken. */
static int signal_of(pid_t child) {
  sigset_t set;
  siginfo_t si;
  struct timespec zero = {0, 0};
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  while (sigtimedwait(&set, &si, &zero) == SIGCHLD) {
    if (si.si_pid == child) return si.si_code;
  }
  return 0;
}

/* `distant`: the debugger is no child of the parent's. */
static void parent_sees_it_last(int distant) {
  pipes();
  pid_t other = fork();
  if (other == 0) {
    close(alive[1]);
    for (;;) rt_sleep_ms(1000);
  }
  pid_t child = child_to_debug();
  pid_t debugger = fork();
  if (debugger == 0) {
    if (distant && fork() != 0) _exit(0);
    debug(child);
  }
  close(alive[1]);
  if (distant) {
    CHECK_EQ(wait4(debugger, &status, 0, NULL), debugger);
    CHECK_EQ(wait4(child, &status, WNOHANG, NULL), 0);
  }
  CHECK_EQ(one(told[0]), 'a');
  write(go[1], "c", 1);
  CHECK_EQ(one(alive[0]), 0); /* it has closed its end */
  rt_sleep_ms(30);
  CHECK_EQ(wait4(child, &status, WNOHANG, NULL), 0);
  CHECK_EQ(wait4(-1, &status, WNOHANG, NULL), 0);
  CHECK_EQ(wait4(-getpgrp(), &status, WNOHANG | WUNTRACED, NULL), 0);
  CHECK_EQ(signal_of(child), 0);
  /* Another child's end is not kept back by it. */
  kill(other, SIGKILL);
  CHECK_EQ(wait4(-1, &status, 0, NULL), other);
  CHECK_EQ(status, SIGKILL);
  write(see[1], "d", 1);
  /* The parent sleeps until the debugger has seen it. */
  CHECK_EQ(wait4(child, &status, 0, NULL), child);
  CHECK_EQ(status, 3 << 8);
  if (!distant) {
    CHECK_EQ(wait4(debugger, &status, 0, NULL), debugger);
    CHECK_EQ(status, 3 << 8);
  }
  CHECK_ERR(wait4(-1, &status, WNOHANG, NULL), ECHILD);
  close_pipes();
}

/* Let go, the child is the parent's again; so it is when the debugger dies, and it with him. */
static void comes_back(int by_detach) {
  pipes();
  pid_t child = child_to_debug();
  pid_t debugger = fork();
  if (debugger == 0) {
    if (ptrace_at(PT_ATTACH, child, NULL, 0) != 0) _exit(90);
    if (wait4(child, &status, 0, NULL) != child) _exit(91);
    if (by_detach && ptrace_at(PT_DETACH, child, AS_IT_IS, 0) != 0) _exit(92);
    if (!by_detach) kill(getpid(), SIGKILL);
    _exit(0);
  }
  CHECK_EQ(wait4(debugger, &status, 0, NULL), debugger);
  CHECK_EQ(status, by_detach ? 0 : SIGKILL);
  write(go[1], "c", 1);
  CHECK_EQ(wait4(child, &status, 0, NULL), child);
  CHECK_EQ(status, by_detach ? 3 << 8 : SIGKILL);
  close_pipes();
}

/* The last descriptor for a process counts, whoever has it. */
static void last_descriptor(void) {
  int fd = -1;
  pipes();
  pid_t child = pdfork(&fd, 0);
  if (child == 0) {
    close(alive[0]);
    for (;;) rt_sleep_ms(1000);
  }
  pid_t holder = fork();
  if (holder == 0) {
    close(alive[1]);
    one(go[0]);
    if (pdkill(fd, 0) != 0) _exit(90);
    if (ptrace_at(PT_ATTACH, child, NULL, 0) != 0) _exit(91);
    if (wait4(child, &status, 0, NULL) != child || !WIFSTOPPED(status)) _exit(92);
    if (close(fd) != 0) _exit(93);
    if (ptrace_at(PT_DETACH, child, AS_IT_IS, 0) != 0) _exit(94);
    if (wait4(-1, &status, 0, NULL) != -1 || errno != ECHILD) _exit(95);
    _exit(0);
  }
  close(alive[1]);
  CHECK_OK(close(fd));
  write(go[1], "c", 1);
  CHECK_EQ(wait4(holder, &status, 0, NULL), holder);
  CHECK_EQ(status, 0);
  CHECK_EQ(one(alive[0]), 0);
  CHECK_ERR(wait4(-1, &status, 0, NULL), ECHILD);
  close_pipes();
}

int main(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigprocmask(SIG_BLOCK, &set, NULL);
  parent_sees_it_last(0);
  parent_sees_it_last(1);
  comes_back(1);
  comes_back(0);
  last_descriptor();
  return check_done();
}
