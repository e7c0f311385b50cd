#pragma once

#include "host/os/freebsd/sysctl_rows.h"

namespace emulate::freebsd {

// Counters of the protocols, as `netstat -s` asks for them.
CtlResult sysctl_ip_stats(CtlCall& call, CtlValue& out);
CtlResult sysctl_icmp_stats(CtlCall& call, CtlValue& out);
CtlResult sysctl_tcp_stats(CtlCall& call, CtlValue& out);
CtlResult sysctl_udp_stats(CtlCall& call, CtlValue& out);

}  // namespace emulate::freebsd
