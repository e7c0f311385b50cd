/* Sockets, messages with descriptors, waiting for many. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#include "check.h"

static void test_descriptors(void) {
  int s[2];
  CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s) == 0);
  int fds[2];
  CHECK(pipe(fds) == 0);
  char byte = 'd';
  struct iovec part = {&byte, 1};
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
  } control;
  struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
  m.msg_control = &control;
  m.msg_controllen = sizeof control.room;
  struct cmsghdr* c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(c), &fds[1], sizeof(int));
  CHECK(sendmsg(s[0], &m, 0) == 1);
  memset(&control, 0, sizeof control);
  CHECK(recvmsg(s[1], &m, 0) == 1 && byte == 'd');
  c = CMSG_FIRSTHDR(&m);
  CHECK(c != NULL && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)));
  int received;
  memcpy(&received, CMSG_DATA(c), sizeof(int));
  CHECK(write(received, "q", 1) == 1 && read(fds[0], &byte, 1) == 1 && byte == 'q');
}

/* Two descriptors where there is room for one: the other is not left open. */
static void test_room_for_descriptors(void) {
  int s[2];
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
  char byte = 'd';
  struct iovec part = {&byte, 1};
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(2 * sizeof(int))];
  } control = {.header = {CMSG_LEN(2 * sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
  memcpy(CMSG_DATA(&control.header), (int[]){0, 1}, 2 * sizeof(int));
  struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control};
  m.msg_controllen = sizeof control.room;
  CHECK(sendmsg(s[0], &m, 0) == 1);
  m.msg_controllen = CMSG_LEN(sizeof(int));
  CHECK(recvmsg(s[1], &m, 0) == 1 && (m.msg_flags & MSG_CTRUNC) != 0);
  CHECK(m.msg_controllen == CMSG_LEN(sizeof(int)) && control.header.cmsg_len == m.msg_controllen);
  int received;
  memcpy(&received, CMSG_DATA(&control.header), sizeof(int));
  const int next = dup(0);
  CHECK(received > 2 && next == received + 1);
  close(next), close(received), close(s[0]), close(s[1]);
}

/* As much room for two small messages as they take, where there is IPv6. */
static void test_room_for_messages(void) {
  const int s = socket(AF_INET6, SOCK_DGRAM, 0), one = 1;
  struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  socklen_t size = sizeof a;
  if (s < 0 || bind(s, (struct sockaddr*)&a, size) != 0) return;
  CHECK(getsockname(s, (struct sockaddr*)&a, &size) == 0);
  CHECK(setsockopt(s, IPPROTO_IPV6, IPV6_RECVTCLASS, &one, sizeof one) == 0);
  CHECK(setsockopt(s, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &one, sizeof one) == 0);
  CHECK(sendto(s, "x", 1, 0, (struct sockaddr*)&a, sizeof a) == 1);
  char byte;
  struct iovec part = {&byte, 1};
  _Alignas(struct cmsghdr) char room[2 * CMSG_SPACE(sizeof(int))];
  struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room};
  m.msg_controllen = sizeof room;
  CHECK(recvmsg(s, &m, 0) == 1 && m.msg_flags == 0 && m.msg_controllen == sizeof room);
  struct cmsghdr* c = CMSG_FIRSTHDR(&m);
  CHECK(c != NULL && c->cmsg_type == IPV6_HOPLIMIT && c->cmsg_len == CMSG_LEN(sizeof(int)));
  c = CMSG_NXTHDR(&m, c);
  CHECK(c != NULL && c->cmsg_type == IPV6_TCLASS && c->cmsg_len == CMSG_LEN(sizeof(int)));
  close(s);
}

static void test_inet(void) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  CHECK(bind(listener, (struct sockaddr*)&a, sizeof a) == 0 && listen(listener, 4) == 0);
  socklen_t size = sizeof a;
  CHECK(getsockname(listener, (struct sockaddr*)&a, &size) == 0 && a.sin_port != 0);
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  const int one = 1;
  CHECK(setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one) == 0);
  struct timeval limit = {3, 0};
  CHECK(setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
  struct timeval back = {0, 0};
  size = sizeof back;
  CHECK(getsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &back, &size) == 0 && back.tv_sec == 3);
  CHECK(connect(client, (struct sockaddr*)&a, sizeof a) == 0);
  const int server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  CHECK(server >= 0 && send(client, "ping", 4, 0) == 4);
  int at_mark = -1;
  CHECK(ioctl(server, SIOCATMARK, &at_mark) == 0 && at_mark == 0);
  char text[8];
  CHECK(recv(server, text, sizeof text, 0) == 4 && memcmp(text, "ping", 4) == 0);
  CHECK(shutdown(client, SHUT_WR) == 0 && recv(server, text, sizeof text, 0) == 0);
}

