#include <ifaddrs.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "host/os/freebsd/abi/route.h"
#include "host/os/freebsd/abi/socket.h"
#include "host/os/freebsd/sysctl_tree.h"

/// net.route: the lists of interfaces, their addresses and their multicast groups, which
/// getifaddrs(3), getifmaddrs(3) and Go read from here, and the routes.

namespace emulate::freebsd {
namespace {

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
Bytes link_address(const DataModel& model, const Interface& i, std::uint8_t type,
                   std::string_view name, std::span<const std::uint8_t> hardware) {
  constexpr std::size_t kHeader = 8, kLeast = 54;
  const std::size_t used = kHeader + name.size() + hardware.size();
  Bytes b = sockaddr_bytes(std::max(used, kLeast), kAF_LINK);
  store_scalar(model, &b[2], i.index, 2);
  b[4] = static_cast<std::byte>(type);
  b[5] = static_cast<std::byte>(name.size());
  b[6] = static_cast<std::byte>(hardware.size());
  std::memcpy(&b[kHeader], name.data(), name.size());
  std::copy_n(std::as_bytes(hardware).begin(), hardware.size(), &b[kHeader + name.size()]);
  return b;
}

Bytes link_address(const DataModel& model, const Interface& i, const IfData& data) {
  std::span<const std::uint8_t> hardware;
  if (data.addrlen > 0 && data.addrlen <= sizeof i.link->sll_addr) {
    hardware = {i.link->sll_addr, data.addrlen};
  }
  return link_address(model, i, data.type, i.name, hardware);
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

// --- multicast groups
// -----------------------------------------------------------------------------

struct Group {
  unsigned index = 0;
  sockaddr_storage address{};
  sockaddr& any() { return reinterpret_cast<sockaddr&>(address); }
};

/// Lines "INDEX NAME ..." start an interface, the lines after it name its groups as the words that
/// lie in memory.
void add_inet_groups(std::vector<Group>& groups) {
  std::ifstream in("/proc/net/igmp");
  std::string line;
  std::getline(in, line);
  unsigned index = 0;
  while (std::getline(in, line)) {
    if (!line.empty() && line[0] != '\t') {
      index = static_cast<unsigned>(std::strtoul(line.c_str(), nullptr, 10));
      continue;
    }
    auto& address = reinterpret_cast<sockaddr_in&>(groups.emplace_back(Group{index, {}}).address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = static_cast<in_addr_t>(std::strtoul(line.c_str(), nullptr, 16));
  }
}

void add_inet6_groups(std::vector<Group>& groups) {
  std::ifstream in("/proc/net/igmp6");
  unsigned index = 0;
  std::string name, digits, rest;
  while (in >> index >> name >> digits && std::getline(in, rest)) {
    auto& address = reinterpret_cast<sockaddr_in6&>(groups.emplace_back(Group{index, {}}).address);
    address.sin6_family = AF_INET6;
    for (std::size_t i = 0; i < 16 && 2 * i + 2 <= digits.size(); ++i) {
      address.sin6_addr.s6_addr[i] =
          static_cast<std::uint8_t>(std::stoul(digits.substr(2 * i, 2), nullptr, 16));
    }
    const bool scoped = IN6_IS_ADDR_MC_LINKLOCAL(&address.sin6_addr) ||
                        IN6_IS_ADDR_MC_NODELOCAL(&address.sin6_addr);
    address.sin6_scope_id = scoped ? index : 0;
  }
}

/// The Ethernet address a group's packets go to (RFC 1112, RFC 2464).
std::vector<std::uint8_t> ethernet_address(const sockaddr& group) {
  if (group.sa_family == AF_INET) {
    const auto* a = reinterpret_cast<const std::uint8_t*>(
        &reinterpret_cast<const sockaddr_in&>(group).sin_addr);
    return {0x01, 0x00, 0x5e, static_cast<std::uint8_t>(a[1] & 0x7f), a[2], a[3]};
  }
  const std::uint8_t* a = reinterpret_cast<const sockaddr_in6&>(group).sin6_addr.s6_addr;
  return {0x33, 0x33, a[12], a[13], a[14], a[15]};
}

void put_group(CtlValue& out, const Interface& i, const sockaddr& group) {
  const DataModel& model = out.model();
  const IfData data = data_of(i);
  IfmaMsghdr h;
  h.index = static_cast<std::uint16_t>(i.index);
  h.addrs = kRTA_IFP | kRTA_IFA;
  Bytes addresses;
  if (data.type == kIFT_ETHER) {
    h.addrs |= kRTA_GATEWAY;
    append(model, addresses, link_address(model, i, data.type, "", ethernet_address(group)));
  }
  append(model, addresses, link_address(model, i, data));
  append(model, addresses, inet_address(model, group));
  put_message(out, h, addresses);
}

void put_groups(CtlValue& out, std::int32_t family, unsigned wanted) {
  std::vector<Group> groups;
  if (family == kAF_UNSPEC || family == kAF_INET) add_inet_groups(groups);
  if (family == kAF_UNSPEC || family == kAF_INET6) add_inet6_groups(groups);
  const Interfaces interfaces;
  for (Group& group : groups) {
    const auto i = interfaces.all().find(group.index);
    if (i == interfaces.all().end() || (wanted != 0 && wanted != group.index)) continue;
    put_group(out, i->second, group.any());
  }
}

void put_interfaces(CtlValue& out, std::int32_t family, unsigned wanted, bool long_form) {
  const Interfaces interfaces;
  for (const auto& [index, i] : interfaces.all()) {
    if (wanted != 0 && wanted != index) continue;
    put_interface(out, i, long_form);
    for (const ifaddrs* a : i.addresses) {
      if (family_wanted(family, *a)) put_address(out, i, *a, long_form);
    }
  }
}

// --- routes --------------------------------------------------------------------------------------

struct Route {
  int family = 0;
  std::string interface;
  std::array<std::uint8_t, 16> destination{}, gateway{};
  unsigned prefix = 0;
  unsigned flags = 0;  ///< the host's
};

/// The word that lies in memory.
void put_word(std::array<std::uint8_t, 16>& address, const std::string& digits) {
  const auto word = static_cast<std::uint32_t>(std::strtoul(digits.c_str(), nullptr, 16));
  std::memcpy(address.data(), &word, sizeof word);
}

std::vector<Route> inet_routes() {
  std::vector<Route> out;
  std::ifstream in("/proc/net/route");
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::istringstream words(line);
    Route r;
    r.family = kAF_INET;
    std::string destination, gateway, mask;
    int references = 0, use = 0, metric = 0;
    if (!(words >> r.interface >> destination >> gateway >> std::hex >> r.flags >> std::dec >>
          references >> use >> metric >> mask)) {
      continue;
    }
    put_word(r.destination, destination);
    put_word(r.gateway, gateway);
    r.prefix = static_cast<unsigned>(std::popcount(std::strtoul(mask.c_str(), nullptr, 16)));
    out.push_back(std::move(r));
  }
  return out;
}

std::array<std::uint8_t, 16> parse_digits(const std::string& digits) {
  std::array<std::uint8_t, 16> out{};
  for (std::size_t i = 0; i < 16 && 2 * i + 2 <= digits.size(); ++i) {
    out[i] = static_cast<std::uint8_t>(std::stoul(digits.substr(2 * i, 2), nullptr, 16));
  }
  return out;
}

std::vector<Route> inet6_routes() {
  constexpr unsigned kReject = 0x200;  // RTF_REJECT: of no interface
  std::vector<Route> out;
  std::ifstream in("/proc/net/ipv6_route");
  std::string destination, source, gateway, metric, references, use;
  unsigned source_prefix = 0;
  Route r;
  r.family = kAF_INET6;
  while (in >> destination >> std::hex >> r.prefix >> source >> source_prefix >> gateway >>
         metric >> references >> use >> r.flags >> r.interface) {
    r.destination = parse_digits(destination);
    r.gateway = parse_digits(gateway);
    if ((r.flags & (kReject | kRTF_UP)) == kRTF_UP) out.push_back(r);
  }
  return out;
}

Bytes route_address(int family, const std::array<std::uint8_t, 16>& address) {
  const bool four = family == kAF_INET;
  Bytes b = sockaddr_bytes(four ? 16 : 28, family);
  std::memcpy(&b[four ? 4 : 8], address.data(), four ? 4 : 16);
  return b;
}

std::array<std::uint8_t, 16> mask_of(unsigned prefix) {
  std::array<std::uint8_t, 16> mask{};
  for (unsigned bit = 0; bit < prefix && bit < 128; ++bit) {
    mask[bit / 8] = static_cast<std::uint8_t>(mask[bit / 8] | 0x80 >> bit % 8);
  }
  return mask;
}

void put_route(CtlValue& out, const Route& r, const Interface& i) {
  const DataModel& model = out.model();
  const bool host = r.prefix == (r.family == kAF_INET ? 32u : 128u);
  const bool indirect = (r.flags & kRTF_GATEWAY) != 0;
  RtMsghdr h;
  h.index = static_cast<std::uint16_t>(i.index);
  h.flags = kRTF_UP | (host ? kRTF_HOST : 0) | (indirect ? kRTF_GATEWAY | kRTF_STATIC : 0);
  h.addrs = kRTA_DST | kRTA_GATEWAY | (host ? 0 : kRTA_NETMASK);
  h.mtu = mtu_of(i.name);
  Bytes addresses;
  append(model, addresses, route_address(r.family, r.destination));
  if (indirect) {
    append(model, addresses, route_address(r.family, r.gateway));
  } else {
    append(model, addresses, link_address(model, i, data_of(i).type, "", {}));
  }
  if (!host) append(model, addresses, route_address(r.family, mask_of(r.prefix)));
  put_message(out, h, addresses);
}

void put_routes(CtlValue& out, std::int32_t family) {
  const Interfaces interfaces;
  for (const auto list : {&inet_routes, &inet6_routes}) {
    for (const Route& r : list()) {
      if (family != kAF_UNSPEC && family != r.family) continue;
      for (const auto& [index, i] : interfaces.all()) {
        if (i.name == r.interface) put_route(out, r, i);
      }
    }
  }
}

}  // namespace

/// {protocol, family, operation, interface}.
Expected<void> sysctl_route_table(CtlCall& c, CtlValue& out) {
  if (c.arguments.size() < 4) return host_error(EINVAL);
  const std::int32_t family = c.arguments[1];
  const std::int32_t operation = c.arguments[2];
  const auto wanted = static_cast<unsigned>(c.arguments[3]);
  switch (operation) {
    case kNET_RT_DUMP:
      put_routes(out, family);
      return {};
    case kNET_RT_FLAGS:
      return {};  // no neighbours are told
    case kNET_RT_IFMALIST:
      put_groups(out, family, wanted);
      return {};
    case kNET_RT_IFLIST:
    case kNET_RT_IFLISTL:
      put_interfaces(out, family, wanted, operation == kNET_RT_IFLISTL);
      return {};
    default:
      return host_error(EINVAL);
  }
}

}  // namespace emulate::freebsd
