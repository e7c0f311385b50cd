/* Ancillary data, credentials, SIGPIPE, IPv6, socket options, *at() names, sendfile. */
#include "check.h"
#include "thread.h"

enum {
  SOL_LOCAL = 0,
  LOCAL_PEERCRED = 1,
  LOCAL_CREDS = 2,
  SCM_TIMESTAMP = 2,
  SCM_CREDS = 3,
  SO_LINGER = 0x80,
  SO_TIMESTAMP = 0x400,
  SO_NOSIGPIPE = 0x800,
  SO_ACCEPTCONN = 2,
  SO_DOMAIN = 0x1019,
  SO_LISTENQLIMIT = 0x1011,
  IPPROTO_IP = 0,
  IPPROTO_TCP = 6,
  IPPROTO_IPV6 = 41,
  AF_LINK = 18,
  IP_RECVDSTADDR = 7,
  IP_RECVIF = 20,
  IP_TTL = 4,
  IP_RECVTTL = 65,
  IPV6_V6ONLY = 27,
  IPV6_RECVPKTINFO = 36,
  IPV6_PKTINFO = 46,
  TCP_NODELAY = 1,
  TCP_INFO = 32,
  TCP_KEEPIDLE = 256,
  MSG_TRUNC = 0x10,
  MSG_CTRUNC = 0x20,
};

struct sockaddr_in6 {
  uint8_t sin6_len, sin6_family;
  uint16_t sin6_port;
  uint32_t sin6_flowinfo;
  uint8_t sin6_addr[16];
  uint32_t sin6_scope_id;
};
struct cmsgcred {
  pid_t pid;
  uid_t uid, euid;
  gid_t gid;
  short ngroups;
  gid_t groups[16];
};
struct sockcred {
  uid_t uid, euid;
  gid_t gid, egid;
  int ngroups;
  gid_t groups[1];
};
struct xucred {
  unsigned version;
  uid_t uid;
  short ngroups;
  gid_t groups[16];
  void* unused;
};
struct sf_hdtr {
  struct iovec* headers;
  int hdr_cnt;
  struct iovec* trailers;
  int trl_cnt;
};

int sendfile(int fd, int s, off_t offset, size_t size, struct sf_hdtr* hdtr, off_t* sent,
             int flags);
int bindat(int dir, int fd, const void* address, socklen_t length);
int connectat(int dir, int fd, const void* address, socklen_t length);

/* _ALIGN of arm, arm64 and powerpc: a register. */
static char control[512] __attribute__((aligned(8)));
static struct cmsghdr* head(void) { return (struct cmsghdr*)control; }
static void* data(struct cmsghdr* h) { return (char*)h + cmsg_align(sizeof *h); }

static char text[64];
static struct iovec iov = {text, sizeof text};
static struct msghdr message(size_t room) {
  memset(control, 0, sizeof control);
  return (struct msghdr){.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = room ? control : NULL,
                         .msg_controllen = (socklen_t)room};
}

static volatile int pipes;
static void on_pipe(int signo) { pipes += signo == SIGPIPE; }

static void sigpipe(void) {
  int s[2], on = 1, value = 0;
  socklen_t size = sizeof value;
  struct sigaction sa = {.sa_handler = on_pipe};
  sigaction(SIGPIPE, &sa, NULL);
  CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
  close(s[1]);
  CHECK_ERR(sendto(s[0], "x", 1, 0, NULL, 0), EPIPE);
  CHECK_EQ(pipes, 1);
  CHECK_ERR(sendto(s[0], "x", 1, MSG_NOSIGNAL, NULL, 0), EPIPE);
  CHECK_EQ(pipes, 1);
  CHECK_OK(setsockopt(s[0], SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on));
  CHECK_OK(getsockopt(s[0], SOL_SOCKET, SO_NOSIGPIPE, &value, &size));
  CHECK_EQ(value, SO_NOSIGPIPE);
  CHECK_ERR(sendto(s[0], "x", 1, 0, NULL, 0), EPIPE);
  CHECK_EQ(pipes, 1);
  struct iovec v = {(void*)"x", 1};
  CHECK_ERR(write(s[0], "x", 1), EPIPE);
  CHECK_ERR(writev(s[0], &v, 1), EPIPE);
  CHECK_EQ(pipes, 1);
  int copy = dup(s[0]);
  CHECK_ERR(sendto(copy, "x", 1, 0, NULL, 0), EPIPE);
  CHECK_EQ(pipes, 1);
  close(copy);
  close(s[0]);
}

