// sigfastblock(2): a word of the thread's own says whether signals are to wait (FreeBSD 13
// sys/kern/kern_sig.c, sys/sys/signalvar.h).

#include "host/os/freebsd/sigfastblock.h"

#include <cerrno>

#include "host/os/freebsd/umtx_wait.h"
#include "host/signal/hold.h"

namespace emulate::freebsd {
namespace {

constexpr std::int32_t kSetPtr = 1;
constexpr std::int32_t kUnblock = 2;
constexpr std::int32_t kUnsetPtr = 3;
/// The kernel's flag in the word: something waits. The rest counts how often they are blocked.
constexpr std::uint32_t kPending = 1;

thread_local GuestAddr word_address;

/// sigfastblock_fetch(): remembers in the word that a signal waits.
bool holds(Task& task) {
  if (!word_address) return false;
  const auto before = UmtxWord(task, word_address).update([](std::uint32_t v) {
    return (v & ~kPending) == 0 ? v : v | kPending;
  });
  return before && (*before & ~kPending) != 0;
}

SysResult unblock(Task& task) {
  const auto found = UmtxWord(task, word_address).exchange(kPending, 0);
  if (!found) return found.error();
  if (*found != kPending) return HostErrno{EBUSY};
  release_held_signals(task);
  return SysResult::ok();
}

}  // namespace

SysResult sys_sigfastblock(Task& task, std::int32_t cmd, GuestAddr ptr) {
  constexpr std::uint64_t kMisaligned = 3;
  switch (cmd) {
    case kSetPtr:
      if (word_address) return HostErrno{EBUSY};
      if ((ptr.value & kMisaligned) != 0) return HostErrno{EINVAL};
      set_signal_hold(&holds);
      word_address = ptr;
      return SysResult::ok();
    case kUnblock:
      return word_address ? unblock(task) : SysResult(HostErrno{EINVAL});
    case kUnsetPtr: {
      if (!word_address) return HostErrno{EINVAL};
      const auto v = UmtxWord(task, word_address).load();
      if (!v) return v.error();
      if ((*v & ~kPending) != 0) return HostErrno{EBUSY};
      word_address = GuestAddr();
      release_held_signals(task);
      return SysResult::ok();
    }
    default:
      return HostErrno{EINVAL};
  }
}

void sigfastblock_after_exec() { word_address = GuestAddr(); }

}  // namespace emulate::freebsd
