/* Requests about descriptors, terminals, sockets, interfaces and disks: what they answer, and that
 * each is refused where it makes no sense. */
#include "check.h"

#define IOC(direction, group, number, size) \
  ((unsigned long)((unsigned)(direction) | (unsigned)(size) << 16 | (group) << 8 | (number)))
#define IO(g, n) IOC(0x20000000u, g, n, 0)
#define IOR(g, n, t) IOC(0x40000000u, g, n, sizeof(t))
#define IOW(g, n, t) IOC(0x80000000u, g, n, sizeof(t))
#define IOWR(g, n, t) IOC(0xc0000000u, g, n, sizeof(t))

struct ifreq {
  char name[16];
  union {
    unsigned char address[16];
    short flags;
    unsigned short index;
    int number;
  };
};
struct ifmediareq {
  char name[16];
  int current, mask, status, active, count;
  int* list;
};
struct in6_ifreq {
  char name[16];
  union {
    uint64_t counters[34];
    int flags;
    struct {
      time_t expire, preferred;
      uint32_t vltime, pltime;
    } lifetime;
  };
};
struct in6_ndireq {
  char name[16];
  uint32_t linkmtu, maxmtu, basereachable, reachable, retrans, flags;
  int recalctm;
  uint8_t chlim, initialized, random[24];
};
_Static_assert(sizeof(struct in6_ifreq) == 288 && sizeof(struct in6_ndireq) == 72, "");

/* FreeBSD's loopback interface is lo0, whatever the host's is called. */
static void loopback(void) {
  int s = socket(AF_INET, SOCK_DGRAM, 0), found = 0;
  struct ifreq r = {.name = "lo"}, all[64];
  struct {
    int length;
    struct ifreq* list;
  } conf = {sizeof all, all};
  CHECK_ERR(ioctl(s, IOWR('i', 32, r), &r), ENXIO); /* SIOCGIFINDEX */
  strcpy(r.name, "lo0");
  CHECK_OK(ioctl(s, IOWR('i', 32, r), &r));
  CHECK_EQ(r.index, 1); /* the first that a Linux has */
  CHECK(strcmp(r.name, "lo0") == 0);
  CHECK_OK(ioctl(s, IOWR('i', 36, conf), &conf)); /* SIOCGIFCONF */
  for (size_t i = 0; i < (size_t)conf.length / sizeof *all; i++) {
    CHECK(strcmp(all[i].name, "lo") != 0);
    if (strcmp(all[i].name, "lo0") == 0) found = all[i].address[4] == 127;
  }
  CHECK(found);
  close(s);
}

static void interfaces(void) {
  int s = socket(AF_INET, SOCK_DGRAM, 0), s6 = socket(28, SOCK_DGRAM, 0);
  struct ifreq r = {.name = "lo0"};
  struct ifmediareq media = {.name = "lo0"};
  CHECK_OK(ioctl(s, IOWR('i', 17, r), &r)); /* SIOCGIFFLAGS */
  CHECK(r.flags & 8);                       /* IFF_LOOPBACK */
  CHECK_OK(ioctl(s, IOWR('i', 51, r), &r)); /* SIOCGIFMTU */
  int mtu = r.number;
  CHECK(mtu > 0);
  CHECK_OK(ioctl(s, IOWR('i', 31, r), &r)); /* SIOCGIFCAP */
  CHECK_EQ(r.number, 0);
  CHECK_ERR(ioctl(s, IOWR('i', 56, media), &media), EINVAL); /* no media */
  CHECK_ERR(ioctl(s, IOW('i', 52, r), &r), EPERM);           /* SIOCSIFMTU */
  CHECK_ERR(ioctl(s, IOWR('i', 122, r), &r), EPERM);         /* SIOCIFCREATE */
  strcpy(r.name, "none0");
  CHECK_ERR(ioctl(s, IOWR('i', 31, r), &r), ENXIO);
  CHECK_ERR(ioctl(s, IOWR('i', 31, r), (void*)16), EFAULT);
  CHECK_ERR(ioctl(s, IOWR('i', 250, r), &r), ENOTTY);
  if (s6 >= 0) {
    struct in6_ifreq r6 = {.name = "lo0"};
    struct in6_ndireq nd = {.name = "lo0"};
    r6.flags = 77;
    CHECK_OK(ioctl(s6, IOWR('i', 73, r6), &r6)); /* SIOCGIFAFLAG_IN6 */
    CHECK_EQ(r6.flags, 0);
    CHECK_OK(ioctl(s6, IOWR('i', 81, r6), &r6)); /* SIOCGIFALIFETIME_IN6 */
    CHECK_EQ(r6.lifetime.expire, 0);
    CHECK_EQ(r6.lifetime.vltime, 0xffffffff);
    CHECK_EQ(r6.lifetime.pltime, 0xffffffff);
    CHECK_OK(ioctl(s6, IOWR('i', 108, nd), &nd)); /* SIOCGIFINFO_IN6 */
    CHECK_EQ(nd.linkmtu, mtu);
    CHECK_EQ(nd.chlim, 64);
    CHECK_EQ(nd.initialized, 1);
    struct {
      char name[16];
      unsigned long index;
    } ndif = {"lo0", 99};
    CHECK_OK(ioctl(s6, IOWR('i', 86, ndif), &ndif)); /* SIOCGDEFIFACE_IN6 */
    CHECK_EQ(ndif.index, 0);
    CHECK_ERR(ioctl(s6, IOWR('i', 85, ndif), &ndif), EPERM);
    strcpy(nd.name, "none0");
    CHECK_ERR(ioctl(s6, IOWR('i', 108, nd), &nd), ENXIO);
  }
}

