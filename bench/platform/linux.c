/* Linux without a libc: entry and system calls of the machines that the comparison needs. */
#include "bench.h"

#ifdef __mips__
enum { SIGCHLD = 18 };
#elif defined(__sparc__)
enum { SIGCHLD = 20 };
#else
enum { SIGCHLD = 17 };
#endif

#if defined(__aarch64__)
enum { SYS_write = 64, SYS_exit = 93, SYS_clone = 220, SYS_execve = 221, SYS_wait4 = 260 };
__asm__(".globl _start\n_start:\n mov x0, sp\n b start\n");
static long call(long n, long a, long b, long c, long d, long e) {
  register long x8 __asm__("x8") = n;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
}
#elif defined(__arm__)
enum { SYS_exit = 1, SYS_write = 4, SYS_execve = 11, SYS_wait4 = 114, SYS_clone = 120 };
__asm__(
    ".syntax unified\n.globl _start\n.type _start, %function\n_start:\n mov r0, sp\n"
    " bic r1, r0, #7\n mov sp, r1\n b start\n");
static long call(long n, long a, long b, long c, long d, long e) {
  register long r7 __asm__("r7") = n;
  register long r0 __asm__("r0") = a;
  register long r1 __asm__("r1") = b;
  register long r2 __asm__("r2") = c;
  register long r3 __asm__("r3") = d;
  register long r4 __asm__("r4") = e;
  __asm__ volatile("svc #0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2), "r"(r3), "r"(r4) : "memory");
  return r0;
}
#elif defined(__mips__)
#ifdef __mips64
enum { SYS_write = 5001, SYS_clone = 5055, SYS_execve = 5057, SYS_exit = 5058, SYS_wait4 = 5059 };
__asm__(".globl _start\n_start:\n move $4, $29\n dli $8, -16\n and $29, $29, $8\n j start\n");
#else
enum { SYS_exit = 4001, SYS_write = 4004, SYS_execve = 4011, SYS_wait4 = 4114, SYS_clone = 4120 };
__asm__(
    ".globl _start\n_start:\n move $4, $29\n addiu $29, $29, -32\n"
    " srl $29, $29, 4\n sll $29, $29, 4\n j start\n");
#endif
/* The fifth argument is on the stack in o32; no call here has one. */
static long call(long n, long a, long b, long c, long d, long e) {
  register long v0 __asm__("$2") = n;
  register long a0 __asm__("$4") = a;
  register long a1 __asm__("$5") = b;
  register long a2 __asm__("$6") = c;
  register long a3 __asm__("$7") = d;
  (void)e;
  __asm__ volatile("syscall"
                   : "+r"(v0), "+r"(a3)
                   : "r"(a0), "r"(a1), "r"(a2)
                   : "$1", "$3", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$24", "$25",
                     "hi", "lo", "memory");
  return a3 ? -v0 : v0;
}
#elif defined(__powerpc__)
enum { SYS_exit = 1, SYS_write = 4, SYS_execve = 11, SYS_wait4 = 114, SYS_clone = 120 };
#ifdef __powerpc64__
__asm__(
    ".globl _start\n_start:\n lis 2, .TOC.@ha\n addi 2, 2, .TOC.@l\n mr 3, 1\n"
    " clrrdi 1, 1, 4\n stdu 1, -64(1)\n b start\n");
#else
__asm__(".globl _start\n_start:\n mr 3, 1\n clrrwi 1, 1, 4\n stwu 1, -64(1)\n b start\n");
#endif
static long call(long n, long a, long b, long c, long d, long e) {
  register long r0 __asm__("r0") = n;
  register long r3 __asm__("r3") = a;
  register long r4 __asm__("r4") = b;
  register long r5 __asm__("r5") = c;
  register long r6 __asm__("r6") = d;
  register long r7 __asm__("r7") = e;
  __asm__ volatile("sc\n bns+ 1f\n neg 3, 3\n1:"
                   : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7)
                   :
                   : "r8", "r9", "r10", "r11", "r12", "cr0", "ctr", "memory");
  return r3;
}
#elif defined(__sparc__)
enum { SYS_exit = 1, SYS_write = 4, SYS_wait4 = 7, SYS_execve = 59, SYS_clone = 217 };
/* The stack pointer is biased; 16 words for the register window come before argc. */
__asm__(
    ".globl _start\n_start:\n mov 0, %fp\n add %sp, 2047 + 128, %o0\n ba start\n"
    " sub %sp, 192, %sp\n");
/* A clone tells the child by %o1. */
static long call(long n, long a, long b, long c, long d, long e) {
  register long g1 __asm__("g1") = n;
  register long o0 __asm__("o0") = a;
  register long o1 __asm__("o1") = b;
  register long o2 __asm__("o2") = c;
  register long o3 __asm__("o3") = d;
  register long o4 __asm__("o4") = e;
  __asm__ volatile("ta 0x6d\n bcs,a,pn %%xcc, 1f\n sub %%g0, %%o0, %%o0\n1:"
                   : "+r"(o0), "+r"(o1)
                   : "r"(g1), "r"(o2), "r"(o3), "r"(o4)
                   : "cc", "memory");
  return n == SYS_clone && o1 != 0 ? 0 : o0;
}
#elif defined(__x86_64__)
enum { SYS_write = 1, SYS_clone = 56, SYS_execve = 59, SYS_exit = 60, SYS_wait4 = 61 };
__asm__(".globl _start\n_start:\n mov %rsp, %rdi\n and $-16, %rsp\n call start\n");
static long call(long n, long a, long b, long c, long d, long e) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return result;
}
#else
#error "no Linux calls for this machine"
#endif

__attribute__((used)) static void start(long* stack) {
  char** argv = (char**)(stack + 1);
  bench_exit(bench_main((int)*stack, argv, argv + *stack + 1));
}

void bench_write(const char* text, size_t size) {
  call(SYS_write, 1, (long)text, (long)size, 0, 0);
}
int bench_fork(void) { return (int)call(SYS_clone, SIGCHLD, 0, 0, 0, 0); }
int bench_wait(void) {
  long pid = call(SYS_wait4, -1, 0, 0, 0, 0);
  return pid < 0 ? -1 : (int)pid;
}
void bench_exec(const char* path, char** argv, char** envp) {
  call(SYS_execve, (long)path, (long)argv, (long)envp, 0, 0);
}
_Noreturn void bench_exit(int status) {
  for (;;) call(SYS_exit, status, 0, 0, 0, 0);
}
