#include "host/os/freebsd/resource.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>

#include "host/os/freebsd/personality.h"
#include "host/os/freebsd/process_calls.h"
#include "host/os/freebsd/scheduling.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/freebsd/usage.h"

namespace emulate::freebsd {
namespace {

constexpr std::int64_t kMaxProc = 6656;  // kern.maxproc of a small machine

/// Where a limit is enforced.
enum class Keeper : std::uint8_t {
  host,    ///< by the host kernel, which has the same limit
  memory,  ///< kept here: on the host it would hit emulate itself, or it does not exist there
};

struct LimitRow {
  LimitKind kind;
  Keeper keeper;
  int host;
};

/// In order of kind.
constexpr LimitRow kLimits[] = {
    {LimitKind::cpu, Keeper::host, RLIMIT_CPU},
    {LimitKind::fsize, Keeper::host, RLIMIT_FSIZE},
    {LimitKind::data, Keeper::memory, 0},
    {LimitKind::stack, Keeper::memory, 0},
    {LimitKind::core, Keeper::host, RLIMIT_CORE},
    {LimitKind::rss, Keeper::host, RLIMIT_RSS},
    {LimitKind::memlock, Keeper::host, RLIMIT_MEMLOCK},
    {LimitKind::nproc, Keeper::host, RLIMIT_NPROC},
    {LimitKind::nofile, Keeper::memory, 0},
    {LimitKind::sbsize, Keeper::memory, 0},
    {LimitKind::vmem, Keeper::memory, 0},
    {LimitKind::npts, Keeper::memory, 0},
    {LimitKind::swap, Keeper::memory, 0},
    {LimitKind::kqueues, Keeper::memory, 0},
    {LimitKind::umtxp, Keeper::memory, 0},
};
static_assert(std::size(kLimits) == kRLIM_NLIMITS);

std::int64_t from_host(rlim_t v) {
  return v == RLIM_INFINITY || v > static_cast<rlim_t>(kRLIM_INFINITY)
             ? kRLIM_INFINITY
             : static_cast<std::int64_t>(v);
}

rlim_t to_host(std::int64_t v) {
  return v == kRLIM_INFINITY ? RLIM_INFINITY : static_cast<rlim_t>(v);
}

Rlimit default_limit(Process& process, LimitKind kind) {
  const MemoryLayout& layout = process.personality().abi().memory_layout();
  switch (kind) {
    case LimitKind::data: {
      const auto size = static_cast<std::int64_t>(layout.data_size);
      return size != 0 ? Rlimit{size, size} : Rlimit{kRLIM_INFINITY, kRLIM_INFINITY};
    }
    case LimitKind::stack: {
      const auto size = static_cast<std::int64_t>(process.image().stack_size);
      return {size, size};
    }
    case LimitKind::nofile: {
      const std::int64_t n = FdTable::private_base();
      return {n, n};
    }
    default:
      return {kRLIM_INFINITY, kRLIM_INFINITY};
  }
}

/// Limits that the guest has changed. They outlive the program: execve keeps them.
struct StoredLimits {
  std::mutex mutex;
  std::array<std::optional<Rlimit>, kRLIM_NLIMITS> limits;
};

StoredLimits& stored_limits() {
  static StoredLimits limits;
  return limits;
}

Expected<void> set_limit(Process& process, std::uint32_t kind, Rlimit wanted) {
  auto old = get_limit(process, kind);
  if (!old) return tl::unexpected(old.error());
  if (wanted.cur < 0) wanted.cur = kRLIM_INFINITY;
  if (wanted.max < 0) wanted.max = kRLIM_INFINITY;
  if ((wanted.cur > old->max || wanted.max > old->max) && ::geteuid() != 0) {
    return host_error(EPERM);
  }
  wanted.cur = std::min(wanted.cur, wanted.max);
  const LimitRow& row = kLimits[kind];
  if (row.kind == LimitKind::nofile) {
    const std::int64_t most = FdTable::private_base();
    wanted.cur = std::min(wanted.cur, most);
    wanted.max = std::min(wanted.max, most);
  } else if (row.kind == LimitKind::nproc) {
    wanted.cur = std::clamp<std::int64_t>(wanted.cur, 1, kMaxProc);
    wanted.max = std::clamp<std::int64_t>(wanted.max, 1, kMaxProc);
  }
  if (row.keeper == Keeper::host) {
    const struct ::rlimit limit { to_host(wanted.cur), to_host(wanted.max) };
    const auto resource = static_cast<__rlimit_resource>(row.host);
    return ::setrlimit(resource, &limit) == 0 ? Expected<void>() : host_error(errno);
  }
  const std::scoped_lock lock(stored_limits().mutex);
  stored_limits().limits[kind] = wanted;
  return {};
}

SysResult sys_getrlimit(Task& task, std::uint32_t which, Out<Rlimit> rlp) {
  auto limit = get_limit(task.process(), which);
  if (!limit) return limit.error();
  return SysResult::from(rlp.store(*limit));
}

SysResult sys_setrlimit(Task& task, std::uint32_t which, In<Rlimit> rlp) {
  auto wanted = rlp.load();
  if (!wanted) return wanted.error();
  return SysResult::from(set_limit(task.process(), which, *wanted));
}

SysResult sys_getdtablesize(Task& task) {
  auto limit = get_limit(task.process(), static_cast<std::uint32_t>(LimitKind::nofile));
  if (!limit) return limit.error();
  return SysResult::value(static_cast<std::uint64_t>(limit->cur));
}

SysResult sys_getrusage(Task&, std::int32_t who, Out<Rusage> out) {
  int host_who = RUSAGE_SELF;
  switch (who) {
    case kRUSAGE_SELF:
      break;
    case kRUSAGE_CHILDREN:
      host_who = RUSAGE_CHILDREN;
      break;
    case kRUSAGE_THREAD:
      host_who = RUSAGE_THREAD;
      break;
    default:
      return HostErrno{EINVAL};
  }
  struct ::rusage usage {};
  if (::getrusage(static_cast<__rusage_who>(host_who), &usage) != 0) return HostErrno{errno};
  Rusage g = rusage_to_guest(usage);
  if (who != kRUSAGE_CHILDREN) {
    const UsageCounts& counts = who == kRUSAGE_THREAD ? thread_usage : process_usage;
    g.msgsnd = Long(counts.sent.load());
    g.msgrcv = Long(counts.received.load());
    g.nsignals = Long(counts.signals.load());
  }
  return SysResult::from(out.store(g));
}

bool valid_priority_target(std::int32_t which) {
  return which >= kPRIO_PROCESS && which <= kPRIO_USER;
}

SysResult sys_getpriority(Task&, std::int32_t which, std::int32_t who) {
  if (!valid_priority_target(which)) return HostErrno{EINVAL};
  errno = 0;
  const int nice = ::getpriority(static_cast<__priority_which>(which), static_cast<id_t>(who));
  if (nice == -1 && errno != 0) return HostErrno{errno};
  return SysResult::value(static_cast<std::uint64_t>(static_cast<std::int64_t>(nice)));
}

SysResult sys_setpriority(Task&, std::int32_t which, std::int32_t who, std::int32_t prio) {
  if (!valid_priority_target(which)) return HostErrno{EINVAL};
  constexpr int kHostMost = 19;
  const int nice = std::clamp(prio, kPRIO_MIN, kHostMost);
  return SysResult::from_libc(
      ::setpriority(static_cast<__priority_which>(which), static_cast<id_t>(who), nice));
}

/// Programs built for profiling run, and find that no time was spent.
SysResult sys_profil(Task&, GuestAddr, ULong, ULong, std::uint32_t scale) {
  constexpr std::uint32_t kMostScale = 1 << 16;
  return scale > kMostScale ? SysResult(HostErrno{EINVAL}) : SysResult::ok();
}

constexpr SyscallRow kRows[] = {
    partial<&sys_profil>(44, "profil", "no samples are taken"),
    row<&sys_getdtablesize>(89, "getdtablesize"),
    row<&sys_setpriority>(96, "setpriority"),
    row<&sys_getpriority>(100, "getpriority"),
    row<&sys_getrusage>(117, "getrusage"),
    row<&sys_rtprio>(166, "rtprio"),
    row<&sys_getrlimit>(194, "getrlimit"),
    partial<&sys_setrlimit>(
        195, "setrlimit",
        "limits of stacks, terminals, swap, kqueues and socket buffers are kept, not enforced"),
    row<&sys_sched_setparam>(327, "sched_setparam"),
    row<&sys_sched_getparam>(328, "sched_getparam"),
    row<&sys_sched_setscheduler>(329, "sched_setscheduler"),
    row<&sys_sched_getscheduler>(330, "sched_getscheduler"),
    row<&sys_sched_yield>(331, "sched_yield"),
    row<&sys_sched_get_priority_max>(332, "sched_get_priority_max"),
    row<&sys_sched_get_priority_min>(333, "sched_get_priority_min"),
    row<&sys_sched_rr_get_interval>(334, "sched_rr_get_interval"),
    partial<&sys_cpuset>(484, "cpuset", "one set for everybody"),
    partial<&sys_cpuset_setid>(485, "cpuset_setid", "one set for everybody"),
    partial<&sys_cpuset_getid>(486, "cpuset_getid", "one set for everybody"),
    row<&sys_cpuset_getaffinity>(487, "cpuset_getaffinity"),
    partial<&sys_cpuset_setaffinity>(488, "cpuset_setaffinity",
                                     "threads, processes, and a set in the process that made it"),
    row<&sys_cpuset_getdomain>(561, "cpuset_getdomain"),
    partial<&sys_cpuset_setdomain>(562, "cpuset_setdomain", "there is one domain"),
};

}  // namespace

Expected<Rlimit> get_limit(Process& process, std::uint32_t kind) {
  if (kind >= kRLIM_NLIMITS) return host_error(EINVAL);
  const LimitRow& row = kLimits[kind];
  if (row.keeper == Keeper::host) {
    struct ::rlimit limit {};
    const auto resource = static_cast<__rlimit_resource>(row.host);
    if (::getrlimit(resource, &limit) != 0) return host_error(errno);
    return Rlimit{from_host(limit.rlim_cur), from_host(limit.rlim_max)};
  }
  const std::scoped_lock lock(stored_limits().mutex);
  const auto& stored = stored_limits().limits[kind];
  return stored ? *stored : default_limit(process, row.kind);
}

Rows resource_rows() { return kRows; }

}  // namespace emulate::freebsd
