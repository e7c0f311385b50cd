/* What the runtime needs to know about FreeBSD/mips, o32 and n64: FreeBSD sys/mips/include. */
#pragma once

#include <stdint.h>

#ifdef __mips64
#ifdef __MIPSEB__
#define ARCH_NAME "mips64"
#else
#define ARCH_NAME "mips64el"
#endif
#define ARCH_WORD "8"
#define ARCH_ADDU "daddu "
#define ARCH_ADDIU "daddiu "
#define ARCH_SREG "sd "
#define ARCH_LREG "ld "
#else
#ifdef __MIPSEB__
#define ARCH_NAME "mips"
#else
#define ARCH_NAME "mipsel"
#endif
#define ARCH_WORD "4"
#define ARCH_ADDU "addu "
#define ARCH_ADDIU "addiu "
#define ARCH_SREG "sw "
#define ARCH_LREG "lw "
#endif
#define ARCH_HW_MACHINE "mips"

/* Thread-local storage: variant I, the TCB right before the block; code adds offsets biased by
 * 0x7000. */
#define ARCH_TCB_SIZE (2 * sizeof(void*))
#define ARCH_TLS_OFFSET(align) ARCH_TCB_SIZE
#define ARCH_TP_BIAS 0

/* _start hands the address of argc to rt_start. The kernel passes it in a0. */
#define ARCH_START              \
  ".set push\n.set noreorder\n" \
  ".globl _start\n"             \
  ".type _start, @function\n"   \
  "_start:\n"                   \
  "  move $30, $0\n"            \
  "  move $31, $0\n"            \
  "  " ARCH_ADDIU               \
  "$29, $29, -64\n"             \
  "  j rt_start\n"              \
  "  nop\n"                     \
  ".set pop\n"

/* A stub with the C calling convention: arguments are already where the kernel wants them. */
#define ARCH_SYSCALL(name, number)   \
  ".set push\n.set noreorder\n"      \
  ".globl " name                     \
  "\n"                               \
  ".type " name ", @function\n" name \
  ":\n"                              \
  "  li $2, " number                 \
  "\n"                               \
  "  syscall\n"                      \
  "  bnez $7, 1f\n"                  \
  "  nop\n"                          \
  "  jr $31\n"                       \
  "  nop\n"                          \
  "1: j rt_syscall_error\n"          \
  "  move $4, $2\n"                  \
  ".set pop\n"

/* rt_pipe(int fds[2]): the old pipe call returns its descriptors in two registers. */
#define ARCH_PIPE(number)       \
  ".set push\n.set noreorder\n" \
  ".globl rt_pipe\n"            \
  ".type rt_pipe, @function\n"  \
  "rt_pipe:\n"                  \
  "  move $12, $4\n"            \
  "  li $2, " number            \
  "\n"                          \
  "  syscall\n"                 \
  "  bnez $7, 1f\n"             \
  "  nop\n"                     \
  "  sw $2, 0($12)\n"           \
  "  sw $3, 4($12)\n"           \
  "  jr $31\n"                  \
  "  move $2, $0\n"             \
  "1: j rt_syscall_error\n"     \
  "  move $4, $2\n"             \
  ".set pop\n"

/* Instructions that fault at known places; see rt_trap_* in signal_probe.h. */
#define ARCH_PROBES                                \
  ".set push\n.set noreorder\n"                    \
  ".globl rt_probe_load, rt_probe_load_pc\n"       \
  "rt_probe_load:\n"                               \
  "rt_probe_load_pc:\n"                            \
  "  lw $2, 0($4)\n"                               \
  "  jr $31\n"                                     \
  "  nop\n"                                        \
  ".globl rt_probe_store, rt_probe_store_pc\n"     \
  "rt_probe_store:\n"                              \
  "  li $3, 7\n"                                   \
  "rt_probe_store_pc:\n"                           \
  "  sw $3, 0($4)\n"                               \
  "  jr $31\n"                                     \
  "  move $2, $0\n"                                \
  ".globl rt_probe_illegal, rt_probe_illegal_pc\n" \
  "rt_probe_illegal:\n"                            \
  "rt_probe_illegal_pc:\n"                         \
  "  .word 0x00000005\n"                           \
  "  jr $31\n"                                     \
  "  move $2, $0\n"                                \
  ".globl rt_probe_break, rt_probe_break_pc\n"     \
  "rt_probe_break:\n"                              \
  "rt_probe_break_pc:\n"                           \
  "  break\n"                                      \
  "  jr $31\n"                                     \
  "  move $2, $0\n"                                \
  ".globl rt_probe_resume\n"                       \
  "rt_probe_resume:\n"                             \
  "  jr $31\n"                                     \
  "  li $2, -1\n"                                  \
  ".set pop\n"

