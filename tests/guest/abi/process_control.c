/* procctl, execve's limits, process groups and sessions: FreeBSD sys/kern/kern_procctl.c. */
#include "check.h"

enum {
  SYS_procctl = 544,
  PROC_REAP_ACQUIRE = 2,
  PROC_REAP_RELEASE,
  PROC_REAP_STATUS,
  PROC_REAP_GETPIDS,
  PROC_REAP_KILL,
  PROC_TRACE_CTL,
  PROC_TRACE_STATUS,
  PROC_PDEATHSIG_CTL = 11,
  PROC_PDEATHSIG_STATUS,
};
struct reaper_status {
  unsigned flags, children, descendants;
  pid_t reaper, pid;
  unsigned pad[15];
};
struct reaper_pidinfo {
  pid_t pid, subtree;
  unsigned flags, pad[15];
};
struct reaper_pids {
  unsigned count, pad[15];
  struct reaper_pidinfo* pids;
};
struct reaper_kill {
  int sig;
  unsigned flags;
  pid_t subtree;
  unsigned killed;
  pid_t failed;
  unsigned pad[15];
};

/* id_t is 64 bits: a pair on 32-bit machines, on an even slot. */
static long procctl(int type, int64_t id, int command, void* data) {
#if defined(__LP64__)
  return syscall(SYS_procctl, type, id, command, data);
#else
  long low = (long)id, high = (long)(id >> 32);
  bool big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
  return syscall(SYS_procctl, type, 0, big ? high : low, big ? low : high, command, data);
#endif
}

static void reaping(void) {
  struct reaper_status status;
  int word, gate[2];
  CHECK_OK(pipe2(gate, 0));
  CHECK_ERR(procctl(P_PID, getpid(), PROC_REAP_ACQUIRE, &word), EINVAL);
  CHECK_OK(procctl(P_PID, getpid(), PROC_REAP_ACQUIRE, NULL));
  CHECK_ERR(procctl(P_PID, getpid(), PROC_REAP_ACQUIRE, NULL), EBUSY);
  /* A grandchild whose parent ends becomes ours. */
  pid_t child = fork();
  if (child == 0) {
    if (fork() == 0) {
      char c;
      close(gate[1]);
      read(gate[0], &c, 1);
      _exit(9);
    }
    _exit(0);
  }
  CHECK_EQ(wait4(child, &word, 0, NULL), child);
  CHECK_OK(procctl(P_PID, getpid(), PROC_REAP_STATUS, &status));
  CHECK_EQ(status.flags & 1, 1);
  CHECK_EQ(status.reaper, getpid());
  CHECK_EQ(status.descendants, 1);
  struct reaper_pidinfo infos[4];
  struct reaper_pids pids = {4, {0}, infos};
  CHECK_OK(procctl(P_PID, getpid(), PROC_REAP_GETPIDS, &pids));
  CHECK_EQ(infos[0].flags & 1, 1);
  CHECK_EQ(infos[0].pid, status.pid);
  CHECK_EQ(infos[0].subtree, child); /* where it came from, though that has ended */
  struct reaper_kill request = {.sig = SIGTERM};
  CHECK_OK(procctl(P_PID, getpid(), PROC_REAP_KILL, &request));
  CHECK_EQ(request.killed, 1);
  CHECK_EQ(wait4(infos[0].pid, &word, 0, NULL), infos[0].pid);
  CHECK_EQ(word, SIGTERM);
  CHECK_OK(procctl(P_PID, getpid(), PROC_REAP_RELEASE, NULL));
  CHECK_ERR(procctl(P_PID, getpid(), PROC_REAP_RELEASE, NULL), EINVAL);
  close(gate[0]);
  close(gate[1]);
}

/* A child is told who reaps for it, and may ask about that one too. */
static void reaper_of_a_child(void) {
  CHECK_OK(procctl(P_PID, getpid(), PROC_REAP_ACQUIRE, NULL));
  pid_t parent = getpid();
  if (fork() == 0) {
    struct reaper_status own = {0}, above = {0};
    CHECK_OK(procctl(P_PID, getpid(), PROC_REAP_STATUS, &own));
    CHECK_OK(procctl(P_PID, parent, PROC_REAP_STATUS, &above));
    CHECK_EQ(own.flags & 3, 0);
    CHECK_EQ(own.reaper, parent);
    CHECK_EQ(above.flags & 3, 1);
    CHECK_EQ(above.reaper, parent);
    CHECK_EQ(above.pid, getpid());
    CHECK_EQ(own.descendants, 1);
    CHECK_ERR(procctl(P_PID, parent, PROC_REAP_ACQUIRE, NULL), EPERM);
    _exit(check_failures());
  }
  int status;
  CHECK(wait4(-1, &status, 0, NULL) > 0);
  CHECK_EQ(status, 0);
  CHECK_OK(procctl(P_PID, getpid(), PROC_REAP_RELEASE, NULL));
}

