#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "host/os/fd.h"
#include "host/os/flags.h"
#include "host/os/freebsd/abi/signal.h"
#include "host/os/freebsd/capsicum/limits.h"
#include "host/os/freebsd/errno.h"
#include "host/os/freebsd/pipe.h"
#include "host/os/freebsd/procdesc.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/freebsd/time.h"
#include "host/signal/blocking.h"

namespace emulate::freebsd {

/// struct pollfd (FreeBSD sys/sys/poll.h).
struct Pollfd {
  std::int32_t fd = -1;
  std::uint16_t events = 0;
  std::uint16_t revents = 0;
};

}  // namespace emulate::freebsd

namespace emulate {

template <>
inline constexpr const char* kStructName<freebsd::Pollfd> = "pollfd";
template <>
inline constexpr auto kFields<freebsd::Pollfd> =
    fields(field<&freebsd::Pollfd::fd>("fd"), field<&freebsd::Pollfd::events>("events"),
           field<&freebsd::Pollfd::revents>("revents"));

}  // namespace emulate

namespace emulate::freebsd {
namespace {

constexpr std::uint32_t kPOLLIN = 0x0001;
constexpr std::uint32_t kPOLLPRI = 0x0002;
constexpr std::uint32_t kPOLLOUT = 0x0004;
constexpr std::uint32_t kPOLLERR = 0x0008;
constexpr std::uint32_t kPOLLHUP = 0x0010;
constexpr std::uint32_t kPOLLNVAL = 0x0020;
constexpr std::uint32_t kPOLLRDNORM = 0x0040;
constexpr std::uint32_t kPOLLRDBAND = 0x0080;
constexpr std::uint32_t kPOLLWRBAND = 0x0100;

/// POLLWRNORM is POLLOUT on FreeBSD. Urgent data is POLLPRI on the host and either flag there.
constexpr FlagPair kPollFlags[] = {
    {kPOLLIN, POLLIN},         {kPOLLPRI, POLLPRI},    {kPOLLOUT, POLLOUT},
    {kPOLLERR, POLLERR},       {kPOLLHUP, POLLHUP},    {kPOLLNVAL, POLLNVAL},
    {kPOLLRDNORM, POLLRDNORM}, {kPOLLRDBAND, POLLPRI}, {kPOLLWRBAND, POLLWRBAND},
};
constexpr std::uint32_t kReadable = kPOLLIN | kPOLLRDNORM;
constexpr std::uint32_t kAlways = kPOLLERR | kPOLLHUP | kPOLLNVAL;

bool is_of_type(int fd, mode_t type) {
  struct stat st {};
  return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == type;
}

/// What the FreeBSD kernel would have answered for `host` (FreeBSD sys/kern/uipc_socket.c
/// sopoll_generic, sys_pipe.c pipe_poll, sys_generic.c pollscan).
std::uint32_t events_to_guest(int fd, std::uint32_t requested, std::uint32_t host) {
  std::uint32_t events = flags_to_guest(kPollFlags, host) & (requested | kAlways);
  if ((events & kPOLLERR) != 0) {
    if (is_of_type(fd, S_IFSOCK)) {
      // Sockets with an error are readable and writable there, never POLLERR.
      events = (events & ~kPOLLERR) | (requested & (kReadable | kPOLLOUT));
    } else if (is_of_type(fd, S_IFIFO)) {
      // The pipe's reader is gone.
      events = (events & ~kPOLLERR) | kPOLLHUP;
    }
  }
  if ((events & kPOLLHUP) != 0) {
    events |= requested & kReadable;
    events &= ~kPOLLOUT;
  }
  return events;
}

bool is_procdesc(int fd) {
  return fd >= 0 && Task::current()->process().fds().get<Procdesc>(fd) != nullptr;
}

/// CAP_EVENT is among the descriptor's rights.
bool may_poll(int fd) {
  return !Capabilities::active() || Capabilities::instance().limits(fd).rights.contains(kCapEvent);
}

/// One descriptor of a call, in FreeBSD's flags.
struct Entry {
  int fd;
  std::uint32_t requested;
  std::uint32_t found = 0;
};

/// The events that a pipe's end has on its way back.
std::uint32_t events_of_back(const PipeEnd& end) { return end.reading ? kPOLLOUT : kReadable; }

/// A pipe's way back, asked for with the entry whose end it belongs to.
struct Back {
  std::size_t entry;
  std::shared_ptr<PipeEnd> end;
};

std::vector<Back> add_ways_back(const std::vector<Entry>& entries, std::vector<pollfd>& host) {
  std::vector<Back> out;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (host[i].fd < 0) continue;
    auto end = pipe_end(*Task::current(), host[i].fd);
    if (end == nullptr) continue;
    const std::uint32_t events = entries[i].requested & events_of_back(*end);
    if (events == 0) continue;
    host.push_back({end->back, static_cast<short>(flags_to_host(kPollFlags, events)), 0});
    out.push_back({i, std::move(end)});
  }
  return out;
}

/// Waits until an entry has events or the time is over; returns how many have. EINTR.
Expected<std::size_t> wait_for(std::vector<Entry>& entries, std::optional<timespec> timeout) {
  std::vector<pollfd> host(entries.size());
  bool bad = false;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const bool hidden =
        entries[i].fd >= 0 && (FdTable::is_private(entries[i].fd) || !may_poll(entries[i].fd));
    bad |= hidden;
    host[i].fd = hidden ? -1 : entries[i].fd;
    host[i].events = static_cast<short>(flags_to_host(kPollFlags, entries[i].requested));
    // The host calls an ended process readable; on FreeBSD it has hung up.
    if (is_procdesc(entries[i].fd)) host[i].events |= POLLIN;
    if (hidden) entries[i].found = kPOLLNVAL;
  }
  const std::vector<Back> back = add_ways_back(entries, host);
  // The host updates the timeout in place, so that an interruption that the guest does not see
  // does not start the wait anew.
  timespec left = bad ? timespec{} : timeout.value_or(timespec{});
  constexpr long kHostSigsetSize = 8;
  const bool limited = bad || timeout.has_value();
  const long n = blocking_syscall(SYS_ppoll, reinterpret_cast<long>(host.data()),
                                  static_cast<long>(host.size()),
                                  limited ? reinterpret_cast<long>(&left) : 0, 0, kHostSigsetSize);
  if (n < 0) return host_error(static_cast<int>(-n));
  std::size_t ready = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (host[i].revents != 0) {
      entries[i].found = events_to_guest(host[i].fd, entries[i].requested,
                                         static_cast<std::uint16_t>(host[i].revents));
      if (is_procdesc(host[i].fd)) entries[i].found = kPOLLHUP;
    }
  }
  for (std::size_t i = 0; i < back.size(); ++i) {
    Entry& e = entries[back[i].entry];
    const pollfd& p = host[entries.size() + i];
    e.found |= events_to_guest(p.fd, e.requested & (events_of_back(*back[i].end) | kAlways),
                               static_cast<std::uint16_t>(p.revents));
  }
  for (const Entry& e : entries) ready += e.found != 0;
  return ready;
}

