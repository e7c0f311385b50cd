#include "host/os/freebsd/port_range.h"
#include "host/os/freebsd/sysctl_netstat.h"
#include "host/os/freebsd/sysctl_pcb.h"

/// net.*: what a program may ask of the network stack. The lists of interfaces are in
/// sysctl_route.cpp.

namespace emulate::freebsd {
namespace {

constexpr CtlRow kRows[] = {
    {"net", 4, kNode, "N", nullptr},
    {"net.inet", 2, kNode, "N", nullptr},
    {"net.inet.ip", 0, kNode, "N", nullptr},
    {"net.inet.ip.forwarding", 1, kInt, "I", constant<0>},
    {"net.inet.ip.ttl", 3, kInt, "I", constant<64>},
    {"net.inet.ip.stats", 12, CtlType::opaque, "S,ipstat", sysctl_ip_stats},
    {"net.inet.icmp", 1, kNode, "N", nullptr},
    {"net.inet.icmp.stats", 2, CtlType::opaque, "S,icmpstat", sysctl_icmp_stats},
    {"net.inet.udp", 17, kNode, "N", nullptr},
    {"net.inet.udp.stats", 2, CtlType::opaque, "S,udpstat", sysctl_udp_stats},
    {"net.inet.udp.pcblist", 5, CtlType::opaque, "S,xinpcb", sysctl_udp_pcbs},
    {"net.inet.raw", 255, kNode, "N", nullptr},
    {"net.inet.raw.pcblist", 3, CtlType::opaque, "S,xinpcb", sysctl_raw_pcbs},
    {"net.inet.ip.portrange", kCtlAuto, kNode, "N", nullptr},
    {"net.inet.ip.portrange.first", kCtlAuto, kInt, "I", constant<32768>},
    {"net.inet.ip.portrange.last", kCtlAuto, kInt, "I", constant<60999>},
    {"net.inet.ip.portrange.hifirst", kCtlAuto, kInt, "I", constant<32768>},
    {"net.inet.ip.portrange.hilast", kCtlAuto, kInt, "I", constant<60999>},
    {"net.inet.ip.portrange.lowfirst", kCtlAuto, kInt, "I", constant<kLowPortFirst>},
    {"net.inet.ip.portrange.lowlast", kCtlAuto, kInt, "I", constant<kLowPortLast>},
    {"net.inet.tcp", 6, kNode, "N", nullptr},
    {"net.inet.tcp.stats", 4, CtlType::opaque, "S,tcpstat", sysctl_tcp_stats},
    {"net.inet.tcp.pcblist", 11, CtlType::opaque, "S,xtcpcb", sysctl_tcp_pcbs},
    {"net.inet.tcp.sendspace", 8, kInt, "I", constant<32768>},
    {"net.inet.tcp.recvspace", 9, kInt, "I", constant<65536>},
    {"net.local", 1, kNode, "N", nullptr},
    {"net.local.stream", 1, kNode, "N", nullptr},
    {"net.local.stream.sendspace", kCtlAuto, CtlType::ulong, "LU", constant_long<8192>},
    {"net.local.stream.recvspace", kCtlAuto, CtlType::ulong, "LU", constant_long<8192>},
    {"net.local.stream.pcblist", kCtlAuto, CtlType::opaque, "S,xunpcb", sysctl_local_stream_pcbs},
    {"net.local.dgram", 2, kNode, "N", nullptr},
    {"net.local.dgram.maxdgram", kCtlAuto, CtlType::ulong, "LU", constant_long<2048>},
    {"net.local.dgram.recvspace", kCtlAuto, CtlType::ulong, "LU", constant_long<4096>},
    {"net.local.dgram.pcblist", kCtlAuto, CtlType::opaque, "S,xunpcb", sysctl_local_dgram_pcbs},
    {"net.local.seqpacket", 5, kNode, "N", nullptr},
    {"net.local.seqpacket.maxseqpacket", kCtlAuto, CtlType::ulong, "LU", constant_long<8192>},
    {"net.local.seqpacket.recvspace", kCtlAuto, CtlType::ulong, "LU", constant_long<8192>},
    {"net.local.seqpacket.pcblist", kCtlAuto, CtlType::opaque, "S,xunpcb",
     sysctl_local_seqpacket_pcbs},
    {"net.local.inflight", kCtlAuto, kInt, "I", constant<0>},
    {"net.route", 17, kNode, "N", sysctl_route_table},
    {"net.inet6", 28, kNode, "N", nullptr},
    {"net.inet6.ip6", 41, kNode, "N", nullptr},
    {"net.inet6.ip6.forwarding", 1, kInt, "I", constant<0>},
    {"net.inet6.ip6.v6only", 24, kInt, "I", constant<1>},
};

}  // namespace

CtlRows sysctl_net_rows() { return kRows; }

}  // namespace emulate::freebsd
