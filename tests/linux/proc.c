/* What /proc says about the program itself. */
#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char buffer[1 << 16];

static size_t read_file(const char* path) {
  const int fd = open(path, O_RDONLY);
  CHECK(fd >= 0);
  size_t used = 0;
  for (ssize_t n; (n = read(fd, buffer + used, sizeof buffer - 1 - used)) > 0;) used += (size_t)n;
  close(fd);
  buffer[used] = '\0';
  return used;
}

/* cp, for one, compares what it has opened with what it has found. */
static void check_identity(const char* path) {
  struct stat named, opened;
  const int fd = open(path, O_RDONLY);
  CHECK(fd >= 0 && stat(path, &named) == 0 && fstat(fd, &opened) == 0);
  CHECK(named.st_dev == opened.st_dev && named.st_ino == opened.st_ino);
  CHECK(named.st_mode == opened.st_mode && named.st_size == opened.st_size);
  close(fd);
}

int main(int argc, char** argv) {
  (void)argc;
  CHECK(read_file("/proc/self/cmdline") > 0 && strcmp(buffer, argv[0]) == 0);
  CHECK(read_file("/proc/self/maps") > 0 && strstr(buffer, "[stack]") != NULL);
#if defined(__powerpc64__) && _CALL_ELF != 2
  const unsigned long code = *(unsigned long*)&main; /* through its descriptor */
#else
  const unsigned long code = (unsigned long)&main;
#endif
  unsigned long start = 0, end = 0;
  int inside = 0;
  for (char* line = strtok(buffer, "\n"); line != NULL; line = strtok(NULL, "\n")) {
    CHECK(sscanf(line, "%lx-%lx", &start, &end) == 2);
    if (code >= start && code < end) inside |= strstr(line, "r-x") != 0;
  }
  CHECK(inside);
  CHECK(read_file("/proc/self/auxv") % (2 * sizeof(long)) == 0);
  CHECK(((unsigned long*)buffer)[0] != 0);
  CHECK(read_file("/proc/cpuinfo") > 0 && strstr(buffer, "GenuineIntel") == NULL);
  CHECK(strstr(buffer, "AuthenticAMD") == NULL && strstr(buffer, "processor") != NULL);
  CHECK(read_file("/proc/self/stat") > 0 && atoi(buffer) == getpid());
  check_identity("/proc/cpuinfo");
  check_identity("/proc/self/maps");
  puts("ok");
  return 0;
}
