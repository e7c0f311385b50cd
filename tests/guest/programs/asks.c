/* Asks for things that are not there: a call twice, a sysctl, an ioctl, an instruction. With an
 * argument, in a child too. Tells how the call failed. */
#include "check.h"
#include "probe.h"

static volatile int signals;
static void count(int signo) { signals += signo == SIGSYS; }
static void skip(int signo, siginfo_t* info, void* context) {
  (void)signo, (void)info, (void)context;
  _exit(check_failures());
}

static void ask(void) {
  int name[2] = {2, 12345}, value;
  size_t size = sizeof value;
  CHECK_ERR(syscall(600, 0, 0), ENOSYS);
  CHECK_ERR(syscall(600, 0, 0), ENOSYS);
  CHECK_ERR(__sysctl(name, 2, &value, &size, NULL, 0), ENOENT);
  CHECK_ERR(ioctl(1, 0x4004fe01, &value), ENOTTY);
}

int main(int argc, char** argv) {
  (void)argv;
  struct sigaction sa = {.sa_handler = count};
  sigaction(SIGSYS, &sa, NULL);
  ask();
  printf("signals %d\n", signals);
  if (argc > 1 && fork() == 0) {
    ask();
    _exit(0);
  }
  if (argc > 1) wait4(-1, NULL, 0, NULL);
  struct sigaction ill = {.sa_sigaction = skip, .sa_flags = SA_SIGINFO};
  sigaction(SIGILL, &ill, NULL);
  rt_probe_illegal();
  return 1;
}
