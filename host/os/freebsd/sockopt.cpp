#include "host/os/freebsd/sockopt.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstring>

#include <boost/container/small_vector.hpp>

#include "host/os/freebsd/abi/errno.h"
#include "host/os/freebsd/abi/tcp_info.h"
#include "host/os/freebsd/sockaddr.h"
#include "host/os/freebsd/socket_state.h"
#include "host/os/freebsd/time.h"

namespace emulate::freebsd {
namespace {

using Bytes = boost::container::small_vector<std::byte, 64>;

struct Option;

/// One call: where the option's bytes are.
struct Call {
  Task& task;
  int fd;
  const Option& option;
  GuestAddr value;
  std::uint32_t size;
};

/// How an option's bytes are read and made. Null: the option cannot be set, or read.
struct Codec {
  Expected<void> (*set)(const Call&);
  Expected<Bytes> (*get)(const Call&);
};

/// Which sockets have the option.
enum class Domain : std::uint8_t { any, internet, local };

struct Option {
  Domain domain;
  int level;
  int name;
  int host_level;
  int host_name;
  const Codec* codec;
};

// --- helpers -------------------------------------------------------------------------------------

Expected<void> host_set(const Call& c, const void* value, socklen_t size) {
  if (setsockopt(c.fd, c.option.host_level, c.option.host_name, value, size) != 0) {
    return host_error(errno);
  }
  return {};
}

Expected<int> host_get_int(int fd, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  if (getsockopt(fd, level, name, &value, &size) != 0) return host_error(errno);
  return value;
}

Expected<int> host_get_int(const Call& c) {
  return host_get_int(c.fd, c.option.host_level, c.option.host_name);
}

/// sooptcopyin(): exactly T; what the guest gave beyond that is not looked at.
template <class T>
Expected<T> load_value(const Call& c) {
  if (c.size < guest_size<T>(c.task.model())) return host_error(EINVAL);
  return c.task.load<T>(c.value);
}

template <class T>
Bytes encode_value(const Call& c, const T& value) {
  Bytes out(guest_size<T>(c.task.model()));
  (void)encode(c.task.model(), value, std::span(out.data(), out.size()));
  return out;
}

Bytes encode_int(const Call& c, int value) { return encode_value<std::int32_t>(c, value); }

// --- integers ------------------------------------------------------------------------------------

Expected<void> set_integer(const Call& c) {
  const auto v = load_value<std::int32_t>(c);
  if (!v) return tl::unexpected(v.error());
  return host_set(c, &*v, sizeof *v);
}

Expected<Bytes> get_integer(const Call& c) {
  const auto v = host_get_int(c);
  if (!v) return tl::unexpected(v.error());
  return encode_int(c, *v);
}

/// Flags of so_options read as their bit.
Expected<Bytes> get_flag(const Call& c) {
  const auto v = host_get_int(c);
  if (!v) return tl::unexpected(v.error());
  return encode_int(c, *v != 0 ? c.option.name : 0);
}

/// Multicast options may be one byte long.
Expected<void> set_small(const Call& c) {
  if (c.size != 1) return set_integer(c);
  std::uint8_t v = 0;
  if (auto r = c.task.copyin(&v, c.value, 1); !r) return r;
  const int wide = v;
  return host_set(c, &wide, sizeof wide);
}

Expected<Bytes> get_small(const Call& c) {
  const auto v = host_get_int(c);
  if (!v) return tl::unexpected(v.error());
  if (c.size == 1) return Bytes(1, static_cast<std::byte>(*v));
  return encode_int(c, *v);
}

/// Buffer sizes: the host keeps, and reports, twice what it is told.
Expected<void> set_buffer(const Call& c) {
  const auto v = load_value<std::int32_t>(c);
  if (!v) return tl::unexpected(v.error());
  if (*v < 1) return host_error(EINVAL);
  return host_set(c, &*v, sizeof *v);
}

Expected<Bytes> get_buffer(const Call& c) {
  const auto v = host_get_int(c);
  if (!v) return tl::unexpected(v.error());
  return encode_int(c, *v / 2);
}

/// Options without meaning on the host: taken, and read as 0.
Expected<void> set_ignored(const Call& c) {
  const auto v = load_value<std::int32_t>(c);
  if (!v) return tl::unexpected(v.error());
  return {};
}

Expected<Bytes> get_zero(const Call& c) { return encode_int(c, 0); }

/// The host knows one routing table.
Expected<void> set_fib(const Call& c) {
  const auto v = load_value<std::int32_t>(c);
  if (!v) return tl::unexpected(v.error());
  if (*v != 0) return host_error(EINVAL);
  return {};
}

/// Of a send buffer the host does not tell or change the low-water mark.
Expected<Bytes> get_send_low(const Call& c) {
  constexpr int kDefault = 2048;
  return encode_int(c, kDefault);
}

Expected<Bytes> get_error(const Call& c) {
  const auto v = host_get_int(c);
  if (!v) return tl::unexpected(v.error());
  return encode_int(c, *v == 0 ? 0 : c.task.process().personality().guest_errno(*v));
}

Expected<Bytes> get_family(const Call& c) {
  const auto v = host_get_int(c);
  if (!v) return tl::unexpected(v.error());
  return encode_int(c, family_to_guest(*v));
}

Expected<Bytes> get_backlog_limit(const Call& c) {
  const auto listening = host_get_int(c);
  if (!listening) return tl::unexpected(listening.error());
  const auto state = find_socket_state(c.task, c.fd);
  const int limit = state != nullptr ? state->backlog.load() : kSomaxconn;
  return encode_int(c, *listening != 0 ? limit : 0);
}

// --- structures of the socket level --------------------------------------------------------------

Expected<void> set_linger(const Call& c) {
  const auto l = load_value<Linger>(c);
  if (!l) return tl::unexpected(l.error());
  if (l->linger < 0 || l->linger > UINT16_MAX) return host_error(EDOM);
  const linger host{l->onoff, l->linger};
  return host_set(c, &host, sizeof host);
}

Expected<Bytes> get_linger(const Call& c) {
  linger host{};
  socklen_t size = sizeof host;
  if (getsockopt(c.fd, c.option.host_level, c.option.host_name, &host, &size) != 0) {
    return host_error(errno);
  }
  return encode_value(c, Linger{host.l_onoff != 0 ? kSO_LINGER : 0, host.l_linger});
}

Expected<void> set_timeout(const Call& c) {
  const auto tv = load_value<Timeval>(c);
  if (!tv) return tl::unexpected(tv.error());
  if (!valid(*tv)) return host_error(EDOM);
  const timeval host{std::min<std::int64_t>(tv->tv_sec, kLongestWaitSeconds), tv->tv_usec};
  return host_set(c, &host, sizeof host);
}

Expected<Bytes> get_timeout(const Call& c) {
  timeval host{};
  socklen_t size = sizeof host;
  if (getsockopt(c.fd, c.option.host_level, c.option.host_name, &host, &size) != 0) {
    return host_error(errno);
  }
  return encode_value(c, to_guest(host));
}

// --- what is kept in SocketState -----------------------------------------------------------------

template <std::atomic<bool> SocketState::*Member>
Expected<void> set_state(const Call& c) {
  const auto v = load_value<std::int32_t>(c);
  if (!v) return tl::unexpected(v.error());
  ((*socket_state(c.task, c.fd)).*Member) = *v != 0;
  return {};
}

Expected<void> set_no_sigpipe(const Call& c) {
  no_sigpipe_used = true;
  return set_state<&SocketState::no_sigpipe>(c);
}

template <std::atomic<bool> SocketState::*Member>
Expected<Bytes> get_state(const Call& c) {
  const auto state = find_socket_state(c.task, c.fd);
  const bool on = state != nullptr && ((*state).*Member);
  // Flags of so_options read as their bit, others as 1.
  return encode_int(c, !on ? 0 : c.option.level == kSOL_SOCKET ? c.option.name : 1);
}

/// Both of IP_RECVDSTADDR and IP_RECVIF come from the host's IP_PKTINFO.
template <std::atomic<bool> SocketState::*Member>
Expected<void> set_packet_info(const Call& c) {
  if (auto r = set_state<Member>(c); !r) return r;
  const auto state = socket_state(c.task, c.fd);
  const int on = state->receive_destination || state->receive_interface;
  return host_set(c, &on, sizeof on);
}

/// Timestamps are asked of the host in nanoseconds and converted when they arrive.
template <std::atomic<bool> SocketState::*Member>
Expected<void> set_timestamp(const Call& c) {
  if (auto r = set_state<Member>(c); !r) return r;
  const auto state = socket_state(c.task, c.fd);
  const int on = state->timestamp || state->bintime;
  return host_set(c, &on, sizeof on);
}

Expected<void> set_port_range(const Call& c) {
  const auto v = load_value<std::int32_t>(c);
  if (!v) return tl::unexpected(v.error());
  if (*v < kIP_PORTRANGE_DEFAULT || *v > kIP_PORTRANGE_LOW) return host_error(EINVAL);
  socket_state(c.task, c.fd)->port_range = *v;
  return {};
}

Expected<Bytes> get_port_range(const Call& c) {
  const auto state = find_socket_state(c.task, c.fd);
  return encode_int(c, state == nullptr ? kIP_PORTRANGE_DEFAULT : state->port_range.load());
}

Expected<void> set_timestamp_clock(const Call& c) {
  const auto v = load_value<std::int32_t>(c);
  if (!v) return tl::unexpected(v.error());
  if (*v < 0 || *v > kSO_TS_MONOTONIC) return host_error(EINVAL);
  socket_state(c.task, c.fd)->timestamp_clock = *v;
  return {};
}

Expected<Bytes> get_timestamp_clock(const Call& c) {
  const auto state = find_socket_state(c.task, c.fd);
  return encode_int(c, state == nullptr ? kSO_TS_REALTIME_MICRO : state->timestamp_clock.load());
}

// --- local sockets -------------------------------------------------------------------------------

Expected<Bytes> get_peer_credentials(const Call& c) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(c.fd, c.option.host_level, c.option.host_name, &peer, &size) != 0) {
    return host_error(errno);
  }
  if (peer.pid == 0) {
    const auto type = host_get_int(c.fd, SOL_SOCKET, SO_TYPE);
    return host_error(type.value_or(0) == SOCK_STREAM ? ENOTCONN : EINVAL);
  }
  Xucred x;
  x.uid = peer.uid;
  x.ngroups = 1;
  x.groups[0] = peer.gid;
  return encode_value(c, x);
}

