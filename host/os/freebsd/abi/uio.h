#pragma once

/// struct iovec (FreeBSD sys/sys/_iovec.h).

#include "host/thunk/layout.h"

namespace emulate {
namespace freebsd {

inline constexpr std::uint32_t kUioMaxIov = 1024;

struct Iovec {
  GuestAddr iov_base;
  ULong iov_len;
};

/// The most one call may transfer: SSIZE_MAX, INT_MAX for 32-bit programs (FreeBSD iosize_max()).
constexpr std::uint64_t iosize_max(const DataModel& model) {
  return model.is64() ? INT64_MAX : INT32_MAX;
}

}  // namespace freebsd

template <>
inline constexpr const char* kStructName<freebsd::Iovec> = "iovec";
template <>
inline constexpr auto kFields<freebsd::Iovec> = fields(field<&freebsd::Iovec::iov_base>("iov_base"),
                                                       field<&freebsd::Iovec::iov_len>("iov_len"));

}  // namespace emulate
