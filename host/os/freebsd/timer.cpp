/// setitimer(2) is the host's own: its signals arrive as the host's do, and fork and exec treat it
/// alike on both systems. Timers of ktimer_create(2) live here, served by one thread.

#include "host/os/freebsd/timer.h"
#include "host/os/freebsd/ktrace.h"

#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <climits>
#include <memory>
#include <mutex>
#include <vector>

#include "host/os/freebsd/abi/signal.h"
#include "host/os/freebsd/abi/timer.h"
#include "host/os/freebsd/sigevent.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/freebsd/time.h"

namespace emulate::freebsd {
namespace {

/// The kernel's clock tick at hz 1000, as kern.clockrate tells.
constexpr std::int64_t kTickNs = 1'000'000;

// --- setitimer -----------------------------------------------------------------------------------

/// itimerfix(), and the limit of kern_setitimer().
bool acceptable(const Timeval& t) { return valid(t) && t.tv_sec <= INT32_MAX / 2; }

/// itimerfix() makes short times a sixteenth of a tick: a timer of one microsecond would leave the
/// program no time between its signals.
Timeval lengthened(Timeval t) {
  constexpr std::int64_t kLeastUs = kTickNs / 1000 / 16;
  if (t.tv_sec == 0 && t.tv_usec != 0) t.tv_usec = std::max<std::int64_t>(t.tv_usec, kLeastUs);
  return t;
}

constexpr std::string_view kKtrItimerval = "itimerval";

SysResult sys_getitimer(Task& task, std::uint32_t which, Out<Itimerval> value) {
  if (which > kITIMER_PROF) return HostErrno{EINVAL};
  itimerval now{};
  if (getitimer(static_cast<__itimer_which>(which), &now) != 0) return HostErrno{errno};
  const Itimerval shown{to_guest(now.it_interval), to_guest(now.it_value)};
  ktrace_struct(task, kKtrItimerval, shown);
  return SysResult::from(value.store(shown));
}

SysResult sys_setitimer(Task& task, std::uint32_t which, In<Itimerval> value,
                        Out<Itimerval> old_value) {
  if (!value) return sys_getitimer(task, which, old_value);
  auto v = value.load();
  if (!v) return v.error();
  if (which > kITIMER_PROF) return HostErrno{EINVAL};
  ktrace_struct(task, kKtrItimerval, *v);
  if (!acceptable(v->value)) return HostErrno{EINVAL};
  if (v->value.tv_sec == 0 && v->value.tv_usec == 0) {
    v->interval = {};
  } else if (!acceptable(v->interval)) {
    return HostErrno{EINVAL};
  }
  const itimerval host{to_host(lengthened(v->interval)), to_host(lengthened(v->value))};
  itimerval old{};
  if (setitimer(static_cast<__itimer_which>(which), &host, &old) != 0) return HostErrno{errno};
  const Itimerval before{to_guest(old.it_interval), to_guest(old.it_value)};
  ktrace_struct(task, kKtrItimerval, before);
  return old_value ? SysResult::from(old_value.store(before)) : SysResult::ok();
}

// --- ktimer_* ------------------------------------------------------------------------------------

struct Timer {
  bool used = false;
  clockid_t clock = CLOCK_REALTIME;
  Sigevent event;
  std::int64_t deadline = 0;  ///< nanoseconds of its clock; 0: not armed
  std::int64_t interval = 0;
  std::int32_t overrun = 0;
  std::int32_t last_overrun = 0;
  bool queued = false;  ///< its signal was sent and not yet seen to be taken
};

struct TimerValue {
  std::int64_t value = 0;
  std::int64_t interval = 0;
};

class TimerService {
 public:
  TimerService(const TimerService&) = delete;
  TimerService& operator=(const TimerService&) = delete;
  ~TimerService();

  /// The service of this process; null when it has none (a forked child starts without).
  static TimerService* find();
  /// EAGAIN when the host refuses a thread.
  static Expected<TimerService*> find_or_create(Process& process);

  /// `event` null: SIGALRM with the timer's number as its value.
  Expected<int> create(clockid_t clock, const Sigevent* event);
  Expected<void> remove(int id);
  Expected<TimerValue> get(int id);
  Expected<TimerValue> set(int id, const TimerValue& value, bool absolute);
  Expected<int> overrun(int id);
  void taken(GuestSignal& signal);
  void clear();

