#include "host/os/linux/signalfd.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "host/os/linux/pass.h"
#include "host/os/linux/personality.h"
#include "host/os/linux/signal_tables.h"

/// Linux fs/signalfd.c. Signals wait in emulate's queues, where read takes them from; the host's
/// descriptor is an eventfd that is ready while there is one, for poll and its kin.

namespace emulate::linux_os {

/// struct signalfd_siginfo.
struct SignalfdSiginfo {
  std::uint32_t signo = 0;
  std::int32_t error = 0, code = 0;
  std::uint32_t pid = 0, uid = 0;
  std::int32_t fd = 0;
  std::uint32_t timer_id = 0, band = 0, overrun = 0, trap_number = 0;
  std::int32_t status = 0, integer = 0;
  std::uint64_t pointer = 0, user_time = 0, system_time = 0, address = 0;
};

}  // namespace emulate::linux_os

namespace emulate {
template <>
inline constexpr auto kFields<linux_os::SignalfdSiginfo> =
    fields(field<&linux_os::SignalfdSiginfo::signo>("ssi_signo"),
           field<&linux_os::SignalfdSiginfo::error>("ssi_errno"),
           field<&linux_os::SignalfdSiginfo::code>("ssi_code"),
           field<&linux_os::SignalfdSiginfo::pid>("ssi_pid"),
           field<&linux_os::SignalfdSiginfo::uid>("ssi_uid"),
           field<&linux_os::SignalfdSiginfo::fd>("ssi_fd"),
           field<&linux_os::SignalfdSiginfo::timer_id>("ssi_tid"),
           field<&linux_os::SignalfdSiginfo::band>("ssi_band"),
           field<&linux_os::SignalfdSiginfo::overrun>("ssi_overrun"),
           field<&linux_os::SignalfdSiginfo::trap_number>("ssi_trapno"),
           field<&linux_os::SignalfdSiginfo::status>("ssi_status"),
           field<&linux_os::SignalfdSiginfo::integer>("ssi_int"),
           field<&linux_os::SignalfdSiginfo::pointer>("ssi_ptr"),
           field<&linux_os::SignalfdSiginfo::user_time>("ssi_utime"),
           field<&linux_os::SignalfdSiginfo::system_time>("ssi_stime"),
           field<&linux_os::SignalfdSiginfo::address>("ssi_addr"));
}  // namespace emulate

namespace emulate::linux_os {
namespace {

constexpr std::size_t kRecordSize = 128;

SignalfdSiginfo to_record(const DataModel& model, const GuestSignal& s) {
  SignalfdSiginfo r;
  r.signo = static_cast<std::uint32_t>(s.signo);
  r.error = s.error;
  r.code = s.code;
  r.pid = static_cast<std::uint32_t>(s.pid);
  r.uid = s.uid;
  r.fd = s.fd >= 0 ? s.fd : 0;
  r.timer_id = static_cast<std::uint32_t>(s.timer_id);
  r.band = static_cast<std::uint32_t>(s.band);
  r.overrun = static_cast<std::uint32_t>(s.overrun);
  r.trap_number = static_cast<std::uint32_t>(s.trap_number);
  r.status = s.status;
  // union sigval: where the integer lies in the word is the machine's matter.
  const bool upper = model.is64() && model.order == ByteOrder::big;
  r.integer = static_cast<std::int32_t>(upper ? s.value >> 32 : s.value);
  r.pointer = s.value;
  r.user_time = static_cast<std::uint64_t>(s.user_time);
  r.system_time = static_cast<std::uint64_t>(s.system_time);
  r.address = s.address.value;
  return r;
}

class Signalfd final : public FdObject {
 public:
  /// `ready` is a duplicate of the guest's descriptor.
  Signalfd(int ready, const SignalSet& mask) : ready_(ready), mask_(mask) {}
  ~Signalfd() override { ::close(ready_); }

  SignalSet mask() const {
    const std::lock_guard lock(mutex_);
    return mask_;
  }
  void set_mask(const SignalSet& mask) {
    const std::lock_guard lock(mutex_);
    mask_ = mask;
  }
  void set_ready() const { ::eventfd_write(ready_, 1); }
  void clear_ready() const {
    // The guest may have made the descriptor a blocking one.
    pollfd p{ready_, POLLIN, 0};
    eventfd_t count = 0;
    if (::poll(&p, 1, 0) == 1) ::eventfd_read(ready_, &count);
  }

