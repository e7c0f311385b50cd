#include "host/os/linux/socket_values.h"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "host/os/linux/pass.h"
#include "host/os/linux/sockaddr.h"
#include "host/os/linux/time.h"

namespace emulate::linux_os {
namespace {

using Bytes = std::vector<std::byte>;

/// How the bytes of a value are to be read.
enum class Shape : std::uint8_t {
  ints,       ///< 32-bit words
  bytes,      ///< network order, or no numbers
  timeval,    ///< two longs
  time64,     ///< two 64-bit words
  last_int,   ///< bytes, then one 32-bit word (in6_pktinfo, ipv6_mreq)
  third_int,  ///< two words of bytes, then perhaps one 32-bit word (ip_mreq, ip_mreqn)
  first_int,  ///< one 32-bit word, then bytes (in_pktinfo)
  group,      ///< one 32-bit word, then addresses (group_req, group_source_req)
  error,      ///< sock_extended_err, then an address
};

struct ValueRow {
  OptionName name;
  Shape shape;
};

// Linux include/uapi/asm-generic/socket.h: the first names of those that count in longs.
constexpr int kReceiveTimeoutOld = 20, kSendTimeoutOld = 21, kReceiveTimeoutNew = 66,
              kSendTimeoutNew = 67;
constexpr int kTimestampOld = 29, kTimestampNsOld = 35, kTimestampNew = 63, kTimestampNsNew = 64;

constexpr ValueRow kOptions[] = {
    {{SOL_SOCKET, kReceiveTimeoutOld}, Shape::timeval},
    {{SOL_SOCKET, kSendTimeoutOld}, Shape::timeval},
    {{SOL_SOCKET, kReceiveTimeoutNew}, Shape::time64},
    {{SOL_SOCKET, kSendTimeoutNew}, Shape::time64},
    {{SOL_SOCKET, SO_BINDTODEVICE}, Shape::bytes},
    {{SOL_SOCKET, SO_PEERSEC}, Shape::bytes},
    {{IPPROTO_IP, IP_ADD_MEMBERSHIP}, Shape::third_int},
    {{IPPROTO_IP, IP_DROP_MEMBERSHIP}, Shape::third_int},
    {{IPPROTO_IP, IP_MULTICAST_IF}, Shape::third_int},
    {{IPPROTO_IP, IP_OPTIONS}, Shape::bytes},
    {{IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP}, Shape::bytes},
    {{IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP}, Shape::bytes},
    {{IPPROTO_IP, IP_BLOCK_SOURCE}, Shape::bytes},
    {{IPPROTO_IP, IP_UNBLOCK_SOURCE}, Shape::bytes},
    {{IPPROTO_IP, MCAST_JOIN_GROUP}, Shape::group},
    {{IPPROTO_IP, MCAST_LEAVE_GROUP}, Shape::group},
    {{IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP}, Shape::group},
    {{IPPROTO_IP, MCAST_LEAVE_SOURCE_GROUP}, Shape::group},
    {{IPPROTO_IP, MCAST_BLOCK_SOURCE}, Shape::group},
    {{IPPROTO_IP, MCAST_UNBLOCK_SOURCE}, Shape::group},
    {{IPPROTO_IPV6, MCAST_JOIN_GROUP}, Shape::group},
    {{IPPROTO_IPV6, MCAST_LEAVE_GROUP}, Shape::group},
    {{IPPROTO_IPV6, MCAST_JOIN_SOURCE_GROUP}, Shape::group},
    {{IPPROTO_IPV6, MCAST_LEAVE_SOURCE_GROUP}, Shape::group},
    {{IPPROTO_IPV6, MCAST_BLOCK_SOURCE}, Shape::group},
    {{IPPROTO_IPV6, MCAST_UNBLOCK_SOURCE}, Shape::group},
    {{IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP}, Shape::last_int},
    {{IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP}, Shape::last_int},
};
constexpr ValueRow kMessages[] = {
    {{SOL_SOCKET, kTimestampOld}, Shape::timeval},
    {{SOL_SOCKET, kTimestampNsOld}, Shape::timeval},
    {{SOL_SOCKET, kTimestampNew}, Shape::time64},
    {{SOL_SOCKET, kTimestampNsNew}, Shape::time64},
    {{IPPROTO_IP, IP_PKTINFO}, Shape::first_int},
    {{IPPROTO_IP, IP_RETOPTS}, Shape::bytes},
    {{IPPROTO_IP, IP_TOS}, Shape::bytes},
    {{IPPROTO_IP, IP_RECVERR}, Shape::error},
    {{IPPROTO_IPV6, IPV6_PKTINFO}, Shape::last_int},
    {{IPPROTO_IPV6, IPV6_RECVERR}, Shape::error},
};

template <std::size_t N>
Shape shape_of(const ValueRow (&rows)[N], OptionName name) {
  for (const ValueRow& r : rows) {
    if (r.name == name) return r.shape;
  }
  constexpr int kNumbers[] = {SOL_SOCKET,   IPPROTO_TCP,    IPPROTO_UDP, IPPROTO_IP,
                              IPPROTO_IPV6, IPPROTO_ICMPV6, IPPROTO_RAW, SOL_NETLINK};
  return std::find(std::begin(kNumbers), std::end(kNumbers), name.level) != std::end(kNumbers)
             ? Shape::ints
             : Shape::bytes;
}

void swap_words(std::span<std::byte> bytes, std::size_t word) {
  for (std::size_t at = 0; at + word <= bytes.size(); at += word) {
    std::reverse(bytes.begin() + static_cast<long>(at),
                 bytes.begin() + static_cast<long>(at + word));
  }
}

/// An index, and addresses where the model aligns them: that is as it does longs.
Bytes convert_group(const DataModel& from, const DataModel& to, const Bytes& value) {
  constexpr std::size_t kAddress = sizeof(sockaddr_storage);
  if (value.size() < from.long_bytes) return value;
  const std::size_t addresses = (value.size() - from.long_bytes) / kAddress;
  Bytes out(to.long_bytes + addresses * kAddress);
  store_scalar(to, out.data(), load_scalar(from, value.data(), 4), 4);
  std::copy_n(&value[from.long_bytes], addresses * kAddress, &out[to.long_bytes]);
  for (std::size_t i = 0; i < addresses; ++i) {
    convert_address(from, to, std::span(out).subspan(to.long_bytes + i * kAddress, kAddress));
  }
  return out;
}

/// struct sock_extended_err: an errno, four bytes, two words; where the error came from.
void convert_error(const Task& task, Way way, const DataModel& from, const DataModel& to,
                   Bytes& value) {
  constexpr std::size_t kSize = sizeof(sock_extended_err);
  if (value.size() < kSize) return;
  const auto error = static_cast<int>(load_scalar(from, value.data(), 4));
  const int shown = way == Way::to_guest ? task.process().personality().guest_errno(error) : error;
  store_scalar(to, value.data(), static_cast<std::uint32_t>(shown), 4);
  if (from.order == to.order) return;
  swap_words(std::span(value).subspan(offsetof(sock_extended_err, ee_info), 8), 4);
  convert_address(from, to, std::span(value).subspan(kSize));
}

/// Rewrites a value of `from` as one of `to`; exactly one of them is the host's model.
Bytes convert_value(const Task& task, Way way, Shape shape, Bytes value) {
  const DataModel& from = way == Way::to_host ? task.model() : kHostModel;
  const DataModel& to = way == Way::to_host ? kHostModel : task.model();
  if (shape == Shape::timeval && value.size() >= 2u * from.long_bytes) {
    Bytes out(2u * to.long_bytes);
    (void)convert(kLayout<Timeval>, from, value, to, out);
    return out;
  }
  if (shape == Shape::group) return convert_group(from, to, value);
  if (shape == Shape::error) convert_error(task, way, from, to, value);
  if (from.order == to.order) return value;
  switch (shape) {
    case Shape::ints:
      // UDP_SEGMENT comes as a 16-bit number.
      swap_words(value, std::clamp<std::size_t>(value.size(), 1, 4));
      break;
    case Shape::time64:
      swap_words(value, 8);
      break;
    case Shape::first_int:
      if (value.size() >= 4) swap_words(std::span(value).first(4), 4);
      break;
    case Shape::last_int:
      if (value.size() >= 4) swap_words(std::span(value).last(4), 4);
      break;
    case Shape::third_int:
      if (value.size() >= 12) swap_words(std::span(value).subspan(8, 4), 4);
      break;
    default:
      break;
  }
  return value;
}

}  // namespace

Bytes option_value(const Task& task, Way way, OptionName name, Bytes value) {
  return convert_value(task, way, shape_of(kOptions, name), std::move(value));
}

Bytes control_value(const Task& task, Way way, OptionName name, Bytes value) {
  return convert_value(task, way, shape_of(kMessages, name), std::move(value));
}

bool is_time_option(OptionName name) { return shape_of(kOptions, name) == Shape::timeval; }

}  // namespace emulate::linux_os
