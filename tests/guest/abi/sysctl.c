/* The sysctl tree: its own description, processes, memory maps, interfaces. */
#include "check.h"

static char buffer[65536];

static void describes_itself(void) {
  int oid[24];
  size_t size = sizeof oid;
  static const int name2oid[] = {0, 3};
  CHECK_OK(__sysctl(name2oid, 2, oid, &size, "kern.ostype", 11));
  CHECK_EQ(size, 2 * sizeof(int));
  CHECK(oid[0] == 1 && oid[1] == 1);
  size = sizeof oid;
  CHECK_ERR(__sysctl(name2oid, 2, oid, &size, "kern.none", 9), ENOENT);

  static const int oidfmt[] = {0, 4, 1, 1};
  size = sizeof buffer;
  CHECK_OK(__sysctl(oidfmt, 4, buffer, &size, NULL, 0));
  uint32_t kind;
  memcpy(&kind, buffer, sizeof kind);
  CHECK_EQ(kind & 0xf, 3); /* CTLTYPE_STRING */
  CHECK_EQ(strcmp(buffer + 4, "A"), 0);

  static const int name[] = {0, 1, 1, 1};
  size = sizeof buffer;
  CHECK_OK(__sysctl(name, 4, buffer, &size, NULL, 0));
  CHECK_EQ(strcmp(buffer, "kern.ostype"), 0);

  /* sysctl -a's walk: strictly ascending, and it ends. */
  int at[24] = {0, 2, 1}, length = 1, steps = 0;
  for (;;) {
    size = sizeof oid;
    errno = 0;
    if (__sysctl(at, 2 + length, oid, &size, NULL, 0) != 0) break;
    length = (int)(size / sizeof(int));
    memcpy(at + 2, oid, size);
    if (++steps > 5000) break;
  }
  CHECK_EQ(errno, ENOENT);
  CHECK(steps > 50 && steps < 5000);
}

static void processes(void) {
  int mib[4] = {CTL_KERN, KERN_PROC, 1, getpid()};
  size_t size = sizeof buffer;
  CHECK_OK(__sysctl(mib, 4, buffer, &size, NULL, 0));
#if defined(__LP64__)
  CHECK_EQ(size, 1088);
#else
  CHECK_EQ(size, 816);
#endif
  int words[10];
  memcpy(words, buffer, sizeof words);
  CHECK_EQ(words[0], size);
  uintptr_t files;
  memcpy(&files, buffer + 8 + 5 * sizeof files, sizeof files);
  CHECK(files != 0);
  int ids[6];
  memcpy(ids, buffer + 8 + 8 * sizeof(void*), sizeof ids);
  CHECK_EQ(ids[0], getpid());
  CHECK_EQ(ids[1], getppid());
  CHECK_EQ(ids[2], getpgrp());
  CHECK_EQ(ids[4], getsid(0));
  mib[3] = 99999999;
  size = sizeof buffer;
  CHECK_ERR(__sysctl(mib, 4, buffer, &size, NULL, 0), ESRCH);
  CHECK_ERR(__sysctl(mib, 3, buffer, &size, NULL, 0), EINVAL);

  /* How many descriptors: only of oneself. */
  int nfds[4] = {CTL_KERN, KERN_PROC, 43, 0}, before = 0, after = 0;
  size = sizeof before;
  CHECK_OK(__sysctl(nfds, 4, &before, &size, NULL, 0));
  CHECK(before >= 3);
  int fd = open("/dev/null", O_RDONLY);
  CHECK_OK(__sysctl(nfds, 4, &after, &size, NULL, 0));
  CHECK_EQ(after, before + 1);
  close(fd);
  nfds[3] = getpid();
  CHECK_ERR(__sysctl(nfds, 4, &after, &size, NULL, 0), EINVAL);

  /* setproctitle */
  int args[4] = {CTL_KERN, KERN_PROC, KERN_PROC_ARGS, getpid()};
  CHECK_OK(__sysctl(args, 4, NULL, NULL, "new title", 10));
  size = sizeof buffer;
  CHECK_OK(__sysctl(args, 4, buffer, &size, NULL, 0));
  CHECK_EQ(size, 10);
  CHECK_EQ(strcmp(buffer, "new title"), 0);
}

