#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/os/linux/message.h"
#include "host/os/linux/netlink.h"
#include "host/os/linux/pass.h"
#include "host/os/linux/personality.h"
#include "host/os/linux/sockaddr.h"

/// Sockets (Linux net/socket.c).

namespace emulate::linux_os {
namespace {

constexpr std::uint32_t kTypeMask = 0xf;

/// SOCK_CLOEXEC and SOCK_NONBLOCK are the port's O_CLOEXEC and O_NONBLOCK.
int type_to_host(const Task& task, std::uint32_t type) {
  const Port& port = port_of(task);
  return number_to_host(port.socket_types, static_cast<int>(type & kTypeMask)) |
         static_cast<int>(port_flags_to_host(port.open_flags, type & ~kTypeMask));
}

SysResult sys_socket(Task& task, I32 domain, std::uint32_t type, I32 protocol) {
  if (domain == AF_NETLINK && !offers_netlink(task, protocol)) return HostErrno{EPROTONOSUPPORT};
  return SysResult::from_libc(::socket(domain, type_to_host(task, type), protocol));
}

SysResult sys_socketpair(Task& task, I32 domain, std::uint32_t type, I32 protocol, GuestAddr fds) {
  int host[2];
  if (::socketpair(domain, type_to_host(task, type), protocol, host) != 0) {
    return HostErrno{errno};
  }
  auto stored = task.store<I32>(fds, host[0]);
  if (stored) stored = task.store<I32>(fds + 4, host[1]);
  if (stored) return SysResult::ok();
  ::close(host[0]);
  ::close(host[1]);
  return stored.error();
}

SysResult sys_bind(Task& task, Fd guest, GuestAddr address, I32 size) {
  const auto fd = guest_fd(task, guest);
  if (!fd) return fd.error();
  auto a = load_address(task, address, size, true);
  if (!a) return a.error();
  return SysResult::from_libc(::bind(*fd, a->get(), a->size));
}

SysResult sys_connect(Task& task, Fd guest, GuestAddr address, I32 size) {
  const auto fd = guest_fd(task, guest);
  if (!fd) return fd.error();
  auto a = load_address(task, address, size);
  if (!a) return a.error();
  return SysResult::from_raw(
      blocking_syscall(SYS_connect, *fd, reinterpret_cast<long>(a->get()), a->size), true);
}

/// Stores an address and its true length where the guest wants them.
Expected<void> give_address(Task& task, GuestAddr address, InOut<I32> length, HostAddress& from) {
  if (!address) return {};
  const auto room = length.load();
  if (!room) return tl::unexpected(room.error());
  if (*room < 0) return host_error(EINVAL);
  const auto size = store_address(task, address, *room, from);
  if (!size) return tl::unexpected(size.error());
  return length.store(static_cast<I32>(*size));
}

SysResult accept(Task& task, Fd guest, GuestAddr address, InOut<I32> length, std::uint32_t flags) {
  const auto fd = guest_fd(task, guest);
  if (!fd) return fd.error();
  const std::uint32_t host_flags = port_flags_to_host(port_of(task).open_flags, flags);
  HostAddress a;
  const long r = blocking_syscall(SYS_accept4, *fd, reinterpret_cast<long>(&a.storage),
                                  reinterpret_cast<long>(&a.size), host_flags);
  if (r < 0) return SysResult::from_raw(r, true);
  if (auto s = give_address(task, address, length, a); !s) {
    ::close(static_cast<int>(r));
    return s.error();
  }
  return SysResult::value(static_cast<std::uint64_t>(r));
}

SysResult sys_accept(Task& task, Fd fd, GuestAddr address, InOut<I32> length) {
  return accept(task, fd, address, length, 0);
}
SysResult sys_accept4(Task& task, Fd fd, GuestAddr address, InOut<I32> length, Flags flags) {
  return accept(task, fd, address, length, bits(flags));
}

template <int (*kCall)(int, sockaddr*, socklen_t*)>
SysResult get_name(Task& task, Fd guest, GuestAddr address, InOut<I32> length) {
  const auto fd = guest_fd(task, guest);
  if (!fd) return fd.error();
  HostAddress a;
  if (kCall(*fd, a.get(), &a.size) != 0) return HostErrno{errno};
  return SysResult::from(give_address(task, address, length, a));
}
int host_getsockname(int fd, sockaddr* a, socklen_t* n) { return ::getsockname(fd, a, n); }
int host_getpeername(int fd, sockaddr* a, socklen_t* n) { return ::getpeername(fd, a, n); }

}  // namespace

// --- plain transfers -----------------------------------------------------------------------------

SysResult sys_sendto(Task& task, Fd guest, InBuffer data, Flags flags, GuestAddr address,
                     I32 size) {
  const auto fd = guest_fd(task, guest);
  if (!fd) return fd.error();
  const auto p = host_buffer(task, data.address, data.size, false);
  if (!p) return p.error();
  Expected<HostAddress> a;
  if (address) a = load_address(task, address, size);
  if (!a) return a.error();
  const iovec guest_part{*p, data.size};
  const auto translated = netlink_to_host(task, *fd, {&guest_part, 1});
  if (!translated) return translated.error();
  const bool other = translated->has_value();
  const long r =
      blocking_syscall(SYS_sendto, *fd, reinterpret_cast<long>(other ? (*translated)->data() : *p),
                       static_cast<long>(other ? (*translated)->size() : data.size), bits(flags),
                       address ? reinterpret_cast<long>(a->get()) : 0, address ? a->size : 0);
  if (r < 0 || !other) return SysResult::from_raw(r, true);
  return SysResult::value(data.size);
}

SysResult sys_recvfrom(Task& task, Fd guest, OutBuffer data, Flags flags, GuestAddr address,
                       InOut<I32> length) {
  const auto fd = guest_fd(task, guest);
  if (!fd) return fd.error();
  const auto p = host_buffer(task, data.address, data.size, true);
  if (!p) return p.error();
  HostAddress a;
  const long r = blocking_syscall(
      SYS_recvfrom, *fd, reinterpret_cast<long>(*p), static_cast<long>(data.size), bits(flags),
      reinterpret_cast<long>(&a.storage), reinterpret_cast<long>(&a.size));
  if (r < 0) return SysResult::from_raw(r, true);
  Expected<long> n = r;
  if (from_netlink(a)) {
    const iovec part{*p, data.size};
    n = netlink_to_guest(task, *fd, {&part, 1}, r);
    if (!n) return n.error();
  }
  if (auto s = give_address(task, address, length, a); !s) return s.error();
  return SysResult::value(static_cast<std::uint64_t>(*n));
}

namespace {

SysResult sys_send(Task& task, Fd fd, InBuffer data, Flags flags) {
  return sys_sendto(task, fd, data, flags, {}, 0);
}
SysResult sys_recv(Task& task, Fd fd, OutBuffer data, Flags flags) {
  return sys_recvfrom(task, fd, data, flags, {}, {});
}

// --- options -------------------------------------------------------------------------------------

SysResult sys_setsockopt(Task& task, Fd guest, I32 level, I32 name, GuestAddr value, I32 size) {
  const auto fd = guest_fd(task, guest);
  if (!fd) return fd.error();
  return set_socket_option(task, *fd, level, name, value, size);
}

SysResult sys_getsockopt(Task& task, Fd guest, I32 level, I32 name, GuestAddr value,
                         InOut<I32> size) {
  const auto fd = guest_fd(task, guest);
  if (!fd) return fd.error();
  return get_socket_option(task, *fd, level, name, value, size);
}

// --- socketcall ----------------------------------------------------------------------------------

constexpr const char* kSocketcalls[] = {
    nullptr,       "socket",     "bind",    "connect", "listen",  "accept",   "getsockname",
    "getpeername", "socketpair", "send",    "recv",    "sendto",  "recvfrom", "shutdown",
    "setsockopt",  "getsockopt", "sendmsg", "recvmsg", "accept4", "recvmmsg", "sendmmsg",
};

/// The calls of the ports that have one number for all: arguments are longs in memory.
SysResult sys_socketcall(Task& task, std::uint32_t which, GuestAddr args) {
  if (which < 1 || which >= std::size(kSocketcalls)) return HostErrno{EINVAL};
  constexpr unsigned kCounts[] = {0, 3, 3, 3, 2, 3, 3, 3, 4, 4, 4, 6, 6, 2, 5, 5, 3, 3, 4, 5, 4};
  SyscallRequest request;
  request.slot_count = kCounts[which];
  for (unsigned i = 0; i < request.slot_count; ++i) {
    const auto word = task.load<ULong>(args + i * task.model().long_bytes);
    if (!word) return word.error();
    request.slots[i] = *word;
  }
  for (const SyscallRow& r : socket_rows()) {
    if (std::string_view(r.name) != kSocketcalls[which]) continue;
    ArgCursor cursor(task, request, false);
    return r.handler(task, cursor, nullptr);
  }
  return HostErrno{EINVAL};
}

constexpr SyscallRow kRows[] = {
    call<&sys_accept>("accept"),
    call<&sys_accept4>("accept4"),
    call<&sys_bind>("bind"),
    call<&sys_connect>("connect"),
    call<&get_name<&host_getpeername>>("getpeername"),
    call<&get_name<&host_getsockname>>("getsockname"),
    call<&sys_getsockopt>("getsockopt"),
    pass<SYS_listen, Fd, I32>("listen"),
    call<&sys_recv>("recv"),
    call<&sys_recvfrom>("recvfrom"),
    call<&sys_recvmmsg<OldTimespec>>("recvmmsg"),
    call<&sys_recvmmsg<Timespec64>>("recvmmsg_time64"),
    call<&sys_recvmsg>("recvmsg"),
    call<&sys_send>("send"),
    call<&sys_sendmmsg>("sendmmsg"),
    call<&sys_sendmsg>("sendmsg"),
    call<&sys_sendto>("sendto"),
    call<&sys_setsockopt>("setsockopt"),
    pass<SYS_shutdown, Fd, I32>("shutdown"),
    partial<&sys_socket>(0, "socket",
                         "netlink in big-endian programs: interfaces, addresses, routes and "
                         "events of devices only"),
    call<&sys_socketcall>("socketcall"),
    call<&sys_socketpair>("socketpair"),
};

}  // namespace

Rows socket_rows() { return kRows; }

}  // namespace emulate::linux_os
