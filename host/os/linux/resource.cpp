#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <algorithm>

#include "host/os/linux/abi/resource.h"
#include "host/os/linux/pass.h"
#include "host/os/linux/personality.h"

/// Limits, usage, priorities and scheduling (Linux kernel/sys.c, kernel/sched/).

namespace emulate::linux_os {
namespace {

int resource_to_host(const Task& task, std::uint32_t resource) {
  return number_to_host(port_of(task).resources, static_cast<int>(resource));
}

/// The descriptors that the guest sees end where emulate's begin; the limit it started with is
/// shown until it sets another.
Rlimit64 get_limit(int pid, int resource) {
  rlimit host{};
  ::prlimit(pid, static_cast<__rlimit_resource>(resource), nullptr, &host);
  Rlimit64 limit{host.rlim_cur, host.rlim_max};
  if (resource == RLIMIT_NOFILE && pid == 0) {
    limit.cur = std::min<std::uint64_t>(limit.cur, FdTable::original_limit());
  }
  return limit;
}

/// Limits on memory would hit emulate's own reservation of the address space.
bool is_emulates_own(int resource) {
  return resource == RLIMIT_AS || resource == RLIMIT_DATA || resource == RLIMIT_STACK;
}

Expected<void> set_limit(int pid, int resource, const Rlimit64& limit) {
  if (limit.cur > limit.max) return host_error(EINVAL);
  if (is_emulates_own(resource) && pid == 0) return {};
  rlimit host{limit.cur, limit.max};
  if (::prlimit(pid, static_cast<__rlimit_resource>(resource), &host, nullptr) != 0) {
    return host_error(errno);
  }
  return {};
}

bool resource_valid(int resource) { return resource >= 0 && resource < RLIM_NLIMITS; }

SysResult sys_prlimit64(Task& task, std::int32_t pid, std::uint32_t which, In<Rlimit64> wanted,
                        Out<Rlimit64> old) {
  const int resource = resource_to_host(task, which);
  if (!resource_valid(resource)) return HostErrno{EINVAL};
  if (pid == ::getpid()) pid = 0;
  Rlimit64 next;
  if (wanted) {
    const auto w = wanted.load();
    if (!w) return w.error();
    next = *w;
  }
  if (pid != 0 && ::prlimit(pid, RLIMIT_CORE, nullptr, nullptr) != 0) return HostErrno{errno};
  const Rlimit64 before = get_limit(pid, resource);
  if (wanted) {
    if (auto r = set_limit(pid, resource, next); !r) return r.error();
  }
  if (!old) return SysResult::ok();
  return SysResult::from(old.store(before));
}

/// Infinity is all ones in the guest's word.
ULong limit_to_word(const Task& task, std::uint64_t limit, std::uint64_t infinity) {
  if (task.model().is64()) return ULong(limit);
  return ULong(std::min(limit, infinity));
}

SysResult get_word_limit(Task& task, std::uint32_t which, Out<Rlimit> out, std::uint64_t infinity) {
  const int resource = resource_to_host(task, which);
  if (!resource_valid(resource)) return HostErrno{EINVAL};
  const Rlimit64 limit = get_limit(0, resource);
  Rlimit words;
  words.cur = limit_to_word(task, limit.cur, infinity);
  words.max = limit_to_word(task, limit.max, infinity);
  return SysResult::from(out.store(words));
}

SysResult sys_getrlimit(Task& task, std::uint32_t which, Out<Rlimit> out) {
  return get_word_limit(task, which, out, port_of(task).infinity32);
}
/// The first getrlimit of 32-bit ports, replaced by ugetrlimit.
SysResult sys_old_getrlimit(Task& task, std::uint32_t which, Out<Rlimit> out) {
  if (task.model().is64()) return sys_getrlimit(task, which, out);
  return get_word_limit(task, which, out, 0x7fff'ffff);
}

SysResult sys_setrlimit(Task& task, std::uint32_t which, In<Rlimit> wanted) {
  const int resource = resource_to_host(task, which);
  const auto w = wanted.load();
  if (!w) return w.error();
  if (!resource_valid(resource)) return HostErrno{EINVAL};
  const auto from_word = [&](std::uint64_t v) {
    return !task.model().is64() && v == port_of(task).infinity32 ? RLIM64_INFINITY : v;
  };
  return SysResult::from(set_limit(0, resource, {from_word(w->cur), from_word(w->max)}));
}

// --- scheduling ----------------------------------------------------------------------------------

/// A CPU set in words of the guest's long; its size in bytes is the result.
SysResult sys_sched_getaffinity(Task& task, std::int32_t pid, std::uint32_t size, GuestAddr mask) {
  const std::size_t word = task.model().long_bytes;
  if (size % word != 0) return HostErrno{EINVAL};
  cpu_set_t host;
  CPU_ZERO(&host);
  const long n =
      raw_syscall(SYS_sched_getaffinity, pid, sizeof host, reinterpret_cast<long>(&host));
  if (n < 0) return SysResult::from_raw(n);
  const auto bytes = std::min<std::size_t>(size, static_cast<std::size_t>(n));
  std::vector<std::byte> out(bytes);
  for (std::size_t at = 0; at < bytes; at += word) {
    std::uint64_t v = 0;
    for (std::size_t bit = 0; bit < word * 8; ++bit) {
      if (CPU_ISSET(at * 8 + bit, &host)) v |= 1ULL << bit;
    }
    store_scalar(task.model(), &out[at], v, word);
  }
  if (auto r = task.copyout(mask, out.data(), bytes); !r) return r.error();
  return SysResult::value(bytes);
}

SysResult sys_sched_setaffinity(Task& task, std::int32_t pid, std::uint32_t size, GuestAddr mask) {
  const std::size_t word = task.model().long_bytes;
  cpu_set_t host;
  CPU_ZERO(&host);
  const std::size_t bytes = std::min<std::size_t>(size & ~(word - 1), sizeof host);
  std::vector<std::byte> in(bytes);
  if (auto r = task.copyin(in.data(), mask, bytes); !r) return r.error();
  for (std::size_t at = 0; at < bytes; at += word) {
    const std::uint64_t v = load_scalar(task.model(), &in[at], word);
    for (std::size_t bit = 0; bit < word * 8; ++bit) {
      if ((v >> bit & 1) != 0) CPU_SET(at * 8 + bit, &host);
    }
  }
  return SysResult::from_raw(
      raw_syscall(SYS_sched_setaffinity, pid, sizeof host, reinterpret_cast<long>(&host)));
}

// The structure grows: caller and kernel say how much of it they know (Linux sched_copy_attr()).

constexpr std::uint32_t kFirstSchedAttr = 48;  // SCHED_ATTR_SIZE_VER0
constexpr std::uint32_t kMostSchedAttr = 4096;

SysResult sys_sched_setattr(Task& task, std::int32_t pid, GuestAddr at, std::uint32_t flags) {
  const auto size = task.load<std::uint32_t>(at);
  if (!size) return size.error();
  const std::size_t given = *size != 0 ? *size : kFirstSchedAttr;
  const std::size_t known = guest_size<SchedAttr>(task.model());
  std::vector<std::byte> bytes(std::max(given, known));
  const auto refuse = [&]() -> SysResult {
    if (auto r = task.store(at, static_cast<std::uint32_t>(known)); !r) return r.error();
    return HostErrno{E2BIG};
  };
  if (given < kFirstSchedAttr || given > kMostSchedAttr) return refuse();
  if (auto r = task.copyin(bytes.data(), at, given); !r) return r.error();
  if (std::any_of(bytes.begin() + static_cast<std::ptrdiff_t>(known), bytes.end(),
                  [](std::byte b) { return b != std::byte{}; })) {
    return refuse();
  }
  auto attr = decode<SchedAttr>(task.model(), bytes);
  attr.size = static_cast<std::uint32_t>(std::min(given, known));
  HostForm<SchedAttr> host;
  host.encode(attr);
  return SysResult::from_raw(
      raw_syscall(SYS_sched_setattr, pid, reinterpret_cast<long>(host.bytes.data()), flags));
}

SysResult sys_sched_getattr(Task& task, std::int32_t pid, GuestAddr at, std::uint32_t size,
                            std::uint32_t flags) {
  if (!at || size < kFirstSchedAttr || size > kMostSchedAttr) return HostErrno{EINVAL};
  HostForm<SchedAttr> host;
  host.make();
  const std::size_t given = std::min<std::size_t>(size, host.bytes.size());
  const long r = raw_syscall(SYS_sched_getattr, pid, reinterpret_cast<long>(host.bytes.data()),
                             static_cast<long>(given), flags);
  if (r < 0) return SysResult::from_raw(r);
  std::vector<std::byte> bytes(guest_size<SchedAttr>(task.model()));
  (void)encode(task.model(), host.decode(), std::span<std::byte>(bytes));
  return SysResult::from(task.copyout(at, bytes.data(), given));
}

SysResult sys_getcpu(Task&, Out<std::uint32_t> cpu, Out<std::uint32_t> node) {
  unsigned c = 0;
  unsigned n = 0;
  ::getcpu(&c, &n);
  if (cpu) {
    if (auto r = cpu.store(c); !r) return r.error();
  }
  if (node) {
    if (auto r = node.store(n); !r) return r.error();
  }
  return SysResult::ok();
}

constexpr SyscallRow kRows[] = {
    call<&sys_getcpu>("getcpu"),
    pass<SYS_getpriority, I32, I32>("getpriority"),
    call<&sys_old_getrlimit>("getrlimit"),
    pass<SYS_getrusage, I32, Out<Rusage>>("getrusage"),
    pass<SYS_ioprio_get, I32, I32>("ioprio_get"),
    pass<SYS_ioprio_set, I32, I32, I32>("ioprio_set"),
    call<&sys_prlimit64>("prlimit64"),
    pass<SYS_sched_get_priority_max, I32>("sched_get_priority_max"),
    pass<SYS_sched_get_priority_min, I32>("sched_get_priority_min"),
    call<&sys_sched_getaffinity>("sched_getaffinity"),
    pass<SYS_sched_getparam, I32, Out<SchedParam>>("sched_getparam"),
    pass<SYS_sched_getscheduler, I32>("sched_getscheduler"),
    pass<SYS_sched_rr_get_interval, I32, Out<OldTimespec>>("sched_rr_get_interval"),
    pass<SYS_sched_rr_get_interval, I32, Out<Timespec64>>("sched_rr_get_interval_time64"),
    call<&sys_sched_getattr>("sched_getattr"),
    call<&sys_sched_setaffinity>("sched_setaffinity"),
    call<&sys_sched_setattr>("sched_setattr"),
    pass<SYS_sched_setparam, I32, In<SchedParam>>("sched_setparam"),
    pass<SYS_sched_setscheduler, I32, I32, In<SchedParam>>("sched_setscheduler"),
    pass<SYS_sched_yield>("sched_yield"),
    pass<SYS_setpriority, I32, I32, I32>("setpriority"),
    call<&sys_setrlimit>("setrlimit"),
    call<&sys_getrlimit>("ugetrlimit"),
};

}  // namespace

Rows resource_rows() { return kRows; }

}  // namespace emulate::linux_os
