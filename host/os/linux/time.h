#pragma once

/// Times of guests as the host's.

#include <time.h>

#include "host/os/linux/abi/time.h"
#include "host/os/param.h"

namespace emulate::linux_os {

inline constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

/// Reads a duration or point in time. EFAULT; EINVAL for what is none.
template <class T>
Expected<timespec> load_timespec(const Task& task, const In<T>& from) {
  auto t = from.load();
  if (!t) return tl::unexpected(t.error());
  if constexpr (std::is_same_v<T, Timespec64>) clean(task.model(), *t);
  const std::int64_t nsec = t->nsec;
  if (t->sec < 0 || nsec < 0 || nsec >= kNanosecondsPerSecond) return host_error(EINVAL);
  return timespec{t->sec, nsec};
}

inline Task::Deadline deadline_after(const timespec& t) {
  // Nobody waits longer, and the sum stays inside the clock's range.
  constexpr std::int64_t kLongest = 1LL << 32;
  return Task::Deadline::clock::now() +
         std::chrono::seconds(std::min<std::int64_t>(t.tv_sec, kLongest)) +
         std::chrono::nanoseconds(t.tv_nsec);
}

/// The moment on the host's clock `clock` after which `t` is over.
timespec host_deadline(clockid_t clock, const timespec& t);

template <class T>
T to_guest(const timespec& t) {
  T out;
  out.sec = t.tv_sec;
  out.nsec = t.tv_nsec;
  return out;
}

}  // namespace emulate::linux_os