static void test_waiting(void) {
  const int event = eventfd(0, EFD_NONBLOCK);
  const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  CHECK(event >= 0 && timer >= 0);
  struct pollfd p = {event, POLLIN, 0};
  CHECK(poll(&p, 1, 10) == 0);
  const uint64_t one = 1;
  CHECK(write(event, &one, 8) == 8 && poll(&p, 1, -1) == 1 && p.revents == POLLIN);
  fd_set set;
  FD_ZERO(&set);
  FD_SET(event, &set);
  struct timeval limit = {1, 0};
  CHECK(select(event + 1, &set, NULL, NULL, &limit) == 1 && FD_ISSET(event, &set));
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event e = {.events = EPOLLIN, .data.u64 = 0x123456789abcdef0};
  CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, event, &e) == 0);
  e.data.u64 = 2;
  CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &e) == 0);
  struct epoll_event found[4];
  CHECK(epoll_wait(epoll, found, 4, -1) == 1 && found[0].data.u64 == 0x123456789abcdef0);
  const struct itimerspec soon = {{0, 0}, {0, 1000000}};
  CHECK(timerfd_settime(timer, 0, &soon, NULL) == 0);
  CHECK(poll(&(struct pollfd){timer, POLLIN, 0}, 1, 5000) == 1);
  CHECK(epoll_wait(epoll, found, 4, -1) == 2);
  uint64_t count = 0;
  CHECK(read(timer, &count, 8) == 8 && count == 1);
  CHECK(write(event, &(uint64_t){0x1020}, 8) == 8);
  CHECK(read(event, &count, 8) == 8 && count == 0x1021);
  CHECK(read(event, &count, 8) == -1 && errno == EAGAIN);
  CHECK(write(event, &count, 4) == -1 && errno == EINVAL);
  const int semaphore = eventfd(3, EFD_SEMAPHORE);
  CHECK(read(semaphore, &count, 8) == 8 && count == 1);
}

static void test_interfaces(void) {
  const unsigned index = if_nametoindex("lo");
  char name[IF_NAMESIZE];
  CHECK(index > 0 && strcmp(if_indextoname(index, name), "lo") == 0);
  CHECK(if_nametoindex("nothing") == 0 && errno == ENODEV);
  const int s = socket(AF_INET, SOCK_DGRAM, 0);
  struct ifreq r = {.ifr_name = "lo"};
  CHECK(ioctl(s, SIOCGIFFLAGS, &r) == 0 && (r.ifr_flags & IFF_LOOPBACK) != 0);
  CHECK(ioctl(s, SIOCGIFMTU, &r) == 0 && r.ifr_mtu >= 1280);
  CHECK(ioctl(s, SIOCGIFMAP, &r) == 0);
  CHECK(ioctl(s, SIOCGIFHWADDR, &r) == 0 && r.ifr_hwaddr.sa_family == 772 /* ARPHRD_LOOPBACK */);
  const int up = ioctl(s, SIOCGIFADDR, &r) == 0;
  struct in_addr* address = &((struct sockaddr_in*)&r.ifr_addr)->sin_addr;
  CHECK(!up || address->s_addr == htonl(INADDR_LOOPBACK));
  struct ifreq all[32];
  struct ifconf list = {.ifc_len = 0};
  CHECK(ioctl(s, SIOCGIFCONF, &list) == 0 && list.ifc_len % sizeof *all == 0);
  list.ifc_len = sizeof all;
  list.ifc_req = all;
  CHECK(ioctl(s, SIOCGIFCONF, &list) == 0);
  int found = 0;
  for (int i = 0; i < list.ifc_len / (int)sizeof *all; ++i) {
    if (strcmp(all[i].ifr_name, "lo") == 0) found = all[i].ifr_addr.sa_family == AF_INET;
  }
  CHECK(found == up);
  close(s);
}

/* What the network answers to a datagram comes with an address and an error's number. */
static void test_error_queue(void) {
  const int free_port = socket(AF_INET, SOCK_DGRAM, 0), s = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof a;
  CHECK(bind(free_port, (struct sockaddr*)&a, size) == 0);
  CHECK(getsockname(free_port, (struct sockaddr*)&a, &size) == 0 && close(free_port) == 0);
  CHECK(setsockopt(s, IPPROTO_IP, IP_RECVERR, &on, sizeof on) == 0);
  CHECK(sendto(s, "x", 1, 0, (struct sockaddr*)&a, sizeof a) == 1);
  struct pollfd p = {.fd = s};
  CHECK(poll(&p, 1, 5000) == 1 && (p.revents & POLLERR) != 0);
  char byte = 0, control[256];
  struct iovec part = {&byte, 1};
  struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control};
  m.msg_controllen = sizeof control;
  CHECK(recvmsg(s, &m, MSG_ERRQUEUE) == 1 && byte == 'x');
  const struct cmsghdr* c = CMSG_FIRSTHDR(&m);
  CHECK(c != NULL && c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR);
  struct {
    struct sock_extended_err error;
    struct sockaddr_in from;
  } e;
  memcpy(&e, CMSG_DATA(c), sizeof e);
  CHECK(e.error.ee_errno == ECONNREFUSED && e.error.ee_origin == SO_EE_ORIGIN_ICMP);
  CHECK(e.error.ee_type == 3 && e.error.ee_code == 3 && e.from.sin_family == AF_INET);
  CHECK(e.from.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
  close(s);
}

