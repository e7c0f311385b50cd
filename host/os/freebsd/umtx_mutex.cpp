#include "host/os/freebsd/umtx_mutex.h"

#include <climits>

#include "host/os/freebsd/personality.h"
#include "host/os/freebsd/umtx.h"

/// FreeBSD sys/kern/kern_umtx.c: do_lock_normal(), do_lock_pi(), do_lock_pp() and their kin.
///
/// The kernel counts who waits, and changes the word, under a lock of its own. Here an unlock first
/// leaves the word without an owner and uncontested, so that nobody falls asleep on the old value
/// any more, and then counts: a bit that was cleared only after a count could be a later contest's.

namespace emulate::freebsd {
namespace {

constexpr std::uint32_t kMaxRealtimePriority = 31;  // RTP_PRIO_MAX

std::uint32_t owner_of(std::uint32_t word) { return word & ~kUmutexContested; }

bool unowned(std::uint32_t word) {
  return word == kUmutexUnowned || word == kUmutexContested || word == kUmutexOwnerDead ||
         word == kUmutexNotRecoverable;
}

/// What an unlock leaves in the word (umtx_unlock_val()).
std::uint32_t unlocked_value(std::uint32_t flags, bool owner_died) {
  if (owner_died) return kUmutexOwnerDead;
  return (flags & kUmutexNonconsistent) != 0 ? kUmutexNotRecoverable : kUmutexUnowned;
}

struct Umutex {
  Umutex(Task& t, GuestAddr address)
      : task(t),
        id(static_cast<std::uint32_t>(t.tid())),
        owner(t, address + kUmutexOwnerAt),
        flags_word(t, address + kUmutexFlagsAt),
        ceiling(t, address + kUmutexCeilingAt),
        old_ceiling(t, address + kUmutexOldCeilingAt) {}

