#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>

#include "host/memory/copy.h"
#include "host/os/linux/pass.h"
#include "host/os/linux/personality.h"
#include "host/os/linux/thread.h"
#include "host/os/linux/time.h"

/// futex(2) on the host's futexes of the very words, so that it works across processes (Linux
/// kernel/futex/). The word of a big-endian guest is compared in its byte order; what the kernel
/// itself computes on words is done here for those.

namespace emulate::linux_os {
namespace {

bool big_endian(const Task& task) { return task.model().order == ByteOrder::big; }

/// A value as the host finds it in the guest's word.
std::uint32_t in_memory(const Task& task, std::uint32_t v) {
  return big_endian(task) ? __builtin_bswap32(v) : v;
}

Expected<long> host_word(const Task& task, GuestAddr address) {
  if (address.value % 4 != 0) return host_error(EINVAL);
  std::byte* p = task.memory().host_range(address, 4);
  if (p == nullptr) return host_error(EFAULT);
  return reinterpret_cast<long>(p);
}

// --- FUTEX_WAKE_OP of big-endian guests ----------------------------------------------------------

std::int32_t sign_extend_12(std::uint32_t v) { return static_cast<std::int32_t>(v << 20) >> 20; }

std::uint32_t apply_op(std::uint32_t encoded, std::uint32_t old) {
  std::int32_t argument = sign_extend_12(encoded >> 12 & 0xfff);
  const std::uint32_t op = encoded >> 28;
  if ((op & FUTEX_OP_OPARG_SHIFT) != 0) argument = static_cast<std::int32_t>(1u << (argument & 31));
  const auto a = static_cast<std::uint32_t>(argument);
  switch (op & 7) {
    case FUTEX_OP_SET:
      return a;
    case FUTEX_OP_ADD:
      return old + a;
    case FUTEX_OP_OR:
      return old | a;
    case FUTEX_OP_ANDN:
      return old & ~a;
    default:
      return old ^ a;
  }
}

bool compare_op(std::uint32_t encoded, std::uint32_t old) {
  const auto a = static_cast<std::int32_t>(old);
  const std::int32_t b = sign_extend_12(encoded & 0xfff);
  switch (encoded >> 24 & 0xf) {
    case FUTEX_OP_CMP_EQ:
      return a == b;
    case FUTEX_OP_CMP_NE:
      return a != b;
    case FUTEX_OP_CMP_LT:
      return a < b;
    case FUTEX_OP_CMP_GE:
      return a >= b;
    case FUTEX_OP_CMP_LE:
      return a <= b;
    default:
      return a > b;
  }
}

SysResult wake_op(Task& task, long word, int private_flag, std::uint32_t count,
                  std::uint32_t count2, GuestAddr address2, std::uint32_t encoded) {
  const auto word2 = host_word(task, address2);
  if (!word2) return word2.error();
  if ((encoded >> 28 & 7) > FUTEX_OP_XOR || (encoded >> 24 & 0xf) > FUTEX_OP_CMP_GT) {
    return HostErrno{ENOSYS};
  }
  auto old = load32(task.memory(), address2);
  while (old) {
    const std::uint32_t wanted = in_memory(task, apply_op(encoded, in_memory(task, *old)));
    const auto found = cas32(task.memory(), address2, *old, wanted);
    if (!found || *found == *old) break;
    old = found;
  }
  if (!old) return old.error();
  long woken = ::syscall(SYS_futex, word, FUTEX_WAKE | private_flag, count, nullptr, nullptr, 0);
  if (woken >= 0 && compare_op(encoded, in_memory(task, *old))) {
    woken += ::syscall(SYS_futex, *word2, FUTEX_WAKE | private_flag, count2, nullptr, nullptr, 0);
  }
  return SysResult::from_libc(woken);
}

// --- futex ---------------------------------------------------------------------------------------

struct FutexCall {
  GuestAddr address;
  std::int32_t op = 0;
  std::uint32_t value = 0;
  std::optional<timespec> timeout;
  std::uint32_t value2 = 0;  ///< what stands in the timeout's place
  GuestAddr address2;
  std::uint32_t value3 = 0;
};

/// FUTEX_WAIT and FUTEX_WAIT_BITSET, with an absolute deadline so that an interruption that the
/// guest does not see does not prolong the wait.
SysResult wait(Task& task, long word, const FutexCall& c, int command) {
  int op = FUTEX_WAIT_BITSET | (c.op & FUTEX_PRIVATE_FLAG);
  std::uint32_t bitset = FUTEX_BITSET_MATCH_ANY;
  timespec end{};
  if (command == FUTEX_WAIT_BITSET) {
    bitset = c.value3;
    if (bitset == 0) return HostErrno{EINVAL};
    op |= c.op & FUTEX_CLOCK_REALTIME;
    if (c.timeout) end = *c.timeout;
  } else if (c.timeout) {
    // A relative wait counts on the monotonic clock whatever the flag says.
    end = host_deadline(CLOCK_MONOTONIC, *c.timeout);
  }
  const long r = blocking_syscall(SYS_futex, word, op, in_memory(task, c.value),
                                  c.timeout ? reinterpret_cast<long>(&end) : 0, 0, bitset);
  // Without a timeout a handler with SA_RESTART lets the wait go on (Linux futex_wait()).
  return SysResult::from_raw(r, !c.timeout || command == FUTEX_WAIT_BITSET);
}

// --- FUTEX_LOCK_PI of big-endian guests: the host kernel would write thread ids in its own order.
// Priorities are not inherited.

/// FUTEX_LOCK_PI and FUTEX_TRYLOCK_PI. Who has waited leaves FUTEX_WAITERS set: others may wait
/// too.
SysResult lock_big_endian(Task& task, long word, const FutexCall& c, bool waits) {
  const auto self = static_cast<std::uint32_t>(task.tid());
  std::uint32_t waiters = 0;
  auto found = load32(task.memory(), c.address);
  while (found) {
    const std::uint32_t value = in_memory(task, *found);
    const std::uint32_t owner = value & FUTEX_TID_MASK;
    if (owner == self) return HostErrno{EDEADLK};
    if (owner != 0 && !waits) return HostErrno{EAGAIN};
    if (owner != 0 && ::kill(static_cast<pid_t>(owner), 0) != 0 && errno == ESRCH) {
      // It may have unlocked before it ended (handle_exit_race()).
      const auto now = load32(task.memory(), c.address);
      if (now && *now == *found) return HostErrno{ESRCH};
      found = now;
      continue;
    }
    const std::uint32_t wanted =
        owner == 0 ? value | self | waiters : value | std::uint32_t{FUTEX_WAITERS};
    const auto now = cas32(task.memory(), c.address, *found, in_memory(task, wanted));
    if (!now) return now.error();
    if (*now != *found) {
      found = now;
      continue;
    }
    if (owner == 0) return SysResult::ok();
    const int clock = (c.op & FUTEX_CMD_MASK) == FUTEX_LOCK_PI2 ? c.op & FUTEX_CLOCK_REALTIME
                                                                : FUTEX_CLOCK_REALTIME;
    const long r = blocking_syscall(
        SYS_futex, word, FUTEX_WAIT_BITSET | clock | (c.op & FUTEX_PRIVATE_FLAG),
        in_memory(task, wanted), c.timeout ? reinterpret_cast<long>(&*c.timeout) : 0, 0,
        FUTEX_BITSET_MATCH_ANY);
    if (r < 0 && r != -EAGAIN) return SysResult::from_raw(r, true);
    waiters = FUTEX_WAITERS;
    found = load32(task.memory(), c.address);
  }
  return found.error();
}

SysResult unlock_big_endian(Task& task, long word, const FutexCall& c) {
  auto found = load32(task.memory(), c.address);
  while (found) {
    const std::uint32_t value = in_memory(task, *found);
    if ((value & FUTEX_TID_MASK) != static_cast<std::uint32_t>(task.tid())) {
      return HostErrno{EPERM};
    }
    const auto now = cas32(task.memory(), c.address, *found, 0);
    if (!now) return now.error();
    if (*now == *found) {
      if ((value & FUTEX_WAITERS) == 0) return SysResult::ok();
      const long r =
          raw_syscall(SYS_futex, word, FUTEX_WAKE | (c.op & FUTEX_PRIVATE_FLAG), 1, 0, 0, 0);
      return r < 0 ? SysResult::from_raw(r) : SysResult::ok();
    }
    found = now;
  }
  return found.error();
}

// -------------------------------------------------------------------------------------------------

SysResult lock_pi(Task& task, long word, const FutexCall& c, int command) {
  if (big_endian(task)) return lock_big_endian(task, word, c, true);
  const long r = blocking_syscall(SYS_futex, word, command | (c.op & FUTEX_PRIVATE_FLAG), c.value,
                                  c.timeout ? reinterpret_cast<long>(&*c.timeout) : 0, 0, 0);
  return SysResult::from_raw(r, true);
}

SysResult requeue_pi(Task& task, long word, const FutexCall& c, int command) {
  if (big_endian(task)) return HostErrno{ENOSYS};
  const auto word2 = host_word(task, c.address2);
  if (!word2) return word2.error();
  if (command == FUTEX_CMP_REQUEUE_PI) {
    return SysResult::from_raw(
        raw_syscall(SYS_futex, word, c.op, c.value, c.value2, *word2, c.value3));
  }
  const long r =
      blocking_syscall(SYS_futex, word, c.op, c.value,
                       c.timeout ? reinterpret_cast<long>(&*c.timeout) : 0, *word2, c.value3);
  return SysResult::from_raw(r, true);
}

SysResult do_futex(Task& task, const FutexCall& c) {
  const auto word = host_word(task, c.address);
  if (!word) return word.error();
  const int command = c.op & FUTEX_CMD_MASK;
  const int private_flag = c.op & FUTEX_PRIVATE_FLAG;
  switch (command) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
      return wait(task, *word, c, command);
    case FUTEX_WAKE:
      return SysResult::from_raw(
          raw_syscall(SYS_futex, *word, command | private_flag, c.value, 0, 0, 0));
    case FUTEX_WAKE_BITSET:
      return SysResult::from_raw(
          raw_syscall(SYS_futex, *word, command | private_flag, c.value, 0, 0, c.value3));
    case FUTEX_REQUEUE:
    case FUTEX_CMP_REQUEUE: {
      const auto word2 = host_word(task, c.address2);
      if (!word2) return word2.error();
      return SysResult::from_raw(raw_syscall(SYS_futex, *word, command | private_flag, c.value,
                                             c.value2, *word2, in_memory(task, c.value3)));
    }
    case FUTEX_WAKE_OP: {
      if (big_endian(task)) {
        return wake_op(task, *word, private_flag, c.value, c.value2, c.address2, c.value3);
      }
      const auto word2 = host_word(task, c.address2);
      if (!word2) return word2.error();
      return SysResult::from_raw(raw_syscall(SYS_futex, *word, command | private_flag, c.value,
                                             c.value2, *word2, c.value3));
    }
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
      return lock_pi(task, *word, c, command | (c.op & FUTEX_CLOCK_REALTIME));
    case FUTEX_TRYLOCK_PI:
    case FUTEX_UNLOCK_PI:
      if (big_endian(task)) {
        return command == FUTEX_UNLOCK_PI ? unlock_big_endian(task, *word, c)
                                          : lock_big_endian(task, *word, c, false);
      }
      return SysResult::from_raw(raw_syscall(SYS_futex, *word, command | private_flag, 0, 0, 0, 0));
    case FUTEX_WAIT_REQUEUE_PI:
    case FUTEX_CMP_REQUEUE_PI:
      return requeue_pi(task, *word, c, command);
    default:
      return HostErrno{ENOSYS};
  }
}

bool has_timeout(int op) {
  switch (op & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
    case FUTEX_WAIT_REQUEUE_PI:
      return true;
    default:
      return false;
  }
}

template <class T>
SysResult sys_futex(Task& task, GuestAddr address, std::int32_t op, std::uint32_t value,
                    In<T> timeout, GuestAddr address2, std::uint32_t value3) {
  FutexCall c{address, op, value, std::nullopt, 0, address2, value3};
  if (!has_timeout(op)) {
    c.value2 = static_cast<std::uint32_t>(timeout.address().value);
  } else if (timeout) {
    const auto t = load_timespec(task, timeout);
    if (!t) return t.error();
    c.timeout = *t;
  }
  return do_futex(task, c);
}

// --- futex_waitv ---------------------------------------------------------------------------------

}  // namespace