static void disks(void) {
  int file = open("file", O_RDWR | O_CREAT, 0644), null = open("/dev/null", O_RDWR);
  unsigned n;
  off_t size;
  CHECK_ERR(ioctl(file, IOR('d', 128, n), &n), ENOTTY);
  CHECK_ERR(ioctl(null, IOR('d', 129, size), &size), ENOTTY);
  CHECK_ERR(ioctl(file, IO('d', 135), NULL), ENOTTY);
  CHECK_ERR(open("/dev/bpf", O_RDWR), ENOENT);
}

static void files(void) {
  int fds[2], n = -1;
  CHECK_OK(pipe2(fds, 0));
  CHECK_EQ(write(fds[1], "abc", 3), 3);
  CHECK_OK(ioctl(fds[0], IOR('f', 127, n), &n)); /* FIONREAD */
  CHECK_EQ(n, 3);
  CHECK_OK(ioctl(fds[1], IOR('f', 127, n), &n)); /* nothing comes back to the writer */
  CHECK_EQ(n, 0);
  CHECK_OK(ioctl(fds[0], IO('f', 1), NULL)); /* FIOCLEX */
  CHECK_EQ(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
  CHECK_OK(ioctl(fds[0], IO('f', 2), NULL));
  CHECK_EQ(fcntl(fds[0], F_GETFD), 0);
  n = 1;
  CHECK_OK(ioctl(fds[0], IOW('f', 126, n), &n)); /* FIONBIO */
  CHECK_EQ(fcntl(fds[0], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
  CHECK_ERR(ioctl(fds[0], IOR('t', 19, struct timespec), &n), ENOTTY);
  CHECK_ERR(ioctl(0x1000, IO('f', 1), NULL), EBADF);
  CHECK_ERR(ioctl(fds[0], 0, NULL), ENOTTY);
  CHECK_ERR(ioctl(fds[0], IOR('f', 127, n), (void*)16), EFAULT);
}

/* The device that ptsname(3) names is the program's side. */
static void terminal_name(void) {
  char name[64] = "", path[80] = "/dev/";
  struct {
    int len;
    void* buf;
  } arg = {sizeof name, name};
  int master = (int)syscall(504 /* posix_openpt */, O_RDWR);
  CHECK(master >= 0);
  CHECK_OK(ioctl(master, (0x80000000UL | sizeof arg << 16 | 'f' << 8 | 120), &arg)); /* FIODGNAME */
  CHECK_EQ(memcmp(name, "pts/", 4), 0);
  memcpy(path + 5, name, strlen(name) + 1);
  int slave = open(path, O_RDWR);
  CHECK(slave >= 0);
  CHECK_EQ(write(slave, "x", 1), 1);
  char c = 0;
  CHECK_EQ(read(master, &c, 1), 1);
  CHECK_EQ(c, 'x');
  close(slave);
  close(master);
}

int main(void) {
  check_workdir();
  loopback();
  interfaces();
  disks();
  files();
  terminal_name();
  return check_done();
}