  Task& task;
  std::uint32_t id;
  UmtxWord owner;
  UmtxWord flags_word;
  UmtxWord ceiling;
  UmtxWord old_ceiling;
};

/// Tries to replace the unowned value `seen` by this thread; true when it is done, with the
/// result in `out`.
bool take(const Umutex& m, std::uint32_t seen, std::uint32_t desired, Expected<void>& out) {
  auto found = m.owner.exchange(seen, desired);
  if (!found) {
    out = tl::unexpected(found.error());
    return true;
  }
  if (*found != seen) return false;
  out = seen == kUmutexOwnerDead ? host_error(EOWNERDEAD) : Expected<void>();
  return true;
}

/// Normal and priority-inheriting mutexes; the inheriting ones detect the simplest deadlock.
Expected<void> lock_normal(const Umutex& m, std::uint32_t flags, LockMode mode,
                           const std::optional<WaitLimit>& limit) {
  const bool inherit = (flags & kUmutexPrioInherit) != 0;
  const bool takes = mode != LockMode::wait || inherit;
  std::optional<HostErrno> failure;
  for (;;) {
    auto word = m.owner.load();
    if (!word) return tl::unexpected(word.error());
    if (!takes && unowned(*word)) return {};
    if (takes) {
      Expected<void> result;
      if (*word == kUmutexNotRecoverable) return host_error(ENOTRECOVERABLE);
      if (*word == kUmutexUnowned) {
        if (take(m, *word, m.id, result)) return result;
        continue;
      }
      if (*word == kUmutexContested || *word == kUmutexOwnerDead) {
        if (take(m, *word, m.id | kUmutexContested, result)) return result;
        continue;
      }
      if (inherit && owner_of(*word) == m.id) return host_error(EDEADLK);
      if (mode != LockMode::lock) return host_error(EBUSY);
    }
    // The lock was tried once more after the wait failed.
    if (failure) return tl::unexpected(*failure);
    const std::uint32_t contested = *word | kUmutexContested;
    if (contested != *word) {
      auto found = m.owner.exchange(*word, contested);
      if (!found) return tl::unexpected(found.error());
      if (*found != *word) continue;
    }
    auto slept = m.owner.wait(contested, Queue::mutex, sharing_of(flags), limit);
    if (!slept) failure = slept.error();
  }
}

/// Priority-protecting mutexes are never marked unowned, so that each lock comes here.
Expected<void> lock_protected(const Umutex& m, std::uint32_t flags, LockMode mode,
                              const std::optional<WaitLimit>& limit) {
  std::optional<HostErrno> failure;
  for (;;) {
    auto ceiling = m.ceiling.load();
    if (!ceiling) return tl::unexpected(ceiling.error());
    if (kMaxRealtimePriority - *ceiling > kMaxRealtimePriority) return host_error(EINVAL);
    auto word = m.owner.load();
    if (!word) return tl::unexpected(word.error());
    if (*word == kUmutexNotRecoverable) return host_error(ENOTRECOVERABLE);
    if (*word == kUmutexContested || *word == kUmutexOwnerDead) {
      Expected<void> result;
      if (take(m, *word, m.id | kUmutexContested, result)) return result;
      continue;
    }
    if (mode != LockMode::lock) return host_error(EBUSY);
    if (failure) return tl::unexpected(*failure);
    auto slept = m.owner.wait(*word, Queue::mutex, sharing_of(flags), limit);
    if (!slept) failure = slept.error();
  }
}

/// After the word was left unowned and uncontested: wakes one who waits, and marks the mutex again
/// for those that stay. Without a waiter the memory may be somebody else's by now, and is left
/// alone.
Expected<void> wake_next(const UmtxWord& owner, Sharing sharing) {
  const int waiters = owner.waiters(sharing);
  auto word = owner.update([&](std::uint32_t w) {
    const bool others_stay = waiters > 1 || (waiters == 1 && owner_of(w) != 0);
    return others_stay ? w | kUmutexContested : w;
  });
  if (!word) {
    // The kernel lets everybody find out that the memory is gone.
    owner.wake(INT_MAX, Queue::mutex, sharing);
    return tl::unexpected(word.error());
  }
  if (waiters > 0 && unowned(*word)) owner.wake(1, Queue::mutex, sharing);
  return {};
}

Expected<void> unlock_normal(const Umutex& m, std::uint32_t flags, bool owner_died) {
  const std::uint32_t unlocked = unlocked_value(flags, owner_died);
  for (;;) {
    auto word = m.owner.load();
    if (!word) return tl::unexpected(word.error());
    if (owner_of(*word) != m.id) return host_error(EPERM);
    auto found = m.owner.exchange(*word, unlocked);
    if (!found) return tl::unexpected(found.error());
    if (*found != *word) continue;
    if ((*word & kUmutexContested) == 0) return {};
    if (unlocked == kUmutexUnowned) return wake_next(m.owner, sharing_of(flags));
    // All who wait for a mutex that is beyond recovery must hear of it.
    const int count = unlocked == kUmutexNotRecoverable ? INT_MAX : 1;
    m.owner.wake(count, Queue::mutex, sharing_of(flags));
    return {};
  }
}

Expected<void> unlock_protected(const Umutex& m, std::uint32_t flags, bool owner_died) {
  auto word = m.owner.load();
  if (!word) return tl::unexpected(word.error());
  if (owner_of(*word) != m.id) return host_error(EPERM);
  auto restored = m.old_ceiling.load();
  if (!restored) return tl::unexpected(restored.error());
  constexpr std::uint32_t kNoCeiling = ~0u;
  if (*restored != kNoCeiling && kMaxRealtimePriority - *restored > kMaxRealtimePriority) {
    return host_error(EINVAL);
  }
  auto stored = m.owner.store(unlocked_value(flags, owner_died) | kUmutexContested);
  if (!stored) return stored;
  m.owner.wake(1, Queue::mutex, sharing_of(flags));
  return {};
}

constexpr std::uint32_t kProtocols = kUmutexPrioInherit | kUmutexPrioProtect;

}  // namespace

Expected<void> lock_umutex(Task& task, GuestAddr mutex, LockMode mode,
                           const std::optional<WaitLimit>& limit) {
  const Umutex m(task, mutex);
  auto flags = m.flags_word.load();
  if (!flags) return tl::unexpected(flags.error());
  switch (*flags & kProtocols) {
    case 0:
    case kUmutexPrioInherit:
      return lock_normal(m, *flags, mode, limit);
    case kUmutexPrioProtect:
      return lock_protected(m, *flags, mode, limit);
    default:
      return host_error(EINVAL);
  }
}

Expected<void> unlock_umutex(Task& task, GuestAddr mutex, bool owner_died) {
  const Umutex m(task, mutex);
  auto flags = m.flags_word.load();
  if (!flags) return tl::unexpected(flags.error());
  switch (*flags & kProtocols) {
    case 0:
    case kUmutexPrioInherit:
      return unlock_normal(m, *flags, owner_died);
    case kUmutexPrioProtect:
      return unlock_protected(m, *flags, owner_died);
    default:
      return host_error(EINVAL);
  }
}

Expected<void> wake_umutex(Task& task, GuestAddr mutex) {
  const Umutex m(task, mutex);
  auto flags = m.flags_word.load();
  if (!flags) return tl::unexpected(flags.error());
  auto word = m.owner.update(
      [](std::uint32_t w) { return w == kUmutexContested ? std::uint32_t{kUmutexUnowned} : w; });
  if (!word) return tl::unexpected(word.error());
  if (!unowned(*word)) return {};
  if (owner_of(*word) == 0) return wake_next(m.owner, sharing_of(*flags));
  m.owner.wake(1, Queue::mutex, sharing_of(*flags));
  return {};
}

Expected<void> wake2_umutex(Task& task, GuestAddr mutex, std::uint32_t flags) {
  if ((flags & kProtocols) == kProtocols) return host_error(EINVAL);
  return wake_next(Umutex(task, mutex).owner, sharing_of(flags));  // userland has unlocked
}

Expected<void> set_ceiling(Task& task, GuestAddr mutex, std::uint32_t ceiling,
                           GuestAddr old_ceiling) {
  const Umutex m(task, mutex);
  auto flags = m.flags_word.load();
  if (!flags) return tl::unexpected(flags.error());
  if ((*flags & kUmutexPrioProtect) == 0) return host_error(EINVAL);
  if (ceiling > kMaxRealtimePriority) return host_error(EINVAL);
  std::uint32_t saved = 0;
  std::optional<HostErrno> failure;
  for (;;) {
    auto old = m.ceiling.load();
    if (!old) return tl::unexpected(old.error());
    saved = *old;
    auto word = m.owner.exchange(kUmutexContested, m.id | kUmutexContested);
    if (!word) return tl::unexpected(word.error());
    if (*word == kUmutexContested) {
      auto stored = m.ceiling.store(ceiling);
      auto released = m.owner.store(kUmutexContested);
      if (!stored) return stored;
      if (!released) return released;
      break;
    }
    if (owner_of(*word) == m.id) {
      if (auto stored = m.ceiling.store(ceiling); !stored) return stored;
      break;
    }
    if (*word == kUmutexOwnerDead) return host_error(EOWNERDEAD);
    if (*word == kUmutexNotRecoverable) return host_error(ENOTRECOVERABLE);
    if (failure) return tl::unexpected(*failure);
    auto slept = m.owner.wait(*word, Queue::mutex, sharing_of(*flags), std::nullopt);
    if (!slept) failure = slept.error();
  }
  m.owner.wake(INT_MAX, Queue::mutex, sharing_of(*flags));
  if (old_ceiling) return UmtxWord(task, old_ceiling).store(saved);
  return {};
}

// --- robust lists ------------------------------------------------------------------------------

namespace {

/// Longest list that is followed (debug.max_robust_lists of the kernel, umtx_max_rb).
constexpr int kMaxRobust = 1000;

Expected<GuestAddr> load_pointer(Task& task, GuestAddr at) {
  std::byte bytes[8];
  const std::size_t n = task.model().long_bytes;
  if (auto r = task.copyin(bytes, at, n); !r) return tl::unexpected(r.error());
  return GuestAddr(load_scalar(task.model(), bytes, n));
}

/// Releases one mutex of a list; the next one, 0 at the end. An error ends the walk.
Expected<GuestAddr> release_robust(Task& task, GuestAddr mutex, bool inactive) {
  const Umutex m(task, mutex);
  auto next = load_pointer(task, mutex + kUmutexRobustLinkAt);
  auto flags = m.flags_word.load();
  auto owner = m.owner.load();
  if (!next || !flags || !owner) return host_error(EFAULT);
  if ((*flags & kUmutexRobust) == 0) return host_error(EINVAL);
  if (owner_of(*owner) != m.id) {
    // The inactive one was being locked or unlocked when the thread ended.
    if (inactive) return *next;
    return host_error(EINVAL);
  }
  if (auto r = unlock_umutex(task, mutex, true); !r) return tl::unexpected(r.error());
  return *next;
}

void release_list(Task& task, GuestAddr list, GuestAddr& inactive) {
  if (!list) return;
  auto mutex = load_pointer(task, list);
  for (int i = 0; i < kMaxRobust && mutex && *mutex; ++i) {
    const bool is_inactive = *mutex == inactive;
    if (is_inactive) inactive = GuestAddr();
    mutex = release_robust(task, *mutex, is_inactive);
  }
}

}  // namespace

void umtx_thread_exit(Task& task) {
  Thread& thread = thread_of(task);
  GuestAddr inactive;
  if (thread.robust_inactive) {
    inactive = load_pointer(task, thread.robust_inactive).value_or(GuestAddr());
  }
  release_list(task, thread.robust_list, inactive);
  release_list(task, thread.robust_private_list, inactive);
  if (inactive) (void)release_robust(task, inactive, true);
  thread.robust_list = thread.robust_private_list = thread.robust_inactive = GuestAddr();
}

}  // namespace emulate::freebsd