timespec clamp(timespec t) {
  t.tv_sec = std::min<time_t>(t.tv_sec, kLongestWaitSeconds);
  return t;
}

// --- poll ----------------------------------------------------------------------------------------

constexpr std::uint32_t kFdSetSize = 1024;

SysResult poll_fds(Task& task, GuestAddr fds, std::uint32_t count, std::optional<timespec> timeout,
                   const std::optional<SignalSet>& mask) {
  if (count > kFdSetSize && count > static_cast<std::uint32_t>(FdTable::private_base())) {
    return HostErrno{EINVAL};
  }
  const DataModel& model = task.model();
  const std::size_t size = guest_size<Pollfd>(model);
  std::vector<std::byte> bytes(count * size);
  if (auto r = task.copyin(bytes.data(), fds, bytes.size()); !r) return r.error();
  std::vector<Entry> entries;
  entries.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto p = decode<Pollfd>(model, std::span(bytes).subspan(i * size, size));
    entries.push_back({p.fd, p.events});
  }
  if (mask) task.set_temporary_mask(*mask);
  const auto ready = wait_for(entries, timeout);
  if (!ready) return ready.error();
  const std::size_t revents = guest_offset(kLayout<Pollfd>, model, 2);
  for (std::uint32_t i = 0; i < count; ++i) {
    std::byte field[2];
    store_scalar(model, field, entries[i].found, sizeof field);
    if (auto r = task.copyout(fds + i * size + revents, field, sizeof field); !r) return r.error();
  }
  return SysResult::value(*ready);
}

