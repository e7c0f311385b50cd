#pragma once

/// What messages of rtnetlink consist of, for guests whose byte order is not the host's. Sizes and
/// offsets are the same for all machines (Linux include/uapi/linux/{netlink,rtnetlink,if_link,
/// if_addr,neighbour,fib_rules,netconf,net_namespace,nexthop}.h).

#include <cstdint>
#include <span>
#include <string_view>

#include "host/os/linux/members.h"

namespace emulate::linux_os::netlink {

struct Space;
struct NamedSpace {
  std::string_view name;
  const Space* space;
};

/// How what is in an attribute is made up.
enum class Inside : std::uint8_t {
  members,
  attributes,  ///< of `space`
  by_name,     ///< attributes of the space that the text in a neighbour names: a kind of link
  hops,        ///< struct rtnexthop, each with attributes of `space` in it
};

struct Attribute {
  std::uint16_t type = 0;
  Members members = {};
  Inside inside = Inside::members;
  const Space* space = nullptr;
  std::uint16_t name_type = 0;  ///< the neighbour's
  std::span<const NamedSpace> named = {};
};

/// A structure, and the attributes that may follow it.
struct Space {
  Members header;
  std::span<const Attribute> attributes;
  Members others = {};          ///< of attributes that are not listed; empty: they are unknown
  const Space* base = nullptr;  ///< where attributes are that are not listed here

  const Attribute* find(std::uint16_t type) const;
};

/// What a message of rtnetlink has behind its header; none: unknown. `family`: its first byte.
const Space* message_space(std::uint16_t type, std::uint8_t family);

/// What follows the message that an error answers.
extern const Space kErrorSpace;

}  // namespace emulate::linux_os::netlink
