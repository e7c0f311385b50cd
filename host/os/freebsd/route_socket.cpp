#include "host/os/freebsd/route_socket.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>

#include "host/os/freebsd/abi/socket.h"
#include "host/os/freebsd/errno.h"
#include "host/os/freebsd/interface.h"
#include "host/os/freebsd/route_messages.h"
#include "host/os/freebsd/socket_calls.h"
#include "host/os/guest_buffers.h"
#include "host/signal/blocking.h"

namespace emulate::freebsd {
namespace {

// --- what comes back to the socket ---------------------------------------------------------------

/// A request that the host knows nothing of: it answers with an error and the request itself. So a
/// message for the socket's own reader gets into the queue that poll(2), other processes and the
/// kernel's events know.
constexpr std::uint16_t kEcho = 0x7ff5;

SysResult echo(int fd, const RouteBytes& message) {
  nlmsghdr h{};
  h.nlmsg_len = static_cast<std::uint32_t>(NLMSG_HDRLEN + message.size());
  h.nlmsg_type = kEcho;
  h.nlmsg_flags = NLM_F_REQUEST;
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  iovec v[2] = {{&h, sizeof h}, {const_cast<std::byte*>(message.data()), message.size()}};
  msghdr m{};
  m.msg_name = &kernel;
  m.msg_namelen = sizeof kernel;
  m.msg_iov = v;
  m.msg_iovlen = 2;
  // The reader's queue is full: as if it had overflowed.
  if (sendmsg(fd, &m, 0) < 0 && errno != ENOBUFS) return HostErrno{errno};
  return SysResult::ok();
}

// --- events of the host's ------------------------------------------------------------------------

using Payload = std::span<const std::byte>;

template <class T>
const T* header_of(Payload p) {
  return p.size() >= sizeof(T) ? reinterpret_cast<const T*>(p.data()) : nullptr;
}

/// The attributes behind a header of this size; null where one is missing.
struct Attributes {
  std::array<const rtattr*, 32> by_type{};

