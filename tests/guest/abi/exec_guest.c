/* execve of another guest program, of native programs and of scripts. */
#include "check.h"
#include "thread.h"

static char child[256];

/* Runs argv in a child after `prepare` and reads what it prints; returns its status. */
static int run(const char* path, char* const argv[], char* const envp[], void (*prepare)(void),
               char* out, size_t size) {
  int fds[2], status = -1;
  CHECK_OK(pipe2(fds, O_CLOEXEC));
  pid_t pid = fork();
  if (pid == 0) {
    dup2(fds[1], 1);
    if (prepare) prepare();
    execve(path, argv, envp ? envp : environ);
    _exit(errno);
  }
  close(fds[1]);
  size_t used = 0;
  ssize_t n;
  while ((n = read(fds[0], out + used, size - 1 - used)) > 0) used += (size_t)n;
  out[used] = 0;
  close(fds[0]);
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  return status;
}

static void expect(const char* out, const char* wanted) {
  if (strcmp(out, wanted) != 0) printf("got %s\nwanted %s\n", out, wanted);
  CHECK(strcmp(out, wanted) == 0);
}

static void write_file(const char* name, const char* text, mode_t mode) {
  int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
  fchmod(fd, mode);
  close(fd);
}

static int high_fd;
static void prepare_fds(void) {
  high_fd = open("/dev/null", O_RDONLY);
  dup2(high_fd, 20);
  fcntl(high_fd, F_DUPFD_CLOEXEC, 30);
  closefrom(31);
  for (int fd = 2; fd < 20; fd++) close(fd);
}

static void on_signal(int signo) { (void)signo; }
static void prepare_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, NULL);
  struct sigaction ignore = {.sa_handler = SIG_IGN}, handle = {.sa_handler = on_signal};
  sigaction(SIGUSR1, &ignore, NULL);
  sigaction(SIGUSR2, &handle, NULL);
}

static void* exec_from_thread(void* arg) {
  char* const argv[] = {child, "exit", "33", NULL};
  (void)arg;
  execve(child, argv, environ);
  return NULL;
}

/* execve in a second thread ends the first and keeps the process number. */
static void threads(void) {
  int status;
  pid_t pid = fork();
  if (pid == 0) {
    struct thread thread;
    thread_create(&thread, exec_from_thread, NULL);
    thread_join(&thread);
    _exit(1);
  }
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, 33 << 8);
}

static void guests(void) {
  char out[4096];
  char* const exit_args[] = {child, "exit", "17", NULL};
  CHECK_EQ(run(child, exit_args, NULL, NULL, out, sizeof out), 17 << 8);
  char* const echo_args[] = {"any name", "echo", "a", "", "b c", NULL};
  CHECK_EQ(run(child, echo_args, NULL, NULL, out, sizeof out), 0);
  expect(out, "a\n\nb c\n");
  char* const env_args[] = {child, "env", "MARK", NULL};
  char* const env[] = {"A=1", "MARK=it is", NULL};
  CHECK_EQ(run(child, env_args, env, NULL, out, sizeof out), 0);
  expect(out, "it is\n");
  CHECK_EQ(run(child, env_args, NULL, NULL, out, sizeof out), 0);
  expect(out, "(none)\n");
  char* const fds_args[] = {child, "fds", NULL};
  CHECK_EQ(run(child, fds_args, NULL, prepare_fds, out, sizeof out), 0);
  expect(out, "100003\n");
  char* const signal_args[] = {child, "signals", NULL};
  CHECK_EQ(run(child, signal_args, NULL, prepare_signals, out, sizeof out), 0);
  expect(out, "1 1 1\n");
  char* const again_args[] = {child, "exec", child, "exec", child, "exit", "7", NULL};
  CHECK_EQ(run(child, again_args, NULL, NULL, out, sizeof out), 7 << 8);
  /* fexecve, and most of the argument space of a 32-bit program (ARG_MAX is 256 KiB). */
  pid_t pid = fork();
  if (pid == 0) {
    static char* many[2003];
    static char big[100];
    memset(big, 'x', 99);
    many[0] = child;
    many[1] = "exit";
    many[2] = "44";
    for (int i = 3; i < 2002; i++) many[i] = big;
    fexecve(open(child, O_RDONLY), many, environ);
    _exit(errno);
  }
  int status;
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, 44 << 8);
}

static void natives(void) {
  char out[4096];
  char* const true_args[] = {"true", NULL};
  CHECK_EQ(run("/bin/true", true_args, NULL, NULL, out, sizeof out), 0);
  char* const sh_args[] = {"sh", "-c", "echo \"$MARK\"; exit 5", NULL};
  char* const env[] = {"MARK=native", NULL};
  CHECK_EQ(run("/bin/sh", sh_args, env, NULL, out, sizeof out), 5 << 8);
  expect(out, "native\n");
  /* A native shell can start guests where the host knows how to; killing works either way. */
  char* const kill_args[] = {"sh", "-c", "kill -TERM $$", NULL};
  CHECK_EQ(run("/bin/sh", kill_args, NULL, NULL, out, sizeof out), SIGTERM);
}

static void scripts(void) {
  char out[4096], text[600];
  check_workdir();
  snprintf(text, sizeof text, "#!%s echo\nignored\n", child);
  write_file("script", text, 0755);
  char* const args[] = {"zero", "one", "two", NULL};
  CHECK_EQ(run("./script", args, NULL, NULL, out, sizeof out), 0);
  expect(out, "./script\none\ntwo\n");
  write_file("native", "#!/bin/sh\necho \"$0 $1\"\n", 0755);
  CHECK_EQ(run("./native", args, NULL, NULL, out, sizeof out), 0);
  expect(out, "./native one\n");
  write_file("nointerp", "#!/nonexistent/interp\n", 0755);
  CHECK_EQ(run("./nointerp", args, NULL, NULL, out, sizeof out), ENOENT << 8);
}

static void errors(void) {
  char* const args[] = {"x", NULL};
  write_file("noexec", "#!/bin/sh\n", 0644);
  write_file("garbage", "\1\2\3 no program\n", 0755);
  write_file("empty", "", 0755);
  CHECK_ERR(execve("noexec", args, environ), EACCES);
  CHECK_ERR(execve("garbage", args, environ), ENOEXEC);
  CHECK_ERR(execve("empty", args, environ), ENOEXEC);
  CHECK_ERR(execve("none", args, environ), ENOENT);
  CHECK_ERR(execve("noexec/x", args, environ), ENOTDIR);
  CHECK_ERR(execve(".", args, environ), EACCES);
  CHECK_ERR(execve((const char*)16, args, environ), EFAULT);
  CHECK_ERR(execve(child, (char* const*)16, environ), EFAULT);
  CHECK_ERR(fexecve(999, args, environ), EBADF);
}

int main(void) {
  snprintf(child, sizeof child, "%s/child", getenv("GUEST_DIR"));
  guests();
  natives();
  scripts();
  errors();
  threads();
  return check_done();
}