 private:
  explicit TimerService(Process& process);
  bool start();
  Sigevent default_event(int id) const;
  Timer* find_timer(int id);
  static TimerValue remaining(const Timer& t);
  void arm();
  [[noreturn]] void serve();
  /// Finds out what is due; returns the identifiers of timers that have to send a signal.
  std::vector<int> expire();
  void fire(int id);

  Process& process_;
  const pid_t owner_ = getpid();
  std::mutex mutex_;
  std::array<Timer, kTimerMax> timers_;
  int fds_[2] = {-1, -1};  ///< timerfds of kClocks
};

constexpr clockid_t kClocks[2] = {CLOCK_REALTIME, CLOCK_MONOTONIC};

std::mutex service_mutex;
std::atomic<TimerService*> service = nullptr;

TimerService* TimerService::find() {
  TimerService* s = service.load();
  return s != nullptr && s->owner_ == getpid() ? s : nullptr;
}

Expected<TimerService*> TimerService::find_or_create(Process& process) {
  if (TimerService* s = find()) return s;
  const std::lock_guard lock(service_mutex);
  if (TimerService* s = find()) return s;
  // A parent's service is left alone: its thread does not exist here, and may have held its lock.
  auto created = std::unique_ptr<TimerService>(new TimerService(process));
  if (!created->start()) return host_error(EAGAIN);
  service.store(created.get());
  return created.release();
}

TimerService::TimerService(Process& process) : process_(process) {
  for (std::size_t i = 0; i < 2; ++i) {
    fds_[i] = FdTable::make_private(timerfd_create(kClocks[i], TFD_NONBLOCK | TFD_CLOEXEC));
  }
}

TimerService::~TimerService() {
  for (const int fd : fds_) {
    if (fd >= 0) close(fd);
  }
}

bool TimerService::start() {
  return start_service_thread(
      [](void* self) -> void* { static_cast<TimerService*>(self)->serve(); }, this);
}

Sigevent TimerService::default_event(int id) const {
  Sigevent e;
  e.notify = kSIGEV_SIGNAL;
  e.signo = kSIGALRM;
  // sival_int is the first half of the union on big-endian 64-bit machines.
  const DataModel& model = process_.model();
  const unsigned shift = model.is64() && model.order == ByteOrder::big ? 32 : 0;
  e.value = static_cast<std::uint64_t>(id) << shift;
  return e;
}

Timer* TimerService::find_timer(int id) {
  if (id < kTimerFirst || id >= kTimerMax) return nullptr;
  Timer& t = timers_[static_cast<std::size_t>(id)];
  return t.used ? &t : nullptr;
}

Expected<int> TimerService::create(clockid_t clock, const Sigevent* event) {
  const std::lock_guard lock(mutex_);
  for (int id = kTimerFirst; id < kTimerMax; ++id) {
    Timer& t = timers_[static_cast<std::size_t>(id)];
    if (t.used) continue;
    t = Timer{};
    t.used = true;
    t.clock = clock;
    t.event = event != nullptr ? *event : default_event(id);
    return id;
  }
  return host_error(EAGAIN);
}

Expected<void> TimerService::remove(int id) {
  const std::lock_guard lock(mutex_);
  Timer* t = find_timer(id);
  if (t == nullptr) return host_error(EINVAL);
  *t = Timer{};
  arm();
  return {};
}

TimerValue TimerService::remaining(const Timer& t) {
  if (t.deadline == 0) return {0, t.interval};
  return {std::max<std::int64_t>(t.deadline - now_ns(t.clock), 1), t.interval};
}

Expected<TimerValue> TimerService::get(int id) {
  const std::lock_guard lock(mutex_);
  const Timer* t = find_timer(id);
  if (t == nullptr) return host_error(EINVAL);
  return remaining(*t);
}

Expected<TimerValue> TimerService::set(int id, const TimerValue& value, bool absolute) {
  const std::lock_guard lock(mutex_);
  Timer* t = find_timer(id);
  if (t == nullptr) return host_error(EINVAL);
  const TimerValue old = remaining(*t);
  t->interval = value.interval;
  t->deadline = value.value == 0 ? 0 : value.value + (absolute ? 0 : now_ns(t->clock));
  arm();
  return old;
}

Expected<int> TimerService::overrun(int id) {
  const std::lock_guard lock(mutex_);
  const Timer* t = find_timer(id);
  if (t == nullptr) return host_error(EINVAL);
  return t->last_overrun;
}

void TimerService::taken(GuestSignal& signal) {
  const std::lock_guard lock(mutex_);
  Timer* t = find_timer(signal.timer_id);
  if (t == nullptr) return;
  t->queued = false;
  signal.overrun = t->last_overrun = t->overrun;
  t->overrun = 0;
}

void TimerService::clear() {
  const std::lock_guard lock(mutex_);
  timers_.fill(Timer{});
  arm();
}

void TimerService::arm() {
  for (std::size_t i = 0; i < 2; ++i) {
    std::int64_t first = 0;
    for (const Timer& t : timers_) {
      if (!t.used || t.deadline == 0 || t.clock != kClocks[i]) continue;
      first = first == 0 ? t.deadline : std::min(first, t.deadline);
    }
    itimerspec spec{};
    spec.it_value = from_nanoseconds(first);
    timerfd_settime(fds_[i], TFD_TIMER_ABSTIME, &spec, nullptr);
  }
}

void TimerService::serve() {
  for (;;) {
    pollfd p[2] = {{fds_[0], POLLIN, 0}, {fds_[1], POLLIN, 0}};
    poll(p, 2, -1);
    for (const int id : expire()) fire(id);
  }
}

/// realtimer_expire().
std::vector<int> TimerService::expire() {
  std::vector<int> due;
  const std::lock_guard lock(mutex_);
  for (const int fd : fds_) {
    std::uint64_t count = 0;
    (void)!read(fd, &count, sizeof count);
  }
  for (int id = kTimerFirst; id < kTimerMax; ++id) {
    Timer& t = timers_[static_cast<std::size_t>(id)];
    const std::int64_t now = now_ns(t.clock);
    if (!t.used || t.deadline == 0 || t.deadline > now) continue;
    if (t.interval == 0) {
      t.deadline = 0;
    } else {
      const std::int64_t missed = (now - t.deadline) / t.interval;
      t.deadline += (missed + 1) * t.interval;
      t.overrun = static_cast<std::int32_t>(std::min<std::int64_t>(t.overrun + missed, INT_MAX));
    }
    if (t.event.notify != kSIGEV_NONE) due.push_back(id);
  }
  arm();
  return due;
}

/// itimer_fire(). The process's locks are taken without ours.
void TimerService::fire(int id) {
  GuestSignal signal;
  bool queued = false;
  int thread = 0;
  {
    const std::lock_guard lock(mutex_);
    const Timer* t = find_timer(id);
    if (t == nullptr) return;
    signal.signo = t->event.signo;
    signal.code = kSI_TIMER;
    signal.value = t->event.value;
    signal.timer_id = id;
    queued = t->queued;
    if (t->event.notify == kSIGEV_THREAD_ID) thread = t->event.thread_id;
  }
  // A signal that was sent may have been dropped since, because it came to be ignored.
  if (queued && process_.pending_anywhere().has(signal.signo)) {
    const std::lock_guard lock(mutex_);
    Timer* t = find_timer(id);
    if (t != nullptr && t->overrun < INT_MAX) ++t->overrun;
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    if (Timer* t = find_timer(id)) t->queued = true;
  }
  if (thread == 0) {
    process_.post(signal);
  } else if (!process_.post_to(thread, signal)) {
    const std::lock_guard lock(mutex_);
    if (Timer* t = find_timer(id)) t->deadline = t->interval = 0;
    arm();
  }
}

/// What itimespecfix() refuses.
bool acceptable(const Timespec& t) { return valid(t); }

std::int64_t to_ns(const Timespec& t) {
  return nanoseconds(
      {std::min<std::int64_t>(t.tv_sec, INT64_MAX / 2 / kNanosecondsPerSecond), t.tv_nsec});
}

/// itimespecfix() makes short times a tick.
std::int64_t lengthened_ns(const Timespec& t) {
  const std::int64_t ns = to_ns(t);
  return ns == 0 ? 0 : std::max(ns, kTickNs);
}

Itimerspec to_itimerspec(const TimerValue& v) {
  return {to_guest(from_nanoseconds(v.interval)), to_guest(from_nanoseconds(v.value))};
}

SysResult sys_ktimer_create(Task& task, std::int32_t clock, In<Sigevent> event,
                            Out<std::int32_t> timer_id) {
  Sigevent e;
  if (event) {
    const auto loaded = event.load();
    if (!loaded) return loaded.error();
    e = *loaded;
  }
  // Only these two clocks have timers (FreeBSD sys/kern/kern_time.c itimer_start()).
  if (clock != kCLOCK_REALTIME && clock != kCLOCK_MONOTONIC) return HostErrno{EINVAL};
  if (event) {
    const bool signals = e.notify == kSIGEV_SIGNAL || e.notify == kSIGEV_THREAD_ID;
    if (e.notify != kSIGEV_NONE && !signals) return HostErrno{EINVAL};
    if (signals && !signal_valid(e.signo)) return HostErrno{EINVAL};
  }
  const auto timers = TimerService::find_or_create(task.process());
  if (!timers) return timers.error();
  const clockid_t host = clock == kCLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC;
  const auto id = (*timers)->create(host, event ? &e : nullptr);
  if (!id) return id.error();
  if (auto r = timer_id.store(*id); !r) {
    (void)(*timers)->remove(*id);
    return r.error();
  }
  return SysResult::ok();
}

SysResult sys_ktimer_delete(Task&, std::int32_t id) {
  TimerService* timers = TimerService::find();
  if (timers == nullptr) return HostErrno{EINVAL};
  return SysResult::from(timers->remove(id));
}

SysResult sys_ktimer_settime(Task&, std::int32_t id, Flags flags, In<Itimerspec> value,
                             Out<Itimerspec> old_value) {
  const auto v = value.load();
  if (!v) return v.error();
  TimerService* timers = TimerService::find();
  if (timers == nullptr || !timers->get(id)) return HostErrno{EINVAL};
  if (!acceptable(v->value)) return HostErrno{EINVAL};
  TimerValue wanted{lengthened_ns(v->value), 0};
  if (wanted.value != 0) {
    if (!acceptable(v->interval)) return HostErrno{EINVAL};
    wanted.interval = lengthened_ns(v->interval);
  }
  const auto old = timers->set(id, wanted, (bits(flags) & kTIMER_ABSTIME) != 0);
  if (!old) return old.error();
  if (old_value) return SysResult::from(old_value.store(to_itimerspec(*old)));
  return SysResult::ok();
}

SysResult sys_ktimer_gettime(Task&, std::int32_t id, Out<Itimerspec> value) {
  TimerService* timers = TimerService::find();
  if (timers == nullptr) return HostErrno{EINVAL};
  const auto now = timers->get(id);
  if (!now) return now.error();
  return SysResult::from(value.store(to_itimerspec(*now)));
}

SysResult sys_ktimer_getoverrun(Task&, std::int32_t id) {
  TimerService* timers = TimerService::find();
  if (timers == nullptr) return HostErrno{EINVAL};
  return SysResult::from(timers->overrun(id));
}

constexpr SyscallRow kRows[] = {
    row<&sys_setitimer>(83, "setitimer"),
    row<&sys_getitimer>(86, "getitimer"),
    row<&sys_ktimer_create>(235, "ktimer_create"),
    row<&sys_ktimer_delete>(236, "ktimer_delete"),
    row<&sys_ktimer_settime>(237, "ktimer_settime"),
    row<&sys_ktimer_gettime>(238, "ktimer_gettime"),
    row<&sys_ktimer_getoverrun>(239, "ktimer_getoverrun"),
};

}  // namespace

void timer_signal_taken(GuestSignal& signal) {
  if (signal.code != kSI_TIMER) return;
  if (TimerService* timers = TimerService::find()) timers->taken(signal);
}

void delete_timers_after_exec() {
  if (TimerService* timers = TimerService::find()) timers->clear();
}

Rows timer_rows() { return kRows; }

}  // namespace emulate::freebsd