/// struct futex_waitv.
struct FutexWaiter {
  std::uint64_t value = 0, address = 0;
  std::uint32_t flags = 0, reserved = 0;
};

}  // namespace emulate::linux_os

namespace emulate {
template <>
inline constexpr auto kFields<linux_os::FutexWaiter> = fields(
    field<&linux_os::FutexWaiter::value>("val"), field<&linux_os::FutexWaiter::address>("uaddr"),
    field<&linux_os::FutexWaiter::flags>("flags"),
    field<&linux_os::FutexWaiter::reserved>("__reserved"));
}  // namespace emulate

namespace emulate::linux_os {
namespace {

/// The timeout is a moment, so that a restart does not prolong it.
SysResult sys_futex_waitv(Task& task, InArray<FutexWaiter> waiters, std::uint32_t count,
                          std::uint32_t flags, In<Timespec64> timeout, std::int32_t clock) {
  if (flags != 0 || count == 0 || count > FUTEX_WAITV_MAX || !waiters) return HostErrno{EINVAL};
  timespec end{};
  if (timeout) {
    const auto t = load_timespec(task, timeout);
    if (!t) return t.error();
    end = *t;
  }
  futex_waitv host[FUTEX_WAITV_MAX] = {};
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto w = waiters.load(i);
    if (!w) return w.error();
    if (w->reserved != 0 || w->value > UINT32_MAX) return HostErrno{EINVAL};
    const auto word = host_word(task, GuestAddr(w->address));
    if (!word) return word.error();
    host[i].val = in_memory(task, static_cast<std::uint32_t>(w->value));
    host[i].uaddr = static_cast<std::uint64_t>(*word);
    host[i].flags = w->flags;
  }
  const long r = blocking_syscall(SYS_futex_waitv, reinterpret_cast<long>(host), count, 0,
                                  timeout ? reinterpret_cast<long>(&end) : 0, clock);
  return SysResult::from_raw(r, true);
}

// --- robust lists --------------------------------------------------------------------------------

SysResult sys_set_robust_list(Task& task, GuestAddr head, ULong size) {
  if (size.value != 3u * task.model().long_bytes) return HostErrno{EINVAL};
  thread_of(task).robust_list = head;
  return SysResult::ok();
}

SysResult sys_get_robust_list(Task& task, std::int32_t pid, Out<GuestAddr> head, Out<ULong> size) {
  GuestAddr found = thread_of(task).robust_list;
  if (pid != 0) {
    const bool ours =
        task.process().with_task(pid, [&](Task& other) { found = thread_of(other).robust_list; });
    if (!ours) return HostErrno{::kill(pid, 0) == 0 ? EPERM : ESRCH};
  }
  if (auto r = size.store(ULong(3u * task.model().long_bytes)); !r) return r.error();
  return SysResult::from(head.store(found));
}

Expected<GuestAddr> load_pointer(const Task& task, GuestAddr at) {
  return task.load<GuestAddr>(at);
}

/// Linux handle_futex_death().
void release_mutex(Task& task, GuestAddr word, bool pi) {
  if (word.value % 4 != 0) return;
  auto found = load32(task.memory(), word);
  while (found) {
    const std::uint32_t value = in_memory(task, *found);
    if ((value & FUTEX_TID_MASK) != static_cast<std::uint32_t>(task.tid())) return;
    const std::uint32_t dead = (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED;
    const auto now = cas32(task.memory(), word, *found, in_memory(task, dead));
    if (!now) return;
    if (*now == *found) {
      const bool ours = !pi || big_endian(task);  // else the host kernel's
      if (ours && (value & FUTEX_WAITERS) != 0) futex_wake(task, word, 1);
      return;
    }
    found = now;
  }
}

}  // namespace

void futex_wake(Task& task, GuestAddr address, int count) {
  const auto word = host_word(task, address);
  if (word) ::syscall(SYS_futex, *word, FUTEX_WAKE, count, nullptr, nullptr, 0);
}

void release_robust_list(Task& task) {
  const GuestAddr head = thread_of(task).robust_list;
  thread_of(task).robust_list = GuestAddr();
  if (!head) return;
  const std::size_t word = task.model().long_bytes;
  const auto offset = task.load<Long>(head + word);
  const auto pending = load_pointer(task, head + 2 * word);
  auto entry = load_pointer(task, head);
  if (!offset || !pending || !entry) return;
  // Bit 0 of an entry says that its mutex inherits priorities.
  const auto mutex_of = [&](GuestAddr e) {
    return GuestAddr((e.value & ~1ULL) + static_cast<std::uint64_t>(offset->value));
  };
  constexpr int kLimit = 2048;  // ROBUST_LIST_LIMIT
  for (int i = 0; i < kLimit && (entry->value & ~1ULL) != head.value; ++i) {
    const auto next = load_pointer(task, GuestAddr(entry->value & ~1ULL));
    if (*entry != *pending) release_mutex(task, mutex_of(*entry), (entry->value & 1) != 0);
    if (!next) return;
    entry = next;
  }
  if (*pending) release_mutex(task, mutex_of(*pending), (pending->value & 1) != 0);
}

namespace {

constexpr SyscallRow kRows[] = {
    call<&sys_futex<OldTimespec>>("futex"),        call<&sys_futex<Timespec64>>("futex_time64"),
    call<&sys_futex_waitv>("futex_waitv"),         call<&sys_get_robust_list>("get_robust_list"),
    call<&sys_set_robust_list>("set_robust_list"),
};

}  // namespace

Rows futex_rows() { return kRows; }

}  // namespace emulate::linux_os
