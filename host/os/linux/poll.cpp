#include <poll.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include <algorithm>

#include "host/os/linux/abi/poll.h"
#include "host/os/linux/pass.h"
#include "host/os/linux/personality.h"
#include "host/os/linux/signal_tables.h"
#include "host/os/linux/time.h"

/// Waiting for descriptors (Linux fs/select.c, fs/eventpoll.c, fs/eventfd.c, fs/notify/).

namespace emulate::linux_os {
namespace {

constexpr long kHostSigsetSize = 8;

// --- poll ----------------------------------------------------------------------------------------

/// The host updates `timeout`, so that an interruption the guest does not see does not start the
/// wait anew.
SysResult poll_fds(Task& task, GuestAddr fds, std::uint32_t count,
                   std::optional<timespec>& timeout) {
  if (count > static_cast<std::uint32_t>(FdTable::private_base())) return HostErrno{EINVAL};
  const DataModel& model = task.model();
  const std::size_t size = guest_size<Pollfd>(model);
  std::vector<std::byte> bytes(count * size);
  if (auto r = task.copyin(bytes.data(), fds, bytes.size()); !r) return r.error();
  std::vector<pollfd> host(count);
  bool hidden = false;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto p = decode<Pollfd>(model, std::span(bytes).subspan(i * size, size));
    const bool own = p.fd >= 0 && FdTable::is_private(p.fd);
    hidden |= own;
    host[i] = {own ? -1 : p.fd,
               static_cast<short>(port_flags_to_host(port_of(task).poll_events, p.events)), 0};
  }
  if (hidden) timeout = timespec{};
  const long n =
      blocking_syscall(SYS_ppoll, reinterpret_cast<long>(host.data()), count,
                       timeout ? reinterpret_cast<long>(&*timeout) : 0, 0, kHostSigsetSize);
  if (n < 0) return SysResult::from_raw(n);
  std::uint64_t ready = static_cast<std::uint64_t>(n);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto p = decode<Pollfd>(model, std::span(bytes).subspan(i * size, size));
    auto found = static_cast<std::uint16_t>(port_flags_to_guest(
        port_of(task).poll_events, static_cast<std::uint16_t>(host[i].revents)));
    if (p.fd >= 0 && FdTable::is_private(p.fd)) {
      found = POLLNVAL;
      ++ready;
    }
    std::byte field[2];
    store_scalar(model, field, found, sizeof field);
    const std::size_t at = i * size + guest_offset(kLayout<Pollfd>, model, 2);
    if (auto r = task.copyout(fds + at, field, sizeof field); !r) return r.error();
  }
  return SysResult::value(ready);
}

SysResult sys_poll(Task& task, GuestAddr fds, std::uint32_t count, std::int32_t milliseconds) {
  std::optional<timespec> timeout;
  if (milliseconds >= 0) timeout = timespec{milliseconds / 1000, milliseconds % 1000 * 1'000'000L};
  return poll_fds(task, fds, count, timeout);
}

/// The calls that take a timespec give back what is left of it; errors in doing so are ignored
/// (Linux poll_select_finish()).
template <class T>
void store_left(In<T> to, const std::optional<timespec>& left) {
  if (to && left) (void)to.task().store(to.address(), to_guest<T>(*left));
}

Expected<void> use_mask(Task& task, GuestAddr mask, std::uint64_t size) {
  if (!mask) return {};
  const auto set = load_sigset(task, mask, size);
  if (!set) return tl::unexpected(set.error());
  task.set_temporary_mask(*set);
  return {};
}

template <class T>
Expected<std::optional<timespec>> load_timeout(const Task& task, const In<T>& from) {
  if (!from) return std::optional<timespec>();
  const auto t = load_timespec(task, from);
  if (!t) return tl::unexpected(t.error());
  return std::optional(*t);
}

template <class T>
SysResult sys_ppoll(Task& task, GuestAddr fds, std::uint32_t count, In<T> timeout, GuestAddr mask,
                    ULong mask_size) {
  auto limit = load_timeout(task, timeout);
  if (!limit) return limit.error();
  if (auto r = use_mask(task, mask, mask_size); !r) return r.error();
  const SysResult r = poll_fds(task, fds, count, *limit);
  store_left(timeout, *limit);
  return r;
}

// --- select --------------------------------------------------------------------------------------

