#pragma once

#include "host/task/task.h"

namespace emulate::freebsd {

/// What the kernel does for a number that is no system call: SIGSYS for the thread, and ENOSYS.
SysResult nosys(Task& task);

}  // namespace emulate::freebsd
