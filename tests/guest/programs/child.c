/* A program for others to exec: `child WHAT ...`. */
#include "check.h"

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  if (strcmp(argv[1], "exit") == 0) return (int)strtoul(argv[2], 10);
  if (strcmp(argv[1], "echo") == 0) {
    for (int i = 2; i < argc; i++) printf("%s\n", argv[i]);
    return 0;
  }
  if (strcmp(argv[1], "name") == 0) {
    printf("%s\n", argv[0]);
    return 0;
  }
  if (strcmp(argv[1], "env") == 0) {
    const char* value = getenv(argv[2]);
    printf("%s\n", value ? value : "(none)");
    return 0;
  }
  if (strcmp(argv[1], "fds") == 0) { /* which of 0..63 are open, one bit each */
    unsigned long long open_fds = 0;
    for (int fd = 0; fd < 64; fd++) {
      if (fcntl(fd, F_GETFD) != -1) open_fds |= 1ull << fd;
    }
    printf("%llx\n", open_fds);
    return 0;
  }
  if (strcmp(argv[1], "signals") == 0) { /* blocked and ignored SIGUSR1, SIGUSR2 */
    sigset_t mask;
    struct sigaction usr1, usr2;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    sigaction(SIGUSR1, NULL, &usr1);
    sigaction(SIGUSR2, NULL, &usr2);
    printf("%d %d %d\n", sigismember(&mask, SIGUSR1), usr1.sa_handler == SIG_IGN,
           usr2.sa_handler == SIG_DFL);
    return 0;
  }
  if (strcmp(argv[1], "exec") == 0) { /* exec the rest */
    execve(argv[2], argv + 2, environ);
    return errno;
  }
  return 98;
}
