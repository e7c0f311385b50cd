#include "host/os/freebsd/umtx.h"

#include <algorithm>
#include <climits>
#include <iterator>

#include "host/os/freebsd/personality.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/freebsd/umtx_mutex.h"
#include "host/os/freebsd/umtx_rwlock.h"
#include "host/os/freebsd/umtx_shm.h"
#include "host/os/freebsd/umtx_wait.h"

/// _umtx_op(2): FreeBSD sys/kern/kern_umtx.c.

namespace emulate::freebsd {
namespace {

/// Arguments of one call under the kernel's names.
struct UmtxArgs {
  GuestAddr obj;
  std::uint64_t val = 0;
  GuestAddr uaddr1;
  GuestAddr uaddr2;
};

using Limit = std::optional<WaitLimit>;

/// What EINTR means to the guest where msleep()'s ERESTART passes through.
SysResult restartable(const Expected<void>& r) {
  if (!r && r.error().value == EINTR) return Restart{};
  return SysResult::from(r);
}

/// Timeout arguments: uaddr2 is a timespec, or a _umtx_time when uaddr1, its size, says so.
Expected<Limit> load_limit(Task& task, const UmtxArgs& a) {
  if (!a.uaddr2) return Limit();
  UmtxTime time;
  if (a.uaddr1.value <= guest_size<Timespec>(task.model())) {
    auto timeout = task.load<Timespec>(a.uaddr2);
    if (!timeout) return tl::unexpected(timeout.error());
    time.timeout = *timeout;
  } else {
    auto full = task.load<UmtxTime>(a.uaddr2);
    if (!full) return tl::unexpected(full.error());
    time = *full;
  }
  const Timespec& t = time.timeout;
  if (t.tv_sec < 0 || t.tv_nsec < 0 || t.tv_nsec >= 1'000'000'000) return host_error(EINVAL);
  return Limit(WaitLimit::make(time));
}

// --- WAIT and WAKE -----------------------------------------------------------------------------

/// The half of a u_long that a wait on it sleeps on: the low one, which changes.
GuestAddr low_half(const DataModel& model, GuestAddr at) {
  return model.order == ByteOrder::big ? at + 4 : at;
}

SysResult op_wait(Task& task, const UmtxArgs& a) {
  auto limit = load_limit(task, a);
  if (!limit) return limit.error();
  const DataModel& model = task.model();
  if (!model.is64()) {
    return SysResult::from(
        UmtxWord(task, a.obj)
            .wait(static_cast<std::uint32_t>(a.val), Queue::simple, Sharing::automatic, *limit));
  }
  auto found = load64(task.memory(), a.obj);
  if (!found) return found.error();
  const std::uint64_t value = model.order == ByteOrder::big ? __builtin_bswap64(*found) : *found;
  if (value != a.val) return SysResult::ok();
  const Queue queue = model.order == ByteOrder::big ? Queue::simple_long : Queue::simple;
  return SysResult::from(
      UmtxWord(task, low_half(model, a.obj))
          .wait(static_cast<std::uint32_t>(a.val), queue, Sharing::automatic, *limit));
}

SysResult wait_uint(Task& task, const UmtxArgs& a, Sharing sharing) {
  auto limit = load_limit(task, a);
  if (!limit) return limit.error();
  const UmtxWord word(task, a.obj);
  // The kernel compares the word with the whole argument.
  if (a.val > UINT32_MAX) return SysResult::from(word.load().map([](auto) { return 0; }));
  return SysResult::from(
      word.wait(static_cast<std::uint32_t>(a.val), Queue::simple, sharing, *limit));
}

SysResult op_wait_uint(Task& task, const UmtxArgs& a) {
  return wait_uint(task, a, Sharing::automatic);
}

SysResult op_wait_uint_private(Task& task, const UmtxArgs& a) {
  return wait_uint(task, a, Sharing::thread);
}

Expected<void> wake(Task& task, GuestAddr address, int count, Sharing sharing) {
  if (sharing == Sharing::automatic && !task.memory().find(address)) return host_error(EFAULT);
  const int woken = UmtxWord(task, address).wake(count, Queue::simple, sharing);
  const DataModel& model = task.model();
  if (model.is64() && model.order == ByteOrder::big) {
    UmtxWord(task, low_half(model, address)).wake(count - woken, Queue::simple_long, sharing);
  }
  return {};
}

/// n_wake of the kernel is an int; umtxq_signal() treats what is not positive as one.
int wake_count(std::uint64_t val) {
  const auto n = static_cast<std::int32_t>(val);
  return n > 0 ? n : 1;
}

SysResult op_wake(Task& task, const UmtxArgs& a) {
  return SysResult::from(wake(task, a.obj, wake_count(a.val), Sharing::automatic));
}

SysResult op_wake_private(Task& task, const UmtxArgs& a) {
  return SysResult::from(wake(task, a.obj, wake_count(a.val), Sharing::thread));
}

SysResult op_nwake_private(Task& task, const UmtxArgs& a) {
  const DataModel& model = task.model();
  const auto count = static_cast<std::int32_t>(a.val);
  for (std::int32_t i = 0; i < count; ++i) {
    std::byte bytes[8];
    const GuestAddr at = a.obj + static_cast<std::uint64_t>(i) * model.long_bytes;
    if (auto r = task.copyin(bytes, at, model.long_bytes); !r) return r.error();
    (void)wake(task, GuestAddr(load_scalar(model, bytes, model.long_bytes)), INT_MAX,
               Sharing::thread);
  }
  return SysResult::ok();
}

// --- mutexes -----------------------------------------------------------------------------------

SysResult op_mutex_trylock(Task& task, const UmtxArgs& a) {
  return SysResult::from(lock_umutex(task, a.obj, LockMode::try_, std::nullopt));
}

SysResult op_mutex_lock(Task& task, const UmtxArgs& a) {
  auto limit = load_limit(task, a);
  if (!limit) return limit.error();
  auto r = lock_umutex(task, a.obj, LockMode::lock, *limit);
  return *limit ? SysResult::from(r) : restartable(r);
}

SysResult op_mutex_wait(Task& task, const UmtxArgs& a) {
  auto limit = load_limit(task, a);
  if (!limit) return limit.error();
  auto r = lock_umutex(task, a.obj, LockMode::wait, *limit);
  return *limit ? SysResult::from(r) : restartable(r);
}

SysResult op_mutex_unlock(Task& task, const UmtxArgs& a) {
  return SysResult::from(unlock_umutex(task, a.obj));
}

SysResult op_mutex_wake(Task& task, const UmtxArgs& a) {
  return SysResult::from(wake_umutex(task, a.obj));
}

SysResult op_mutex_wake2(Task& task, const UmtxArgs& a) {
  return SysResult::from(wake2_umutex(task, a.obj, static_cast<std::uint32_t>(a.val)));
}

SysResult op_set_ceiling(Task& task, const UmtxArgs& a) {
  return restartable(set_ceiling(task, a.obj, static_cast<std::uint32_t>(a.val), a.uaddr1));
}

// --- condition variables -----------------------------------------------------------------------

/// struct ucond. Sleepers wait on its spare word, which counts wake-ups: c_has_waiters alone cannot
/// tell a thread on its way to sleep that it was signalled.
struct Ucond {
  Ucond(Task& t, GuestAddr at)
      : has_waiters(t, at + kUcondHasWaitersAt),
        flags(t, at + kUcondFlagsAt),
        clock(t, at + kUcondClockAt),
        sequence(t, at + kUcondSpareAt) {}
  UmtxWord has_waiters, flags, clock, sequence;
};

Expected<Limit> load_cv_limit(Task& task, const Ucond& cv, const UmtxArgs& a) {
  std::uint32_t clock = kCLOCK_REALTIME;
  if ((a.val & kCvwaitClockid) != 0) {
    auto id = cv.clock.load();
    if (!id) return tl::unexpected(id.error());
    if (*id >= static_cast<std::uint32_t>(kCLOCK_THREAD_CPUTIME_ID)) return host_error(EINVAL);
    clock = *id;
  }
  if (!a.uaddr2) return Limit();
  auto timeout = task.load<Timespec>(a.uaddr2);
  if (!timeout) return tl::unexpected(timeout.error());
  if (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec >= 1'000'000'000) {
    return host_error(EINVAL);
  }
  const std::uint32_t flags = (a.val & kCvwaitAbstime) != 0 ? kUmtxAbstime : 0;
  return Limit(WaitLimit::make({*timeout, flags, clock}));
}

SysResult op_cv_wait(Task& task, const UmtxArgs& a) {
  const Ucond cv(task, a.obj);
  auto flags = cv.flags.load();
  if (!flags) return flags.error();
  auto limit = load_cv_limit(task, cv, a);
  if (!limit) return limit.error();
  // In this order: whoever signals clears c_has_waiters and then counts up, so that either the
  // count read here is old and the sleep does not begin, or c_has_waiters stays set.
  auto sequence = cv.sequence.load();
  if (!sequence) return sequence.error();
  if (auto r = cv.has_waiters.store(1); !r) return r.error();
  if (auto r = unlock_umutex(task, a.uaddr1); !r) return r.error();
  return SysResult::from(cv.sequence.wait(*sequence, Queue::condition, sharing_of(*flags), *limit));
}

SysResult wake_condition(Task& task, GuestAddr at, int count) {
  const Ucond cv(task, at);
  auto flags = cv.flags.load();
  if (!flags) return flags.error();
  const Sharing sharing = sharing_of(*flags);
  // It stays set where some will go on waiting: another signaller looks at it without a lock.
  if (cv.sequence.waiters(sharing) <= count) {
    if (auto r = cv.has_waiters.store(0); !r) return r.error();
  }
  auto counted = cv.sequence.update([](std::uint32_t n) { return n + 1; });
  if (!counted) return counted.error();
  // Written before anybody wakes: who wakes last may free the memory.
  if (cv.sequence.waiters(sharing) > count) (void)cv.has_waiters.store(1);
  cv.sequence.wake(count, Queue::condition, sharing);
  return SysResult::ok();
}

SysResult op_cv_signal(Task& task, const UmtxArgs& a) { return wake_condition(task, a.obj, 1); }

SysResult op_cv_broadcast(Task& task, const UmtxArgs& a) {
  return wake_condition(task, a.obj, INT_MAX);
}

// --- reader-writer locks -----------------------------------------------------------------------

SysResult op_rw_rdlock(Task& task, const UmtxArgs& a) {
  auto limit = load_limit(task, a);
  if (!limit) return limit.error();
  return SysResult::from(rdlock_urwlock(task, a.obj, static_cast<std::uint32_t>(a.val), *limit));
}

SysResult op_rw_wrlock(Task& task, const UmtxArgs& a) {
  auto limit = load_limit(task, a);
  if (!limit) return limit.error();
  return SysResult::from(wrlock_urwlock(task, a.obj, *limit));
}

SysResult op_rw_unlock(Task& task, const UmtxArgs& a) {
  return SysResult::from(unlock_urwlock(task, a.obj));
}

// --- semaphores --------------------------------------------------------------------------------

/// struct _usem, before 11.0.
SysResult op_sem_wait(Task& task, const UmtxArgs& a) {
  auto limit = load_limit(task, a);
  if (!limit) return limit.error();
  auto flags = UmtxWord(task, a.obj + kUsemFlagsAt).load();
  if (!flags) return flags.error();
  // The flag is left set by the wake-ups: it and the count are two words, and clearing it could
  // overtake a thread that is about to sleep.
  if (auto r = UmtxWord(task, a.obj + kUsemHasWaitersAt).store(1); !r) return r.error();
  const UmtxWord count(task, a.obj + kUsemCountAt);
  auto r = count.wait(0, Queue::semaphore, sharing_of(*flags), *limit);
  return *limit && !(*limit)->absolute() ? SysResult::from(r) : restartable(r);
}

SysResult op_sem_wake(Task& task, const UmtxArgs& a) {
  auto flags = UmtxWord(task, a.obj + kUsemFlagsAt).load();
  if (!flags) return flags.error();
  UmtxWord(task, a.obj + kUsemCountAt).wake(1, Queue::semaphore, sharing_of(*flags));
  return SysResult::ok();
}

SysResult op_sem2_wait(Task& task, const UmtxArgs& a) {
  auto limit = load_limit(task, a);
  if (!limit) return limit.error();
  auto flags = UmtxWord(task, a.obj + kUsem2FlagsAt).load();
  if (!flags) return flags.error();
  const UmtxWord count(task, a.obj + kUsem2CountAt);
  auto seen = count.update(
      [](std::uint32_t c) { return (c & kUsemMaxCount) != 0 ? c : c | kUsemHasWaiters; });
  if (!seen) return seen.error();
  if ((*seen & kUsemMaxCount) != 0) return SysResult::ok();
  auto r = count.wait(kUsemHasWaiters, Queue::semaphore, sharing_of(*flags), *limit);
  const bool relative = *limit && !(*limit)->absolute();
  if (!relative) return restartable(r);
  const std::size_t whole = guest_size<UmtxTime>(task.model());
  if (!r && r.error().value == EINTR &&
      a.uaddr1.value >= whole + guest_size<Timespec>(task.model())) {
    auto stored = task.store(a.uaddr2 + whole, (*limit)->remaining());
    if (!stored) return stored.error();
  }
  return SysResult::from(r);
}

SysResult op_sem2_wake(Task& task, const UmtxArgs& a) {
  auto flags = UmtxWord(task, a.obj + kUsem2FlagsAt).load();
  if (!flags) return flags.error();
  const UmtxWord count(task, a.obj + kUsem2CountAt);
  const Sharing sharing = sharing_of(*flags);
  // With nobody asleep the memory may be gone; with anybody asleep it is not.
  if (count.waiters(sharing) == 0) return SysResult::ok();
  // Who comes from here on marks it again; those that sleep are counted behind that.
  auto posted = count.update([](std::uint32_t c) { return c & ~kUsemHasWaiters; });
  if (posted && count.waiters(sharing) > 1) {
    posted = count.update([](std::uint32_t c) { return c | kUsemHasWaiters; });
  }
  if (!posted) return posted.error();
  // Posts that found no mark meanwhile have woken nobody.
  const auto units = static_cast<int>(std::min<std::uint32_t>(*posted & kUsemMaxCount, INT_MAX));
  count.wake(std::max(units, 1), Queue::semaphore, sharing);
  return SysResult::ok();
}

// --- the rest ----------------------------------------------------------------------------------

SysResult op_shm(Task& task, const UmtxArgs& a) {
  return umtx_shm(task, a.uaddr1, static_cast<std::uint32_t>(a.val));
}

SysResult op_robust_lists(Task& task, const UmtxArgs& a) {
  const DataModel& model = task.model();
  const std::size_t whole = guest_size<UmtxRobustLists>(model);
  if (a.val > whole) return HostErrno{EINVAL};
  std::byte bytes[24]{};
  if (auto r = task.copyin(bytes, a.uaddr1, a.val); !r) return r.error();
  const auto lists = decode<UmtxRobustLists>(model, std::span<const std::byte>(bytes, whole));
  Thread& thread = thread_of(task);
  thread.robust_list = lists.robust_list;
  thread.robust_private_list = lists.private_list;
  thread.robust_inactive = lists.inactive;
  return SysResult::ok();
}

struct UmtxOpRow {
  UmtxOp op;
  SysResult (*run)(Task&, const UmtxArgs&);
};

constexpr UmtxOpRow kOps[] = {
    {UmtxOp::wait, op_wait},
    {UmtxOp::wake, op_wake},
    {UmtxOp::mutex_trylock, op_mutex_trylock},
    {UmtxOp::mutex_lock, op_mutex_lock},
    {UmtxOp::mutex_unlock, op_mutex_unlock},
    {UmtxOp::set_ceiling, op_set_ceiling},
    {UmtxOp::cv_wait, op_cv_wait},
    {UmtxOp::cv_signal, op_cv_signal},
    {UmtxOp::cv_broadcast, op_cv_broadcast},
    {UmtxOp::wait_uint, op_wait_uint},
    {UmtxOp::rw_rdlock, op_rw_rdlock},
    {UmtxOp::rw_wrlock, op_rw_wrlock},
    {UmtxOp::rw_unlock, op_rw_unlock},
    {UmtxOp::wait_uint_private, op_wait_uint_private},
    {UmtxOp::wake_private, op_wake_private},
    {UmtxOp::mutex_wait, op_mutex_wait},
    {UmtxOp::mutex_wake, op_mutex_wake},
    {UmtxOp::sem_wait, op_sem_wait},
    {UmtxOp::sem_wake, op_sem_wake},
    {UmtxOp::nwake_private, op_nwake_private},
    {UmtxOp::mutex_wake2, op_mutex_wake2},
    {UmtxOp::sem2_wait, op_sem2_wait},
    {UmtxOp::sem2_wake, op_sem2_wake},
    {UmtxOp::shm, op_shm},
    {UmtxOp::robust_lists, op_robust_lists},
};

SysResult sys_umtx_op(Task& task, GuestAddr obj, std::int32_t op, ULong val, GuestAddr uaddr1,
                      GuestAddr uaddr2) {
  for (const UmtxOpRow& r : kOps) {
    if (static_cast<std::int32_t>(r.op) == op) return r.run(task, {obj, val, uaddr1, uaddr2});
  }
  constexpr std::int32_t kLastReserved = 1;
  return op >= 0 && op <= kLastReserved ? HostErrno{EOPNOTSUPP} : HostErrno{EINVAL};
}

constexpr SyscallRow kRows[] = {
    row<&sys_umtx_op>(454, "_umtx_op"),
};

}  // namespace

void umtx_wake(Task& task, GuestAddr address, int count) {
  (void)wake(task, address, count, Sharing::automatic);
}

Rows umtx_rows() { return kRows; }

}  // namespace emulate::freebsd
