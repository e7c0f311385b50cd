#pragma once

/// Times of Linux guests. The old calls count in the guest's long; those named time64, and all of
/// the 64-bit ports, in 64 bits.

#include <cstdint>

#include "host/thunk/layout.h"

namespace emulate::linux_os {

struct OldTimespec {
  Long sec;
  Long nsec;
};
struct Timespec64 {
  std::int64_t sec = 0;
  std::int64_t nsec = 0;
};
struct OldItimerspec {
  OldTimespec interval;
  OldTimespec value;
};
struct Itimerspec64 {
  Timespec64 interval;
  Timespec64 value;
};
struct Timeval {
  Long sec;
  Suseconds usec;
};
struct Itimerval {
  Timeval interval;
  Timeval value;
};
struct Timezone {
  std::int32_t minuteswest = 0;
  std::int32_t dsttime = 0;
};
struct Tms {
  Long utime, stime, cutime, cstime;
};
struct TimespecPair {
  OldTimespec access, modification;
};
struct TimespecPair64 {
  Timespec64 access, modification;
};
struct TimevalPair {
  Timeval access, modification;
};
struct Utimbuf {
  Long actime, modtime;
};

/// struct timex, whose members are longs, or 64 bits on all machines (struct __kernel_timex).
/// `Second`: a point in time with microseconds.
template <class Word, class Second>
struct TimexOf {
  std::uint32_t modes = 0;
  Word offset{}, frequency{}, max_error{}, estimated_error{};
  std::int32_t status = 0;
  Word constant{}, precision{}, tolerance{};
  Second time;
  Word tick{}, pps_frequency{}, jitter{};
  std::int32_t shift = 0;
  Word stability{}, counts[4]{};
  std::int32_t tai = 0;
};
struct Timeval64 {
  std::int64_t sec = 0, usec = 0;
};
using Timex = TimexOf<Long, Timeval>;
using Timex64 = TimexOf<std::int64_t, Timeval64>;

/// A 32-bit program's nanoseconds are a long; what lies beside it in a Timespec64 is padding
/// (Linux kernel/time/time.c, get_timespec64()).
inline void clean(const DataModel& model, Timespec64& t) {
  if (!model.is64()) t.nsec = static_cast<std::int32_t>(t.nsec);
}
inline void clean(const DataModel& model, Itimerspec64& t) {
  clean(model, t.interval);
  clean(model, t.value);
}
inline void clean(const DataModel& model, TimespecPair64& t) {
  clean(model, t.access);
  clean(model, t.modification);
}

}  // namespace emulate::linux_os

namespace emulate {

template <>
inline constexpr const char* kStructName<linux_os::OldTimespec> = "timespec";
template <>
inline constexpr auto kFields<linux_os::OldTimespec> = fields(
    field<&linux_os::OldTimespec::sec>("tv_sec"), field<&linux_os::OldTimespec::nsec>("tv_nsec"));
template <>
inline constexpr const char* kStructName<linux_os::Timespec64> = "__kernel_timespec";
template <>
inline constexpr auto kFields<linux_os::Timespec64> = fields(
    field<&linux_os::Timespec64::sec>("tv_sec"), field<&linux_os::Timespec64::nsec>("tv_nsec"));
template <>
inline constexpr const char* kStructName<linux_os::OldItimerspec> = "itimerspec";
template <>
inline constexpr auto kFields<linux_os::OldItimerspec> =
    fields(field<&linux_os::OldItimerspec::interval>("it_interval"),
           field<&linux_os::OldItimerspec::value>("it_value"));
template <>
inline constexpr const char* kStructName<linux_os::Itimerspec64> = "__kernel_itimerspec";
template <>
inline constexpr auto kFields<linux_os::Itimerspec64> =
    fields(field<&linux_os::Itimerspec64::interval>("it_interval"),
           field<&linux_os::Itimerspec64::value>("it_value"));
template <>
inline constexpr const char* kStructName<linux_os::Timeval> = "timeval";
template <>
inline constexpr auto kFields<linux_os::Timeval> =
    fields(field<&linux_os::Timeval::sec>("tv_sec"), field<&linux_os::Timeval::usec>("tv_usec"));
template <>
inline constexpr const char* kStructName<linux_os::Itimerval> = "itimerval";
template <>
inline constexpr auto kFields<linux_os::Itimerval> =
    fields(field<&linux_os::Itimerval::interval>("it_interval"),
           field<&linux_os::Itimerval::value>("it_value"));
template <>
inline constexpr auto kFields<linux_os::Timeval64> = fields(
    field<&linux_os::Timeval64::sec>("tv_sec"), field<&linux_os::Timeval64::usec>("tv_usec"));
template <class Word, class Second>
inline constexpr auto kFields<linux_os::TimexOf<Word, Second>> = [] {
  using T = linux_os::TimexOf<Word, Second>;
  return fields(field<&T::modes>("modes"), field<&T::offset>("offset"),
                field<&T::frequency>("freq"), field<&T::max_error>("maxerror"),
                field<&T::estimated_error>("esterror"), field<&T::status>("status"),
                field<&T::constant>("constant"), field<&T::precision>("precision"),
                field<&T::tolerance>("tolerance"), field<&T::time>("time"), field<&T::tick>("tick"),
                field<&T::pps_frequency>("ppsfreq"), field<&T::jitter>("jitter"),
                field<&T::shift>("shift"), field<&T::stability>("stabil"),
                field<&T::counts>("counts"), field<&T::tai>("tai"), pad<std::int32_t>(11));
}();
template <>
inline constexpr const char* kStructName<linux_os::Timezone> = "timezone";
template <>
inline constexpr auto kFields<linux_os::Timezone> =
    fields(field<&linux_os::Timezone::minuteswest>("tz_minuteswest"),
           field<&linux_os::Timezone::dsttime>("tz_dsttime"));
template <>
inline constexpr const char* kStructName<linux_os::Tms> = "tms";
template <>
inline constexpr auto kFields<linux_os::Tms> = fields(field<&linux_os::Tms::utime>("tms_utime"),
                                                      field<&linux_os::Tms::stime>("tms_stime"),
                                                      field<&linux_os::Tms::cutime>("tms_cutime"),
                                                      field<&linux_os::Tms::cstime>("tms_cstime"));
template <>
inline constexpr auto kFields<linux_os::TimespecPair> =
    fields(field<&linux_os::TimespecPair::access>("access"),
           field<&linux_os::TimespecPair::modification>("modification"));
template <>
inline constexpr auto kFields<linux_os::TimespecPair64> =
    fields(field<&linux_os::TimespecPair64::access>("access"),
           field<&linux_os::TimespecPair64::modification>("modification"));
template <>
inline constexpr auto kFields<linux_os::TimevalPair> =
    fields(field<&linux_os::TimevalPair::access>("access"),
           field<&linux_os::TimevalPair::modification>("modification"));
template <>
inline constexpr const char* kStructName<linux_os::Utimbuf> = "utimbuf";
template <>
inline constexpr auto kFields<linux_os::Utimbuf> = fields(
    field<&linux_os::Utimbuf::actime>("actime"), field<&linux_os::Utimbuf::modtime>("modtime"));

}  // namespace emulate
