/* Decimal floating point of POWER: what compilers use of it, rounding, exceptions that trap. */
#include <stdint.h>
#include <sys/auxv.h>
#include <ucontext.h>

#include "check.h"
#include "fpe_trap.h"

enum { HAS_DFP = 0x400 };

static uint64_t fpscr(void) {
  double d;
  uint64_t bits;
  __asm__ volatile("mffs %0" : "=d"(d));
  memcpy(&bits, &d, 8);
  return bits;
}
static void set_fpscr(uint64_t bits) {
  double d;
  memcpy(&d, &bits, 8);
  __asm__ volatile("mtfsf 255, %0, 1, 0" ::"d"(d));
}
#define SET_ROUNDING(mode) __asm__ volatile("mtfsfi 7, " #mode ", 1")

static volatile _Decimal32 short_one = 1.0DF;
static volatile _Decimal64 zero = 0.DD, one = 1.DD, three = 3.DD, tenth = 0.1DD;
static volatile _Decimal64 least = 1E-398DD, most = 9.999999999999999E384DD;
static volatile _Decimal128 wide_one = 1.DL, wide_three = 3.DL;
static volatile _Decimal64 result;

/* --- What compilers use --- */

static void arithmetic(void) {
  CHECK(tenth + tenth + tenth == 0.3DD);
  CHECK(three - one == 2.DD && three * tenth == 0.30DD);
  CHECK(one / three == 0.3333333333333333DD);
  CHECK(wide_one / wide_three == 0.3333333333333333333333333333333333DL);
  _Decimal128 factorial = wide_one;
  for (int n = 2; n <= 30; ++n) factorial *= n;
  CHECK(factorial == 265252859812191058636308480000000.DL);
  CHECK(short_one / 8 == 0.125DF);
}

static void conversions(void) {
  volatile long big = 1234567890123456789;
  CHECK((_Decimal64)big == 1.234567890123457E18DD);
  CHECK((_Decimal128)big == 1234567890123456789.DL);
  CHECK((long)(_Decimal128)big == big);
  CHECK((long)(three / -2) == -1);
  CHECK((_Decimal64)(wide_one / wide_three) == 0.3333333333333333DD);
  CHECK((_Decimal32)(one / three) == 0.3333333DF);
  CHECK((_Decimal128)tenth == 0.1DL && (_Decimal64)short_one == one);
}

static void comparisons(void) {
  const _Decimal64 nan = zero / zero;
  CHECK(one < three && !(three < one) && one == 1.000DD && -zero == zero);
  CHECK(nan != nan && !(nan < one) && !(nan >= one));
  CHECK(wide_one < wide_three && -wide_three < wide_one);
  CHECK(one / zero > most && -one / zero < -most);
}

/* --- Instructions that compilers do not --- */

#define UNARY(name, text)                      \
  static _Decimal64 name(_Decimal64 a) {       \
    _Decimal64 r;                              \
    __asm__ volatile(text : "=d"(r) : "d"(a)); \
    return r;                                  \
  }
UNARY(to_cents_even, "dquai -2, %0, %1, 0")
UNARY(to_cents_away, "dquai -2, %0, %1, 2")
UNARY(round_by_mode, "drintn 0, %0, %1, 3")
UNARY(to_digits, "ddedpd 2, %0, %1")
UNARY(from_digits, "denbcd 1, %0, %1")
UNARY(shifted_left, "dscli %0, %1, 3")
UNARY(exponent_of, "dxex %0, %1")

static uint64_t bits_of(_Decimal64 v) {
  uint64_t bits;
  memcpy(&bits, &v, 8);
  return bits;
}

