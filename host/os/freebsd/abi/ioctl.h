#pragma once

/// Structures of ioctl(2) requests (FreeBSD sys/sys/filio.h, sys/net/if.h).

#include "host/thunk/layout.h"

namespace emulate {
namespace freebsd {

/// Argument of FIODGNAME.
struct FiodgnameArg {
  std::int32_t len = 0;
  GuestAddr buf;
};

inline constexpr std::size_t kIfNameSize = 16;

/// struct ifreq; the union that follows the name is read and written by hand. Members are not named
/// as in C because the host's headers make macros of those names.
struct Ifreq {
  char name[kIfNameSize] = {};
  std::uint8_t data[16] = {};
};

/// Argument of SIOCGIFCONF.
struct Ifconf {
  std::int32_t len = 0;
  GuestAddr buf;
};

}  // namespace freebsd

template <>
inline constexpr const char* kStructName<freebsd::FiodgnameArg> = "fiodgname_arg";
template <>
inline constexpr auto kFields<freebsd::FiodgnameArg> =
    fields(field<&freebsd::FiodgnameArg::len>("len"), field<&freebsd::FiodgnameArg::buf>("buf"));

template <>
inline constexpr const char* kStructName<freebsd::Ifreq> = "ifreq";
template <>
inline constexpr auto kFields<freebsd::Ifreq> = fields(field<&freebsd::Ifreq::name>("ifr_name"),
                                                       field<&freebsd::Ifreq::data>("ifr_ifru"));

template <>
inline constexpr const char* kStructName<freebsd::Ifconf> = "ifconf";
template <>
inline constexpr auto kFields<freebsd::Ifconf> = fields(field<&freebsd::Ifconf::len>("ifc_len"),
                                                        field<&freebsd::Ifconf::buf>("ifc_buf"));

}  // namespace emulate
