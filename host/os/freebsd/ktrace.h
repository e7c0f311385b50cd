#pragma once

/// ktrace(2): what a process does, as records in a file (FreeBSD sys/kern/kern_ktrace.c).

#include <sys/uio.h>

#include <atomic>
#include <span>
#include <string_view>
#include <vector>

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
/// What a call has read or written: the first `count` bytes of host memory.
void ktrace_io(Task& task, int fd, bool writes, std::span<const iovec> data, long count);
/// A structure that a call has taken or given, by the name that kdump(1) knows.
void ktrace_struct(Task& task, std::string_view name, std::span<const std::byte> bytes);
template <class T>
void ktrace_struct(Task& task, std::string_view name, const T& value) {
  if (!ktraced(KtrType::structure)) return;
  std::vector<std::byte> bytes(guest_size<T>(task.model()));
  (void)encode(task.model(), value, std::span(bytes));
  ktrace_struct(task, name, std::span<const std::byte>(bytes));
}
/// `count` structures of `size` bytes in the guest's memory.
void ktrace_struct_array(Task& task, std::string_view name, GuestAddr data, std::int64_t count,
                         std::size_t size);
/// The name of a sysctl, with its end.
void ktrace_sysctl(Task& task, std::span<const std::byte> name);
/// What capability mode or a descriptor's rights have refused.
void ktrace_capability(Task& task, CapFail type, const CapRights& needed = kCapNone,
                       const CapRights& held = kCapNone);
/// The process ends.
void ktrace_end(Task& task);
void ktrace_signal(Task& task, const GuestSignal& signal, GuestAddr handler, const SignalSet& mask);
/// A child starts; it goes on being traced only when that was asked for.
void ktrace_after_fork(Task& task);
/// A new program starts in the process.
void ktrace_after_exec(Task& task);

}  // namespace emulate::freebsd
