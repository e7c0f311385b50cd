/* processes [COUNT]: a storm of fork, vfork and exec in turn, several alive at once. Afterwards no
 * zombie, no stray child and no descriptor is left. */
#include "check.h"

enum { kAlive = 8 };

static char child[256];

static unsigned long long open_descriptors(void) {
  unsigned long long set = 0;
  for (int fd = 0; fd < 64; fd++) {
    if (fcntl(fd, F_GETFD) != -1) set |= 1ull << fd;
  }
  return set;
}

static pid_t start(int number) {
  char code[16];
  char* args[] = {child, "exit", code, NULL};
  int kind = number % 4;
  int scratch = open("/dev/null", O_RDONLY);
  snprintf(code, sizeof code, "%d", number % 200);
  pid_t pid = kind == 3 ? vfork() : fork();
  if (pid == 0) {
    if (kind == 0) _exit(number % 200);
    if (kind == 1) { /* a grandchild in between */
      pid_t inner = fork();
      if (inner == 0) _exit(number % 200);
      int status;
      wait4(inner, &status, 0, NULL);
      _exit(WEXITSTATUS(status));
    }
    execve(child, args, environ);
    _exit(255);
  }
  close(scratch);
  return pid;
}

int main(int argc, char** argv) {
  int count = argc > 1 ? (int)strtoul(argv[1], 10) : 2000;
  pid_t pids[kAlive];
  int numbers[kAlive], alive = 0, status;
  snprintf(child, sizeof child, "%s/child", getenv("GUEST_DIR"));
  unsigned long long before = open_descriptors();
  for (int number = 0, done = 0; done < count;) {
    if (alive < kAlive && number < count) {
      pids[alive] = start(number);
      CHECK(pids[alive] > 0);
      numbers[alive++] = number++;
      if (check_failures()) break;
      continue;
    }
    pid_t pid = wait4(-1, &status, 0, NULL);
    int i = 0;
    while (i < alive && pids[i] != pid) i++;
    CHECK(i < alive);
    if (i == alive) break;
    CHECK_EQ(status, (numbers[i] % 200) << 8);
    alive--;
    pids[i] = pids[alive];
    numbers[i] = numbers[alive];
    done++;
  }
  CHECK_ERR(wait4(-1, &status, WNOHANG, NULL), ECHILD);
  CHECK_EQ(open_descriptors(), before);
  return check_done();
}
