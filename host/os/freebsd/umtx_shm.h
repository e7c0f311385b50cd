#pragma once

#include "host/task/task.h"

namespace emulate::freebsd {

/// UMTX_OP_SHM: a page of shared memory that belongs to the object at `address`, for the contents
/// of process-shared pthread objects. Returns a descriptor.
SysResult umtx_shm(Task& task, GuestAddr address, std::uint32_t flags);

}  // namespace emulate::freebsd
