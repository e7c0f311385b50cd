#pragma once

#include "host/os/freebsd/sysctl_rows.h"

namespace emulate::freebsd {

// The sockets there are, as `netstat -a` and sockstat(1) ask for them.
CtlResult sysctl_tcp_pcbs(CtlCall& call, CtlValue& out);
CtlResult sysctl_udp_pcbs(CtlCall& call, CtlValue& out);
CtlResult sysctl_raw_pcbs(CtlCall& call, CtlValue& out);
CtlResult sysctl_local_stream_pcbs(CtlCall& call, CtlValue& out);
CtlResult sysctl_local_dgram_pcbs(CtlCall& call, CtlValue& out);
CtlResult sysctl_local_seqpacket_pcbs(CtlCall& call, CtlValue& out);

}  // namespace emulate::freebsd
