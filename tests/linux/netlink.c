/* Interfaces, addresses and routes by netlink, held against what /sys and ioctl say. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

static char buffer[1 << 16];

struct request {
  struct nlmsghdr header;
  union {
    struct ifinfomsg link;
    struct ifaddrmsg address;
    struct rtmsg route;
    struct rtgenmsg family;
  };
  char attributes[512];
};

static void start(struct request* r, int type, int flags, unsigned body) {
  memset(r, 0, sizeof *r);
  r->header.nlmsg_len = NLMSG_LENGTH(body);
  r->header.nlmsg_type = type;
  r->header.nlmsg_flags = NLM_F_REQUEST | flags;
  r->header.nlmsg_seq = 7;
}

static struct rtattr* add(struct request* r, int type, const void* data, unsigned size) {
  struct rtattr* a = (struct rtattr*)((char*)r + NLMSG_ALIGN(r->header.nlmsg_len));
  a->rta_type = type;
  a->rta_len = RTA_LENGTH(size);
  if (size != 0) memcpy(RTA_DATA(a), data, size);
  r->header.nlmsg_len = NLMSG_ALIGN(r->header.nlmsg_len) + RTA_ALIGN(a->rta_len);
  return a;
}
static void end(struct request* r, struct rtattr* nest) {
  nest->rta_len = (char*)r + r->header.nlmsg_len - (char*)nest;
}

static int route_socket(void) {
  const int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  struct sockaddr_nl a = {.nl_family = AF_NETLINK};
  CHECK(s >= 0 && bind(s, (struct sockaddr*)&a, sizeof a) == 0);
  return s;
}

/* Sends a request; the answer's length. */
static ssize_t ask(int s, struct request* r) {
  CHECK(send(s, r, r->header.nlmsg_len, 0) == (ssize_t)r->header.nlmsg_len);
  const ssize_t n = recv(s, buffer, sizeof buffer, 0);
  CHECK(n >= (ssize_t)sizeof(struct nlmsghdr));
  return n;
}

/* Sends a request that is answered by an error, 0 when it was done. */
static int outcome(int s, struct request* r) {
  r->header.nlmsg_flags |= NLM_F_ACK;
  ask(s, r);
  const struct nlmsghdr* h = (struct nlmsghdr*)buffer;
  const struct nlmsgerr* e = NLMSG_DATA(h);
  CHECK(h->nlmsg_type == NLMSG_ERROR && h->nlmsg_seq == 7);
  CHECK(e->msg.nlmsg_type == r->header.nlmsg_type && e->msg.nlmsg_seq == 7);
  CHECK(e->msg.nlmsg_len == r->header.nlmsg_len);
  return -e->error;
}

static const struct rtattr* find(const struct rtattr* a, int length, int type) {
  for (; RTA_OK(a, length); a = RTA_NEXT(a, length)) {
    if ((a->rta_type & NLA_TYPE_MASK) == type) return a;
  }
  return NULL;
}
static const struct rtattr* inside(const struct rtattr* a, int type) {
  return a == NULL ? NULL : find(RTA_DATA(a), RTA_PAYLOAD(a), type);
}
static unsigned number(const struct rtattr* a) {
  CHECK(a != NULL && a->rta_len >= RTA_LENGTH(4));
  unsigned n;
  memcpy(&n, RTA_DATA(a), sizeof n);
  return n;
}
static const struct rtattr* link_attribute(int type) {
  const struct nlmsghdr* h = (struct nlmsghdr*)buffer;
  const struct ifinfomsg* link = NLMSG_DATA(h);
  return find(IFLA_RTA(link), IFLA_PAYLOAD(h), type);
}

static void get_link(int s, const char* name) {
  struct request r;
  start(&r, RTM_GETLINK, 0, sizeof r.link);
  add(&r, IFLA_IFNAME, name, strlen(name) + 1);
  ask(s, &r);
  CHECK(((struct nlmsghdr*)buffer)->nlmsg_type == RTM_NEWLINK);
}

static unsigned long sys_number(const char* interface, const char* name) {
  char path[128], text[32] = "";
  snprintf(path, sizeof path, "/sys/class/net/%s/%s", interface, name);
  FILE* f = fopen(path, "r");
  CHECK(f != NULL && fgets(text, sizeof text, f) != NULL);
  fclose(f);
  return strtoul(text, NULL, 0);
}

