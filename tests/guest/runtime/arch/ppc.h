/* What the runtime needs to know about FreeBSD/powerpc, 32 bits and ELFv2: FreeBSD
 * sys/powerpc/include. */
#pragma once

#include <stdint.h>

#ifdef __powerpc64__
#ifdef __LITTLE_ENDIAN__
#define ARCH_NAME "powerpc64le"
#else
#define ARCH_NAME "powerpc64"
#endif
#define ARCH_WORD "8"
#define ARCH_STU "stdu "
#define ARCH_TP "13"
#define ARCH_TP_OFFSET 0x7010
#define ARCH_TOC                  \
  "0: addis 2, 12, .TOC.-0b@ha\n" \
  "  addi 2, 2, .TOC.-0b@l\n"
#else
#define ARCH_NAME "powerpc"
#define ARCH_WORD "4"
#define ARCH_STU "stwu "
#define ARCH_TP "2"
#define ARCH_TP_OFFSET 0x7008
#define ARCH_TOC ""
#endif
#define ARCH_HW_MACHINE "powerpc"
#ifndef __powerpc64__
#define ARCH_SIGVAL __attribute__((transparent_union))
#endif

/* Thread-local storage: variant I, the TCB right before the block; code adds offsets biased by
 * 0x7000 to the thread pointer, which is behind the TCB. */
#define ARCH_TCB_SIZE (2 * sizeof(void*))
#define ARCH_TLS_OFFSET(align) ARCH_TCB_SIZE
#define ARCH_TP_BIAS 0

/* _start hands the address of argc to rt_start. The kernel passes argv in r4. */
#define ARCH_START                                \
  ".globl _start\n"                               \
  ".type _start, @function\n"                     \
  "_start:\n" ARCH_TOC "  addi 3, 4, -" ARCH_WORD \
  "\n"                                            \
  "  " ARCH_STU                                   \
  "1, -64(1)\n"                                   \
  "  b rt_start\n"

/* A stub with the C calling convention: arguments are already where the kernel wants them. */
#define ARCH_SYSCALL(name, number)   \
  ".globl " name                     \
  "\n"                               \
  ".type " name ", @function\n" name \
  ":\n"                              \
  "  li 0, " number                  \
  "\n"                               \
  "  sc\n"                           \
  "  bnslr\n"                        \
  "  b rt_syscall_error\n"

/* rt_pipe(int fds[2]): the old pipe call returns its descriptors in two registers. */
#define ARCH_PIPE(number)      \
  ".globl rt_pipe\n"           \
  ".type rt_pipe, @function\n" \
  "rt_pipe:\n"                 \
  "  mr 12, 3\n"               \
  "  li 0, " number            \
  "\n"                         \
  "  sc\n"                     \
  "  bso 1f\n"                 \
  "  stw 3, 0(12)\n"           \
  "  stw 4, 4(12)\n"           \
  "  li 3, 0\n"                \
  "  blr\n"                    \
  "1: b rt_syscall_error\n"

/* Instructions that fault at known places; see rt_trap_* in signal_probe.h. */
#define ARCH_PROBES                                \
  ".globl rt_probe_load, rt_probe_load_pc\n"       \
  "rt_probe_load:\n"                               \
  "rt_probe_load_pc:\n"                            \
  "  lwz 3, 0(3)\n"                                \
  "  blr\n"                                        \
  ".globl rt_probe_store, rt_probe_store_pc\n"     \
  "rt_probe_store:\n"                              \
  "  li 4, 7\n"                                    \
  "rt_probe_store_pc:\n"                           \
  "  stw 4, 0(3)\n"                                \
  "  li 3, 0\n"                                    \
  "  blr\n"                                        \
  ".globl rt_probe_illegal, rt_probe_illegal_pc\n" \
  "rt_probe_illegal:\n"                            \
  "rt_probe_illegal_pc:\n"                         \
  "  .long 0\n"                                    \
  "  li 3, 0\n"                                    \
  "  blr\n"                                        \
  ".globl rt_probe_break, rt_probe_break_pc\n"     \
  "rt_probe_break:\n"                              \
  "rt_probe_break_pc:\n"                           \
  "  trap\n"                                       \
  "  li 3, 0\n"                                    \
  "  blr\n"                                        \
  ".globl rt_probe_resume\n"                       \
  "rt_probe_resume:\n"                             \
  "  li 3, -1\n"                                   \
  "  blr\n"

#define ARCH_EACH_LOW(op)                                                                 \
  op(0, 0) op(1, 8) op(2, 16) op(3, 24) op(4, 32) op(5, 40) op(6, 48) op(7, 56) op(8, 64) \
      op(9, 72) op(10, 80) op(11, 88) op(12, 96) op(13, 104)
#define ARCH_EACH_HIGH(op)                                                                        \
  op(14, 112) op(15, 120) op(16, 128) op(17, 136) op(18, 144) op(19, 152) op(20, 160) op(21, 168) \
      op(22, 176) op(23, 184) op(24, 192) op(25, 200) op(26, 208) op(27, 216) op(28, 224)         \
          op(29, 232) op(30, 240) op(31, 248)
