#include "host/os/freebsd/sysctl_pcb.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

#include "host/os/freebsd/abi/pcb.h"
#include "host/os/freebsd/abi/socket.h"
#include "host/task/host_files.h"

/// The lists of protocol control blocks from the host's /proc/net. A socket's address is the
/// host's inode number, as in kern.file.

namespace emulate::freebsd {
namespace {

/// TCPS_* by the host's TCP_* (netinet/tcp_fsm.h).
constexpr std::array<std::int32_t, 12> kTcpStates = {
    0 /* none */,       4 /* ESTABLISHED */, 2 /* SYN_SENT */,   3 /* SYN_RECV */,
    6 /* FIN_WAIT1 */,  9 /* FIN_WAIT2 */,   10 /* TIME_WAIT */, 0 /* CLOSE */,
    5 /* CLOSE_WAIT */, 8 /* LAST_ACK */,    1 /* LISTEN */,     7 /* CLOSING */};

struct HostSocket {
  std::string local, remote;  ///< "0100007F:0016"
  unsigned state = 0;
  std::uint32_t send = 0, receive = 0, uid = 0;
  std::uint64_t inode = 0;
};

std::vector<HostSocket> host_sockets(const char* path) {
  std::vector<HostSocket> out;
  std::istringstream in = host_text(path);
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::istringstream words(line);
    std::string slot, state, queues, timer, retransmits, uid, timeout;
    HostSocket s;
    if (!(words >> slot >> s.local >> s.remote >> state >> queues >> timer >> retransmits >> uid >>
          timeout >> s.inode)) {
      continue;
    }
    s.state = static_cast<unsigned>(std::strtoul(state.c_str(), nullptr, 16));
    char* colon = nullptr;
    s.send = static_cast<std::uint32_t>(std::strtoul(queues.c_str(), &colon, 16));
    if (colon != nullptr && *colon == ':') {
      s.receive = static_cast<std::uint32_t>(std::strtoul(colon + 1, nullptr, 16));
    }
    s.uid = static_cast<std::uint32_t>(std::strtoul(uid.c_str(), nullptr, 10));
    out.push_back(std::move(s));
  }
  return out;
}

/// Words of an address as they lie in the host's memory, ':', the port.
void parse_address(const std::string& text, std::array<std::uint8_t, 16>& address,
                   std::uint8_t* port) {
  const std::size_t colon = text.find(':');
  const std::size_t words = std::min<std::size_t>(colon, 32) / 8;
  // An IPv4 address is the last word of the union (struct in_addr_4in6).
  const std::size_t first = words == 1 ? 12 : 0;
  for (std::size_t w = 0; w < words; ++w) {
    const auto value =
        static_cast<std::uint32_t>(std::strtoul(text.substr(w * 8, 8).c_str(), nullptr, 16));
    std::memcpy(&address[first + w * 4], &value, sizeof value);
  }
  const unsigned long number = std::strtoul(text.c_str() + colon + 1, nullptr, 16);
  port[0] = static_cast<std::uint8_t>(number >> 8);
  port[1] = static_cast<std::uint8_t>(number);
}

struct Protocol {
  int number;
  std::int16_t type;  ///< SOCK_*, the same on both systems
  const char* file;
  const char* file6;
};
constexpr Protocol kTcp{IPPROTO_TCP, SOCK_STREAM, "/proc/net/tcp", "/proc/net/tcp6"};
constexpr Protocol kUdp{IPPROTO_UDP, SOCK_DGRAM, "/proc/net/udp", "/proc/net/udp6"};
constexpr Protocol kRaw{0, SOCK_RAW, "/proc/net/raw", "/proc/net/raw6"};

Xinpcb control_block(const DataModel& model, const HostSocket& s, const Protocol& protocol,
                     bool six) {
  Xinpcb p;
  p.length = guest_size<Xinpcb>(model);
  p.socket.length = guest_size<Xsocket>(model);
  p.socket.address = p.socket.pcb = p.tcp = s.inode;
  p.socket.family = six ? kAF_INET6 : kAF_INET;
  p.socket.type = protocol.type;
  p.socket.uid = s.uid;
  p.socket.receive.count = s.receive;
  p.socket.send.count = s.send;
  parse_address(s.remote, p.foreign, &p.ports[0]);
  parse_address(s.local, p.local, &p.ports[2]);
  // A raw socket's port is its protocol.
  p.protocol = static_cast<std::uint8_t>(protocol.number != 0 ? protocol.number : p.ports[3]);
  if (protocol.number == 0) p.ports = {};
  p.socket.protocol = p.protocol;
  p.versions = six ? kINP_IPV6 : kINP_IPV4;
  p.ttl = 64;
  return p;
}

void put(CtlValue& out, const HostSocket& s, const Protocol& protocol, bool six) {
  const Xinpcb p = control_block(out.model(), s, protocol, six);
  if (protocol.number != IPPROTO_TCP) {
    out.record(p);
    return;
  }
  Xtcpcb t;
  t.inp = p;
  t.length = guest_size<Xtcpcb>(out.model());
  t.state = s.state < kTcpStates.size() ? kTcpStates[s.state] : 0;
  std::strcpy(t.stack, "freebsd");
  if (s.state == TCP_LISTEN) {
    // What the host shows as a listener's queues are the lengths of its backlog.
    t.inp.socket.options = kSO_ACCEPTCONN;
    t.inp.socket.queue_length = s.receive;
    t.inp.socket.queue_limit = std::max<std::uint32_t>(s.send, 1);
    t.inp.socket.receive.count = t.inp.socket.send.count = 0;
  }
  out.record(t);
}

CtlResult list(CtlValue& out, const Protocol& protocol) {
  const auto four = host_sockets(protocol.file);
  const auto six = host_sockets(protocol.file6);
  Xinpgen ends;
  ends.length = guest_size<Xinpgen>(out.model());
  ends.count = static_cast<std::uint32_t>(four.size() + six.size());
  ends.generation = ends.socket_generation = 1;
  out.record(ends);
  for (const HostSocket& s : four) put(out, s, protocol, false);
  for (const HostSocket& s : six) put(out, s, protocol, true);
  out.record(ends);
  return {};
}

// --- local ---------------------------------------------------------------------------------------

Xunpcb local_block(const DataModel& model, std::int16_t type, std::uint64_t inode, bool listens,
                   const std::string& path) {
  Xunpcb p;
  p.length = guest_size<Xunpcb>(model);
  p.address = inode;
  p.socket.length = guest_size<Xsocket>(model);
  p.socket.address = p.socket.pcb = inode;
  p.socket.family = kAF_UNIX;
  p.socket.type = type;
  if (listens) {
    p.socket.options = kSO_ACCEPTCONN;
    p.socket.queue_limit = 1;
  }
  // Abstract names, which FreeBSD has not, begin with '@' here: as a socket without a name.
  if (path.empty() || path.size() >= sizeof p.name || path[0] == '@') return p;
  p.name_length = static_cast<std::uint8_t>(2 + path.size());
  p.name_family = kAF_UNIX;
  std::copy(path.begin(), path.end(), p.name);
  return p;
}

CtlResult list_local(CtlValue& out, std::int16_t type) {
  constexpr unsigned kListens = 0x10000;  // __SO_ACCEPTCON
  std::istringstream in = host_text("/proc/net/unix");
  std::string line;
  std::getline(in, line);
  std::vector<Xunpcb> found;
  while (std::getline(in, line)) {
    std::istringstream words(line);
    std::string number, references, protocol, path;
    unsigned flags = 0;
    int of_type = 0;
    unsigned state = 0;
    std::uint64_t inode = 0;
    if (!(words >> number >> references >> protocol >> std::hex >> flags >> of_type >> state >>
          std::dec >> inode) ||
        of_type != type) {
      continue;
    }
    words >> std::ws;
    std::getline(words, path);
    found.push_back(local_block(out.model(), type, inode, (flags & kListens) != 0, path));
  }
  Xunpgen ends;
  ends.length = guest_size<Xunpgen>(out.model());
  ends.count = static_cast<std::uint32_t>(found.size());
  ends.generation = ends.socket_generation = 1;
  out.record(ends);
  for (const Xunpcb& p : found) out.record(p);
  out.record(ends);
  return {};
}

}  // namespace

CtlResult sysctl_tcp_pcbs(CtlCall&, CtlValue& out) { return list(out, kTcp); }
CtlResult sysctl_udp_pcbs(CtlCall&, CtlValue& out) { return list(out, kUdp); }
CtlResult sysctl_raw_pcbs(CtlCall&, CtlValue& out) { return list(out, kRaw); }
CtlResult sysctl_local_stream_pcbs(CtlCall&, CtlValue& out) { return list_local(out, SOCK_STREAM); }
CtlResult sysctl_local_dgram_pcbs(CtlCall&, CtlValue& out) { return list_local(out, SOCK_DGRAM); }
CtlResult sysctl_local_seqpacket_pcbs(CtlCall&, CtlValue& out) {
  return list_local(out, SOCK_SEQPACKET);
}

}  // namespace emulate::freebsd