static void test_link(int s) {
  get_link(s, "lo");
  const struct nlmsghdr* h = (struct nlmsghdr*)buffer;
  const struct ifinfomsg* link = NLMSG_DATA(h);
  CHECK(h->nlmsg_seq == 7 && link->ifi_type == sys_number("lo", "type"));
  CHECK(link->ifi_index == (int)if_nametoindex("lo"));
  CHECK((link->ifi_flags & IFF_LOOPBACK) != 0);
  CHECK(number(link_attribute(IFLA_MTU)) == sys_number("lo", "mtu"));
  CHECK(number(link_attribute(IFLA_TXQLEN)) == sys_number("lo", "tx_queue_len"));
  CHECK(strcmp(RTA_DATA(link_attribute(IFLA_IFNAME)), "lo") == 0);
  unsigned long long packets;
  memcpy(&packets, RTA_DATA(link_attribute(IFLA_STATS64)), sizeof packets);
  CHECK(packets <= sys_number("lo", "statistics/rx_packets"));
  const struct rtattr* families = link_attribute(IFLA_AF_SPEC);
  CHECK(families != NULL && inside(inside(families, AF_INET), IFLA_INET_CONF) != NULL);
}

/* The C library reads netlink's dumps for these. */
static void test_libc(void) {
  struct ifaddrs *all = NULL, *a;
  bool loopback = false;
  CHECK(getifaddrs(&all) == 0);
  for (a = all; a != NULL; a = a->ifa_next) {
    if (a->ifa_addr == NULL || a->ifa_addr->sa_family != AF_INET) continue;
    const struct sockaddr_in *in = (struct sockaddr_in*)a->ifa_addr,
                             *mask = (struct sockaddr_in*)a->ifa_netmask;
    if (in->sin_addr.s_addr != htonl(INADDR_LOOPBACK)) continue;
    CHECK(strcmp(a->ifa_name, "lo") == 0 && mask->sin_addr.s_addr == htonl(0xff000000));
    loopback = true;
  }
  freeifaddrs(all);
  struct if_nameindex* names = if_nameindex();
  CHECK(loopback && names != NULL);
  for (struct if_nameindex* n = names; n->if_index != 0; ++n) {
    CHECK(n->if_index == if_nametoindex(n->if_name));
  }
  if_freenameindex(names);
}

/* By sendmsg and recvmsg in pieces, and by write and read: to 127.0.0.1 leads lo. */
static void test_route(int s) {
  struct request r;
  const in_addr_t to = htonl(INADDR_LOOPBACK);
  for (int way = 0; way < 2; ++way) {
    start(&r, RTM_GETROUTE, 0, sizeof r.route);
    r.route.rtm_family = AF_INET;
    r.route.rtm_dst_len = 32;
    add(&r, RTA_DST, &to, sizeof to);
    const ssize_t length = r.header.nlmsg_len;
    ssize_t n;
    memset(buffer, 0, 256);
    if (way == 0) {
      struct iovec out[] = {{&r, 5}, {(char*)&r + 5, length - 5}};
      struct iovec in[] = {{buffer, 30}, {buffer + 30, sizeof buffer - 30}};
      struct sockaddr_nl from, kernel = {.nl_family = AF_NETLINK};
      const struct msghdr m = {
          .msg_name = &kernel, .msg_namelen = sizeof kernel, .msg_iov = out, .msg_iovlen = 2};
      struct msghdr got = {
          .msg_name = &from, .msg_namelen = sizeof from, .msg_iov = in, .msg_iovlen = 2};
      CHECK(sendmsg(s, &m, 0) == length);
      n = recvmsg(s, &got, 0);
      CHECK(got.msg_namelen == sizeof from && from.nl_pid == 0 && from.nl_family == AF_NETLINK);
    } else {
      CHECK(write(s, &r, length) == length);
      n = read(s, buffer, sizeof buffer);
    }
    const struct nlmsghdr* h = (struct nlmsghdr*)buffer;
    CHECK(n == (ssize_t)h->nlmsg_len && h->nlmsg_type == RTM_NEWROUTE);
    const struct rtmsg* route = NLMSG_DATA(h);
    const struct rtattr* oif = find(RTM_RTA(route), RTM_PAYLOAD(h), RTA_OIF);
    CHECK(route->rtm_type == RTN_LOCAL && number(oif) == if_nametoindex("lo"));
  }
}

