#include <ifaddrs.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <fstream>
#include <map>
#include <string>

#include <fmt/format.h>

#include "host/os/freebsd/abi/route.h"
#include "host/os/freebsd/abi/socket.h"
#include "host/os/freebsd/sysctl_tree.h"

/// net.*: above all the list of interfaces, which getifaddrs(3) and Go read from here.

namespace emulate::freebsd {
namespace {

using Result = Expected<void>;
using Bytes = std::vector<std::byte>;

struct FlagRow {
  std::uint32_t guest;
  unsigned host;
};

constexpr FlagRow kInterfaceFlags[] = {
    {0x0001, IFF_UP},          {0x0002, IFF_BROADCAST}, {0x0008, IFF_LOOPBACK},
    {0x0010, IFF_POINTOPOINT}, {0x0040, IFF_RUNNING},   {0x0080, IFF_NOARP},
    {0x0100, IFF_PROMISC},     {0x0200, IFF_ALLMULTI},  {0x8000, IFF_MULTICAST},
};

/// One interface with its addresses as getifaddrs(3) gives them.
struct Interface {
  unsigned index = 0;
  std::string name;
  unsigned flags = 0;
  const sockaddr_ll* link = nullptr;
  const rtnl_link_stats* statistics = nullptr;
  std::vector<const ifaddrs*> addresses;
};

class Interfaces {
 public:
  Interfaces() {
    if (::getifaddrs(&list_) != 0) list_ = nullptr;
    for (const ifaddrs* a = list_; a != nullptr; a = a->ifa_next) add(*a);
  }
  ~Interfaces() {
    if (list_ != nullptr) ::freeifaddrs(list_);
  }
  Interfaces(const Interfaces&) = delete;
  Interfaces& operator=(const Interfaces&) = delete;
  const std::map<unsigned, Interface>& all() const { return by_index_; }