Expected<void> set_local_creds(const Call& c) {
  if (auto r = set_state<&SocketState::local_creds>(c); !r) return r;
  const int on = socket_state(c.task, c.fd)->local_creds;
  return host_set(c, &on, sizeof on);
}

// --- IP ------------------------------------------------------------------------------------------

/// Addresses in network order, possibly followed by an interface index.
template <std::size_t Short, std::size_t Long>
Expected<void> set_addresses(const Call& c) {
  if (c.size < Short) return host_error(EINVAL);
  const std::size_t size = c.size >= Long ? Long : Short;
  std::array<std::byte, Long> bytes{};
  if (auto r = c.task.copyin(bytes.data(), c.value, size); !r) return r;
  constexpr std::size_t kIndex = sizeof(std::uint32_t);
  if (size == Long) {
    const std::uint64_t index = load_scalar(c.task.model(), bytes.data() + Long - kIndex, kIndex);
    const auto host = static_cast<std::uint32_t>(index);
    std::memcpy(bytes.data() + Long - kIndex, &host, kIndex);
  }
  return host_set(c, bytes.data(), static_cast<socklen_t>(size));
}

Expected<Bytes> get_address(const Call& c) {
  in_addr address{};
  socklen_t size = sizeof address;
  if (getsockopt(c.fd, c.option.host_level, c.option.host_name, &address, &size) != 0) {
    return host_error(errno);
  }
  Bytes out(sizeof address);
  std::memcpy(out.data(), &address, sizeof address);
  return out;
}

