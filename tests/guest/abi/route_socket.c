/* Routing sockets: FreeBSD sys/net/rtsock.c, sys/netinet6/nd6.c. With "events" in a network of its
 * own, whose loopback interface is set up by the host's ip(8). */
#include "check.h"

enum { SOCK_RAW = 3, PF_ROUTE = 17, AF_LINK = 18 };
enum { RTM_ADD = 1, RTM_GET = 4, RTM_NEWADDR = 0xc, RTM_IFINFO = 0xe };
enum { RTA_DST = 1, RTA_GATEWAY = 2, RTA_NETMASK = 4, RTA_IFP = 0x10, RTA_IFA = 0x20 };
enum { RTF_UP = 1, RTF_HOST = 4, RTF_DONE = 0x40 };

struct rt_msghdr {
  uint16_t msglen;
  uint8_t version, type;
  uint16_t index, spare;
  int flags, addrs;
  pid_t pid;
  int seq, error, fmask;
  unsigned long inits, locks, mtu, others[12];
};
_Static_assert(sizeof(struct rt_msghdr) == 32 + 15 * sizeof(long), "");
struct ifa_msghdr {
  uint16_t msglen;
  uint8_t version, type;
  int addrs, flags;
  uint16_t index;
  int metric;
};

static union {
  struct rt_msghdr rt;
  struct ifa_msghdr ifa;
  char bytes[4096];
} answer;

static struct request {
  struct rt_msghdr h;
  struct sockaddr_in to, mask;
} ask;

static void prepare(int type, int addrs, int first) {
  memset(&ask, 0, sizeof ask);
  ask.h = (struct rt_msghdr){.version = 5, .type = (uint8_t)type, .addrs = addrs, .seq = 77};
  ask.to = (struct sockaddr_in){.sin_len = sizeof ask.to, .sin_family = AF_INET};
  ask.to.sin_addr[0] = (uint8_t)first;
  ask.to.sin_addr[3] = first != 0;
  ask.mask = (struct sockaddr_in){.sin_len = sizeof ask.mask, .sin_family = AF_INET};
  ask.h.msglen =
      (uint16_t)(sizeof ask.h + sizeof ask.to + ((addrs & RTA_NETMASK) != 0 ? sizeof ask.mask : 0));
}

/* The sockaddr of this bit; null when the answer has none. */
static const uint8_t* address(const void* message, size_t header, int addrs, int bit) {
  const uint8_t* at = (const uint8_t*)message + header;
  for (int b = 1; b < bit; b <<= 1) {
    if ((addrs & b) != 0) at += (at[0] + sizeof(long) - 1) / sizeof(long) * sizeof(long);
  }
  return (addrs & bit) != 0 ? at : NULL;
}

static const uint8_t* of_answer(int bit) {
  return address(&answer, sizeof answer.rt, answer.rt.addrs, bit);
}

static void making(void) {
  int pair[2];
  CHECK_ERR(socket(PF_ROUTE, SOCK_STREAM, 0), EPROTOTYPE);
  CHECK_ERR(socket(PF_ROUTE, SOCK_DGRAM, 0), EPROTOTYPE);
  CHECK_ERR(socketpair(PF_ROUTE, SOCK_DGRAM, 0, pair), EPROTOTYPE);
  CHECK_ERR(socketpair(PF_ROUTE, SOCK_RAW, 0, pair), EOPNOTSUPP);
  int s = socket(PF_ROUTE, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, AF_INET6);
  CHECK_EQ(fcntl(s, F_GETFD), FD_CLOEXEC);
  struct sockaddr_in name = {.sin_len = sizeof name, .sin_family = PF_ROUTE};
  socklen_t len = sizeof name;
  CHECK_ERR(bind(s, &name, sizeof name), EINVAL);
  CHECK_ERR(connect(s, &name, sizeof name), EINVAL);
  CHECK_ERR(getsockname(s, &name, &len), EINVAL);
  CHECK_ERR(read(s, &answer, sizeof answer), EAGAIN);
  CHECK_OK(shutdown(s, SHUT_RD));
  CHECK_ERR(shutdown(s, 7), EINVAL);
  close(s);
}

/* 127.0.0.1 is the machine's own. */
static void own_address(int s) {
  struct pollfd p = {s, POLLIN, 0};
  prepare(RTM_GET, RTA_DST | RTA_IFP, 127);
  CHECK_EQ(write(s, &ask, ask.h.msglen), ask.h.msglen);
  CHECK_EQ(poll(&p, 1, 5000), 1);
  ssize_t n = read(s, &answer, sizeof answer);
  CHECK(n > (ssize_t)sizeof answer.rt);
  CHECK_EQ(answer.rt.msglen, n);
  CHECK_EQ(answer.rt.type, RTM_GET);
  CHECK_EQ(answer.rt.version, 5);
  CHECK_EQ(answer.rt.pid, getpid());
  CHECK_EQ(answer.rt.seq, 77);
  CHECK_EQ(answer.rt.error, 0);
  CHECK_EQ(answer.rt.flags, RTF_UP | RTF_HOST | RTF_DONE);
  CHECK_EQ(answer.rt.addrs, RTA_DST | RTA_GATEWAY | RTA_IFP | RTA_IFA);
  CHECK(answer.rt.mtu >= 1280);
  CHECK(memcmp(of_answer(RTA_DST) + 4, "\x7f\0\0\1", 4) == 0);
  CHECK_EQ(of_answer(RTA_GATEWAY)[1], AF_LINK);
  CHECK(memcmp(of_answer(RTA_IFP) + 5, "\3\0\0lo0", 6) == 0); /* no link address */
  CHECK(memcmp(of_answer(RTA_IFA) + 4, "\x7f\0\0\1", 4) == 0);

  /* The child of a fork asks on the same socket, and by messages. */
  pid_t pid = fork();
  if (pid == 0) {
    struct iovec v[2] = {{&ask, 100}, {(char*)&ask + 100, (size_t)ask.h.msglen - 100}};
    struct msghdr m = {.msg_iov = v, .msg_iovlen = 2};
    _exit(sendmsg(s, &m, 0) == ask.h.msglen ? 0 : 1);
  }
  int status = -1;
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  CHECK_EQ(status, 0);
  CHECK_EQ(recvfrom(s, &answer, 8, MSG_PEEK, NULL, NULL), 8);
  struct sockaddr_in from;
  socklen_t len = sizeof from;
  CHECK_EQ(recvfrom(s, &answer, sizeof answer, 0, &from, &len), n);
  CHECK_EQ(answer.rt.pid, pid);
  CHECK_EQ(len, 2);
  CHECK_EQ(from.sin_family, PF_ROUTE);
}

