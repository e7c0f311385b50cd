/* What the runtime needs to know about FreeBSD/arm64: FreeBSD sys/arm64/include. */
#pragma once

#include <stdint.h>

#define ARCH_NAME "aarch64"
#define ARCH_HW_MACHINE "arm64"

/* Thread-local storage: variant I, two words of TCB at the thread pointer. */
#define ARCH_TCB_SIZE 16
#define ARCH_TP_BIAS 0

/* _start hands the address of argc to rt_start. The kernel passes it in x0. */
#define ARCH_START            \
  ".globl _start\n"           \
  ".type _start, %function\n" \
  "_start:\n"                 \
  "  mov x29, #0\n"           \
  "  mov x30, #0\n"           \
  "  b rt_start\n"

/* A stub with the C calling convention: arguments are already where the kernel wants them. */
#define ARCH_SYSCALL(name, number)   \
  ".globl " name                     \
  "\n"                               \
  ".type " name ", %function\n" name \
  ":\n"                              \
  "  mov x8, #" number               \
  "\n"                               \
  "  svc #0\n"                       \
  "  b.cs rt_syscall_error\n"        \
  "  ret\n"

/* rt_pipe(int fds[2]): the old pipe call returns its descriptors in two registers. */
#define ARCH_PIPE(number)      \
  ".globl rt_pipe\n"           \
  ".type rt_pipe, %function\n" \
  "rt_pipe:\n"                 \
  "  mov x9, x0\n"             \
  "  mov x8, #" number         \
  "\n"                         \
  "  svc #0\n"                 \
  "  b.cs rt_syscall_error\n"  \
  "  stp w0, w1, [x9]\n"       \
  "  mov x0, #0\n"             \
  "  ret\n"

/* Instructions that fault at known places; see rt_trap_* in signal_probe.h. */
#define ARCH_PROBES                                \
  ".globl rt_probe_load, rt_probe_load_pc\n"       \
  "rt_probe_load:\n"                               \
  "rt_probe_load_pc:\n"                            \
  "  ldr w0, [x0]\n"                               \
  "  ret\n"                                        \
  ".globl rt_probe_store, rt_probe_store_pc\n"     \
  "rt_probe_store:\n"                              \
  "  mov w2, #7\n"                                 \
  "rt_probe_store_pc:\n"                           \
  "  str w2, [x0]\n"                               \
  "  mov w0, #0\n"                                 \
  "  ret\n"                                        \
  ".globl rt_probe_illegal, rt_probe_illegal_pc\n" \
  "rt_probe_illegal:\n"                            \
  "rt_probe_illegal_pc:\n"                         \
  "  .inst 0x00000000\n"                           \
  "  mov w0, #0\n"                                 \
  "  ret\n"                                        \
  ".globl rt_probe_break, rt_probe_break_pc\n"     \
  "rt_probe_break:\n"                              \
  "rt_probe_break_pc:\n"                           \
  "  brk #0\n"                                     \
  "  mov w0, #0\n"                                 \
  "  ret\n"                                        \
  ".globl rt_probe_resume\n"                       \
  "rt_probe_resume:\n"                             \
  "  mov w0, #-1\n"                                \
  "  ret\n"

