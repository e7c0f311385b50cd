/* Synchronous signals: exact PC and address, resumed by changing the context. */
#include "check.h"
#include "probe.h"

enum { kPage = ARCH_PAGE };

static volatile int signals;
static volatile int last_signo, last_code;
static void* volatile last_address;
static volatile uintptr_t last_pc;

static void on_fault(int signo, siginfo_t* info, void* context) {
  ucontext_t* uc = context;
  signals++;
  last_signo = signo;
  last_code = info->si_code;
  last_address = info->si_addr;
  last_pc = (uintptr_t)ARCH_MC_PC(&uc->uc_mcontext);
  ARCH_MC_SET_PC(&uc->uc_mcontext, (uintptr_t)rt_probe_resume);
}

static void expect(int result, int signo, int code, const void* pc) {
  CHECK_EQ(result, -1);
  CHECK_EQ(signals, 1);
  CHECK_EQ(last_signo, signo);
  CHECK_EQ(last_code, code);
  CHECK_EQ(last_pc, (uintptr_t)pc);
  signals = 0;
}

/* Faults repeat in a loop: translated code must report the same place each time. */
static void expect_load(const char* address, bool mapped) {
  for (int i = 0; i < 3; i++) {
    expect(rt_probe_load(address), ARCH_FAULT_SIGNAL(mapped), ARCH_FAULT_CODE(mapped, 'r'),
           rt_probe_load_pc);
    CHECK_EQ((uintptr_t)last_address, (uintptr_t)address);
  }
}

static void expect_store(char* address, bool mapped) {
  expect(rt_probe_store(address), ARCH_FAULT_SIGNAL(mapped), ARCH_FAULT_CODE(mapped, 'w'),
         rt_probe_store_pc);
  CHECK_EQ((uintptr_t)last_address, (uintptr_t)address);
}

static void memory(void) {
  char* p = mmap(NULL, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  for (int round = 0; round < 50; round++) CHECK_EQ(rt_probe_load(p), 0); /* hot first */
  CHECK_OK(munmap(p + kPage, kPage));
  expect_load(p + kPage + 40, false);
  expect_store(p + kPage + 8, false);
  expect_load(NULL, false);
  expect_load((char*)8, false);
  CHECK_OK(mprotect(p, kPage, PROT_READ));
  CHECK_EQ(rt_probe_load(p), 0);
  expect_store(p + 12, true);
  CHECK_OK(mprotect(p, kPage, PROT_NONE));
  expect_load(p + 16, true);
  CHECK_OK(mprotect(p, kPage, PROT_READ | PROT_WRITE));
  CHECK_EQ(rt_probe_store(p), 0);
  CHECK_EQ(rt_probe_load(p), 7);
  char* guard = mmap(NULL, kPage, PROT_NONE, MAP_GUARD, -1, 0);
  signals = 0;
  CHECK_EQ(rt_probe_load(guard), -1);
  CHECK_EQ(last_signo, ARCH_FAULT_SIGNAL(true));
  CHECK_EQ((uintptr_t)last_address, (uintptr_t)guard);
  signals = 0;
}

/* Past the end of a file vm_fault says "protection failure" (FreeBSD sys/vm/vm_fault.c). */
static void truncated_file(void) {
  check_workdir();
  int fd = open("file", O_RDWR | O_CREAT, 0600);
  CHECK_OK(ftruncate(fd, 2 * kPage));
  char* p = mmap(NULL, 2 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  CHECK(p != MAP_FAILED);
  CHECK_EQ(rt_probe_store(p + kPage), 0);
  CHECK_OK(ftruncate(fd, kPage));
  expect_load(p + kPage + 4, true);
  CHECK_EQ(rt_probe_load(p), 0);
}

static void jumps(void) {
  char* p = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  int (*volatile call)(void) = (int (*)(void))(uintptr_t)p;
  expect(call(), ARCH_FAULT_SIGNAL(true), ARCH_FAULT_CODE(true, 'x'), p);
  CHECK_EQ((uintptr_t)last_address, (uintptr_t)p);
  CHECK_OK(munmap(p, kPage));
  expect(call(), SIGSEGV, ARCH_FAULT_CODE(false, 'x'), p);
}

/* The last of all addresses is one like others, for calls and for returns. */
static void leave(int signo) { _exit(signo == SIGSEGV || signo == SIGBUS ? 7 : 8); }
static void end_on_fault(void) {
  struct sigaction sa = {.sa_handler = leave};
  for (int signo = SIGILL; signo <= SIGSEGV; signo++) sigaction(signo, &sa, NULL);
}
static int call_last(void) {
  int (*volatile call)(void) = (int (*)(void))(uintptr_t)-1;
  end_on_fault();
  return call();
}
static int return_to_last(void) {
  end_on_fault();
#if defined(__mips__)
  __asm__ volatile("li $31, -1\n\tjr $31\n\tnop" ::: "$31");
#elif defined(__aarch64__)
  __asm__ volatile("mov x30, #-1\n\tret" ::: "x30");
#endif
  return call_last();
}
static void far_end(void) {
  CHECK_EQ(check_child(call_last), 7 << 8);
  CHECK_EQ(check_child(return_to_last), 7 << 8);
}

static void instructions(void) {
  for (int i = 0; i < 3; i++) {
    expect(rt_probe_illegal(), SIGILL, ARCH_ILL_CODE, rt_probe_illegal_pc);
    expect(rt_probe_break(), SIGTRAP, ARCH_BREAK_CODE, rt_probe_break_pc);
    CHECK_EQ((uintptr_t)last_address, (uintptr_t)rt_probe_break_pc);
  }
}

static int unhandled(void) {
  struct sigaction sa = {.sa_handler = SIG_DFL};
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  sigaction(SIGSEGV, &sa, NULL);
  return rt_probe_load(NULL);
}

/* A blocked or ignored synchronous signal kills (FreeBSD trapsignal()). */
static int ignored(void) {
  struct sigaction sa = {.sa_handler = SIG_IGN};
  sigaction(SIGSEGV, &sa, NULL);
  return rt_probe_load(NULL);
}

static int blocked(void) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  return rt_probe_load(NULL);
}

int main(void) {
  static const int kinds[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP};
  struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) sigaction(kinds[i], &sa, NULL);
  memory();
  truncated_file();
  jumps();
  far_end();
  instructions();
  CHECK_EQ(WTERMSIG(check_child(unhandled)), SIGSEGV);
  CHECK_EQ(WTERMSIG(check_child(ignored)), SIGSEGV);
  CHECK_EQ(WTERMSIG(check_child(blocked)), SIGSEGV);
  return check_done();
}
