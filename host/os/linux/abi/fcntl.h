#pragma once

/// Locks and owners of files (Linux include/uapi/asm-generic/fcntl.h).

#include <cstdint>

#include "host/thunk/layout.h"

namespace emulate::linux_os {

/// struct flock and struct flock64.
struct Flock {
  std::int16_t type = 0;
  std::int16_t whence = 0;
  Long start, length;
  std::int32_t pid = 0;
};
struct Flock64 {
  std::int16_t type = 0;
  std::int16_t whence = 0;
  std::int64_t start = 0, length = 0;
  std::int32_t pid = 0;
};
struct OwnerEx {
  std::int32_t type = 0;
  std::int32_t pid = 0;
};

}  // namespace emulate::linux_os

namespace emulate {

template <>
inline constexpr const char* kStructName<linux_os::Flock> = "flock";
template <>
inline constexpr auto kFields<linux_os::Flock> = fields(field<&linux_os::Flock::type>("l_type"),
                                                        field<&linux_os::Flock::whence>("l_whence"),
                                                        field<&linux_os::Flock::start>("l_start"),
                                                        field<&linux_os::Flock::length>("l_len"),
                                                        field<&linux_os::Flock::pid>("l_pid"));
template <>
inline constexpr const char* kStructName<linux_os::Flock64> = "flock64";
template <>
inline constexpr auto kFields<linux_os::Flock64> =
    fields(field<&linux_os::Flock64::type>("l_type"), field<&linux_os::Flock64::whence>("l_whence"),
           field<&linux_os::Flock64::start>("l_start"), field<&linux_os::Flock64::length>("l_len"),
           field<&linux_os::Flock64::pid>("l_pid"));
template <>
inline constexpr auto kFields<linux_os::OwnerEx> = fields(field<&linux_os::OwnerEx::type>("type"),
                                                          field<&linux_os::OwnerEx::pid>("pid"));

}  // namespace emulate