/* struct kinfo_vmentry as far as it matters. */
struct vmentry {
  int size, type;
  uint64_t start, end, offset, file;
  uint32_t fsid;
  int flags, resident, private_resident, protection;
};

static void memory_map(void) {
  int mib[4] = {CTL_KERN, KERN_PROC, 32, getpid()};
  size_t size = sizeof buffer;
  CHECK_OK(__sysctl(mib, 4, buffer, &size, NULL, 0));
  bool code = false, stack = false;
  int local;
  for (size_t at = 0; at < size;) {
    struct vmentry e;
    memcpy(&e, buffer + at, sizeof e);
    CHECK(e.size >= 136 && e.size % 8 == 0);
    if (e.size < 136) break;
    const char* path = buffer + at + 136;
    if ((uintptr_t)memory_map >= e.start && (uintptr_t)memory_map < e.end) {
      code = true;
      CHECK_EQ(e.type, 2); /* a file */
      CHECK_EQ(e.protection & 4, 4);
      CHECK(strstr(path, "sysctl") != NULL);
    }
    if ((uintptr_t)&local >= e.start && (uintptr_t)&local < e.end) stack = true;
    at += (size_t)e.size;
  }
  CHECK(code);
  CHECK(stack);
}

static void interfaces(void) {
  int mib[6] = {4, 17, 0, 0, 5, 0}; /* net.route.0.0.IFLISTL.0 */
  size_t size = sizeof buffer;
  CHECK_OK(__sysctl(mib, 6, buffer, &size, NULL, 0));
  bool loopback = false;
  int count = 0;
  for (size_t at = 0; at < size;) {
    uint16_t length;
    memcpy(&length, buffer + at, sizeof length);
    if (length < 16 || at + length > size) {
      CHECK(false);
      break;
    }
    CHECK_EQ(buffer[at + 2], 5); /* RTM_VERSION */
    if (buffer[at + 3] == 0xe) { /* RTM_IFINFO */
      uint16_t header;
      memcpy(&header, buffer + at + 16, sizeof header);
      CHECK_EQ(header, 176);
      CHECK_EQ(buffer[at + header + 1], 18); /* AF_LINK */
      if (buffer[at + header + 5] == 3 && memcmp(buffer + at + header + 8, "lo0", 3) == 0)
        loopback = true;
    }
    count++;
    at += length;
  }
  CHECK(loopback);
  CHECK(count >= 1);
}

static void names_of_the_machine(void) {
  char name[300] = "x";
  size_t size = sizeof name;
  int domain[2] = {CTL_KERN, 22}, host[2] = {CTL_KERN, KERN_HOSTNAME};
  CHECK_OK(__sysctl(domain, 2, name, &size, NULL, 0));
  CHECK_EQ(size, strlen(name) + 1);
  CHECK_ERR(__sysctl(host, 2, NULL, NULL, name, 256), getuid() == 0 ? EINVAL : EPERM);
}

static void sizes(void) {
  int mib[2] = {CTL_VM, 2}; /* vm.loadavg */
  size_t size = sizeof buffer;
  CHECK_OK(__sysctl(mib, 2, buffer, &size, NULL, 0));
  CHECK_EQ(size, 16 + (sizeof(long) == 8 ? 8 : 0));
  long memory = 0;
  int physmem[2] = {CTL_HW, 5};
  size = sizeof memory;
  CHECK_OK(__sysctl(physmem, 2, &memory, &size, NULL, 0));
  CHECK_EQ(size, sizeof memory);
  CHECK(memory != 0);
  /* Asking for the size alone, and with too little room. */
  int proc_all[3] = {CTL_KERN, KERN_PROC, 0};
  size_t wanted = 0;
  CHECK_OK(__sysctl(proc_all, 3, NULL, &wanted, NULL, 0));
  CHECK(wanted >= 816);
  size = 8;
  CHECK_ERR(__sysctl(proc_all, 3, buffer, &size, NULL, 0), ENOMEM);
  CHECK_EQ(size, 8);
  int node[2] = {CTL_KERN, 30};
  CHECK_ERR(__sysctl(node, 2, buffer, &size, NULL, 0), EISDIR);
}

