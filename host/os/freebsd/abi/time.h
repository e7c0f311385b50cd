#pragma once

/// Time structures and constants (FreeBSD sys/sys/time.h, _timespec.h, timex.h).

#include <cstdint>

#include "host/thunk/layout.h"

namespace emulate::freebsd {

struct Timespec {
  Time tv_sec;
  Long tv_nsec;
};

struct Timeval {
  Time tv_sec;
  Long tv_usec;
};

struct Timezone {
  std::int32_t minutes_west = 0;
  std::int32_t dst_time = 0;
};

struct Itimerval {
  Timeval interval;
  Timeval value;
};

struct Itimerspec {
  Timespec interval;
  Timespec value;
};

/// struct ntptimeval.
struct NtpTimeval {
  Timespec time;
  Long maxerror;
  Long esterror;
  Long tai;
  std::int32_t time_state = 0;
};

/// struct timex.
struct Timex {
  std::uint32_t modes = 0;
  Long offset;
  Long freq;
  Long maxerror;
  Long esterror;
  std::int32_t status = 0;
  Long constant;
  Long precision;
  Long tolerance;
  Long ppsfreq;
  Long jitter;
  std::int32_t shift = 0;
  Long stabil;
  Long jitcnt;
  Long calcnt;
  Long errcnt;
  Long stbcnt;
};

inline constexpr int kCLOCK_REALTIME = 0;
inline constexpr int kCLOCK_VIRTUAL = 1;
inline constexpr int kCLOCK_PROF = 2;
inline constexpr int kCLOCK_MONOTONIC = 4;
inline constexpr int kCLOCK_UPTIME = 5;
inline constexpr int kCLOCK_UPTIME_PRECISE = 7;
inline constexpr int kCLOCK_UPTIME_FAST = 8;
inline constexpr int kCLOCK_REALTIME_PRECISE = 9;
inline constexpr int kCLOCK_REALTIME_FAST = 10;
inline constexpr int kCLOCK_MONOTONIC_PRECISE = 11;
inline constexpr int kCLOCK_MONOTONIC_FAST = 12;
inline constexpr int kCLOCK_SECOND = 13;
inline constexpr int kCLOCK_THREAD_CPUTIME_ID = 14;
inline constexpr int kCLOCK_PROCESS_CPUTIME_ID = 15;

/// Clock ids of a process's or a thread's CPU time (FreeBSD sys/kern/kern_time.c).
inline constexpr std::uint32_t kCPUCLOCK_BIT = 0x8000'0000;
inline constexpr std::uint32_t kCPUCLOCK_PROCESS_BIT = 0x4000'0000;
inline constexpr int kCPUCLOCK_WHICH_PID = 0;
inline constexpr int kCPUCLOCK_WHICH_TID = 1;

inline constexpr std::uint32_t kTIMER_ABSTIME = 1;

inline constexpr int kITIMER_REAL = 0;
inline constexpr int kITIMER_VIRTUAL = 1;
inline constexpr int kITIMER_PROF = 2;

inline constexpr std::int64_t kUTIME_NOW = -1;
inline constexpr std::int64_t kUTIME_OMIT = -2;

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr const char* kStructName<freebsd::Timespec> = "timespec";
template <>
inline constexpr auto kFields<freebsd::Timespec> = fields(
    field<&freebsd::Timespec::tv_sec>("tv_sec"), field<&freebsd::Timespec::tv_nsec>("tv_nsec"));

template <>
inline constexpr const char* kStructName<freebsd::Timeval> = "timeval";
template <>
inline constexpr auto kFields<freebsd::Timeval> = fields(
    field<&freebsd::Timeval::tv_sec>("tv_sec"), field<&freebsd::Timeval::tv_usec>("tv_usec"));

template <>
inline constexpr const char* kStructName<freebsd::Timezone> = "timezone";
template <>
inline constexpr auto kFields<freebsd::Timezone> =
    fields(field<&freebsd::Timezone::minutes_west>("tz_minuteswest"),
           field<&freebsd::Timezone::dst_time>("tz_dsttime"));

template <>
inline constexpr const char* kStructName<freebsd::Itimerval> = "itimerval";
template <>
inline constexpr auto kFields<freebsd::Itimerval> =
    fields(field<&freebsd::Itimerval::interval>("it_interval"),
           field<&freebsd::Itimerval::value>("it_value"));

template <>
inline constexpr const char* kStructName<freebsd::Itimerspec> = "itimerspec";
template <>
inline constexpr auto kFields<freebsd::Itimerspec> =
    fields(field<&freebsd::Itimerspec::interval>("it_interval"),
           field<&freebsd::Itimerspec::value>("it_value"));

template <>
inline constexpr const char* kStructName<freebsd::NtpTimeval> = "ntptimeval";
template <>
inline constexpr auto kFields<freebsd::NtpTimeval> = fields(
    field<&freebsd::NtpTimeval::time>("time"), field<&freebsd::NtpTimeval::maxerror>("maxerror"),
    field<&freebsd::NtpTimeval::esterror>("esterror"), field<&freebsd::NtpTimeval::tai>("tai"),
    field<&freebsd::NtpTimeval::time_state>("time_state"));

template <>
inline constexpr const char* kStructName<freebsd::Timex> = "timex";
template <>
inline constexpr auto kFields<freebsd::Timex> = fields(
    field<&freebsd::Timex::modes>("modes"), field<&freebsd::Timex::offset>("offset"),
    field<&freebsd::Timex::freq>("freq"), field<&freebsd::Timex::maxerror>("maxerror"),
    field<&freebsd::Timex::esterror>("esterror"), field<&freebsd::Timex::status>("status"),
    field<&freebsd::Timex::constant>("constant"), field<&freebsd::Timex::precision>("precision"),
    field<&freebsd::Timex::tolerance>("tolerance"), field<&freebsd::Timex::ppsfreq>("ppsfreq"),
    field<&freebsd::Timex::jitter>("jitter"), field<&freebsd::Timex::shift>("shift"),
    field<&freebsd::Timex::stabil>("stabil"), field<&freebsd::Timex::jitcnt>("jitcnt"),
    field<&freebsd::Timex::calcnt>("calcnt"), field<&freebsd::Timex::errcnt>("errcnt"),
    field<&freebsd::Timex::stbcnt>("stbcnt"));

}  // namespace emulate
