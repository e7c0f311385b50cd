#pragma once

/// IP_PORTRANGE: where the port comes from that a socket gets which names none (FreeBSD
/// in_pcb_lport()). The host chooses it from a range of its own, but for IP_PORTRANGE_LOW.

#include <sys/socket.h>

#include "host/task/task.h"

namespace emulate::freebsd {

/// net.inet.ip.portrange.lowfirst and lowlast: from the first downwards.
inline constexpr int kLowPortFirst = 1023;
inline constexpr int kLowPortLast = 600;

/// bind(2) to `address`; a port of the socket's range where it has none. 0, or -1 and errno.
int bind_in_range(Task& task, int fd, const sockaddr* address, socklen_t size);
/// Gives a socket that is about to be connected and has no port one of its range.
int bind_before_connect(Task& task, int fd);

}  // namespace emulate::freebsd
