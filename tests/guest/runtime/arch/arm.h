/* What the runtime needs to know about FreeBSD/arm, ARMv6 hard float: FreeBSD sys/arm/include. */
#pragma once

#include <stdint.h>

#define ARCH_NAME "armv6"
#define ARCH_HW_MACHINE "arm"

/* Thread-local storage: variant I, two words of TCB at the thread pointer. */
#define ARCH_TCB_SIZE 8
#define ARCH_TP_BIAS 0

/* _start hands the address of argc to rt_start: the stack pointer. */
#define ARCH_START            \
  ".syntax unified\n"         \
  ".arm\n"                    \
  ".fpu vfp\n"                \
  ".globl _start\n"           \
  ".type _start, %function\n" \
  "_start:\n"                 \
  "  mov r0, sp\n"            \
  "  bic sp, sp, #7\n"        \
  "  mov fp, #0\n"            \
  "  mov lr, #0\n"            \
  "  b rt_start\n"

/* A stub with the C calling convention: arguments are already where the kernel wants them
 * (r0 to r3, then the stack; 64-bit arguments in even pairs). r7 is the caller's. */
#define ARCH_SYSCALL(name, number)   \
  ".globl " name                     \
  "\n"                               \
  ".type " name ", %function\n" name \
  ":\n"                              \
  "  mov ip, r7\n"                   \
  "  ldr r7, =" number               \
  "\n"                               \
  "  svc #0\n"                       \
  "  mov r7, ip\n"                   \
  "  bcs rt_syscall_error\n"         \
  "  bx lr\n"                        \
  "  .ltorg\n"

/* rt_pipe(int fds[2]): the old pipe call returns its descriptors in two registers. */
#define ARCH_PIPE(number)      \
  ".globl rt_pipe\n"           \
  ".type rt_pipe, %function\n" \
  "rt_pipe:\n"                 \
  "  mov r2, r0\n"             \
  "  mov ip, r7\n"             \
  "  ldr r7, =" number         \
  "\n"                         \
  "  svc #0\n"                 \
  "  mov r7, ip\n"             \
  "  bcs rt_syscall_error\n"   \
  "  stm r2, {r0, r1}\n"       \
  "  mov r0, #0\n"             \
  "  bx lr\n"                  \
  "  .ltorg\n"

/* Instructions that fault at known places. 0xe7ffdefe is the kernel's breakpoint
 * (GDB5_BREAKPOINT in sys/arm/include/trap.h). */
#define ARCH_PROBES                                \
  ".globl rt_probe_load, rt_probe_load_pc\n"       \
  "rt_probe_load:\n"                               \
  "rt_probe_load_pc:\n"                            \
  "  ldr r0, [r0]\n"                               \
  "  bx lr\n"                                      \
  ".globl rt_probe_store, rt_probe_store_pc\n"     \
  "rt_probe_store:\n"                              \
  "  mov r2, #7\n"                                 \
  "rt_probe_store_pc:\n"                           \
  "  str r2, [r0]\n"                               \
  "  mov r0, #0\n"                                 \
  "  bx lr\n"                                      \
  ".globl rt_probe_illegal, rt_probe_illegal_pc\n" \
  "rt_probe_illegal:\n"                            \
  "rt_probe_illegal_pc:\n"                         \
  "  .inst 0xe7f000f0\n"                           \
  "  mov r0, #0\n"                                 \
  "  bx lr\n"                                      \
  ".globl rt_probe_break, rt_probe_break_pc\n"     \
  "rt_probe_break:\n"                              \
  "rt_probe_break_pc:\n"                           \
  "  .inst 0xe7ffdefe\n"                           \
  "  mov r0, #0\n"                                 \
  "  bx lr\n"                                      \
  ".globl rt_probe_resume\n"                       \
  "rt_probe_resume:\n"                             \
  "  mvn r0, #0\n"                                 \
  "  bx lr\n"

/* rt_hold_fp(in, out, flag): every FP register from `in`, spin until *flag, all back to `out`. */
#define ARCH_FP_WORDS 16
#define ARCH_HOLD_FP        \
  ".globl rt_hold_fp\n"     \
  "rt_hold_fp:\n"           \
  "  vpush {d8-d15}\n"      \
  "  vldmia r0, {d0-d15}\n" \
  "1: ldr r3, [r2]\n"       \
  "  cmp r3, #0\n"          \
  "  beq 1b\n"              \
  "  vstmia r1, {d0-d15}\n" \
  "  vpop {d8-d15}\n"       \
  "  bx lr\n"

/* Overwrites every FP register that a function may use freely. */
static inline void arch_clobber_fp(void) {
  static const double junk[8] = {-1, -2, -3, -4, -5, -6, -7, -8};
  __asm__ volatile("vldmia %0, {d0-d7}" ::"r"(junk)
                   : "d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7");
}

/* A function `unsigned f(void)` that returns `value` (below 0x10000), as instructions. */
#define ARCH_CODE_WORDS 3
static inline void arch_make_code(uint32_t* code, unsigned value) {
  code[0] = 0xe59f0000u; /* ldr r0, [pc]: the word after the next */
  code[1] = 0xe12fff1eu; /* bx lr */
  code[2] = value;
}

