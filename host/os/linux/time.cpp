#include "host/os/linux/time.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "host/os/linux/pass.h"

/// Linux kernel/time/, and utime(2) and its kin (fs/utimes.c).

namespace emulate::linux_os {

timespec host_deadline(clockid_t clock, const timespec& t) {
  timespec now{};
  ::clock_gettime(clock, &now);
  now.tv_nsec += t.tv_nsec;
  now.tv_sec += now.tv_nsec / kNanosecondsPerSecond;
  now.tv_nsec %= kNanosecondsPerSecond;
  if (__builtin_add_overflow(now.tv_sec, t.tv_sec, &now.tv_sec)) {
    now.tv_sec = INT64_MAX / kNanosecondsPerSecond;
  }
  return now;
}

namespace {

// --- sleeping ------------------------------------------------------------------------------------

template <class T>
SysResult sleep(Task& task, clockid_t clock, std::int32_t flags, In<T> request, Out<T> left) {
  const auto t = load_timespec(task, request);
  if (!t) return t.error();
  if ((flags & ~TIMER_ABSTIME) != 0) return HostErrno{EINVAL};
  timespec end = *t;
  const bool relative = (flags & TIMER_ABSTIME) == 0;
  // Interruptions that the guest does not see must not start the wait anew.
  const clockid_t until = relative && clock == CLOCK_REALTIME ? CLOCK_MONOTONIC : clock;
  if (relative) end = host_deadline(until, *t);
  const long r =
      blocking_syscall(SYS_clock_nanosleep, until, TIMER_ABSTIME, reinterpret_cast<long>(&end), 0);
  if (r != -EINTR || !relative || !left) return SysResult::from_raw(r);
  timespec now{};
  ::clock_gettime(until, &now);
  const std::int64_t ns = std::max<std::int64_t>(
      (end.tv_sec - now.tv_sec) * kNanosecondsPerSecond + end.tv_nsec - now.tv_nsec, 0);
  if (auto stored =
          left.store(to_guest<T>({ns / kNanosecondsPerSecond, ns % kNanosecondsPerSecond}));
      !stored) {
    return stored.error();
  }
  return HostErrno{EINTR};
}

template <class T>
SysResult sys_clock_nanosleep(Task& task, std::int32_t clock, std::int32_t flags, In<T> request,
                              Out<T> left) {
  return sleep(task, clock, flags, request, left);
}

SysResult sys_nanosleep(Task& task, In<OldTimespec> request, Out<OldTimespec> left) {
  return sleep(task, CLOCK_MONOTONIC, 0, request, left);
}

// --- file times ----------------------------------------------------------------------------------

/// Access and modification time to set; the present when there are none.
struct FileTimes {
  timespec pair[2] = {};
  bool given = false;

