#pragma once

namespace emulate {

/// blocking_syscall() (host/signal/blocking.h) without its retrying: -EINTR whenever the task's
/// attention was asked for, be it for nothing that the guest sees. The caller must have looked at
/// Task::interrupted() first.
long blocking_syscall_once(long number, long a0 = 0, long a1 = 0, long a2 = 0, long a3 = 0,
                           long a4 = 0, long a5 = 0);

}  // namespace emulate