  Attributes(Payload p, std::size_t header) {
    const std::size_t from = NLMSG_ALIGN(header);
    if (p.size() < from) return;
    auto left = static_cast<int>(p.size() - from);
    const auto* a = reinterpret_cast<const rtattr*>(p.data() + from);
    for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
      if (a->rta_type < by_type.size()) by_type[a->rta_type] = a;
    }
  }
  std::optional<std::array<std::uint8_t, 16>> address(unsigned type) const {
    const rtattr* a = by_type[type];
    if (a == nullptr) return std::nullopt;
    std::array<std::uint8_t, 16> out{};
    std::memcpy(out.data(), RTA_DATA(a), std::min<std::size_t>(RTA_PAYLOAD(a), out.size()));
    return out;
  }
  std::uint32_t word(unsigned type) const {
    std::uint32_t out = 0;
    const rtattr* a = by_type[type];
    if (a != nullptr && RTA_PAYLOAD(a) >= sizeof out) std::memcpy(&out, RTA_DATA(a), sizeof out);
    return out;
  }
};

int guest_family(unsigned host) {
  return host == AF_INET ? kAF_INET : host == AF_INET6 ? kAF_INET6 : -1;
}

RouteBytes announce(const DataModel& model, unsigned index, std::string_view name,
                    std::uint16_t what) {
  IfAnnounceMsghdr h;
  h.index = static_cast<std::uint16_t>(index);
  name.copy(h.name, sizeof h.name - 1);
  h.what = what;
  RouteBytes out(guest_size<IfAnnounceMsghdr>(model));
  h.msglen = static_cast<std::uint16_t>(out.size());
  encode(model, h, out);
  return out;
}

/// rt_ifmsg(), rt_ifannouncemsg().
RouteBytes link_event(const DataModel& model, bool gone, Payload p) {
  const auto* link = header_of<ifinfomsg>(p);
  if (link == nullptr) return {};
  const auto index = static_cast<unsigned>(link->ifi_index);
  if (gone) {
    const rtattr* name = Attributes(p, sizeof *link).by_type[IFLA_IFNAME];
    if (name == nullptr) return {};
    const char* text = static_cast<const char*>(RTA_DATA(name));
    const std::string_view host_name(text, strnlen(text, RTA_PAYLOAD(name)));
    return announce(model, index, guest_interface_name(host_name), kIFAN_DEPARTURE);
  }
  const Interfaces interfaces;
  const Interface* i = interfaces.find(index);
  if (i == nullptr) return {};
  constexpr unsigned kNew = ~0U;
  if (link->ifi_change == kNew) return announce(model, index, i->name, kIFAN_ARRIVAL);
  return interface_message(model, *i, false, false);
}

/// rt_newaddrmsg_fib().
RouteBytes address_event(const DataModel& model, bool gone, Payload p) {
  const auto* a = header_of<ifaddrmsg>(p);
  if (a == nullptr || guest_family(a->ifa_family) < 0) return {};
  const int family = guest_family(a->ifa_family);
  const Attributes attributes(p, sizeof *a);
  const auto peer = attributes.address(IFA_ADDRESS);
  const auto local = attributes.address(IFA_LOCAL);
  if (!peer && !local) return {};
  RouteAddresses addresses(model);
  addresses.add(kRTA_NETMASK, inet_address(family, mask_of(a->ifa_prefixlen)));
  const Interfaces interfaces;
  if (const Interface* i = interfaces.find(a->ifa_index)) {
    addresses.add(kRTA_IFP, link_address(model, *i, interface_data(*i)));
  }
  addresses.add(kRTA_IFA, inet_address(family, local ? *local : *peer));
  if (const auto broadcast = attributes.address(IFA_BROADCAST)) {
    addresses.add(kRTA_BRD, inet_address(family, *broadcast));
  } else if (local && peer && *local != *peer) {
    addresses.add(kRTA_BRD, inet_address(family, *peer));
  }
  IfaMsghdr h;
  h.type = gone ? kRTM_DELADDR : kRTM_NEWADDR;
  h.index = static_cast<std::uint16_t>(a->ifa_index);
  return route_message(model, h, addresses);
}

/// rt_routemsg(), of what the guest finds in the table too.
RouteBytes route_event(const DataModel& model, bool gone, Payload p) {
  const auto* m = header_of<rtmsg>(p);
  if (m == nullptr || guest_family(m->rtm_family) < 0) return {};
  const bool listed = m->rtm_table == RT_TABLE_MAIN && m->rtm_type == RTN_UNICAST &&
                      (m->rtm_flags & RTM_F_CLONED) == 0;
  if (!listed) return {};
  const Attributes attributes(p, sizeof *m);
  const Interfaces interfaces;
  const Interface* i = interfaces.find(attributes.word(RTA_OIF));
  if (i == nullptr) return {};
  Route r;
  r.family = guest_family(m->rtm_family);
  r.interface = i->index;
  r.prefix = m->rtm_dst_len;
  r.flags = kRTF_UP | (r.prefix == r.bits() ? kRTF_HOST : 0);
  if (const auto to = attributes.address(RTA_DST)) r.destination = *to;
  if (const auto via = attributes.address(RTA_GATEWAY)) {
    r.gateway = *via;
    r.flags |= kRTF_GATEWAY | kRTF_STATIC;
  }
  RtMsghdr h;
  h.type = gone ? kRTM_DELETE : kRTM_ADD;
  h.flags = kRTF_DONE;
  return route_message(model, h, r, *i, false);
}

RouteBytes echoed(Payload p) {
  const auto* e = header_of<nlmsgerr>(p);
  if (e == nullptr || e->msg.nlmsg_type != kEcho) return {};
  const auto own = p.subspan(sizeof *e);
  return {own.begin(), own.end()};
}

struct EventRow {
  std::uint16_t made, gone;
  RouteBytes (*convert)(const DataModel&, bool, Payload);
};

constexpr EventRow kEvents[] = {
    {RTM_NEWLINK, RTM_DELLINK, &link_event},
    {RTM_NEWADDR, RTM_DELADDR, &address_event},
    {RTM_NEWROUTE, RTM_DELROUTE, &route_event},
};

/// Empty: nothing that a guest would be told.
RouteBytes to_guest(const DataModel& model, std::span<const std::byte> datagram) {
  const auto* h = header_of<nlmsghdr>(datagram);
  if (h == nullptr || h->nlmsg_len < NLMSG_HDRLEN || h->nlmsg_len > datagram.size()) return {};
  const Payload p = datagram.subspan(NLMSG_HDRLEN, h->nlmsg_len - NLMSG_HDRLEN);
  if (h->nlmsg_type == NLMSG_ERROR) return echoed(p);
  for (const EventRow& row : kEvents) {
    if (h->nlmsg_type == row.made || h->nlmsg_type == row.gone) {
      return row.convert(model, h->nlmsg_type == row.gone, p);
    }
  }
  return {};
}

// --- requests ------------------------------------------------------------------------------------

/// The sockaddrs of a request (rt_xaddrs()).
struct Request {
  RtMsghdr header;
  std::optional<Payload> destination, netmask, gateway;
};

Expected<Request> parse(const DataModel& model, const RouteBytes& bytes) {
  Request out;
  const std::size_t size = guest_size<RtMsghdr>(model);
  if (bytes.size() < size) return host_error(EINVAL);
  out.header = decode<RtMsghdr>(model, std::span(bytes).first(size));
  if (bytes.size() != out.header.msglen) return host_error(EINVAL);
  if (out.header.version != kRTM_VERSION) return host_error(EPROTONOSUPPORT);
  Payload left = std::span(bytes).subspan(size);
  constexpr unsigned kMost = 8;
  for (unsigned i = 0; i < kMost && !left.empty(); ++i) {
    const std::uint32_t bit = 1U << i;
    if ((out.header.addrs & bit) == 0) continue;
    const auto length = std::to_integer<std::size_t>(left[0]);
    if (length > left.size()) return host_error(EINVAL);
    const Payload address = left.first(length);
    if (bit == kRTA_DST) out.destination = address;
    if (bit == kRTA_NETMASK) out.netmask = address;
    if (bit == kRTA_GATEWAY) out.gateway = address;
    // "There are no more ... quit now."
    if (length == 0) break;
    left = left.subspan(std::min(padded_sockaddr(model, length), left.size()));
  }
  return out;
}

/// What a sockaddr has of its address, which begins there.
std::array<std::uint8_t, 16> address_of(int family, Payload sockaddr) {
  const std::size_t start = family == kAF_INET ? 4 : 8;
  const std::size_t size = family == kAF_INET ? 4 : 16;
  std::array<std::uint8_t, 16> out{};
  if (sockaddr.size() > start) {
    std::memcpy(out.data(), sockaddr.data() + start, std::min(sockaddr.size() - start, size));
  }
  return out;
}

/// route_output()'s RTM_GET.
Expected<RouteBytes> look_up(const DataModel& model, const Request& request, int pid) {
  if (!request.destination || request.destination->size() < 2) return host_error(EINVAL);
  const auto family = std::to_integer<int>((*request.destination)[1]);
  constexpr int kFamilies = 42;  // AF_MAX
  if (family >= kFamilies) return host_error(EINVAL);
  // In a jail that has no network of its own nobody changes routes.
  if (request.header.type != kRTM_GET) return host_error(EPERM);
  if (family != kAF_INET && family != kAF_INET6) return host_error(EAFNOSUPPORT);
  std::optional<unsigned> prefix;
  if (request.netmask) {
    prefix = 0;
    for (const std::uint8_t b : address_of(family, *request.netmask)) {
      *prefix += static_cast<unsigned>(std::popcount(b));
    }
  }
  const Interfaces interfaces;
  const auto route =
      find_route(interfaces, family, address_of(family, *request.destination), prefix);
  const Interface* i = route ? interfaces.find(route->interface) : nullptr;
  if (i == nullptr) return host_error(ESRCH);
  RtMsghdr h;
  h.flags = kRTF_DONE;
  h.pid = pid;
  h.seq = request.header.seq;
  const bool with_interface = (request.header.addrs & (kRTA_IFP | kRTA_IFA)) != 0;
  return route_message(model, h, *route, *i, with_interface);
}

}  // namespace

