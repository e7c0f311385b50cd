#include "host/os/freebsd/port_range.h"

#include <netinet/in.h>

#include <cerrno>
#include <cstring>

#include "host/os/freebsd/abi/socket.h"
#include "host/os/freebsd/socket_state.h"

namespace emulate::freebsd {
namespace {

// sockaddr_in and sockaddr_in6 have it at the same place.
static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));

bool has_no_port(const sockaddr* address, socklen_t size) {
  const bool internet = address->sa_family == AF_INET || address->sa_family == AF_INET6;
  return internet && size >= sizeof(sockaddr_in) &&
         reinterpret_cast<const sockaddr_in*>(address)->sin_port == 0;
}

bool wants_low_port(Task& task, int fd) {
  const auto state = find_socket_state(task, fd);
  return state != nullptr && state->port_range == kIP_PORTRANGE_LOW;
}

}  // namespace

int bind_in_range(Task& task, int fd, const sockaddr* address, socklen_t size) {
  if (!has_no_port(address, size) || !wants_low_port(task, fd)) return bind(fd, address, size);
  sockaddr_storage named{};
  std::memcpy(&named, address, std::min<std::size_t>(size, sizeof named));
  for (int port = kLowPortFirst; port >= kLowPortLast; --port) {
    reinterpret_cast<sockaddr_in&>(named).sin_port = htons(static_cast<std::uint16_t>(port));
    if (bind(fd, reinterpret_cast<const sockaddr*>(&named), size) == 0) return 0;
    if (errno != EADDRINUSE) return -1;
  }
  errno = EADDRNOTAVAIL;
  return -1;
}

int bind_before_connect(Task& task, int fd) {
  if (!wants_low_port(task, fd)) return 0;
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  auto* address = reinterpret_cast<sockaddr*>(&name);
  if (getsockname(fd, address, &size) != 0 || !has_no_port(address, size)) return 0;
  return bind_in_range(task, fd, address, size);
}

}  // namespace emulate::freebsd
