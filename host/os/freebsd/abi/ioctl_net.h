#pragma once

/// Arguments of requests about network interfaces (FreeBSD sys/net/if.h, sys/netinet6/in6_var.h,
/// sys/netinet6/nd6.h).

#include <array>

#include "host/os/freebsd/abi/ioctl.h"

namespace emulate::freebsd {

/// struct ifmediareq.
struct Ifmediareq {
  char name[kIfNameSize] = {};
  std::int32_t current = 0;
  std::int32_t mask = 0;
  std::int32_t status = 0;
  std::int32_t active = 0;
  std::int32_t count = 0;
  GuestAddr list;
};
inline constexpr std::int32_t kIfmAvalid = 1;
inline constexpr std::int32_t kIfmActive = 2;
inline constexpr std::int32_t kIfmEther = 0x20;

/// struct in6_ifreq, whose union is as large as its counters.
struct In6Ifreq {
  char name[kIfNameSize] = {};
  std::array<std::uint64_t, 34> data{};
};

/// struct in6_addrlifetime.
struct In6AddrLifetime {
  Time expire;
  Time preferred;
  std::uint32_t vltime = 0;
  std::uint32_t pltime = 0;
};
inline constexpr std::uint32_t kNd6InfiniteLifetime = 0xffff'ffff;

/// struct in6_ndireq.
struct In6Ndireq {
  char name[kIfNameSize] = {};
  std::uint32_t linkmtu = 0;
  std::uint32_t maxmtu = 0;
  std::uint32_t basereachable = 0;
  std::uint32_t reachable = 0;
  std::uint32_t retrans = 0;
  std::uint32_t flags = 0;
  std::int32_t recalctm = 0;
  std::uint8_t chlim = 0;
  std::uint8_t initialized = 0;
};
/// struct in6_ndifreq.
struct In6Ndifreq {
  char name[kIfNameSize] = {};
  ULong index;
};
inline constexpr std::uint32_t kNd6PerformNud = 0x1;
inline constexpr std::uint32_t kNd6AutoLinklocal = 0x20;

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr const char* kStructName<freebsd::Ifmediareq> = "ifmediareq";
template <>
inline constexpr auto kFields<freebsd::Ifmediareq> =
    fields(field<&freebsd::Ifmediareq::name>("ifm_name"),
           field<&freebsd::Ifmediareq::current>("ifm_current"),
           field<&freebsd::Ifmediareq::mask>("ifm_mask"),
           field<&freebsd::Ifmediareq::status>("ifm_status"),
           field<&freebsd::Ifmediareq::active>("ifm_active"),
           field<&freebsd::Ifmediareq::count>("ifm_count"),
           field<&freebsd::Ifmediareq::list>("ifm_ulist"));

template <>
inline constexpr const char* kStructName<freebsd::In6Ifreq> = "in6_ifreq";
template <>
inline constexpr auto kFields<freebsd::In6Ifreq> = fields(
    field<&freebsd::In6Ifreq::name>("ifr_name"), field<&freebsd::In6Ifreq::data>("ifr_ifru"));

template <>
inline constexpr auto kFields<freebsd::In6AddrLifetime> =
    fields(field<&freebsd::In6AddrLifetime::expire>("ia6t_expire"),
           field<&freebsd::In6AddrLifetime::preferred>("ia6t_preferred"),
           field<&freebsd::In6AddrLifetime::vltime>("ia6t_vltime"),
           field<&freebsd::In6AddrLifetime::pltime>("ia6t_pltime"));

template <>
inline constexpr const char* kStructName<freebsd::In6Ndifreq> = "in6_ndifreq";
template <>
inline constexpr auto kFields<freebsd::In6Ndifreq> = fields(
    field<&freebsd::In6Ndifreq::name>("ifname"), field<&freebsd::In6Ndifreq::index>("ifindex"));

template <>
inline constexpr const char* kStructName<freebsd::In6Ndireq> = "in6_ndireq";
template <>
inline constexpr auto kFields<freebsd::In6Ndireq> = fields(
    field<&freebsd::In6Ndireq::name>("ifname"), field<&freebsd::In6Ndireq::linkmtu>("linkmtu"),
    field<&freebsd::In6Ndireq::maxmtu>("maxmtu"),
    field<&freebsd::In6Ndireq::basereachable>("basereachable"),
    field<&freebsd::In6Ndireq::reachable>("reachable"),
    field<&freebsd::In6Ndireq::retrans>("retrans"), field<&freebsd::In6Ndireq::flags>("flags"),
    field<&freebsd::In6Ndireq::recalctm>("recalctm"), field<&freebsd::In6Ndireq::chlim>("chlim"),
    field<&freebsd::In6Ndireq::initialized>("initialized"), pad<std::uint8_t>(24));

}  // namespace emulate
