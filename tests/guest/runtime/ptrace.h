/* ptrace(2) for tests: FreeBSD sys/sys/ptrace.h, machine/reg.h, and what a debugger does again and
 * again. */
#pragma once

#include "check.h"
#include "probe.h"

enum {
  PT_TRACE_ME = 0,
  PT_READ_I,
  PT_READ_D,
  PT_WRITE_I = 4,
  PT_WRITE_D,
  PT_CONTINUE = 7,
  PT_KILL,
  PT_STEP,
  PT_ATTACH,
  PT_DETACH,
  PT_IO,
  PT_LWPINFO,
  PT_GETNUMLWPS,
  PT_GETLWPLIST,
  PT_CLEARSTEP,
  PT_SETSTEP,
  PT_SUSPEND,
  PT_RESUME,
  PT_TO_SCE,
  PT_TO_SCX,
  PT_SYSCALL,
  PT_FOLLOW_FORK,
  PT_LWP_EVENTS,
  PT_GET_EVENT_MASK,
  PT_SET_EVENT_MASK,
  PT_GET_SC_ARGS,
  PT_GET_SC_RET,
  PT_GETREGS = 33,
  PT_SETREGS,
  PT_GETFPREGS,
  PT_SETFPREGS,
  PT_VM_TIMESTAMP = 40,
  PT_VM_ENTRY,
  PTRACE_EXEC = 0x01,
  PTRACE_SCE = 0x02,
  PTRACE_SCX = 0x04,
  PTRACE_FORK = 0x08,
  PTRACE_LWP = 0x10,
  PTRACE_VFORK = 0x20,
  PIOD_READ_D = 1,
  PIOD_WRITE_D,
  PL_EVENT_SIGNAL = 1,
  PL_FLAG_SCE = 0x04,
  PL_FLAG_SCX = 0x08,
  PL_FLAG_EXEC = 0x10,
  PL_FLAG_SI = 0x20,
  PL_FLAG_FORKED = 0x40,
  PL_FLAG_CHILD = 0x80,
  PL_FLAG_BORN = 0x100,
  PL_FLAG_EXITED = 0x200,
  PL_FLAG_VFORKED = 0x400,
  PL_FLAG_VFORK_DONE = 0x800,
  SYS_getppid = 39,
};
struct ptrace_io_desc {
  int op;
  void *offs, *addr;
  size_t len;
};
struct ptrace_lwpinfo {
  int lwpid, event, flags;
  sigset_t sigmask, siglist;
  siginfo_t siginfo;
  char tdname[20];
  pid_t child_pid;
  unsigned syscall_code, syscall_narg;
};
struct ptrace_vm_entry {
  int entry, timestamp;
  unsigned long start, end, offset;
  unsigned prot, pathlen;
  long fileid;
  uint32_t fsid;
  char* path;
};
struct ptrace_sc_ret {
  long retval[2];
  int error;
};

/* struct reg in words: how many, where the pc and the first argument are (machine/reg.h). */
#if defined(__aarch64__)
enum { REG_WORDS = 34, REG_PC = 32, REG_ARGUMENT = 0 };
#elif defined(__arm__)
enum { REG_WORDS = 17, REG_PC = 15, REG_ARGUMENT = 0 };
#elif defined(__mips__)
enum { REG_WORDS = 40, REG_PC = 37, REG_ARGUMENT = 4 };
#elif defined(__powerpc__)
enum { REG_WORDS = 37, REG_PC = 36, REG_ARGUMENT = 3 };
#elif defined(__sparc__)
enum { REG_WORDS = 32, REG_PC = 25, REG_ARGUMENT = 8 };
#endif
struct reg {
  unsigned long words[REG_WORDS];
};

static inline long ptrace_at(int request, pid_t pid, const volatile void* addr, int data) {
  return syscall(26, request, pid, addr, data);
}
#define AS_IT_IS ((void*)1)

static int status;
static struct ptrace_lwpinfo info;

/* Waits until `pid` stops for `signo`, and asks why. */
static inline void stops(pid_t pid, int signo) {
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK(WIFSTOPPED(status));
  CHECK_EQ(WSTOPSIG(status), signo);
  CHECK_OK(ptrace_at(PT_LWPINFO, pid, &info, sizeof info));
  CHECK_EQ(info.event, PL_EVENT_SIGNAL);
}

static inline void goes_on(pid_t pid, int signo) {
  CHECK_OK(ptrace_at(PT_CONTINUE, pid, AS_IT_IS, signo));
}

static inline void ends(pid_t pid, int wanted) {
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, wanted);
}

static inline unsigned long register_of(pid_t pid, int word) {
  struct reg r;
  CHECK_OK(ptrace_at(PT_GETREGS, pid, &r, 0));
  return r.words[word];
}

static inline pid_t traced_child(void (*body)(void)) {
  pid_t pid = fork();
  if (pid == 0) {
    if (ptrace_at(PT_TRACE_ME, 0, NULL, 0) != 0) _exit(90);
    if (ptrace_at(PT_TRACE_ME, 0, NULL, 0) != -1 || errno != EBUSY) _exit(91);
    kill(getpid(), SIGSTOP);
    body();
    _exit(0);
  }
  stops(pid, SIGSTOP);
  return pid;
}
