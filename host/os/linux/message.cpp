#include "host/os/linux/message.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <numeric>

#include "host/os/linux/netlink.h"
#include "host/os/linux/personality.h"
#include "host/os/linux/sockaddr.h"
#include "host/os/linux/socket_values.h"
#include "host/os/linux/time.h"
#include "host/os/linux/vectors.h"

namespace emulate::linux_os {
namespace {

using Bytes = std::vector<std::byte>;

// --- ancillary data ------------------------------------------------------------------------------

/// Data behind a header starts on a multiple of the model's long.
std::size_t align(const DataModel& model, std::size_t n) {
  return (n + model.long_bytes - 1) & ~std::size_t{model.long_bytes - 1u};
}
std::size_t header_size(const DataModel& model) { return align(model, guest_size<Cmsghdr>(model)); }

OptionName name_to_host(const Port& port, int level, int name) {
  const int host = number_to_host(port.socket_levels, level);
  return {host, host == SOL_SOCKET ? number_to_host(port.socket_options, name) : name};
}
struct Control {
  Bytes bytes;
  bool truncated = false;
};

/// Takes what does not fit off a message; descriptors that the guest will not hear of are closed
/// (Linux net/core/scm.c, put_cmsg() and scm_detach_fds()).
void shorten(const Cmsghdr& h, Bytes& data, std::size_t room) {
  const bool descriptors = h.level == SOL_SOCKET && h.type == SCM_RIGHTS;
  const std::size_t kept = descriptors ? room & ~(sizeof(int) - 1) : room;
  for (std::size_t at = kept; descriptors && at + sizeof(int) <= data.size(); at += sizeof(int)) {
    int fd = -1;
    std::memcpy(&fd, &data[at], sizeof fd);
    ::close(fd);
  }
  data.resize(std::min(data.size(), kept));
}

/// Rewrites a control buffer into one of at most `room` bytes. Stops at a header that makes no
/// sense, as the kernel does.
Expected<Control> convert_control(const Task& task, Way way, const Bytes& in,
                                  std::size_t room = SIZE_MAX) {
  const Port& port = port_of(task);
  const DataModel& from = way == Way::to_host ? task.model() : kHostModel;
  const DataModel& to = way == Way::to_host ? kHostModel : task.model();
  Control result;
  Bytes& out = result.bytes;
  const std::size_t from_header = header_size(from);
  const std::size_t to_header = header_size(to);
  for (std::size_t at = 0; in.size() - at >= from_header;) {
    const auto h = decode<Cmsghdr>(from, std::span(in).subspan(at));
    if (h.length.value < from_header || h.length.value > in.size() - at) return host_error(EINVAL);
    // Types of messages are the same everywhere, unlike options'.
    const int level = way == Way::to_host ? number_to_host(port.socket_levels, h.level)
                                          : number_to_guest(port.socket_levels, h.level);
    const int host_level = way == Way::to_host ? level : h.level;
    Bytes data(in.begin() + static_cast<long>(at + from_header),
               in.begin() + static_cast<long>(at + h.length.value));
    at += std::min(align(from, h.length.value), in.size() - at);
    const std::size_t start = out.size();
    const std::size_t left = room - start;
    if (data.size() + to_header > left) {
      result.truncated = true;
      shorten(h, data, left > to_header ? left - to_header : 0);
      if (left < to_header || data.empty()) continue;
    }
    data = control_value(task, way, {host_level, h.type}, std::move(data));
    out.resize(start + std::min(align(to, to_header + data.size()), left));
    const Cmsghdr header{ULong(to_header + data.size()), level, h.type};
    (void)encode(to, header, std::span(out).subspan(start, guest_size<Cmsghdr>(to)));
    if (!data.empty()) std::memcpy(&out[start + to_header], data.data(), data.size());
  }
  return result;
}

constexpr std::size_t kMostControl = 65536;

/// A message ready for the host.
struct HostMessage {
  msghdr header{};
  HostAddress name;
  HostIovecs iovecs;
  Bytes control;
};

Expected<void> load_buffers(Task& task, const Msghdr& guest, bool received, HostMessage& m) {
  auto iovecs = load_iovecs(task, guest.iov, guest.iov_count, received);
  if (!iovecs) {
    return host_error(iovecs.error().value == EINVAL ? EMSGSIZE : iovecs.error().value);
  }
  m.iovecs = std::move(*iovecs);
  m.header.msg_iov = m.iovecs.data();
  m.header.msg_iovlen = m.iovecs.size();
  return {};
}

Expected<long> send_message(Task& task, int fd, const Msghdr& guest, std::uint32_t flags) {
  HostMessage m;
  if (auto r = load_buffers(task, guest, false, m); !r) return tl::unexpected(r.error());
  if (guest.name && guest.name_length > 0) {
    auto a = load_address(task, guest.name,
                          std::min<std::int32_t>(guest.name_length, sizeof(sockaddr_storage)));
    if (!a) return tl::unexpected(a.error());
    m.name = std::move(*a);
    m.header.msg_name = &m.name.storage;
    m.header.msg_namelen = m.name.size;
  }
  if (guest.control_length.value != 0) {
    if (guest.control_length.value > kMostControl) return host_error(ENOBUFS);
    Bytes in(guest.control_length);
    if (auto r = task.copyin(in.data(), guest.control, in.size()); !r) {
      return tl::unexpected(r.error());
    }
    auto control = convert_control(task, Way::to_host, in);
    if (!control) return tl::unexpected(control.error());
    m.control = std::move(control->bytes);
    m.header.msg_control = m.control.data();
    m.header.msg_controllen = m.control.size();
  }
  auto translated = netlink_to_host(task, fd, {m.iovecs.data(), m.iovecs.size()});
  if (!translated) return tl::unexpected(translated.error());
  iovec host_part{};
  if (translated->has_value()) {
    host_part = {(*translated)->data(), (*translated)->size()};
    m.header.msg_iov = &host_part;
    m.header.msg_iovlen = 1;
  }
  const long n = blocking_syscall(SYS_sendmsg, fd, reinterpret_cast<long>(&m.header), flags);
  if (n < 0 || !translated->has_value()) return n;
  return std::accumulate(m.iovecs.begin(), m.iovecs.end(), 0L, [](long sum, const iovec& v) {
    return sum + static_cast<long>(v.iov_len);
  });
}

/// Gives back name, control data and flags of a received message in the guest's header.
Expected<void> store_received(Task& task, Msghdr& guest, HostMessage& m) {
  if (guest.name) {
    const auto size = store_address(task, guest.name, guest.name_length, m.name);
    if (!size) return tl::unexpected(size.error());
    guest.name_length = static_cast<std::int32_t>(*size);
  }
  guest.flags = static_cast<std::uint32_t>(m.header.msg_flags);
  m.control.resize(m.header.msg_controllen);
  const auto control = convert_control(task, Way::to_guest, m.control, guest.control_length);
  if (!control) return tl::unexpected(control.error());
  if (control->truncated) guest.flags |= MSG_CTRUNC;
  const Bytes& bytes = control->bytes;
  if (auto r = task.copyout(guest.control, bytes.data(), bytes.size()); !r) return r;
  guest.control_length = bytes.size();
  return {};
}

Expected<long> receive_message(Task& task, int fd, Msghdr& guest, std::uint32_t flags) {
  HostMessage m;
  if (auto r = load_buffers(task, guest, true, m); !r) return tl::unexpected(r.error());
  if (guest.name_length < 0) return host_error(EINVAL);
  m.header.msg_name = &m.name.storage;
  m.header.msg_namelen = sizeof m.name.storage;
  // Headers and alignment of the host can be larger than the guest's: room for as many messages.
  const std::size_t room = std::min<std::size_t>(guest.control_length, kMostControl);
  const std::size_t header = header_size(task.model());
  const std::size_t more = header_size(kHostModel) - header;
  m.control.resize(room + 2 * more * (room / header));
  m.header.msg_control = m.control.empty() ? nullptr : m.control.data();
  m.header.msg_controllen = m.control.size();
  const long n = blocking_syscall(SYS_recvmsg, fd, reinterpret_cast<long>(&m.header), flags);
  if (n < 0) return n;
  m.name.size = m.header.msg_namelen;
  const bool netlink = from_netlink(m.name);
  if (auto r = store_received(task, guest, m); !r) return tl::unexpected(r.error());
  return netlink ? netlink_to_guest(task, fd, {m.iovecs.data(), m.iovecs.size()}, n)
                 : Expected<long>(n);
}

}  // namespace

SysResult sys_sendmsg(Task& task, Fd fd, GuestAddr message, Flags flags) {
  const auto number = guest_fd(task, fd);
  if (!number) return number.error();
  const auto guest = task.load<Msghdr>(message);
  if (!guest) return guest.error();
  const auto n = send_message(task, *number, *guest, bits(flags));
  if (!n) return n.error();
  return SysResult::from_raw(*n, true);
}

SysResult sys_recvmsg(Task& task, Fd fd, GuestAddr message, Flags flags) {
  const auto number = guest_fd(task, fd);
  if (!number) return number.error();
  auto guest = task.load<Msghdr>(message);
  if (!guest) return guest.error();
  const auto n = receive_message(task, *number, *guest, bits(flags));
  if (!n) return n.error();
  if (*n < 0) return SysResult::from_raw(*n, true);
  if (auto r = task.store(message, *guest); !r) return r.error();
  return SysResult::value(static_cast<std::uint64_t>(*n));
}

namespace {

/// The loop of sendmmsg() and recvmmsg(): `transfer` moves one message, an error after the first
/// is a shorter count, and `go_on` is asked between two of them.
template <class Transfer, class GoOn>
SysResult each_message(Task& task, GuestAddr messages, std::uint32_t count, Transfer&& transfer,
                       GoOn&& go_on) {
  constexpr std::uint32_t kMostMessages = 1024;  // UIO_MAXIOV
  const std::size_t size = guest_size<Mmsghdr>(task.model());
  std::uint32_t done = 0;
  const auto outcome = [&done](SysResult r) { return done != 0 ? SysResult::value(done) : r; };
  for (; done < std::min(count, kMostMessages); ++done) {
    if (done != 0 && !go_on()) break;
    const GuestAddr at = messages + done * size;
    auto guest = task.load<Mmsghdr>(at);
    if (!guest) return outcome(guest.error());
    const Expected<long> n = transfer(guest->header);
    if (!n) return outcome(n.error());
    if (*n < 0) return outcome(SysResult::from_raw(*n, true));
    guest->length = static_cast<std::uint32_t>(*n);
    if (auto r = task.store(at, *guest); !r) return outcome(r.error());
  }
  return SysResult::value(done);
}

}  // namespace

SysResult sys_sendmmsg(Task& task, Fd fd, GuestAddr messages, std::uint32_t count, Flags flags) {
  const auto number = guest_fd(task, fd);
  if (!number) return number.error();
  return each_message(
      task, messages, count,
      [&](const Msghdr& m) { return send_message(task, *number, m, bits(flags)); },
      [] { return true; });
}

template <class T>
SysResult sys_recvmmsg(Task& task, Fd fd, GuestAddr messages, std::uint32_t count, Flags flags,
                       In<T> timeout) {
  const auto number = guest_fd(task, fd);
  if (!number) return number.error();
  std::optional<Task::Deadline> deadline;
  if (timeout) {
    const auto t = load_timespec(task, timeout);
    if (!t) return t.error();
    deadline = deadline_after(*t);
  }
  std::uint32_t f = bits(flags) & ~std::uint32_t{MSG_WAITFORONE};
  return each_message(
      task, messages, count, [&](Msghdr& m) { return receive_message(task, *number, m, f); },
      // As in the kernel, the time limit is looked at between messages only.
      [&] {
        if ((bits(flags) & MSG_WAITFORONE) != 0) f |= MSG_DONTWAIT;
        return !deadline || Task::Deadline::clock::now() < *deadline;
      });
}

template SysResult sys_recvmmsg<OldTimespec>(Task&, Fd, GuestAddr, std::uint32_t, Flags,
                                             In<OldTimespec>);
template SysResult sys_recvmmsg<Timespec64>(Task&, Fd, GuestAddr, std::uint32_t, Flags,
                                            In<Timespec64>);

// --- options -------------------------------------------------------------------------------------

namespace {

constexpr std::int32_t kMostOption = 65536;

/// struct sock_fprog: a count, and where the instructions are.
SysResult attach_filter(Task& task, int fd, int name, GuestAddr value) {
  const std::size_t word = task.model().long_bytes;
  const auto count = task.load<std::uint16_t>(value);
  if (!count) return count.error();
  const auto at = task.load<GuestAddr>(value + word);
  if (!at) return at.error();
  std::vector<sock_filter> code(*count);
  if (auto r = task.copyin(code.data(), *at, code.size() * sizeof(sock_filter)); !r) {
    return r.error();
  }
  if (task.model().order == ByteOrder::big) {
    for (sock_filter& i : code) {
      i.code = __builtin_bswap16(i.code);
      i.k = __builtin_bswap32(i.k);
    }
  }
  const sock_fprog program{*count, code.data()};
  return SysResult::from_libc(::setsockopt(fd, SOL_SOCKET, name, &program, sizeof program));
}

/// Options whose values are numbers of the port's.
void number_value(const Task& task, int name, Bytes& bytes) {
  int value = 0;
  if (bytes.size() != sizeof value) return;
  std::memcpy(&value, bytes.data(), sizeof value);
  if (name == SO_TYPE) value = number_to_guest(port_of(task).socket_types, value);
  if (name == SO_ERROR) value = task.process().personality().guest_errno(value);
  std::memcpy(bytes.data(), &value, sizeof value);
}

}  // namespace

SysResult set_socket_option(Task& task, int fd, int guest_level, int guest_name, GuestAddr value,
                            int size) {
  if (size < 0 || size > kMostOption) return HostErrno{EINVAL};
  const auto [level, name] = name_to_host(port_of(task), guest_level, guest_name);
  if (level == SOL_SOCKET && (name == SO_ATTACH_FILTER || name == SO_ATTACH_REUSEPORT_CBPF)) {
    return attach_filter(task, fd, name, value);
  }
  Bytes bytes(static_cast<std::size_t>(size));
  if (auto r = task.copyin(bytes.data(), value, bytes.size()); !r) return r.error();
  bytes = option_value(task, Way::to_host, {level, name}, std::move(bytes));
  return SysResult::from_libc(
      ::setsockopt(fd, level, name, bytes.data(), static_cast<socklen_t>(bytes.size())));
}

SysResult get_socket_option(Task& task, int fd, int guest_level, int guest_name, GuestAddr value,
                            InOut<std::int32_t> size) {
  const auto room = size.load();
  if (!room) return room.error();
  if (*room < 0) return HostErrno{EINVAL};
  const auto [level, name] = name_to_host(port_of(task), guest_level, guest_name);
  // A timeval of the host is larger than a 32-bit guest's.
  const bool times = is_time_option({level, name});
  Bytes bytes(static_cast<std::size_t>(std::min(*room, kMostOption)));
  if (times) bytes.resize(std::max<std::size_t>(bytes.size(), 16));
  auto n = static_cast<socklen_t>(bytes.size());
  if (::getsockopt(fd, level, name, bytes.data(), &n) != 0) return HostErrno{errno};
  bytes.resize(std::min<std::size_t>(n, bytes.size()));
  if (level == SOL_SOCKET) number_value(task, name, bytes);
  bytes = option_value(task, Way::to_guest, {level, name}, std::move(bytes));
  const std::size_t given = std::min(bytes.size(), static_cast<std::size_t>(*room));
  if (auto r = task.copyout(value, bytes.data(), given); !r) return r.error();
  return SysResult::from(size.store(static_cast<std::int32_t>(given)));
}

}  // namespace emulate::linux_os
