#include "host/os/freebsd/kqueue/kqueue.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>

#include "host/os/freebsd/descriptors.h"
#include "host/os/freebsd/time.h"
#include "host/signal/blocking.h"

namespace emulate::freebsd {

// --- making and unmaking -------------------------------------------------------------------------

Expected<int> Kqueue::create(Task& task) {
  const auto limited = limit_descriptor(task, epoll_create1(0));
  if (!limited) return limited;
  const int fd = *limited;
  const std::shared_ptr<Kqueue> kq(new Kqueue(task.process()));
  kq->epoll_ = FdTable::make_private(dup(fd));
  if (kq->epoll_ < 0 || !kq->open()) {
    close(fd);
    return host_error(ENOMEM);
  }
  task.process().fds().attach(fd, kq);
  return fd;
}

bool Kqueue::open() {
  wake_ = FdTable::make_private(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (wake_ < 0) return false;
  add_source(wake_, kWakeSource);
  return true;
}

/// In the child of a fork, too, where the epoll set is still the parent's: descriptors are closed
/// and nothing else, without the lock, which a thread that does not exist there may hold.
Kqueue::~Kqueue() {
  for (const auto& [id, watch] : watches_) {
    if (watch->owned) close(watch->fd);
  }
  if (wake_ >= 0) close(wake_);
  if (epoll_ >= 0) close(epoll_);
}

void Kqueue::add_source(int fd, std::uint64_t source) {
  epoll_event e{EPOLLIN, {.u64 = source}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &e);
}

// --- the list of queued knotes -------------------------------------------------------------------

void Kqueue::enqueue(Knote& kn) {
  if (kn.queued) return;
  kn.place = queue_.insert(queue_.end(), &kn);
  kn.queued = true;
}

void Kqueue::dequeue(Knote& kn) {
  if (!kn.queued) return;
  queue_.erase(kn.place);
  kn.queued = false;
}

void Kqueue::activate(Knote& kn) {
  kn.active = true;
  if (!kn.disabled) enqueue(kn);
}

void Kqueue::update_wake() {
  const bool wanted = !queue_.empty();
  if (wanted == awake_) return;
  awake_ = wanted;
  std::uint64_t value = 1;
  if (wanted) {
    (void)!write(wake_, &value, sizeof value);
  } else {
    (void)!read(wake_, &value, sizeof value);
  }
}

bool Kqueue::sticky(const Knote& kn) const {
  return !kn.has(kEV_CLEAR) && (kn.watch == nullptr || kn.watch->edge);
}

// --- descriptors ---------------------------------------------------------------------------------

Expected<void> Kqueue::watch(Knote& kn, int fd, bool owned, std::uint32_t interest, bool edge) {
  kn.interest = interest;
  bool taken = false;
  for (const auto& [id, w] : watches_) {
    if (owned || w->owned || w->fd != fd) continue;
    taken = true;
    if (w->edge == edge) kn.watch = w.get();
  }
  if (kn.watch == nullptr && taken) {
    // The set holds a descriptor once, in one mode.
    fd = FdTable::make_private(dup(fd));
    owned = true;
  }
  if (kn.watch == nullptr) {
    auto w = std::make_unique<FdWatch>();
    w->fd = fd;
    w->owned = owned;
    w->edge = edge;
    w->id = next_id_++;
    kn.watch = w.get();
    watches_.emplace(w->id, std::move(w));
  }
  kn.watch->knotes.push_back(&kn);
  return update(*kn.watch);
}

Expected<void> Kqueue::update(FdWatch& w) {
  epoll_event e{0, {.u64 = w.id}};
  bool wanted = false;
  for (const Knote* kn : w.knotes) {
    if (kn->disabled) continue;
    e.events |= kn->interest;
    wanted = true;
  }
  if (w.edge) e.events |= EPOLLET;
  if (!wanted) {
    if (w.added) epoll_ctl(epoll_, EPOLL_CTL_DEL, w.fd, &e);
    w.added = false;
    return {};
  }
  w.added = epoll_ctl(epoll_, w.added ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, w.fd, &e) == 0;
  if (!w.added) return host_error(errno);
  return {};
}

void Kqueue::unwatch(Knote& kn) {
  FdWatch* w = std::exchange(kn.watch, nullptr);
  if (w == nullptr) return;
  std::erase(w->knotes, &kn);
  (void)update(*w);
  if (!w->knotes.empty()) return;
  if (w->owned) close(w->fd);
  watches_.erase(w->id);
}

/// epoll keeps telling of something that is no event for FreeBSD: from now on once per change.
void Kqueue::make_edge(FdWatch& w) {
  w.edge = true;
  (void)update(w);
}

std::uint32_t Kqueue::poll_now(const Knote& kn) const {
  if (kn.watch == nullptr) return 0;
  pollfd p{kn.watch->fd, POLLIN | POLLOUT | POLLRDHUP, 0};
  if (poll(&p, 1, 0) <= 0) return 0;
  // The EPOLL* bits are the POLL* bits.
  return static_cast<std::uint16_t>(p.revents);
}

void Kqueue::descriptors_closed(int first, int last) {
  const std::lock_guard lock(mutex_);
  const auto from = static_cast<std::uint64_t>(std::max(first, 0));
  auto it = knotes_.lower_bound(Key{false, from, INT_MIN});
  while (it != knotes_.end() && !it->first.other &&
         it->first.ident <= static_cast<std::uint64_t>(last)) {
    Knote& kn = *it->second;
    ++it;
    drop(kn);
  }
  update_wake();
}

// --- changes -------------------------------------------------------------------------------------

Expected<void> Kqueue::change(Task& task, Kevent change) {
  constexpr std::uint16_t kBoth = kEV_ENABLE | kEV_DISABLE;
  if ((change.flags & kBoth) == kBoth) return host_error(EINVAL);
  const Filter* filter = find_filter(change.filter);
  if (filter == nullptr) return host_error(EINVAL);
  if (filter->is_fd()) {
    if (change.ident > INT_MAX || FdTable::is_private(static_cast<int>(change.ident)) ||
        fcntl(static_cast<int>(change.ident), F_GETFD) < 0) {
      return host_error(EBADF);
    }
    const auto other = task.process().fds().get<Kqueue>(static_cast<int>(change.ident));
    if (other.get() == this) return host_error(EINVAL);
  }
  const std::lock_guard lock(mutex_);
  const auto it = knotes_.find(key_of(*filter, change));
  if (it == knotes_.end()) {
    if ((change.flags & kEV_ADD) == 0) return host_error(ENOENT);
    auto r = add(*filter, change);
    update_wake();
    return r;
  }
  if ((change.flags & kEV_DELETE) != 0) {
    drop(*it->second);
  } else {
    modify(*it->second, change);
  }
  update_wake();
  return {};
}

Expected<void> Kqueue::add(const Filter& filter, Kevent change) {
  auto owned = std::make_unique<Knote>();
  Knote& kn = *owned;
  kn.filter = &filter;
  kn.sfflags = change.fflags;
  kn.sdata = change.data;
  kn.disabled = (change.flags & kEV_DISABLE) != 0;
  kn.event = change;
  kn.event.fflags = 0;
  kn.event.data = 0;
  constexpr std::uint16_t kActions =
      kEV_ADD | kEV_DELETE | kEV_ENABLE | kEV_DISABLE | kEV_FORCEONESHOT;
  kn.event.flags &= static_cast<std::uint16_t>(~kActions);
  if (auto r = filter.attach(*this, kn); !r) {
    unwatch(kn);
    return r;
  }
  knotes_.emplace(key_of(filter, change), std::move(owned));
  settle(kn);
  return {};
}

void Kqueue::modify(Knote& kn, const Kevent& change) {
  if ((change.flags & kEV_FORCEONESHOT) != 0) {
    kn.event.flags |= kEV_ONESHOT;
    kn.forced = true;
    activate(kn);
  }
  if ((change.flags & kEV_ENABLE) != 0) set_disabled(kn, false);
  if ((change.flags & kEV_DISABLE) != 0) set_disabled(kn, true);
  kn.event.udata = change.udata;
  kn.filter->change(*this, kn, change);
  // Conditions that hold are told of again.
  if (kn.watch != nullptr && kn.watch->edge) (void)update(*kn.watch);
  settle(kn);
}

/// The end of kqueue_register(): the event may be there already. Level-triggered descriptors are
/// left to epoll, which finds out by itself.
void Kqueue::settle(Knote& kn) {
  kn.seen = 0;
  const bool told = kn.watch != nullptr && kn.watch->added;
  if (!kn.disabled && !told && kn.filter->ready(*this, kn)) kn.active = true;
  if (kn.active && !kn.disabled) enqueue(kn);
}

void Kqueue::set_disabled(Knote& kn, bool disabled) {
  if (kn.disabled == disabled) return;
  kn.disabled = disabled;
  if (kn.watch != nullptr) (void)update(*kn.watch);
}

void Kqueue::drop(Knote& kn) {
  kn.filter->detach(*this, kn);
  unwatch(kn);
  dequeue(kn);
  knotes_.erase(key_of(*kn.filter, kn.event));
}

// --- events --------------------------------------------------------------------------------------

/// Moves what epoll found to the list.
void Kqueue::dispatch(std::span<const epoll_event> events) {
  for (const epoll_event& e : events) {
    switch (e.data.u64) {
      case kWakeSource:
        continue;
      case kTimerSource:
        timers_.expire(*this);
        continue;
      case kVnodeSource:
        vnodes_.collect(*this);
        continue;
      case kProcessSource:
        process_events_.collect(*this);
        continue;
      default:
        break;
    }
    const auto it = watches_.find(e.data.u64);
    if (it == watches_.end()) continue;
    for (Knote* kn : it->second->knotes) {
      if (kn->disabled || (e.events & (kn->interest | EPOLLHUP | EPOLLERR)) == 0) continue;
      kn->seen = e.events;
      kn->seen_scan = scan_;
      activate(*kn);
    }
  }
}

void Kqueue::deliver(std::size_t most, std::vector<Kevent>& out) {
  // One round: what is queued again meanwhile waits for the next call.
  for (std::size_t n = queue_.size(); n > 0 && out.size() < most && !queue_.empty(); --n) {
    Knote& kn = *queue_.front();
    dequeue(kn);
    if (kn.disabled) continue;
    if (kn.has(kEV_DROP)) {
      drop(kn);
      continue;
    }
    if (kn.seen_scan != scan_) kn.seen = 0;
    const bool ready = kn.filter->ready(*this, kn);
    if (kn.has(kEV_DROP)) {
      drop(kn);
      continue;
    }
    if (!ready && !kn.forced) {
      kn.active = false;
      if (kn.watch != nullptr && !kn.watch->edge) make_edge(*kn.watch);
      continue;
    }
    if (kn.has(kEV_ONESHOT)) {
      out.push_back(kn.event);
      drop(kn);
      continue;
    }
    out.push_back(kn.filter->report(kn));
    const bool clears = kn.has(kEV_CLEAR);
    if (clears) kn.filter->clear(kn);
    if (kn.has(kEV_DISPATCH)) set_disabled(kn, true);
    if (clears || kn.has(kEV_DISPATCH) || !sticky(kn)) {
      kn.active = false;
    } else {
      enqueue(kn);
    }
  }
}

namespace {

constexpr int kBatch = 64;
constexpr long kHostSigsetSize = 8;
using Batch = std::array<epoll_event, kBatch>;

/// Waits until the set has something or the time is over. The number of events taken from it, 0
/// when it is not known yet whether there are some.
Expected<int> wait_for(int epoll, Batch& events, std::optional<std::int64_t> deadline) {
  long n = 0;
  if (!deadline) {
    n = blocking_syscall(SYS_epoll_pwait, epoll, reinterpret_cast<long>(events.data()), kBatch, -1,
                         0, kHostSigsetSize);
  } else {
    // epoll_pwait(2) has no absolute time and does not say what is left; ppoll(2) does.
    timespec left =
        from_nanoseconds(std::max<std::int64_t>(*deadline - now_ns(CLOCK_MONOTONIC), 0));
    pollfd p{epoll, POLLIN, 0};
    n = blocking_syscall(SYS_ppoll, reinterpret_cast<long>(&p), 1, reinterpret_cast<long>(&left), 0,
                         kHostSigsetSize);
    if (n > 0) n = 0;
  }
  if (n < 0) return host_error(static_cast<int>(-n));
  return static_cast<int>(n);
}

}  // namespace

Expected<std::vector<Kevent>> Kqueue::scan(std::size_t most, std::optional<std::int64_t> deadline) {
  Batch events;
  std::vector<Kevent> out;
  std::optional<HostErrno> interrupted;
  int found = 0;
  if (deadline) found = epoll_wait(epoll_, events.data(), kBatch, 0);
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      ++scan_;
      if (found > 0) dispatch(std::span(events).first(static_cast<std::size_t>(found)));
      deliver(most, out);
      update_wake();
    }
    if (!out.empty()) return out;
    if (interrupted) return tl::unexpected(*interrupted);
    if (deadline && *deadline <= now_ns(CLOCK_MONOTONIC)) return out;
    const auto n = wait_for(epoll_, events, deadline);
    // The event of the signal that interrupts comes before the interruption.
    if (!n) interrupted = n.error();
    found = n && *n > 0 ? *n : epoll_wait(epoll_, events.data(), kBatch, 0);
  }
}