/// struct ip_mreq_source: the host has the interface before the source.
Expected<void> set_source(const Call& c) {
  struct {
    in_addr group, source, interface;
  } guest{};
  if (c.size < sizeof guest) return host_error(EINVAL);
  if (auto r = c.task.copyin(&guest, c.value, sizeof guest); !r) return r;
  const ip_mreq_source host{guest.group, guest.interface, guest.source};
  return host_set(c, &host, sizeof host);
}

Expected<void> set_dont_fragment(const Call& c) {
  const auto v = load_value<std::int32_t>(c);
  if (!v) return tl::unexpected(v.error());
  const int host = *v != 0 ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT;
  return host_set(c, &host, sizeof host);
}

Expected<Bytes> get_dont_fragment(const Call& c) {
  const auto v = host_get_int(c);
  if (!v) return tl::unexpected(v.error());
  return encode_int(c, *v == IP_PMTUDISC_DO);
}

// --- TCP -----------------------------------------------------------------------------------------

constexpr std::size_t kCongestionName = 16;  ///< TCP_CA_NAME_MAX

Expected<void> set_congestion(const Call& c) {
  if (c.size >= kCongestionName) return host_error(EINVAL);
  char name[kCongestionName] = {};
  if (auto r = c.task.copyin(name, c.value, c.size); !r) return r;
  auto r = host_set(c, name, static_cast<socklen_t>(strnlen(name, sizeof name)));
  if (!r && r.error().value == ENOENT) return host_error(ESRCH);
  return r;
}

