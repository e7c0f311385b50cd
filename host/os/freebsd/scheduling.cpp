#include "host/os/freebsd/scheduling.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "host/os/freebsd/cpus.h"
#include "host/os/freebsd/host_processes.h"
#include "host/os/freebsd/priority.h"
#include "host/os/freebsd/time.h"

namespace emulate::freebsd {
namespace {

// --- POSIX scheduling: FreeBSD sys/kern/ksched.c ------------------------------------------------

constexpr std::int32_t kTimeshareMost = 103;  // PRI_MAX_TIMESHARE - PRI_MIN_TIMESHARE

struct PolicyRow {
  std::int32_t posix;
  std::uint16_t type;
  std::int32_t highest;
};

constexpr PolicyRow kPolicies[] = {
    {kSCHED_FIFO, kRTP_PRIO_FIFO, kRTP_PRIO_MAX},
    {kSCHED_RR, kRTP_PRIO_REALTIME, kRTP_PRIO_MAX},
    {kSCHED_OTHER, kRTP_PRIO_NORMAL, kTimeshareMost},
};

const PolicyRow* find_policy(std::int32_t posix) {
  for (const PolicyRow& r : kPolicies) {
    if (r.posix == posix) return &r;
  }
  return nullptr;
}

const PolicyRow& policy_of(const Rtprio& rtp) {
  for (const PolicyRow& r : kPolicies) {
    if (r.type == rtp.type) return r;
  }
  return kPolicies[2];  // idle priority counts as SCHED_OTHER
}

/// POSIX counts priorities upwards, rtprio downwards.
std::int32_t posix_priority(const Rtprio& rtp) {
  const PolicyRow& policy = policy_of(rtp);
  return policy.posix == kSCHED_OTHER ? 0 : kRTP_PRIO_MAX - rtp.prio;
}

/// EINVAL, or EPERM for classes with real priorities: FreeBSD sys/kern/ksched.c.
Expected<void> set_posix(int pid, const PolicyRow& policy, std::int32_t priority) {
  if (priority < 0 || priority > policy.highest) {
    return host_error(policy.posix == kSCHED_OTHER ? EINVAL : EPERM);
  }
  Rtprio rtp;
  rtp.type = policy.type;
  if (policy.posix != kSCHED_OTHER) {
    rtp.prio = static_cast<std::uint16_t>(kRTP_PRIO_MAX - priority);
  }
  return set_priority(pid, rtp);
}

// --- CPU sets: FreeBSD sys/kern/kern_cpuset.c ---------------------------------------------------

constexpr std::size_t kCpuMaxBits = 256;  // CPU_MAXSIZE, DOMAINSET_MAXSIZE
constexpr std::int32_t kDefaultSet = 1;   // cpuset 1 holds all processes that were given no other
constexpr std::int64_t kSelf = -1;

/// The set that the process has made for itself with cpuset(2), numbered as its maker; 0: none.
/// Children are in it too, but each process's part of it is changed alone.
std::atomic<std::int32_t> own_set = 0;
std::int32_t current_set() { return own_set != 0 ? own_set.load() : kDefaultSet; }

/// The host task that `which` and `id` name; ESRCH, EINVAL.
Expected<int> host_task(Task& task, std::int32_t which, std::int64_t id) {
  const auto number = static_cast<std::int32_t>(id);
  switch (which) {
    case kCPU_WHICH_TID:
      return number == kSelf ? task.tid() : number;
    case kCPU_WHICH_PID:
      return number == kSelf ? static_cast<int>(::getpid()) : number;
    case kCPU_WHICH_CPUSET:
    case kCPU_WHICH_JAIL:
      if (number == kSelf || number == kDefaultSet || number == 0) return task.tid();
      if (number == own_set && which == kCPU_WHICH_CPUSET) return task.tid();
      return host_error(ESRCH);
    default:
      return host_error(EINVAL);
  }
}

Expected<void> exists(int host_task) {
  return host_process_exists(host_task) ? Expected<void>() : host_error(ESRCH);
}

bool valid_level(std::int32_t level) {
  return level >= kCPU_LEVEL_ROOT && level <= kCPU_LEVEL_WHICH;
}

Expected<std::size_t> mask_bytes(Task& task, std::uint64_t size) {
  if (size < task.model().long_bytes || size > kCpuMaxBits / 8) return host_error(ERANGE);
  return static_cast<std::size_t>(size);
}

/// Bits live in words of the guest's long.
Expected<void> store_mask(Task& task, GuestAddr to, std::size_t size, const cpu_set_t& set) {
  const DataModel& model = task.model();
  const std::size_t word_bits = model.long_bytes * 8u;
  std::vector<std::byte> bytes(size);
  for (std::size_t at = 0; at + model.long_bytes <= size; at += model.long_bytes) {
    std::uint64_t word = 0;
    for (std::size_t bit = 0; bit < word_bits; ++bit) {
      if (CPU_ISSET(at * 8 + bit, &set)) word |= 1ULL << bit;
    }
    store_scalar(model, bytes.data() + at, word, model.long_bytes);
  }
  return task.copyout(to, bytes.data(), bytes.size());
}

Expected<cpu_set_t> load_mask(Task& task, GuestAddr from, std::size_t size) {
  const DataModel& model = task.model();
  const std::size_t word_bits = model.long_bytes * 8u;
  std::vector<std::byte> bytes(size);
  if (auto r = task.copyin(bytes.data(), from, size); !r) return tl::unexpected(r.error());
  cpu_set_t set;
  CPU_ZERO(&set);
  for (std::size_t at = 0; at + model.long_bytes <= size; at += model.long_bytes) {
    const std::uint64_t word = load_scalar(model, bytes.data() + at, model.long_bytes);
    for (std::size_t bit = 0; bit < word_bits; ++bit) {
      if ((word >> bit & 1) != 0) CPU_SET(at * 8 + bit, &set);
    }
  }
  return set;
}

}  // namespace

SysResult sys_rtprio(Task&, std::int32_t function, std::int32_t pid, InOut<Rtprio> rtp) {
  Expected<Rtprio> wanted = Rtprio();
  if (function == kRTP_SET) wanted = rtp.load();
  auto current = get_priority(pid);
  if (!current) return current.error();
  switch (function) {
    case kRTP_LOOKUP:
      return SysResult::from(rtp.store(*current));
    case kRTP_SET:
      if (!wanted) return wanted.error();
      return SysResult::from(set_priority(pid, *wanted));
    default:
      return HostErrno{EINVAL};
  }
}

SysResult sys_sched_setparam(Task&, std::int32_t pid, In<SchedParam> param) {
  auto wanted = param.load();
  if (!wanted) return wanted.error();
  auto current = get_priority(pid);
  if (!current) return current.error();
  return SysResult::from(set_posix(pid, policy_of(*current), wanted->priority));
}

SysResult sys_sched_getparam(Task&, std::int32_t pid, Out<SchedParam> param) {
  auto current = get_priority(pid);
  if (!current) return current.error();
  return SysResult::from(param.store({posix_priority(*current)}));
}

SysResult sys_sched_setscheduler(Task&, std::int32_t pid, std::int32_t policy,
                                 In<SchedParam> param) {
  auto wanted = param.load();
  if (!wanted) return wanted.error();
  if (auto current = get_priority(pid); !current) return current.error();
  if (::geteuid() != 0) return HostErrno{EPERM};
  const PolicyRow* row = find_policy(policy);
  if (row == nullptr) return HostErrno{EINVAL};
  return SysResult::from(set_posix(pid, *row, wanted->priority));
}

SysResult sys_sched_getscheduler(Task&, std::int32_t pid) {
  auto current = get_priority(pid);
  if (!current) return current.error();
  return SysResult::value(static_cast<std::uint64_t>(policy_of(*current).posix));
}

SysResult sys_sched_yield(Task&) { return SysResult::from_libc(::sched_yield()); }

SysResult sys_sched_get_priority_max(Task&, std::int32_t policy) {
  const PolicyRow* row = find_policy(policy);
  if (row == nullptr) return HostErrno{EINVAL};
  return SysResult::value(static_cast<std::uint64_t>(row->highest));
}

SysResult sys_sched_get_priority_min(Task&, std::int32_t policy) {
  if (find_policy(policy) == nullptr) return HostErrno{EINVAL};
  return SysResult::value(0);
}

SysResult sys_sched_rr_get_interval(Task&, std::int32_t pid, Out<Timespec> interval) {
  // The scheduler's slice, the same for everybody: 12 ticks of stathz (127) in ticks of hz (1000).
  constexpr std::int64_t kSlice = 94'000'000;
  if (auto current = get_priority(pid); !current) return current.error();
  return SysResult::from(interval.store({{0}, {kSlice}}));
}

SysResult sys_cpuset(Task&, Out<Int> setid) {
  const std::int32_t fresh = ::getpid();
  if (auto r = setid.store({fresh}); !r) return r.error();
  own_set = fresh;
  return SysResult::ok();
}

SysResult sys_cpuset_setid(Task& task, std::int32_t which, std::int64_t id, std::int32_t setid) {
  if (which != kCPU_WHICH_PID) return HostErrno{EINVAL};
  if (setid != current_set()) return HostErrno{ESRCH};
  return SysResult::from(host_task(task, which, id).and_then(exists));
}

SysResult sys_cpuset_getid(Task& task, std::int32_t level, std::int32_t which, std::int64_t id,
                           Out<Int> setid) {
  if (level == kCPU_LEVEL_WHICH && which != kCPU_WHICH_CPUSET) return HostErrno{EINVAL};
  if (!valid_level(level)) return HostErrno{EINVAL};
  if (auto r = host_task(task, which, id).and_then(exists); !r) return r.error();
  const std::int32_t root_set = 0;
  return SysResult::from(setid.store({level == kCPU_LEVEL_ROOT ? root_set : current_set()}));
}

SysResult sys_cpuset_getaffinity(Task& task, std::int32_t level, std::int32_t which,
                                 std::int64_t id, ULong size, GuestAddr mask) {
  auto bytes = mask_bytes(task, size);
  if (!bytes) return bytes.error();
  auto target = host_task(task, which, id);
  if (!target) return target.error();
  if (!valid_level(level)) return HostErrno{EINVAL};
  cpu_set_t set = guest_cpus(task.process());
  const bool of_set = which == kCPU_WHICH_CPUSET || which == kCPU_WHICH_JAIL;
  const bool of_own_set = own_set != 0 && level == kCPU_LEVEL_CPUSET;
  if (((level == kCPU_LEVEL_WHICH && !of_set) || of_own_set) &&
      ::sched_getaffinity(*target, sizeof set, &set) != 0) {
    return HostErrno{errno};
  }
  CPU_AND(&set, &set, &guest_cpus(task.process()));
  return SysResult::from(store_mask(task, mask, *bytes, set));
}

SysResult sys_cpuset_setaffinity(Task& task, std::int32_t level, std::int32_t which,
                                 std::int64_t id, ULong size, GuestAddr mask) {
  auto bytes = mask_bytes(task, size);
  if (!bytes) return bytes.error();
  auto set = load_mask(task, mask, *bytes);
  if (!set) return set.error();
  if (!valid_level(level)) return HostErrno{EINVAL};
  auto target = host_task(task, which, id);
  if (!target) return target.error();
  const bool of_set = level == kCPU_LEVEL_CPUSET || which == kCPU_WHICH_CPUSET;
  if (of_set ? own_set == 0 : level != kCPU_LEVEL_WHICH) return HostErrno{EPERM};
  cpu_set_t known = *set;
  CPU_AND(&known, &known, &guest_cpus(task.process()));
  if (!CPU_EQUAL(&known, &*set)) return HostErrno{EINVAL};
  if (CPU_COUNT(&*set) == 0) return HostErrno{EDEADLK};
  // The CPUs that the guest is not told of serve it all the same: all it knows means all there are.
  if (CPU_EQUAL(&*set, &guest_cpus(task.process()))) set = host_cpus();
  if (of_set || (which == kCPU_WHICH_PID && *target == ::getpid())) {
    for (const int tid : task.process().task_ids()) ::sched_setaffinity(tid, sizeof *set, &*set);
    return SysResult::ok();
  }
  return SysResult::from_libc(::sched_setaffinity(*target, sizeof *set, &*set));
}

namespace {

constexpr std::int32_t kPolicyFirstTouch = 2;
constexpr std::int32_t kPolicyHighest = 4;

}  // namespace

SysResult sys_cpuset_getdomain(Task& task, std::int32_t level, std::int32_t which, std::int64_t id,
                               ULong size, GuestAddr mask, Out<Int> policy) {
  auto bytes = mask_bytes(task, size);
  if (!bytes) return bytes.error();
  if (!valid_level(level)) return HostErrno{EINVAL};
  if (auto r = host_task(task, which, id); !r) return r.error();
  cpu_set_t first;
  CPU_ZERO(&first);
  CPU_SET(0, &first);
  if (auto r = store_mask(task, mask, *bytes, first); !r) return r.error();
  return SysResult::from(policy.store({kPolicyFirstTouch}));
}

SysResult sys_cpuset_setdomain(Task& task, std::int32_t level, std::int32_t which, std::int64_t id,
                               ULong size, GuestAddr mask, std::int32_t policy) {
  auto bytes = mask_bytes(task, size);
  if (!bytes) return bytes.error();
  auto set = load_mask(task, mask, *bytes);
  if (!set) return set.error();
  if (!valid_level(level) || policy < 1 || policy > kPolicyHighest) return HostErrno{EINVAL};
  if (auto r = host_task(task, which, id); !r) return r.error();
  if (CPU_COUNT(&*set) != 1 || !CPU_ISSET(0, &*set)) return HostErrno{EINVAL};
  return SysResult::ok();
}

}  // namespace emulate::freebsd