/* Every second register: all of them that hold doubles with FR=0. */
#define ARCH_FP_EACH(op)                                                                      \
  op(0, 0) op(2, 8) op(4, 16) op(6, 24) op(8, 32) op(10, 40) op(12, 48) op(14, 56) op(16, 64) \
      op(18, 72) op(20, 80) op(22, 88) op(24, 96) op(26, 104) op(28, 112) op(30, 120)
#define ARCH_FP_SAVE(n, at) "  sdc1 $f" #n ", " #at "($29)\n"
#define ARCH_FP_RESTORE(n, at) "  ldc1 $f" #n ", " #at "($29)\n"
#define ARCH_FP_LOAD(n, at) "  ldc1 $f" #n ", " #at "($4)\n"
#define ARCH_FP_STORE(n, at) "  sdc1 $f" #n ", " #at "($5)\n"

/* rt_hold_fp(in, out, flag): FP registers from `in`, spin until *flag, all back to `out`. */
#define ARCH_FP_WORDS 16
#define ARCH_HOLD_FP \
  ".set push\n.set noreorder\n"                                                         \
  ".globl rt_hold_fp\n"                                                                 \
  "rt_hold_fp:\n"                                                                       \
  "  " ARCH_ADDIU "$29, $29, -128\n" ARCH_FP_EACH(ARCH_FP_SAVE)                         \
      ARCH_FP_EACH(ARCH_FP_LOAD) "1: lw $2, 0($6)\n"                                    \
                                 "  beqz $2, 1b\n"                                      \
                                 "  nop\n" ARCH_FP_EACH(ARCH_FP_STORE)                  \
                                     ARCH_FP_EACH(ARCH_FP_RESTORE) "  jr $31\n"         \
                                                                   "  " ARCH_ADDIU      \
                                                                   "$29, $29, 128\n"    \
                                                                   ".set pop\n"

/* Overwrites every FP register that a function may use freely. */
static inline void arch_clobber_fp(void) {
  static const double junk[8] = {-1, -2, -3, -4, -5, -6, -7, -8};
  __asm__ volatile(
      "ldc1 $f0, 0(%0)\n ldc1 $f2, 8(%0)\n ldc1 $f4, 16(%0)\n ldc1 $f6, 24(%0)\n"
      "ldc1 $f8, 32(%0)\n ldc1 $f10, 40(%0)\n ldc1 $f12, 48(%0)\n ldc1 $f14, 56(%0)\n" ::"r"(junk)
      : "$f0", "$f2", "$f4", "$f6", "$f8", "$f10", "$f12", "$f14");
}

/* A function `unsigned f(void)` that returns `value` (below 0x10000), as instructions. */
#define ARCH_CODE_WORDS 2
static inline void arch_make_code(uint32_t* code, unsigned value) {
  code[0] = 0x03e00008u;                    /* jr ra */
  code[1] = 0x34020000u | (value & 0xffff); /* ori v0, zero, value */
}

static inline void arch_flush_code(void* start, unsigned long length) {
  uintptr_t step;
  __asm__("rdhwr %0, $1" : "=r"(step));
  uintptr_t to = (uintptr_t)start + length;
  for (uintptr_t p = (uintptr_t)start & ~(step - 1); p < to; p += step) {
    __asm__ volatile("synci 0(%0)" ::"r"(p) : "memory");
  }
  __asm__ volatile("sync" ::: "memory");
}

/* The hardware register points 0x7000 behind the end of the TCB. */
static inline void* arch_get_tp(void) {
  char* tp;
  __asm__("rdhwr %0, $29" : "=r"(tp));
  return tp - 0x7000 - ARCH_TCB_SIZE;
}

int sysarch(int operation, void* arguments);
static inline void arch_set_tp(void* tp) { sysarch(1, tp); }

static inline void arch_pause(void) { __asm__ volatile("" ::: "memory"); }

/* FreeBSD sys/mips/include/ucontext.h */
typedef struct {
  int onstack;
  long pc;
  long regs[32];
  long sr, mullo, mulhi;
  int fpused;
  long fpregs[33];
  long fpc_eir;
  void* tls;
  int spare[8];
} mcontext_t;

#ifdef __mips64
#define ARCH_MCONTEXT_SIZE 616
#define ARCH_UCONTEXT_SIZE 688
#else
#define ARCH_MCONTEXT_SIZE 324
#define ARCH_UCONTEXT_SIZE 376
#endif
#define ARCH_MC_PC(mc) ((mc)->pc)
#define ARCH_MC_SP(mc) ((mc)->regs[29])

/* si_code of the probes: FreeBSD sys/mips/mips/trap.c. */
#define ARCH_ILL_CODE 0
#define ARCH_BREAK_CODE TRAP_BRKPT
