#include "host/os/linux/sockaddr.h"

#include <fcntl.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

#include "host/os/linux/pass.h"

namespace emulate::linux_os {
namespace {

/// Members in host byte order besides the family, which is one everywhere.
struct OrderedMember {
  int family;
  std::size_t offset;
  std::size_t size;
};
constexpr OrderedMember kMembers[] = {
    {AF_INET6, 24, 4},                                       // sin6_scope_id
    {AF_NETLINK, 4, 4}, {AF_NETLINK, 8, 4},                  // nl_pid, nl_groups
    {AF_PACKET, 4, 4},  {AF_PACKET, 8, 2},                   // sll_ifindex, sll_hatype
    {AF_VSOCK, 4, 4},   {AF_VSOCK, 8, 4},   {AF_CAN, 4, 4},  // port, cid; can_ifindex
};

void swap_bytes(std::byte* at, std::size_t n) { std::reverse(at, at + n); }

void swap_members(std::byte* bytes, std::size_t size, int family) {
  if (size >= 2) swap_bytes(bytes, 2);
  for (const OrderedMember& m : kMembers) {
    if (m.family == family && m.offset + m.size <= size) swap_bytes(bytes + m.offset, m.size);
  }
}

constexpr std::size_t kPathAt = offsetof(sockaddr_un, sun_path);

/// The path of a local socket as the host has it.
Expected<void> resolve_local(Task& task, HostAddress& a, bool creates) {
  auto* un = reinterpret_cast<sockaddr_un*>(&a.storage);
  if (a.size <= kPathAt || un->sun_path[0] != '/') return {};
  const std::string guest(un->sun_path, strnlen(un->sun_path, a.size - kPathAt));
  const HostPath path =
      task.process().paths().resolve(AT_FDCWD, guest, PathResolver::Follow::yes, creates);
  std::string text = path.path;
  if (text == guest) return {};
  if (text.size() >= sizeof un->sun_path) {
    const std::size_t slash = text.rfind('/');
    a.directory = FdTable::make_private(
        ::open(text.substr(0, slash).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (a.directory < 0) return host_error(ENOENT);
    text = "/proc/self/fd/" + std::to_string(a.directory) + text.substr(slash);
    if (text.size() >= sizeof un->sun_path) return host_error(ENAMETOOLONG);
  }
  std::memcpy(un->sun_path, text.c_str(), text.size() + 1);
  a.size = static_cast<socklen_t>(kPathAt + text.size() + 1);
  return {};
}

}  // namespace

HostAddress::HostAddress(HostAddress&& o) noexcept
    : storage(o.storage), size(o.size), directory(std::exchange(o.directory, -1)) {}

HostAddress& HostAddress::operator=(HostAddress&& o) noexcept {
  storage = o.storage;
  size = o.size;
  std::swap(directory, o.directory);
  return *this;
}

HostAddress::~HostAddress() {
  if (directory >= 0) ::close(directory);
}

void convert_address(const DataModel& from, const DataModel& to, std::span<std::byte> address) {
  if (from.order == to.order || address.size() < 2) return;
  const int family = static_cast<int>(load_scalar(from, address.data(), 2));
  swap_members(address.data(), address.size(), family);
}

Expected<HostAddress> load_address(Task& task, GuestAddr address, std::int32_t size, bool creates) {
  HostAddress a;
  if (size < 0 || static_cast<std::size_t>(size) > sizeof a.storage) return host_error(EINVAL);
  a.size = static_cast<socklen_t>(size);
  auto* bytes = reinterpret_cast<std::byte*>(&a.storage);
  if (auto r = task.copyin(bytes, address, a.size); !r) return tl::unexpected(r.error());
  convert_address(task.model(), kHostModel, {bytes, a.size});
  if (a.size >= 2 && a.storage.ss_family == AF_UNIX) {
    if (auto r = resolve_local(task, a, creates); !r) return tl::unexpected(r.error());
  }
  return a;
}

Expected<std::uint32_t> store_address(Task& task, GuestAddr address, std::int32_t room,
                                      HostAddress& from) {
  auto* bytes = reinterpret_cast<std::byte*>(&from.storage);
  const int family = from.storage.ss_family;
  if (family == AF_UNIX && from.size > kPathAt) {
    auto* un = reinterpret_cast<sockaddr_un*>(&from.storage);
    if (un->sun_path[0] == '/') {
      const std::string host(un->sun_path, strnlen(un->sun_path, from.size - kPathAt));
      const std::string guest = task.process().paths().to_guest(host);
      std::memcpy(un->sun_path, guest.c_str(), guest.size() + 1);
      from.size = static_cast<socklen_t>(kPathAt + guest.size() + 1);
    }
  }
  convert_address(kHostModel, task.model(),
                  {bytes, std::min<std::size_t>(from.size, sizeof from.storage)});
  const std::size_t n = std::min<std::size_t>(from.size, static_cast<std::size_t>(room));
  if (auto r = task.copyout(address, bytes, std::min(n, sizeof from.storage)); !r) {
    return tl::unexpected(r.error());
  }
  return from.size;
}

}  // namespace emulate::linux_os
