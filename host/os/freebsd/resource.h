#pragma once

/// Resource limits as the guest sees them.

#include "host/os/freebsd/abi/resource.h"
#include "host/task/process.h"

namespace emulate::freebsd {

/// EINVAL for kinds there are none of.
Expected<Rlimit> get_limit(Process& process, std::uint32_t kind);

}  // namespace emulate::freebsd
