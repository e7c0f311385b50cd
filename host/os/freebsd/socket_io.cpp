/// Sending and receiving (FreeBSD sys/kern/uipc_syscalls.c, kern_sendfile.c).

#include <fcntl.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "host/os/fd.h"
#include "host/os/freebsd/companions.h"
#include "host/os/freebsd/ktrace.h"
#include "host/os/freebsd/message.h"
#include "host/os/freebsd/route_socket.h"
#include "host/os/freebsd/sockaddr.h"
#include "host/os/freebsd/socket.h"
#include "host/os/freebsd/socket_calls.h"
#include "host/os/freebsd/time.h"
#include "host/os/freebsd/uio.h"
#include "host/os/freebsd/usage.h"
#include "host/signal/blocking.h"

namespace emulate::freebsd {
namespace {

long arg(const void* p) { return reinterpret_cast<long>(p); }

std::span<const iovec> buffers(const HostIovecs& v) { return {v.data(), v.size()}; }

/// A message to send: everything the guest's memory says, read once.
struct Outgoing {
  std::optional<HostSockaddr> to;
  HostIovecs iovecs;
  GuestAddr control;
  std::uint32_t control_size = 0;
};

/// kern_sendit().
SysResult send_message(Task& task, Fd s, Outgoing& out, Flags flags) {
  const auto fd = guest_fd(task, s);
  if (!fd) return fd.error();
  if (is_route_socket(*fd)) {
    if (out.to) return HostErrno{EISCONN};
    return send_route_message(task, *fd, buffers(out.iovecs));
  }
  std::vector<std::byte> control;
  if (out.control) {
    const int domain = socket_domain(*fd);
    auto converted = control_to_host(task, domain, out.control, out.control_size);
    if (!converted) return converted.error();
    control = std::move(*converted);
    // The host's streams would send nothing, and lose the descriptors.
    const auto empty = [](const iovec& i) { return i.iov_len == 0; };
    if (domain == AF_UNIX && is_stream(*fd) && std::ranges::all_of(out.iovecs, empty)) {
      return HostErrno{EOPNOTSUPP};
    }
  }
  const SentCompanions companions(task, *fd, control);
  msghdr message{};
  if (out.to) {
    message.msg_name = &out.to->storage;
    message.msg_namelen = out.to->size();
  }
  message.msg_iov = out.iovecs.data();
  message.msg_iovlen = out.iovecs.size();
  if (!control.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
  }
  // SIGPIPE is ours to raise.
  const int host_flags = message_flags_to_host(bits(flags)) | MSG_NOSIGNAL;
  const long r = blocking_syscall(SYS_sendmsg, *fd, arg(&message), host_flags);
  if (r >= 0) count_usage<&UsageCounts::sent>();
  ktrace_io(task, *fd, true, buffers(out.iovecs), r);
  if (r >= 0 && (bits(flags) & kMSG_EOF) != 0) shutdown(*fd, SHUT_WR);
  return send_result(task, *fd, r, (bits(flags) & kMSG_NOSIGNAL) != 0);
}

Expected<HostIovecs> one_buffer(Task& task, GuestAddr buf, std::uint64_t size, Access access) {
  if (size > iosize_max(task.model())) return host_error(EINVAL);
  const auto p = host_buffer(task, buf, size, access);
  if (!p) return tl::unexpected(p.error());
  HostIovecs out;
  out.push_back({*p, size});
  return out;
}

/// copyiniov(): too many are EMSGSIZE here.
Expected<HostIovecs> message_buffers(Task& task, const Msghdr& m, Access access) {
  if (m.iovlen < 0 || m.iovlen > static_cast<std::int32_t>(kUioMaxIov)) {
    return host_error(EMSGSIZE);
  }
  return load_iovecs(task, m.iov, static_cast<std::uint32_t>(m.iovlen), access);
}

// --- receiving -----------------------------------------------------------------------------------

/// Where a message goes; members are updated to what the guest is told.
struct Incoming {
  GuestAddr name;
  std::uint32_t name_room = 0;
  HostIovecs iovecs;
  GuestAddr control;
  std::uint32_t control_room = 0;
  std::uint32_t flags = 0;
};

/// Waits for input as long as a receive would. 0, or the error that it would give.
long wait_readable(int fd, int host_flags) {
  if ((host_flags & MSG_DONTWAIT) != 0 || (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0) return 0;
  timeval limit{};
  socklen_t size = sizeof limit;
  getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, &size);
  timespec left{limit.tv_sec, limit.tv_usec * 1000};
  const bool limited = left.tv_sec != 0 || left.tv_nsec != 0;
  pollfd p{fd, POLLIN, 0};
  constexpr long kHostSigsetSize = 8;
  const long r =
      blocking_syscall(SYS_ppoll, arg(&p), 1, limited ? arg(&left) : 0, 0, kHostSigsetSize);
  if (r < 0) return r;
  return r == 0 ? -EAGAIN : 0;
}

/// Receives on a local socket with the sender's credentials, if it sent some. The host would attach
/// them to every message sent while the receiver asks for them, so it is asked only for the moment
/// of the call, in which nothing has to be waited for.
long receive_with_credentials(int fd, msghdr& message, int host_flags) {
  for (;;) {
    if (const long r = wait_readable(fd, host_flags); r < 0) return r;
    const int on = 1;
    const int off = 0;
    setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
    const long r = recvmsg(fd, &message, host_flags | MSG_DONTWAIT);
    const int error = errno;
    setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &off, sizeof off);
    if (r >= 0) return r;
    const bool nonblocking =
        (host_flags & MSG_DONTWAIT) != 0 || (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
    if (error != EAGAIN || nonblocking) return -error;
  }
}

/// What the guest is told of a message besides its data.
Expected<void> store_details(Task& task, Incoming& in, msghdr& message, const SocketState* state) {
  if (in.name || ktraced()) {
    const auto* storage = static_cast<const sockaddr_storage*>(message.msg_name);
    const auto stored = store_sockaddr(task, in.name, in.name ? in.name_room : 0,
                                       to_guest_sockaddr(task, *storage, message.msg_namelen));
    if (!stored) {
      dispose_control(message);
      return tl::unexpected(stored.error());
    }
    if (in.name) in.name_room = *stored;
  }
  in.flags = message_flags_to_guest(in.flags, message.msg_flags & ~MSG_CTRUNC);
  if (!in.control) {
    dispose_control(message);
    return {};
  }
  const GuestControl control = control_to_guest(task, message, in.control_room, state);
  if (control.truncated || (message.msg_flags & MSG_CTRUNC) != 0) in.flags |= kMSG_CTRUNC;
  in.control_room = static_cast<std::uint32_t>(control.bytes.size());
  const auto stored = task.copyout(in.control, control.bytes.data(), control.bytes.size());
  if (!stored) {
    close_rights(control.descriptors);
  }
  return stored;
}

SysResult receive_route(Task& task, int fd, Incoming& in) {
  const auto r =
      receive_route_message(task, fd, buffers(in.iovecs), message_flags_to_host(in.flags));
  if (r.count < 0) return SysResult::from_raw(r.count, true);
  sockaddr_storage from{};
  from.ss_family = AF_NETLINK;
  msghdr message{};
  message.msg_name = &from;
  message.msg_namelen = sizeof(sa_family_t);
  message.msg_flags = r.truncated ? MSG_TRUNC : 0;
  if (auto stored = store_details(task, in, message, nullptr); !stored) return stored.error();
  return SysResult::value(static_cast<std::uint64_t>(r.count));
}

/// kern_recvit().
SysResult receive_message(Task& task, Fd s, Incoming& in) {
  const auto fd = guest_fd(task, s);
  if (!fd) return fd.error();
  if (is_route_socket(*fd)) return receive_route(task, *fd, in);
  constexpr std::size_t kHostControl = 4096;
  alignas(cmsghdr) std::byte control[kHostControl];
  sockaddr_storage storage{};
  msghdr message{};
  message.msg_name = &storage;
  message.msg_namelen = sizeof storage;
  message.msg_iov = in.iovecs.data();
  message.msg_iovlen = in.iovecs.size();
  message.msg_control = control;
  message.msg_controllen = in.control ? sizeof control : 0;
  const int host_flags = message_flags_to_host(in.flags);
  const auto state = find_socket_state(task, *fd);
  const bool local_creds = state != nullptr && state->local_creds;
  const bool with_credentials = in.control && !local_creds && socket_domain(*fd) == AF_UNIX;
  const long r = with_credentials ? receive_with_credentials(*fd, message, host_flags)
                                  : blocking_syscall(SYS_recvmsg, *fd, arg(&message), host_flags);
  if (r < 0) return SysResult::from_raw(r, true);
  count_usage<&UsageCounts::received>();
  ktrace_io(task, *fd, false, buffers(in.iovecs), r);
  if (auto stored = store_details(task, in, message, state.get()); !stored) {
    return stored.error();
  }
  return SysResult::value(static_cast<std::uint64_t>(r));
}

}  // namespace

SysResult sys_sendto(Task& task, Fd s, GuestAddr buf, ULong size, Flags flags, GuestAddr to,
                     std::int32_t to_length) {
  Outgoing out;
  if (to) {
    auto address = load_sockaddr(task, to, to_length, AddressUse::connect);
    if (!address) return address.error();
    out.to.emplace(std::move(*address));
  }
  auto iovecs = one_buffer(task, buf, size, Access::read);
  if (!iovecs) return iovecs.error();
  out.iovecs = std::move(*iovecs);
  return send_message(task, s, out, flags);
}

SysResult sys_send(Task& task, Fd s, GuestAddr buf, std::int32_t size, Flags flags) {
  if (size < 0) return HostErrno{EINVAL};
  return sys_sendto(task, s, buf, static_cast<std::uint64_t>(size), flags, {}, 0);
}

SysResult sys_sendmsg(Task& task, Fd s, In<Msghdr> message, Flags flags) {
  const auto m = message.load();
  if (!m) return m.error();
  auto iovecs = message_buffers(task, *m, Access::read);
  if (!iovecs) return iovecs.error();
  Outgoing out;
  if (m->name) {
    auto address = load_sockaddr(task, m->name, m->namelen, AddressUse::connect);
    if (!address) return address.error();
    out.to.emplace(std::move(*address));
  }
  out.iovecs = std::move(*iovecs);
  out.control = m->control;
  out.control_size = m->controllen;
  return send_message(task, s, out, flags);
}

SysResult sys_recvfrom(Task& task, Fd s, GuestAddr buf, ULong size, Flags flags, GuestAddr from,
                       InOut<std::uint32_t> from_length) {
  Incoming in;
  if (from_length) {
    const auto room = from_length.load();
    if (!room) return room.error();
    in.name_room = *room;
  }
  auto iovecs = one_buffer(task, buf, size, Access::write);
  if (!iovecs) return iovecs.error();
  in.name = from;
  in.iovecs = std::move(*iovecs);
  in.flags = bits(flags);
  const SysResult r = receive_message(task, s, in);
  if (!r.is_value() || !from_length) return r;
  if (auto stored = from_length.store(in.name_room); !stored) return stored.error();
  return r;
}

SysResult sys_recv(Task& task, Fd s, GuestAddr buf, std::int32_t size, Flags flags) {
  if (size < 0) return HostErrno{EINVAL};
  return sys_recvfrom(task, s, buf, static_cast<std::uint64_t>(size), flags, {}, {});
}

SysResult sys_recvmsg(Task& task, Fd s, InOut<Msghdr> message, Flags flags) {
  auto m = message.load();
  if (!m) return m.error();
  auto iovecs = message_buffers(task, *m, Access::write);
  if (!iovecs) return iovecs.error();
  Incoming in{m->name, m->namelen, std::move(*iovecs), m->control, m->controllen, bits(flags)};
  const SysResult r = receive_message(task, s, in);
  if (!r.is_value()) return r;
  if (m->name) m->namelen = in.name_room;
  if (m->control) m->controllen = in.control_room;
  m->flags = static_cast<std::int32_t>(in.flags);
  if (auto stored = message.store(*m); !stored) return stored.error();
  return r;
}

// --- sendfile ------------------------------------------------------------------------------------

namespace {

/// One sendfile(2) in progress.
struct Transfer {
  Task& task;
  int file;
  int socket;
  std::int64_t sent = 0;