static void credentials(void) {
  int s[2];
  CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
  /* A message without credentials carries none. */
  CHECK_EQ(write(s[0], "a", 1), 1);
  struct msghdr m = message(sizeof control);
  CHECK_EQ(recvmsg(s[1], &m, 0), 1);
  CHECK_EQ(m.msg_controllen, 0);
  m = message(cmsg_align(sizeof(struct cmsghdr)) + cmsg_align(sizeof(struct cmsgcred)));
  *head() =
      (struct cmsghdr){(socklen_t)(cmsg_align(sizeof(struct cmsghdr)) + sizeof(struct cmsgcred)),
                       SOL_SOCKET, SCM_CREDS};
  iov.iov_len = 1;
  CHECK_EQ(sendmsg(s[0], &m, 0), 1);
  iov.iov_len = sizeof text;
  m = message(sizeof control);
  CHECK_EQ(recvmsg(s[1], &m, 0), 1);
  CHECK_EQ(head()->cmsg_level, SOL_SOCKET);
  CHECK_EQ(head()->cmsg_type, SCM_CREDS);
  CHECK_EQ(head()->cmsg_len, cmsg_align(sizeof(struct cmsghdr)) + sizeof(struct cmsgcred));
  CHECK_EQ(m.msg_controllen,
           cmsg_align(sizeof(struct cmsghdr)) + cmsg_align(sizeof(struct cmsgcred)));
  struct cmsgcred* c = data(head());
  CHECK_EQ(c->pid, getpid());
  CHECK_EQ(c->uid, getuid());
  CHECK_EQ(c->ngroups, 1);
  CHECK_EQ(c->groups[0], getgid());
  struct xucred x;
  socklen_t size = sizeof x;
  memset(&x, 0xee, sizeof x);
  CHECK_OK(getsockopt(s[0], SOL_LOCAL, LOCAL_PEERCRED, &x, &size));
  CHECK_EQ(size, sizeof x);
  CHECK_EQ(x.version, 0);
  CHECK_EQ(x.uid, getuid());
  int on = 1;
  CHECK_OK(setsockopt(s[1], SOL_LOCAL, LOCAL_CREDS, &on, sizeof on));
  CHECK_EQ(write(s[0], "b", 1), 1);
  m = message(sizeof control);
  CHECK_EQ(recvmsg(s[1], &m, 0), 1);
  CHECK_EQ(head()->cmsg_type, SCM_CREDS);
  CHECK_EQ(head()->cmsg_len, cmsg_align(sizeof(struct cmsghdr)) + sizeof(struct sockcred));
  CHECK_EQ(((struct sockcred*)data(head()))->euid, getuid());
  close(s[0]);
  close(s[1]);
  int single = socket(AF_UNIX, SOCK_STREAM, 0);
  size = sizeof x;
  CHECK_ERR(getsockopt(single, SOL_LOCAL, LOCAL_PEERCRED, &x, &size), ENOTCONN);
  close(single);
}

/* Rights that do not fit are dropped, not leaked. */
static void truncation(void) {
  int s[2], fds[2];
  CHECK_OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
  CHECK_OK(pipe2(fds, 0));
  struct msghdr m = message(cmsg_align(sizeof(struct cmsghdr)) + cmsg_align(8));
  *head() =
      (struct cmsghdr){(socklen_t)(cmsg_align(sizeof(struct cmsghdr)) + 8), SOL_SOCKET, SCM_RIGHTS};
  memcpy(data(head()), fds, 8);
  CHECK_EQ(sendmsg(s[0], &m, 0), (ssize_t)sizeof text);
  int lowest = dup(0);
  close(lowest);
  m = message(cmsg_align(sizeof(struct cmsghdr)) + 4);
  iov.iov_len = 10;
  CHECK_EQ(recvmsg(s[1], &m, 0), 10);
  iov.iov_len = sizeof text;
  CHECK_EQ(m.msg_controllen, 0);
  CHECK_EQ(m.msg_flags, MSG_TRUNC | MSG_CTRUNC);
  int again = dup(0);
  CHECK_EQ(again, lowest);
  close(again);
  close(fds[0]);
  close(fds[1]);
  m = message(cmsg_align(sizeof(struct cmsghdr)) + cmsg_align(4));
  *head() =
      (struct cmsghdr){(socklen_t)(cmsg_align(sizeof(struct cmsghdr)) + 4), SOL_SOCKET, SCM_RIGHTS};
  *(int*)data(head()) = 999;
  CHECK_ERR(sendmsg(s[0], &m, 0), EBADF);
  head()->cmsg_len = 4;
  CHECK_ERR(sendmsg(s[0], &m, 0), EINVAL);
  int kq = kqueue();
  head()->cmsg_len = (socklen_t)(cmsg_align(sizeof(struct cmsghdr)) + 4);
  *(int*)data(head()) = kq;
  CHECK_ERR(sendmsg(s[0], &m, 0), EOPNOTSUPP);
  close(kq);
  /* The host's streams carry no descriptors without data. */
  int stream[2];
  CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, stream));
  *(int*)data(head()) = 0;
  m.msg_iovlen = 0;
  CHECK_ERR(sendmsg(stream[0], &m, 0), EOPNOTSUPP);
  close(stream[0]);
  close(stream[1]);
  m.msg_iovlen = 2000;
  CHECK_ERR(sendmsg(s[0], &m, 0), EMSGSIZE);
  close(s[0]);
  close(s[1]);
}