SysResult sys_poll(Task& task, GuestAddr fds, std::uint32_t count, std::int32_t milliseconds) {
  constexpr std::int32_t kForever = -1;
  if (milliseconds < kForever) return HostErrno{EINVAL};
  std::optional<timespec> timeout;
  if (milliseconds != kForever) {
    timeout = timespec{milliseconds / 1000, milliseconds % 1000 * 1'000'000L};
  }
  return poll_fds(task, fds, count, timeout, std::nullopt);
}

Expected<std::optional<SignalSet>> load_mask(const In<Sigset>& mask) {
  if (!mask) return std::optional<SignalSet>{};
  const auto set = mask.load();
  if (!set) return tl::unexpected(set.error());
  return std::optional(set->set());
}

SysResult sys_ppoll(Task& task, GuestAddr fds, std::uint32_t count, In<Timespec> ts,
                    In<Sigset> mask) {
  std::optional<timespec> timeout;
  if (ts) {
    const auto t = ts.load();
    if (!t) return t.error();
    timeout = to_host(*t);
  }
  const auto set = load_mask(mask);
  if (!set) return set.error();
  if (timeout) {
    if (!valid(to_guest(*timeout))) return HostErrno{EINVAL};
    timeout = clamp(*timeout);
  }
  return poll_fds(task, fds, count, timeout, *set);
}

// --- select --------------------------------------------------------------------------------------

/// An fd_set argument: an array of unsigned long, descriptor n in bit n % bits of word n / bits.
class FdSet {
 public:
  FdSet(Task& task, GuestAddr address, int count)
      : task_(task),
        address_(address),
        word_bytes_(task.model().long_bytes),
        count_(address ? count : 0) {}

  /// EFAULT; EBADF when a descriptor beyond all that can be open is in the set.
  Expected<void> load() {
    const std::size_t words = words_for(count_);
    const std::size_t kept = words_for(std::min(count_, FdTable::private_base()));
    bytes_.resize(kept * word_bytes_);
    if (auto r = task_.copyin(bytes_.data(), address_, bytes_.size()); !r) return r;
    for (std::size_t w = kept; w < words; ++w) {
      std::byte word[8];
      if (auto r = task_.copyin(word, address_ + w * word_bytes_, word_bytes_); !r) return r;
      if (load_scalar(task_.model(), word, word_bytes_) != 0) return host_error(EBADF);
    }
    return {};
  }
  /// Calls visit(fd) for the members.
  template <class Visit>
  void each(Visit visit) const {
    const int bits = static_cast<int>(word_bytes_) * 8;
    for (std::size_t w = 0; w * word_bytes_ < bytes_.size(); ++w) {
      std::uint64_t word = load_scalar(task_.model(), &bytes_[w * word_bytes_], word_bytes_);
      for (; word != 0; word &= word - 1) {
        const int fd = static_cast<int>(w) * bits + __builtin_ctzll(word);
        if (fd < count_) visit(fd);
      }
    }
  }
  void clear() { std::ranges::fill(bytes_, std::byte{0}); }
  void add(int fd) {
    const int bits = static_cast<int>(word_bytes_) * 8;
    std::byte* word = &bytes_[static_cast<std::size_t>(fd / bits) * word_bytes_];
    const std::uint64_t value = load_scalar(task_.model(), word, word_bytes_);
    store_scalar(task_.model(), word, value | 1ULL << (fd % bits), word_bytes_);
  }
  Expected<void> store() const { return task_.copyout(address_, bytes_.data(), bytes_.size()); }

