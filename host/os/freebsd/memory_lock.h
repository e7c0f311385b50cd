#pragma once

namespace emulate::freebsd {

/// mlockall(MCL_FUTURE) ends: in fork's child, and when a program is executed.
void forget_future_locks();

}  // namespace emulate::freebsd
