/* Floating point exceptions that trap: fenv(3), feenableexcept(3), on CPUs that have them. */
#include <float.h>
#include <sys/prctl.h>

#include "check.h"
#include "fpe_trap.h"

static volatile double result;
static volatile double zero = 0, one = 1, three = 3, least = DBL_MIN, most = DBL_MAX;

static void divide_by_zero(void) { result = one / zero; }
static void make_nan(void) { result = zero / zero; }
static void overflow(void) { result = most * three; }
static void underflow(void) { result = least * (one / three) * (one / three); }
static void round_off(void) { result = one / three; }

static const struct Case {
  int exception, code;
  void (*raise)(void);
} kCases[] = {
    {FE_DIVBYZERO, FPE_FLTDIV, divide_by_zero}, {FE_INVALID, FPE_FLTINV, make_nan},
    {FE_OVERFLOW, FPE_FLTOVF, overflow},        {FE_UNDERFLOW, FPE_FLTUND, underflow},
    {FE_INEXACT, FPE_FLTRES, round_off},
};
enum { COUNT = sizeof kCases / sizeof *kCases };

/* Of those that leave the result alone. */
static int keeps_result(int exception) { return exception & (FE_DIVBYZERO | FE_INVALID); }

static void trap(const struct Case* c) {
  result = 42;
  expect_fpe(c->exception, c->code, c->raise);
  if (keeps_result(c->exception)) CHECK(result == 42);
}

/* The same with the other exceptions enabled, but for what comes with it. */
static void go_on(const struct Case* c) {
  const int with = c->exception == FE_OVERFLOW || c->exception == FE_UNDERFLOW ? FE_INEXACT : 0;
  if (c->raise == underflow) return; /* its operands are rounded */
  feclearexcept(FE_ALL_EXCEPT);
  CHECK(feenableexcept(FE_ALL_EXCEPT & ~(c->exception | with)) != -1);
  c->raise();
  CHECK(fetestexcept(FE_ALL_EXCEPT) == (c->exception | with));
  fedisableexcept(FE_ALL_EXCEPT);
}

#ifdef __powerpc__
static void modes(void) {
  unsigned mode = 99;
  CHECK(prctl(PR_SET_FPEXC, PR_FP_EXC_DISABLED) == 0);
  CHECK(prctl(PR_GET_FPEXC, &mode) == 0 && mode == PR_FP_EXC_DISABLED);
  fenv_t saved;
  CHECK(fegetenv(&saved) == 0);
  __asm__ volatile("mtfsb1 27"); /* ZE */
  divide_by_zero();              /* does not trap */
  CHECK(fesetenv(&saved) == 0 && fetestexcept(FE_DIVBYZERO) == 0);
  CHECK(prctl(PR_SET_FPEXC, PR_FP_EXC_PRECISE) == 0);
  CHECK(prctl(PR_GET_FPEXC, &mode) == 0 && mode == PR_FP_EXC_PRECISE);
  CHECK(prctl(PR_SET_FPEXC, 4) == -1 && errno == EINVAL);
  CHECK(prctl(PR_GET_FPEXC, 1) == -1 && errno == EFAULT);
}
#else
static void modes(void) { CHECK(prctl(PR_SET_FPEXC, PR_FP_EXC_PRECISE) == -1 && errno == EINVAL); }
#endif

int main(void) {
  modes();
  catch_fpe();
  if (feenableexcept(FE_DIVBYZERO) != -1) {
    fedisableexcept(FE_ALL_EXCEPT);
    for (int i = 0; i < COUNT; ++i) trap(&kCases[i]);
    for (int i = 0; i < COUNT; ++i) go_on(&kCases[i]);
  }
  puts("ok");
  return 0;
}
