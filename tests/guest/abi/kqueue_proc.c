/* EVFILT_PROC: forks, programs executed, ends, and the same of children that are tracked. */
#include "check.h"

enum { NOTE_TRACK = 1, NOTE_TRACKERR = 2, NOTE_CHILD = 4, EVFILT_FS = -9, EVFILT_EMPTY = -13 };

static int kq;
static const struct timespec limit = {10, 0}, zero = {0, 0};

static int watch(pid_t pid, unsigned notes, void* udata) {
  struct kevent e = {.ident = (uintptr_t)pid,
                     .filter = EVFILT_PROC,
                     .flags = EV_ADD,
                     .fflags = notes,
                     .udata = udata};
  return kevent(kq, &e, 1, NULL, 0, NULL);
}

static char program[300];

/* A child that waits for a byte, forks a grandchild, and executes a program. */
static pid_t start(int* go) {
  int fds[2];
  CHECK_OK(pipe2(fds, 0));
  pid_t pid = fork();
  if (pid == 0) {
    char c;
    read(fds[0], &c, 1);
    pid_t inner = fork();
    if (inner == 0) _exit(7);
    int status = 0;
    wait4(inner, &status, 0, NULL);
    char* const argv[] = {program, (char*)"exit", (char*)"3", NULL};
    char* const envp[] = {NULL};
    execve(program, argv, envp);
    _exit(99);
  }
  close(fds[0]);
  *go = fds[1];
  return pid;
}

static void family(unsigned notes, int wanted) {
  int go, seen = 0, status = 0;
  pid_t pid = start(&go), inner = 0;
  struct kevent e;
  CHECK_OK(watch(pid, notes, &seen));
  CHECK_EQ(kevent(kq, NULL, 0, &e, 1, &zero), 0);
  CHECK_EQ(write(go, "x", 1), 1);
  while (seen != wanted && kevent(kq, NULL, 0, &e, 1, &limit) == 1) {
    CHECK_EQ(e.filter, EVFILT_PROC);
    CHECK(e.udata == &seen);
    CHECK(!(e.fflags & NOTE_TRACKERR));
    if (e.ident == (uintptr_t)pid) {
      if (e.fflags & NOTE_FORK) seen |= 1;
      if (e.fflags & NOTE_EXEC) seen |= 2;
      if (e.fflags & NOTE_EXIT) {
        CHECK(e.flags & EV_EOF);
        CHECK_EQ(e.data, 3 << 8);
        seen |= 4;
      }
    } else if (e.fflags & NOTE_CHILD) {
      CHECK_EQ(e.data, pid);
      inner = (pid_t)e.ident;
      seen |= 8;
    } else {
      CHECK_EQ(e.ident, inner);
      CHECK(e.fflags & NOTE_EXIT);
      CHECK_EQ(e.data, 7 << 8);
      seen |= 16;
    }
  }
  CHECK_EQ(seen, wanted);
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, 3 << 8);
  CHECK_EQ(kevent(kq, NULL, 0, &e, 1, &zero), 0);
  close(go);
}

/* The process's own forks are told at once. */
static void own(void) {
  struct kevent e;
  CHECK_OK(watch(getpid(), NOTE_FORK, NULL));
  pid_t pid = fork();
  if (pid == 0) _exit(0);
  CHECK_EQ(kevent(kq, NULL, 0, &e, 1, &zero), 1);
  CHECK_EQ(e.ident, getpid());
  CHECK_EQ(e.fflags, NOTE_FORK);
  CHECK_EQ(wait4(pid, NULL, 0, NULL), pid);
  CHECK_EQ(kevent(kq, NULL, 0, &e, 1, &zero), 0);
  struct kevent gone = {.ident = (uintptr_t)getpid(), .filter = EVFILT_PROC, .flags = EV_DELETE};
  CHECK_OK(kevent(kq, &gone, 1, NULL, 0, NULL));
  CHECK_ERR(kevent(kq, &gone, 1, NULL, 0, NULL), ENOENT);
  CHECK_ERR(watch(0x7ffffff0, NOTE_EXIT, NULL), ESRCH);
}

/* A child that posix_spawn's vfork makes. */
static void spawned(void) {
  struct kevent e;
  int status = 0;
  CHECK_OK(watch(getpid(), NOTE_FORK, NULL));
  pid_t pid = vfork();
  if (pid == 0) {
    char* const argv[] = {program, (char*)"exit", (char*)"5", NULL};
    char* const envp[] = {NULL};
    execve(program, argv, envp);
    _exit(99);
  }
  CHECK_EQ(kevent(kq, NULL, 0, &e, 1, &limit), 1);
  CHECK_EQ(e.fflags, NOTE_FORK);
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, 5 << 8);
}

int main(void) {
  const char* dir = getenv("GUEST_DIR");
  snprintf(program, sizeof program, "%s/child", dir ? dir : ".");
  kq = kqueue();
  family(NOTE_FORK | NOTE_EXEC | NOTE_EXIT, 1 | 2 | 4);
  family(NOTE_EXEC | NOTE_EXIT, 2 | 4);
  family(NOTE_TRACK | NOTE_FORK | NOTE_EXEC | NOTE_EXIT, 31);
  own();
  spawned();
  return check_done();
}
