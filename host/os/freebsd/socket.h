#pragma once

/// What other areas have to know of sockets.

#include "host/os/param.h"

namespace emulate::freebsd {

/// SIGPIPE is not raised when a write to `fd` finds no reader (SO_NOSIGPIPE).
bool suppresses_sigpipe(Task& task, int fd);

/// The result of a host call that sent with MSG_NOSIGNAL: raises SIGPIPE where the kernel does,
/// and asks for a restart when the call was interrupted.
SysResult send_result(Task& task, int fd, long raw, bool no_signal);

}  // namespace emulate::freebsd
