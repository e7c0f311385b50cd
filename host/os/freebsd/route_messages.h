#pragma once

/// Routing messages about the host's interfaces and routes (FreeBSD sys/net/rtsock.c), as sysctl
/// net.route and routing sockets give them.

#include <ifaddrs.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/if.h>

#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/os/freebsd/abi/route.h"

namespace emulate::freebsd {

using RouteBytes = std::vector<std::byte>;

/// One interface with its addresses as getifaddrs(3) gives them.
struct Interface {
  unsigned index = 0;
  std::string name;  ///< the guest's
  std::string host_name;
  unsigned flags = 0;
  const sockaddr_ll* link = nullptr;
  const rtnl_link_stats* statistics = nullptr;
  std::vector<const ifaddrs*> addresses;
};

class Interfaces {
 public:
  Interfaces();
  ~Interfaces();
  Interfaces(const Interfaces&) = delete;
  Interfaces& operator=(const Interfaces&) = delete;
  const std::map<unsigned, Interface>& all() const { return by_index_; }
  /// Null when there is none.
  const Interface* find(unsigned index) const;
  const Interface* find_host(std::string_view name) const;

 private:
  void add(const ifaddrs& a);
  ifaddrs* list_ = nullptr;
  std::map<unsigned, Interface> by_index_;
};

IfData interface_data(const Interface& i);

/// A route of the host's main table.
struct Route {
  int family = 0;  ///< the guest's
  unsigned interface = 0;
  std::array<std::uint8_t, 16> destination{}, gateway{};
  unsigned prefix = 0;
  std::uint32_t flags = 0;  ///< the guest's

  unsigned bits() const;
};

/// Those of this family, kAF_UNSPEC for all.
std::vector<Route> host_routes(const Interfaces& interfaces, std::int32_t family);
/// The route to an address: the interface that has it, or that of the longest prefix. With a prefix
/// of its own the destination must be just that.
std::optional<Route> find_route(const Interfaces& interfaces, std::int32_t family,
                                const std::array<std::uint8_t, 16>& destination,
                                std::optional<unsigned> prefix);

// --- sockaddrs -----------------------------------------------------------------------------------

/// The sockaddrs behind a message's header, added in the order of their bits.
class RouteAddresses {
 public:
  explicit RouteAddresses(const DataModel& model) : model_(model) {}
  void add(std::uint32_t bit, const RouteBytes& address);
  std::uint32_t bits() const { return bits_; }
  const RouteBytes& bytes() const { return bytes_; }

 private:
  const DataModel& model_;
  std::uint32_t bits_ = 0;
  RouteBytes bytes_;
};

/// How many bytes a sockaddr of this length takes in a message (SA_SIZE).
std::size_t padded_sockaddr(const DataModel& model, std::size_t length);

RouteBytes link_address(const DataModel& model, const Interface& i, const IfData& data);
RouteBytes link_address(const DataModel& model, const Interface& i, std::uint8_t type,
                        std::string_view name, std::span<const std::uint8_t> hardware);
RouteBytes inet_address(const DataModel& model, const sockaddr& host);
RouteBytes inet_address(int guest_family, const std::array<std::uint8_t, 16>& address);
std::array<std::uint8_t, 16> mask_of(unsigned prefix);

// --- messages ------------------------------------------------------------------------------------

/// Header, sockaddrs, and the length of it all in the first word.
template <class Header>
RouteBytes route_message(const DataModel& model, Header header, const RouteAddresses& addresses) {
  header.addrs = addresses.bits();
  RouteBytes message(guest_size<Header>(model));
  encode(model, header, message);
  message.insert(message.end(), addresses.bytes().begin(), addresses.bytes().end());
  store_scalar(model, message.data(), message.size(), 2);
  return message;
}

/// RTM_IFINFO; the long form is that of NET_RT_IFLISTL. With its name, as lists have it.
RouteBytes interface_message(const DataModel& model, const Interface& i, bool long_form,
                             bool with_name);
/// RTM_NEWADDR as lists have it.
RouteBytes address_message(const DataModel& model, const Interface& i, const ifaddrs& a,
                           bool long_form);
/// What a routing message tells of a route; `header` has the rest.
RouteBytes route_message(const DataModel& model, RtMsghdr header, const Route& r,
                         const Interface& i, bool with_interface);

}  // namespace emulate::freebsd
