/* What a program finds at its start: arguments, environment, auxiliary vector, names. */
#include <elf.h>
#include <sys/auxv.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "check.h"

extern char** environ;
static __thread int thread_word = 42;

int main(int argc, char** argv) {
  CHECK(argc == 3 && strcmp(argv[1], "one") == 0 && strcmp(argv[2], "two words") == 0);
  CHECK(argv[3] == NULL);
  CHECK(getenv("LINUX_TEST") != NULL && strcmp(getenv("LINUX_TEST"), "value") == 0);
  CHECK(thread_word == 42);
#ifdef __sparc__
  CHECK(getauxval(AT_PAGESZ) == 8192);
#else
  CHECK(getauxval(AT_PAGESZ) == 4096);
#endif
  CHECK(getauxval(AT_RANDOM) != 0);
  CHECK(getauxval(AT_ENTRY) != 0 && getauxval(AT_PHDR) != 0);
#if !defined(__mips__) /* 24K and 5KE have none of what it names */
  CHECK(getauxval(AT_HWCAP) != 0);
#endif
  CHECK(getauxval(AT_UID) == getuid());
  CHECK(getauxval(AT_SYSINFO_EHDR) == 0);
  struct utsname name;
  CHECK(uname(&name) == 0 && strcmp(name.sysname, "Linux") == 0);
#if defined(__aarch64__)
  CHECK(strcmp(name.machine, "aarch64") == 0);
  CHECK(strcmp((const char*)getauxval(AT_PLATFORM), "aarch64") == 0);
#elif defined(__arm__)
  CHECK(strcmp(name.machine, "armv7l") == 0);
  CHECK(strcmp((const char*)getauxval(AT_PLATFORM), "v7l") == 0);
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
  CHECK(strcmp(name.machine, "ppc64le") == 0);
  CHECK(strcmp((const char*)getauxval(AT_PLATFORM), "power8") == 0);
#elif defined(__powerpc64__)
  CHECK(strcmp(name.machine, "ppc64") == 0);
#elif defined(__powerpc__)
  CHECK(strcmp(name.machine, "ppc") == 0);
#elif defined(__mips64)
  CHECK(strcmp(name.machine, "mips64") == 0);
#elif defined(__mips__)
  CHECK(strcmp(name.machine, "mips") == 0);
#endif
  char exe[4096];
  const ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
  CHECK(n > 0);
  exe[n] = '\0';
  CHECK(strstr(exe, "start") != NULL);
  char* const* end = environ;
  while (*end != NULL) ++end;
  puts("ok");
  return 0;
}
