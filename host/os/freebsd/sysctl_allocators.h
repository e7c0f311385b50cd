#pragma once

#include "host/os/freebsd/sysctl_rows.h"

namespace emulate::freebsd {

// The kernel's memory as `vmstat -m`, `vmstat -z` and `netstat -m` ask for it (libmemstat).
CtlResult sysctl_malloc_count(CtlCall& call, CtlValue& out);
CtlResult sysctl_malloc_stats(CtlCall& call, CtlValue& out);
CtlResult sysctl_zone_count(CtlCall& call, CtlValue& out);
CtlResult sysctl_zone_stats(CtlCall& call, CtlValue& out);
/// struct sfstat: sendfile(2) is the host's, which counts nothing of it.
CtlResult sysctl_sendfile_stats(CtlCall& call, CtlValue& out);

}  // namespace emulate::freebsd
