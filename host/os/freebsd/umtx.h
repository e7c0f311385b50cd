#pragma once

/// What other areas need of _umtx_op's machinery.

#include "host/task/task.h"

namespace emulate::freebsd {

/// Wakes up to `count` threads that wait for `address` with UMTX_OP_WAIT (thr_exit's last act).
void umtx_wake(Task& task, GuestAddr address, int count);

/// Releases the robust mutexes that an ending thread holds.
void umtx_thread_exit(Task& task);

}  // namespace emulate::freebsd
