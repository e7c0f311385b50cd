#pragma once

/// FreeBSD's scheduling classes (rtprio) on the host's scheduling policies.

#include "host/os/freebsd/abi/thr.h"
#include "host/thunk/result.h"

namespace emulate::freebsd {

/// Of a host task; 0: the calling thread. ESRCH.
Expected<Rtprio> get_priority(int tid);
/// EINVAL for what rtp_to_pri() refuses, EPERM where the host or the kernel does.
Expected<void> set_priority(int tid, const Rtprio& rtp);
/// Only the checks.
Expected<void> check_priority(const Rtprio& rtp);

}  // namespace emulate::freebsd
