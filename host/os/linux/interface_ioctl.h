#pragma once

/// ioctl(2) requests about network interfaces: a structure that is a name and a union, whose member
/// depends on the request (Linux net/core/dev_ioctl.c).

#include <optional>

#include "host/os/param.h"

namespace emulate::linux_os {

/// `request` in the generic ports' numbering; nothing when it is none of them.
std::optional<SysResult> interface_ioctl(Task& task, int fd, std::uint32_t request,
                                         GuestAddr argument);
/// Its name, or null when it is none of them.
const char* interface_ioctl_name(std::uint32_t request);

}  // namespace emulate::linux_os
