#pragma once

/// From a fetched system call to its handler, with -strace on the way: the same for every
/// personality.

#include "host/os/syscall_table.h"

namespace emulate {

/// --unknown: what a call that is not there does. Calls that a kernel answers without the feature
/// are there.
enum class UnknownCalls : std::uint8_t {
  as_kernel,  ///< as the guest's kernel: ENOSYS, and SIGSYS for a number that none has
  enosys,     ///< ENOSYS and no signal
  sigsys,     ///< ENOSYS and SIGSYS
  abort,      ///< a line on the standard error, and the process dies by SIGABRT
};
void set_unknown_calls(UnknownCalls answer);

/// Runs the call that `row` describes. A null row, or one without a handler, is logged and gives
/// `missing()`, the answer of a kernel that does not know the number. A call that is `refused` is
/// only traced.
SysResult run_syscall_row(Task& task, const SyscallRequest& request, const SyscallRow* row,
                          SysResult (*missing)(Task& task, bool named),
                          std::optional<HostErrno> refused = std::nullopt);

/// What a plugin's own call returned (sysarch(2) and its kin).
SysResult sys_result(const SyscallResult& result);

}  // namespace emulate
