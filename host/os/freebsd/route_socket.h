#pragma once

/// Routing sockets (FreeBSD sys/net/rtsock.c) on the host's netlink sockets: what the host tells of
/// interfaces, addresses and routes becomes routing messages when it is read, and what answers a
/// request comes the same way.

#include <atomic>
#include <span>

#include "host/os/freebsd/uio.h"

namespace emulate::freebsd {

/// The process has had one: those that transfer must look.
inline std::atomic<bool> route_sockets_used = false;

/// `flags`: the host's SOCK_CLOEXEC and SOCK_NONBLOCK. `protocol`: the guest's family that it is to
/// hear of, 0 for all.
Expected<int> open_route_socket(int flags, std::int32_t protocol);

bool is_any_route_socket(int fd);
inline bool is_route_socket(int fd) { return route_sockets_used && is_any_route_socket(fd); }

/// One message of the guest's.
SysResult send_route_message(Task& task, int fd, std::span<const iovec> buffers);

struct RouteReceived {
  long count = 0;  ///< bytes, or -errno of the host
  bool truncated = false;
};
RouteReceived receive_route_message(Task& task, int fd, std::span<const iovec> buffers,
                                    int host_flags);

}  // namespace emulate::freebsd