#define ARCH_FP_SAVE(n, at) "  stfd " #n ", " #at "(1)\n"
#define ARCH_FP_RESTORE(n, at) "  lfd " #n ", " #at "(1)\n"
#define ARCH_FP_LOAD(n, at) "  lfd " #n ", " #at "(3)\n"
#define ARCH_FP_STORE(n, at) "  stfd " #n ", " #at "(4)\n"
/* Vector registers follow: 256 + 16 n. Those from 20 on are the caller's. */
#define ARCH_EACH_VECTOR(op)                                                              \
  op(0, 256) op(1, 272) op(2, 288) op(3, 304) op(4, 320) op(5, 336) op(6, 352) op(7, 368) \
      op(8, 384) op(9, 400) op(10, 416) op(11, 432) op(12, 448) op(13, 464) op(14, 480)   \
          op(15, 496) op(16, 512) op(17, 528) op(18, 544) op(19, 560)
#define ARCH_V_LOAD(n, at) "  li 7, " #at "\n  lvx " #n ", 3, 7\n"
#define ARCH_V_STORE(n, at) "  li 7, " #at "\n  stvx " #n ", 4, 7\n"

/* rt_hold_fp(in, out, flag): FP and vector registers from `in`, spin until *flag, all back to
 * `out`. */
#define ARCH_FP_WORDS 72
#define ARCH_HOLD_FP \
  ".machine push\n.machine any\n"                                                                \
  ".globl rt_hold_fp\n"                                                                          \
  "rt_hold_fp:\n"                                                                                \
  "  " ARCH_STU "1, -320(1)\n" ARCH_EACH_HIGH(ARCH_FP_SAVE) ARCH_EACH_LOW(ARCH_FP_LOAD)          \
      ARCH_EACH_HIGH(ARCH_FP_LOAD) ARCH_EACH_VECTOR(ARCH_V_LOAD) "1: lwz 6, 0(5)\n"              \
                                   "  cmpwi 6, 0\n"                                              \
                                   "  beq 1b\n" ARCH_EACH_LOW(ARCH_FP_STORE)                     \
                                       ARCH_EACH_HIGH(ARCH_FP_STORE)                             \
                                           ARCH_EACH_VECTOR(ARCH_V_STORE)                        \
                                               ARCH_EACH_HIGH(ARCH_FP_RESTORE)                   \
  "  addi 1, 1, 320\n"                                                                           \
  "  blr\n"                                                                                      \
  ".machine pop\n"

/* Overwrites FP and vector registers that a function may use freely. */
static inline void arch_clobber_fp(void) {
  static const double junk[8] __attribute__((aligned(16))) = {-1, -2, -3, -4, -5, -6, -7, -8};
  __asm__ volatile(
      "lfd 0, 0(%0)\n lfd 1, 8(%0)\n lfd 2, 16(%0)\n lfd 3, 24(%0)\n"
      "lfd 10, 32(%0)\n lfd 11, 40(%0)\n lfd 12, 48(%0)\n lfd 13, 56(%0)\n"
      "fcmpu 0, 0, 1\n fdiv 4, 0, 1\n" ::"b"(junk)
      : "fr0", "fr1", "fr2", "fr3", "fr4", "fr10", "fr11", "fr12", "fr13", "cr0");
  __asm__ volatile(".machine push\n.machine any\n vxor 0, 0, 0\n vxor 19, 19, 19\n.machine pop");
}

/* A function `unsigned f(void)` that returns `value` (below 0x10000), as instructions. */
#define ARCH_CODE_WORDS 3
static inline void arch_make_code(uint32_t* code, unsigned value) {
  code[0] = 0x38600000u;                    /* li r3, 0 */
  code[1] = 0x60630000u | (value & 0xffff); /* ori r3, r3, value */
  code[2] = 0x4e800020u;                    /* blr */
}

static inline void arch_flush_code(void* start, unsigned long length) {
  const uintptr_t line = 32; /* no processor's is shorter */
  uintptr_t to = (uintptr_t)start + length;
  for (uintptr_t p = (uintptr_t)start & ~(line - 1); p < to; p += line) {
    __asm__ volatile("dcbst 0, %0" ::"r"(p) : "memory");
  }
  __asm__ volatile("sync" ::: "memory");
  for (uintptr_t p = (uintptr_t)start & ~(line - 1); p < to; p += line) {
    __asm__ volatile("icbi 0, %0" ::"r"(p) : "memory");
  }
  __asm__ volatile("isync" ::: "memory");
}

static inline void* arch_get_tp(void) {
  char* tp;
  __asm__ volatile("mr %0, " ARCH_TP : "=r"(tp));
  return tp - ARCH_TP_OFFSET;
}
static inline void arch_set_tp(void* tp) {
  __asm__ volatile("mr " ARCH_TP ", %0" ::"r"((char*)tp + ARCH_TP_OFFSET));
}

static inline void arch_pause(void) { __asm__ volatile("or 27, 27, 27" ::: "memory"); }

/* FreeBSD sys/powerpc/include/ucontext.h */
typedef struct {
  int vers, flags, onstack, len;
  uint64_t avec[64];
  uint32_t av[2];
  unsigned long frame[42];
  uint64_t fpreg[33];
  uint64_t vsxfpreg[32];
} mcontext_t __attribute__((aligned(16)));

#ifdef __powerpc64__
#define ARCH_MCONTEXT_SIZE 1392
#define ARCH_UCONTEXT_SIZE 1472
#else
#define ARCH_MCONTEXT_SIZE 1224
#define ARCH_UCONTEXT_SIZE 1280
#endif
#define ARCH_MC_PC(mc) ((mc)->frame[36])
#define ARCH_MC_SP(mc) ((mc)->frame[1])

/* si_code of the probes: FreeBSD sys/powerpc/powerpc/trap.c, where every page fault is one of an
 * address without mapping. */
#define ARCH_ILL_CODE 1
#define ARCH_BREAK_CODE TRAP_BRKPT
#define ARCH_ACCERR SEGV_MAPERR
