#include "host/os/freebsd/umtx_wait.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>

#include "host/os/freebsd/personality.h"
#include "host/os/freebsd/time.h"
#include "host/signal/attentive.h"
#include "host/signal/blocking.h"

namespace emulate::freebsd {
namespace {

constexpr std::int64_t kNsPerSecond = kNanosecondsPerSecond;

bool is_realtime_clock(std::uint32_t id) {
  return id == kCLOCK_REALTIME || id == kCLOCK_REALTIME_PRECISE || id == kCLOCK_REALTIME_FAST ||
         id == kCLOCK_SECOND;
}

/// FUTEX_PRIVATE_FLAG where only threads of this process can be meant. AUTO_SHARE follows the
/// mapping, as umtx_key_get() does.
int private_flag(Task& task, GuestAddr address, Sharing sharing) {
  if (sharing == Sharing::process) return 0;
  if (sharing == Sharing::automatic) {
    const auto mapping = task.memory().find(address);
    if (mapping && mapping->shared) return 0;
  }
  return FUTEX_PRIVATE_FLAG;
}

}  // namespace

WaitLimit WaitLimit::make(const UmtxTime& time) {
  WaitLimit l;
  l.absolute_ = (time.flags & kUmtxAbstime) != 0;
  std::int64_t seconds = time.timeout.tv_sec;
  std::int64_t ns = time.timeout.tv_nsec;
  if (l.absolute_) {
    l.realtime_ = is_realtime_clock(time.clock_id);
  } else {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    if (__builtin_add_overflow(seconds, now.tv_sec, &seconds)) seconds = INT64_MAX - 1;
    ns += now.tv_nsec;
  }
  // The host refuses seconds beyond what its clocks can hold; nobody waits so long.
  constexpr std::int64_t kLatest = INT64_MAX / kNsPerSecond - 1;
  l.end_.tv_sec = std::min(seconds + ns / kNsPerSecond, kLatest);
  l.end_.tv_nsec = ns % kNsPerSecond;
  return l;
}

Timespec WaitLimit::remaining() const {
  timespec now{};
  ::clock_gettime(realtime_ ? CLOCK_REALTIME : CLOCK_MONOTONIC, &now);
  const std::int64_t ns = std::max<std::int64_t>(
      (end_.tv_sec - now.tv_sec) * kNsPerSecond + (end_.tv_nsec - now.tv_nsec), 0);
  return {ns / kNsPerSecond, ns % kNsPerSecond};
}

Expected<std::uint32_t> UmtxWord::load() const {
  auto v = load32(task_.memory(), address_);
  if (v) *v = swap(*v);
  return v;
}

Expected<void> UmtxWord::store(std::uint32_t value) const {
  return store32(task_.memory(), address_, swap(value));
}

Expected<std::uint32_t> UmtxWord::exchange(std::uint32_t expected, std::uint32_t desired) const {
  auto v = cas32(task_.memory(), address_, swap(expected), swap(desired));
  if (v) *v = swap(*v);
  return v;
}

Expected<void> UmtxWord::wait(std::uint32_t value, Queue queue, Sharing sharing,
                              const std::optional<WaitLimit>& limit) const {
  std::byte* word = task_.memory().host_range(address_, sizeof(std::uint32_t));
  if (word == nullptr) return host_error(EFAULT);
  // A thread that has woken itself is not to sleep (sleepq_catch_signals()): libthr cancels so.
  if (allow_sleep(task_)) return host_error(EINTR);
  int op = FUTEX_WAIT_BITSET | private_flag(task_, address_, sharing);
  if (limit && limit->realtime()) op |= FUTEX_CLOCK_REALTIME;
  const long r = blocking_syscall(SYS_futex, reinterpret_cast<long>(word), op, swap(value),
                                  limit ? reinterpret_cast<long>(&limit->end()) : 0, 0,
                                  static_cast<long>(queue));
  if (r >= 0 || r == -EAGAIN) return {};
  return host_error(static_cast<int>(-r));
}

int UmtxWord::waiters(Sharing sharing) const {
  std::byte* word = task_.memory().host_range(address_, sizeof(std::uint32_t));
  if (word == nullptr) return 0;
  // Requeueing everybody to where they are moves nobody and tells how many there are.
  const int op = FUTEX_REQUEUE | private_flag(task_, address_, sharing);
  const long r = ::syscall(SYS_futex, word, op, 0, static_cast<long>(INT_MAX), word, 0);
  return r > 0 ? static_cast<int>(r) : 0;
}

int UmtxWord::wake(int count, Queue queue, Sharing sharing) const {
  std::byte* word = task_.memory().host_range(address_, sizeof(std::uint32_t));
  if (word == nullptr || count <= 0) return 0;
  // A wake-up by private and by automatic sharing meet on one queue unless the mapping is shared.
  const int op = FUTEX_WAKE_BITSET | private_flag(task_, address_, sharing);
  const long r =
      ::syscall(SYS_futex, word, op, count, nullptr, nullptr, static_cast<std::uint32_t>(queue));
  return r > 0 ? static_cast<int>(r) : 0;
}

}  // namespace emulate::freebsd