static void datagrams(void) {
  int a = socket(AF_INET, SOCK_DGRAM, 0), b = socket(AF_INET, SOCK_DGRAM, 0), on = 1, ttl = 33;
  struct sockaddr_in to = {sizeof to, AF_INET, 0, {127, 0, 0, 1}, {0}};
  socklen_t size = sizeof to;
  CHECK_OK(bind(a, &to, sizeof to));
  CHECK_OK(getsockname(a, &to, &size));
  CHECK_OK(setsockopt(a, IPPROTO_IP, IP_RECVDSTADDR, &on, sizeof on));
  CHECK_OK(setsockopt(a, IPPROTO_IP, IP_RECVTTL, &on, sizeof on));
  CHECK_OK(setsockopt(a, IPPROTO_IP, IP_RECVIF, &on, sizeof on));
  CHECK_OK(setsockopt(a, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof on));
  CHECK_OK(setsockopt(b, IPPROTO_IP, IP_TTL, &ttl, sizeof ttl));
  CHECK_EQ(sendto(b, "x", 1, 0, &to, sizeof to), 1);
  struct msghdr m = message(sizeof control);
  struct sockaddr_in from;
  m.msg_name = &from;
  m.msg_namelen = sizeof from;
  CHECK_EQ(recvmsg(a, &m, 0), 1);
  CHECK_EQ(m.msg_namelen, sizeof from);
  int seen = 0;
  for (size_t at = 0; at + sizeof(struct cmsghdr) <= m.msg_controllen;) {
    struct cmsghdr* h = (struct cmsghdr*)(control + at);
    size_t n = h->cmsg_len - cmsg_align(sizeof *h);
    unsigned char* d = data(h);
    if (h->cmsg_level == IPPROTO_IP && h->cmsg_type == IP_RECVDSTADDR && n == 4)
      seen |= d[0] == 127;
    if (h->cmsg_level == IPPROTO_IP && h->cmsg_type == IP_RECVTTL && n == 1)
      seen |= 2 * (d[0] == 33);
    if (h->cmsg_level == IPPROTO_IP && h->cmsg_type == IP_RECVIF && n == 54) /* sockaddr_dl */
      seen |= 8 * (d[0] == 54 && d[1] == AF_LINK && d[5] == 3 && memcmp(d + 8, "lo0", 3) == 0);
    if (h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_TIMESTAMP &&
        n == sizeof(struct timeval)) {
      struct timeval now, then;
      memcpy(&then, d, sizeof then);
      gettimeofday(&now, NULL);
      seen |= 4 * (now.tv_sec - then.tv_sec <= 1);
    }
    at += cmsg_align(h->cmsg_len);
  }
  CHECK_EQ(seen, 15);
  close(a);
  close(b);
}

static void inet6(void) {
  int fd = socket(AF_INET6, SOCK_DGRAM, 0), value = 0, on = 1;
  if (fd < 0) return; /* a host without IPv6 */
  socklen_t size = sizeof value;
  CHECK_OK(getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, &size));
  CHECK_EQ(value, 1);
  CHECK_OK(setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on));
  CHECK_OK(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &size));
  CHECK_EQ(value, AF_INET6);
  struct sockaddr_in6 a = {.sin6_len = sizeof a, .sin6_family = AF_INET6, .sin6_addr[15] = 1}, from;
  CHECK_ERR(bind(fd, &a, 16), EINVAL);
  if (bind(fd, &a, sizeof a) == 0) {
    size = sizeof a;
    CHECK_OK(getsockname(fd, &a, &size));
    CHECK_EQ(size, 28);
    CHECK_EQ(a.sin6_len, 28);
    CHECK_EQ(a.sin6_family, AF_INET6);
    CHECK_EQ(sendto(fd, "x", 1, 0, &a, sizeof a), 1);
    struct msghdr m = message(sizeof control);
    m.msg_name = &from;
    m.msg_namelen = sizeof from;
    CHECK_EQ(recvmsg(fd, &m, 0), 1);
    CHECK_EQ(from.sin6_port, a.sin6_port);
    CHECK_EQ(head()->cmsg_level, IPPROTO_IPV6);
    CHECK_EQ(head()->cmsg_type, IPV6_PKTINFO);
    CHECK_EQ(((uint8_t*)data(head()))[15], 1);
  }
  close(fd);
}

