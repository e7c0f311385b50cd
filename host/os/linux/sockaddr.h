#pragma once

/// Socket addresses. Guest and host differ in the byte order of some members, and in what the
/// paths of local sockets mean.

#include <sys/socket.h>

#include "host/os/param.h"

namespace emulate::linux_os {

struct HostAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);
  int directory = -1;  ///< of a path too long for a host address; open as long as this lives

  HostAddress() = default;
  HostAddress(HostAddress&& o) noexcept;
  HostAddress& operator=(HostAddress&& o) noexcept;
  ~HostAddress();
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

/// Rewrites an address that is part of something else; exactly one model is the host's.
void convert_address(const DataModel& from, const DataModel& to, std::span<std::byte> address);

/// Whether a message came from a netlink socket: those always say so.
inline bool from_netlink(const HostAddress& from) {
  return from.size >= sizeof(sa_family_t) && from.storage.ss_family == AF_NETLINK;
}

/// `creates`: bind(2). EINVAL, EFAULT.
Expected<HostAddress> load_address(Task& task, GuestAddr address, std::int32_t size,
                                   bool creates = false);

/// Stores as much of a host address as the guest's buffer of `room` bytes takes; the true length.
Expected<std::uint32_t> store_address(Task& task, GuestAddr address, std::int32_t room,
                                      HostAddress& from);

}  // namespace emulate::linux_os