static void test_errors(int s) {
  struct request r;
  start(&r, RTM_GETLINK, 0, sizeof r.link);
  r.link.ifi_index = 0x7ffffff0;
  CHECK(outcome(s, &r) == ENODEV);
  /* Numbers of machines differ most here. */
  start(&r, RTM_NEWLINK, NLM_F_CREATE, sizeof r.link);
  struct rtattr* info = add(&r, IFLA_LINKINFO, NULL, 0);
  add(&r, IFLA_INFO_KIND, "no-such-kind", 13);
  end(&r, info);
  const int error = outcome(s, &r);
  CHECK(error == EOPNOTSUPP || error == EPERM);
  CHECK(socket(AF_NETLINK, SOCK_RAW, 0x7f) == -1 && errno == EPROTONOSUPPORT);
  const int on = 1;
  int got = 0;
  socklen_t size = sizeof got;
  CHECK(setsockopt(s, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on) == 0);
  CHECK(getsockopt(s, SOL_NETLINK, NETLINK_EXT_ACK, &got, &size) == 0 && got == 1);
  start(&r, RTM_GETLINK, 0, sizeof r.link);
  r.link.ifi_index = 0x7ffffff0;
  CHECK(outcome(s, &r) == ENODEV);
}

/* What does not fit is cut; its length is known all the same. */
static void test_truncated(int s) {
  struct request r;
  start(&r, RTM_GETLINK, 0, sizeof r.link);
  r.link.ifi_index = if_nametoindex("lo");
  CHECK(send(s, &r, r.header.nlmsg_len, 0) > 0);
  const ssize_t whole = recv(s, buffer, 0, MSG_PEEK | MSG_TRUNC);
  CHECK(whole > 100);
  CHECK(recv(s, buffer, 40, MSG_PEEK) == 40 && ((struct nlmsghdr*)buffer)->nlmsg_len > 100);
  const ssize_t n = recv(s, buffer, whole, 0);
  CHECK(n > 100 && n <= whole && ((struct nlmsghdr*)buffer)->nlmsg_len == (unsigned)n);
}

