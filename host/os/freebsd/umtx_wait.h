#pragma once

/// Sleeping and waking on words of guest memory, for _umtx_op(2).
///
/// A guest's wait is a wait of the host kernel on the very word, so that it works across processes
/// and cannot lose a wake-up: every sleep names the value it was decided on, and every wake-up that
/// matters changes the word first. The kernel's queues for one address that differ by type are told
/// apart by the futex bit set.

#include <cstdint>
#include <optional>

#include "host/os/freebsd/abi/umtx.h"
#include "host/task/task.h"

namespace emulate::freebsd {

/// Who can wake a sleeper (the kernel's THREAD_SHARE, PROCESS_SHARE, AUTO_SHARE).
enum class Sharing : std::uint8_t { thread, process, automatic };

constexpr Sharing sharing_of(std::uint32_t object_flags) {
  return (object_flags & kUsyncProcessShared) != 0 ? Sharing::process : Sharing::thread;
}

/// The queues of an address (TYPE_* of the kernel).
enum class Queue : std::uint32_t {
  simple = 1 << 0,
  simple_long = 1 << 1,  ///< u_long waits of big-endian 64-bit guests: on the low half
  mutex = 1 << 2,
  condition = 1 << 3,
  semaphore = 1 << 4,
  readers = 1 << 5,
  writers = 1 << 6,
};

/// When a wait ends.
class WaitLimit {
 public:
  /// Absolute on a guest clock, or relative to now.
  static WaitLimit make(const UmtxTime& time);

  const timespec& end() const { return end_; }
  bool realtime() const { return realtime_; }
  bool absolute() const { return absolute_; }
  /// What is left of a relative one.
  Timespec remaining() const;

 private:
  timespec end_{};
  bool realtime_ = false;
  bool absolute_ = false;
};

/// A 32-bit word at `address` in host byte order, its accesses failing with EFAULT (or EINVAL when
/// misaligned).
class UmtxWord {
 public:
  UmtxWord(Task& task, GuestAddr address) : task_(task), address_(address) {}

  Expected<std::uint32_t> load() const;
  Expected<void> store(std::uint32_t value) const;
  /// Compare and exchange; the value found.
  Expected<std::uint32_t> exchange(std::uint32_t expected, std::uint32_t desired) const;
  /// Replaces v by change(v) until it succeeds; the value before. A change that returns the same
  /// value stores nothing.
  template <class F>
  Expected<std::uint32_t> update(F change) const {
    auto old = load();
    while (old) {
      const std::uint32_t wanted = change(*old);
      if (wanted == *old) return old;
      auto found = exchange(*old, wanted);
      if (!found || *found == *old) return found;
      old = found;
    }
    return old;
  }

  /// Sleeps while the word is `value`. Success: woken, or the word has another value. ETIMEDOUT;
  /// EINTR when a signal must be delivered; EFAULT.
  Expected<void> wait(std::uint32_t value, Queue queue, Sharing sharing,
                      const std::optional<WaitLimit>& limit) const;
  /// How many sleep here at this moment, on all queues of the word.
  int waiters(Sharing sharing) const;
  /// Wakes up to `count`; how many there were.
  int wake(int count, Queue queue, Sharing sharing) const;

 private:
  std::uint32_t swap(std::uint32_t v) const {
    return task_.model().order == ByteOrder::big ? __builtin_bswap32(v) : v;
  }
  Task& task_;
  GuestAddr address_;
};

}  // namespace emulate::freebsd
