#pragma once

/// Time structures (FreeBSD sys/sys/_timespec.h, _timeval.h).

#include "host/thunk/layout.h"

namespace emulate {
namespace freebsd {

struct Timespec {
  Time tv_sec;
  Long tv_nsec;
};

struct Timeval {
  Time tv_sec;
  Long tv_usec;  ///< suseconds_t is long
};

}  // namespace freebsd

template <>
inline constexpr const char* kStructName<freebsd::Timespec> = "timespec";
template <>
inline constexpr auto kFields<freebsd::Timespec> =
    fields(field<&freebsd::Timespec::tv_sec>("tv_sec"),
           field<&freebsd::Timespec::tv_nsec>("tv_nsec"));

template <>
inline constexpr const char* kStructName<freebsd::Timeval> = "timeval";
template <>
inline constexpr auto kFields<freebsd::Timeval> =
    fields(field<&freebsd::Timeval::tv_sec>("tv_sec"),
           field<&freebsd::Timeval::tv_usec>("tv_usec"));

}  // namespace emulate
