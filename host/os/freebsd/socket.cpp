#include "host/os/freebsd/socket.h"
#include "host/os/freebsd/pipe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>

#include "host/os/fd.h"
#include "host/os/freebsd/abi/fcntl.h"
#include "host/os/freebsd/abi/signal.h"
#include "host/os/freebsd/descriptors.h"
#include "host/os/freebsd/port_range.h"
#include "host/os/freebsd/route_socket.h"
#include "host/os/freebsd/sockaddr.h"
#include "host/os/freebsd/socket_calls.h"
#include "host/os/freebsd/socket_state.h"
#include "host/os/freebsd/sockopt.h"
#include "host/os/freebsd/syscalls.h"
#include "host/signal/blocking.h"

namespace emulate::freebsd {

bool suppresses_sigpipe(Task& task, int fd) {
  const auto state = find_socket_state(task, fd);
  return state != nullptr && state->no_sigpipe;
}

SysResult send_result(Task& task, int fd, long raw, bool no_signal) {
  if (raw == -EPIPE && !no_signal && !suppresses_sigpipe(task, fd)) {
    GuestSignal signal;
    signal.signo = kSIGPIPE;
    signal.code = kSI_KERNEL;
    task.process().post_to(task.tid(), signal);
  }
  return SysResult::from_raw(raw, true);
}

namespace {

long arg(const void* p) { return reinterpret_cast<long>(p); }

// --- making --------------------------------------------------------------------------------------

struct HostType {
  int domain;
  int type;
};

/// EAFNOSUPPORT, EPROTOTYPE. `type` carries SOCK_CLOEXEC and SOCK_NONBLOCK.
Expected<HostType> host_type(std::int32_t domain, std::int32_t type) {
  const int host = domain == kAF_UNSPEC ? -1 : family_to_host(domain);
  if (host < 0) return host_error(EAFNOSUPPORT);
  const auto bits = static_cast<std::uint32_t>(type);
  // SOCK_STREAM to SOCK_SEQPACKET have the same numbers.
  int out = static_cast<int>(bits & ~(kSOCK_CLOEXEC | kSOCK_NONBLOCK));
  if (out < SOCK_STREAM || out > SOCK_SEQPACKET) return host_error(EPROTOTYPE);
  // The host makes a datagram socket of it.
  if (host == AF_UNIX && out == SOCK_RAW) return host_error(EPROTOTYPE);
  if (host == AF_NETLINK && out != SOCK_RAW) return host_error(EPROTOTYPE);
  if ((bits & kSOCK_CLOEXEC) != 0) out |= SOCK_CLOEXEC;
  if ((bits & kSOCK_NONBLOCK) != 0) out |= SOCK_NONBLOCK;
  return HostType{host, out};
}

/// socreate()'s error for a domain that has no such socket.
HostErrno no_such_socket(int error, std::int32_t protocol) {
  if (error != EINVAL && error != ESOCKTNOSUPPORT && error != EPROTONOSUPPORT) {
    return HostErrno{error};
  }
  return HostErrno{protocol == 0 ? EPROTOTYPE : EPROTONOSUPPORT};
}

SysResult sys_socket(Task& task, std::int32_t domain, std::int32_t type, std::int32_t protocol) {
  const auto t = host_type(domain, type);
  if (!t) return t.error();
  if (t->domain == AF_NETLINK) {
    const auto fd = open_route_socket(t->type & (SOCK_CLOEXEC | SOCK_NONBLOCK), protocol);
    if (!fd) return fd.error();
    return SysResult::from(limit_descriptor(task, *fd));
  }
  const int fd = socket(t->domain, t->type, protocol);
  if (fd < 0) return no_such_socket(errno, protocol);
  if (t->domain == AF_INET6) {
    // FreeBSD's default, net.inet6.ip6.v6only.
    const int on = 1;
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  return SysResult::from(limit_descriptor(task, fd));
}

Expected<void> store_pair(const OutArray<std::int32_t>& to, const int (&fds)[2]) {
  for (std::size_t i = 0; i < 2; ++i) {
    if (auto r = to.store(i, fds[i]); !r) {
      close(fds[0]);
      close(fds[1]);
      return r;
    }
  }
  return {};
}

SysResult sys_socketpair(Task& task, std::int32_t domain, std::int32_t type, std::int32_t protocol,
                         OutArray<std::int32_t> pair) {
  const auto t = host_type(domain, type);
  if (!t) return t.error();
  if (t->domain == AF_NETLINK) return HostErrno{EOPNOTSUPP};
  int fds[2];
  if (socketpair(t->domain, t->type, protocol, fds) != 0) return no_such_socket(errno, protocol);
  if (auto r = limit_descriptors(task, fds[0], fds[1]); !r) return r.error();
  return SysResult::from(store_pair(pair, fds));
}

// --- names ---------------------------------------------------------------------------------------

/// Streams have no such addresses (FreeBSD tcp_usr_bind(), tcp_usr_connect()).
bool is_multicast(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    return IN_MULTICAST(ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr));
  }
  return address.ss_family == AF_INET6 &&
         IN6_IS_ADDR_MULTICAST(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
}

bool has_local_name(int fd) {
  sockaddr_un name;
  socklen_t size = sizeof name;
  return getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) == 0 &&
         name.sun_family == AF_UNIX && size > offsetof(sockaddr_un, sun_path);
}

/// The host calls a name of another family than the socket's just invalid, and looks at the new
/// name of a local socket before it looks whether it has one.
HostErrno name_error(int fd, const sockaddr_storage& address, int host_errno) {
  if (host_errno == EADDRINUSE && address.ss_family == AF_UNIX && has_local_name(fd)) {
    return HostErrno{EINVAL};
  }
  const bool foreign = host_errno == EINVAL && address.ss_family != socket_domain(fd);
  return HostErrno{foreign ? EAFNOSUPPORT : host_errno};
}

SysResult bind_to(Task& task, Fd s, GuestAddr name, std::int32_t length, int directory) {
  const auto address = load_sockaddr(task, name, length, AddressUse::bind, directory);
  if (!address) return address.error();
  const auto fd = guest_fd(task, s);
  if (!fd) return fd.error();
  // On the host this would choose an abstract name.
  if (address->storage.ss_family == AF_UNSPEC) return HostErrno{EAFNOSUPPORT};
  if (is_multicast(address->storage) && is_stream(*fd)) return HostErrno{EAFNOSUPPORT};
  if (bind_in_range(task, *fd, address->get(), address->size()) == 0) return SysResult::ok();
  return name_error(*fd, address->storage, errno);
}

SysResult connect_to(Task& task, Fd s, GuestAddr name, std::int32_t length, int directory) {
  const auto address = load_sockaddr(task, name, length, AddressUse::connect, directory);
  if (!address) return address.error();
  const auto fd = guest_fd(task, s);
  if (!fd) return fd.error();
  if (is_multicast(address->storage) && is_stream(*fd)) return HostErrno{EAFNOSUPPORT};
  if (bind_before_connect(task, *fd) != 0) return HostErrno{errno};
  const long r = blocking_syscall(SYS_connect, *fd, arg(address->get()), address->size());
  const int family = address->storage.ss_family;
  // Datagram sockets are disconnected, and then told that the family is not theirs.
  if (family == AF_UNSPEC && r == 0) return HostErrno{EAFNOSUPPORT};
  // A local listener whose queue is full.
  if (family == AF_UNIX && r == -EAGAIN) return HostErrno{ECONNREFUSED};
  if (r == -EINVAL) return name_error(*fd, address->storage, EINVAL);
  return SysResult::from_raw(r);
}

SysResult sys_bind(Task& task, Fd s, GuestAddr name, std::int32_t length) {
  return bind_to(task, s, name, length, AT_FDCWD);
}

SysResult sys_connect(Task& task, Fd s, GuestAddr name, std::int32_t length) {
  return connect_to(task, s, name, length, AT_FDCWD);
}

SysResult sys_bindat(Task& task, Fd directory, Fd s, GuestAddr name, std::int32_t length) {
  const auto at = guest_directory_fd(task, directory);
  if (!at) return at.error();
  return bind_to(task, s, name, length, *at);
}

SysResult sys_connectat(Task& task, Fd directory, Fd s, GuestAddr name, std::int32_t length) {
  const auto at = guest_directory_fd(task, directory);
  if (!at) return at.error();
  return connect_to(task, s, name, length, *at);
}

SysResult sys_listen(Task& task, Fd s, std::int32_t backlog) {
  const auto fd = guest_fd(task, s);
  if (!fd) return fd.error();
  if (listen(*fd, backlog) != 0) return HostErrno{errno};
  const bool in_range = backlog >= 0 && backlog <= kSomaxconn;
  socket_state(task, *fd)->backlog = in_range ? backlog : kSomaxconn;
  return SysResult::ok();
}

using NameCall = int (*)(int, sockaddr*, socklen_t*);

SysResult get_name(Task& task, Fd s, GuestAddr name, InOut<std::uint32_t> length, NameCall call) {
  const auto room = length.load();
  if (!room) return room.error();
  const auto fd = guest_fd(task, s);
  if (!fd) return fd.error();
  if (is_route_socket(*fd)) return HostErrno{EINVAL};
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (call(*fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return HostErrno{errno};
  const auto stored = store_sockaddr(task, name, *room, to_guest_sockaddr(task, storage, size));
  if (!stored) return stored.error();
  return SysResult::from(length.store(*stored));
}

SysResult sys_getsockname(Task& task, Fd s, GuestAddr name, InOut<std::uint32_t> length) {
  return get_name(task, s, name, length,
                  [](int fd, sockaddr* a, socklen_t* n) { return getsockname(fd, a, n); });
}

SysResult sys_getpeername(Task& task, Fd s, GuestAddr name, InOut<std::uint32_t> length) {
  return get_name(task, s, name, length,
                  [](int fd, sockaddr* a, socklen_t* n) { return getpeername(fd, a, n); });
}

// --- accepting -----------------------------------------------------------------------------------

/// Connections inherit the options of so_options the host does not know.
void inherit_state(Task& task, int listener, int fd) {
  const auto from = find_socket_state(task, listener);
  if (from == nullptr) return;
  const auto to = socket_state(task, fd);
  to->no_sigpipe = from->no_sigpipe.load();
  to->timestamp = from->timestamp.load();
  to->bintime = from->bintime.load();
  to->timestamp_clock = from->timestamp_clock.load();
}

SysResult accept_with(Task& task, Fd s, GuestAddr name, InOut<std::uint32_t> length,
                      int host_flags) {
  std::uint32_t room = 0;
  if (name) {
    const auto loaded = length.load();
    if (!loaded) return loaded.error();
    room = *loaded;
  }
  const auto listener = guest_fd(task, s);
  if (!listener) return listener.error();
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  const long r = blocking_syscall(SYS_accept4, *listener, arg(&storage), arg(&size), host_flags);
  if (r == -EOPNOTSUPP) return HostErrno{EINVAL};  // a socket that cannot listen
  if (r < 0) return SysResult::from_raw(r, true);
  const auto limited = limit_descriptor(task, static_cast<int>(r));
  if (!limited) return limited.error();
  const int fd = *limited;
  if (name) {
    auto stored = store_sockaddr(task, name, room, to_guest_sockaddr(task, storage, size));
    const auto told = stored ? length.store(*stored) : tl::unexpected(stored.error());
    if (!told) {
      close(fd);
      return told.error();
    }
  }
  inherit_state(task, *listener, fd);
  return SysResult::value(static_cast<std::uint64_t>(fd));
}

/// accept(2) hands the listener's O_NONBLOCK and O_ASYNC on, accept4(2) does not.
SysResult sys_accept(Task& task, Fd s, GuestAddr name, InOut<std::uint32_t> length) {
  const auto listener = guest_fd(task, s);
  const int flags = listener ? fcntl(*listener, F_GETFL) : 0;
  const bool nonblock = flags >= 0 && (flags & O_NONBLOCK) != 0;
  const SysResult r = accept_with(task, s, name, length, nonblock ? SOCK_NONBLOCK : 0);
  if (r.is_value() && flags >= 0 && (flags & O_ASYNC) != 0) {
    const int fd = static_cast<int>(r.first());
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC);
  }
  return r;
}

SysResult sys_accept4(Task& task, Fd s, GuestAddr name, InOut<std::uint32_t> length, Flags flags) {
  if ((bits(flags) & ~(kSOCK_CLOEXEC | kSOCK_NONBLOCK)) != 0) return HostErrno{EINVAL};
  int host = 0;
  if ((bits(flags) & kSOCK_CLOEXEC) != 0) host |= SOCK_CLOEXEC;
  if ((bits(flags) & kSOCK_NONBLOCK) != 0) host |= SOCK_NONBLOCK;
  return accept_with(task, s, name, length, host);
}

// --- the rest ------------------------------------------------------------------------------------

SysResult sys_shutdown(Task& task, Fd s, std::int32_t how) {
  const auto fd = guest_fd(task, s);
  if (!fd) return fd.error();
  // SHUT_RD, SHUT_WR and SHUT_RDWR have the same numbers.
  if (how < SHUT_RD || how > SHUT_RDWR) return HostErrno{EINVAL};
  // Who does not read any more loses what overflows.
  if (is_route_socket(*fd)) return SysResult::ok();
  return SysResult::from_libc(shutdown(*fd, how));
}

SysResult sys_setsockopt(Task& task, Fd s, std::int32_t level, std::int32_t name, GuestAddr value,
                         std::int32_t size) {
  if (!value && size != 0) return HostErrno{EFAULT};
  if (size < 0) return HostErrno{EINVAL};
  const auto fd = guest_fd(task, s);
  if (!fd) return fd.error();
  return set_socket_option(task, *fd, level, name, value, static_cast<std::uint32_t>(size));
}

SysResult sys_getsockopt(Task& task, Fd s, std::int32_t level, std::int32_t name, GuestAddr value,
                         InOut<std::int32_t> size) {
  std::int32_t room = 0;
  if (value) {
    const auto loaded = size.load();
    if (!loaded) return loaded.error();
    room = *loaded;
  }
  if (room < 0) return HostErrno{EINVAL};
  const auto fd = guest_fd(task, s);
  if (!fd) return fd.error();
  const auto written =
      get_socket_option(task, *fd, level, name, value, static_cast<std::uint32_t>(room));
  if (!written) return written.error();
  return SysResult::from(size.store(static_cast<std::int32_t>(*written)));
}

/// The host has one routing table.
SysResult sys_setfib(Task&, std::int32_t fib) {
  return fib == 0 ? SysResult::ok() : SysResult(HostErrno{EINVAL});
}

constexpr SyscallRow kRows[] = {
    row<&sys_recvmsg>(27, "recvmsg"),
    row<&sys_sendmsg>(28, "sendmsg"),
    row<&sys_recvfrom>(29, "recvfrom"),
    row<&sys_accept>(30, "accept"),
    row<&sys_getpeername>(31, "getpeername"),
    row<&sys_getsockname>(32, "getsockname"),
    row<&sys_pipe>(42, "freebsd10_pipe"),
    partial<&sys_socket>(97, "socket", "families: local, inet, inet6, route"),
    row<&sys_connect>(98, "connect"),
    row<&sys_accept>(99, "oaccept"),
    row<&sys_send>(101, "osend"),
    row<&sys_recv>(102, "orecv"),
    row<&sys_bind>(104, "bind"),
    partial<&sys_setsockopt>(105, "setsockopt", "options: see the table in sockopt.cpp"),
    row<&sys_listen>(106, "listen"),
    partial<&sys_getsockopt>(118, "getsockopt", "options: see the table in sockopt.cpp"),
    row<&sys_recvfrom>(125, "orecvfrom"),
    row<&sys_sendto>(133, "sendto"),
    row<&sys_shutdown>(134, "shutdown"),
    row<&sys_socketpair>(135, "socketpair"),
    row<&sys_getpeername>(141, "ogetpeername"),
    row<&sys_getsockname>(150, "ogetsockname"),
    partial<&sys_setfib>(175, "setfib", "one routing table"),
    row<&sys_sendfile>(393, "sendfile"),
    row<&sys_bindat>(538, "bindat"),
    row<&sys_connectat>(539, "connectat"),
    row<&sys_accept4>(541, "accept4"),
    row<&sys_pipe2>(542, "pipe2"),
};

}  // namespace

int socket_domain(int fd) {
  int domain = -1;
  socklen_t size = sizeof domain;
  return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 ? domain : -1;
}

bool is_stream(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

Rows socket_rows() { return kRows; }

}  // namespace emulate::freebsd