void Kqueue::signal_posted(int signo) {
  const std::lock_guard lock(mutex_);
  const auto it = knotes_.find(Key{true, static_cast<std::uint64_t>(signo), kEVFILT_SIGNAL});
  if (it == knotes_.end()) return;
  ++it->second->event.data;
  activate(*it->second);
  update_wake();
}

// --- processes -----------------------------------------------------------------------------------

Knote* Kqueue::find_process(int pid) {
  const auto it = knotes_.find(Key{true, static_cast<std::uint64_t>(pid), kEVFILT_PROC});
  return it == knotes_.end() ? nullptr : it->second.get();
}

/// knote_fork(). Parent and child both tell of a fork, so that neither the program that asks at
/// once nor what the child does next comes too early.
void Kqueue::process_forked(int parent, int child) {
  Knote* kn = find_process(parent);
  if (kn == nullptr || !first_news_of(*kn, child)) return;
  if ((kn->sfflags & kNOTE_TRACK) != 0 && find_process(child) == nullptr) {
    Kevent e = kn->event;
    e.ident = ULong(static_cast<std::uint64_t>(child));
    e.fflags = kn->sfflags;
    e.data = parent;
    e.flags &= static_cast<std::uint16_t>(~(kEV_EOF | kEV_ONESHOT));
    e.flags |= kEV_FLAG1;
    if (!add(kChildNoticeFilter, e) || !add(kProcFilter, e)) kn->event.fflags |= kNOTE_TRACKERR;
  }
  if ((kn->sfflags & kNOTE_FORK) != 0) kn->event.fflags |= kNOTE_FORK;
  if (kn->event.fflags != 0) activate(*kn);
}

void Kqueue::process_executed(int pid) {
  Knote* kn = find_process(pid);
  if (kn == nullptr || (kn->sfflags & kNOTE_EXEC) == 0) return;
  kn->event.fflags |= kNOTE_EXEC;
  activate(*kn);
}

void Kqueue::process_ended(int pid, int status) {
  if (Knote* kn = find_process(pid)) {
    process_exited(*kn, status);
    activate(*kn);
  }
}

void Kqueue::notify(int filter, std::uint64_t ident) {
  const std::lock_guard lock(mutex_);
  const auto it = knotes_.find(Key{true, ident, filter});
  if (it == knotes_.end()) return;
  activate(*it->second);
  update_wake();
}

void Kqueue::forget(int filter, std::uint64_t ident) {
  const std::lock_guard lock(mutex_);
  const auto it = knotes_.find(Key{true, ident, filter});
  if (it == knotes_.end()) return;
  drop(*it->second);
  update_wake();
}

}  // namespace emulate::freebsd
