#include "host/os/freebsd/message.h"

#include <net/if.h>
#include <netinet/in.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "host/os/fd.h"
#include "host/os/flags.h"
#include "host/os/freebsd/companions.h"
#include "host/os/freebsd/interface.h"
#include "host/os/freebsd/personality.h"
#include "host/os/freebsd/time.h"

namespace emulate::freebsd {
namespace {

constexpr FlagPair kMessageFlags[] = {
    {kMSG_OOB, MSG_OOB},
    {kMSG_PEEK, MSG_PEEK},
    {kMSG_DONTROUTE, MSG_DONTROUTE},
    {kMSG_EOR, MSG_EOR},
    {kMSG_TRUNC, MSG_TRUNC},
    {kMSG_CTRUNC, MSG_CTRUNC},
    {kMSG_WAITALL, MSG_WAITALL},
    {kMSG_DONTWAIT, MSG_DONTWAIT},
    {kMSG_NBIO, MSG_DONTWAIT},
    {kMSG_NOSIGNAL, MSG_NOSIGNAL},
    {kMSG_CMSG_CLOEXEC, MSG_CMSG_CLOEXEC},
};

/// Set by the kernel only.
constexpr std::uint32_t kResultFlags = kMSG_EOR | kMSG_TRUNC | kMSG_CTRUNC;
constexpr std::uint32_t kReceiveOnly = kMSG_TRUNC | kMSG_CTRUNC;

}  // namespace

int message_flags_to_host(std::uint32_t guest) {
  return static_cast<int>(flags_to_host(kMessageFlags, guest & ~kReceiveOnly));
}

std::uint32_t message_flags_to_guest(std::uint32_t asked, int host) {
  const std::uint32_t found = flags_to_guest(kMessageFlags, static_cast<std::uint32_t>(host));
  return (asked & ~kMSG_EOR) | (found & (kResultFlags | kMSG_OOB));
}

namespace {

// --- the guest's layout --------------------------------------------------------------------------

std::size_t aligned(Task& task, std::size_t n) {
  const std::size_t align = abi_of(task).control_align(task.model());
  return (n + align - 1) & ~(align - 1);
}

/// CMSG_LEN(0).
std::size_t header_space(Task& task) { return aligned(task, guest_size<Cmsghdr>(task.model())); }

/// A received or sent item without its header.
using Data = std::span<const std::byte>;

// --- sending -------------------------------------------------------------------------------------

/// The host's control buffer as it grows.
class HostControl {
 public:
  void add(int level, int type, const void* data, std::size_t size) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + CMSG_SPACE(size));
    cmsghdr header{};
    header.cmsg_len = CMSG_LEN(size);
    header.cmsg_level = level;
    header.cmsg_type = type;
    std::memcpy(&bytes_[at], &header, sizeof header);
    if (size > 0) std::memcpy(&bytes_[at + CMSG_LEN(0)], data, size);
  }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

using Send = Expected<void> (*)(Task&, Data, HostControl&);

Expected<void> send_rights(Task& task, Data in, HostControl& out) {
  std::vector<int> fds;
  for (std::size_t at = 0; at + sizeof(int) <= in.size(); at += sizeof(int)) {
    const auto raw = load_scalar(task.model(), in.data() + at, sizeof(int));
    const auto fd = guest_fd(task, Fd(static_cast<std::int32_t>(raw)));
    if (!fd) return tl::unexpected(fd.error());
    // A kqueue is of use to its process only (DFLAG_PASSABLE).
    const auto object = task.process().fds().find(*fd);
    if (object != nullptr && !object->survives_fork()) return host_error(EOPNOTSUPP);
    fds.push_back(*fd);
  }
  if (!fds.empty()) out.add(SOL_SOCKET, SCM_RIGHTS, fds.data(), fds.size() * sizeof(int));
  return {};
}

/// The kernel fills in who sends.
Expected<void> send_creds(Task&, Data, HostControl& out) {
  const ucred self{getpid(), geteuid(), getegid()};
  out.add(SOL_SOCKET, SCM_CREDENTIALS, &self, sizeof self);
  return {};
}

/// Timestamps for the receiver: the host has none between local sockets.
Expected<void> send_nothing(Task&, Data, HostControl&) { return {}; }

/// IP_SENDSRCADDR.
Expected<void> send_source(Task&, Data in, HostControl& out) {
  in_pktinfo info{};
  if (in.size() < sizeof info.ipi_spec_dst) return host_error(EINVAL);
  std::memcpy(&info.ipi_spec_dst, in.data(), sizeof info.ipi_spec_dst);
  out.add(IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
  return {};
}

Expected<void> send_tos(Task&, Data in, HostControl& out) {
  if (in.empty()) return host_error(EINVAL);
  const int tos = static_cast<int>(in[0]);
  out.add(IPPROTO_IP, IP_TOS, &tos, sizeof tos);
  return {};
}

Expected<void> send_packet_info6(Task& task, Data in, HostControl& out) {
  in6_pktinfo info{};
  if (in.size() < sizeof info) return host_error(EINVAL);
  std::memcpy(&info.ipi6_addr, in.data(), sizeof info.ipi6_addr);
  info.ipi6_ifindex = static_cast<unsigned>(
      load_scalar(task.model(), in.data() + sizeof info.ipi6_addr, sizeof info.ipi6_ifindex));
  out.add(IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
  return {};
}

template <int HostType>
Expected<void> send_int6(Task& task, Data in, HostControl& out) {
  if (in.size() < sizeof(int)) return host_error(EINVAL);
  const auto value = static_cast<int>(load_scalar(task.model(), in.data(), sizeof(int)));
  out.add(IPPROTO_IPV6, HostType, &value, sizeof value);
  return {};
}

struct SendRow {
  int level;
  int type;
  Send send;
};

constexpr SendRow kSend[] = {
    {kSOL_SOCKET, kSCM_RIGHTS, &send_rights},
    {kSOL_SOCKET, kSCM_CREDS, &send_creds},
    {kSOL_SOCKET, kSCM_TIMESTAMP, &send_nothing},
    {kSOL_SOCKET, kSCM_BINTIME, &send_nothing},
    {kSOL_SOCKET, kSCM_REALTIME, &send_nothing},
    {kSOL_SOCKET, kSCM_MONOTONIC, &send_nothing},
    {IPPROTO_IP, kIP_RECVDSTADDR, &send_source},
    {IPPROTO_IP, kIP_TOS, &send_tos},
    {IPPROTO_IPV6, kIPV6_PKTINFO, &send_packet_info6},
    {IPPROTO_IPV6, kIPV6_HOPLIMIT, &send_int6<IPV6_HOPLIMIT>},
    {IPPROTO_IPV6, kIPV6_TCLASS, &send_int6<IPV6_TCLASS>},
};

}  // namespace

Expected<std::vector<std::byte>> control_to_host(Task& task, int family, GuestAddr address,
                                                 std::uint32_t size) {
  const DataModel& model = task.model();
  const std::size_t header = guest_size<Cmsghdr>(model);
  if (size < header || size > kControlMax) return host_error(EINVAL);
  std::vector<std::byte> in(size);
  if (auto r = task.copyin(in.data(), address, size); !r) return tl::unexpected(r.error());
  HostControl out;
  const bool local = family == AF_UNIX;
  for (std::size_t at = 0; at + header <= size;) {
    const auto h = decode<Cmsghdr>(model, std::span<const std::byte>(&in[at], header));
    if (h.len < header || h.len > size - at) return host_error(EINVAL);
    const auto* row = std::ranges::find_if(
        kSend, [&](const SendRow& r) { return r.level == h.level && r.type == h.type; });
    if (local && h.level != kSOL_SOCKET) return host_error(EINVAL);
    if (row == std::end(kSend)) return host_error(local ? EINVAL : ENOPROTOOPT);
    const std::size_t start = std::min<std::size_t>(header_space(task), h.len);
    const Data data = std::span<const std::byte>(in).subspan(at + start, h.len - start);
    if (auto r = row->send(task, data, out); !r) return tl::unexpected(r.error());
    at += aligned(task, h.len);
  }
  return out.take();
}

namespace {

// --- receiving -----------------------------------------------------------------------------------

/// One item in the guest's form.
struct Item {
  int level;
  int type;
  std::vector<std::byte> data;
};

/// What the conversion of one host item has to know.
struct Received {
  Task& task;
  const SocketState* state;
  Data data;
  std::vector<Item>& out;

  template <class T>
  T host() const {
    T value{};
    std::memcpy(&value, data.data(), std::min(sizeof value, data.size()));
    return value;
  }
  template <class T>
  void add(int level, int type, const T& value) const {
    std::vector<std::byte> bytes(guest_size<T>(task.model()));
    (void)encode(task.model(), value, std::span(bytes));
    out.push_back({level, type, std::move(bytes)});
  }
};

using Receive = void (*)(const Received&);

void receive_rights(const Received& r) {
  std::vector<int> fds(r.data.size() / sizeof(int));
  std::memcpy(fds.data(), r.data.data(), fds.size() * sizeof(int));
  for (const std::vector<int>& item : take_companions(r.task, std::move(fds))) {
    std::vector<std::byte> bytes(item.size() * sizeof(int));
    for (std::size_t i = 0; i < item.size(); ++i) {
      store_scalar(r.task.model(), &bytes[i * sizeof(int)], static_cast<std::uint32_t>(item[i]),
                   sizeof(int));
    }
    r.out.push_back({kSOL_SOCKET, kSCM_RIGHTS, std::move(bytes)});
  }
}

/// LOCAL_CREDS asks for a sockcred; else a cmsgcred, if the sender sent one: without one the host
/// reports process 0.
void receive_creds(const Received& r) {
  const auto c = r.host<ucred>();
  if (r.state != nullptr && r.state->local_creds) {
    r.add(kSOL_SOCKET, kSCM_CREDS, Sockcred{c.uid, c.uid, c.gid, c.gid, 1, {c.gid}});
  } else if (c.pid != 0) {
    r.add(kSOL_SOCKET, kSCM_CREDS, Cmsgcred{c.pid, c.uid, c.uid, c.gid, 1, {c.gid}});
  }
}

Bintime to_bintime(const timespec& t) {
  // 2^64 / 10^9, as in FreeBSD's timespec2bintime().
  constexpr std::uint64_t kPerNanosecond = 18446744073ULL;
  return {Time(t.tv_sec), static_cast<std::uint64_t>(t.tv_nsec) * kPerNanosecond};
}

void receive_timestamp(const Received& r) {
  const auto t = r.host<timespec>();
  const int clock = r.state == nullptr ? kSO_TS_REALTIME_MICRO : r.state->timestamp_clock.load();
  if (r.state != nullptr && r.state->bintime) {
    r.add(kSOL_SOCKET, kSCM_BINTIME, to_bintime(t));
    return;
  }
  switch (clock) {
    case kSO_TS_BINTIME:
      r.add(kSOL_SOCKET, kSCM_BINTIME, to_bintime(t));
      break;
    case kSO_TS_REALTIME:
      r.add(kSOL_SOCKET, kSCM_REALTIME, to_guest(t));
      break;
    case kSO_TS_MONOTONIC: {
      const std::int64_t ago = now_ns(CLOCK_REALTIME) - nanoseconds(t);
      r.add(kSOL_SOCKET, kSCM_MONOTONIC, to_guest(from_nanoseconds(now_ns(CLOCK_MONOTONIC) - ago)));
      break;
    }
    default:
      r.add(kSOL_SOCKET, kSCM_TIMESTAMP, Timeval{Time(t.tv_sec), Long(t.tv_nsec / 1000)});
      break;
  }
}

/// struct sockaddr_dl without a name or a link address.
std::vector<std::byte> link_address(const DataModel& model, unsigned index) {
  constexpr std::size_t kSize = 54;  ///< sizeof(struct sockaddr_dl)
  constexpr std::size_t kHeader = 8;
  std::vector<std::byte> dl(kHeader);
  char host_name[IF_NAMESIZE] = {};
  if_indextoname(index, host_name);
  const std::string_view name = guest_interface_name(host_name);
  dl[1] = static_cast<std::byte>(kAF_LINK);
  store_scalar(model, &dl[2], index, 2);
  dl[5] = static_cast<std::byte>(name.size());
  for (const char c : name) dl.push_back(static_cast<std::byte>(c));
  dl.resize(kSize);
  dl[0] = static_cast<std::byte>(dl.size());
  return dl;
}

void receive_packet_info(const Received& r) {
  const auto info = r.host<in_pktinfo>();
  if (r.state == nullptr) return;
  if (r.state->receive_destination) {
    const auto* p = reinterpret_cast<const std::byte*>(&info.ipi_addr);
    r.out.push_back({IPPROTO_IP, kIP_RECVDSTADDR, {p, p + sizeof info.ipi_addr}});
  }
  if (r.state->receive_interface) {
    r.out.push_back({IPPROTO_IP, kIP_RECVIF,
                     link_address(r.task.model(), static_cast<unsigned>(info.ipi_ifindex))});
  }
}

template <int GuestType>
void receive_byte(const Received& r) {
  const int value = r.data.size() >= sizeof(int) ? r.host<int>() : static_cast<int>(r.data[0]);
  r.out.push_back({IPPROTO_IP, GuestType, {static_cast<std::byte>(value)}});
}

void receive_packet_info6(const Received& r) {
  const auto info = r.host<in6_pktinfo>();
  std::vector<std::byte> bytes(sizeof info);
  std::memcpy(bytes.data(), &info.ipi6_addr, sizeof info.ipi6_addr);
  store_scalar(r.task.model(), &bytes[sizeof info.ipi6_addr], info.ipi6_ifindex,
               sizeof info.ipi6_ifindex);
  r.out.push_back({IPPROTO_IPV6, kIPV6_PKTINFO, std::move(bytes)});
}

template <int GuestType>
void receive_int6(const Received& r) {
  r.add<std::int32_t>(IPPROTO_IPV6, GuestType, r.host<int>());
}

struct ReceiveRow {
  int host_level;
  int host_type;
  Receive receive;
};

constexpr ReceiveRow kReceive[] = {
    {SOL_SOCKET, SCM_RIGHTS, &receive_rights},
    {SOL_SOCKET, SCM_CREDENTIALS, &receive_creds},
    {SOL_SOCKET, SCM_TIMESTAMPNS, &receive_timestamp},
    {IPPROTO_IP, IP_PKTINFO, &receive_packet_info},
    {IPPROTO_IP, IP_TTL, &receive_byte<kIP_RECVTTL>},
    {IPPROTO_IP, IP_TOS, &receive_byte<kIP_RECVTOS>},
    {IPPROTO_IPV6, IPV6_PKTINFO, &receive_packet_info6},
    {IPPROTO_IPV6, IPV6_HOPLIMIT, &receive_int6<kIPV6_HOPLIMIT>},
    {IPPROTO_IPV6, IPV6_TCLASS, &receive_int6<kIPV6_TCLASS>},
};

/// Calls visit(header, data) for every item of a received message.
template <class Visit>
void each_item(msghdr& message, Visit visit) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_len < CMSG_LEN(0)) return;
    visit(*c, Data(reinterpret_cast<const std::byte*>(CMSG_DATA(c)), c->cmsg_len - CMSG_LEN(0)));
  }
}