/* Interfaces of one's own, where the host lets a program have a network of its own. */
static void test_changes(void) {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0 && unshare(CLONE_NEWNET) != 0) return;
  const int s = route_socket();
  struct request r;
  const unsigned mtu = 1234;
  start(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof r.link);
  add(&r, IFLA_IFNAME, "here", 5);
  add(&r, IFLA_MTU, &mtu, sizeof mtu);
  struct rtattr* info = add(&r, IFLA_LINKINFO, NULL, 0);
  add(&r, IFLA_INFO_KIND, "veth", 4);
  struct rtattr* data = add(&r, IFLA_INFO_DATA, NULL, 0);
  const struct ifinfomsg other = {.ifi_family = AF_UNSPEC};
  struct rtattr* peer = add(&r, VETH_INFO_PEER, &other, sizeof other);
  add(&r, IFLA_IFNAME, "there", 6);
  end(&r, peer), end(&r, data), end(&r, info);
  const int made = outcome(s, &r);
  if (made != EOPNOTSUPP) { /* the host has no veth */
    CHECK(made == 0);
    get_link(s, "here");
    CHECK(number(link_attribute(IFLA_MTU)) == mtu);
    CHECK(number(link_attribute(IFLA_LINK)) == if_nametoindex("there"));
    const struct rtattr* kind = inside(link_attribute(IFLA_LINKINFO), IFLA_INFO_KIND);
    CHECK(kind != NULL && strcmp(RTA_DATA(kind), "veth") == 0);
  }

  const in_addr_t own = htonl(0x0a000001), net = htonl(0x0a010000);
  start(&r, RTM_SETLINK, 0, sizeof r.link);
  r.link.ifi_index = if_nametoindex("lo");
  r.link.ifi_flags = r.link.ifi_change = IFF_UP;
  CHECK(outcome(s, &r) == 0);
  start(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof r.address);
  r.address = (struct ifaddrmsg){.ifa_family = AF_INET, .ifa_prefixlen = 24};
  r.address.ifa_index = if_nametoindex("lo");
  add(&r, IFA_LOCAL, &own, sizeof own);
  CHECK(outcome(s, &r) == 0);
  CHECK(outcome(s, &r) == EEXIST);

  /* A route by two hops, with metrics. */
  start(&r, RTM_NEWROUTE, NLM_F_CREATE, sizeof r.route);
  r.route = (struct rtmsg){.rtm_family = AF_INET,
                           .rtm_dst_len = 16,
                           .rtm_table = RT_TABLE_MAIN,
                           .rtm_protocol = RTPROT_STATIC,
                           .rtm_type = RTN_UNICAST};
  add(&r, RTA_DST, &net, sizeof net);
  struct rtattr* metrics = add(&r, RTA_METRICS, NULL, 0);
  add(&r, RTAX_MTU, &mtu, sizeof mtu);
  end(&r, metrics);
  struct rtattr* hops = add(&r, RTA_MULTIPATH, NULL, 0);
  for (unsigned i = 0; i < 2; ++i) {
    const struct rtnexthop hop = {
        .rtnh_len = sizeof hop + RTA_LENGTH(4), .rtnh_hops = i, .rtnh_ifindex = 1};
    memcpy((char*)&r + r.header.nlmsg_len, &hop, sizeof hop);
    r.header.nlmsg_len += sizeof hop;
    const in_addr_t gateway = htonl(0x0a000002 + i);
    add(&r, RTA_GATEWAY, &gateway, sizeof gateway);
  }
  end(&r, hops);
  CHECK(outcome(s, &r) == 0);

  start(&r, RTM_GETROUTE, NLM_F_DUMP, sizeof r.route);
  r.route.rtm_family = AF_INET;
  ssize_t n = ask(s, &r);
  bool found = false;
  for (struct nlmsghdr* h = (struct nlmsghdr*)buffer; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
    if (h->nlmsg_type != RTM_NEWROUTE) continue;
    const struct rtmsg* route = NLMSG_DATA(h);
    const struct rtattr* first = RTM_RTA(route);
    const struct rtattr* dst = find(first, RTM_PAYLOAD(h), RTA_DST);
    if (dst == NULL || memcmp(RTA_DATA(dst), &net, 4) != 0) continue;
    CHECK(number(inside(find(first, RTM_PAYLOAD(h), RTA_METRICS), RTAX_MTU)) == mtu);
    const struct rtattr* paths = find(first, RTM_PAYLOAD(h), RTA_MULTIPATH);
    CHECK(paths != NULL && RTA_PAYLOAD(paths) == 2 * (sizeof(struct rtnexthop) + RTA_LENGTH(4)));
    const struct rtnexthop* hop = RTA_DATA(paths);
    for (unsigned i = 0; i < 2; ++i, hop = RTNH_NEXT(hop)) {
      CHECK(hop->rtnh_ifindex == 1 && hop->rtnh_hops == i);
      CHECK(number(RTNH_DATA(hop)->rta_type == RTA_GATEWAY ? RTNH_DATA(hop) : NULL) ==
            htonl(0x0a000002 + i));
    }
    found = true;
  }
  CHECK(found);

  /* Nonsense of every kind is refused or ignored. */
  srand(1);
  for (unsigned i = 0; i < 3000; ++i) {
    start(&r, RTM_NEWLINK + rand() % 104, 0, rand() % 64);
    for (unsigned n = rand() % 8; n != 0; --n) {
      char bytes[32];
      for (unsigned k = 0; k < sizeof bytes; ++k) bytes[k] = rand() % 4 != 0 ? 0 : rand();
      add(&r, rand() % 70, bytes, rand() % sizeof bytes)->rta_len += rand() % 8 != 0 ? 0 : rand();
    }
    const size_t sent = r.header.nlmsg_len;
    if (rand() % 8 == 0) r.header.nlmsg_len = rand();
    CHECK(send(s, &r, sent, 0) == (ssize_t)sent || errno == EOPNOTSUPP);
    while (recv(s, buffer, sizeof buffer, MSG_DONTWAIT) > 0) continue;
  }
}

int main(void) {
  const int s = route_socket();
  test_link(s);
  test_libc();
  test_route(s);
  test_errors(s);
  test_truncated(route_socket());
  test_changes();
  puts("ok");
  return 0;
}
