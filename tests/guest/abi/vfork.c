/* vfork: shared memory, the parent waits, exec failures come back through a variable. */
#include "check.h"
#include "thread.h"

static volatile int shared;
static const char* child_program;

static int spawn(const char* path, char* const argv[], int* error) {
  int status = -1;
  volatile int exec_errno = 0;
  pid_t pid = vfork();
  if (pid == 0) {
    execve(path, argv, environ);
    exec_errno = errno;
    _exit(127);
  }
  CHECK(pid > 0);
  *error = exec_errno;
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  return status;
}

/* When the parent goes on, a child that has ended can be waited for. */
static void ended(void) {
  int late = 0;
  for (int i = 0; i < 200; i++) {
    int status = -1;
    pid_t pid = vfork();
    if (pid == 0) _exit(3);
    if (wait4(pid, &status, WNOHANG, NULL) != pid) {
      late++;
      wait4(pid, &status, 0, NULL);
    }
    CHECK_EQ(status, 3 << 8);
  }
  CHECK_EQ(late, 0);
}

/* Only the thread that calls vfork waits. What others write meanwhile stays, on the child's pages
 * too. */
static struct {
  volatile unsigned counter;
  volatile int from_child;
} page __attribute__((aligned(4096)));
static volatile int stop, lost;

static void* count(void* arg) {
  (void)arg;
  for (unsigned n = 1; !stop; n++) {
    page.counter = n;
    for (int i = 0; i < 50; i++) lost |= page.counter != n;
  }
  return NULL;
}

static void beside_a_thread(void) {
  struct thread thread;
  CHECK_EQ(thread_create(&thread, count, NULL), 0);
  for (int i = 1; i <= 20; i++) {
    int status = -1;
    pid_t pid = vfork();
    if (pid == 0) {
      page.from_child = i;
      rt_sleep_ms(2);
      _exit(0);
    }
    CHECK_EQ(page.from_child, i);
    CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  }
  stop = 1;
  thread_join(&thread);
  CHECK_EQ(lost, 0);
}

int main(void) {
  char path[256];
  int status, error;
  snprintf(path, sizeof path, "%s/child", getenv("GUEST_DIR"));
  child_program = path;

  volatile int local = 1;
  int64_t start = rt_now_ms();
  pid_t pid = vfork();
  if (pid == 0) {
    shared = 4711;
    local = 2;
    rt_sleep_ms(80);
    _exit(3);
  }
  CHECK_EQ(shared, 4711);
  CHECK_EQ(local, 2);
  CHECK(rt_now_ms() - start >= 79);
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, 3 << 8);

  char* const args[] = {path, "exit", "21", NULL};
  CHECK_EQ(spawn(path, args, &error), 21 << 8);
  CHECK_EQ(error, 0);
  CHECK_EQ(spawn("/nonexistent/program", args, &error), 127 << 8);
  CHECK_EQ(error, ENOENT);
  CHECK_EQ(spawn("/dev/null", args, &error), 127 << 8);
  CHECK_EQ(error, EACCES);
  char* const true_args[] = {"true", NULL};
  CHECK_EQ(spawn("/bin/true", true_args, &error), 0);
  CHECK_EQ(error, 0);

  /* The child's descriptors and mask are its own. */
  int fd = open("/dev/null", O_RDONLY);
  pid = vfork();
  if (pid == 0) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    close(fd);
    _exit(0);
  }
  CHECK_OK(fcntl(fd, F_GETFD));
  sigset_t mask;
  sigprocmask(SIG_BLOCK, NULL, &mask);
  CHECK(!sigismember(&mask, SIGUSR1));
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);

  /* Many in a row, with memory that the child maps for the parent. */
  for (int i = 0; i < 20; i++) {
    char* volatile map = NULL;
    pid = vfork();
    if (pid == 0) {
      map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
      map[7] = (char)i;
      _exit(i);
    }
    CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
    CHECK_EQ(status, i << 8);
    CHECK_EQ(map[7], i);
    CHECK_OK(munmap(map, 4096));
  }
  ended();
  beside_a_thread();
  return check_done();
}