 private:
  void add(const ifaddrs& a) {
    const unsigned index = ::if_nametoindex(a.ifa_name);
    if (index == 0) return;
    Interface& i = by_index_[index];
    i.index = index;
    i.name = a.ifa_name;
    i.flags = a.ifa_flags;
    if (a.ifa_addr == nullptr) return;
    if (a.ifa_addr->sa_family == AF_PACKET) {
      i.link = reinterpret_cast<const sockaddr_ll*>(a.ifa_addr);
      i.statistics = static_cast<const rtnl_link_stats*>(a.ifa_data);
    } else if (a.ifa_addr->sa_family == AF_INET || a.ifa_addr->sa_family == AF_INET6) {
      i.addresses.push_back(&a);
    }
  }
  ifaddrs* list_ = nullptr;
  std::map<unsigned, Interface> by_index_;
};

std::uint32_t mtu_of(const std::string& name) {
  std::ifstream in(fmt::format("/sys/class/net/{}/mtu", name));
  std::uint32_t mtu = 0;
  in >> mtu;
  return mtu;
}

std::uint32_t guest_flags(unsigned host) {
  std::uint32_t flags = 0;
  for (const FlagRow& r : kInterfaceFlags) {
    if ((host & r.host) != 0) flags |= r.guest;
  }
  return flags;
}

IfData data_of(const Interface& i) {
  IfData d;
  d.datalen = static_cast<std::uint16_t>(guest_size<IfData>(kLe64));  // the same in every model
  d.type = kIFT_OTHER;
  if ((i.flags & IFF_LOOPBACK) != 0) {
    d.type = kIFT_LOOP;
  } else if (i.link != nullptr && i.link->sll_hatype == ARPHRD_ETHER) {
    d.type = kIFT_ETHER;
    d.addrlen = i.link->sll_halen;
    d.hdrlen = 14;
  }
  d.link_state = (i.flags & IFF_RUNNING) != 0 ? kLINK_STATE_UP : kLINK_STATE_DOWN;
  d.mtu = mtu_of(i.name);
  if (i.statistics != nullptr) {
    d.ipackets = i.statistics->rx_packets;
    d.opackets = i.statistics->tx_packets;
    d.ibytes = i.statistics->rx_bytes;
    d.obytes = i.statistics->tx_bytes;
    d.ierrors = i.statistics->rx_errors;
    d.oerrors = i.statistics->tx_errors;
    d.collisions = i.statistics->collisions;
    d.imcasts = i.statistics->multicast;
  }
  return d;
}

// --- sockaddrs ----------------------------------------------------------------------------------

Bytes sockaddr_bytes(std::size_t length, int family) {
  Bytes b(length);
  b[0] = static_cast<std::byte>(length);
  b[1] = static_cast<std::byte>(family);
  return b;
}

/// struct sockaddr_dl: index, type, the name and the hardware address one after the other.
Bytes link_address(const DataModel& model, const Interface& i, const IfData& data) {
  constexpr std::size_t kHeader = 8, kLeast = 54;
  const std::size_t used = kHeader + i.name.size() + data.addrlen;
  Bytes b = sockaddr_bytes(std::max(used, kLeast), kAF_LINK);
  store_scalar(model, &b[2], i.index, 2);
  b[4] = static_cast<std::byte>(data.type);
  b[5] = static_cast<std::byte>(i.name.size());
  b[6] = static_cast<std::byte>(data.addrlen);
  std::memcpy(&b[kHeader], i.name.data(), i.name.size());
  if (data.addrlen > 0) {
    std::memcpy(&b[kHeader + i.name.size()], i.link->sll_addr,
                std::min<std::size_t>(data.addrlen, sizeof i.link->sll_addr));
  }
  return b;
}

Bytes inet_address(const DataModel& model, const sockaddr& host) {
  if (host.sa_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(host);
    Bytes b = sockaddr_bytes(16, kAF_INET);
    std::memcpy(&b[4], &in.sin_addr, sizeof in.sin_addr);
    return b;
  }
  const auto& in6 = reinterpret_cast<const sockaddr_in6&>(host);
  Bytes b = sockaddr_bytes(28, kAF_INET6);
  std::memcpy(&b[8], &in6.sin6_addr, sizeof in6.sin6_addr);
  store_scalar(model, &b[24], in6.sin6_scope_id, 4);
  return b;
}

/// Appended to a message, each padded to words (SA_SIZE).
void append(const DataModel& model, Bytes& message, const Bytes& address) {
  message.insert(message.end(), address.begin(), address.end());
  const std::size_t word = model.long_bytes;
  message.resize((message.size() + word - 1) / word * word);
}

/// Header, sockaddrs, and the length of it all in the first word.
template <class Header>
void put_message(CtlValue& out, const Header& header, const Bytes& addresses) {
  Bytes message(guest_size<Header>(out.model()));
  encode(out.model(), header, message);
  message.insert(message.end(), addresses.begin(), addresses.end());
  store_scalar(out.model(), message.data(), message.size(), 2);
  out.raw(message);
}

/// Long forms say where their if_data is.
template <class Header>
void set_data_place(const DataModel& model, Header& h) {
  h.len = static_cast<std::uint16_t>(guest_size<Header>(model));
  h.data_off = static_cast<std::uint16_t>(h.len - guest_size<IfData>(model));
}

void put_interface(CtlValue& out, const Interface& i, bool long_form) {
  const IfData data = data_of(i);
  Bytes addresses;
  append(out.model(), addresses, link_address(out.model(), i, data));
  const auto fill = [&](auto& h) {
    h.addrs = kRTA_IFP;
    h.flags = guest_flags(i.flags);
    h.index = static_cast<std::uint16_t>(i.index);
    h.data = data;
  };
  if (long_form) {
    IfMsghdrl h;
    fill(h);
    set_data_place(out.model(), h);
    put_message(out, h, addresses);
  } else {
    IfMsghdr h;
    fill(h);
    put_message(out, h, addresses);
  }
}

void put_address(CtlValue& out, const Interface& i, const ifaddrs& a, bool long_form) {
  const DataModel& model = out.model();
  std::uint32_t addrs = kRTA_IFA;
  Bytes addresses;
  if (a.ifa_netmask != nullptr) {
    addrs |= kRTA_NETMASK;
    append(model, addresses, inet_address(model, *a.ifa_netmask));
  }
  append(model, addresses, inet_address(model, *a.ifa_addr));
  const bool other_end = (i.flags & (IFF_BROADCAST | IFF_POINTOPOINT)) != 0;
  if (other_end && a.ifa_broadaddr != nullptr) {
    addrs |= kRTA_BRD;
    append(model, addresses, inet_address(model, *a.ifa_broadaddr));
  }
  if (long_form) {
    IfaMsghdrl h;
    h.addrs = addrs;
    h.index = static_cast<std::uint16_t>(i.index);
    h.data.datalen = static_cast<std::uint16_t>(guest_size<IfData>(model));
    set_data_place(model, h);
    put_message(out, h, addresses);
  } else {
    IfaMsghdr h;
    h.addrs = addrs;
    h.index = static_cast<std::uint16_t>(i.index);
    put_message(out, h, addresses);
  }
}

bool family_wanted(std::int32_t guest_family, const ifaddrs& a) {
  if (guest_family == kAF_UNSPEC) return true;
  return guest_family == (a.ifa_addr->sa_family == AF_INET ? kAF_INET : kAF_INET6);
}

/// {protocol, family, operation, interface}.
Result route_table(CtlCall& c, CtlValue& out) {
  if (c.arguments.size() < 4) return host_error(EINVAL);
  const std::int32_t family = c.arguments[1];
  const std::int32_t operation = c.arguments[2];
  const auto wanted = static_cast<unsigned>(c.arguments[3]);
  switch (operation) {
    case kNET_RT_DUMP:
    case kNET_RT_FLAGS:
    case kNET_RT_IFMALIST:
      return {};  // no routes and no multicast memberships are told
    case kNET_RT_IFLIST:
    case kNET_RT_IFLISTL:
      break;
    default:
      return host_error(EINVAL);
  }
  const bool long_form = operation == kNET_RT_IFLISTL;
  const Interfaces interfaces;
  for (const auto& [index, i] : interfaces.all()) {
    if (wanted != 0 && wanted != index) continue;
    put_interface(out, i, long_form);
    for (const ifaddrs* a : i.addresses) {
      if (family_wanted(family, *a)) put_address(out, i, *a, long_form);
    }
  }
  return {};
}

template <std::int64_t N>
Result constant(CtlCall&, CtlValue& out) {
  out.i32(N);
  return {};
}

constexpr CtlType kNode = CtlType::node;
constexpr CtlType kInt = CtlType::int_;

constexpr CtlRow kRows[] = {
    {"net", 4, kNode, "N", nullptr},
    {"net.inet", 2, kNode, "N", nullptr},
    {"net.inet.ip", 0, kNode, "N", nullptr},
    {"net.inet.ip.forwarding", 1, kInt, "I", constant<0>},
    {"net.inet.ip.ttl", 3, kInt, "I", constant<64>},
    {"net.inet.ip.portrange", kCtlAuto, kNode, "N", nullptr},
    {"net.inet.ip.portrange.first", kCtlAuto, kInt, "I", constant<32768>},
    {"net.inet.ip.portrange.last", kCtlAuto, kInt, "I", constant<60999>},
    {"net.inet.ip.portrange.hifirst", kCtlAuto, kInt, "I", constant<32768>},
    {"net.inet.ip.portrange.hilast", kCtlAuto, kInt, "I", constant<60999>},
    {"net.inet.tcp", 6, kNode, "N", nullptr},
    {"net.inet.tcp.sendspace", 8, kInt, "I", constant<32768>},
    {"net.inet.tcp.recvspace", 9, kInt, "I", constant<65536>},
    {"net.route", 17, kNode, "N", route_table},
    {"net.inet6", 28, kNode, "N", nullptr},
    {"net.inet6.ip6", 41, kNode, "N", nullptr},
    {"net.inet6.ip6.forwarding", 1, kInt, "I", constant<0>},
    {"net.inet6.ip6.v6only", 24, kInt, "I", constant<1>},
};

}  // namespace

CtlRows sysctl_net_rows() { return kRows; }

}  // namespace emulate::freebsd
