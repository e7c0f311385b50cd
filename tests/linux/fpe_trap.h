/* Floating point exceptions that trap: what SIGFPE says of them. */
#ifndef FPE_TRAP_H
#define FPE_TRAP_H

#include <fenv.h>
#include <setjmp.h>
#include <signal.h>

#include "check.h"

static sigjmp_buf fpe_back;
static volatile int fpe_code;

static void on_fpe(int signo, siginfo_t* info, void* context) {
  (void)context;
  CHECK(signo == SIGFPE && info->si_addr != NULL);
  fpe_code = info->si_code;
  siglongjmp(fpe_back, 1);
}

static void catch_fpe(void) {
  struct sigaction action = {.sa_sigaction = on_fpe, .sa_flags = SA_SIGINFO};
  CHECK(sigaction(SIGFPE, &action, NULL) == 0);
}

/* With the exception enabled `raise` traps, and the signal says `code`. */
static void expect_fpe(int exception, int code, void (*raise)(void)) {
  fpe_code = 0;
  feclearexcept(FE_ALL_EXCEPT);
  if (sigsetjmp(fpe_back, 1) == 0) {
    CHECK(feenableexcept(exception) != -1);
    CHECK(fegetexcept() == exception);
    raise();
    CHECK(!"it traps");
  }
  fedisableexcept(FE_ALL_EXCEPT);
  CHECK(fpe_code == code);
  feclearexcept(FE_ALL_EXCEPT);
}

#endif
