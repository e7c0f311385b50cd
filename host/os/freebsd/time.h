#pragma once

/// Conversions of time shared by the areas that wait.

#include <sys/time.h>
#include <time.h>

#include <cstdint>
#include <optional>

#include "host/os/freebsd/abi/time.h"
#include "host/thunk/result.h"

namespace emulate::freebsd {

inline constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

inline timespec to_host(const Timespec& t) { return {t.tv_sec, t.tv_nsec}; }
inline timeval to_host(const Timeval& t) { return {t.tv_sec, t.tv_usec}; }
inline Timespec to_guest(const timespec& t) { return {Time(t.tv_sec), Long(t.tv_nsec)}; }
inline Timeval to_guest(const timeval& t) { return {Time(t.tv_sec), Long(t.tv_usec)}; }

/// 0 <= tv_nsec < one second, and not before the epoch.
inline bool valid(const Timespec& t) {
  return t.tv_sec >= 0 && t.tv_nsec >= 0 && t.tv_nsec < kNanosecondsPerSecond;
}
inline bool valid(const Timeval& t) {
  return t.tv_sec >= 0 && t.tv_usec >= 0 && t.tv_usec < 1'000'000;
}

/// A wait longer than this is as good as endless, and sums with it do not overflow.
inline constexpr std::int64_t kLongestWaitSeconds = INT32_MAX;

inline std::int64_t nanoseconds(const timespec& t) {
  return std::int64_t{t.tv_sec} * kNanosecondsPerSecond + t.tv_nsec;
}
inline timespec from_nanoseconds(std::int64_t ns) {
  return {ns / kNanosecondsPerSecond, ns % kNanosecondsPerSecond};
}
inline std::int64_t now_ns(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return nanoseconds(t);
}

/// Reads a guest clock (kern_clock_gettime). EINVAL for ids that are none.
Expected<timespec> read_clock(int clock_id);

}  // namespace emulate::freebsd
