#include "host/os/freebsd/kqueue/timers.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "host/os/freebsd/kqueue/kqueue.h"
#include "host/os/freebsd/time.h"

namespace emulate::freebsd {

Timers::~Timers() {
  if (fd_ >= 0) close(fd_);
}

Expected<void> Timers::start(Kqueue& kq, Knote& kn, std::int64_t deadline, std::int64_t period) {
  if (fd_ < 0) {
    fd_ = FdTable::make_private(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
    if (fd_ < 0) return host_error(ENOMEM);
    kq.add_source(fd_, Kqueue::kTimerSource);
  }
  entries_.emplace(deadline, Entry{&kn, period});
  arm();
  return {};
}

void Timers::stop(Knote& kn) {
  const auto it = std::ranges::find_if(entries_, [&](auto& e) { return e.second.knote == &kn; });
  if (it == entries_.end()) return;
  entries_.erase(it);
  arm();
}

void Timers::arm() {
  itimerspec spec{};
  // A zero value would disarm: the past is as good.
  if (!entries_.empty()) {
    spec.it_value = from_nanoseconds(std::max<std::int64_t>(entries_.begin()->first, 1));
  }
  timerfd_settime(fd_, TFD_TIMER_ABSTIME, &spec, nullptr);
}

void Timers::expire(Kqueue& kq) {
  std::uint64_t count = 0;
  (void)!read(fd_, &count, sizeof count);
  const std::int64_t now = now_ns(CLOCK_MONOTONIC);
  while (!entries_.empty() && entries_.begin()->first <= now) {
    const auto [deadline, entry] = *entries_.begin();
    entries_.erase(entries_.begin());
    std::int64_t times = 1;
    if (entry.period > 0 && !entry.knote->has(kEV_ONESHOT)) {
      times += (now - deadline) / entry.period;
      entries_.emplace(deadline + times * entry.period, entry);
    }
    entry.knote->event.data += times;
    kq.activate(*entry.knote);
  }
  arm();
}

namespace {

constexpr std::uint32_t kUnits = kNOTE_SECONDS | kNOTE_MSECONDS | kNOTE_USECONDS | kNOTE_NSECONDS;

/// timer2sbintime(): the time in nanoseconds, saturated. EINVAL for several units at once.
Expected<std::int64_t> to_nanoseconds(std::int64_t data, std::uint32_t fflags) {
  std::int64_t unit = 0;
  switch (fflags & kUnits) {
    case kNOTE_SECONDS:
      unit = kNanosecondsPerSecond;
      break;
    case 0:
    case kNOTE_MSECONDS:
      unit = 1'000'000;
      break;
    case kNOTE_USECONDS:
      unit = 1'000;
      break;
    case kNOTE_NSECONDS:
      unit = 1;
      break;
    default:
      return host_error(EINVAL);
  }
  constexpr std::int64_t kLongest = kLongestWaitSeconds * kNanosecondsPerSecond;
  return data > kLongest / unit ? kLongest : data * unit;
}

class TimerFilter final : public Filter {
 public:
  Expected<void> attach(Kqueue& kq, Knote& kn) const override {
    const auto start = validate(kn);
    if (!start) return tl::unexpected(start.error());
    if ((kn.sfflags & kNOTE_ABSTIME) == 0) kn.event.flags |= kEV_CLEAR;
    return kq.timers().start(kq, kn, start->deadline, start->period);
  }
  void detach(Kqueue& kq, Knote& kn) const override { kq.timers().stop(kn); }
  bool ready(Kqueue&, Knote& kn) const override { return kn.event.data != 0; }
  /// Adding again starts the timer anew and forgets what it counted.
  void change(Kqueue& kq, Knote& kn, const Kevent& change) const override {
    if ((change.flags & kEV_ADD) == 0) return;
    kq.timers().stop(kn);
    kn.active = false;
    kn.event.data = 0;
    kn.sfflags = change.fflags;
    kn.sdata = change.data;
    const auto start = validate(kn);
    Expected<void> done;
    if (start) {
      done = kq.timers().start(kq, kn, start->deadline, start->period);
    } else {
      done = tl::unexpected(start.error());
    }
    if (done) return;
    kn.event.flags |= kEV_ERROR;
    kn.event.data = kq.process().personality().guest_errno(done.error().value);
  }

 private:
  struct Start {
    std::int64_t deadline;
    std::int64_t period;
  };

  /// filt_timervalidate() and filt_timerstart().
  static Expected<Start> validate(Knote& kn) {
    if (kn.sdata < 0) return host_error(EINVAL);
    if (kn.sdata == 0 && !kn.has(kEV_ONESHOT)) kn.sdata = 1;
    if ((kn.sfflags & ~(kUnits | kNOTE_ABSTIME)) != 0) return host_error(EINVAL);
    if ((kn.sfflags & kNOTE_ABSTIME) != 0) return absolute(kn);
    const auto to = to_nanoseconds(kn.sdata, kn.sfflags);
    if (!to) return tl::unexpected(to.error());
    return Start{now_ns(CLOCK_MONOTONIC) + *to, *to};
  }

  /// A time of day, which may be over but not before the system started. Beyond the range of
  /// nanoseconds it is as good as never.
  static Expected<Start> absolute(const Knote& kn) {
    const std::int64_t real = now_ns(CLOCK_REALTIME);
    const std::int64_t up = now_ns(CLOCK_MONOTONIC);
    const auto probe = to_nanoseconds(1, kn.sfflags);
    if (!probe) return tl::unexpected(probe.error());
    const bool never = kn.sdata > INT64_MAX / *probe;
    const std::int64_t when = never ? INT64_MAX : kn.sdata * *probe;
    if (when < real - up) return host_error(EINVAL);
    return Start{when - (real - up), 0};
  }
};

constexpr TimerFilter kFilter;

}  // namespace

const Filter& kTimerFilter = kFilter;

}  // namespace emulate::freebsd
