#pragma once

/// Descriptor arguments of system calls.

#include "host/os/param.h"

namespace emulate {

/// The host descriptor for a descriptor argument, which has the same number. EBADF for negative
/// numbers and for emulate's own descriptors; whether it is open is left to the host call that
/// uses it.
Expected<int> guest_fd(Task& task, Fd fd);

/// For the directory argument of the *at() calls: AT_FDCWD (-100 on FreeBSD and Linux alike) is
/// allowed too.
Expected<int> guest_directory_fd(Task& task, Fd fd);

}  // namespace emulate
