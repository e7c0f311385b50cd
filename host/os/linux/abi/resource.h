#pragma once

/// Limits and usage (Linux include/uapi/linux/resource.h).

#include "host/os/linux/abi/time.h"

namespace emulate::linux_os {

struct Rlimit {
  ULong cur, max;
};
struct Rlimit64 {
  std::uint64_t cur = 0, max = 0;
};
struct Rusage {
  Timeval utime, stime;
  Long counts[14];  ///< maxrss to nivcsw
};
struct SchedParam {
  std::int32_t priority = 0;
};
/// Of those that the first kernels knew, whose size is 48, and utilisation.
struct SchedAttr {
  std::uint32_t size = 0, policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0, deadline = 0, period = 0;
  std::uint32_t util_min = 0, util_max = 0;
};
struct Sysinfo {
  Long uptime;
  ULong loads[3];
  ULong totalram, freeram, sharedram, bufferram, totalswap, freeswap;
  std::uint16_t procs = 0;
  std::uint16_t pad = 0;
  ULong totalhigh, freehigh;
  std::uint32_t mem_unit = 0;
};

}  // namespace emulate::linux_os

namespace emulate {

template <>
inline constexpr const char* kStructName<linux_os::Rlimit> = "rlimit";
template <>
inline constexpr auto kFields<linux_os::Rlimit> = fields(field<&linux_os::Rlimit::cur>("rlim_cur"),
                                                         field<&linux_os::Rlimit::max>("rlim_max"));
template <>
inline constexpr const char* kStructName<linux_os::Rlimit64> = "rlimit64";
template <>
inline constexpr auto kFields<linux_os::Rlimit64> = fields(
    field<&linux_os::Rlimit64::cur>("rlim_cur"), field<&linux_os::Rlimit64::max>("rlim_max"));
template <>
inline constexpr const char* kStructName<linux_os::Rusage> = "rusage";
template <>
inline constexpr auto kFields<linux_os::Rusage> =
    fields(field<&linux_os::Rusage::utime>("ru_utime"), field<&linux_os::Rusage::stime>("ru_stime"),
           field<&linux_os::Rusage::counts>("ru_counts"));
template <>
inline constexpr const char* kStructName<linux_os::SchedParam> = "sched_param";
template <>
inline constexpr auto kFields<linux_os::SchedParam> =
    fields(field<&linux_os::SchedParam::priority>("sched_priority"));
template <>
inline constexpr const char* kStructName<linux_os::SchedAttr> = "sched_attr";
template <>
inline constexpr auto kFields<linux_os::SchedAttr> = fields(
    field<&linux_os::SchedAttr::size>("size"), field<&linux_os::SchedAttr::policy>("sched_policy"),
    field<&linux_os::SchedAttr::flags>("sched_flags"),
    field<&linux_os::SchedAttr::nice>("sched_nice"),
    field<&linux_os::SchedAttr::priority>("sched_priority"),
    field<&linux_os::SchedAttr::runtime>("sched_runtime"),
    field<&linux_os::SchedAttr::deadline>("sched_deadline"),
    field<&linux_os::SchedAttr::period>("sched_period"),
    field<&linux_os::SchedAttr::util_min>("sched_util_min"),
    field<&linux_os::SchedAttr::util_max>("sched_util_max"));
template <>
inline constexpr const char* kStructName<linux_os::Sysinfo> = "sysinfo";
template <>
inline constexpr auto kFields<linux_os::Sysinfo> = fields(
    field<&linux_os::Sysinfo::uptime>("uptime"), field<&linux_os::Sysinfo::loads>("loads"),
    field<&linux_os::Sysinfo::totalram>("totalram"), field<&linux_os::Sysinfo::freeram>("freeram"),
    field<&linux_os::Sysinfo::sharedram>("sharedram"),
    field<&linux_os::Sysinfo::bufferram>("bufferram"),
    field<&linux_os::Sysinfo::totalswap>("totalswap"),
    field<&linux_os::Sysinfo::freeswap>("freeswap"), field<&linux_os::Sysinfo::procs>("procs"),
    field<&linux_os::Sysinfo::pad>("pad"), field<&linux_os::Sysinfo::totalhigh>("totalhigh"),
    field<&linux_os::Sysinfo::freehigh>("freehigh"),
    field<&linux_os::Sysinfo::mem_unit>("mem_unit"));

}  // namespace emulate
