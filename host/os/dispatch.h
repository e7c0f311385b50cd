#pragma once

/// From a fetched system call to its handler, with -strace on the way: the same for every
/// personality.

#include "host/os/syscall_table.h"

namespace emulate {

/// Runs the call that `row` describes. A null row, or one without a handler, is logged and gives
/// `missing()`, the answer of a kernel that does not know the number.
SysResult run_syscall_row(Task& task, const SyscallRequest& request, const SyscallRow* row,
                          SysResult (*missing)(Task& task, bool named));

/// What a plugin's own call returned (sysarch(2) and its kin).
SysResult sys_result(const SyscallResult& result);

}  // namespace emulate
