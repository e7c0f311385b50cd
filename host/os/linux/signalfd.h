#pragma once

/// signalfd(2): a descriptor from which pending signals are read.

#include <optional>

#include "host/os/linux/params.h"

namespace emulate::linux_os {

/// read(2) of a descriptor that is a signalfd; nothing for others.
std::optional<SysResult> read_signals(Task& task, Fd fd, const OutBuffer& buffer);

}  // namespace emulate::linux_os
