#include "host/os/freebsd/syscalls.h"

/// What is not there yet: nothing at present. Such calls would fail with ENOSYS. Numbers that no
/// kernel of the claimed version knows stand in no table at all; they raise SIGSYS besides.

namespace emulate::freebsd {
Rows unimplemented_rows() { return {}; }

}  // namespace emulate::freebsd