/* struct ipstat, icmpstat, tcpstat and udpstat: what `netstat -s` reads. */
static void protocol_counters(void) {
  static uint64_t before[113], after[113];
  size_t size = sizeof before;
  CHECK_OK(sysctlbyname("net.inet.tcp.stats", before, &size));
  CHECK_EQ(size, sizeof before);
  int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in name = {sizeof name, AF_INET, 0, {127, 0, 0, 1}, {0}};
  socklen_t length = sizeof name;
  CHECK_OK(bind(listener, (void*)&name, sizeof name));
  CHECK_OK(listen(listener, 1));
  CHECK_OK(getsockname(listener, (void*)&name, &length));
  CHECK_OK(connect(client, (void*)&name, sizeof name));
  close(client);
  close(listener);
  size = sizeof after;
  CHECK_OK(sysctlbyname("net.inet.tcp.stats", after, &size));
  CHECK(after[0] > before[0]);            /* tcps_connattempt */
  CHECK(after[27] >= before[27] + 2);     /* tcps_rcvtotal */
  CHECK(after[2] <= after[0] + after[1]); /* tcps_connects */
  size = sizeof after;
  CHECK_OK(sysctlbyname("net.inet.ip.stats", after, &size));
  CHECK_EQ(size, 29 * sizeof *after);
  CHECK(after[0] > 0 && after[15] > 0); /* ips_total, ips_localout */
  size = sizeof after;
  CHECK_OK(sysctlbyname("net.inet.udp.stats", after, &size));
  CHECK_EQ(size, 14 * sizeof *after);
  size = sizeof after;
  CHECK_OK(sysctlbyname("net.inet.icmp.stats", after, &size));
  CHECK_EQ(size, 94 * sizeof(long));
  size = 8;
  CHECK_ERR(sysctlbyname("net.inet.udp.stats", after, &size), ENOMEM);
}

/* What netstat asks for: the sockets there are, and the routes. */
static char* whole_value(const int* name, unsigned count, size_t* size) {
  *size = 0;
  CHECK_OK(__sysctl(name, count, NULL, size, NULL, 0));
  *size += 8192; /* room for what comes meanwhile */
  char* all = malloc(*size);
  CHECK_OK(__sysctl(name, count, all, size, NULL, 0));
  return all;
}

static void network_lists(void) {
  /* struct xtcpcb: the ports, and the state. */
  enum { XINPGEN = 64, XTCPCB = 744, LPORT = 8 + 248 + 4 + 2, STATE = 568, TCPS_LISTEN = 1 };
  struct sockaddr_in in = {sizeof in, AF_INET, 0, {127, 0, 0, 1}, ""};
  socklen_t length = sizeof in;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  CHECK_OK(bind(fd, &in, sizeof in));
  CHECK_OK(listen(fd, 3));
  CHECK_OK(getsockname(fd, &in, &length));
  const int tcp[] = {4, 2, 6, 11}; /* net.inet.tcp.pcblist */
  size_t size;
  char* all = whole_value(tcp, 4, &size);
  CHECK_EQ(*(uint64_t*)all, XINPGEN);
  int found = 0;
  size_t at = XINPGEN;
  for (; at + XINPGEN < size && *(uint64_t*)(all + at) == XTCPCB; at += XTCPCB) {
    if (memcmp(all + at + LPORT, &in.sin_port, 2) == 0) {
      found = *(int32_t*)(all + at + STATE) == TCPS_LISTEN;
    }
  }
  CHECK_EQ(found, 1);
  CHECK_EQ(*(uint64_t*)(all + at), XINPGEN);
  CHECK_EQ(at + XINPGEN, size);
  close(fd);

  const int routes[] = {4, 17, 0, 0, 1, 0}; /* NET_RT_DUMP */
  all = whole_value(routes, 6, &size);
  for (at = 0; at < size; at += *(uint16_t*)(all + at)) {
    CHECK_EQ(all[at + 2], 5);              /* RTM_VERSION */
    CHECK_EQ(all[at + 3], 4);              /* RTM_GET */
    CHECK(*(uint32_t*)(all + at + 8) & 1); /* RTF_UP */
    if (*(uint16_t*)(all + at) == 0) break;
  }
  CHECK_EQ(at, size);
}

int main(void) {
  describes_itself();
  protocol_counters();
  processes();
  memory_map();
  interfaces();
  names_of_the_machine();
  sizes();
  network_lists();
  return check_done();
}