 private:
  const int ready_;
  mutable std::mutex mutex_;
  SignalSet mask_;
};

/// Tells the process's signalfds of its signals. One for the life of the process.
class Hub final : public SignalObserver {
 public:
  static Hub& instance() {
    static Hub hub;
    return hub;
  }
  /// No signalfd was ever made: read(2) need not look for one.
  bool unused() const { return !used_.load(std::memory_order_acquire); }
  void add(Process& process, const std::shared_ptr<Signalfd>& fd) {
    {
      const std::lock_guard lock(mutex_);
      std::erase_if(all_, [](const auto& f) { return f.expired(); });
      all_.push_back(fd);
    }
    if (!used_.exchange(true)) process.add_observer(*this);
  }
  void signal_posted(int signo) override {
    const std::lock_guard lock(mutex_);
    for (const auto& f : all_) {
      const auto fd = f.lock();
      if (fd && fd->mask().has(signo)) fd->set_ready();
    }
  }

 private:
  Hub() {
    pthread_atfork([] { instance().mutex_.lock(); }, [] { instance().mutex_.unlock(); },
                   [] { instance().mutex_.unlock(); });
  }
  std::mutex mutex_;
  std::vector<std::weak_ptr<Signalfd>> all_;
  std::atomic<bool> used_ = false;
};

void start_watching(Task& task, const Signalfd& fd) {
  const SignalSet mask = fd.mask();
  for (int s = 1; s <= port_of(task).signal_count; ++s) {
    if (mask.has(s)) task.process().watch_signal(s);
  }
  if (!(task.pending_signals() & mask).empty()) fd.set_ready();
}

SysResult make_signalfd(Task& task, const SignalSet& mask, std::uint32_t flags) {
  const std::uint32_t host_flags = port_flags_to_host(port_of(task).open_flags, flags);
  if ((host_flags & ~std::uint32_t{O_CLOEXEC | O_NONBLOCK}) != 0) return HostErrno{EINVAL};
  const int fd = ::eventfd(0, static_cast<int>(host_flags));
  if (fd < 0) return HostErrno{errno};
  const int copy = FdTable::make_private(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (copy < 0) {
    ::close(fd);
    return HostErrno{EMFILE};
  }
  const auto object = std::make_shared<Signalfd>(copy, mask);
  task.process().fds().attach(fd, object);
  Hub::instance().add(task.process(), object);
  start_watching(task, *object);
  return SysResult::value(static_cast<std::uint64_t>(fd));
}

SysResult sys_signalfd4(Task& task, std::int32_t guest, GuestAddr set, ULong size, Flags flags) {
  const auto wanted = load_sigset(task, set, size);
  if (!wanted) return wanted.error();
  const SignalSet mask = *wanted & ~task.process().personality().unblockable_signals();
  if (guest == -1) return make_signalfd(task, mask, bits(flags));
  const auto fd = guest_fd(task, Fd(guest));
  if (!fd) return fd.error();
  const auto object = task.process().fds().get<Signalfd>(*fd);
  if (!object) return HostErrno{::fcntl(*fd, F_GETFD) < 0 ? EBADF : EINVAL};
  object->set_mask(mask);
  object->clear_ready();
  start_watching(task, *object);
  return SysResult::value(static_cast<std::uint64_t>(guest));
}

SysResult sys_signalfd(Task& task, std::int32_t fd, GuestAddr set, ULong size) {
  return sys_signalfd4(task, fd, set, size, Flags{});
}

constexpr const char* kNote = "parent and child of a fork share the readiness of an open one";

constexpr SyscallRow kRows[] = {
    partial<&sys_signalfd>(0, "signalfd", kNote),
    partial<&sys_signalfd4>(0, "signalfd4", kNote),
};

}  // namespace

Rows signalfd_rows() { return kRows; }

std::optional<SysResult> read_signals(Task& task, Fd guest, const OutBuffer& buffer) {
  if (Hub::instance().unused()) return std::nullopt;
  const auto fd = guest_fd(task, guest);
  if (!fd) return std::nullopt;
  const auto object = task.process().fds().get<Signalfd>(*fd);
  if (!object) return std::nullopt;
  const std::uint64_t room = buffer.size / kRecordSize;
  if (room == 0) return HostErrno{EINVAL};
  const SignalSet mask = object->mask();
  std::uint64_t done = 0;
  auto signal = task.take_signal(mask);
  if (!signal && (::fcntl(*fd, F_GETFL) & O_NONBLOCK) == 0) {
    const auto waited = task.wait_signal(mask, std::nullopt);
    if (!waited) return SysResult::from_raw(-waited.error().value, true);
    signal = *waited;
  }
  for (; signal; signal = done < room ? task.take_signal(mask) : std::nullopt) {
    std::byte record[kRecordSize] = {};
    (void)encode(task.model(), to_record(task.model(), *signal), std::span<std::byte>(record));
    const GuestAddr at = buffer.address + done * kRecordSize;
    if (auto r = task.copyout(at, record, sizeof record); !r) return r.error();
    ++done;
  }
  // Cleared before looking: what comes meanwhile makes it ready again.
  object->clear_ready();
  if (!(task.pending_signals() & mask).empty()) object->set_ready();
  if (done == 0) return HostErrno{EAGAIN};
  return SysResult::value(done * kRecordSize);
}

}  // namespace emulate::linux_os