Expected<int> open_route_socket(int flags, std::int32_t protocol) {
  const int fd = socket(AF_NETLINK, SOCK_RAW | flags, NETLINK_ROUTE);
  if (fd < 0) return host_error(errno);
  sockaddr_nl name{};
  name.nl_family = AF_NETLINK;
  name.nl_groups = RTMGRP_LINK;
  if (protocol == 0 || protocol == kAF_INET) {
    name.nl_groups |= RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE;
  }
  if (protocol == 0 || protocol == kAF_INET6) {
    name.nl_groups |= RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE;
  }
  if (bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
    const int error = errno;
    close(fd);
    return host_error(error);
  }
  route_sockets_used = true;
  return fd;
}

bool is_any_route_socket(int fd) { return socket_domain(fd) == AF_NETLINK; }

SysResult send_route_message(Task& task, int fd, std::span<const iovec> buffers) {
  constexpr std::size_t kMost = 65535;
  const std::size_t size = total_size(buffers);
  if (size > kMost) return HostErrno{EMSGSIZE};
  auto bytes = gather(task, buffers);
  if (!bytes) return bytes.error();
  const DataModel& model = task.model();
  auto request = parse(model, *bytes);
  if (!request) return request.error();
  const auto answer = look_up(model, *request, getpid());
  if (answer) {
    const SysResult sent = echo(fd, *answer);
    return sent.is_value() ? SysResult::value(size) : sent;
  }
  // The request comes back with the error.
  request->header.pid = getpid();
  request->header.error = errno_from_host(answer.error().value);
  encode(model, request->header, std::span(*bytes).first(guest_size<RtMsghdr>(model)));
  (void)echo(fd, *bytes);
  return answer.error();
}

RouteReceived receive_route_message(Task& task, int fd, std::span<const iovec> buffers,
                                    int host_flags) {
  constexpr std::size_t kDatagram = 128 * 1024;
  RouteBytes datagram(kDatagram);
  iovec v{datagram.data(), datagram.size()};
  msghdr m{};
  m.msg_iov = &v;
  m.msg_iovlen = 1;
  for (;;) {
    const long n =
        blocking_syscall(SYS_recvmsg, fd, reinterpret_cast<long>(&m), host_flags & ~MSG_TRUNC);
    if (n == -ENOBUFS) continue;  // some were lost; nothing of it is told
    if (n < 0) return {n};
    const auto message =
        to_guest(task.model(), std::span(datagram).first(static_cast<std::size_t>(n)));
    if (message.empty()) {
      // Looked at, it would be there for ever.
      if ((host_flags & MSG_PEEK) != 0) (void)recv(fd, datagram.data(), 1, MSG_DONTWAIT);
      continue;
    }
    const auto count = std::min(message.size(), total_size(buffers));
    if (auto r = scatter(task, std::span(message).first(count), buffers); !r) {
      return {-r.error().value};
    }
    return {static_cast<long>(count), count < message.size()};
  }
}

}  // namespace emulate::freebsd
