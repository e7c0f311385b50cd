/* From the kernel's entry to main: arguments, environment, auxiliary vector, TLS. */
#include "runtime.h"
#include "thread.h"

__asm__(".text\n" ARCH_START);

/* What makes the kernel take this for a FreeBSD 12.1 program (FreeBSD lib/csu/common). */
static const struct {
  int32_t namesz, descsz, type;
  char name[8];
  int32_t desc;
} abi_tag __attribute__((section(".note.tag"), aligned(4), used)) = {8, 4, 1, "FreeBSD", 1201000};

/* Without a prototype, as a test may leave out the parameters that it does not use. */
extern int main();

char** environ;
static const struct auxv* auxv_table;

const struct auxv* rt_auxv_table(void) { return auxv_table; }

uintptr_t rt_auxv(long type, bool* found) {
  for (const struct auxv* a = auxv_table; a->a_type != AT_NULL; a++) {
    if (a->a_type == type) {
      if (found) *found = true;
      return a->a_val;
    }
  }
  if (found) *found = false;
  return 0;
}

__attribute__((used)) _Noreturn void rt_start(uintptr_t* stack) {
  int argc = (int)*(long*)stack;
  char** argv = (char**)(stack + 1);
  char** envp = argv + argc + 1;
  char** end = envp;
  while (*end) end++;
  environ = envp;
  auxv_table = (const struct auxv*)(end + 1);
  rt_tls_init();
  exit(main(argc, argv, envp));
}

_Noreturn void exit(int status) { _exit(status); }
