#include "host/os/freebsd/syscalls.h"

/// What is not there yet: these calls fail with ENOSYS. Numbers that no kernel of the claimed
/// version knows stand in no table at all; they raise SIGSYS besides.

namespace emulate::freebsd {
namespace {

constexpr SyscallRow kRows[] = {
    unimplemented(573, "sigfastblock"),
};

}  // namespace

Rows unimplemented_rows() { return kRows; }

}  // namespace emulate::freebsd