Expected<Bytes> get_congestion(const Call& c) {
  Bytes out(kCongestionName);
  socklen_t size = kCongestionName;
  if (getsockopt(c.fd, c.option.host_level, c.option.host_name, out.data(), &size) != 0) {
    return host_error(errno);
  }
  return out;
}

/// TCPS_* of FreeBSD (sys/netinet/tcp_fsm.h) by the host's states.
constexpr std::uint8_t kTcpStates[] = {0, 4, 2, 3, 6, 9, 10, 0, 5, 8, 1, 7, 3};

Expected<Bytes> get_tcp_info(const Call& c) {
  tcp_info host{};
  socklen_t size = sizeof host;
  if (getsockopt(c.fd, c.option.host_level, c.option.host_name, &host, &size) != 0) {
    return host_error(errno);
  }
  TcpInfo t;
  t.state = host.tcpi_state < std::size(kTcpStates) ? kTcpStates[host.tcpi_state] : 0;
  // TCPI_OPT_TIMESTAMPS, _SACK, _WSCALE and _ECN have the same values.
  t.options = host.tcpi_options & 0xf;
  const auto wscale = static_cast<unsigned>(host.tcpi_snd_wscale | host.tcpi_rcv_wscale << 4);
  const bool big = c.task.model().order == ByteOrder::big;
  t.wscale = static_cast<std::uint8_t>(big ? (wscale >> 4 | wscale << 4) : wscale);
  t.rto = host.tcpi_rto;
  t.snd_mss = host.tcpi_snd_mss;
  t.rcv_mss = host.tcpi_rcv_mss;
  t.last_data_recv = host.tcpi_last_data_recv * 1000;
  t.rtt = host.tcpi_rtt;
  t.rttvar = host.tcpi_rttvar;
  t.snd_ssthresh = host.tcpi_snd_ssthresh;
  t.snd_cwnd = host.tcpi_snd_cwnd * host.tcpi_snd_mss;
  t.rcv_space = host.tcpi_rcv_space;
  t.snd_rexmitpack = host.tcpi_total_retrans;
  return encode_value(c, t);
}

// --- the table -----------------------------------------------------------------------------------

