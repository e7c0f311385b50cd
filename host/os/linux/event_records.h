#pragma once

/// Descriptors whose records the kernel reads and writes in its own byte order: eventfd, timerfd,
/// inotify, fanotify. Only big-endian guests differ.

#include <optional>

#include "host/os/linux/params.h"

namespace emulate::linux_os {

/// read(2) and write(2) of such a descriptor; nothing for others.
std::optional<SysResult> read_records(Task& task, Fd fd, const OutBuffer& buffer);
std::optional<SysResult> write_records(Task& task, Fd fd, const InBuffer& buffer);

}  // namespace emulate::linux_os
