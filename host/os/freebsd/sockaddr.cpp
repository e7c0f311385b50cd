#include "host/os/freebsd/sockaddr.h"
#include "host/os/freebsd/ktrace.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "host/os/fd.h"
#include "host/vfs/path_resolver.h"

namespace emulate::freebsd {

HostSockaddr::HostSockaddr(HostSockaddr&& o) noexcept
    : storage(o.storage), size_(o.size_), directory(std::exchange(o.directory, -1)) {}

HostSockaddr::~HostSockaddr() {
  if (directory >= 0) close(directory);
}

namespace {

using GuestBytes = std::span<const std::byte>;

constexpr std::size_t kInet = sizeof(sockaddr_in);  // the same on both systems
constexpr std::size_t kInet6 = sizeof(sockaddr_in6);
constexpr std::size_t kScopeOffset = offsetof(sockaddr_in6, sin6_scope_id);

struct Conversion {
  Task& task;
  AddressUse use;
  int directory;
};

/// Network-order fields stand at the same places.
Expected<void> inet_to_host(const Conversion&, GuestBytes in, HostSockaddr& out) {
  if (in.size() != kInet) return host_error(EINVAL);
  std::memcpy(&out.storage, in.data(), in.size());
  out.size_ = kInet;
  return {};
}

Expected<void> inet6_to_host(const Conversion& c, GuestBytes in, HostSockaddr& out) {
  if (in.size() != kInet6) return host_error(EINVAL);
  std::memcpy(&out.storage, in.data(), in.size());
  reinterpret_cast<sockaddr_in6&>(out.storage).sin6_scope_id = static_cast<std::uint32_t>(
      load_scalar(c.task.model(), in.data() + kScopeOffset, sizeof(std::uint32_t)));
  out.size_ = kInet6;
  return {};
}

/// Room for a path with its NUL.
constexpr std::size_t kHostPath = sizeof(sockaddr_un::sun_path);

/// A path that does not fit, by way of its directory's descriptor.
Expected<std::string> shorten(const HostPath& path, HostSockaddr& out) {
  const std::size_t slash = path.path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : path.path.substr(0, slash + 1);
  const std::string name = slash == std::string::npos ? path.path : path.path.substr(slash + 1);
  const int fd = openat(path.dirfd, parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return host_error(errno);
  out.directory = FdTable::make_private(fd);
  if (out.directory < 0) return host_error(errno);
  return fmt::format("/proc/self/fd/{}/{}", out.directory, name);
}

Expected<void> local_to_host(const Conversion& c, GuestBytes in, HostSockaddr& out) {
  if (in.size() > kSockaddrUnSize || in.size() <= kSockaddrHeader) return host_error(EINVAL);
  const auto* text = reinterpret_cast<const char*>(in.data()) + kSockaddrHeader;
  const std::string guest(text, strnlen(text, in.size() - kSockaddrHeader));
  if (guest.empty()) return host_error(ENOENT);
  const bool bind = c.use == AddressUse::bind;
  const HostPath path = c.task.process().paths().resolve(
      c.directory, guest, bind ? PathResolver::Follow::no : PathResolver::Follow::yes, bind);
  std::string name = path.path;
  if (path.dirfd != AT_FDCWD && !name.starts_with('/')) {
    name = fmt::format("/proc/self/fd/{}/{}", path.dirfd, path.path);
  }
  if (name.size() >= kHostPath) {
    auto shorter = shorten(path, out);
    if (!shorter) return tl::unexpected(shorter.error());
    name = *shorter;
  }
  if (name.size() >= kHostPath) return host_error(ENAMETOOLONG);
  auto& un = reinterpret_cast<sockaddr_un&>(out.storage);
  std::memcpy(un.sun_path, name.c_str(), name.size() + 1);
  out.size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + 1);
  return {};
}

/// A disconnecting address.
Expected<void> unspec_to_host(const Conversion&, GuestBytes, HostSockaddr& out) {
  out.size_ = sizeof(sockaddr);
  return {};
}

void inet_to_guest(Task&, const sockaddr_storage& in, socklen_t, GuestSockaddr& out) {
  out.resize(kInet);
  std::memcpy(out.data(), &in, kInet);
}

void inet6_to_guest(Task& task, const sockaddr_storage& in, socklen_t, GuestSockaddr& out) {
  out.resize(kInet6);
  std::memcpy(out.data(), &in, kInet6);
  store_scalar(task.model(), out.data() + kScopeOffset,
               reinterpret_cast<const sockaddr_in6&>(in).sin6_scope_id, sizeof(std::uint32_t));
}

/// Without a name: sun_noname (FreeBSD sys/kern/uipc_usrreq.c), as long as a plain sockaddr. The
/// host's abstract names are none for the guest.
void local_to_guest(Task& task, const sockaddr_storage& in, socklen_t size, GuestSockaddr& out) {
  const auto& un = reinterpret_cast<const sockaddr_un&>(in);
  constexpr std::size_t kHeader = offsetof(sockaddr_un, sun_path);
  const std::size_t room = size > kHeader ? std::min(size - kHeader, kHostPath) : 0;
  const std::string host(un.sun_path, strnlen(un.sun_path, room));
  if (host.empty()) {
    constexpr std::size_t kNoName = 16;
    out.resize(kNoName);
    return;
  }
  const std::string name = task.process().paths().to_guest(host);
  out.resize(std::min(kSockaddrHeader + name.size() + 1, kSockaddrUnSize));
  std::memcpy(out.data() + kSockaddrHeader, name.data(),
              std::min(name.size(), out.size() - kSockaddrHeader));
}

/// Routing sockets have no addresses (raw_bind(), raw_connect()).
Expected<void> route_to_host(const Conversion&, GuestBytes, HostSockaddr&) {
  return host_error(EINVAL);
}

void route_to_guest(Task&, const sockaddr_storage&, socklen_t, GuestSockaddr& out) {
  out.resize(kSockaddrHeader);
}

struct Family {
  int guest;
  int host;
  Expected<void> (*to_host)(const Conversion&, GuestBytes, HostSockaddr&);
  void (*to_guest)(Task&, const sockaddr_storage&, socklen_t, GuestSockaddr&);
};

constexpr Family kFamilies[] = {
    {kAF_UNSPEC, AF_UNSPEC, &unspec_to_host, nullptr},
    {kAF_UNIX, AF_UNIX, &local_to_host, &local_to_guest},
    {kAF_INET, AF_INET, &inet_to_host, &inet_to_guest},
    {kAF_INET6, AF_INET6, &inet6_to_host, &inet6_to_guest},
    {kAF_ROUTE, AF_NETLINK, &route_to_host, &route_to_guest},
};

const Family* find_family(int Family::*member, int value) {
  const auto* it = std::ranges::find(kFamilies, value, member);
  return it == std::end(kFamilies) ? nullptr : it;
}

}  // namespace

int family_to_host(int guest) {
  const Family* f = find_family(&Family::guest, guest);
  return f == nullptr ? -1 : f->host;
}

int family_to_guest(int host) {
  const Family* f = find_family(&Family::host, host);
  return f == nullptr ? -1 : f->guest;
}

Expected<HostSockaddr> load_sockaddr(Task& task, GuestAddr address, std::int64_t length,
                                     AddressUse use, int directory) {
  if (length < 0 || length > static_cast<std::int64_t>(kSockMaxAddrLen)) {
    return host_error(ENAMETOOLONG);
  }
  if (length < static_cast<std::int64_t>(kSockaddrHeader)) return host_error(EINVAL);
  std::byte bytes[kSockMaxAddrLen];
  const auto size = static_cast<std::size_t>(length);
  if (auto r = task.copyin(bytes, address, size); !r) return tl::unexpected(r.error());
  bytes[0] = static_cast<std::byte>(size);  // as the kernel's getsockaddr() sets it
  ktrace_struct(task, "sockaddr", std::span<const std::byte>(bytes, size));
  const Family* family = find_family(&Family::guest, static_cast<int>(bytes[1]));
  if (family == nullptr) return host_error(EAFNOSUPPORT);
  HostSockaddr out;
  const Conversion conversion{task, use, directory};
  if (auto r = family->to_host(conversion, std::span(bytes, size), out); !r) {
    return tl::unexpected(r.error());
  }
  out.storage.ss_family = static_cast<sa_family_t>(family->host);
  return out;
}

GuestSockaddr to_guest_sockaddr(Task& task, const sockaddr_storage& address, socklen_t size) {
  GuestSockaddr out;
  const Family* family = find_family(&Family::host, address.ss_family);
  if (size < sizeof(sa_family_t) || family == nullptr || family->to_guest == nullptr) return out;
  family->to_guest(task, address, size, out);
  out[0] = static_cast<std::byte>(out.size());
  out[1] = static_cast<std::byte>(family->guest);
  return out;
}

Expected<std::uint32_t> store_sockaddr(Task& task, GuestAddr to, std::uint32_t room,
                                       const GuestSockaddr& address) {
  if (!address.empty()) ktrace_struct(task, "sockaddr", std::span(address.data(), address.size()));
  const auto n = std::min(room, static_cast<std::uint32_t>(address.size()));
  if (auto r = task.copyout(to, address.data(), n); !r) return tl::unexpected(r.error());
  return n;
}

}  // namespace emulate::freebsd