/* rt_hold_fp(in, out, flag): every FP register from `in`, spin until *flag, all back to `out`. */
#define ARCH_FP_WORDS 64
#define ARCH_HOLD_FP             \
  ".globl rt_hold_fp\n"          \
  "rt_hold_fp:\n"                \
  "  stp d8, d9, [sp, #-64]!\n"  \
  "  stp d10, d11, [sp, #16]\n"  \
  "  stp d12, d13, [sp, #32]\n"  \
  "  stp d14, d15, [sp, #48]\n"  \
  "  ldp q0, q1, [x0]\n"         \
  "  ldp q2, q3, [x0, #32]\n"    \
  "  ldp q4, q5, [x0, #64]\n"    \
  "  ldp q6, q7, [x0, #96]\n"    \
  "  ldp q8, q9, [x0, #128]\n"   \
  "  ldp q10, q11, [x0, #160]\n" \
  "  ldp q12, q13, [x0, #192]\n" \
  "  ldp q14, q15, [x0, #224]\n" \
  "  ldp q16, q17, [x0, #256]\n" \
  "  ldp q18, q19, [x0, #288]\n" \
  "  ldp q20, q21, [x0, #320]\n" \
  "  ldp q22, q23, [x0, #352]\n" \
  "  ldp q24, q25, [x0, #384]\n" \
  "  ldp q26, q27, [x0, #416]\n" \
  "  ldp q28, q29, [x0, #448]\n" \
  "  ldp q30, q31, [x0, #480]\n" \
  "1: ldr w3, [x2]\n"            \
  "  cbz w3, 1b\n"               \
  "  stp q0, q1, [x1]\n"         \
  "  stp q2, q3, [x1, #32]\n"    \
  "  stp q4, q5, [x1, #64]\n"    \
  "  stp q6, q7, [x1, #96]\n"    \
  "  stp q8, q9, [x1, #128]\n"   \
  "  stp q10, q11, [x1, #160]\n" \
  "  stp q12, q13, [x1, #192]\n" \
  "  stp q14, q15, [x1, #224]\n" \
  "  stp q16, q17, [x1, #256]\n" \
  "  stp q18, q19, [x1, #288]\n" \
  "  stp q20, q21, [x1, #320]\n" \
  "  stp q22, q23, [x1, #352]\n" \
  "  stp q24, q25, [x1, #384]\n" \
  "  stp q26, q27, [x1, #416]\n" \
  "  stp q28, q29, [x1, #448]\n" \
  "  stp q30, q31, [x1, #480]\n" \
  "  ldp d10, d11, [sp, #16]\n"  \
  "  ldp d12, d13, [sp, #32]\n"  \
  "  ldp d14, d15, [sp, #48]\n"  \
  "  ldp d8, d9, [sp], #64\n"    \
  "  ret\n"

/* Overwrites every FP register that a function may use freely. */
static inline void arch_clobber_fp(void) {
  __asm__ volatile(
      "movi v0.16b, #0xa5\n movi v1.16b, #0xa5\n movi v2.16b, #0xa5\n movi v3.16b, #0xa5\n"
      "movi v4.16b, #0xa5\n movi v5.16b, #0xa5\n movi v6.16b, #0xa5\n movi v7.16b, #0xa5\n"
      "movi v16.16b, #0xa5\n movi v17.16b, #0xa5\n movi v30.16b, #0xa5\n movi v31.16b, #0xa5\n" ::
          : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v16", "v17", "v30", "v31");
}

/* A function `unsigned f(void)` that returns `value` (below 0x10000), as instructions. */
#define ARCH_CODE_WORDS 2
static inline void arch_make_code(uint32_t* code, unsigned value) {
  code[0] = 0x52800000u | (value & 0xffff) << 5; /* mov w0, #value */
  code[1] = 0xd65f03c0u;                         /* ret */
}

static inline void arch_flush_code(void* start, unsigned long length) {
  uintptr_t from = (uintptr_t)start & ~(uintptr_t)15;
  uintptr_t to = (uintptr_t)start + length;
  for (uintptr_t p = from; p < to; p += 16) __asm__ volatile("dc cvau, %0" ::"r"(p) : "memory");
  __asm__ volatile("dsb ish" ::: "memory");
  for (uintptr_t p = from; p < to; p += 16) __asm__ volatile("ic ivau, %0" ::"r"(p) : "memory");
  __asm__ volatile("dsb ish\n isb" ::: "memory");
}

static inline void* arch_get_tp(void) {
  void* tp;
  __asm__("mrs %0, tpidr_el0" : "=r"(tp));
  return tp;
}

static inline void arch_set_tp(void* tp) {
  __asm__ volatile("msr tpidr_el0, %0" ::"r"(tp) : "memory");
}

static inline void arch_pause(void) { __asm__ volatile("yield"); }

/* FreeBSD sys/arm64/include/ucontext.h */
typedef struct {
  uint64_t x[30];
  uint64_t lr;
  uint64_t sp;
  uint64_t elr;
  uint32_t spsr;
  int pad;
} gpregs_t;

typedef struct {
  __uint128_t q[32];
  uint32_t sr;
  uint32_t cr;
  int flags;
  int pad;
} fpregs_t;

typedef struct {
  gpregs_t gp;
  fpregs_t fp;
  int flags;
  int pad;
  uint64_t spare[8];
} mcontext_t;

#define ARCH_MCONTEXT_SIZE 880
#define ARCH_UCONTEXT_SIZE 960
#define ARCH_MC_PC(mc) ((mc)->gp.elr)
#define ARCH_MC_SP(mc) ((mc)->gp.sp)

/* si_code and si_addr of the probes: FreeBSD sys/arm64/arm64/trap.c. */
#define ARCH_ILL_CODE ILL_ILLTRP
#define ARCH_BREAK_CODE TRAP_BRKPT