/// An fd_set argument: words of the guest's long, which are the host's bits on little-endian
/// machines.
class FdSet {
 public:
  FdSet(Task& task, GuestAddr address, int count)
      : task_(task), address_(address), word_(task.model().long_bytes) {
    const auto bits = static_cast<std::size_t>(count);
    bytes_.resize(address ? (bits + word_ * 8 - 1) / (word_ * 8) * word_ : 0);
    host_.resize((bits + 63) / 64);
  }
  Expected<void> load() {
    if (!address_) return {};
    if (auto r = task_.copyin(bytes_.data(), address_, bytes_.size()); !r) return r;
    for (std::size_t at = 0; at < bytes_.size(); at += word_) {
      host_[at / 8] |= load_scalar(task_.model(), &bytes_[at], word_) << (at % 8 * 8);
    }
    return {};
  }
  Expected<void> store() {
    if (!address_) return {};
    for (std::size_t at = 0; at < bytes_.size(); at += word_) {
      store_scalar(task_.model(), &bytes_[at], host_[at / 8] >> (at % 8 * 8), word_);
    }
    return task_.copyout(address_, bytes_.data(), bytes_.size());
  }
  long host() { return address_ ? reinterpret_cast<long>(host_.data()) : 0; }

 private:
  Task& task_;
  GuestAddr address_;
  std::size_t word_;
  std::vector<std::byte> bytes_;
  std::vector<std::uint64_t> host_;
};

SysResult select_fds(Task& task, std::int32_t count, GuestAddr in, GuestAddr out, GuestAddr except,
                     std::optional<timespec>& timeout) {
  if (count < 0) return HostErrno{EINVAL};
  count = std::min(count, FdTable::private_base());
  FdSet sets[3] = {{task, in, count}, {task, out, count}, {task, except, count}};
  for (FdSet& s : sets) {
    if (auto r = s.load(); !r) return r.error();
  }
  const long n =
      blocking_syscall(SYS_pselect6, count, sets[0].host(), sets[1].host(), sets[2].host(),
                       timeout ? reinterpret_cast<long>(&*timeout) : 0, 0);
  if (n < 0) return SysResult::from_raw(n);
  for (FdSet& s : sets) {
    if (auto r = s.store(); !r) return r.error();
  }
  return SysResult::value(static_cast<std::uint64_t>(n));
}

SysResult sys_select(Task& task, std::int32_t count, GuestAddr in, GuestAddr out, GuestAddr except,
                     InOut<Timeval> tv) {
  std::optional<timespec> timeout;
  if (tv) {
    const auto t = tv.load();
    if (!t) return t.error();
    if (t->sec < 0 || t->usec < 0) return HostErrno{EINVAL};
    // Unlike the newer calls, select() takes more than a second's microseconds.
    timeout = timespec{t->sec + t->usec / 1'000'000, t->usec % 1'000'000 * 1000};
  }
  const SysResult r = select_fds(task, count, in, out, except, timeout);
  if (tv && timeout) (void)tv.store({Long(timeout->tv_sec), Suseconds(timeout->tv_nsec / 1000)});
  return r;
}

/// The mask and its size stand behind one pointer.
template <class T>
SysResult sys_pselect6(Task& task, std::int32_t count, GuestAddr in, GuestAddr out,
                       GuestAddr except, In<T> timeout, GuestAddr mask_and_size) {
  GuestAddr mask;
  std::uint64_t size = 0;
  if (mask_and_size) {
    const auto m = task.load<GuestAddr>(mask_and_size);
    if (!m) return m.error();
    const auto s = task.load<ULong>(mask_and_size + task.model().long_bytes);
    if (!s) return s.error();
    mask = *m;
    size = *s;
  }
  auto limit = load_timeout(task, timeout);
  if (!limit) return limit.error();
  if (auto r = use_mask(task, mask, size); !r) return r.error();
  const SysResult r = select_fds(task, count, in, out, except, *limit);
  store_left(timeout, *limit);
  return r;
}

// --- epoll ---------------------------------------------------------------------------------------

SysResult sys_epoll_ctl(Task& task, Fd epoll, std::int32_t op, Fd fd, In<EpollEvent> event) {
  const auto set = guest_fd(task, epoll);
  if (!set) return set.error();
  const auto target = guest_fd(task, fd);
  if (!target) return target.error();
  epoll_event host{};
  if (op != EPOLL_CTL_DEL) {
    const auto e = event.load();
    if (!e) return e.error();
    host.events = e->events;
    host.data.u64 = e->data;
  }
  return SysResult::from_libc(::epoll_ctl(*set, op, *target, &host));
}