/* sysarch(ARM_SYNC_ICACHE): FreeBSD sys/arm/include/sysarch.h. */
struct arm_sync_icache_args {
  uintptr_t addr;
  unsigned len;
};
int sysarch(int operation, void* arguments);
static inline void arch_flush_code(void* start, unsigned long length) {
  struct arm_sync_icache_args args = {(uintptr_t)start, (unsigned)length};
  sysarch(0, &args);
}

static inline void* arch_get_tp(void) {
  void* tp;
  __asm__("mrc p15, 0, %0, c13, c0, 3" : "=r"(tp));
  return tp;
}

static inline void arch_set_tp(void* tp) { sysarch(2, tp); }

static inline void arch_pause(void) { __asm__ volatile("" ::: "memory"); }

/* The compiler's own calls on this machine: the thread pointer in r0, nothing else touched;
 * quotient and remainder in registers. */
#define ARCH_BUILTINS                                            \
  ".globl __aeabi_read_tp\n"                                     \
  "__aeabi_read_tp:\n"                                           \
  "  mrc p15, 0, r0, c13, c0, 3\n"                               \
  "  bx lr\n"                                                    \
  ".globl __aeabi_uidiv\n"                                       \
  "__aeabi_uidiv: b __udivsi3\n"                                 \
  ".globl __aeabi_idiv\n"                                        \
  "__aeabi_idiv: b __divsi3\n"                                   \
  ".globl __aeabi_uidivmod\n"                                    \
  "__aeabi_uidivmod:\n"                                          \
  "  push {r0, r1, r4, lr}\n"                                    \
  "  bl __udivsi3\n"                                             \
  "  pop {r2, r3, r4, lr}\n"                                     \
  "  mul r1, r0, r3\n"                                           \
  "  sub r1, r2, r1\n"                                           \
  "  bx lr\n"                                                    \
  ".globl __aeabi_idivmod\n"                                     \
  "__aeabi_idivmod:\n"                                           \
  "  push {r0, r1, r4, lr}\n"                                    \
  "  bl __divsi3\n"                                              \
  "  pop {r2, r3, r4, lr}\n"                                     \
  "  mul r1, r0, r3\n"                                           \
  "  sub r1, r2, r1\n"                                           \
  "  bx lr\n"                                                    \
  ".globl __aeabi_uldivmod\n"                                    \
  "__aeabi_uldivmod:\n"                                          \
  "  push {r4, lr}\n"                                            \
  "  sub sp, sp, #16\n"                                          \
  "  add ip, sp, #8\n"                                           \
  "  str ip, [sp]\n"                                             \
  "  bl __udivmoddi4\n"                                          \
  "  ldrd r2, r3, [sp, #8]\n"                                    \
  "  add sp, sp, #16\n"                                          \
  "  pop {r4, pc}\n"                                             \
  ".globl __aeabi_ldivmod\n"                                     \
  "__aeabi_ldivmod:\n"                                           \
  "  push {r4, lr}\n"                                            \
  "  sub sp, sp, #16\n"                                          \
  "  add ip, sp, #8\n"                                           \
  "  str ip, [sp]\n"                                             \
  "  bl __divmoddi4\n"                                           \
  "  ldrd r2, r3, [sp, #8]\n"                                    \
  "  add sp, sp, #16\n"                                          \
  "  pop {r4, pc}\n"                                             \
  ".globl __aeabi_memcpy, __aeabi_memcpy4, __aeabi_memcpy8\n"    \
  "__aeabi_memcpy:\n"                                            \
  "__aeabi_memcpy4:\n"                                           \
  "__aeabi_memcpy8: b memcpy\n"                                  \
  ".globl __aeabi_memmove, __aeabi_memmove4, __aeabi_memmove8\n" \
  "__aeabi_memmove:\n"                                           \
  "__aeabi_memmove4:\n"                                          \
  "__aeabi_memmove8: b memmove\n"                                \
  ".globl __aeabi_memset, __aeabi_memset4, __aeabi_memset8\n"    \
  "__aeabi_memset:\n"                                            \
  "__aeabi_memset4:\n"                                           \
  "__aeabi_memset8:\n"                                           \
  "  mov r3, r1\n"                                               \
  "  mov r1, r2\n"                                               \
  "  mov r2, r3\n"                                               \
  "  b memset\n"                                                 \
  ".globl __aeabi_memclr, __aeabi_memclr4, __aeabi_memclr8\n"    \
  "__aeabi_memclr:\n"                                            \
  "__aeabi_memclr4:\n"                                           \
  "__aeabi_memclr8:\n"                                           \
  "  mov r2, r1\n"                                               \
  "  mov r1, #0\n"                                               \
  "  b memset\n"

/* FreeBSD sys/arm/include/ucontext.h */
typedef struct {
  uint32_t r[17]; /* r0 to r15, cpsr */
  uint32_t vfp_size;
  void* vfp_ptr;
  uint32_t spare[33];
} mcontext_t;

#define ARCH_MCONTEXT_SIZE 208
#define ARCH_UCONTEXT_SIZE 260
#define ARCH_MC_PC(mc) ((mc)->r[15])
#define ARCH_MC_SP(mc) ((mc)->r[13])

/* si_code of the probes: FreeBSD sys/arm/arm/undefined.c. */
#define ARCH_ILL_CODE ILL_ILLOPC
#define ARCH_BREAK_CODE TRAP_BRKPT
