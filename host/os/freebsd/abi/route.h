#pragma once

/// Routing messages about interfaces (FreeBSD sys/net/if.h, route.h, if_dl.h).

#include <cstdint>

#include "host/thunk/layout.h"

namespace emulate::freebsd {

inline constexpr std::int32_t kNET_RT_DUMP = 1;
inline constexpr std::int32_t kNET_RT_FLAGS = 2;
inline constexpr std::int32_t kNET_RT_IFLIST = 3;
inline constexpr std::int32_t kNET_RT_IFMALIST = 4;
inline constexpr std::int32_t kNET_RT_IFLISTL = 5;

inline constexpr std::uint8_t kRTM_VERSION = 5;
inline constexpr std::uint8_t kRTM_ADD = 0x1;
inline constexpr std::uint8_t kRTM_DELETE = 0x2;
inline constexpr std::uint8_t kRTM_GET = 0x4;
inline constexpr std::uint8_t kRTM_NEWADDR = 0xc;
inline constexpr std::uint8_t kRTM_DELADDR = 0xd;
inline constexpr std::uint8_t kRTM_IFINFO = 0xe;
inline constexpr std::uint8_t kRTM_NEWMADDR = 0xf;
inline constexpr std::uint8_t kRTM_IFANNOUNCE = 0x11;
inline constexpr std::uint16_t kIFAN_ARRIVAL = 0;
inline constexpr std::uint16_t kIFAN_DEPARTURE = 1;

/// Sockaddrs of a message, in this order.
inline constexpr std::uint32_t kRTA_DST = 0x1;
inline constexpr std::uint32_t kRTA_GATEWAY = 0x2;
inline constexpr std::uint32_t kRTA_NETMASK = 0x4;
inline constexpr std::uint32_t kRTA_IFP = 0x10;
inline constexpr std::uint32_t kRTA_IFA = 0x20;
inline constexpr std::uint32_t kRTA_BRD = 0x80;

/// Of a route; the first three are the host's numbers too.
inline constexpr std::uint32_t kRTF_UP = 0x1;
inline constexpr std::uint32_t kRTF_GATEWAY = 0x2;
inline constexpr std::uint32_t kRTF_HOST = 0x4;
inline constexpr std::uint32_t kRTF_DONE = 0x40;
inline constexpr std::uint32_t kRTF_STATIC = 0x800;

inline constexpr std::uint8_t kIFT_OTHER = 0x01;
inline constexpr std::uint8_t kIFT_ETHER = 0x06;
inline constexpr std::uint8_t kIFT_LOOP = 0x18;
inline constexpr std::uint8_t kLINK_STATE_DOWN = 1;
inline constexpr std::uint8_t kLINK_STATE_UP = 2;

/// struct if_data, without its times: zero.
struct IfData {
  std::uint8_t type = 0, physical = 0, addrlen = 0, hdrlen = 0, link_state = 0, vhid = 0;
  std::uint16_t datalen = 0;
  std::uint32_t mtu = 0, metric = 0;
  std::uint64_t baudrate = 0, ipackets = 0, ierrors = 0, opackets = 0, oerrors = 0, collisions = 0,
                ibytes = 0, obytes = 0, imcasts = 0, omcasts = 0, iqdrops = 0, oqdrops = 0,
                noproto = 0, hwassist = 0;
};

/// struct if_msghdr.
struct IfMsghdr {
  std::uint16_t msglen = 0;
  std::uint8_t version = kRTM_VERSION, type = kRTM_IFINFO;
  std::uint32_t addrs = 0, flags = 0;
  std::uint16_t index = 0;
  IfData data;
};

/// struct if_msghdrl.
struct IfMsghdrl {
  std::uint16_t msglen = 0;
  std::uint8_t version = kRTM_VERSION, type = kRTM_IFINFO;
  std::uint32_t addrs = 0, flags = 0;
  std::uint16_t index = 0, len = 0, data_off = 0;
  IfData data;
};

/// struct ifa_msghdr.
struct IfaMsghdr {
  std::uint16_t msglen = 0;
  std::uint8_t version = kRTM_VERSION, type = kRTM_NEWADDR;
  std::uint32_t addrs = 0, flags = 0;
  std::uint16_t index = 0;
  std::int32_t metric = 0;
};

/// struct ifa_msghdrl.
struct IfaMsghdrl {
  std::uint16_t msglen = 0;
  std::uint8_t version = kRTM_VERSION, type = kRTM_NEWADDR;
  std::uint32_t addrs = 0, flags = 0;
  std::uint16_t index = 0, len = 0, data_off = 0;
  std::int32_t metric = 0;
  IfData data;
};

/// struct ifma_msghdr.
struct IfmaMsghdr {
  std::uint16_t msglen = 0;
  std::uint8_t version = kRTM_VERSION, type = kRTM_NEWMADDR;
  std::uint32_t addrs = 0, flags = 0;
  std::uint16_t index = 0;
};

/// struct rt_msghdr, of its metrics the mtu.
struct RtMsghdr {
  std::uint16_t msglen = 0;
  std::uint8_t version = kRTM_VERSION, type = kRTM_GET;
  std::uint16_t index = 0;
  std::uint32_t flags = 0, addrs = 0;
  std::int32_t pid = 0, seq = 0, error = 0;
  ULong mtu;
};

/// struct if_announcemsghdr.
struct IfAnnounceMsghdr {
  std::uint16_t msglen = 0;
  std::uint8_t version = kRTM_VERSION, type = kRTM_IFANNOUNCE;
  std::uint16_t index = 0;
  char name[16] = {};
  std::uint16_t what = kIFAN_ARRIVAL;
};

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr const char* kStructName<freebsd::RtMsghdr> = "rt_msghdr";
template <>
inline constexpr auto kFields<freebsd::RtMsghdr> = [] {
  using M = freebsd::RtMsghdr;
  return fields(field<&M::msglen>("rtm_msglen"), field<&M::version>("rtm_version"),
                field<&M::type>("rtm_type"), field<&M::index>("rtm_index"), pad<std::uint16_t>(),
                field<&M::flags>("rtm_flags"), field<&M::addrs>("rtm_addrs"),
                field<&M::pid>("rtm_pid"), field<&M::seq>("rtm_seq"), field<&M::error>("rtm_errno"),
                pad<std::int32_t>(), pad<ULong>(2), field<&M::mtu>("rmx_mtu"), pad<ULong>(12));
}();

template <>
inline constexpr const char* kStructName<freebsd::IfAnnounceMsghdr> = "if_announcemsghdr";
template <>
inline constexpr auto kFields<freebsd::IfAnnounceMsghdr> = [] {
  using M = freebsd::IfAnnounceMsghdr;
  return fields(field<&M::msglen>("ifan_msglen"), field<&M::version>("ifan_version"),
                field<&M::type>("ifan_type"), field<&M::index>("ifan_index"),
                field<&M::name>("ifan_name"), field<&M::what>("ifan_what"));
}();

template <>
inline constexpr const char* kStructName<freebsd::IfData> = "if_data";
template <>
inline constexpr auto kFields<freebsd::IfData> = [] {
  using D = freebsd::IfData;
  return fields(field<&D::type>("ifi_type"), field<&D::physical>("ifi_physical"),
                field<&D::addrlen>("ifi_addrlen"), field<&D::hdrlen>("ifi_hdrlen"),
                field<&D::link_state>("ifi_link_state"), field<&D::vhid>("ifi_vhid"),
                field<&D::datalen>("ifi_datalen"), field<&D::mtu>("ifi_mtu"),
                field<&D::metric>("ifi_metric"), field<&D::baudrate>("ifi_baudrate"),
                field<&D::ipackets>("ifi_ipackets"), field<&D::ierrors>("ifi_ierrors"),
                field<&D::opackets>("ifi_opackets"), field<&D::oerrors>("ifi_oerrors"),
                field<&D::collisions>("ifi_collisions"), field<&D::ibytes>("ifi_ibytes"),
                field<&D::obytes>("ifi_obytes"), field<&D::imcasts>("ifi_imcasts"),
                field<&D::omcasts>("ifi_omcasts"), field<&D::iqdrops>("ifi_iqdrops"),
                field<&D::oqdrops>("ifi_oqdrops"), field<&D::noproto>("ifi_noproto"),
                field<&D::hwassist>("ifi_hwassist"), pad<std::uint64_t>(3));
}();

template <>
inline constexpr const char* kStructName<freebsd::IfMsghdr> = "if_msghdr";
template <>
inline constexpr auto kFields<freebsd::IfMsghdr> = [] {
  using M = freebsd::IfMsghdr;
  return fields(field<&M::msglen>("ifm_msglen"), field<&M::version>("ifm_version"),
                field<&M::type>("ifm_type"), field<&M::addrs>("ifm_addrs"),
                field<&M::flags>("ifm_flags"), field<&M::index>("ifm_index"), pad<std::uint16_t>(),
                field<&M::data>("ifm_data"));
}();

template <>
inline constexpr const char* kStructName<freebsd::IfMsghdrl> = "if_msghdrl";
template <>
inline constexpr auto kFields<freebsd::IfMsghdrl> = [] {
  using M = freebsd::IfMsghdrl;
  return fields(field<&M::msglen>("ifm_msglen"), field<&M::version>("ifm_version"),
                field<&M::type>("ifm_type"), field<&M::addrs>("ifm_addrs"),
                field<&M::flags>("ifm_flags"), field<&M::index>("ifm_index"), pad<std::uint16_t>(),
                field<&M::len>("ifm_len"), field<&M::data_off>("ifm_data_off"), pad<std::int32_t>(),
                field<&M::data>("ifm_data"));
}();

template <>
inline constexpr const char* kStructName<freebsd::IfaMsghdr> = "ifa_msghdr";
template <>
inline constexpr auto kFields<freebsd::IfaMsghdr> = [] {
  using M = freebsd::IfaMsghdr;
  return fields(field<&M::msglen>("ifam_msglen"), field<&M::version>("ifam_version"),
                field<&M::type>("ifam_type"), field<&M::addrs>("ifam_addrs"),
                field<&M::flags>("ifam_flags"), field<&M::index>("ifam_index"),
                pad<std::uint16_t>(), field<&M::metric>("ifam_metric"));
}();

template <>
inline constexpr const char* kStructName<freebsd::IfaMsghdrl> = "ifa_msghdrl";
template <>
inline constexpr auto kFields<freebsd::IfaMsghdrl> = [] {
  using M = freebsd::IfaMsghdrl;
  return fields(field<&M::msglen>("ifam_msglen"), field<&M::version>("ifam_version"),
                field<&M::type>("ifam_type"), field<&M::addrs>("ifam_addrs"),
                field<&M::flags>("ifam_flags"), field<&M::index>("ifam_index"),
                pad<std::uint16_t>(), field<&M::len>("ifam_len"),
                field<&M::data_off>("ifam_data_off"), field<&M::metric>("ifam_metric"),
                field<&M::data>("ifam_data"));
}();

template <>
inline constexpr const char* kStructName<freebsd::IfmaMsghdr> = "ifma_msghdr";
template <>
inline constexpr auto kFields<freebsd::IfmaMsghdr> = [] {
  using M = freebsd::IfmaMsghdr;
  return fields(field<&M::msglen>("ifmam_msglen"), field<&M::version>("ifmam_version"),
                field<&M::type>("ifmam_type"), field<&M::addrs>("ifmam_addrs"),
                field<&M::flags>("ifmam_flags"), field<&M::index>("ifmam_index"),
                pad<std::uint16_t>());
}();

}  // namespace emulate
