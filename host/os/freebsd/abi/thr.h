#pragma once

/// Threads (FreeBSD sys/sys/thr.h) and their priorities (sys/sys/rtprio.h).

#include <cstdint>

#include "host/thunk/layout.h"

namespace emulate::freebsd {

/// struct thr_param.
struct ThrParam {
  GuestAddr start_func;
  GuestAddr arg;
  GuestAddr stack_base;
  ULong stack_size;
  GuestAddr tls_base;
  ULong tls_size;
  GuestAddr child_tid;
  GuestAddr parent_tid;
  std::int32_t flags = 0;
  GuestAddr rtp;
};

inline constexpr int kRTP_LOOKUP = 0;
inline constexpr int kRTP_SET = 1;

inline constexpr std::uint16_t kRTP_PRIO_REALTIME = 2;
inline constexpr std::uint16_t kRTP_PRIO_NORMAL = 3;
inline constexpr std::uint16_t kRTP_PRIO_IDLE = 4;
inline constexpr std::uint16_t kRTP_PRIO_FIFO = 10;
inline constexpr std::uint16_t kRTP_PRIO_MAX = 31;

/// struct rtprio.
struct Rtprio {
  std::uint16_t type = 0;
  std::uint16_t prio = 0;
};

inline constexpr std::size_t kMaxComLen = 19;  ///< MAXCOMLEN

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr const char* kStructName<freebsd::ThrParam> = "thr_param";
template <>
inline constexpr auto kFields<freebsd::ThrParam> = fields(
    field<&freebsd::ThrParam::start_func>("start_func"), field<&freebsd::ThrParam::arg>("arg"),
    field<&freebsd::ThrParam::stack_base>("stack_base"),
    field<&freebsd::ThrParam::stack_size>("stack_size"),
    field<&freebsd::ThrParam::tls_base>("tls_base"),
    field<&freebsd::ThrParam::tls_size>("tls_size"),
    field<&freebsd::ThrParam::child_tid>("child_tid"),
    field<&freebsd::ThrParam::parent_tid>("parent_tid"), field<&freebsd::ThrParam::flags>("flags"),
    field<&freebsd::ThrParam::rtp>("rtp"), pad<GuestAddr>(3));

template <>
inline constexpr const char* kStructName<freebsd::Rtprio> = "rtprio";
template <>
inline constexpr auto kFields<freebsd::Rtprio> = fields(field<&freebsd::Rtprio::type>("type"),
                                                        field<&freebsd::Rtprio::prio>("prio"));

}  // namespace emulate
