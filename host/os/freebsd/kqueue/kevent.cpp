/// The system calls kqueue(2) and kevent(2).

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>

#include "host/os/fd.h"
#include "host/os/freebsd/abi/signal.h"
#include "host/os/freebsd/kqueue/kqueue.h"
#include "host/os/freebsd/ktrace.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/freebsd/time.h"

namespace emulate::freebsd {
namespace {

/// Tells the process's kqueues of its signals. One for the life of the process.
class SignalHub final : public SignalObserver {
 public:
  static SignalHub& instance() {
    static SignalHub hub;
    return hub;
  }
  void add(Process& process, const std::shared_ptr<Kqueue>& kq) {
    bool first = false;
    {
      const std::lock_guard lock(mutex_);
      std::erase_if(kqueues_, [](const auto& k) { return k.expired(); });
      const bool known =
          std::ranges::any_of(kqueues_, [&](const auto& k) { return k.lock() == kq; });
      if (!known) kqueues_.push_back(kq);
      first = !std::exchange(registered_, true);
    }
    if (first) process.add_observer(*this);
  }
  void signal_posted(int signo) override {
    std::vector<std::shared_ptr<Kqueue>> all;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& k : kqueues_) {
        if (auto kq = k.lock()) all.push_back(std::move(kq));
      }
    }
    for (const auto& kq : all) kq->signal_posted(signo);
  }

 private:
  SignalHub() {
    pthread_atfork([] { instance().mutex_.lock(); }, [] { instance().mutex_.unlock(); },
                   [] { instance().mutex_.unlock(); });
  }
  std::mutex mutex_;
  std::vector<std::weak_ptr<Kqueue>> kqueues_;
  bool registered_ = false;
};

// --- the two layouts of struct kevent ------------------------------------------------------------

Kevent to_current(const Kevent& e) { return e; }
Kevent to_current(const Kevent11& e) {
  return {e.ident, e.filter, e.flags, e.fflags, e.data, e.udata, {}};
}

template <class Layout>
Layout from_current(const Kevent& e) {
  if constexpr (std::is_same_v<Layout, Kevent>) {
    return e;
  } else {
    return {e.ident, e.filter, e.flags, e.fflags, Long(e.data), e.udata};
  }
}

/// Writes an event as the kernel does: what does not fit an older layout is cut off.
template <class Layout>
Expected<void> store_event(Task& task, GuestAddr to, const Kevent& e) {
  std::byte bytes[sizeof(Kevent) + 32];
  const std::size_t size = guest_size<Layout>(task.model());
  (void)encode(task.model(), from_current<Layout>(e), std::span(bytes, size));
  return task.copyout(to, bytes, size);
}

/// Where events are stored, and how many still may be.
template <class Layout>
struct EventList {
  Task& task;
  GuestAddr next;
  std::size_t room;

  Expected<void> push(const Kevent& e) {
    const GuestAddr at = next;
    next += guest_size<Layout>(task.model());
    --room;
    return store_event<Layout>(task, at, e);
  }
};

/// kqueue_kevent(), first part. The number of errors and receipts reported; nullopt: go on with
/// the scan.
template <class Layout>
Expected<std::optional<std::size_t>> apply_changes(Task& task, const std::shared_ptr<Kqueue>& kq,
                                                   GuestAddr changes, std::int32_t count,
                                                   EventList<Layout>& events) {
  std::size_t reported = 0;
  const std::size_t size = guest_size<Layout>(task.model());
  for (std::int32_t i = 0; i < count; ++i) {
    const auto loaded = task.load<Layout>(changes + static_cast<std::uint64_t>(i) * size);
    if (!loaded) return tl::unexpected(loaded.error());
    Kevent change = to_current(*loaded);
    if (change.filter == 0) continue;
    change.flags &= static_cast<std::uint16_t>(~kEV_SYSFLAGS);
    if (change.filter == kEVFILT_SIGNAL && (change.flags & kEV_ADD) != 0) {
      SignalHub::instance().add(task.process(), kq);
      if (change.ident <= kSigMaxSig && signal_valid(static_cast<int>(change.ident))) {
        task.process().watch_signal(static_cast<int>(change.ident));
      }
    }
    const auto r = kq->change(task, change);
    if (r && (change.flags & kEV_RECEIPT) == 0) continue;
    if (events.room == 0) {
      if (!r) return tl::unexpected(r.error());
      return std::optional<std::size_t>(0);
    }
    change.flags = kEV_ERROR;
    change.data = r ? 0 : task.process().personality().guest_errno(r.error().value);
    (void)events.push(change);
    ++reported;
  }
  if (reported == 0) return std::optional<std::size_t>{};
  return std::optional(reported);
}

