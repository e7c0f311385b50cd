#pragma once

/// struct urwlock: the reader-writer locks of _umtx_op(2).

#include "host/os/freebsd/umtx_wait.h"

namespace emulate::freebsd {

/// `flags` may hold kUrwlockPreferReader for this call alone.
Expected<void> rdlock_urwlock(Task& task, GuestAddr lock, std::uint32_t flags,
                              const std::optional<WaitLimit>& limit);
Expected<void> wrlock_urwlock(Task& task, GuestAddr lock, const std::optional<WaitLimit>& limit);
Expected<void> unlock_urwlock(Task& task, GuestAddr lock);

}  // namespace emulate::freebsd