  /// Sends headers or trailers; EPIPE and the like as errors, less than everything as EAGAIN.
  Expected<void> send_list(const HostIovecs& list, bool more) {
    HostIovecs left = list;
    std::size_t first = 0;
    while (first < left.size()) {
      msghdr message{};
      message.msg_iov = &left[first];
      message.msg_iovlen = left.size() - first;
      const long n = blocking_syscall(SYS_sendmsg, socket, arg(&message), more ? MSG_MORE : 0);
      if (n < 0) return host_error(static_cast<int>(-n));
      sent += n;
      auto gone = static_cast<std::size_t>(n);
      while (first < left.size() && gone >= left[first].iov_len) gone -= left[first++].iov_len;
      if (first == left.size()) break;
      left[first].iov_base = static_cast<std::byte*>(left[first].iov_base) + gone;
      left[first].iov_len -= gone;
    }
    return {};
  }

  /// `bytes` 0: to the end of the file.
  Expected<void> send_file(std::int64_t offset, std::uint64_t bytes) {
    constexpr std::uint64_t kMost = 0x7fff'f000;
    const bool to_end = bytes == 0;
    while (to_end || bytes > 0) {
      const auto size = static_cast<long>(to_end ? kMost : std::min(bytes, kMost));
      const long n = blocking_syscall(SYS_sendfile, socket, file, arg(&offset), size);
      if (n < 0) return host_error(static_cast<int>(-n));
      if (n == 0) break;
      sent += n;
      if (!to_end) bytes -= static_cast<std::uint64_t>(n);
    }
    return {};
  }
};

struct Edges {
  HostIovecs headers;
  HostIovecs trailers;
};

Expected<Edges> load_edges(Task& task, const In<SfHdtr>& hdtr) {
  Edges e;
  if (!hdtr) return e;
  const auto h = hdtr.load();
  if (!h) return tl::unexpected(h.error());
  if (h->headers) {
    auto list = load_iovecs(task, h->headers, static_cast<std::uint32_t>(h->hdr_cnt), Access::read);
    if (!list) return tl::unexpected(list.error());
    e.headers = std::move(*list);
  }
  if (h->trailers) {
    auto list =
        load_iovecs(task, h->trailers, static_cast<std::uint32_t>(h->trl_cnt), Access::read);
    if (!list) return tl::unexpected(list.error());
    e.trailers = std::move(*list);
  }
  return e;
}

Expected<void> check_sendfile(int file, int socket) {
  struct stat st {};
  if (fstat(file, &st) != 0) return host_error(errno);
  if ((fcntl(file, F_GETFL) & O_ACCMODE) == O_WRONLY) return host_error(EBADF);
  if (!S_ISREG(st.st_mode)) return host_error(EINVAL);
  int type = 0;
  socklen_t size = sizeof type;
  if (getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) != 0) return host_error(errno);
  if (type != SOCK_STREAM) return host_error(EINVAL);
  sockaddr_storage peer{};
  size = sizeof peer;
  if (getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) != 0) {
    return host_error(ENOTCONN);
  }
  return {};
}

}  // namespace

/// The host's sendfile raises SIGPIPE itself. Never restarted: part may have been sent.
SysResult sys_sendfile(Task& task, Fd file, Fd s, std::int64_t offset, ULong bytes,
                       In<SfHdtr> headers, Out<std::int64_t> sent, Flags) {
  if (offset < 0) return HostErrno{EINVAL};
  const auto edges = load_edges(task, headers);
  if (!edges) return edges.error();
  const auto from = guest_fd(task, file);
  if (!from) return from.error();
  const auto to = guest_fd(task, s);
  if (!to) return to.error();
  Transfer transfer{task, *from, *to};
  auto r = check_sendfile(*from, *to);
  if (r) r = transfer.send_list(edges->headers, true);
  if (r) r = transfer.send_file(offset, bytes);
  if (r) r = transfer.send_list(edges->trailers, false);
  if (sent) (void)sent.store(transfer.sent);
  if (r) return SysResult::ok();
  return r.error();
}

}  // namespace emulate::freebsd
