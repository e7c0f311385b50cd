#include "host/os/linux/socket_values.h"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "host/os/linux/members.h"
#include "host/os/linux/pass.h"
#include "host/os/linux/sockaddr.h"
#include "host/os/linux/time.h"

namespace emulate::linux_os {
namespace {

using Bytes = std::vector<std::byte>;

/// What of a value depends on more than the byte order.
enum class Shape : std::uint8_t {
  members,   ///< nothing
  timeval,   ///< struct timeval
  longs,     ///< longs of the data model
  group,     ///< an index, then addresses (group_req, group_source_req)
  address,   ///< a socket's address
  error,     ///< sock_extended_err, then an address
  tcp_info,  ///< has members of bits
};

struct Form {
  Members members = "4";
  Shape shape = Shape::members;
};
constexpr Form kBytes{"1"}, kWide{"8"};
constexpr Form as(Shape shape) { return {{}, shape}; }
/// struct ip_mreq or ip_mreqn, in_pktinfo, in6_pktinfo and ipv6_mreq, ip6_mtuinfo, tcp_info.
constexpr Form kGroupV4{"111111114"}, kInfoV4{"41"}, kInfoV6{"11111111111111114"},
    kMtuV6{"211111111111111111111111144"},
    kTcpInfo{"111111114444444444444444444444448888444444888844884", Shape::tcp_info};

struct ValueRow {
  OptionName name;
  Form form;
};

// Linux include/uapi/asm-generic/socket.h: the first names of those that count in longs.
constexpr int kReceiveTimeoutOld = 20, kSendTimeoutOld = 21, kReceiveTimeoutNew = 66,
              kSendTimeoutNew = 67;
constexpr int kTimestampOld = 29, kTimestampNsOld = 35, kTimestampNew = 63, kTimestampNsNew = 64,
              kTimestampingOld = 37, kTimestampingNew = 65;

constexpr ValueRow kOptions[] = {
    {{SOL_SOCKET, kReceiveTimeoutOld}, as(Shape::timeval)},
    {{SOL_SOCKET, kSendTimeoutOld}, as(Shape::timeval)},
    {{SOL_SOCKET, kReceiveTimeoutNew}, kWide},
    {{SOL_SOCKET, kSendTimeoutNew}, kWide},
    {{SOL_SOCKET, SO_BINDTODEVICE}, kBytes},
    {{SOL_SOCKET, SO_PEERSEC}, kBytes},
    {{SOL_SOCKET, SO_COOKIE}, kWide},
    {{SOL_SOCKET, SO_NETNS_COOKIE}, kWide},
    {{SOL_SOCKET, SO_MAX_PACING_RATE}, kWide},
    {{SOL_SOCKET, SO_PEERNAME}, as(Shape::address)},
    {{IPPROTO_TCP, TCP_INFO}, kTcpInfo},
    {{IPPROTO_TCP, TCP_CONGESTION}, kBytes},
    {{IPPROTO_TCP, TCP_ULP}, kBytes},
    {{IPPROTO_TCP, TCP_FASTOPEN_KEY}, kBytes},
    {{IPPROTO_IP, IP_UNICAST_IF}, kBytes},
    {{IPPROTO_IP, IP_ADD_MEMBERSHIP}, kGroupV4},
    {{IPPROTO_IP, IP_DROP_MEMBERSHIP}, kGroupV4},
    {{IPPROTO_IP, IP_MULTICAST_IF}, kGroupV4},
    {{IPPROTO_IP, IP_OPTIONS}, kBytes},
    {{IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP}, kBytes},
    {{IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP}, kBytes},
    {{IPPROTO_IP, IP_BLOCK_SOURCE}, kBytes},
    {{IPPROTO_IP, IP_UNBLOCK_SOURCE}, kBytes},
    {{IPPROTO_IP, MCAST_JOIN_GROUP}, as(Shape::group)},
    {{IPPROTO_IP, MCAST_LEAVE_GROUP}, as(Shape::group)},
    {{IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP}, as(Shape::group)},
    {{IPPROTO_IP, MCAST_LEAVE_SOURCE_GROUP}, as(Shape::group)},
    {{IPPROTO_IP, MCAST_BLOCK_SOURCE}, as(Shape::group)},
    {{IPPROTO_IP, MCAST_UNBLOCK_SOURCE}, as(Shape::group)},
    {{IPPROTO_IPV6, MCAST_JOIN_GROUP}, as(Shape::group)},
    {{IPPROTO_IPV6, MCAST_LEAVE_GROUP}, as(Shape::group)},
    {{IPPROTO_IPV6, MCAST_JOIN_SOURCE_GROUP}, as(Shape::group)},
    {{IPPROTO_IPV6, MCAST_LEAVE_SOURCE_GROUP}, as(Shape::group)},
    {{IPPROTO_IPV6, MCAST_BLOCK_SOURCE}, as(Shape::group)},
    {{IPPROTO_IPV6, MCAST_UNBLOCK_SOURCE}, as(Shape::group)},
    {{IPPROTO_IPV6, IPV6_UNICAST_IF}, kBytes},
    {{IPPROTO_IPV6, IPV6_PKTINFO}, kInfoV6},
    {{IPPROTO_IPV6, IPV6_HOPOPTS}, kBytes},
    {{IPPROTO_IPV6, IPV6_RTHDRDSTOPTS}, kBytes},
    {{IPPROTO_IPV6, IPV6_RTHDR}, kBytes},
    {{IPPROTO_IPV6, IPV6_DSTOPTS}, kBytes},
    {{IPPROTO_IPV6, IPV6_PATHMTU}, kMtuV6},
    {{IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP}, kInfoV6},
    {{IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP}, kInfoV6},
};
constexpr ValueRow kMessages[] = {
    {{SOL_SOCKET, kTimestampOld}, as(Shape::timeval)},
    {{SOL_SOCKET, kTimestampNsOld}, as(Shape::longs)},
    {{SOL_SOCKET, kTimestampNew}, kWide},
    {{SOL_SOCKET, kTimestampNsNew}, kWide},
    {{SOL_SOCKET, kTimestampingOld}, as(Shape::longs)},
    {{SOL_SOCKET, kTimestampingNew}, kWide},
    {{IPPROTO_IP, IP_PKTINFO}, kInfoV4},
    {{IPPROTO_IP, IP_ORIGDSTADDR}, as(Shape::address)},
    {{IPPROTO_IP, IP_RETOPTS}, kBytes},
    {{IPPROTO_IP, IP_TOS}, kBytes},
    {{IPPROTO_IP, IP_RECVERR}, as(Shape::error)},
    {{IPPROTO_IPV6, IPV6_PKTINFO}, kInfoV6},
    {{IPPROTO_IPV6, IPV6_HOPOPTS}, kBytes},
    {{IPPROTO_IPV6, IPV6_RTHDR}, kBytes},
    {{IPPROTO_IPV6, IPV6_DSTOPTS}, kBytes},
    {{IPPROTO_IPV6, IPV6_PATHMTU}, kMtuV6},
    {{IPPROTO_IPV6, IPV6_ORIGDSTADDR}, as(Shape::address)},
    {{IPPROTO_IPV6, IPV6_RECVERR}, as(Shape::error)},
};

template <std::size_t N>
Form form_of(const ValueRow (&rows)[N], OptionName name) {
  for (const ValueRow& r : rows) {
    if (r.name == name) return r.form;
  }
  constexpr int kNumbers[] = {SOL_SOCKET,   IPPROTO_TCP,    IPPROTO_UDP, IPPROTO_IP,
                              IPPROTO_IPV6, IPPROTO_ICMPV6, IPPROTO_RAW, SOL_NETLINK};
  return std::find(std::begin(kNumbers), std::end(kNumbers), name.level) != std::end(kNumbers)
             ? Form{}
             : kBytes;
}

Bytes convert_timeval(const DataModel& from, const DataModel& to, Bytes value) {
  if (value.size() < guest_size<Timeval>(from)) return value;
  Bytes out(guest_size<Timeval>(to));
  (void)convert(kLayout<Timeval>, from, value, to, out);
  return out;
}

/// As many longs as the value has, signed.
Bytes convert_longs(const DataModel& from, const DataModel& to, const Bytes& value) {
  const std::size_t count = value.size() / from.long_bytes;
  Bytes out(count * to.long_bytes);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t v = load_scalar(from, &value[i * from.long_bytes], from.long_bytes);
    if (!from.is64()) v = static_cast<std::uint64_t>(static_cast<std::int32_t>(v));
    store_scalar(to, &out[i * to.long_bytes], v, to.long_bytes);
  }
  return out;
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
  swap_members(std::span(value).subspan(offsetof(sock_extended_err, ee_info), 8), "4");
  convert_address(from, to, std::span(value).subspan(kSize));
}

/// Members of bits begin at the other end of their byte: tcpi_snd_wscale (4) and rcv_wscale (4);
/// tcpi_delivery_rate_app_limited (1) and fastopen_client_fail (2).
void turn_tcp_bits(Way way, Bytes& value) {
  if (value.size() < 8) return;
  const auto scales = std::to_integer<unsigned>(value[6]),
             rest = std::to_integer<unsigned>(value[7]);
  value[6] = static_cast<std::byte>(scales >> 4 | scales << 4);
  value[7] = static_cast<std::byte>(way == Way::to_guest ? rest << 7 | (rest >> 1 & 3) << 5
                                                         : rest >> 7 | (rest >> 5 & 3) << 1);
}

/// Rewrites a value of `from` as one of `to`; exactly one of them is the host's model.
Bytes convert_value(const Task& task, Way way, Form form, Bytes value) {
  const DataModel& from = way == Way::to_host ? task.model() : kHostModel;
  const DataModel& to = way == Way::to_host ? kHostModel : task.model();
  switch (form.shape) {
    case Shape::timeval:
      return convert_timeval(from, to, std::move(value));
    case Shape::longs:
      return convert_longs(from, to, value);
    case Shape::group:
      return convert_group(from, to, value);
    case Shape::address:
      convert_address(from, to, value);
      return value;
    case Shape::error:
      convert_error(task, way, from, to, value);
      return value;
    case Shape::tcp_info:
    case Shape::members:
      break;
  }
  if (from.order == to.order) return value;
  swap_members(value, form.members);
  if (form.shape == Shape::tcp_info) turn_tcp_bits(way, value);
  return value;
}

}  // namespace

Bytes option_value(const Task& task, Way way, OptionName name, Bytes value) {
  return convert_value(task, way, form_of(kOptions, name), std::move(value));
}

Bytes control_value(const Task& task, Way way, OptionName name, Bytes value) {
  return convert_value(task, way, form_of(kMessages, name), std::move(value));
}

bool is_time_option(OptionName name) { return form_of(kOptions, name).shape == Shape::timeval; }

}  // namespace emulate::linux_os
