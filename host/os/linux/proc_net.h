#pragma once

/// Files of /proc/net that show the words of IPv4 and IPv6 addresses as numbers of the host's byte
/// order (Linux net/ipv4/{tcp_ipv4,udp,raw,igmp,fib_trie}.c, net/ipv6/{tcp_ipv6,datagram}.c).

#include <optional>
#include <string>
#include <string_view>

namespace emulate::linux_os {

/// What such a file (named without its directory) holds for a guest of the other byte order;
/// nullopt for all others.
std::optional<std::string> swapped_net_file(std::string_view name, std::string_view content);
bool is_swapped_net_file(std::string_view name);

}  // namespace emulate::linux_os