/// kern_kevent().
template <class Layout>
SysResult change_and_scan(Task& task, Fd fd, GuestAddr changes, std::int32_t change_count,
                          GuestAddr events, std::int32_t event_count,
                          const std::optional<Timespec>& ts) {
  const auto number = guest_fd(task, fd);
  if (!number) return number.error();
  const auto kq = task.process().fds().get<Kqueue>(*number);
  if (kq == nullptr) return HostErrno{EBADF};
  EventList<Layout> list{task, events, static_cast<std::size_t>(std::max(event_count, 0))};
  const auto reported = apply_changes<Layout>(task, kq, changes, change_count, list);
  if (!reported) return reported.error();
  if (*reported) return SysResult::value(**reported);
  if (list.room == 0) return SysResult::ok();
  std::optional<std::int64_t> deadline;
  if (ts) {
    if (!valid(*ts)) return HostErrno{EINVAL};
    const bool none = ts->tv_sec == 0 && ts->tv_nsec == 0;
    // A time beyond all reason is no limit.
    if (ts->tv_sec <= kLongestWaitSeconds) {
      deadline = none ? 0 : now_ns(CLOCK_MONOTONIC) + nanoseconds(to_host(*ts));
    }
  }
  const auto found = kq->scan(list.room, deadline);
  if (!found) return found.error();
  for (const Kevent& e : *found) {
    if (auto r = list.push(e); !r) return r.error();
  }
  return SysResult::value(found->size());
}

/// kern_kevent_generic().
template <class Layout>
SysResult kevent(Task& task, Fd fd, GuestAddr changes, std::int32_t change_count, GuestAddr events,
                 std::int32_t event_count, In<Timespec> timeout) {
  std::optional<Timespec> ts;
  if (timeout) {
    const auto t = timeout.load();
    if (!t) return t.error();
    ts = *t;
  }
  const auto trace = [&](GuestAddr list, std::int64_t count) {
    constexpr bool kOld = std::is_same_v<Layout, Kevent11>;
    ktrace_struct_array(task, kOld ? "kevent_freebsd11" : "kevent", list, count,
                        guest_size<Layout>(task.model()));
  };
  trace(changes, change_count);
  const SysResult result =
      change_and_scan<Layout>(task, fd, changes, change_count, events, event_count, ts);
  if (result.is_value()) trace(events, static_cast<std::int64_t>(result.first()));
  return result;
}

SysResult sys_kqueue(Task& task) { return SysResult::from(Kqueue::create(task)); }

/// FreeBSD 14.
SysResult sys_kqueuex(Task& task, Flags flags) {
  constexpr std::uint32_t kCloexec = 1;
  if ((bits(flags) & ~kCloexec) != 0) return HostErrno{EINVAL};
  const auto fd = Kqueue::create(task);
  if (fd && (bits(flags) & kCloexec) != 0) fcntl(*fd, F_SETFD, FD_CLOEXEC);
  return SysResult::from(fd);
}

constexpr const char* kNote =
    "EVFILT_PROC tells of forks and exec of guests only; EV_EOF of sockets without the error";

constexpr SyscallRow kRows[] = {
    row<&sys_kqueue>(362, "kqueue"),
    partial<&kevent<Kevent11>>(363, "freebsd11_kevent", kNote),
    partial<&kevent<Kevent>>(560, "kevent", kNote),
    row<&sys_kqueuex>(583, "kqueuex"),
};

}  // namespace

Rows kqueue_rows() { return kRows; }

}  // namespace emulate::freebsd
