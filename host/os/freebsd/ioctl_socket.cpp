// Sockets and network interfaces (FreeBSD sys/sys/sockio.h, sys/net/if.c).

#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "host/os/flags.h"
#include "host/os/freebsd/abi/ioctl.h"
#include "host/os/freebsd/interface.h"
#include "host/os/freebsd/ioctl_table.h"

namespace emulate::freebsd {
namespace {

constexpr FlagPair kInterfaceFlags[] = {
    {0x0001, IFF_UP},          {0x0002, IFF_BROADCAST}, {0x0004, IFF_DEBUG}, {0x0008, IFF_LOOPBACK},
    {0x0010, IFF_POINTOPOINT}, {0x0040, IFF_RUNNING},   {0x0080, IFF_NOARP}, {0x0100, IFF_PROMISC},
    {0x0200, IFF_ALLMULTI},    {0x8000, IFF_MULTICAST},
};

/// struct sockaddr_in as the guest lays it out: a length before the family.
void put_address(const sockaddr& from, std::uint8_t (&to)[16]) {
  const auto& in = reinterpret_cast<const sockaddr_in&>(from);
  std::fill_n(to, sizeof to, std::uint8_t{0});
  to[0] = sizeof to;
  to[1] = AF_INET;
  std::memcpy(to + 2, &in.sin_port, 2);
  std::memcpy(to + 4, &in.sin_addr, 4);
}

SysResult interface_flags(const IoctlCall& call) {
  auto guest = call.load<Ifreq>();
  if (!guest) return guest.error();
  const auto host = ask_interface(call, guest->name, call.host_request);
  if (!host) return host.error();
  const auto flags = flags_to_guest(kInterfaceFlags, static_cast<std::uint16_t>(host->ifr_flags));
  std::byte bytes[2];
  store_scalar(call.task.model(), bytes, flags, sizeof bytes);
  std::memcpy(guest->data, bytes, sizeof bytes);
  return call.store(*guest);
}

SysResult interface_address(const IoctlCall& call) {
  auto guest = call.load<Ifreq>();
  if (!guest) return guest.error();
  const auto host = ask_interface(call, guest->name, call.host_request);
  if (!host) return host.error();
  put_address(host->ifr_addr, guest->data);
  return call.store(*guest);
}

/// A number of this size.
template <class T>
SysResult interface_number(const IoctlCall& call) {
  auto guest = call.load<Ifreq>();
  if (!guest) return guest.error();
  const auto host = ask_interface(call, guest->name, call.host_request);
  if (!host) return host.error();
  std::byte bytes[sizeof(T)];
  store_scalar(call.task.model(), bytes, static_cast<T>(host->ifr_ifindex), sizeof bytes);
  std::memcpy(guest->data, bytes, sizeof bytes);
  return call.store(*guest);
}

/// The interfaces with an IPv4 address.
SysResult interface_list(const IoctlCall& call) {
  auto where = call.load<Ifconf>();
  if (!where) return where.error();
  if (where->len <= 0) return HostErrno{EINVAL};
  std::array<ifreq, 64> list;
  ifconf host = {};
  host.ifc_len = sizeof list;
  host.ifc_req = list.data();
  if (ioctl(call.fd, SIOCGIFCONF, &host) != 0) return HostErrno{errno};
  const std::size_t size = guest_size<Ifreq>(call.task.model());
  const std::size_t room = static_cast<std::size_t>(where->len) / size;
  const std::size_t count = std::min(room, static_cast<std::size_t>(host.ifc_len) / sizeof list[0]);
  for (std::size_t i = 0; i < count; ++i) {
    Ifreq entry;
    guest_interface_name(list[i].ifr_name).copy(entry.name, kIfNameSize - 1);
    put_address(list[i].ifr_addr, entry.data);
    if (auto r = call.task.store(where->buf + i * size, entry); !r) return r.error();
  }
  where->len = static_cast<std::int32_t>(count * size);
  return call.store(*where);
}

/// Room left in the send buffer.
SysResult send_space(const IoctlCall& call) {
  int size = 0, queued = 0;
  socklen_t length = sizeof size;
  if (getsockopt(call.fd, SOL_SOCKET, SO_SNDBUF, &size, &length) != 0) {
    return HostErrno{errno == ENOTSOCK ? ENOTTY : errno};
  }
  if (ioctl(call.fd, SIOCOUTQ, &queued) != 0) return HostErrno{errno};
  return call.store_int(std::max(size - queued, 0));
}

constexpr IoctlRow ifreq_row(const char* name, std::uint8_t number, IoctlHandler handler,
                             unsigned long host_request) {
  return ioctl_of<Ifreq>(name, 'i', number, IoctlDirection::inout, handler, host_request);
}

constexpr IoctlRow kRows[] = {
    ioctl_ior("FIONSPACE", 'f', 118, 0, &send_space),
    ioctl_ior("FIONWRITE", 'f', 119, SIOCOUTQ),
    ioctl_ior("SIOCATMARK", 's', 7, SIOCATMARK),
    ioctl_iow("SIOCSPGRP", 's', 8, SIOCSPGRP),
    ioctl_ior("SIOCGPGRP", 's', 9, SIOCGPGRP),
    ifreq_row("SIOCGIFFLAGS", 17, &interface_flags, SIOCGIFFLAGS),
    ifreq_row("SIOCGIFMETRIC", 23, &interface_number<std::uint32_t>, SIOCGIFMETRIC),
    ifreq_row("SIOCGIFINDEX", 32, &interface_number<std::uint16_t>, SIOCGIFINDEX),
    ifreq_row("SIOCGIFADDR", 33, &interface_address, SIOCGIFADDR),
    ifreq_row("SIOCGIFDSTADDR", 34, &interface_address, SIOCGIFDSTADDR),
    ifreq_row("SIOCGIFBRDADDR", 35, &interface_address, SIOCGIFBRDADDR),
    ioctl_of<Ifconf>("SIOCGIFCONF", 'i', 36, IoctlDirection::inout, &interface_list),
    ifreq_row("SIOCGIFNETMASK", 37, &interface_address, SIOCGIFNETMASK),
    ifreq_row("SIOCGIFMTU", 51, &interface_number<std::uint32_t>, SIOCGIFMTU),
};

}  // namespace

std::span<const IoctlRow> socket_ioctls() { return kRows; }

}  // namespace emulate::freebsd
