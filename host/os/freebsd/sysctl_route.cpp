#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "host/os/freebsd/abi/socket.h"
#include "host/os/freebsd/route_messages.h"
#include "host/os/freebsd/sysctl_tree.h"
#include "host/task/host_files.h"

/// net.route: the lists of interfaces, their addresses and their multicast groups, which
/// getifaddrs(3), getifmaddrs(3) and Go read from here, and the routes.

namespace emulate::freebsd {
namespace {

bool family_wanted(std::int32_t guest_family, const ifaddrs& a) {
  if (guest_family == kAF_UNSPEC) return true;
  return guest_family == (a.ifa_addr->sa_family == AF_INET ? kAF_INET : kAF_INET6);
}

// --- multicast groups ----------------------------------------------------------------------------

struct Group {
  unsigned index = 0;
  sockaddr_storage address{};
  sockaddr& any() { return reinterpret_cast<sockaddr&>(address); }
};

/// Lines "INDEX NAME ..." start an interface, the lines after it name its groups as the words that
/// lie in memory.
void add_inet_groups(std::vector<Group>& groups) {
  std::istringstream in = host_text("/proc/net/igmp");
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
  std::istringstream in = host_text("/proc/net/igmp6");
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
  const IfData data = interface_data(i);
  IfmaMsghdr h;
  h.index = static_cast<std::uint16_t>(i.index);
  RouteAddresses addresses(model);
  if (data.type == kIFT_ETHER) {
    addresses.add(kRTA_GATEWAY, link_address(model, i, data.type, "", ethernet_address(group)));
  }
  addresses.add(kRTA_IFP, link_address(model, i, data));
  addresses.add(kRTA_IFA, inet_address(model, group));
  out.raw(route_message(model, h, addresses));
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
    out.raw(interface_message(out.model(), i, long_form, true));
    for (const ifaddrs* a : i.addresses) {
      if (family_wanted(family, *a)) out.raw(address_message(out.model(), i, *a, long_form));
    }
  }
}

void put_routes(CtlValue& out, std::int32_t family) {
  const Interfaces interfaces;
  for (const Route& r : host_routes(interfaces, family)) {
    if (const Interface* i = interfaces.find(r.interface)) {
      out.raw(route_message(out.model(), RtMsghdr(), r, *i, false));
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
