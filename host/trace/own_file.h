#pragma once

/// Files that emulate itself writes while the guest runs: logs, traces, ledgers.

#include <sys/uio.h>

#include <span>

namespace emulate {

/// As writev(2), but a file that has reached the limit on its size, or a pipe that nobody reads, is
/// an error and no signal: the guest would take that for its own, and what it does of it may be
/// written here again.
ssize_t write_own_file(int fd, std::span<const iovec> parts);

}  // namespace emulate