constexpr Codec kInteger{&set_integer, &get_integer};
constexpr Codec kReadInteger{nullptr, &get_integer};
constexpr Codec kFlag{&set_integer, &get_flag};
constexpr Codec kReadFlag{nullptr, &get_flag};
constexpr Codec kSmall{&set_small, &get_small};
constexpr Codec kBuffer{&set_buffer, &get_buffer};
constexpr Codec kPortRange{&set_port_range, &get_port_range};
constexpr Codec kIgnored{&set_ignored, &get_zero};
constexpr Codec kReadZero{nullptr, &get_zero};
constexpr Codec kFib{&set_fib, nullptr};
constexpr Codec kSendLow{&set_ignored, &get_send_low};
constexpr Codec kError{nullptr, &get_error};
constexpr Codec kFamily{nullptr, &get_family};
constexpr Codec kBacklogLimit{nullptr, &get_backlog_limit};
constexpr Codec kLingerCodec{&set_linger, &get_linger};
constexpr Codec kTimeout{&set_timeout, &get_timeout};
constexpr Codec kNoSigpipe{&set_no_sigpipe, &get_state<&SocketState::no_sigpipe>};
constexpr Codec kTimestamp{&set_timestamp<&SocketState::timestamp>,
                           &get_state<&SocketState::timestamp>};
constexpr Codec kBintime{&set_timestamp<&SocketState::bintime>, &get_state<&SocketState::bintime>};
constexpr Codec kTimestampClock{&set_timestamp_clock, &get_timestamp_clock};
constexpr Codec kPeerCredentials{nullptr, &get_peer_credentials};
constexpr Codec kLocalCreds{&set_local_creds, &get_state<&SocketState::local_creds>};
constexpr Codec kDestination{&set_packet_info<&SocketState::receive_destination>,
                             &get_state<&SocketState::receive_destination>};
constexpr Codec kInterface{&set_packet_info<&SocketState::receive_interface>,
                           &get_state<&SocketState::receive_interface>};
constexpr Codec kMulticastInterface{&set_addresses<sizeof(in_addr), sizeof(ip_mreqn)>,
                                    &get_address};
constexpr Codec kMembership{&set_addresses<sizeof(ip_mreq), sizeof(ip_mreqn)>, nullptr};
constexpr Codec kMembership6{&set_addresses<sizeof(ipv6_mreq), sizeof(ipv6_mreq)>, nullptr};
constexpr Codec kSource{&set_source, nullptr};
constexpr Codec kDontFragment{&set_dont_fragment, &get_dont_fragment};
constexpr Codec kCongestion{&set_congestion, &get_congestion};
constexpr Codec kTcpInfo{nullptr, &get_tcp_info};

constexpr auto kAny = Domain::any;
constexpr auto kInternet = Domain::internet;
constexpr auto kLocal = Domain::local;

