/* What the runtime needs to know about FreeBSD/sparc64: FreeBSD sys/sparc64/include. */
#pragma once

#include <stdint.h>

#define ARCH_NAME "sparc64"
#define ARCH_HW_MACHINE "sparc64"
#define ARCH_PAGE 8192

/* Thread-local storage: variant II, the TCB in %g7 right behind the block. */
#define ARCH_TLS_VARIANT 2
#define ARCH_TCB_SIZE 16
#define ARCH_TP_BIAS 0

/* _start hands the address of argc to rt_start. The kernel passes it in %o0, and wants to be told
 * where signal handlers return to: sysarch(SPARC_SIGTRAMP_INSTALL). */
#define ARCH_START                         \
  ".register %g7, #ignore\n"               \
  ".globl _start\n"                        \
  ".type _start, @function\n"              \
  "_start:\n"                              \
  "  mov %o0, %l0\n"                       \
  "  mov 2, %o0\n"                         \
  "  sethi %hi(rt_sigtramp_args), %o1\n"   \
  "  or %o1, %lo(rt_sigtramp_args), %o1\n" \
  "  mov 165, %g1\n"                       \
  "  ta %xcc, 65\n"                        \
  "  mov %l0, %o0\n"                       \
  "  mov 0, %fp\n"                         \
  "  mov 0, %o7\n"                         \
  "  ba rt_start\n"                        \
  "  nop\n"                                \
  "rt_sigtramp:\n"                         \
  "  call %o4\n"                           \
  "  nop\n"                                \
  "  add %sp, 2047 + 192, %o0\n"           \
  "  mov 417, %g1\n"                       \
  "  ta %xcc, 65\n"                        \
  "  unimp 0\n"                            \
  ".align 8\n"                             \
  "rt_sigtramp_args: .xword rt_sigtramp, 0\n"

/* A stub with the C calling convention: arguments are already where the kernel wants them. */
#define ARCH_SYSCALL(name, number)   \
  ".globl " name                     \
  "\n"                               \
  ".type " name ", @function\n" name \
  ":\n"                              \
  "  mov " number                    \
  ", %g1\n"                          \
  "  ta %xcc, 65\n"                  \
  "  bcs,pn %xcc, 1f\n"              \
  "  nop\n"                          \
  "  retl\n"                         \
  "  nop\n"                          \
  "1: mov %o7, %g1\n"                \
  "  call rt_syscall_error\n"        \
  "  mov %g1, %o7\n"

/* rt_pipe(int fds[2]): the old pipe call returns its descriptors in two registers. */
#define ARCH_PIPE(number)      \
  ".globl rt_pipe\n"           \
  ".type rt_pipe, @function\n" \
  "rt_pipe:\n"                 \
  "  mov %o0, %o2\n"           \
  "  mov " number              \
  ", %g1\n"                    \
  "  ta %xcc, 65\n"            \
  "  bcs,pn %xcc, 1f\n"        \
  "  nop\n"                    \
  "  st %o0, [%o2]\n"          \
  "  st %o1, [%o2 + 4]\n"      \
  "  retl\n"                   \
  "  mov 0, %o0\n"             \
  "1: mov %o7, %g1\n"          \
  "  call rt_syscall_error\n"  \
  "  mov %g1, %o7\n"

/* Instructions that fault at known places; see rt_trap_* in signal_probe.h. */
#define ARCH_PROBES                                \
  ".globl rt_probe_load, rt_probe_load_pc\n"       \
  "rt_probe_load:\n"                               \
  "rt_probe_load_pc:\n"                            \
  "  ld [%o0], %o0\n"                              \
  "  retl\n"                                       \
  "  nop\n"                                        \
  ".globl rt_probe_store, rt_probe_store_pc\n"     \
  "rt_probe_store:\n"                              \
  "  mov 7, %o1\n"                                 \
  "rt_probe_store_pc:\n"                           \
  "  st %o1, [%o0]\n"                              \
  "  retl\n"                                       \
  "  mov 0, %o0\n"                                 \
  ".globl rt_probe_illegal, rt_probe_illegal_pc\n" \
  "rt_probe_illegal:\n"                            \
  "rt_probe_illegal_pc:\n"                         \
  "  unimp 0\n"                                    \
  "  retl\n"                                       \
  "  mov 0, %o0\n"                                 \
  ".globl rt_probe_break, rt_probe_break_pc\n"     \
  "rt_probe_break:\n"                              \
  "rt_probe_break_pc:\n"                           \
  "  ta %xcc, 1\n"                                 \
  "  retl\n"                                       \
  "  mov 0, %o0\n"                                 \
  ".globl rt_probe_resume\n"                       \
  "rt_probe_resume:\n"                             \
  "  retl\n"                                       \
  "  mov -1, %o0\n"

