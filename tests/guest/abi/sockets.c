/* Sockets: pairs, Unix names, TCP and UDP over loopback, passing descriptors, options. */
#include "check.h"
#include "thread.h"

enum { IPPROTO_IP = 0, IP_PORTRANGE = 19 };

static int port_of(const struct sockaddr_in* a) {
  const uint8_t* p = (const uint8_t*)&a->sin_port;
  return p[0] << 8 | p[1];
}

static void pairs(void) {
  int s[2];
  char b[64];
  CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s));
  CHECK_EQ(fcntl(s[0], F_GETFD), FD_CLOEXEC);
  CHECK_EQ(sendto(s[0], "hello", 5, 0, NULL, 0), 5);
  CHECK_EQ(recvfrom(s[1], b, 2, MSG_PEEK, NULL, NULL), 2);
  CHECK_EQ(recvfrom(s[1], b, sizeof b, 0, NULL, NULL), 5);
  CHECK_ERR(recvfrom(s[1], b, 1, MSG_DONTWAIT, NULL, NULL), EAGAIN);
  CHECK_OK(shutdown(s[0], SHUT_WR));
  CHECK_EQ(recvfrom(s[1], b, 1, 0, NULL, NULL), 0);
  struct sigaction sa = {.sa_handler = SIG_IGN};
  sigaction(SIGPIPE, &sa, NULL);
  close(s[1]);
  CHECK_ERR(write(s[0], "x", 1), EPIPE);
  close(s[0]);
  CHECK_ERR(socketpair(AF_UNIX, 77, 0, s), EPROTOTYPE);
  CHECK_ERR(socket(AF_UNIX, 3 /* SOCK_RAW */, 0), EPROTOTYPE);
  CHECK_ERR(socket(200, SOCK_STREAM, 0), EAFNOSUPPORT);
  CHECK_ERR(recvfrom(0, b, 1, 0, NULL, NULL), ENOTSOCK);
}

static void options(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  CHECK(fd >= 0);
  CHECK_EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
  int on = 1, value = 0;
  socklen_t size = sizeof value;
  CHECK_OK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
  CHECK_OK(getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, &size));
  CHECK(value != 0);
  CHECK_EQ(size, 4);
  CHECK_OK(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &size));
  CHECK_EQ(value, SOCK_STREAM);
  CHECK_OK(getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &size));
  CHECK_EQ(value, 0);
  struct timeval timeout = {3, 500000}, back = {0, 0};
  CHECK_OK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout));
  size = sizeof back;
  CHECK_OK(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &back, &size));
  CHECK_EQ(size, sizeof back);
  CHECK(back.tv_sec == 3 && back.tv_usec >= 490000 && back.tv_usec <= 510000);
  CHECK_ERR(getsockopt(fd, SOL_SOCKET, 0x7777, &value, &size), ENOPROTOOPT);
  close(fd);
}

static struct sockaddr_in loopback(uint16_t port_net) {
  return (struct sockaddr_in){sizeof(struct sockaddr_in), AF_INET, port_net, {127, 0, 0, 1}, {0}};
}

static void* tcp_client(void* arg) {
  struct sockaddr_in* to = arg;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  CHECK_OK(connect(fd, to, sizeof *to));
  char b[16];
  CHECK_EQ(write(fd, "ping", 4), 4);
  CHECK_EQ(read(fd, b, sizeof b), 4);
  CHECK_EQ(memcmp(b, "pong", 4), 0);
  struct sockaddr_in peer;
  socklen_t size = sizeof peer;
  CHECK_OK(getpeername(fd, &peer, &size));
  CHECK_EQ(peer.sin_port, to->sin_port);
  close(fd);
  return NULL;
}

