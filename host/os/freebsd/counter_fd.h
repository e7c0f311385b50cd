#pragma once

#include "host/task/fd_table.h"

namespace emulate::freebsd {

/// A timerfd or an eventfd: what is read and written is a 64-bit count in the program's byte order.
struct CounterFd final : FdObject {};

}  // namespace emulate::freebsd
