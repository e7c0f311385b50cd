#include "host/os/freebsd/time.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "host/os/freebsd/abi/fcntl.h"
#include "host/os/freebsd/host_processes.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/path.h"
#include "host/signal/blocking.h"

namespace emulate::freebsd {
namespace {

/// How the time of a guest clock is found.
enum class ClockKind : std::uint8_t {
  host,       ///< a host clock tells it
  seconds,    ///< the host clock without its fraction
  user_time,  ///< user time of the process
  cpu_time,   ///< user and system time of the process
};

enum class SleepKind : std::uint8_t { realtime, monotonic, not_supported, invalid };

struct Clock {
  int guest;
  ClockKind kind;
  clockid_t host;
  SleepKind sleep;
  std::int64_t resolution;  ///< nanoseconds
};

constexpr std::int64_t kTick = 1'000'000;  ///< hz is 1000
constexpr std::int64_t kCpuTick = 1'000;   ///< CPU time is counted in microseconds

/// FreeBSD sys/kern/kern_time.c: kern_clock_gettime, kern_clock_getres, kern_clock_nanosleep.
constexpr Clock kClocks[] = {
    {kCLOCK_REALTIME, ClockKind::host, CLOCK_REALTIME, SleepKind::realtime, 1},
    {kCLOCK_VIRTUAL, ClockKind::user_time, 0, SleepKind::not_supported, kTick},
    {kCLOCK_PROF, ClockKind::cpu_time, 0, SleepKind::not_supported, kTick},
    {kCLOCK_MONOTONIC, ClockKind::host, CLOCK_MONOTONIC, SleepKind::monotonic, 1},
    {kCLOCK_UPTIME, ClockKind::host, CLOCK_MONOTONIC, SleepKind::monotonic, 1},
    {kCLOCK_UPTIME_PRECISE, ClockKind::host, CLOCK_MONOTONIC, SleepKind::monotonic, 1},
    {kCLOCK_UPTIME_FAST, ClockKind::host, CLOCK_MONOTONIC, SleepKind::monotonic, 1},
    {kCLOCK_REALTIME_PRECISE, ClockKind::host, CLOCK_REALTIME, SleepKind::realtime, 1},
    {kCLOCK_REALTIME_FAST, ClockKind::host, CLOCK_REALTIME, SleepKind::realtime, 1},
    {kCLOCK_MONOTONIC_PRECISE, ClockKind::host, CLOCK_MONOTONIC, SleepKind::monotonic, 1},
    {kCLOCK_MONOTONIC_FAST, ClockKind::host, CLOCK_MONOTONIC, SleepKind::monotonic, 1},
    {kCLOCK_SECOND, ClockKind::seconds, CLOCK_REALTIME, SleepKind::realtime, kNanosecondsPerSecond},
    {kCLOCK_THREAD_CPUTIME_ID, ClockKind::host, CLOCK_THREAD_CPUTIME_ID, SleepKind::invalid,
     kCpuTick},
    {kCLOCK_PROCESS_CPUTIME_ID, ClockKind::host, CLOCK_PROCESS_CPUTIME_ID, SleepKind::not_supported,
     kCpuTick},
};

const Clock* find_clock(int id) {
  const auto* it = std::ranges::find(kClocks, id, &Clock::guest);
  return it == std::end(kClocks) ? nullptr : it;
}

timespec cpu_time(bool with_system) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  timespec t{usage.ru_utime.tv_sec, usage.ru_utime.tv_usec * 1000};
  if (!with_system) return t;
  return from_nanoseconds(nanoseconds(t) +
                          nanoseconds({usage.ru_stime.tv_sec, usage.ru_stime.tv_usec * 1000}));
}

/// The clock of another process or thread, which FreeBSD names by a negative number.
Expected<timespec> read_cpu_clock(std::uint32_t id) {
  const bool process = (id & kCPUCLOCK_PROCESS_BIT) != 0;
  const std::uint32_t owner = id & ~(kCPUCLOCK_BIT | kCPUCLOCK_PROCESS_BIT);
  // Linux: the complement of the id above three bits that say which clock it is.
  constexpr std::uint32_t kScheduler = 2;
  constexpr std::uint32_t kPerThread = 4;
  const std::uint32_t host = (~owner << 3) | kScheduler | (process ? 0 : kPerThread);
  timespec t{};
  if (clock_gettime(static_cast<clockid_t>(host), &t) != 0) return host_error(EINVAL);
  return t;
}

SysResult sys_clock_gettime(Task&, std::int32_t id, Out<Timespec> tp) {
  const auto t = read_clock(id);
  if (!t) return t.error();
  return SysResult::from(tp.store(to_guest(*t)));
}

/// emulate never sets the host's clock: callers are told that they lack the privilege.
SysResult sys_clock_settime(Task&, std::int32_t, In<Timespec> tp) {
  if (auto t = tp.load(); !t) return t.error();
  return HostErrno{EPERM};
}

SysResult sys_clock_getres(Task&, std::int32_t id, Out<Timespec> tp) {
  if (!tp) return SysResult::ok();
  const Clock* clock = find_clock(id);
  if (clock == nullptr && id >= 0) return HostErrno{EINVAL};
  const std::int64_t ns = clock != nullptr ? clock->resolution : kCpuTick;
  return SysResult::from(tp.store(to_guest(from_nanoseconds(ns))));
}

SysResult sys_clock_getcpuclockid2(Task& task, std::int64_t id, std::int32_t which,
                                   Out<std::int32_t> clock) {
  std::uint32_t result = 0;
  switch (which) {
    case kCPUCLOCK_WHICH_PID: {
      const std::int64_t pid = id != 0 ? id : getpid();
      // A number too large for a process is one of a thread, which is refused.
      if (pid < 0 || pid > INT32_MAX) return HostErrno{ESRCH};
      if (!host_process_exists(static_cast<pid_t>(pid))) return HostErrno{ESRCH};
      result = kCPUCLOCK_BIT | kCPUCLOCK_PROCESS_BIT | static_cast<std::uint32_t>(pid);
      break;
    }
    case kCPUCLOCK_WHICH_TID:
      result = kCPUCLOCK_BIT |
               (id == 0 ? static_cast<std::uint32_t>(task.tid()) : static_cast<std::uint32_t>(id));
      break;
    default:
      return HostErrno{EINVAL};
  }
  return SysResult::from(clock.store(static_cast<std::int32_t>(result)));
}

SysResult sys_gettimeofday(Task&, Out<Timeval> tp, Out<Timezone> tzp) {
  if (tp) {
    const timespec now = from_nanoseconds(now_ns(CLOCK_REALTIME));
    const Timeval tv{Time(now.tv_sec), Long(now.tv_nsec / 1000)};
    if (auto r = tp.store(tv); !r) return r.error();
  }
  // The kernel keeps no time zone: adjkerntz(8) leaves it at zero.
  if (tzp) return SysResult::from(tzp.store({}));
  return SysResult::ok();
}

SysResult sys_settimeofday(Task&, In<Timeval> tp, In<Timezone> tzp) {
  if (tp) {
    if (auto r = tp.load(); !r) return r.error();
  }
  if (tzp) {
    if (auto r = tzp.load(); !r) return r.error();
  }
  return HostErrno{EPERM};
}

// --- discipline of the clock: read only --------------------------------------------------------

constexpr std::int32_t kSTA_UNSYNC = 0x40;
constexpr std::int32_t kTIME_ERROR = 5;
/// Bits of timex.status that FreeBSD and Linux share: all of them up to STA_CLK.
constexpr int kStatusBits = 0xffff;

struct ClockState {
  timex host{};
  int state = 0;
};

ClockState clock_state() {
  ClockState s;
  s.state = adjtimex(&s.host);
  if (s.state < 0 || (s.host.status & kSTA_UNSYNC) != 0) s.state = kTIME_ERROR;
  return s;
}

SysResult sys_adjtime(Task&, In<Timeval> delta, Out<Timeval> olddelta) {
  if (delta) {
    if (auto r = delta.load(); !r) return r.error();
    return HostErrno{EPERM};
  }
  timeval left{};
  if (::adjtime(nullptr, &left) != 0) left = {};
  if (olddelta) return SysResult::from(olddelta.store(to_guest(left)));
  return SysResult::ok();
}

SysResult sys_ntp_gettime(Task&, Out<NtpTimeval> out) {
  const ClockState s = clock_state();
  NtpTimeval n;
  n.time = to_guest(from_nanoseconds(now_ns(CLOCK_REALTIME)));
  n.maxerror = s.host.maxerror;
  n.esterror = s.host.esterror;
  n.tai = s.host.tai;
  n.time_state = s.state;
  if (auto r = out.store(n); !r) return r.error();
  return SysResult::value(static_cast<std::uint64_t>(s.state));
}

SysResult sys_ntp_adjtime(Task&, InOut<Timex> tp) {
  const auto in = tp.load();
  if (!in) return in.error();
  if (in->modes != 0) return HostErrno{EPERM};
  const ClockState s = clock_state();
  Timex t;
  t.offset = s.host.offset;
  t.freq = s.host.freq;
  t.maxerror = s.host.maxerror;
  t.esterror = s.host.esterror;
  t.status = s.host.status & kStatusBits;
  t.constant = s.host.constant;
  t.precision = s.host.precision;
  t.tolerance = s.host.tolerance;
  if (auto r = tp.store(t); !r) return r.error();
  return SysResult::value(static_cast<std::uint64_t>(s.state));
}

// --- sleeping ----------------------------------------------------------------------------------

/// Sleeps until `deadline` of a host clock; 0 or -EINTR.
long sleep_until(clockid_t clock, const timespec& deadline) {
  return blocking_syscall(SYS_clock_nanosleep, clock, TIMER_ABSTIME,
                          reinterpret_cast<long>(&deadline));
}

Expected<void> sleep_for(Task& task, const Timespec& request, Out<Timespec> remaining) {
  const bool wants_remaining = static_cast<bool>(remaining);
  if (wants_remaining &&
      !task.memory().allows(remaining.address(), guest_size<Timespec>(task.model()), kProtWrite)) {
    return host_error(EFAULT);
  }
  if (request.tv_nsec < 0 || request.tv_nsec >= kNanosecondsPerSecond) return host_error(EINVAL);
  if (request.tv_sec < 0 || (request.tv_sec == 0 && request.tv_nsec == 0)) return {};
  timespec wait = to_host(request);
  const std::int64_t beyond = std::max<std::int64_t>(wait.tv_sec - kLongestWaitSeconds, 0);
  wait.tv_sec -= beyond;
  const std::int64_t deadline = now_ns(CLOCK_MONOTONIC) + nanoseconds(wait);
  const timespec until = from_nanoseconds(deadline);
  const long r = sleep_until(CLOCK_MONOTONIC, until);
  if (r == 0) return {};
  if (r != -EINTR) return host_error(static_cast<int>(-r));
  const std::int64_t left = deadline - now_ns(CLOCK_MONOTONIC);
  if (left <= 0) return {};
  if (wants_remaining) {
    timespec t = from_nanoseconds(left);
    t.tv_sec += beyond;
    if (auto stored = remaining.store(to_guest(t)); !stored) return stored;
  }
  return host_error(EINTR);
}

Expected<void> sleep_to(SleepKind clock, const Timespec& request) {
  if (request.tv_nsec < 0 || request.tv_nsec >= kNanosecondsPerSecond) return host_error(EINVAL);
  if (request.tv_sec < 0) return {};
  const long r = sleep_until(clock == SleepKind::realtime ? CLOCK_REALTIME : CLOCK_MONOTONIC,
                             to_host(request));
  if (r != 0) return host_error(static_cast<int>(-r));
  return {};
}

SysResult sys_nanosleep(Task& task, In<Timespec> request, Out<Timespec> remaining) {
  const auto rq = request.load();
  if (!rq) return rq.error();
  return SysResult::from(sleep_for(task, *rq, remaining));
}

Expected<void> clock_sleep(Task& task, std::int32_t id, Flags flags, In<Timespec> request,
                           Out<Timespec> remaining) {
  const auto rq = request.load();
  if (!rq) return tl::unexpected(rq.error());
  if ((bits(flags) & ~kTIMER_ABSTIME) != 0) return host_error(EINVAL);
  const Clock* clock = find_clock(id);
  const SleepKind kind = clock != nullptr ? clock->sleep : SleepKind::invalid;
  if (rq->tv_nsec < 0 || rq->tv_nsec >= kNanosecondsPerSecond) return host_error(EINVAL);
  if (kind == SleepKind::not_supported) return host_error(EOPNOTSUPP);
  if (kind == SleepKind::invalid) return host_error(EINVAL);
  if ((bits(flags) & kTIMER_ABSTIME) != 0) return sleep_to(kind, *rq);
  return sleep_for(task, *rq, remaining);
}

/// Unlike other calls this one returns its error as its value (kern_posix_error).
SysResult sys_clock_nanosleep(Task& task, std::int32_t id, Flags flags, In<Timespec> request,
                              Out<Timespec> remaining) {
  const auto r = clock_sleep(task, id, flags, request, remaining);
  if (r) return SysResult::ok();
  return SysResult::value(
      static_cast<std::uint64_t>(task.process().personality().guest_errno(r.error().value)));
}

// --- file times --------------------------------------------------------------------------------

using FileTimes = std::array<timespec, 2>;

/// getutimes(): a null pointer means now.
Expected<FileTimes> load_timevals(const InArray<Timeval>& times) {
  if (!times) return FileTimes{{{0, UTIME_NOW}, {0, UTIME_NOW}}};
  FileTimes out{};
  for (std::size_t i = 0; i < 2; ++i) {
    const auto tv = times.load(i);
    if (!tv) return tl::unexpected(tv.error());
    if (tv->tv_usec < 0 || tv->tv_usec >= 1'000'000) return host_error(EINVAL);
    out[i] = {tv->tv_sec, tv->tv_usec * 1000};
  }
  return out;
}

/// getutimens().
Expected<FileTimes> load_timespecs(const InArray<Timespec>& times) {
  if (!times) return FileTimes{{{0, UTIME_NOW}, {0, UTIME_NOW}}};
  FileTimes out{};
  for (std::size_t i = 0; i < 2; ++i) {
    const auto ts = times.load(i);
    if (!ts) return tl::unexpected(ts.error());
    out[i] = to_host(*ts);
    if (ts->tv_nsec == kUTIME_NOW) {
      out[i].tv_nsec = UTIME_NOW;
    } else if (ts->tv_nsec == kUTIME_OMIT) {
      out[i].tv_nsec = UTIME_OMIT;
    } else if (ts->tv_nsec < 0 || ts->tv_nsec >= kNanosecondsPerSecond) {
      return host_error(EINVAL);
    }
  }
  return out;
}

SysResult set_times_at(Task& task, Fd directory, const PathArg& path,
                       const Expected<FileTimes>& times, PathResolver::Follow follow) {
  if (!times) return times.error();
  const auto p = load_path(task, directory, path, follow);
  if (!p) return p.error();
  const int flags = follow == PathResolver::Follow::yes ? 0 : AT_SYMLINK_NOFOLLOW;
  return SysResult::from_libc(utimensat(p->dirfd, p->c_str(), times->data(), flags));
}

SysResult set_times_of(Task& task, Fd fd, const Expected<FileTimes>& times) {
  if (!times) return times.error();
  const auto number = guest_fd(task, fd);
  if (!number) return number.error();
  return SysResult::from_libc(futimens(*number, times->data()));
}

SysResult sys_utimes(Task& task, PathArg path, InArray<Timeval> times) {
  return set_times_at(task, kAtFdcwd, path, load_timevals(times), PathResolver::Follow::yes);
}

SysResult sys_lutimes(Task& task, PathArg path, InArray<Timeval> times) {
  return set_times_at(task, kAtFdcwd, path, load_timevals(times), PathResolver::Follow::no);
}

SysResult sys_futimes(Task& task, Fd fd, InArray<Timeval> times) {
  return set_times_of(task, fd, load_timevals(times));
}

SysResult sys_futimesat(Task& task, Fd directory, PathArg path, InArray<Timeval> times) {
  return set_times_at(task, directory, path, load_timevals(times), PathResolver::Follow::yes);
}

SysResult sys_futimens(Task& task, Fd fd, InArray<Timespec> times) {
  return set_times_of(task, fd, load_timespecs(times));
}

constexpr std::uint32_t kAtNofollow = 0x200;  ///< AT_SYMLINK_NOFOLLOW

SysResult sys_utimensat(Task& task, Fd directory, PathArg path, InArray<Timespec> times,
                        Flags flags) {
  if ((bits(flags) & ~kAtNofollow) != 0) return HostErrno{EINVAL};
  const auto follow =
      bits(flags) == kAtNofollow ? PathResolver::Follow::no : PathResolver::Follow::yes;
  return set_times_at(task, directory, path, load_timespecs(times), follow);
}

constexpr SyscallRow kRows[] = {
    row<&sys_gettimeofday>(116, "gettimeofday"),
    refused<&sys_settimeofday>(122, "settimeofday", "EPERM: the host's clock is not set"),
    row<&sys_utimes>(138, "utimes"),
    partial<&sys_adjtime>(140, "adjtime", "reads only"),
    partial<&sys_ntp_adjtime>(176, "ntp_adjtime", "reads only"),
    row<&sys_futimes>(206, "futimes"),
    row<&sys_clock_gettime>(232, "clock_gettime"),
    refused<&sys_clock_settime>(233, "clock_settime", "EPERM: the host's clock is not set"),
    row<&sys_clock_getres>(234, "clock_getres"),
    row<&sys_nanosleep>(240, "nanosleep"),
    row<&sys_clock_nanosleep>(244, "clock_nanosleep"),
    row<&sys_clock_getcpuclockid2>(247, "clock_getcpuclockid2"),
    row<&sys_ntp_gettime>(248, "ntp_gettime"),
    row<&sys_lutimes>(276, "lutimes"),
    row<&sys_futimesat>(494, "futimesat"),
    row<&sys_futimens>(546, "futimens"),
    row<&sys_utimensat>(547, "utimensat"),
};

}  // namespace

Expected<timespec> read_clock(int clock_id) {
  const Clock* clock = find_clock(clock_id);
  if (clock == nullptr) {
    if (clock_id >= 0) return host_error(EINVAL);
    return read_cpu_clock(static_cast<std::uint32_t>(clock_id));
  }
  switch (clock->kind) {
    case ClockKind::user_time:
      return cpu_time(false);
    case ClockKind::cpu_time:
      return cpu_time(true);
    case ClockKind::host:
    case ClockKind::seconds:
      break;
  }
  timespec t{};
  if (clock_gettime(clock->host, &t) != 0) return host_error(errno);
  if (clock->kind == ClockKind::seconds) t.tv_nsec = 0;
  return t;
}

Rows time_rows() { return kRows; }

}  // namespace emulate::freebsd