SysResult wait_for_events(Task& task, Fd epoll, GuestAddr events, std::int32_t most,
                          const std::optional<timespec>& timeout) {
  const auto set = guest_fd(task, epoll);
  if (!set) return set.error();
  constexpr std::int32_t kMost = 1 << 20;
  if (most <= 0 || most > kMost) return HostErrno{EINVAL};
  std::vector<epoll_event> host(static_cast<std::size_t>(std::min(most, 4096)));
  // epoll_pwait2 does not say how much time is left: the deadline does.
  const auto deadline = timeout ? std::optional(deadline_after(*timeout)) : std::nullopt;
  long n = 0;
  for (;;) {
    timespec left{};
    if (deadline) {
      const auto ns = std::max<std::int64_t>(
          std::chrono::nanoseconds(*deadline - Task::Deadline::clock::now()).count(), 0);
      left = {ns / kNanosecondsPerSecond, ns % kNanosecondsPerSecond};
    }
    n = blocking_syscall(SYS_epoll_pwait2, *set, reinterpret_cast<long>(host.data()),
                         static_cast<long>(host.size()),
                         deadline ? reinterpret_cast<long>(&left) : 0, 0, kHostSigsetSize);
    if (n != -EINTR || task.interrupted()) break;
  }
  if (n < 0) return SysResult::from_raw(n);
  const std::size_t size = guest_size<EpollEvent>(task.model());
  for (long i = 0; i < n; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const EpollEvent e{host[at].events, host[at].data.u64};
    if (auto r = task.store(events + at * size, e); !r) return r.error();
  }
  return SysResult::value(static_cast<std::uint64_t>(n));
}

std::optional<timespec> from_milliseconds(std::int32_t ms) {
  if (ms < 0) return std::nullopt;
  return timespec{ms / 1000, ms % 1000 * 1'000'000L};
}

SysResult sys_epoll_wait(Task& task, Fd epoll, GuestAddr events, std::int32_t most,
                         std::int32_t ms) {
  return wait_for_events(task, epoll, events, most, from_milliseconds(ms));
}

SysResult sys_epoll_pwait(Task& task, Fd epoll, GuestAddr events, std::int32_t most,
                          std::int32_t ms, GuestAddr mask, ULong mask_size) {
  if (auto r = use_mask(task, mask, mask_size); !r) return r.error();
  return wait_for_events(task, epoll, events, most, from_milliseconds(ms));
}

SysResult sys_epoll_pwait2(Task& task, Fd epoll, GuestAddr events, std::int32_t most,
                           In<Timespec64> timeout, GuestAddr mask, ULong mask_size) {
  const auto limit = load_timeout(task, timeout);
  if (!limit) return limit.error();
  if (auto r = use_mask(task, mask, mask_size); !r) return r.error();
  return wait_for_events(task, epoll, events, most, *limit);
}

constexpr SyscallRow kRows[] = {
    call<&sys_select>("_newselect"),
    pass<SYS_epoll_create, std::int32_t>("epoll_create"),
    pass<SYS_epoll_create1, OpenFlags>("epoll_create1"),
    call<&sys_epoll_ctl>("epoll_ctl"),
    call<&sys_epoll_pwait>("epoll_pwait"),
    call<&sys_epoll_pwait2>("epoll_pwait2"),
    call<&sys_epoll_wait>("epoll_wait"),
    pass<SYS_eventfd, std::uint32_t>("eventfd"),
    pass<SYS_eventfd2, std::uint32_t, OpenFlags>("eventfd2"),
    pass<SYS_inotify_add_watch, Fd, Path<>, Flags>("inotify_add_watch"),
    pass<SYS_inotify_init>("inotify_init"),
    pass<SYS_inotify_init1, OpenFlags>("inotify_init1"),
    pass<SYS_inotify_rm_watch, Fd, std::int32_t>("inotify_rm_watch"),
    call<&sys_poll>("poll"),
    call<&sys_ppoll<OldTimespec>>("ppoll"),
    call<&sys_ppoll<Timespec64>>("ppoll_time64"),
    call<&sys_pselect6<OldTimespec>>("pselect6"),
    call<&sys_pselect6<Timespec64>>("pselect6_time64"),
    call<&sys_select>("select"),
};

}  // namespace

Rows poll_rows() { return kRows; }

}  // namespace emulate::linux_os
