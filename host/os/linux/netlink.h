#pragma once

/// Netlink sockets. Their messages have the kernel's byte order and its numbers of errors;
/// rtnetlink (interfaces, addresses, routes) is translated for guests that have others, and so are
/// the events of devices, which are text. Sockets of other protocols do not exist there, as in a
/// kernel built without them.

#include <sys/uio.h>

#include <optional>
#include <span>
#include <vector>

#include "host/os/param.h"

namespace emulate::linux_os {

/// Whether a guest of this port can have netlink sockets of this protocol.
bool offers_netlink(const Task& task, int protocol);

bool is_netlink(int fd);

/// What the guest's bytes say to a netlink socket; nothing when they can be sent as they are.
/// `parts` are of load_iovecs(). EFAULT; EOPNOTSUPP: there is something whose form is not known.
Expected<std::optional<std::vector<std::byte>>> netlink_to_host(const Task& task, int fd,
                                                                std::span<const iovec> parts);

/// Rewrites what was received from a netlink socket; its new size. `size`: as recvmsg(2) returned
/// it, which with MSG_TRUNC can be more than there is room for. What is not known is left out, as
/// by an older kernel. EFAULT.
Expected<long> netlink_to_guest(const Task& task, int fd, std::span<const iovec> parts, long size);

}  // namespace emulate::linux_os
