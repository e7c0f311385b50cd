#pragma once

/// All timers of a kqueue on one timerfd.

#include <cstdint>
#include <map>

#include "host/os/freebsd/kqueue/knote.h"

namespace emulate::freebsd {

class Timers {
 public:
  Timers() = default;
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;
  ~Timers();

  /// Arms `kn` for `deadline` (monotonic nanoseconds); `period` 0: once. ENOMEM when emulate is out
  /// of descriptors.
  Expected<void> start(Kqueue& kq, Knote& kn, std::int64_t deadline, std::int64_t period);
  void stop(Knote& kn);
  /// The timerfd is readable: counts expirations and activates.
  void expire(Kqueue& kq);

 private:
  struct Entry {
    Knote* knote;
    std::int64_t period;
  };
  void arm();

  int fd_ = -1;
  std::multimap<std::int64_t, Entry> entries_;
};

}  // namespace emulate::freebsd