static volatile int informed;
static void on_info(int signo) { informed += signo == SIGINFO; }

/* The child of one that has gone is told by a signal, here one that the host does not have. */
static void death_of_the_parent(void) {
  int gate[2], signo = SIGINFO, got = 0;
  CHECK_OK(pipe2(gate, 0));
  struct sigaction action = {.sa_handler = on_info};
  if (fork() == 0) {
    CHECK_OK(sigaction(SIGINFO, &action, NULL));
    CHECK_OK(procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &signo));
    CHECK_OK(procctl(P_PID, 0, PROC_PDEATHSIG_STATUS, &got));
    CHECK_EQ(got, SIGINFO);
    if (fork() == 0) {
      CHECK_OK(procctl(P_PID, 0, PROC_PDEATHSIG_STATUS, &got));
      CHECK_EQ(got, 0);
      CHECK_OK(procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &signo));
      write(gate[1], "r", 1);
      for (int i = 0; i < 2000 && informed == 0; i++) rt_sleep_ms(10);
      got = informed;
      if (check_failures() == 0) write(gate[1], &got, sizeof got);
      _exit(0);
    }
    char c;
    read(gate[0], &c, 1);
    _exit(check_failures());
  }
  int status;
  CHECK(wait4(-1, &status, 0, NULL) > 0);
  CHECK_EQ(status, 0);
  close(gate[1]);
  CHECK_EQ(read(gate[0], &got, sizeof got), sizeof got);
  CHECK_EQ(got, 1);
  close(gate[0]);
}

static void switches(void) {
  int value = -7;
  CHECK_OK(procctl(P_PID, getpid(), PROC_TRACE_STATUS, &value));
  CHECK_EQ(value, 0);
  value = 2; /* PROC_TRACE_CTL_DISABLE */
  CHECK_OK(procctl(P_PID, getpid(), PROC_TRACE_CTL, &value));
  CHECK_OK(procctl(P_PID, getpid(), PROC_TRACE_STATUS, &value));
  CHECK_EQ(value, -1);
  value = 9;
  CHECK_ERR(procctl(P_PID, getpid(), PROC_TRACE_CTL, &value), EINVAL);
  value = SIGUSR2;
  CHECK_OK(procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &value));
  value = 0;
  CHECK_OK(procctl(P_PID, 0, PROC_PDEATHSIG_STATUS, &value));
  CHECK_EQ(value, SIGUSR2);
  value = 200;
  CHECK_ERR(procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &value), EINVAL);
  value = 0;
  CHECK_OK(procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &value));
  CHECK_ERR(procctl(P_PID, getpid(), 99, &value), EINVAL);
  CHECK_ERR(procctl(P_PID, 99999999, PROC_TRACE_STATUS, &value), ESRCH);
}

/* Who has changed an id counts as set-id, though the ids are equal. */
static int loses_identity(void) {
  CHECK_EQ(issetugid(), 0);
  CHECK_OK(syscall(23 /* setuid */, getuid()));
  CHECK_EQ(issetugid(), 0);
  if (getuid() == 0) {
    CHECK_OK(syscall(23, 65534));
    CHECK_EQ(issetugid(), 1);
  }
  return check_failures();
}

static void exec_limits(void) {
  static char* vector[40000];
  static char text[16];
  memset(text, 'x', sizeof text - 1);
  for (unsigned i = 0; i < 39999; i++) vector[i] = text; /* 16 bytes each: beyond ARG_MAX */
  CHECK_ERR(execve("/nonexistent", vector, environ), E2BIG);
  vector[1] = NULL;
  CHECK_ERR(execve("/nonexistent", vector, environ), ENOENT);
  vector[0] = (char*)16;
  CHECK_ERR(execve("/nonexistent", vector, environ), EFAULT);
  CHECK_ERR(execve("/nonexistent", NULL, environ), EFAULT);
  CHECK_ERR(execve((char*)16, vector, environ), EFAULT);
}

static int in_child(void) {
  CHECK_EQ(getpgrp(), getpgid(0));
  CHECK_OK(setsid());
  CHECK_EQ(getpgrp(), getpid());
  CHECK_EQ(getsid(0), getpid());
  CHECK_ERR(setsid(), EPERM);
  return check_failures();
}

static void sessions(void) {
  CHECK_EQ(check_child(in_child), 0);
  CHECK_ERR(getpgid(99999999), ESRCH);
  CHECK_ERR(getsid(99999999), ESRCH);
}

int main(void) {
  reaping();
  reaper_of_a_child();
  death_of_the_parent();
  switches();
  CHECK_EQ(check_child(loses_identity), 0);
  exec_limits();
  sessions();
  return check_done();
}
