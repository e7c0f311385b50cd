/* fork, exec, spawn, wait; how processes end. */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

extern char** environ;

static int wait_for(pid_t pid) {
  int status;
  CHECK(waitpid(pid, &status, 0) == pid);
  return status;
}

int main(int argc, char** argv) {
  if (argc == 3 && strcmp(argv[1], "child") == 0) return atoi(argv[2]);
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) _exit(7);
  int status = wait_for(pid);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);

  pid = fork();
  if (pid == 0) {
    signal(SIGTERM, SIG_DFL);
    raise(SIGTERM);
    _exit(0);
  }
  status = wait_for(pid);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);

  pid = fork();
  if (pid == 0) {
    execl("/proc/self/exe", argv[0], "child", "23", (char*)NULL);
    _exit(99);
  }
  status = wait_for(pid);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 23);

  volatile int shared = 0;
  pid = vfork();
  if (pid == 0) {
    shared = 5;
    _exit(3);
  }
  CHECK(wait_for(pid) == 3 << 8 && shared == 5);

  char* arguments[] = {argv[0], "child", "42", NULL};
  CHECK(posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments, environ) == 0);
  CHECK(wait_for(pid) == 42 << 8);
  CHECK(posix_spawn(&pid, "/nonexistent/program", NULL, NULL, arguments, environ) == ENOENT);

  /* A program that has few descriptors left starts others all the same. */
  pid = fork();
  if (pid == 0) {
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = 9;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    pid_t other;
    CHECK(posix_spawn(&other, "/proc/self/exe", NULL, NULL, arguments, environ) == 0);
    CHECK(wait_for(other) == 42 << 8);
    while (dup(0) >= 0) continue;
    CHECK(errno == EMFILE);
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == 9);
    _exit(0);
  }
  CHECK(wait_for(pid) == 0);

  siginfo_t info;
  pid = fork();
  if (pid == 0) {
    for (;;) pause();
  }
  CHECK(kill(pid, SIGSTOP) == 0);
  CHECK(waitid(P_PID, pid, &info, WSTOPPED) == 0 && info.si_code == CLD_STOPPED);
  CHECK(kill(pid, SIGKILL) == 0);
  CHECK(waitid(P_PID, pid, &info, WEXITED) == 0);
  CHECK(info.si_code == CLD_KILLED && info.si_status == SIGKILL && info.si_pid == pid);
  CHECK(waitpid(-1, &status, WNOHANG) == -1 && errno == ECHILD);

  FILE* pipe = popen("echo $((6 * 7))", "r");
  CHECK(pipe != NULL);
  int answer = 0;
  CHECK(fscanf(pipe, "%d", &answer) == 1 && answer == 42);
  CHECK(pclose(pipe) == 0);
  puts("ok");
  return 0;
}
