#pragma once

/// Interval timers of POSIX (FreeBSD sys/sys/signal.h, sys/sys/timers.h).

#include <cstdint>

#include "host/thunk/layout.h"

namespace emulate::freebsd {

/// struct sigevent. The union at its end is as large as its spare member, long[8]; of its members
/// only the thread id is the kernel's business.
struct Sigevent {
  std::int32_t notify = 0;
  std::int32_t signo = 0;
  ULong value;  ///< union sigval
  std::int32_t thread_id = 0;
};

inline constexpr int kSIGEV_NONE = 0;
inline constexpr int kSIGEV_SIGNAL = 1;
inline constexpr int kSIGEV_THREAD = 2;
inline constexpr int kSIGEV_KEVENT = 3;
inline constexpr int kSIGEV_THREAD_ID = 4;

inline constexpr int kTimerMax = 32;   ///< TIMER_MAX, slots of a process
inline constexpr int kTimerFirst = 3;  ///< slots below are reserved for setitimer(2)

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr const char* kStructName<freebsd::Sigevent> = "sigevent";
template <>
inline constexpr auto kFields<freebsd::Sigevent> =
    fields(field<&freebsd::Sigevent::notify>("sigev_notify"),
           field<&freebsd::Sigevent::signo>("sigev_signo"),
           field<&freebsd::Sigevent::value>("sigev_value"),
           field<&freebsd::Sigevent::thread_id>("sigev_notify_thread_id"), pad<Long>(7));

}  // namespace emulate
