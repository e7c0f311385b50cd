/* A freestanding FreeBSD program: says hello, then receives a signal and returns from its handler.
 */

typedef unsigned long u64;

/* The ABI note that marks a FreeBSD program, as its crt1.o has it. */
__attribute__((section(".note.tag"), used, aligned(4))) static const struct {
  unsigned name_size, desc_size, type;
  char name[8];
  unsigned osreldate;
} abi_note = {8, 4, 1, "FreeBSD", 1201000};

enum { SYS_exit = 1, SYS_write = 4, SYS_getpid = 20, SYS_kill = 37, SYS_sigaction = 416 };
enum { SIGUSR1 = 30 };

static long syscall3(long number, long a, long b, long c) {
  register long t0 __asm__("t0") = number;
  register long a0 __asm__("a0") = a;
  register long a1 __asm__("a1") = b;
  register long a2 __asm__("a2") = c;
  __asm__ volatile("ecall" : "+r"(t0), "+r"(a0), "+r"(a1) : "r"(a2) : "memory");
  return t0 != 0 ? -a0 : a0; /* t0 tells whether the call failed */
}

static void print(const char* text) {
  long n = 0;
  while (text[n] != '\0') ++n;
  syscall3(SYS_write, 1, (long)text, n);
}

static volatile int handled;

static void on_signal(int signo) {
  handled = signo;
  print("signal handled\n");
}

struct sigaction {
  void (*handler)(int);
  int flags;
  unsigned mask[4];
};

static int run(u64* stack) {
  const char* name = (const char*)stack[1]; /* argc, argv[0], ... */
  print("hello from riscv64: ");
  print(name);
  print("\n");
  const struct sigaction action = {on_signal, 0, {0, 0, 0, 0}};
  if (syscall3(SYS_sigaction, SIGUSR1, (long)&action, 0) != 0) return 1;
  if (syscall3(SYS_kill, syscall3(SYS_getpid, 0, 0, 0), SIGUSR1, 0) != 0) return 2;
  return handled == SIGUSR1 ? 0 : 3;
}

__attribute__((used)) static void start(u64* stack) { syscall3(SYS_exit, run(stack), 0, 0); }

/* The kernel passes the address of argc in a0; a stack frame must not be in its way. */
__asm__(".globl _start\n_start:\n\tj start\n");