 private:
  std::size_t words_for(int n) const {
    const std::size_t bits = word_bytes_ * 8;
    return (static_cast<std::size_t>(n) + bits - 1) / bits;
  }

  Task& task_;
  GuestAddr address_;
  std::size_t word_bytes_;
  int count_;
  std::vector<std::byte> bytes_;
};

/// What puts a descriptor into each of the three sets (FreeBSD sys_generic.c select_flags).
constexpr std::uint32_t kSelectFlags[3] = {kPOLLRDNORM | kPOLLHUP | kPOLLERR,
                                           kPOLLOUT | kPOLLHUP | kPOLLERR, kPOLLRDBAND | kPOLLERR};

SysResult select_fds(Task& task, std::int32_t count, const GuestAddr (&addresses)[3],
                     std::optional<timespec> timeout) {
  if (count < 0) return HostErrno{EINVAL};
  FdSet sets[3] = {
      {task, addresses[0], count}, {task, addresses[1], count}, {task, addresses[2], count}};
  std::vector<std::uint32_t> wanted;
  for (int s = 0; s < 3; ++s) {
    if (auto r = sets[s].load(); !r) return r.error();
    sets[s].each([&](int fd) {
      const auto i = static_cast<std::size_t>(fd);
      if (wanted.size() <= i) wanted.resize(i + 1);
      wanted[i] |= kSelectFlags[s];
    });
  }
  if (timeout && !valid(to_guest(*timeout))) return HostErrno{EINVAL};
  if (timeout) timeout = clamp(*timeout);
  std::vector<Entry> entries;
  for (std::size_t fd = 0; fd < wanted.size(); ++fd) {
    if (wanted[fd] != 0) entries.push_back({static_cast<int>(fd), wanted[fd]});
  }
  for (const Entry& e : entries) {
    if (!may_poll(e.fd)) return HostErrno{kHostNotCapable};
  }
  const auto ready = wait_for(entries, timeout);
  if (!ready) return ready.error();
  std::uint64_t members = 0;
  std::vector<std::uint32_t> found(wanted.size());
  for (const Entry& e : entries) {
    if ((e.found & kPOLLNVAL) != 0) return HostErrno{EBADF};
    found[static_cast<std::size_t>(e.fd)] = e.found;
  }
  for (int s = 0; s < 3; ++s) {
    FdSet result = sets[s];
    result.clear();
    sets[s].each([&](int fd) {
      if ((found[static_cast<std::size_t>(fd)] & kSelectFlags[s]) == 0) return;
      result.add(fd);
      ++members;
    });
    if (auto r = result.store(); !r) return r.error();
  }
  return SysResult::value(members);
}

SysResult sys_select(Task& task, std::int32_t count, GuestAddr in, GuestAddr out, GuestAddr except,
                     In<Timeval> tv) {
  std::optional<timespec> timeout;
  if (tv) {
    const auto t = tv.load();
    if (!t) return t.error();
    // Kept out of range if it was: validity is looked at after the sets.
    const bool ok = t->tv_usec >= 0 && t->tv_usec < 1'000'000;
    timeout = timespec{t->tv_sec, ok ? t->tv_usec * 1000 : -1};
  }
  return select_fds(task, count, {in, out, except}, timeout);
}

SysResult sys_pselect(Task& task, std::int32_t count, GuestAddr in, GuestAddr out, GuestAddr except,
                      In<Timespec> ts, In<Sigset> mask) {
  std::optional<timespec> timeout;
  if (ts) {
    const auto t = ts.load();
    if (!t) return t.error();
    timeout = to_host(*t);
  }
  const auto set = load_mask(mask);
  if (!set) return set.error();
  if (*set) task.set_temporary_mask(**set);
  return select_fds(task, count, {in, out, except}, timeout);
}

constexpr SyscallRow kRows[] = {
    row<&sys_select>(93, "select"),
    row<&sys_poll>(209, "poll"),
    row<&sys_pselect>(522, "pselect"),
    row<&sys_ppoll>(545, "ppoll"),
};

}  // namespace

Rows poll_rows() { return kRows; }

}  // namespace emulate::freebsd