static void options(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), value = 0, on = 1;
  socklen_t size = sizeof value;
  struct linger {
    int onoff, linger;
  } l = {1, 7}, back = {0, 0};
  CHECK_OK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l));
  size = sizeof back;
  CHECK_OK(getsockopt(fd, SOL_SOCKET, SO_LINGER, &back, &size));
  CHECK(back.onoff != 0 && back.linger == 7);
  l.linger = -1;
  CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l), 33 /* EDOM */);
  size = sizeof value;
  value = 40000;
  CHECK_OK(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &value, sizeof value));
  CHECK_OK(getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &value, &size));
  CHECK_EQ(value, 40000);
  CHECK_OK(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  value = 60;
  CHECK_OK(setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &value, sizeof value));
  value = 0;
  CHECK_OK(getsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &value, &size));
  CHECK_EQ(value, 60);
  CHECK_OK(listen(fd, 3));
  CHECK_OK(getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &size));
  CHECK_EQ(value, SO_ACCEPTCONN);
  unsigned char info[236];
  size = sizeof info;
  CHECK_OK(getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &size));
  CHECK_EQ(size, 236);
  CHECK_EQ(info[0], 1); /* TCPS_LISTEN */
  /* A short buffer gets the first bytes; a short value is refused. */
  char byte = 0x55;
  size = 1;
  CHECK_OK(getsockopt(fd, SOL_SOCKET, SO_TYPE, &byte, &size));
  CHECK_EQ(size, 1);
  CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, 2), EINVAL);
  CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, NULL, 4), EFAULT);
  CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, 4), ENOPROTOOPT);
  CHECK_ERR(accept4(fd, NULL, NULL, 1), EINVAL);
  close(fd);
  fd = socket(AF_INET, SOCK_STREAM, 0);
  CHECK_ERR(accept(fd, NULL, NULL), EINVAL);
  CHECK_ERR(getpeername(fd, text, &size), ENOTCONN);
  close(fd);
  fd = socket(AF_INET, SOCK_DGRAM, 0);
  CHECK_ERR(accept(fd, NULL, NULL), EINVAL);
  close(fd);
}

static void names(void) {
  check_workdir();
  CHECK_OK(mkdir("dir", 0755));
  int dir = open("dir", O_RDONLY | O_DIRECTORY), fd = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un a = {sizeof a, AF_UNIX, "sock"}, got;
  CHECK_OK(bindat(dir, fd, &a, sizeof a));
  CHECK_OK(listen(fd, 4));
  struct stat st;
  CHECK_OK(stat("dir/sock", &st));
  CHECK_EQ(st.st_mode & S_IFMT, S_IFSOCK);
  int c = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK_OK(connectat(dir, c, &a, sizeof a));
  /* The connecting side has no name: a plain sockaddr. */
  socklen_t size = sizeof got;
  memset(&got, 0xee, sizeof got);
  int p = accept(fd, &got, &size);
  CHECK(p >= 0);
  CHECK_EQ(size, 16);
  CHECK_EQ(got.sun_len, 16);
  CHECK_EQ(got.sun_family, AF_UNIX);
  CHECK_EQ(got.sun_path[0], 0);
  close(p);
  close(c);
  c = socket(AF_UNIX, SOCK_STREAM, 0);
  strcpy(a.sun_path, "missing");
  CHECK_ERR(connect(c, &a, sizeof a), ENOENT);
  CHECK_ERR(bind(c, &a, 300), ENAMETOOLONG);
  close(c);
  close(fd);
  close(dir);
  CHECK_OK(unlink("dir/sock"));
  CHECK_OK(rmdir("dir"));
}

static void files(void) {
  int s[2];
  int64_t sent = -1;
  int fd = open("data", O_RDWR | O_CREAT, 0644);
  CHECK_EQ(write(fd, "0123456789", 10), 10);
  CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
  struct iovec h = {"<<", 2}, t = {">>", 2};
  struct sf_hdtr hdtr = {&h, 1, &t, 1};
  CHECK_OK(sendfile(fd, s[0], 3, 4, &hdtr, &sent, 0));
  CHECK_EQ(sent, 8);
  CHECK_EQ(read(s[1], text, sizeof text), 8);
  CHECK_EQ(memcmp(text, "<<3456>>", 8), 0);
  close(fd);
  close(s[0]);
  close(s[1]);
}

int main(void) {
  sigpipe();
  credentials();
  truncation();
  datagrams();
  inet6();
  options();
  names();
  files();
  return check_done();
}