constexpr Option kOptions[] = {
    {kAny, kSOL_SOCKET, kSO_DEBUG, 0, 0, &kIgnored},
    {kAny, kSOL_SOCKET, kSO_ACCEPTCONN, SOL_SOCKET, SO_ACCEPTCONN, &kReadFlag},
    {kAny, kSOL_SOCKET, kSO_REUSEADDR, SOL_SOCKET, SO_REUSEADDR, &kFlag},
    {kAny, kSOL_SOCKET, kSO_KEEPALIVE, SOL_SOCKET, SO_KEEPALIVE, &kFlag},
    {kAny, kSOL_SOCKET, kSO_DONTROUTE, SOL_SOCKET, SO_DONTROUTE, &kFlag},
    {kAny, kSOL_SOCKET, kSO_BROADCAST, SOL_SOCKET, SO_BROADCAST, &kFlag},
    {kAny, kSOL_SOCKET, kSO_USELOOPBACK, 0, 0, &kIgnored},
    {kAny, kSOL_SOCKET, kSO_LINGER, SOL_SOCKET, SO_LINGER, &kLingerCodec},
    {kAny, kSOL_SOCKET, kSO_OOBINLINE, SOL_SOCKET, SO_OOBINLINE, &kFlag},
    {kInternet, kSOL_SOCKET, kSO_REUSEPORT, SOL_SOCKET, SO_REUSEPORT, &kFlag},
    {kLocal, kSOL_SOCKET, kSO_REUSEPORT, 0, 0, &kIgnored},
    {kAny, kSOL_SOCKET, kSO_REUSEPORT_LB, SOL_SOCKET, SO_REUSEPORT, &kFlag},
    {kAny, kSOL_SOCKET, kSO_TIMESTAMP, SOL_SOCKET, SO_TIMESTAMPNS, &kTimestamp},
    {kAny, kSOL_SOCKET, kSO_BINTIME, SOL_SOCKET, SO_TIMESTAMPNS, &kBintime},
    {kAny, kSOL_SOCKET, kSO_TS_CLOCK, 0, 0, &kTimestampClock},
    {kAny, kSOL_SOCKET, kSO_NOSIGPIPE, 0, 0, &kNoSigpipe},
    {kAny, kSOL_SOCKET, kSO_NO_OFFLOAD, 0, 0, &kIgnored},
    {kAny, kSOL_SOCKET, kSO_NO_DDP, 0, 0, &kIgnored},
    {kAny, kSOL_SOCKET, kSO_SNDBUF, SOL_SOCKET, SO_SNDBUF, &kBuffer},
    {kAny, kSOL_SOCKET, kSO_RCVBUF, SOL_SOCKET, SO_RCVBUF, &kBuffer},
    {kAny, kSOL_SOCKET, kSO_SNDLOWAT, 0, 0, &kSendLow},
    {kAny, kSOL_SOCKET, kSO_RCVLOWAT, SOL_SOCKET, SO_RCVLOWAT, &kInteger},
    {kAny, kSOL_SOCKET, kSO_SNDTIMEO, SOL_SOCKET, SO_SNDTIMEO, &kTimeout},
    {kAny, kSOL_SOCKET, kSO_RCVTIMEO, SOL_SOCKET, SO_RCVTIMEO, &kTimeout},
    {kAny, kSOL_SOCKET, kSO_ERROR, SOL_SOCKET, SO_ERROR, &kError},
    {kAny, kSOL_SOCKET, kSO_TYPE, SOL_SOCKET, SO_TYPE, &kReadInteger},
    {kAny, kSOL_SOCKET, kSO_PROTOCOL, SOL_SOCKET, SO_PROTOCOL, &kReadInteger},
    {kAny, kSOL_SOCKET, kSO_DOMAIN, SOL_SOCKET, SO_DOMAIN, &kFamily},
    {kAny, kSOL_SOCKET, kSO_SETFIB, 0, 0, &kFib},
    {kAny, kSOL_SOCKET, kSO_USER_COOKIE, 0, 0, &kIgnored},
    {kAny, kSOL_SOCKET, kSO_MAX_PACING_RATE, SOL_SOCKET, SO_MAX_PACING_RATE, &kInteger},
    {kAny, kSOL_SOCKET, kSO_LISTENQLIMIT, SOL_SOCKET, SO_ACCEPTCONN, &kBacklogLimit},
    {kAny, kSOL_SOCKET, kSO_LISTENQLEN, 0, 0, &kReadZero},
    {kAny, kSOL_SOCKET, kSO_LISTENINCQLEN, 0, 0, &kReadZero},

    {kLocal, kSOL_LOCAL, kLOCAL_PEERCRED, SOL_SOCKET, SO_PEERCRED, &kPeerCredentials},
    {kLocal, kSOL_LOCAL, kLOCAL_CREDS, SOL_SOCKET, SO_PASSCRED, &kLocalCreds},
    {kLocal, kSOL_LOCAL, kLOCAL_CONNWAIT, 0, 0, &kIgnored},

    {kInternet, IPPROTO_IP, kIP_HDRINCL, IPPROTO_IP, IP_HDRINCL, &kInteger},
    {kInternet, IPPROTO_IP, kIP_TOS, IPPROTO_IP, IP_TOS, &kInteger},
    {kInternet, IPPROTO_IP, kIP_TTL, IPPROTO_IP, IP_TTL, &kInteger},
    {kInternet, IPPROTO_IP, kIP_RECVDSTADDR, IPPROTO_IP, IP_PKTINFO, &kDestination},
    {kInternet, IPPROTO_IP, kIP_RECVIF, IPPROTO_IP, IP_PKTINFO, &kInterface},
    {kInternet, IPPROTO_IP, kIP_RECVTTL, IPPROTO_IP, IP_RECVTTL, &kInteger},
    {kInternet, IPPROTO_IP, kIP_RECVTOS, IPPROTO_IP, IP_RECVTOS, &kInteger},
    {kInternet, IPPROTO_IP, kIP_MULTICAST_IF, IPPROTO_IP, IP_MULTICAST_IF, &kMulticastInterface},
    {kInternet, IPPROTO_IP, kIP_MULTICAST_TTL, IPPROTO_IP, IP_MULTICAST_TTL, &kSmall},
    {kInternet, IPPROTO_IP, kIP_MULTICAST_LOOP, IPPROTO_IP, IP_MULTICAST_LOOP, &kSmall},
    {kInternet, IPPROTO_IP, kIP_ADD_MEMBERSHIP, IPPROTO_IP, IP_ADD_MEMBERSHIP, &kMembership},
    {kInternet, IPPROTO_IP, kIP_DROP_MEMBERSHIP, IPPROTO_IP, IP_DROP_MEMBERSHIP, &kMembership},
    {kInternet, IPPROTO_IP, kIP_ADD_SOURCE_MEMBERSHIP, IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP,
     &kSource},
    {kInternet, IPPROTO_IP, kIP_DROP_SOURCE_MEMBERSHIP, IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP,
     &kSource},
    {kInternet, IPPROTO_IP, kIP_BLOCK_SOURCE, IPPROTO_IP, IP_BLOCK_SOURCE, &kSource},
    {kInternet, IPPROTO_IP, kIP_UNBLOCK_SOURCE, IPPROTO_IP, IP_UNBLOCK_SOURCE, &kSource},
    {kInternet, IPPROTO_IP, kIP_PORTRANGE, 0, 0, &kPortRange},
    {kInternet, IPPROTO_IP, kIP_BINDANY, IPPROTO_IP, IP_TRANSPARENT, &kInteger},
    {kInternet, IPPROTO_IP, kIP_MINTTL, IPPROTO_IP, IP_MINTTL, &kInteger},
    {kInternet, IPPROTO_IP, kIP_DONTFRAG, IPPROTO_IP, IP_MTU_DISCOVER, &kDontFragment},

    {kInternet, IPPROTO_IPV6, kIPV6_UNICAST_HOPS, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &kInteger},
    {kInternet, IPPROTO_IPV6, kIPV6_MULTICAST_IF, IPPROTO_IPV6, IPV6_MULTICAST_IF, &kInteger},
    {kInternet, IPPROTO_IPV6, kIPV6_MULTICAST_HOPS, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &kInteger},
    {kInternet, IPPROTO_IPV6, kIPV6_MULTICAST_LOOP, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &kInteger},
    {kInternet, IPPROTO_IPV6, kIPV6_JOIN_GROUP, IPPROTO_IPV6, IPV6_JOIN_GROUP, &kMembership6},
    {kInternet, IPPROTO_IPV6, kIPV6_LEAVE_GROUP, IPPROTO_IPV6, IPV6_LEAVE_GROUP, &kMembership6},
    {kInternet, IPPROTO_IPV6, kIPV6_PORTRANGE, 0, 0, &kPortRange},
    {kInternet, IPPROTO_IPV6, kIPV6_CHECKSUM, IPPROTO_IPV6, IPV6_CHECKSUM, &kInteger},
    {kInternet, IPPROTO_IPV6, kIPV6_V6ONLY, IPPROTO_IPV6, IPV6_V6ONLY, &kInteger},
    {kInternet, IPPROTO_IPV6, kIPV6_RECVPKTINFO, IPPROTO_IPV6, IPV6_RECVPKTINFO, &kInteger},
    {kInternet, IPPROTO_IPV6, kIPV6_RECVHOPLIMIT, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &kInteger},
    {kInternet, IPPROTO_IPV6, kIPV6_USE_MIN_MTU, 0, 0, &kIgnored},
    {kInternet, IPPROTO_IPV6, kIPV6_RECVTCLASS, IPPROTO_IPV6, IPV6_RECVTCLASS, &kInteger},
    {kInternet, IPPROTO_IPV6, kIPV6_AUTOFLOWLABEL, 0, 0, &kIgnored},
    {kInternet, IPPROTO_IPV6, kIPV6_TCLASS, IPPROTO_IPV6, IPV6_TCLASS, &kInteger},
    {kInternet, IPPROTO_IPV6, kIPV6_DONTFRAG, IPPROTO_IPV6, IPV6_DONTFRAG, &kInteger},
    {kInternet, IPPROTO_IPV6, kIPV6_BINDANY, IPPROTO_IPV6, IPV6_TRANSPARENT, &kInteger},

    {kInternet, IPPROTO_TCP, kTCP_NODELAY, IPPROTO_TCP, TCP_NODELAY, &kInteger},
    {kInternet, IPPROTO_TCP, kTCP_MAXSEG, IPPROTO_TCP, TCP_MAXSEG, &kInteger},
    {kInternet, IPPROTO_TCP, kTCP_NOPUSH, IPPROTO_TCP, TCP_CORK, &kInteger},
    {kInternet, IPPROTO_TCP, kTCP_NOOPT, 0, 0, &kIgnored},
    {kInternet, IPPROTO_TCP, kTCP_INFO, IPPROTO_TCP, TCP_INFO, &kTcpInfo},
    {kInternet, IPPROTO_TCP, kTCP_CONGESTION, IPPROTO_TCP, TCP_CONGESTION, &kCongestion},
    {kInternet, IPPROTO_TCP, kTCP_KEEPINIT, 0, 0, &kIgnored},
    {kInternet, IPPROTO_TCP, kTCP_KEEPIDLE, IPPROTO_TCP, TCP_KEEPIDLE, &kInteger},
    {kInternet, IPPROTO_TCP, kTCP_KEEPINTVL, IPPROTO_TCP, TCP_KEEPINTVL, &kInteger},
    {kInternet, IPPROTO_TCP, kTCP_KEEPCNT, IPPROTO_TCP, TCP_KEEPCNT, &kInteger},
    {kInternet, IPPROTO_TCP, kTCP_FASTOPEN, IPPROTO_TCP, TCP_FASTOPEN, &kInteger},
};