std::vector<int> rights_in(const DataModel& model, Data data) {
  std::vector<int> fds;
  for (std::size_t at = 0; at + sizeof(int) <= data.size(); at += sizeof(int)) {
    fds.push_back(static_cast<int>(load_scalar(model, data.data() + at, sizeof(int))));
  }
  return fds;
}

}  // namespace

void close_rights(const std::vector<int>& fds) {
  for (const int fd : fds) {
    Task::current()->process().fds().closed(fd);
    close(fd);
  }
}

GuestControl control_to_guest(Task& task, msghdr& message, std::uint32_t room,
                              const SocketState* state) {
  std::vector<Item> items;
  each_item(message, [&](const cmsghdr& c, Data data) {
    const auto* row = std::ranges::find_if(kReceive, [&](const ReceiveRow& r) {
      return r.host_level == c.cmsg_level && r.host_type == c.cmsg_type;
    });
    if (row != std::end(kReceive)) row->receive({task, state, data, items});
  });
  const DataModel& model = task.model();
  GuestControl out;
  for (const Item& item : items) {
    const std::size_t start = header_space(task);
    const std::size_t space = start + aligned(task, item.data.size());
    // The first item that does not fit ends the list (kern_recvit()).
    out.truncated |= out.bytes.size() + space > room;
    const bool rights = item.level == kSOL_SOCKET && item.type == kSCM_RIGHTS;
    const std::vector<int> fds = rights ? rights_in(model, item.data) : std::vector<int>();
    if (out.truncated) {
      close_rights(fds);
      continue;
    }
    out.descriptors.insert(out.descriptors.end(), fds.begin(), fds.end());
    const std::size_t at = out.bytes.size();
    out.bytes.resize(at + space);
    const Cmsghdr header{static_cast<std::uint32_t>(start + item.data.size()), item.level,
                         item.type};
    (void)encode(model, header, std::span(&out.bytes[at], guest_size<Cmsghdr>(model)));
    std::ranges::copy(item.data, out.bytes.begin() + static_cast<std::ptrdiff_t>(at + start));
  }
  return out;
}

void dispose_control(msghdr& message) {
  each_item(message, [](const cmsghdr& c, Data data) {
    if (c.cmsg_level != SOL_SOCKET || c.cmsg_type != SCM_RIGHTS) return;
    close_rights(rights_in(kLe64, data));
  });
}

}  // namespace emulate::freebsd
