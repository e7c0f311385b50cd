#include "host/os/freebsd/route_messages.h"

#include <net/if_arp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <sstream>

#include "host/os/freebsd/abi/socket.h"
#include "host/os/freebsd/interface.h"
#include "host/task/host_files.h"

namespace emulate::freebsd {

// --- interfaces ----------------------------------------------------------------------------------

Interfaces::Interfaces() {
  with_own_descriptors([this] {
    if (::getifaddrs(&list_) != 0) list_ = nullptr;
    for (const ifaddrs* a = list_; a != nullptr; a = a->ifa_next) add(*a);
  });
}

Interfaces::~Interfaces() {
  if (list_ != nullptr) ::freeifaddrs(list_);
}

void Interfaces::add(const ifaddrs& a) {
  const unsigned index = ::if_nametoindex(a.ifa_name);
  if (index == 0) return;
  Interface& i = by_index_[index];
  i.index = index;
  i.host_name = a.ifa_name;
  i.name = guest_interface_name(i.host_name);
  i.flags = a.ifa_flags;
  if (a.ifa_addr == nullptr) return;
  if (a.ifa_addr->sa_family == AF_PACKET) {
    i.link = reinterpret_cast<const sockaddr_ll*>(a.ifa_addr);
    i.statistics = static_cast<const rtnl_link_stats*>(a.ifa_data);
  } else if (a.ifa_addr->sa_family == AF_INET || a.ifa_addr->sa_family == AF_INET6) {
    i.addresses.push_back(&a);
  }
}

const Interface* Interfaces::find(unsigned index) const {
  const auto it = by_index_.find(index);
  return it == by_index_.end() ? nullptr : &it->second;
}

const Interface* Interfaces::find_host(std::string_view name) const {
  const auto it =
      std::ranges::find_if(by_index_, [&](const auto& e) { return e.second.host_name == name; });
  return it == by_index_.end() ? nullptr : &it->second;
}

namespace {

struct FlagRow {
  std::uint32_t guest;
  unsigned host;
};

constexpr FlagRow kInterfaceFlags[] = {
    {0x0001, IFF_UP},          {0x0002, IFF_BROADCAST}, {0x0008, IFF_LOOPBACK},
    {0x0010, IFF_POINTOPOINT}, {0x0040, IFF_RUNNING},   {0x0080, IFF_NOARP},
    {0x0100, IFF_PROMISC},     {0x0200, IFF_ALLMULTI},  {0x8000, IFF_MULTICAST},
};

/// By a socket: a new root may have no /sys.
std::uint32_t mtu_of(const Interface& i) {
  ifreq request{};
  i.host_name.copy(request.ifr_name, sizeof request.ifr_name - 1);
  const int s = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const bool known = s >= 0 && ::ioctl(s, SIOCGIFMTU, &request) == 0;
  if (s >= 0) ::close(s);
  return known ? static_cast<std::uint32_t>(request.ifr_mtu) : 0;
}

std::uint32_t guest_flags(unsigned host) {
  std::uint32_t flags = 0;
  for (const FlagRow& r : kInterfaceFlags) {
    if ((host & r.host) != 0) flags |= r.guest;
  }
  return flags;
}

}  // namespace

IfData interface_data(const Interface& i) {
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
  d.mtu = mtu_of(i);
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

namespace {

RouteBytes sockaddr_bytes(std::size_t length, int family) {
  RouteBytes b(length);
  b[0] = static_cast<std::byte>(length);
  b[1] = static_cast<std::byte>(family);
  return b;
}

}  // namespace

/// struct sockaddr_dl: index, type, the name and the hardware address one after the other.
RouteBytes link_address(const DataModel& model, const Interface& i, std::uint8_t type,
                        std::string_view name, std::span<const std::uint8_t> hardware) {
  constexpr std::size_t kHeader = 8, kLeast = 54;
  const std::size_t used = kHeader + name.size() + hardware.size();
  RouteBytes b = sockaddr_bytes(std::max(used, kLeast), kAF_LINK);
  store_scalar(model, &b[2], i.index, 2);
  b[4] = static_cast<std::byte>(type);
  b[5] = static_cast<std::byte>(name.size());
  b[6] = static_cast<std::byte>(hardware.size());
  std::memcpy(&b[kHeader], name.data(), name.size());
  std::copy_n(std::as_bytes(hardware).begin(), hardware.size(), &b[kHeader + name.size()]);
  return b;
}

RouteBytes link_address(const DataModel& model, const Interface& i, const IfData& data) {
  std::span<const std::uint8_t> hardware;
  if (data.addrlen > 0 && data.addrlen <= sizeof i.link->sll_addr) {
    hardware = {i.link->sll_addr, data.addrlen};
  }
  return link_address(model, i, data.type, i.name, hardware);
}

RouteBytes inet_address(const DataModel& model, const sockaddr& host) {
  if (host.sa_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(host);
    RouteBytes b = sockaddr_bytes(16, kAF_INET);
    std::memcpy(&b[4], &in.sin_addr, sizeof in.sin_addr);
    return b;
  }
  const auto& in6 = reinterpret_cast<const sockaddr_in6&>(host);
  RouteBytes b = sockaddr_bytes(28, kAF_INET6);
  std::memcpy(&b[8], &in6.sin6_addr, sizeof in6.sin6_addr);
  store_scalar(model, &b[24], in6.sin6_scope_id, 4);
  return b;
}

RouteBytes inet_address(int guest_family, const std::array<std::uint8_t, 16>& address) {
  const bool four = guest_family == kAF_INET;
  RouteBytes b = sockaddr_bytes(four ? 16 : 28, guest_family);
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

std::size_t padded_sockaddr(const DataModel& model, std::size_t length) {
  const std::size_t word = model.long_bytes;
  return length == 0 ? word : (length + word - 1) / word * word;
}

void RouteAddresses::add(std::uint32_t bit, const RouteBytes& address) {
  bits_ |= bit;
  bytes_.insert(bytes_.end(), address.begin(), address.end());
  bytes_.resize(padded_sockaddr(model_, bytes_.size()));
}

// --- messages ------------------------------------------------------------------------------------

namespace {

/// Long forms say where their if_data is.
template <class Header>
void set_data_place(const DataModel& model, Header& h) {
  h.len = static_cast<std::uint16_t>(guest_size<Header>(model));
  h.data_off = static_cast<std::uint16_t>(h.len - guest_size<IfData>(model));
}

}  // namespace

RouteBytes interface_message(const DataModel& model, const Interface& i, bool long_form,
                             bool with_name) {
  const IfData data = interface_data(i);
  RouteAddresses addresses(model);
  if (with_name) addresses.add(kRTA_IFP, link_address(model, i, data));
  const auto fill = [&](auto& h) {
    h.flags = guest_flags(i.flags);
    h.index = static_cast<std::uint16_t>(i.index);
    h.data = data;
  };
  if (long_form) {
    IfMsghdrl h;
    fill(h);
    set_data_place(model, h);
    return route_message(model, h, addresses);
  }
  IfMsghdr h;
  fill(h);
  return route_message(model, h, addresses);
}

RouteBytes address_message(const DataModel& model, const Interface& i, const ifaddrs& a,
                           bool long_form) {
  RouteAddresses addresses(model);
  if (a.ifa_netmask != nullptr) {
    addresses.add(kRTA_NETMASK, inet_address(model, *a.ifa_netmask));
  }
  addresses.add(kRTA_IFA, inet_address(model, *a.ifa_addr));
  const bool other_end = (i.flags & (IFF_BROADCAST | IFF_POINTOPOINT)) != 0;
  if (other_end && a.ifa_broadaddr != nullptr) {
    addresses.add(kRTA_BRD, inet_address(model, *a.ifa_broadaddr));
  }
  if (long_form) {
    IfaMsghdrl h;
    h.index = static_cast<std::uint16_t>(i.index);
    h.data.datalen = static_cast<std::uint16_t>(guest_size<IfData>(model));
    set_data_place(model, h);
    return route_message(model, h, addresses);
  }
  IfaMsghdr h;
  h.index = static_cast<std::uint16_t>(i.index);
  return route_message(model, h, addresses);
}

RouteBytes route_message(const DataModel& model, RtMsghdr h, const Route& r, const Interface& i,
                         bool with_interface) {
  h.index = static_cast<std::uint16_t>(i.index);
  h.flags |= r.flags;
  h.mtu = mtu_of(i);
  RouteAddresses addresses(model);
  addresses.add(kRTA_DST, inet_address(r.family, r.destination));
  if ((r.flags & kRTF_GATEWAY) != 0) {
    addresses.add(kRTA_GATEWAY, inet_address(r.family, r.gateway));
  } else {
    addresses.add(kRTA_GATEWAY, link_address(model, i, interface_data(i).type, "", {}));
  }
  if ((r.flags & kRTF_HOST) == 0) {
    addresses.add(kRTA_NETMASK, inet_address(r.family, mask_of(r.prefix)));
  }
  if (with_interface) {
    addresses.add(kRTA_IFP, link_address(model, i, interface_data(i)));
    const int wanted = r.family == kAF_INET ? AF_INET : AF_INET6;
    const auto own = std::ranges::find_if(
        i.addresses, [&](const ifaddrs* a) { return a->ifa_addr->sa_family == wanted; });
    if (own != i.addresses.end()) addresses.add(kRTA_IFA, inet_address(model, *(*own)->ifa_addr));
  }
  return route_message(model, h, addresses);
}

// --- routes --------------------------------------------------------------------------------------

unsigned Route::bits() const { return family == kAF_INET ? 32 : 128; }

namespace {

/// What a guest is told of it.
void finish(Route& r, const Interface& i, unsigned host_flags) {
  const bool indirect = (host_flags & kRTF_GATEWAY) != 0;
  r.interface = i.index;
  r.flags = kRTF_UP | (r.prefix == r.bits() ? kRTF_HOST : 0) |
            (indirect ? kRTF_GATEWAY | kRTF_STATIC : 0);
}

/// The word that lies in memory.
void put_word(std::array<std::uint8_t, 16>& address, const std::string& digits) {
  const auto word = static_cast<std::uint32_t>(std::strtoul(digits.c_str(), nullptr, 16));
  std::memcpy(address.data(), &word, sizeof word);
}

void add_inet_routes(const Interfaces& interfaces, std::vector<Route>& out) {
  std::istringstream in = host_text("/proc/net/route");
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::istringstream words(line);
    Route r;
    r.family = kAF_INET;
    std::string name, destination, gateway, mask;
    unsigned flags = 0;
    int references = 0, use = 0, metric = 0;
    if (!(words >> name >> destination >> gateway >> std::hex >> flags >> std::dec >> references >>
          use >> metric >> mask)) {
      continue;
    }
    const Interface* i = interfaces.find_host(name);
    if (i == nullptr) continue;
    put_word(r.destination, destination);
    put_word(r.gateway, gateway);
    r.prefix = static_cast<unsigned>(std::popcount(std::strtoul(mask.c_str(), nullptr, 16)));
    finish(r, *i, flags);
    out.push_back(r);
  }
}

std::array<std::uint8_t, 16> parse_digits(const std::string& digits) {
  std::array<std::uint8_t, 16> out{};
  for (std::size_t i = 0; i < 16 && 2 * i + 2 <= digits.size(); ++i) {
    out[i] = static_cast<std::uint8_t>(std::stoul(digits.substr(2 * i, 2), nullptr, 16));
  }
  return out;
}

void add_inet6_routes(const Interfaces& interfaces, std::vector<Route>& out) {
  constexpr unsigned kReject = 0x200;  // RTF_REJECT: of no interface
  std::istringstream in = host_text("/proc/net/ipv6_route");
  std::string destination, source, gateway, metric, references, use, name;
  unsigned source_prefix = 0;
  unsigned flags = 0;
  Route r;
  r.family = kAF_INET6;
  while (in >> destination >> std::hex >> r.prefix >> source >> source_prefix >> gateway >>
         metric >> references >> use >> flags >> name) {
    r.destination = parse_digits(destination);
    r.gateway = parse_digits(gateway);
    const Interface* i = interfaces.find_host(name);
    if (i == nullptr || (flags & (kReject | kRTF_UP)) != kRTF_UP) continue;
    finish(r, *i, flags);
    out.push_back(r);
  }
}

bool covers(const Route& r, const std::array<std::uint8_t, 16>& address) {
  const auto mask = mask_of(r.prefix);
  for (std::size_t i = 0; i < mask.size(); ++i) {
    if (((r.destination[i] ^ address[i]) & mask[i]) != 0) return false;
  }
  return true;
}

/// An address of the machine's own: it is reached by the loopback interface.
std::optional<Route> own_address(const Interfaces& interfaces, std::int32_t family,
                                 const std::array<std::uint8_t, 16>& address) {
  const auto loopback = std::ranges::find_if(
      interfaces.all(), [](const auto& e) { return (e.second.flags & IFF_LOOPBACK) != 0; });
  if (loopback == interfaces.all().end()) return std::nullopt;
  Route r;
  r.family = family;
  r.interface = loopback->first;
  r.destination = address;
  r.prefix = r.bits();
  r.flags = kRTF_UP | kRTF_HOST;
  const bool four = family == kAF_INET;
  for (const auto& [index, i] : interfaces.all()) {
    for (const ifaddrs* a : i.addresses) {
      if ((a->ifa_addr->sa_family == AF_INET) != four) continue;
      const void* own = four ? static_cast<const void*>(
                                   &reinterpret_cast<const sockaddr_in*>(a->ifa_addr)->sin_addr)
                             : &reinterpret_cast<const sockaddr_in6*>(a->ifa_addr)->sin6_addr;
      if (std::memcmp(own, address.data(), four ? 4 : 16) == 0) return r;
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<Route> host_routes(const Interfaces& interfaces, std::int32_t family) {
  std::vector<Route> out;
  if (family == kAF_UNSPEC || family == kAF_INET) add_inet_routes(interfaces, out);
  if (family == kAF_UNSPEC || family == kAF_INET6) add_inet6_routes(interfaces, out);
  return out;
}

std::optional<Route> find_route(const Interfaces& interfaces, std::int32_t family,
                                const std::array<std::uint8_t, 16>& destination,
                                std::optional<unsigned> prefix) {
  if (!prefix) {
    if (auto own = own_address(interfaces, family, destination)) return own;
  }
  // Of several the first: the host lists them by their metric.
  std::optional<Route> best;
  for (const Route& r : host_routes(interfaces, family)) {
    const bool fits =
        prefix ? r.prefix == *prefix && covers(r, destination) : covers(r, destination);
    if (fits && (!best || r.prefix > best->prefix)) best = r;
  }
  return best;
}

}  // namespace emulate::freebsd