/* A network must be just what was asked for. */
static void networks(int s) {
  prepare(RTM_GET, RTA_DST | RTA_NETMASK, 0);
  ssize_t n = write(s, &ask, ask.h.msglen);
  if (n < 0) CHECK_EQ(errno, ESRCH); /* there is no default route */
  CHECK(read(s, &answer, sizeof answer) > 0);
  CHECK_EQ(answer.rt.error, n < 0 ? ESRCH : 0);
  if (n >= 0) {
    CHECK_EQ(answer.rt.flags & RTF_HOST, 0);
    CHECK(memcmp(of_answer(RTA_DST) + 4, "\0\0\0\0", 4) == 0);
    CHECK(memcmp(of_answer(RTA_NETMASK) + 4, "\0\0\0\0", 4) == 0);
  }
  prepare(RTM_GET, RTA_DST | RTA_NETMASK, 0);
  ask.to.sin_addr[0] = 192;
  ask.to.sin_addr[2] = 2;
  memset(ask.mask.sin_addr, 255, 4);
  CHECK_ERR(write(s, &ask, ask.h.msglen), ESRCH);
  CHECK(read(s, &answer, sizeof answer) > 0);
  CHECK_EQ(answer.rt.error, ESRCH);
  CHECK_EQ(answer.rt.pid, getpid());
}

static void errors(int s) {
  prepare(RTM_GET, RTA_DST, 127);
  CHECK_ERR(write(s, &ask, 20), EINVAL);
  CHECK_ERR(write(s, &ask, sizeof ask), EINVAL); /* not as long as it says */
  CHECK_ERR(write(s, (void*)16, 300), EFAULT);
  ask.h.version = 4;
  CHECK_ERR(write(s, &ask, ask.h.msglen), EPROTONOSUPPORT);
  ask.h.version = 5;
  ask.to.sin_family = AF_UNIX;
  CHECK_ERR(write(s, &ask, ask.h.msglen), EAFNOSUPPORT);
  CHECK(read(s, &answer, sizeof answer) > 0);
  CHECK_EQ(answer.rt.error, EAFNOSUPPORT);
  prepare(RTM_ADD, RTA_DST | RTA_GATEWAY, 10);
  CHECK_ERR(write(s, &ask, ask.h.msglen), EPERM);
  CHECK(read(s, &answer, sizeof answer) > 0);
  CHECK_EQ(answer.rt.type, RTM_ADD);
  CHECK_EQ(answer.rt.error, EPERM);
  prepare(RTM_GET, RTA_GATEWAY, 127);
  CHECK_ERR(write(s, &ask, ask.h.msglen), EINVAL);
}

static void events(void) {
  int s = socket(PF_ROUTE, SOCK_RAW, 0), up = 0, address_added = 0;
  pid_t pid = fork();
  if (pid == 0) {
    char* args[] = {"ip", "link", "set", "lo", "up", NULL};
    execve("/bin/ip", args, environ);
    execve("/sbin/ip", args, environ);
    _exit(99);
  }
  int status = -1;
  CHECK_EQ(wait4(pid, &status, 0, NULL), pid);
  enum { SKIPPED = 77 };
  if (status != 0) _exit(SKIPPED); /* no ip(8) */
  struct pollfd p = {s, POLLIN, 0};
  while ((!up || !address_added) && poll(&p, 1, 5000) == 1) {
    ssize_t n = read(s, &answer, sizeof answer);
    CHECK_EQ(answer.rt.msglen, n);
    if (answer.rt.type == RTM_IFINFO) up |= answer.ifa.flags & 1;
    if (answer.rt.type != RTM_NEWADDR) continue;
    const uint8_t* a = address(&answer, sizeof answer.ifa, answer.ifa.addrs, RTA_IFA);
    if (a[1] != AF_INET) continue;
    address_added = 1;
    CHECK_EQ(answer.ifa.index, 1);
    CHECK(memcmp(a + 4, "\x7f\0\0\1", 4) == 0);
    a = address(&answer, sizeof answer.ifa, answer.ifa.addrs, RTA_NETMASK);
    CHECK(memcmp(a + 4, "\xff\0\0\0", 4) == 0);
    a = address(&answer, sizeof answer.ifa, answer.ifa.addrs, RTA_IFP);
    CHECK(memcmp(a + 8, "lo0", 3) == 0);
  }
  CHECK(up);
  CHECK(address_added);
  close(s);
}

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "events") == 0) {
    events();
    return check_done();
  }
  making();
  /* Of what happens meanwhile to the host's interfaces nothing is to be heard here. */
  int s = socket(PF_ROUTE, SOCK_RAW, AF_LINK);
  own_address(s);
  networks(s);
  errors(s);
  close(s);
  return check_done();
}
