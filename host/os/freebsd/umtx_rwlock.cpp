#include "host/os/freebsd/umtx_rwlock.h"

#include <climits>

/// FreeBSD sys/kern/kern_umtx.c: do_rw_rdlock(), do_rw_wrlock(), do_rw_unlock(). The kernel guards
/// the counts of blocked threads with a lock of its own; here they are changed atomically, and a
/// sleeper makes sure that its waiters bit is part of the value it sleeps on.

namespace emulate::freebsd {
namespace {

std::uint32_t readers(std::uint32_t state) { return state & kUrwlockMaxReaders; }

bool held(std::uint32_t state) { return (state & kUrwlockWriteOwner) != 0 || readers(state) != 0; }

struct Urwlock {
  Urwlock(Task& t, GuestAddr at)
      : state(t, at + kUrwlockStateAt),
        flags(t, at + kUrwlockFlagsAt),
        blocked_readers(t, at + kUrwlockBlockedReadersAt),
        blocked_writers(t, at + kUrwlockBlockedWritersAt) {}
  UmtxWord state, flags, blocked_readers, blocked_writers;
};

/// A kind of waiter: its bit in the state, its count and its queue.
struct WaiterKind {
  const UmtxWord& count;
  std::uint32_t bit;
  Queue queue;
};

/// Sleeps until `blocked(state)` is false, with the waiter counted meanwhile. The last waiter of a
/// kind to leave takes its bit away.
template <class Blocked>
Expected<void> sleep_while(const Urwlock& lock, const WaiterKind& kind, Sharing sharing,
                           const std::optional<WaitLimit>& limit, Blocked blocked) {
  auto counted = kind.count.update([](std::uint32_t n) { return n + 1; });
  if (!counted) return tl::unexpected(counted.error());
  Expected<void> result;
  for (;;) {
    auto seen = lock.state.update([&](std::uint32_t s) { return blocked(s) ? s | kind.bit : s; });
    if (!seen) return tl::unexpected(seen.error());
    if (!blocked(*seen)) break;
    result = lock.state.wait(*seen | kind.bit, kind.queue, sharing, limit);
    if (!result) break;
  }
  auto before = kind.count.update([](std::uint32_t n) { return n - 1; });
  if (!before) return tl::unexpected(before.error());
  if (*before == 1) {
    auto cleared = lock.state.update([&](std::uint32_t s) { return s & ~kind.bit; });
    if (!cleared) return tl::unexpected(cleared.error());
    // Who has come meanwhile sleeps on the bit that is gone: an unlocker would pass it over.
    lock.state.wake(INT_MAX, kind.queue, sharing);
  }
  return result;
}

}  // namespace

Expected<void> rdlock_urwlock(Task& task, GuestAddr at, std::uint32_t call_flags,
                              const std::optional<WaitLimit>& limit) {
  const Urwlock lock(task, at);
  auto flags = lock.flags.load();
  if (!flags) return tl::unexpected(flags.error());
  std::uint32_t blocking = kUrwlockWriteOwner;
  if (((call_flags | *flags) & kUrwlockPreferReader) == 0) blocking |= kUrwlockWriteWaiters;
  const auto blocked = [&](std::uint32_t s) { return (s & blocking) != 0; };

  std::optional<HostErrno> failure;
  for (;;) {
    auto state = lock.state.update([&](std::uint32_t s) {
      return blocked(s) || readers(s) == kUrwlockMaxReaders ? s : s + 1;
    });
    if (!state) return tl::unexpected(state.error());
    if (!blocked(*state)) {
      if (readers(*state) == kUrwlockMaxReaders) return host_error(EAGAIN);
      return {};
    }
    if (failure) return tl::unexpected(*failure);
    auto slept = sleep_while(lock, {lock.blocked_readers, kUrwlockReadWaiters, Queue::readers},
                             sharing_of(*flags), limit, blocked);
    if (!slept) failure = slept.error();
  }
}

Expected<void> wrlock_urwlock(Task& task, GuestAddr at, const std::optional<WaitLimit>& limit) {
  const Urwlock lock(task, at);
  auto flags = lock.flags.load();
  if (!flags) return tl::unexpected(flags.error());
  const Sharing sharing = sharing_of(*flags);

  std::optional<HostErrno> failure;
  for (;;) {
    auto state =
        lock.state.update([](std::uint32_t s) { return held(s) ? s : s | kUrwlockWriteOwner; });
    if (!state) return tl::unexpected(state.error());
    if (!held(*state)) return {};
    if (failure) {
      // Readers may have stood back for this writer, which now gives up.
      if ((*state & (kUrwlockWriteOwner | kUrwlockWriteWaiters)) == 0) {
        lock.state.wake(INT_MAX, Queue::readers, sharing);
      }
      return tl::unexpected(*failure);
    }
    auto slept = sleep_while(lock, {lock.blocked_writers, kUrwlockWriteWaiters, Queue::writers},
                             sharing, limit, held);
    if (!slept) failure = slept.error();
  }
}

Expected<void> unlock_urwlock(Task& task, GuestAddr at) {
  const Urwlock lock(task, at);
  auto flags = lock.flags.load();
  if (!flags) return tl::unexpected(flags.error());
  auto before = lock.state.update([](std::uint32_t s) {
    if ((s & kUrwlockWriteOwner) != 0) return s & ~kUrwlockWriteOwner;
    return readers(s) != 0 ? s - 1 : s;
  });
  if (!before) return tl::unexpected(before.error());
  if (!held(*before)) return host_error(EPERM);

  const bool readers_wait = (*before & kUrwlockReadWaiters) != 0;
  const bool writers_wait = (*before & kUrwlockWriteWaiters) != 0;
  const bool readers_first = (*flags & kUrwlockPreferReader) != 0;
  if (readers_wait && (readers_first || !writers_wait)) {
    lock.state.wake(INT_MAX, Queue::readers, sharing_of(*flags));
  } else if (writers_wait) {
    lock.state.wake(1, Queue::writers, sharing_of(*flags));
  }
  return {};
}

}  // namespace emulate::freebsd
