#include "host/os/linux/timers.h"

#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "host/os/linux/abi/signal.h"
#include "host/os/linux/pass.h"
#include "host/os/linux/personality.h"
#include "host/os/linux/signal_tables.h"
#include "host/os/linux/time.h"
#include "host/task/access.h"

/// Timers that send signals are the host's (Linux kernel/time/posix-timers.c, itimer.c).

namespace emulate::linux_os {

int Timers::create(clockid_t clock, const sigevent& host_event, const Timer& timer) {
  const std::lock_guard lock(mutex_);
  int id = 0;
  // Raw: the C library would hide the kernel's numbers.
  if (::syscall(SYS_timer_create, clock, &host_event, &id) != 0) return -errno;
  timers_[id] = timer;
  return id;
}

int Timers::remove(int id) {
  const std::lock_guard lock(mutex_);
  if (timers_.erase(id) == 0) return -EINVAL;
  return ::syscall(SYS_timer_delete, id) == 0 ? 0 : -errno;
}

std::optional<Timers::Timer> Timers::find(int id) const {
  const std::lock_guard lock(mutex_);
  const auto it = timers_.find(id);
  if (it == timers_.end()) return std::nullopt;
  return it->second;
}

void Timers::taken(const GuestSignal& signal) {
  const std::lock_guard lock(mutex_);
  const auto it = timers_.find(signal.timer_id);
  if (it != timers_.end()) it->second.overrun = signal.overrun;
}

void Timers::remove_all() {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, timer] : timers_) ::syscall(SYS_timer_delete, id);
  timers_.clear();
}

void Timers::forget() {
  const std::lock_guard lock(mutex_);
  timers_.clear();
}

namespace {

/// CPU-time clocks of other processes and threads are named by numbers that the host shares.
SysResult sys_timer_create(Task& task, std::int32_t clock, In<Sigevent> event,
                           Out<std::int32_t> result) {
  const Port& port = port_of(task);
  Timers::Timer timer;
  timer.guest_signo = number_to_guest(port.signals, SIGALRM);
  sigevent host{};
  host.sigev_notify = SIGEV_SIGNAL;
  if (event) {
    const auto e = event.load();
    if (!e) return e.error();
    if (e->notify != SIGEV_NONE && (e->signo < 1 || e->signo > port.signal_count)) {
      return HostErrno{EINVAL};
    }
    timer.guest_signo = e->signo;
    timer.thread_directed = e->notify == SIGEV_THREAD_ID;
    host.sigev_notify = e->notify;
    host.sigev_value.sival_ptr = reinterpret_cast<void*>(e->value.value);
    host._sigev_un._tid = e->tid;
  }
  if (host.sigev_notify != SIGEV_NONE) {
    const int signo = signal_to_host(port, timer.guest_signo);
    host.sigev_signo = signo != 0 ? signo : kCarrierSignal;
  }
  const int id = personality_of(task).timers.create(clock, host, timer);
  if (id < 0) return HostErrno{-id};
  if (auto r = result.store(id); !r) {
    personality_of(task).timers.remove(id);
    return r.error();
  }
  return SysResult::ok();
}

SysResult sys_timer_delete(Task& task, std::int32_t id) {
  return SysResult::from_raw(personality_of(task).timers.remove(id));
}

SysResult sys_timer_getoverrun(Task& task, std::int32_t id) {
  const auto timer = personality_of(task).timers.find(id);
  if (!timer) return HostErrno{EINVAL};
  return SysResult::value(static_cast<std::uint64_t>(timer->overrun));
}

constexpr SyscallRow kRows[] = {
    pass<SYS_alarm, std::uint32_t>("alarm"),
    pass<SYS_getitimer, I32, Out<Itimerval>>("getitimer"),
    pass<SYS_setitimer, I32, In<Itimerval>, Out<Itimerval>>("setitimer"),
    call<&sys_timer_create>("timer_create"),
    call<&sys_timer_delete>("timer_delete"),
    call<&sys_timer_getoverrun>("timer_getoverrun"),
    pass<SYS_timer_gettime, I32, Out<OldItimerspec>>("timer_gettime"),
    pass<SYS_timer_gettime, I32, Out<Itimerspec64>>("timer_gettime64"),
    pass<SYS_timer_settime, I32, I32, In<OldItimerspec>, Out<OldItimerspec>>("timer_settime"),
    pass<SYS_timer_settime, I32, I32, In<Itimerspec64>, Out<Itimerspec64>>("timer_settime64"),
    pass<SYS_timerfd_create, I32, OpenFlags>("timerfd_create"),
    pass<SYS_timerfd_gettime, Fd, Out<OldItimerspec>>("timerfd_gettime"),
    pass<SYS_timerfd_gettime, Fd, Out<Itimerspec64>>("timerfd_gettime64"),
    pass<SYS_timerfd_settime, Fd, I32, In<OldItimerspec>, Out<OldItimerspec>>("timerfd_settime"),
    pass<SYS_timerfd_settime, Fd, I32, In<Itimerspec64>, Out<Itimerspec64>>("timerfd_settime64"),
};

}  // namespace

Rows timer_rows() { return kRows; }

}  // namespace emulate::linux_os
