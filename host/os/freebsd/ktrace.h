#pragma once

/// ktrace(2): what a process does, as records in a file (FreeBSD sys/kern/kern_ktrace.c).

#include <atomic>
#include <span>
#include <string_view>

#include "host/os/freebsd/abi/ktrace.h"
#include "host/os/syscall_table.h"

namespace emulate::freebsd {

namespace detail {
inline std::atomic<std::uint32_t> ktrace_points = 0;
}

/// KTRPOINT(): records of this type are wanted.
inline bool ktraced(KtrType type) {
  return (detail::ktrace_points.load(std::memory_order_relaxed) >> static_cast<int>(type) & 1) != 0;
}
inline bool ktraced() { return detail::ktrace_points.load(std::memory_order_relaxed) != 0; }

void ktrace_call(Task& task, const SyscallRequest& request);
void ktrace_return(Task& task, const SyscallRequest& request, const SysResult& result);
/// What a call has read or written.
void ktrace_io(Task& task, int fd, bool writes, std::span<const std::byte> data);
void ktrace_signal(Task& task, const GuestSignal& signal, GuestAddr handler, const SignalSet& mask);
/// A child starts; it goes on being traced only when that was asked for.
void ktrace_after_fork(Task& task);
/// A new program starts in the process.
void ktrace_after_exec(Task& task);

}  // namespace emulate::freebsd