  const timespec* host() const { return given ? pair : nullptr; }
};

/// utimensat(2): of what the path names, or, without one, of the descriptor's own file.
SysResult set_times(Task& task, Fd directory, const PathArg& path, const FileTimes& times,
                    int flags = 0) {
  if (!path) {
    const auto fd = guest_fd(task, directory);
    if (!fd) return fd.error();
    if (flags != 0) return HostErrno{EINVAL};
    return SysResult::from_libc(::syscall(SYS_utimensat, *fd, nullptr, times.host(), 0));
  }
  const Follow follow = (flags & AT_SYMLINK_NOFOLLOW) != 0 ? Follow::no : Follow::yes;
  const auto where = load_path(task, directory, path, follow);
  if (!where) return where.error();
  return SysResult::from_libc(
      ::syscall(SYS_utimensat, where->dirfd, where->c_str(), times.host(), flags));
}

template <class Pair>
SysResult sys_utimensat(Task& task, Fd directory, PathArg path, In<Pair> times, Flags flags) {
  FileTimes host;
  if (times) {
    auto t = times.load();
    if (!t) return t.error();
    if constexpr (std::is_same_v<Pair, TimespecPair64>) clean(task.model(), *t);
    host = {{{t->access.sec, t->access.nsec}, {t->modification.sec, t->modification.nsec}}, true};
  }
  return set_times(task, directory, path, host, bits(flags));
}

SysResult sys_futimesat(Task& task, Fd directory, PathArg path, In<TimevalPair> times) {
  FileTimes host;
  if (times) {
    const auto t = times.load();
    if (!t) return t.error();
    for (const std::int64_t us : {t->access.usec.value, t->modification.usec.value}) {
      if (us < 0 || us >= 1'000'000) return HostErrno{EINVAL};
    }
    host = {{{t->access.sec, t->access.usec * 1000},
             {t->modification.sec, t->modification.usec * 1000}},
            true};
  }
  return set_times(task, directory, path, host);
}

SysResult sys_utimes(Task& task, PathArg path, In<TimevalPair> times) {
  return sys_futimesat(task, kAtFdcwd, path, times);
}

SysResult sys_utime(Task& task, PathArg path, In<Utimbuf> times) {
  if (!path) return HostErrno{EFAULT};
  FileTimes host;
  if (times) {
    const auto t = times.load();
    if (!t) return t.error();
    host = {{{t->actime, 0}, {t->modtime, 0}}, true};
  }
  return set_times(task, kAtFdcwd, path, host);
}

// --- old calls without a host counterpart --------------------------------------------------------

SysResult sys_time(Task&, Out<Long> result) {
  const std::int64_t now = ::time(nullptr);
  if (result) {
    if (auto r = result.store(Long(now)); !r) return r.error();
  }
  return SysResult::value(static_cast<std::uint64_t>(now));
}

SysResult sys_stime(Task&, In<Long> seconds) {
  const auto t = seconds.load();
  if (!t) return t.error();
  const timespec ts{*t, 0};
  return SysResult::from_libc(::clock_settime(CLOCK_REALTIME, &ts));
}

constexpr SyscallRow kRows[] = {
    pass<SYS_adjtimex, InOut<Timex>>("adjtimex"),
    pass<SYS_clock_adjtime, std::int32_t, InOut<Timex>>("clock_adjtime"),
    pass<SYS_clock_adjtime, std::int32_t, InOut<Timex64>>("clock_adjtime64"),
    pass<SYS_clock_getres, std::int32_t, Out<OldTimespec>>("clock_getres"),
    pass<SYS_clock_getres, std::int32_t, Out<Timespec64>>("clock_getres_time64"),
    pass<SYS_clock_gettime, std::int32_t, Out<OldTimespec>>("clock_gettime"),
    pass<SYS_clock_gettime, std::int32_t, Out<Timespec64>>("clock_gettime64"),
    call<&sys_clock_nanosleep<OldTimespec>>("clock_nanosleep"),
    call<&sys_clock_nanosleep<Timespec64>>("clock_nanosleep_time64"),
    pass<SYS_clock_settime, std::int32_t, In<OldTimespec>>("clock_settime"),
    pass<SYS_clock_settime, std::int32_t, In<Timespec64>>("clock_settime64"),
    call<&sys_futimesat>("futimesat"),
    pass<SYS_gettimeofday, Out<Timeval>, Out<Timezone>>("gettimeofday"),
    call<&sys_nanosleep>("nanosleep"),
    pass<SYS_settimeofday, In<Timeval>, In<Timezone>>("settimeofday"),
    call<&sys_stime>("stime"),
    call<&sys_time>("time"),
    pass<SYS_times, Out<Tms>>("times"),
    call<&sys_utime>("utime"),
    call<&sys_utimensat<TimespecPair>>("utimensat"),
    call<&sys_utimensat<TimespecPair64>>("utimensat_time64"),
    call<&sys_utimes>("utimes"),
};

}  // namespace

Rows time_rows() { return kRows; }

}  // namespace emulate::linux_os