/// The option, or the error of the protocol that does not have it (uipc_ctloutput(),
/// ip_ctloutput()).
Expected<const Option*> find_option(int fd, int level, int name) {
  const auto family = host_get_int(fd, SOL_SOCKET, SO_DOMAIN);
  if (!family) return tl::unexpected(family.error());
  const Domain domain = *family == AF_UNIX ? Domain::local : Domain::internet;
  const auto* it = std::ranges::find_if(kOptions, [&](const Option& o) {
    return o.level == level && o.name == name && (o.domain == domain || o.domain == kAny);
  });
  if (it != std::end(kOptions)) return it;
  if (domain == Domain::local && level != kSOL_SOCKET) {
    return host_error(level == kSOL_LOCAL ? EOPNOTSUPP : EINVAL);
  }
  return host_error(ENOPROTOOPT);
}

}  // namespace

SysResult set_socket_option(Task& task, int fd, int level, int name, GuestAddr value,
                            std::uint32_t size) {
  const auto option = find_option(fd, level, name);
  if (!option) return option.error();
  if ((*option)->codec->set == nullptr) return HostErrno{ENOPROTOOPT};
  return SysResult::from((*option)->codec->set({task, fd, **option, value, size}));
}

Expected<std::uint32_t> get_socket_option(Task& task, int fd, int level, int name, GuestAddr value,
                                          std::uint32_t size) {
  const auto option = find_option(fd, level, name);
  if (!option) return tl::unexpected(option.error());
  if ((*option)->codec->get == nullptr) return host_error(ENOPROTOOPT);
  const auto bytes = (*option)->codec->get({task, fd, **option, value, size});
  if (!bytes) return tl::unexpected(bytes.error());
  const auto n = std::min(size, static_cast<std::uint32_t>(bytes->size()));
  if (auto r = task.copyout(value, bytes->data(), n); !r) return tl::unexpected(r.error());
  return n;
}

}  // namespace emulate::freebsd
