#pragma once

/// Socket structures and constants (FreeBSD sys/sys/socket.h, un.h, ucred.h, netinet/in.h,
/// netinet/tcp.h, netinet6/in6.h).

#include <array>
#include <cstdint>

#include "host/os/freebsd/abi/uio.h"
#include "host/thunk/layout.h"

namespace emulate::freebsd {

inline constexpr int kAF_UNSPEC = 0;
inline constexpr int kAF_UNIX = 1;
inline constexpr int kAF_INET = 2;
inline constexpr int kAF_ROUTE = 17;
inline constexpr int kAF_LINK = 18;
inline constexpr int kAF_INET6 = 28;

inline constexpr std::size_t kSockMaxAddrLen = 255;  ///< SOCK_MAXADDRLEN
inline constexpr std::size_t kSockaddrHeader = 2;    ///< sa_len and sa_family
inline constexpr std::size_t kSockaddrUnSize = 106;  ///< sizeof(struct sockaddr_un)
inline constexpr std::size_t kControlMax = 2048;     ///< MCLBYTES, the most ancillary data sent

inline constexpr std::uint32_t kSOCK_CLOEXEC = 0x1000'0000;
inline constexpr std::uint32_t kSOCK_NONBLOCK = 0x2000'0000;

inline constexpr std::uint32_t kMSG_OOB = 0x1;
inline constexpr std::uint32_t kMSG_PEEK = 0x2;
inline constexpr std::uint32_t kMSG_DONTROUTE = 0x4;
inline constexpr std::uint32_t kMSG_EOR = 0x8;
inline constexpr std::uint32_t kMSG_TRUNC = 0x10;
inline constexpr std::uint32_t kMSG_CTRUNC = 0x20;
inline constexpr std::uint32_t kMSG_WAITALL = 0x40;
inline constexpr std::uint32_t kMSG_DONTWAIT = 0x80;
inline constexpr std::uint32_t kMSG_EOF = 0x100;
inline constexpr std::uint32_t kMSG_NBIO = 0x4000;
inline constexpr std::uint32_t kMSG_NOSIGNAL = 0x2'0000;
inline constexpr std::uint32_t kMSG_CMSG_CLOEXEC = 0x4'0000;

inline constexpr int kSOL_SOCKET = 0xffff;
inline constexpr int kSOL_LOCAL = 0;

inline constexpr int kSO_DEBUG = 0x0001;
inline constexpr int kSO_ACCEPTCONN = 0x0002;
inline constexpr int kSO_REUSEADDR = 0x0004;
inline constexpr int kSO_KEEPALIVE = 0x0008;
inline constexpr int kSO_DONTROUTE = 0x0010;
inline constexpr int kSO_BROADCAST = 0x0020;
inline constexpr int kSO_USELOOPBACK = 0x0040;
inline constexpr int kSO_LINGER = 0x0080;
inline constexpr int kSO_OOBINLINE = 0x0100;
inline constexpr int kSO_REUSEPORT = 0x0200;
inline constexpr int kSO_TIMESTAMP = 0x0400;
inline constexpr int kSO_NOSIGPIPE = 0x0800;
inline constexpr int kSO_ACCEPTFILTER = 0x1000;
inline constexpr int kSO_BINTIME = 0x2000;
inline constexpr int kSO_NO_OFFLOAD = 0x4000;
inline constexpr int kSO_NO_DDP = 0x8000;
inline constexpr int kSO_REUSEPORT_LB = 0x1'0000;
inline constexpr int kSO_SNDBUF = 0x1001;
inline constexpr int kSO_RCVBUF = 0x1002;
inline constexpr int kSO_SNDLOWAT = 0x1003;
inline constexpr int kSO_RCVLOWAT = 0x1004;
inline constexpr int kSO_SNDTIMEO = 0x1005;
inline constexpr int kSO_RCVTIMEO = 0x1006;
inline constexpr int kSO_ERROR = 0x1007;
inline constexpr int kSO_TYPE = 0x1008;
inline constexpr int kSO_LABEL = 0x1009;
inline constexpr int kSO_PEERLABEL = 0x1010;
inline constexpr int kSO_LISTENQLIMIT = 0x1011;
inline constexpr int kSO_LISTENQLEN = 0x1012;
inline constexpr int kSO_LISTENINCQLEN = 0x1013;
inline constexpr int kSO_SETFIB = 0x1014;
inline constexpr int kSO_USER_COOKIE = 0x1015;
inline constexpr int kSO_PROTOCOL = 0x1016;
inline constexpr int kSO_TS_CLOCK = 0x1017;
inline constexpr int kSO_MAX_PACING_RATE = 0x1018;
inline constexpr int kSO_DOMAIN = 0x1019;

inline constexpr int kSO_TS_REALTIME_MICRO = 0;
inline constexpr int kSO_TS_BINTIME = 1;
inline constexpr int kSO_TS_REALTIME = 2;
inline constexpr int kSO_TS_MONOTONIC = 3;

inline constexpr int kLOCAL_PEERCRED = 1;
inline constexpr int kLOCAL_CREDS = 2;
inline constexpr int kLOCAL_CONNWAIT = 4;

inline constexpr int kSCM_RIGHTS = 1;
inline constexpr int kSCM_TIMESTAMP = 2;
inline constexpr int kSCM_CREDS = 3;
inline constexpr int kSCM_BINTIME = 4;
inline constexpr int kSCM_REALTIME = 5;
inline constexpr int kSCM_MONOTONIC = 6;

inline constexpr int kIP_OPTIONS = 1;
inline constexpr int kIP_HDRINCL = 2;
inline constexpr int kIP_TOS = 3;
inline constexpr int kIP_TTL = 4;
inline constexpr int kIP_RECVOPTS = 5;
inline constexpr int kIP_RECVDSTADDR = 7;
inline constexpr int kIP_MULTICAST_IF = 9;
inline constexpr int kIP_MULTICAST_TTL = 10;
inline constexpr int kIP_MULTICAST_LOOP = 11;
inline constexpr int kIP_ADD_MEMBERSHIP = 12;
inline constexpr int kIP_DROP_MEMBERSHIP = 13;
inline constexpr int kIP_PORTRANGE = 19;
inline constexpr int kIP_PORTRANGE_DEFAULT = 0;
inline constexpr int kIP_PORTRANGE_LOW = 2;
inline constexpr int kIP_RECVIF = 20;
inline constexpr int kIP_ONESBCAST = 23;
inline constexpr int kIP_BINDANY = 24;
inline constexpr int kIP_RECVTTL = 65;
inline constexpr int kIP_MINTTL = 66;
inline constexpr int kIP_DONTFRAG = 67;
inline constexpr int kIP_RECVTOS = 68;
inline constexpr int kIP_ADD_SOURCE_MEMBERSHIP = 70;
inline constexpr int kIP_DROP_SOURCE_MEMBERSHIP = 71;
inline constexpr int kIP_BLOCK_SOURCE = 72;
inline constexpr int kIP_UNBLOCK_SOURCE = 73;
inline constexpr int kMCAST_JOIN_GROUP = 80;
inline constexpr int kMCAST_LEAVE_GROUP = 81;

inline constexpr int kIPV6_UNICAST_HOPS = 4;
inline constexpr int kIPV6_MULTICAST_IF = 9;
inline constexpr int kIPV6_MULTICAST_HOPS = 10;
inline constexpr int kIPV6_MULTICAST_LOOP = 11;
inline constexpr int kIPV6_JOIN_GROUP = 12;
inline constexpr int kIPV6_LEAVE_GROUP = 13;
inline constexpr int kIPV6_PORTRANGE = 14;
inline constexpr int kIPV6_CHECKSUM = 26;
inline constexpr int kIPV6_V6ONLY = 27;
inline constexpr int kIPV6_RECVPKTINFO = 36;
inline constexpr int kIPV6_RECVHOPLIMIT = 37;
inline constexpr int kIPV6_USE_MIN_MTU = 42;
inline constexpr int kIPV6_PKTINFO = 46;
inline constexpr int kIPV6_HOPLIMIT = 47;
inline constexpr int kIPV6_RECVTCLASS = 57;
inline constexpr int kIPV6_AUTOFLOWLABEL = 59;
inline constexpr int kIPV6_TCLASS = 61;
inline constexpr int kIPV6_DONTFRAG = 62;
inline constexpr int kIPV6_BINDANY = 64;

inline constexpr int kTCP_NODELAY = 1;
inline constexpr int kTCP_MAXSEG = 2;
inline constexpr int kTCP_NOPUSH = 4;
inline constexpr int kTCP_NOOPT = 8;
inline constexpr int kTCP_INFO = 32;
inline constexpr int kTCP_CONGESTION = 64;
inline constexpr int kTCP_DELACK = 72;
inline constexpr int kTCP_KEEPINIT = 128;
inline constexpr int kTCP_KEEPIDLE = 256;
inline constexpr int kTCP_KEEPINTVL = 512;
inline constexpr int kTCP_KEEPCNT = 1024;
inline constexpr int kTCP_FASTOPEN = 1025;

/// struct msghdr.
struct Msghdr {
  GuestAddr name;
  std::uint32_t namelen = 0;
  GuestAddr iov;
  std::int32_t iovlen = 0;
  GuestAddr control;
  std::uint32_t controllen = 0;
  std::int32_t flags = 0;
};

struct Cmsghdr {
  std::uint32_t len = 0;
  std::int32_t level = 0;
  std::int32_t type = 0;
};

struct Linger {
  std::int32_t onoff = 0;
  std::int32_t linger = 0;
};

inline constexpr std::size_t kCredGroups = 16;  ///< CMGROUP_MAX and XU_NGROUPS

/// struct cmsgcred.
struct Cmsgcred {
  std::int32_t pid = 0;
  std::uint32_t uid = 0;
  std::uint32_t euid = 0;
  std::uint32_t gid = 0;
  std::int16_t ngroups = 0;
  std::array<std::uint32_t, kCredGroups> groups{};
};

/// struct sockcred with one group.
struct Sockcred {
  std::uint32_t uid = 0;
  std::uint32_t euid = 0;
  std::uint32_t gid = 0;
  std::uint32_t egid = 0;
  std::int32_t ngroups = 0;
  std::array<std::uint32_t, 1> groups{};
};

/// struct xucred.
struct Xucred {
  std::uint32_t version = 0;
  std::uint32_t uid = 0;
  std::int16_t ngroups = 0;
  std::array<std::uint32_t, kCredGroups> groups{};
  GuestAddr unused;
};

/// struct sf_hdtr.
struct SfHdtr {
  GuestAddr headers;
  std::int32_t hdr_cnt = 0;
  GuestAddr trailers;
  std::int32_t trl_cnt = 0;
};

/// struct bintime.
struct Bintime {
  Time sec;
  std::uint64_t frac = 0;
};

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr const char* kStructName<freebsd::Msghdr> = "msghdr";
template <>
inline constexpr auto kFields<freebsd::Msghdr> = fields(
    field<&freebsd::Msghdr::name>("msg_name"), field<&freebsd::Msghdr::namelen>("msg_namelen"),
    field<&freebsd::Msghdr::iov>("msg_iov"), field<&freebsd::Msghdr::iovlen>("msg_iovlen"),
    field<&freebsd::Msghdr::control>("msg_control"),
    field<&freebsd::Msghdr::controllen>("msg_controllen"),
    field<&freebsd::Msghdr::flags>("msg_flags"));

template <>
inline constexpr const char* kStructName<freebsd::Cmsghdr> = "cmsghdr";
template <>
inline constexpr auto kFields<freebsd::Cmsghdr> =
    fields(field<&freebsd::Cmsghdr::len>("cmsg_len"), field<&freebsd::Cmsghdr::level>("cmsg_level"),
           field<&freebsd::Cmsghdr::type>("cmsg_type"));

template <>
inline constexpr const char* kStructName<freebsd::Linger> = "linger";
template <>
inline constexpr auto kFields<freebsd::Linger> =
    fields(field<&freebsd::Linger::onoff>("l_onoff"), field<&freebsd::Linger::linger>("l_linger"));

template <>
inline constexpr const char* kStructName<freebsd::Cmsgcred> = "cmsgcred";
template <>
inline constexpr auto kFields<freebsd::Cmsgcred> = fields(
    field<&freebsd::Cmsgcred::pid>("cmcred_pid"), field<&freebsd::Cmsgcred::uid>("cmcred_uid"),
    field<&freebsd::Cmsgcred::euid>("cmcred_euid"), field<&freebsd::Cmsgcred::gid>("cmcred_gid"),
    field<&freebsd::Cmsgcred::ngroups>("cmcred_ngroups"),
    field<&freebsd::Cmsgcred::groups>("cmcred_groups"));

template <>
inline constexpr const char* kStructName<freebsd::Sockcred> = "sockcred";
template <>
inline constexpr auto kFields<freebsd::Sockcred> =
    fields(field<&freebsd::Sockcred::uid>("sc_uid"), field<&freebsd::Sockcred::euid>("sc_euid"),
           field<&freebsd::Sockcred::gid>("sc_gid"), field<&freebsd::Sockcred::egid>("sc_egid"),
           field<&freebsd::Sockcred::ngroups>("sc_ngroups"),
           field<&freebsd::Sockcred::groups>("sc_groups"));

template <>
inline constexpr const char* kStructName<freebsd::Xucred> = "xucred";
template <>
inline constexpr auto kFields<freebsd::Xucred> = fields(
    field<&freebsd::Xucred::version>("cr_version"), field<&freebsd::Xucred::uid>("cr_uid"),
    field<&freebsd::Xucred::ngroups>("cr_ngroups"), field<&freebsd::Xucred::groups>("cr_groups"),
    field<&freebsd::Xucred::unused>("_cr_unused1"));

template <>
inline constexpr const char* kStructName<freebsd::SfHdtr> = "sf_hdtr";
template <>
inline constexpr auto kFields<freebsd::SfHdtr> = fields(
    field<&freebsd::SfHdtr::headers>("headers"), field<&freebsd::SfHdtr::hdr_cnt>("hdr_cnt"),
    field<&freebsd::SfHdtr::trailers>("trailers"), field<&freebsd::SfHdtr::trl_cnt>("trl_cnt"));

template <>
inline constexpr const char* kStructName<freebsd::Bintime> = "bintime";
template <>
inline constexpr auto kFields<freebsd::Bintime> = fields(field<&freebsd::Bintime::sec>("sec"),
                                                         field<&freebsd::Bintime::frac>("frac"));

}  // namespace emulate
