/* What execve leaves on the first stack: arguments, environment, auxiliary vector. */
#include "check.h"

static bool in_memory(const void* p, size_t size) {
  char vector[4];
  uintptr_t page = (uintptr_t)p & ~(uintptr_t)4095;
  return mincore((void*)page, (uintptr_t)p + size - page, vector) == 0;
}

static void check_auxv(void) {
  bool found;
  CHECK_EQ(rt_auxv(AT_PAGESZ, &found), ARCH_PAGE);
  CHECK(found);
  CHECK_EQ(rt_auxv(AT_PHENT, NULL), sizeof(struct elf_phdr));
  CHECK(rt_auxv(AT_PHNUM, NULL) >= 3);
  CHECK(in_memory((void*)rt_auxv(AT_PHDR, NULL), 64));
  extern char _start[];
  CHECK_EQ(rt_auxv(AT_ENTRY, NULL), (uintptr_t)_start);
  CHECK_EQ(rt_auxv(AT_BASE, &found), 0);
  CHECK(found);
  CHECK_EQ(rt_auxv(AT_FLAGS, &found), 0);
  CHECK(found);
  rt_auxv(AT_EHDRFLAGS, &found);
  CHECK(found);
  CHECK(rt_auxv(AT_OSRELDATE, NULL) >= 1200086 && rt_auxv(AT_OSRELDATE, NULL) < 1300000);
  CHECK(rt_auxv(AT_NCPUS, NULL) >= 1);

  const char* path = (const char*)rt_auxv(AT_EXECPATH, &found);
  CHECK(found);
  const char* base = path ? strrchr(path, '/') : NULL;
  CHECK(base && strcmp(base, "/start") == 0);

  const unsigned char* canary = (const unsigned char*)rt_auxv(AT_CANARY, &found);
  CHECK(found);
  size_t length = rt_auxv(AT_CANARYLEN, NULL);
  CHECK(length >= 8 && length <= 64);
  unsigned any = 0;
  for (size_t i = 0; canary && i < length; i++) any |= canary[i];
  CHECK(any != 0);

  const uintptr_t* sizes = (const uintptr_t*)rt_auxv(AT_PAGESIZES, &found);
  CHECK(found);
  CHECK(rt_auxv(AT_PAGESIZESLEN, NULL) >= sizeof(uintptr_t));
  CHECK(sizes && sizes[0] == ARCH_PAGE);

  uintptr_t protection = rt_auxv(AT_STACKPROT, &found);
  CHECK(found);
  CHECK((protection & (PROT_READ | PROT_WRITE)) == (PROT_READ | PROT_WRITE));
  CHECK_EQ(rt_auxv(AT_EXECFD, &found), 0);
  CHECK(!found);
}

int main(int argc, char** argv, char** envp) {
  CHECK_EQ(argc, 1);
  CHECK(argv[argc] == NULL);
  const char* base = strrchr(argv[0], '/');
  CHECK(base && strcmp(base + 1, "start") == 0);
  CHECK(getenv("GUEST_DIR") != NULL);
  CHECK(envp == argv + argc + 1);
  for (const struct auxv* a = rt_auxv_table(); a->a_type != AT_NULL; a++) {
    CHECK(a->a_type > 0 && a->a_type < AT_COUNT + 4);
  }
  check_auxv();
  /* The stack grows on demand well below where it starts. */
  volatile char deep[256 * 1024];
  for (size_t i = sizeof deep; i >= 4096; i -= 4096) deep[i - 1] = 1;
  CHECK_EQ(deep[4095], 1);
  CHECK_EQ(issetugid(), 0);
  return check_done();
}