static void tcp(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = loopback(0), from;
  socklen_t size = sizeof address;
  CHECK_OK(bind(fd, &address, sizeof address));
  CHECK_OK(listen(fd, 5));
  int backlog = 0;
  socklen_t length = sizeof backlog;
  CHECK_OK(getsockopt(fd, SOL_SOCKET, 0x1011 /* SO_LISTENQLIMIT */, &backlog, &length));
  CHECK_EQ(backlog, 5);
  CHECK_OK(getsockname(fd, &address, &size));
  CHECK_EQ(size, sizeof address);
  CHECK_EQ(address.sin_family, AF_INET);
  CHECK_EQ(address.sin_len, sizeof address);
  CHECK(address.sin_port != 0);
  int second = socket(AF_INET, SOCK_STREAM, 0);
  CHECK_ERR(bind(second, &address, sizeof address), EADDRINUSE);
  struct sockaddr_in group = {sizeof group, AF_INET, address.sin_port, {224, 0, 0, 1}, {0}};
  CHECK_ERR(bind(second, &group, sizeof group), EAFNOSUPPORT);
  CHECK_ERR(connect(second, &group, sizeof group), EAFNOSUPPORT);
  int local = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK_ERR(connect(local, &address, sizeof address), EAFNOSUPPORT);
  CHECK_ERR(bind(local, &address, sizeof address), EAFNOSUPPORT);
  close(local);
  close(second);
  struct thread thread;
  CHECK_EQ(thread_create(&thread, tcp_client, &address), 0);
  size = sizeof from;
  int peer = accept4(fd, &from, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
  CHECK(peer >= 0);
  CHECK_EQ(from.sin_family, AF_INET);
  CHECK_EQ(from.sin_addr[0], 127);
  CHECK_EQ(fcntl(peer, F_GETFD), FD_CLOEXEC);
  struct pollfd p = {peer, POLLIN, 0};
  CHECK_EQ(poll(&p, 1, 5000), 1);
  char b[16];
  CHECK_EQ(read(peer, b, sizeof b), 4);
  CHECK_EQ(write(peer, "pong", 4), 4);
  thread_join(&thread);
  close(peer);
  close(fd);
  fd = socket(AF_INET, SOCK_STREAM, 0);
  CHECK_ERR(connect(fd, &address, sizeof address), ECONNREFUSED);
  CHECK_ERR(connect(fd, &address, 3), EINVAL);
  close(fd);
}

/* IP_PORTRANGE: a port from 600 to 1023, for bind() and for connect(). */
static void low_ports(void) {
  const int low = 2, bad = 3;
  int value = -1, listener = socket(AF_INET, SOCK_STREAM, 0), fd;
  socklen_t size = sizeof value;
  struct sockaddr_in address = loopback(0), own;
  CHECK_ERR(setsockopt(listener, IPPROTO_IP, IP_PORTRANGE, &bad, sizeof bad), EINVAL);
  CHECK_OK(getsockopt(listener, IPPROTO_IP, IP_PORTRANGE, &value, &size));
  CHECK_EQ(value, 0);
  CHECK_OK(setsockopt(listener, IPPROTO_IP, IP_PORTRANGE, &low, sizeof low));
  CHECK_OK(getsockopt(listener, IPPROTO_IP, IP_PORTRANGE, &value, &size));
  CHECK_EQ(value, low);
  if (geteuid() != 0) {
    CHECK_ERR(bind(listener, &address, sizeof address), EACCES);
    close(listener);
    return;
  }
  CHECK_OK(bind(listener, &address, sizeof address));
  size = sizeof address;
  CHECK_OK(getsockname(listener, &address, &size));
  CHECK(port_of(&address) >= 600 && port_of(&address) <= 1023);
  CHECK_OK(listen(listener, 1));
  fd = socket(AF_INET, SOCK_STREAM, 0);
  CHECK_OK(setsockopt(fd, IPPROTO_IP, IP_PORTRANGE, &low, sizeof low));
  CHECK_OK(connect(fd, &address, sizeof address));
  size = sizeof own;
  CHECK_OK(getsockname(fd, &own, &size));
  CHECK(port_of(&own) >= 600 && port_of(&own) <= 1023);
  CHECK(port_of(&own) != port_of(&address));
  close(fd);
  close(listener);
}

static void udp(void) {
  int a = socket(AF_INET, SOCK_DGRAM, 0), b = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in address = loopback(0), from;
  socklen_t size = sizeof address;
  CHECK_OK(bind(a, &address, sizeof address));
  CHECK_OK(getsockname(a, &address, &size));
  CHECK_EQ(sendto(b, "datagram", 8, 0, &address, sizeof address), 8);
  char text[16];
  size = sizeof from;
  CHECK_EQ(recvfrom(a, text, sizeof text, 0, &from, &size), 8);
  CHECK_EQ(size, sizeof from);
  CHECK(from.sin_family == AF_INET && from.sin_len == sizeof from && from.sin_addr[0] == 127);
  CHECK_ERR(write(b, "x", 1), EDESTADDRREQ);
  close(a);
  close(b);
}

static void unix_names(void) {
  check_workdir();
  int fd = socket(AF_UNIX, SOCK_STREAM, 0), peer, client;
  struct sockaddr_un address = {0, AF_UNIX, "name"}, got;
  address.sun_len = 2 + 4;
  socklen_t size = sizeof got;
  CHECK_OK(bind(fd, &address, address.sun_len));
  CHECK_ERR(bind(fd, &address, address.sun_len), EINVAL); /* it has a name */
  int other = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK_ERR(bind(other, &address, address.sun_len), EADDRINUSE);
  close(other);
  CHECK_OK(listen(fd, 1));
  struct stat st;
  CHECK_OK(stat("name", &st));
  CHECK_EQ(st.st_mode & S_IFMT, S_IFSOCK);
  memset(&got, 0, sizeof got);
  CHECK_OK(getsockname(fd, &got, &size));
  CHECK_EQ(got.sun_family, AF_UNIX);
  CHECK_EQ(strcmp(got.sun_path, "name"), 0);
  client = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK_OK(connect(client, &address, sizeof address));
  peer = accept(fd, NULL, NULL);
  CHECK(peer >= 0);
  close(peer);
  close(client);
  close(fd);
}

/* sendmsg with a descriptor; the control message's layout is the guest's. */
static void passing(void) {
  int s[2], fds[2];
  char c = 'd', control[64] __attribute__((aligned(8)));
  CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
  CHECK_OK(pipe2(fds, 0));
  struct iovec iov = {&c, 1};
  const size_t data_at = cmsg_align(sizeof(struct cmsghdr));
  struct cmsghdr* h = (struct cmsghdr*)control;
  memset(control, 0, sizeof control);
  *h = (struct cmsghdr){(socklen_t)(data_at + 4), SOL_SOCKET, SCM_RIGHTS};
  memcpy(control + data_at, &fds[1], 4);
  struct msghdr m = {.msg_iov = &iov,
                     .msg_iovlen = 1,
                     .msg_control = control,
                     .msg_controllen = (socklen_t)cmsg_align(data_at + 4)};
  CHECK_EQ(sendmsg(s[0], &m, 0), 1);
  close(fds[1]);
  memset(control, 0, sizeof control);
  m.msg_controllen = sizeof control;
  c = 0;
  CHECK_EQ(recvmsg(s[1], &m, 0), 1);
  CHECK_EQ(c, 'd');
  CHECK_EQ(h->cmsg_level, SOL_SOCKET);
  CHECK_EQ(h->cmsg_type, SCM_RIGHTS);
  CHECK_EQ(h->cmsg_len, data_at + 4);
  int got = -1;
  memcpy(&got, control + data_at, 4);
  CHECK_EQ(write(got, "y", 1), 1);
  CHECK_EQ(read(fds[0], &c, 1), 1);
  CHECK_EQ(c, 'y');
  /* Where the message cannot be stored, its descriptor is not left open. */
  int unused = dup(got);
  close(unused);
  memcpy(control + data_at, &got, 4);
  CHECK_EQ(sendmsg(s[0], &m, 0), 1);
  m.msg_control = (void*)16;
  CHECK_ERR(recvmsg(s[1], &m, 0), EFAULT);
  CHECK_ERR(fcntl(unused, F_GETFD), EBADF);
}

int main(void) {
  pairs();
  options();
  tcp();
  low_ports();
  udp();
  unix_names();
  passing();
  return check_done();
}
