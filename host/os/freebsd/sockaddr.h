#pragma once

/// Socket addresses of both systems. FreeBSD's begin with a length byte and a family byte, Linux's
/// with a two-byte family; family numbers and the scope of IPv6 addresses differ, ports and
/// addresses are in network order on both.

#include <sys/socket.h>

#include <boost/container/small_vector.hpp>

#include "host/os/freebsd/abi/socket.h"
#include "host/os/param.h"

namespace emulate::freebsd {

/// An address for the host, and what must stay open while it is used.
class HostSockaddr {
 public:
  HostSockaddr() = default;
  HostSockaddr(HostSockaddr&& o) noexcept;
  HostSockaddr& operator=(HostSockaddr&&) = delete;
  ~HostSockaddr();

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  socklen_t size() const { return size_; }

  sockaddr_storage storage{};
  socklen_t size_ = 0;
  int directory = -1;  ///< of a path too long for a host address
};

/// What an address is for: binding creates the name of a local socket.
enum class AddressUse : bool { connect, bind };

/// Copies in an address of `length` bytes (getsockaddr()). Names of local sockets are relative to
/// the guest descriptor `directory`. ENAMETOOLONG, EINVAL, EFAULT, EAFNOSUPPORT.
Expected<HostSockaddr> load_sockaddr(Task& task, GuestAddr address, std::int64_t length,
                                     AddressUse use, int directory = -100);

/// An address in the guest's form, sa_len included.
using GuestSockaddr = boost::container::small_vector<std::byte, 128>;
GuestSockaddr to_guest_sockaddr(Task& task, const sockaddr_storage& address, socklen_t size);

/// Writes an address of which the guest takes `room` bytes; returns how many it got.
Expected<std::uint32_t> store_sockaddr(Task& task, GuestAddr to, std::uint32_t room,
                                       const GuestSockaddr& address);

/// Address families, -1 for one the other side has not.
int family_to_host(int guest);
int family_to_guest(int host);

}  // namespace emulate::freebsd
