#include "host/os/freebsd/sysctl_netstat.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "host/task/host_files.h"

/// struct ipstat, icmpstat, tcpstat and udpstat (FreeBSD sys/netinet/{ip,icmp,tcp,udp}_var.h) from
/// what the host counts; what it does not count is 0.

namespace emulate::freebsd {
namespace {

/// The host's counters by group and name: "Tcp" "InSegs".
using Counters = std::map<std::string, std::uint64_t, std::less<>>;

/// Lines come in pairs: names, then values.
void read_counters(const char* path, Counters& out) {
  std::istringstream in = host_text(path);
  std::string names;
  std::string values;
  while (std::getline(in, names) && std::getline(in, values)) {
    std::istringstream n(names);
    std::istringstream v(values);
    std::string group;
    std::string name;
    std::int64_t value = 0;
    n >> group;
    v >> name;
    while (n >> name && v >> value) out[group + name] = static_cast<std::uint64_t>(value);
  }
}

Counters host_counters() {
  Counters out;
  read_counters("/proc/net/snmp", out);
  read_counters("/proc/net/netstat", out);
  return out;
}

/// A member of a structure, by its place among the counters there, and where it comes from.
struct Source {
  unsigned index;
  const char* host;
};

constexpr unsigned kIpCounters = 29;
constexpr Source kIp[] = {
    {0, "Ip:InReceives"},        // ips_total
    {4, "Ip:InHdrErrors"},       // ips_badhlen
    {6, "Ip:ReasmReqds"},        // ips_fragments
    {8, "Ip:ReasmTimeout"},      // ips_fragtimeout
    {9, "Ip:ForwDatagrams"},     // ips_forward
    {13, "Ip:InUnknownProtos"},  // ips_noproto
    {14, "Ip:InDelivers"},       // ips_delivered
    {15, "Ip:OutRequests"},      // ips_localout
    {16, "Ip:OutDiscards"},      // ips_odropped
    {17, "Ip:ReasmOKs"},         // ips_reassembled
    {18, "Ip:FragOKs"},          // ips_fragmented
    {19, "Ip:FragCreates"},      // ips_ofragments
    {20, "Ip:FragFails"},        // ips_cantfrag
    {22, "Ip:OutNoRoutes"},      // ips_noroute
    {28, "Ip:InAddrErrors"},     // ips_badaddr
};

constexpr unsigned kTcpCounters = 113;
constexpr Source kTcp[] = {
    {0, "Tcp:ActiveOpens"},          // tcps_connattempt
    {1, "Tcp:PassiveOpens"},         // tcps_accepts
    {3, "Tcp:EstabResets"},          // tcps_drops
    {4, "Tcp:AttemptFails"},         // tcps_conndrops
    {11, "TcpExt:TCPTimeouts"},      // tcps_rexmttimeo
    {14, "TcpExt:TCPKeepAlive"},     // tcps_keepprobe
    {16, "Tcp:OutSegs"},             // tcps_sndtotal
    {19, "Tcp:RetransSegs"},         // tcps_sndrexmitpack
    {27, "Tcp:InSegs"},              // tcps_rcvtotal
    {30, "Tcp:InCsumErrors"},        // tcps_rcvbadsum
    {38, "TcpExt:TCPOFOQueue"},      // tcps_rcvoopack
    {49, "TcpExt:PAWSEstab"},        // tcps_pawsdrop
    {62, "TcpExt:ListenOverflows"},  // tcps_listendrop
    {77, "TcpExt:SyncookiesSent"},   // tcps_sc_sendcookie
    {78, "TcpExt:SyncookiesRecv"},   // tcps_sc_recvcookie
};

constexpr unsigned kUdpCounters = 14;
constexpr Source kUdp[] = {
    {0, "Udp:InDatagrams"},    // udps_ipackets
    {2, "Udp:InCsumErrors"},   // udps_badsum
    {5, "Udp:NoPorts"},        // udps_noport
    {7, "Udp:RcvbufErrors"},   // udps_fullsock
    {10, "Udp:OutDatagrams"},  // udps_opackets
};

template <std::size_t N>
std::vector<std::uint64_t> gather(unsigned count, const Source (&sources)[N]) {
  const Counters host = host_counters();
  std::vector<std::uint64_t> out(count);
  for (const Source& s : sources) {
    if (const auto it = host.find(std::string_view(s.host)); it != host.end()) {
      out[s.index] = it->second;
    }
  }
  return out;
}

CtlResult give(CtlValue& out, const std::vector<std::uint64_t>& counters) {
  for (const std::uint64_t v : counters) out.i64(static_cast<std::int64_t>(v));
  return {};
}

}  // namespace

CtlResult sysctl_ip_stats(CtlCall&, CtlValue& out) { return give(out, gather(kIpCounters, kIp)); }

/// Connections made are those asked for and those accepted.
CtlResult sysctl_tcp_stats(CtlCall&, CtlValue& out) {
  auto counters = gather(kTcpCounters, kTcp);
  constexpr std::size_t kAttempts = 0, kAccepts = 1, kConnects = 2, kFailed = 4;
  const std::uint64_t asked = counters[kAttempts] + counters[kAccepts];
  counters[kConnects] = asked - std::min(asked, counters[kFailed]);
  return give(out, counters);
}

CtlResult sysctl_udp_stats(CtlCall&, CtlValue& out) {
  return give(out, gather(kUdpCounters, kUdp));
}

/// u_longs: what was sent and received of each type, and what was wrong.
CtlResult sysctl_icmp_stats(CtlCall&, CtlValue& out) {
  constexpr unsigned kTypes = 41, kSent = 3, kChecksum = kSent + kTypes + 2,
                     kReceived = kChecksum + 3, kCount = kReceived + kTypes + 4;
  const Counters host = host_counters();
  std::vector<std::uint64_t> counters(kCount);
  const auto counter = [&](const std::string& name) {
    const auto it = host.find(name);
    return it == host.end() ? 0 : it->second;
  };
  counters[0] = counter("Icmp:OutErrors");
  counters[kChecksum] = counter("Icmp:InCsumErrors");
  for (unsigned type = 0; type < kTypes; ++type) {
    counters[kSent + type] = counter("IcmpMsg:OutType" + std::to_string(type));
    counters[kReceived + type] = counter("IcmpMsg:InType" + std::to_string(type));
  }
  for (const std::uint64_t v : counters) out.word(v);
  return {};
}

}  // namespace emulate::freebsd
