#pragma once

/// Files of /proc/net that show the words of IPv4 and IPv6 addresses as numbers of the host's byte
/// order (Linux net/ipv4/{tcp_ipv4,udp,raw,igmp,fib_trie}.c, net/ipv6/{tcp_ipv6,datagram}.c).

#include <string>
#include <string_view>

namespace emulate::linux_os {

/// Of a file, named without its directory.
bool is_swapped_net_file(std::string_view name);
/// What such a file holds for a guest of the other byte order.
std::string swapped_net_file(std::string_view name, std::string content);

}  // namespace emulate::linux_os
