#pragma once

/// Messages on sockets (Linux include/linux/socket.h).

#include <cstdint>

#include "host/thunk/layout.h"

namespace emulate::linux_os {

struct Msghdr {
  GuestAddr name;
  std::int32_t name_length = 0;
  GuestAddr iov;
  ULong iov_count;
  GuestAddr control;
  ULong control_length;
  std::uint32_t flags = 0;
};
struct Mmsghdr {
  Msghdr header;
  std::uint32_t length = 0;
};
struct Cmsghdr {
  ULong length;
  std::int32_t level = 0;
  std::int32_t type = 0;
};

}  // namespace emulate::linux_os

namespace emulate {

template <>
inline constexpr const char* kStructName<linux_os::Msghdr> = "msghdr";
template <>
inline constexpr auto kFields<linux_os::Msghdr> = fields(
    field<&linux_os::Msghdr::name>("msg_name"),
    field<&linux_os::Msghdr::name_length>("msg_namelen"), field<&linux_os::Msghdr::iov>("msg_iov"),
    field<&linux_os::Msghdr::iov_count>("msg_iovlen"),
    field<&linux_os::Msghdr::control>("msg_control"),
    field<&linux_os::Msghdr::control_length>("msg_controllen"),
    field<&linux_os::Msghdr::flags>("msg_flags"));
template <>
inline constexpr const char* kStructName<linux_os::Mmsghdr> = "mmsghdr";
template <>
inline constexpr auto kFields<linux_os::Mmsghdr> = fields(
    field<&linux_os::Mmsghdr::header>("msg_hdr"), field<&linux_os::Mmsghdr::length>("msg_len"));
template <>
inline constexpr const char* kStructName<linux_os::Cmsghdr> = "cmsghdr";
template <>
inline constexpr auto kFields<linux_os::Cmsghdr> = fields(
    field<&linux_os::Cmsghdr::length>("cmsg_len"), field<&linux_os::Cmsghdr::level>("cmsg_level"),
    field<&linux_os::Cmsghdr::type>("cmsg_type"));

}  // namespace emulate
