#pragma once

/// What timer_create(2) made: the host's timers, and whom and how they tell.

#include <signal.h>

#include <map>
#include <mutex>
#include <optional>

#include "host/signal/guest_signal.h"

namespace emulate::linux_os {

class Timers {
 public:
  struct Timer {
    int guest_signo = 0;
    bool thread_directed = false;
    int overrun = 0;  ///< of the last signal taken
  };

  /// Makes a host timer under the lock, so that its first signal finds it here. The host's timer
  /// id, which is the guest's too, or -errno.
  int create(clockid_t clock, const sigevent& host_event, const Timer& timer);
  /// -errno or 0.
  int remove(int id);
  std::optional<Timer> find(int id) const;
  /// The signal of a timer reaches the guest.
  void taken(const GuestSignal& signal);
  /// execve deletes all timers; a forked child has none.
  void remove_all();
  void forget();

 private:
  mutable std::mutex mutex_;
  std::map<int, Timer> timers_;
};

}  // namespace emulate::linux_os