static void test_groups(void) {
  const int s = socket(AF_INET, SOCK_DGRAM, 0);
  struct group_req group = {.gr_interface = 1};
  struct sockaddr_in* a = (struct sockaddr_in*)&group.gr_group;
  *a = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(0xe0000fed)}};
  CHECK(setsockopt(s, IPPROTO_IP, MCAST_JOIN_GROUP, &group, sizeof group) == 0);
  const struct ip_mreqn by_index = {.imr_multiaddr = a->sin_addr, .imr_ifindex = 1};
  CHECK(setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, &by_index, sizeof by_index) == -1);
  CHECK(errno == EADDRINUSE);
  CHECK(setsockopt(s, IPPROTO_IP, MCAST_LEAVE_GROUP, &group, sizeof group) == 0);
  CHECK(setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, &by_index, sizeof by_index) == 0);
  close(s);
}

/* Text, numbers of several sizes and members of bits in the values of options. */
static void test_option_values(void) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0), s = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof a;
  CHECK(bind(listener, (struct sockaddr*)&a, size) == 0 && listen(listener, 1) == 0);
  CHECK(getsockname(listener, (struct sockaddr*)&a, &size) == 0);
  CHECK(connect(s, (struct sockaddr*)&a, size) == 0);
  const int other = accept(listener, NULL, NULL);
  char name[16] = "", again[16] = "", data[777] = "";
  size = sizeof name;
  CHECK(getsockopt(s, IPPROTO_TCP, TCP_CONGESTION, name, &size) == 0);
  CHECK(name[0] >= 'a' && name[0] <= 'z');
  CHECK(setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, name, strlen(name)) == 0);
  size = sizeof again;
  CHECK(getsockopt(s, IPPROTO_TCP, TCP_CONGESTION, again, &size) == 0 && strcmp(name, again) == 0);
  CHECK(write(s, data, sizeof data) == sizeof data);
  CHECK(recv(other, data, sizeof data, MSG_WAITALL) == sizeof data);
  struct tcp_info sent;
  union {
    struct tcp_info known;
    char whole[256]; /* the C library's structure ends early */
  } got;
  unsigned long long received;
  int mss = 0;
  socklen_t mss_size = sizeof mss;
  size = sizeof sent;
  CHECK(getsockopt(s, IPPROTO_TCP, TCP_INFO, &sent, &size) == 0);
  size = sizeof got;
  CHECK(getsockopt(other, IPPROTO_TCP, TCP_INFO, &got, &size) == 0);
  CHECK(getsockopt(s, IPPROTO_TCP, TCP_MAXSEG, &mss, &mss_size) == 0);
  CHECK(sent.tcpi_state == TCP_ESTABLISHED && sent.tcpi_snd_mss == (unsigned)mss);
  CHECK(sent.tcpi_snd_wscale == got.known.tcpi_rcv_wscale);
  CHECK(sent.tcpi_rcv_wscale == got.known.tcpi_snd_wscale);
  memcpy(&received, got.whole + 128, sizeof received);
  CHECK(size >= 136 && received == sizeof data);
  const struct linger linger = {1, 3};
  struct linger kept = {0, 0};
  size = sizeof kept;
  CHECK(setsockopt(s, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) == 0);
  CHECK(getsockopt(s, SOL_SOCKET, SO_LINGER, &kept, &size) == 0 && kept.l_linger == 3);
  const struct timeval limit = {2, 500000};
  struct timeval t;
  size = sizeof t;
  CHECK(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
  CHECK(getsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &t, &size) == 0);
  CHECK(size == sizeof t && t.tv_sec == 2 && t.tv_usec == 500000);
  close(s), close(other), close(listener);
}

int main(void) {
  test_option_values();
  test_error_queue();
  test_groups();
  test_descriptors();
  test_room_for_descriptors();
  test_room_for_messages();
  test_inet();
  test_waiting();
  test_interfaces();
  puts("ok");
  return 0;
}