#define ARCH_FP_EACH(op)                                                                          \
  op(0, 0) op(2, 8) op(4, 16) op(6, 24) op(8, 32) op(10, 40) op(12, 48) op(14, 56) op(16, 64)     \
      op(18, 72) op(20, 80) op(22, 88) op(24, 96) op(26, 104) op(28, 112) op(30, 120) op(32, 128) \
          op(34, 136) op(36, 144) op(38, 152) op(40, 160) op(42, 168) op(44, 176) op(46, 184)     \
              op(48, 192) op(50, 200) op(52, 208) op(54, 216) op(56, 224) op(58, 232) op(60, 240) \
                  op(62, 248)
#define ARCH_FP_LOAD(n, at) "  ldd [%o0 + " #at "], %f" #n "\n"
#define ARCH_FP_STORE(n, at) "  std %f" #n ", [%o1 + " #at "]\n"

/* rt_hold_fp(in, out, flag): FP registers from `in`, spin until *flag, all back to `out`. */
#define ARCH_FP_WORDS 32
#define ARCH_HOLD_FP \
  ".globl rt_hold_fp\n"                                \
  "rt_hold_fp:\n" ARCH_FP_EACH(ARCH_FP_LOAD)           \
      "1: ld [%o2], %o3\n"                             \
      "  cmp %o3, 0\n"                                 \
      "  be,pn %icc, 1b\n"                             \
      "  nop\n" ARCH_FP_EACH(ARCH_FP_STORE) "  retl\n" \
                                            "  nop\n"

/* Overwrites every FP register that a function may use freely. */
#define ARCH_FP_CLEAR(n, at) "fdtox %%f0, %%f" #n "\n"
static inline void arch_clobber_fp(void) {
  static const double junk = -1;
  __asm__ volatile("ldd [%0], %%f0\n" ARCH_FP_EACH(ARCH_FP_CLEAR)::"r"(&junk) : "memory");
}

/* A function `unsigned f(void)` that returns `value` (below 0x10000), as instructions. */
#define ARCH_CODE_WORDS 3
static inline void arch_make_code(uint32_t* code, unsigned value) {
  code[0] = 0x11000000u | value >> 10;     /* sethi %hi(value), %o0 */
  code[1] = 0x81c3e008u;                   /* retl */
  code[2] = 0x90122000u | (value & 0x3ff); /* or %o0, %lo(value), %o0 */
}

static inline void arch_flush_code(void* start, unsigned long length) {
  uintptr_t to = (uintptr_t)start + length;
  for (uintptr_t p = (uintptr_t)start & ~(uintptr_t)7; p < to; p += 8) {
    __asm__ volatile("flush %0" ::"r"(p) : "memory");
  }
}

static inline void* arch_get_tp(void) {
  void* tp;
  __asm__ volatile("mov %%g7, %0" : "=r"(tp));
  return tp;
}
static inline void arch_set_tp(void* tp) { __asm__ volatile("mov %0, %%g7" ::"r"(tp)); }

static inline void arch_pause(void) { __asm__ volatile("" ::: "memory"); }

/* FreeBSD sys/sparc64/include/ucontext.h */
typedef struct {
  uint64_t global[8];
  uint64_t out[8];
  uint64_t local[8]; /* fprs, fsr, gsr */
  uint64_t in[8];    /* tnpc, tpc, tstate, -, y, wstate */
  uint32_t fp[64];
} __attribute__((aligned(64))) mcontext_t;

#define ARCH_MCONTEXT_SIZE 512
#define ARCH_UCONTEXT_SIZE 640
#define ARCH_MC_PC(mc) ((mc)->in[1])
#define ARCH_MC_SET_PC(mc, pc) ((mc)->in[0] = ((mc)->in[1] = (pc)) + 4)
#define ARCH_MC_SP(mc) ((mc)->out[6] + 2047)

/* Codes are the types of traps, and a failed protection is SIGBUS: FreeBSD
 * sys/sparc64/sparc64/trap.c. */
#define ARCH_ILL_CODE 5
#define ARCH_BREAK_CODE TRAP_BRKPT
#define ARCH_FAULT_SIGNAL(mapped) ((mapped) ? SIGBUS : SIGSEGV)
#define ARCH_FAULT_CODE(mapped, access) \
  ((access) == 'x' ? 34 : (access) == 'w' && (mapped) ? 14 : 35)
