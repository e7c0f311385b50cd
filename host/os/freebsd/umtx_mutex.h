#pragma once

/// struct umutex: the mutex part of _umtx_op(2).

#include "host/os/freebsd/umtx_wait.h"

namespace emulate::freebsd {

enum class LockMode : std::uint8_t {
  lock,  ///< take it
  try_,  ///< EBUSY instead of waiting
  wait,  ///< come back when it can be taken, without taking it
};

/// Success, or a host errno; EOWNERDEAD means taken from a dead owner. EINTR is the caller's to
/// turn into a restart.
Expected<void> lock_umutex(Task& task, GuestAddr mutex, LockMode mode,
                           const std::optional<WaitLimit>& limit);
/// `owner_died`: the owner ends without having unlocked it.
Expected<void> unlock_umutex(Task& task, GuestAddr mutex, bool owner_died = false);
Expected<void> wake_umutex(Task& task, GuestAddr mutex);
Expected<void> wake2_umutex(Task& task, GuestAddr mutex, std::uint32_t flags);
/// `old_ceiling` receives the previous one unless it is 0.
Expected<void> set_ceiling(Task& task, GuestAddr mutex, std::uint32_t ceiling,
                           GuestAddr old_ceiling);

}  // namespace emulate::freebsd
