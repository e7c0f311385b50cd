#pragma once

/// Scheduling handlers of resource_rows(): rtprio, sched_*, cpuset_*.

#include "host/os/freebsd/abi/resource.h"
#include "host/os/freebsd/abi/thr.h"
#include "host/os/freebsd/process_calls.h"

namespace emulate::freebsd {

SysResult sys_rtprio(Task& task, std::int32_t function, std::int32_t pid, InOut<Rtprio> rtp);
SysResult sys_sched_setparam(Task& task, std::int32_t pid, In<SchedParam> param);
SysResult sys_sched_getparam(Task& task, std::int32_t pid, Out<SchedParam> param);
SysResult sys_sched_setscheduler(Task& task, std::int32_t pid, std::int32_t policy,
                                 In<SchedParam> param);
SysResult sys_sched_getscheduler(Task& task, std::int32_t pid);
SysResult sys_sched_yield(Task& task);
SysResult sys_sched_get_priority_max(Task& task, std::int32_t policy);
SysResult sys_sched_get_priority_min(Task& task, std::int32_t policy);
SysResult sys_sched_rr_get_interval(Task& task, std::int32_t pid, Out<Timespec> interval);

SysResult sys_cpuset(Task& task, Out<Int> setid);
SysResult sys_cpuset_setid(Task& task, std::int32_t which, std::int64_t id, std::int32_t setid);
SysResult sys_cpuset_getid(Task& task, std::int32_t level, std::int32_t which, std::int64_t id,
                           Out<Int> setid);
SysResult sys_cpuset_getaffinity(Task& task, std::int32_t level, std::int32_t which,
                                 std::int64_t id, ULong size, GuestAddr mask);
SysResult sys_cpuset_setaffinity(Task& task, std::int32_t level, std::int32_t which,
                                 std::int64_t id, ULong size, GuestAddr mask);
SysResult sys_cpuset_getdomain(Task& task, std::int32_t level, std::int32_t which, std::int64_t id,
                               ULong size, GuestAddr mask, Out<Int> policy);
SysResult sys_cpuset_setdomain(Task& task, std::int32_t level, std::int32_t which, std::int64_t id,
                               ULong size, GuestAddr mask, std::int32_t policy);

}  // namespace emulate::freebsd
