/* What /proc says about the program itself. */
#include <arpa/inet.h>
#include <elf.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
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

/* A list of any length, line by line. */
static int file_has(const char* path, const char* text) {
  char line[512];
  FILE* f = fopen(path, "r");
  CHECK(f != NULL);
  int found = 0;
  while (fgets(line, sizeof line, f) != NULL) found |= strstr(line, text) != NULL;
  fclose(f);
  return found;
}

/* Addresses are shown as numbers of the machine's byte order. */
static void check_addresses(void) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof a;
  char text[64];
  const int s = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(bind(s, (struct sockaddr*)&a, size) == 0 && listen(s, 1) == 0);
  CHECK(getsockname(s, (struct sockaddr*)&a, &size) == 0);
  snprintf(text, sizeof text, ": %08X:%04X 00000000:0000", a.sin_addr.s_addr, ntohs(a.sin_port));
  CHECK(file_has("/proc/net/tcp", text) && file_has("/proc/self/net/tcp", text));
  close(s);
  const int m = socket(AF_INET, SOCK_DGRAM, 0);
  const struct ip_mreqn group = {.imr_multiaddr = {htonl(0xe0000fed)}, .imr_ifindex = 1};
  CHECK(setsockopt(m, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group) == 0);
  snprintf(text, sizeof text, "\t%08X ", group.imr_multiaddr.s_addr);
  CHECK(file_has("/proc/net/igmp", text));
  close(m);
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
  check_addresses();
  puts("ok");
  return 0;
}
