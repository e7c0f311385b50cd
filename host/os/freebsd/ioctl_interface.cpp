// More about network interfaces, as ifconfig(8) and dhclient(8) ask (FreeBSD sys/net/if.c,
// sys/netinet6/in6.c). Set-up of interfaces is the host's affair: those requests are refused.

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "host/os/freebsd/abi/ioctl_net.h"
#include "host/os/freebsd/interface.h"
#include "host/os/freebsd/ioctl_table.h"

namespace emulate::freebsd {
namespace {

/// SIOCGIFCAP, SIOCGIFPHYS, SIOCGIFFIB and the like: all of it zero.
SysResult interface_zero(const IoctlCall& call) {
  auto guest = call.load<Ifreq>();
  if (!guest) return guest.error();
  if (auto r = ask_interface(call, guest->name, SIOCGIFFLAGS); !r) return r.error();
  std::fill(std::begin(guest->data), std::end(guest->data), std::uint8_t{0});
  return call.store(*guest);
}

/// An Ethernet interface has one medium, and is as active as the host says.
SysResult interface_media(const IoctlCall& call) {
  auto guest = call.load<Ifmediareq>();
  if (!guest) return guest.error();
  const auto address = ask_interface(call, guest->name, SIOCGIFHWADDR);
  if (!address) return address.error();
  if (address->ifr_hwaddr.sa_family != ARPHRD_ETHER) return HostErrno{EINVAL};
  const auto flags = ask_interface(call, guest->name, SIOCGIFFLAGS);
  if (!flags) return flags.error();
  const bool running = (static_cast<unsigned short>(flags->ifr_flags) & IFF_RUNNING) != 0;
  guest->current = guest->active = kIfmEther;
  guest->mask = 0;
  guest->status = kIfmAvalid | (running ? kIfmActive : 0);
  if (guest->list && guest->count > 0) {
    if (auto r = call.task.store<std::int32_t>(guest->list, kIfmEther); !r) return r.error();
  }
  guest->count = 1;
  return call.store(*guest);
}

/// Flags and lifetimes of an IPv6 address: nothing special, for ever.
SysResult inet6_address_flags(const IoctlCall& call) {
  auto guest = call.load<In6Ifreq>();
  if (!guest) return guest.error();
  if (auto r = ask_interface(call, guest->name, SIOCGIFFLAGS); !r) return r.error();
  guest->data.fill(0);
  return call.store(*guest);
}

SysResult inet6_address_lifetime(const IoctlCall& call) {
  auto guest = call.load<In6Ifreq>();
  if (!guest) return guest.error();
  if (auto r = ask_interface(call, guest->name, SIOCGIFFLAGS); !r) return r.error();
  guest->data.fill(0);
  if (auto r = call.store(*guest); !r.is_value()) return r;
  const In6AddrLifetime forever{{}, {}, kNd6InfiniteLifetime, kNd6InfiniteLifetime};
  return SysResult::from(call.task.store(call.argument + kIfNameSize, forever));
}

/// Neighbour discovery's parameters, RFC 4861's defaults.
SysResult inet6_neighbours(const IoctlCall& call) {
  auto guest = call.load<In6Ndireq>();
  if (!guest) return guest.error();
  const auto mtu = ask_interface(call, guest->name, SIOCGIFMTU);
  if (!mtu) return mtu.error();
  guest->linkmtu = guest->maxmtu = static_cast<std::uint32_t>(mtu->ifr_mtu);
  guest->basereachable = guest->reachable = 30000;
  guest->retrans = 1000;
  guest->flags = kNd6PerformNud | kNd6AutoLinklocal;
  guest->recalctm = 0;
  guest->chlim = 64;
  guest->initialized = 1;
  return call.store(*guest);
}

/// No interface stands for those that a scoped address does not name.
SysResult inet6_default_interface(const IoctlCall& call) {
  auto guest = call.load<In6Ndifreq>();
  if (!guest) return guest.error();
  guest->index = 0;
  return call.store(*guest);
}

SysResult refuse(const IoctlCall&) { return HostErrno{EPERM}; }

constexpr IoctlRow get_row(const char* name, std::uint8_t number) {
  return ioctl_of<Ifreq>(name, 'i', number, IoctlDirection::inout, &interface_zero);
}
constexpr IoctlRow set_row(const char* name, std::uint8_t number) {
  return ioctl_of<Ifreq>(name, 'i', number, IoctlDirection::in, &refuse);
}

constexpr IoctlRow kRows[] = {
    set_row("SIOCSIFADDR", 12),
    set_row("SIOCSIFDSTADDR", 14),
    set_row("SIOCSIFFLAGS", 16),
    set_row("SIOCSIFBRDADDR", 19),
    set_row("SIOCSIFNETMASK", 22),
    set_row("SIOCSIFMETRIC", 24),
    set_row("SIOCDIFADDR", 25),
    set_row("SIOCSIFCAP", 30),
    get_row("SIOCGIFCAP", 31),
    set_row("SIOCSIFNAME", 40),
    set_row("SIOCADDMULTI", 49),
    set_row("SIOCDELMULTI", 50),
    set_row("SIOCSIFMTU", 52),
    get_row("SIOCGIFPHYS", 53),
    ioctl_of<Ifmediareq>("SIOCGIFMEDIA", 'i', 56, IoctlDirection::inout, &interface_media),
    set_row("SIOCSIFLLADDR", 60),
    ioctl_of<In6Ifreq>("SIOCGIFAFLAG_IN6", 'i', 73, IoctlDirection::inout, &inet6_address_flags),
    ioctl_of<In6Ifreq>("SIOCGIFALIFETIME_IN6", 'i', 81, IoctlDirection::inout,
                       &inet6_address_lifetime),
    ioctl_of<In6Ndifreq>("SIOCSDEFIFACE_IN6", 'i', 85, IoctlDirection::inout, &refuse),
    ioctl_of<In6Ndifreq>("SIOCGDEFIFACE_IN6", 'i', 86, IoctlDirection::inout,
                         &inet6_default_interface),
    get_row("SIOCGIFFIB", 92),
    get_row("SIOCGTUNFIB", 94),
    ioctl_of<In6Ndireq>("SIOCGIFINFO_IN6", 'i', 108, IoctlDirection::inout, &inet6_neighbours),
    ioctl_of<Ifreq>("SIOCIFCREATE", 'i', 122, IoctlDirection::inout, &refuse),
    set_row("SIOCIFDESTROY", 121),
    ioctl_of<Ifmediareq>("SIOCGIFXMEDIA", 'i', 139, IoctlDirection::inout, &interface_media),
};

}  // namespace

std::span<const IoctlRow> interface_ioctls() { return kRows; }

}  // namespace emulate::freebsd
