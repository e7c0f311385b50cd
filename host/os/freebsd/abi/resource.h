#pragma once

/// Resource usage and limits, priorities, CPU sets (FreeBSD sys/sys/resource.h, cpuset.h).

#include <cstdint>

#include "host/os/freebsd/abi/time.h"

namespace emulate::freebsd {

/// struct rusage.
struct Rusage {
  Timeval utime, stime;
  Long maxrss, ixrss, idrss, isrss, minflt, majflt, nswap, inblock, oublock, msgsnd, msgrcv,
      nsignals, nvcsw, nivcsw;
};

/// struct __wrusage.
struct Wrusage {
  Rusage self, children;
};

inline constexpr int kRUSAGE_SELF = 0;
inline constexpr int kRUSAGE_CHILDREN = -1;
inline constexpr int kRUSAGE_THREAD = 1;

/// struct rlimit.
struct Rlimit {
  std::int64_t cur = 0;
  std::int64_t max = 0;
};

inline constexpr std::int64_t kRLIM_INFINITY = INT64_MAX;

enum class LimitKind : std::uint32_t {
  cpu,
  fsize,
  data,
  stack,
  core,
  rss,
  memlock,
  nproc,
  nofile,
  sbsize,
  vmem,
  npts,
  swap,
  kqueues,
  umtxp,
};
inline constexpr std::uint32_t kRLIM_NLIMITS = 15;

inline constexpr int kPRIO_PROCESS = 0;
inline constexpr int kPRIO_PGRP = 1;
inline constexpr int kPRIO_USER = 2;
inline constexpr int kPRIO_MIN = -20;
inline constexpr int kPRIO_MAX = 20;

inline constexpr int kCPU_LEVEL_ROOT = 1;
inline constexpr int kCPU_LEVEL_CPUSET = 2;
inline constexpr int kCPU_LEVEL_WHICH = 3;
inline constexpr int kCPU_WHICH_TID = 1;
inline constexpr int kCPU_WHICH_PID = 2;
inline constexpr int kCPU_WHICH_CPUSET = 3;
inline constexpr int kCPU_WHICH_IRQ = 4;
inline constexpr int kCPU_WHICH_JAIL = 5;
inline constexpr int kCPU_WHICH_DOMAIN = 6;

inline constexpr int kSCHED_FIFO = 1;
inline constexpr int kSCHED_OTHER = 2;
inline constexpr int kSCHED_RR = 3;

/// struct sched_param.
struct SchedParam {
  std::int32_t priority = 0;
};

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr const char* kStructName<freebsd::Rusage> = "rusage";
template <>
inline constexpr auto kFields<freebsd::Rusage> = fields(
    field<&freebsd::Rusage::utime>("ru_utime"), field<&freebsd::Rusage::stime>("ru_stime"),
    field<&freebsd::Rusage::maxrss>("ru_maxrss"), field<&freebsd::Rusage::ixrss>("ru_ixrss"),
    field<&freebsd::Rusage::idrss>("ru_idrss"), field<&freebsd::Rusage::isrss>("ru_isrss"),
    field<&freebsd::Rusage::minflt>("ru_minflt"), field<&freebsd::Rusage::majflt>("ru_majflt"),
    field<&freebsd::Rusage::nswap>("ru_nswap"), field<&freebsd::Rusage::inblock>("ru_inblock"),
    field<&freebsd::Rusage::oublock>("ru_oublock"), field<&freebsd::Rusage::msgsnd>("ru_msgsnd"),
    field<&freebsd::Rusage::msgrcv>("ru_msgrcv"), field<&freebsd::Rusage::nsignals>("ru_nsignals"),
    field<&freebsd::Rusage::nvcsw>("ru_nvcsw"), field<&freebsd::Rusage::nivcsw>("ru_nivcsw"));

template <>
inline constexpr const char* kStructName<freebsd::Wrusage> = "__wrusage";
template <>
inline constexpr auto kFields<freebsd::Wrusage> = fields(
    field<&freebsd::Wrusage::self>("wru_self"), field<&freebsd::Wrusage::children>("wru_children"));

template <>
inline constexpr const char* kStructName<freebsd::Rlimit> = "rlimit";
template <>
inline constexpr auto kFields<freebsd::Rlimit> = fields(field<&freebsd::Rlimit::cur>("rlim_cur"),
                                                        field<&freebsd::Rlimit::max>("rlim_max"));

template <>
inline constexpr const char* kStructName<freebsd::SchedParam> = "sched_param";
template <>
inline constexpr auto kFields<freebsd::SchedParam> =
    fields(field<&freebsd::SchedParam::priority>("sched_priority"));

}  // namespace emulate