static void instructions(void) {
  CHECK(bits_of(to_cents_even(2.345DD)) == bits_of(2.34DD));
  CHECK(bits_of(to_cents_away(2.345DD)) == bits_of(2.35DD));
  CHECK(bits_of(to_cents_even(7.DD)) == bits_of(7.00DD));
  CHECK(bits_of(to_digits(-907.DD)) == 0x907d);
  CHECK(bits_of(from_digits(to_digits(-907.DD))) == bits_of(-907.DD));
  CHECK(bits_of(shifted_left(1.25DD)) == bits_of(1250.00DD));
  CHECK(bits_of(exponent_of(1.25DD)) == 398 - 2);
  unsigned cr;
  __asm__ volatile("dtstdc 7, %1, 0x08\n\tmfcr %0" : "=r"(cr) : "d"(-three) : "cr7");
  CHECK((cr & 15) == 10); /* negative, and normal */
  __asm__ volatile("dtstsf 7, %1, %2\n\tmfcr %0"
                   : "=r"(cr)
                   : "d"(exponent_of(1E-393DD)), "d"(1.25DD)
                   : "cr7");
  CHECK((cr & 15) == 4); /* five is greater than three */
}

/* --- Rounding --- */

static void rounding(void) {
  SET_ROUNDING(6); /* away from zero */
  CHECK(one / three == 0.3333333333333334DD && -one / three == -0.3333333333333334DD);
  CHECK(round_by_mode(2.1DD) == 3.DD);
  SET_ROUNDING(3); /* down */
  CHECK(one / three == 0.3333333333333333DD && -one / three == -0.3333333333333334DD);
  CHECK((fpscr() >> 32) == 3 && fegetround() == FE_TONEAREST);
  SET_ROUNDING(0);
  CHECK(round_by_mode(2.5DD) == 2.DD);
}

static volatile uint64_t frame_fpscr, handler_fpscr;
static void look(int signo, siginfo_t* info, void* context) {
  (void)signo, (void)info;
  handler_fpscr = fpscr();
  SET_ROUNDING(1);
  memcpy((void*)&frame_fpscr, &((ucontext_t*)context)->uc_mcontext.fp_regs[32], 8);
}
static void rounding_and_signals(void) {
  struct sigaction action = {.sa_sigaction = look, .sa_flags = SA_SIGINFO};
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  set_fpscr((uint64_t)7 << 32);
  CHECK(raise(SIGUSR1) == 0);
  CHECK(frame_fpscr >> 32 == 7 && handler_fpscr == 0);
  CHECK(fpscr() >> 32 == 7);
  set_fpscr(0);
}

/* --- Exceptions --- */

static void divide_by_zero(void) { result = one / zero; }
static void make_nan(void) { result = zero / zero; }
static void overflow(void) { result = most * three; }
static void underflow(void) { result = least * tenth; }
static void round_off(void) { result = one / three; }

static const struct Case {
  int exception, code;
  void (*raise)(void);
  int with; /* what comes with it when nothing traps */
} kCases[] = {
    {FE_DIVBYZERO, FPE_FLTDIV, divide_by_zero, 0},
    {FE_INVALID, FPE_FLTINV, make_nan, 0},
    {FE_OVERFLOW, FPE_FLTOVF, overflow, FE_INEXACT},
    {FE_UNDERFLOW, FPE_FLTUND, underflow, FE_INEXACT},
    {FE_INEXACT, FPE_FLTRES, round_off, 0},
};

static void traps(void) {
  catch_fpe();
  for (unsigned i = 0; i < sizeof kCases / sizeof *kCases; ++i) {
    const struct Case* c = &kCases[i];
    feclearexcept(FE_ALL_EXCEPT);
    c->raise();
    CHECK(fetestexcept(FE_ALL_EXCEPT) == (c->exception | c->with));
    result = 42;
    expect_fpe(c->exception, c->code, c->raise);
    CHECK(result == 42);
  }
}

int main(void) {
  CHECK(getauxval(AT_HWCAP) & HAS_DFP);
  arithmetic();
  conversions();
  comparisons();
  instructions();
  rounding();
  rounding_and_signals();
  traps();
  puts("ok");
  return 0;
}
