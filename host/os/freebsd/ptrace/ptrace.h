#pragma once

/// ptrace(2), and what the personality must tell its two sides.

#include "host/os/param.h"

namespace emulate::freebsd {

/// Makes this process one that can debug and be debugged.
void install_ptrace();
/// In the child of a fork.
void ptrace_after_fork(Task& task);

SysResult sys_ptrace(Task& task, std::int32_t req, std::int32_t pid, GuestAddr addr,
                     std::int32_t data);

}  // namespace emulate::freebsd
