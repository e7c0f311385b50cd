// Message queues of POSIX, on the host's (FreeBSD sys/kern/uipc_mqueue.c). Who is to be told of a
// message is known to the host too; it tells emulate by a netlink socket, as it tells C libraries.

#include <mqueue.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>

#include "host/os/fd.h"
#include "host/os/freebsd/abi/fcntl.h"
#include "host/os/freebsd/abi/mqueue.h"
#include "host/os/freebsd/abi/signal.h"
#include "host/os/freebsd/descriptors.h"
#include "host/os/freebsd/sigevent.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/freebsd/time.h"
#include "host/os/freebsd/uio.h"
#include "host/signal/blocking.h"

namespace emulate::freebsd {
namespace {

// --- notification ----------------------------------------------------------------------------

/// What the host writes into the socket: our number of the registration, and why (the last byte).
using Cookie = std::array<std::byte, 32>;
constexpr auto kMessageCame = std::byte{1};

class Notifier {
 public:
  /// The notifier of this process; null when it cannot be had. A forked child has none of its own
  /// yet: registrations are not inherited.
  static Notifier* get(Process& process) {
    static std::mutex mutex;
    static Notifier* instance = nullptr;
    const std::scoped_lock lock(mutex);
    if (instance != nullptr && instance->owner_ == getpid()) return instance;
    auto* made = new Notifier(process);
    if (made->socket_ < 0 || !start_service_thread(&serve, made)) {
      delete made;
      return nullptr;
    }
    return instance = made;
  }

  SysResult add(int fd, const Sigevent& event) {
    std::uint64_t id = 0;
    {
      const std::scoped_lock lock(mutex_);
      id = next_++;
      waiting_[id] = {event, fd};
    }
    Cookie cookie{};
    std::memcpy(cookie.data(), &id, sizeof id);
    sigevent host{};
    host.sigev_notify = SIGEV_THREAD;
    host.sigev_signo = socket_;
    host.sigev_value.sival_ptr = cookie.data();
    const auto r = SysResult::from_libc(syscall(SYS_mq_notify, fd, &host));
    if (!r.is_value()) {
      const std::scoped_lock lock(mutex_);
      waiting_.erase(id);
      return r;
    }
    // Of a message that waits already FreeBSD tells at once (kern_kmq_notify()), the host never.
    // Whoever takes the registration tells: this, or run() when a message has just come.
    mq_attr attributes{};
    const bool waits =
        syscall(SYS_mq_getsetattr, fd, nullptr, &attributes) == 0 && attributes.mq_curmsgs > 0;
    if (const auto taken = waits ? take(id) : std::nullopt) {
      syscall(SYS_mq_notify, fd, nullptr);
      (void)post_sigevent(process_, taken->event, kSI_MESGQ, fd);
    }
    return r;
  }

 private:
  struct Registration {
    Sigevent event;
    int fd;
  };

  explicit Notifier(Process& process)
      : process_(process),
        socket_(FdTable::make_private(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0))) {}
  ~Notifier() {
    if (socket_ >= 0) close(socket_);
  }

  static void* serve(void* self) {
    static_cast<Notifier*>(self)->run();
    return nullptr;
  }

  void run() {
    for (;;) {
      Cookie cookie;
      const ssize_t n = recv(socket_, cookie.data(), cookie.size(), 0);
      if (n < 0 && errno == EINTR) continue;
      if (n != static_cast<ssize_t>(cookie.size())) return;
      std::uint64_t id = 0;
      std::memcpy(&id, cookie.data(), sizeof id);
      if (const auto r = take(id); r && cookie.back() == kMessageCame) {
        (void)post_sigevent(process_, r->event, kSI_MESGQ, r->fd);
      }
    }
  }

  std::optional<Registration> take(std::uint64_t id) {
    const std::scoped_lock lock(mutex_);
    const auto it = waiting_.find(id);
    if (it == waiting_.end()) return std::nullopt;
    const Registration r = it->second;
    waiting_.erase(it);
    return r;
  }

  Process& process_;
  const pid_t owner_ = getpid();
  const int socket_;
  std::mutex mutex_;
  std::uint64_t next_ = 1;
  std::map<std::uint64_t, Registration> waiting_;
};

// --- calls -----------------------------------------------------------------------------------

/// The name as the host takes it, without its slash.
Expected<std::string> queue_name(const PathArg& path) {
  auto name = path.load();
  if (!name) return name;
  if (name->size() > kMqNameMax) return host_error(ENAMETOOLONG);
  if (name->size() < 2 || name->front() != '/' || name->find('/', 1) != std::string::npos) {
    return host_error(EINVAL);
  }
  return name->substr(1);
}

mq_attr host_attr(const MqAttr& a) {
  mq_attr host{};
  host.mq_flags = (static_cast<std::uint64_t>(a.flags.value) & kONonblock) != 0 ? O_NONBLOCK : 0;
  host.mq_maxmsg = a.maxmsg;
  host.mq_msgsize = a.msgsize;
  return host;
}

MqAttr guest_attr(const mq_attr& h) {
  const std::int64_t flags = (h.mq_flags & O_NONBLOCK) != 0 ? kONonblock : 0;
  return {Long(flags), Long(h.mq_maxmsg), Long(h.mq_msgsize), Long(h.mq_curmsgs)};
}

SysResult sys_kmq_open(Task& task, PathArg path, Flags flags, Mode mode, In<MqAttr> attr) {
  const std::uint32_t f = bits(flags);
  if ((f & kOAccmode) == kOAccmode || (f & kOExec) != 0) return HostErrno{EINVAL};
  MqAttr wanted{{}, Long(kMqDefaultMaxmsg), Long(kMqDefaultMsgsize), {}};
  if ((f & kOCreat) != 0 && attr) {
    const auto a = attr.load();
    if (!a) return a.error();
    if (a->maxmsg <= 0 || a->maxmsg > kMqMaxmsg) return HostErrno{EINVAL};
    if (a->msgsize <= 0 || a->msgsize > kMqMaxmsgsize) return HostErrno{EINVAL};
    wanted = *a;
  }
  const auto name = queue_name(path);
  if (!name) return name.error();
  constexpr std::uint32_t kUsed = kOAccmode | kOCreat | kOExcl | kONonblock;
  const int host_flags = static_cast<int>(flags_to_host(kOpenFlags, f & kUsed)) | O_CLOEXEC;
  mq_attr host = host_attr(wanted);
  return limit_descriptor(task, SysResult::from_libc(syscall(SYS_mq_open, name->c_str(), host_flags,
                                                             bits(mode) & 06777, &host)));
}

SysResult sys_kmq_unlink(Task&, PathArg path) {
  const auto name = queue_name(path);
  if (!name) return name.error();
  return SysResult::from_libc(syscall(SYS_mq_unlink, name->c_str()));
}

SysResult sys_kmq_setattr(Task& task, Fd mqd, In<MqAttr> attr, Out<MqAttr> old) {
  std::optional<mq_attr> wanted;
  if (attr) {
    const auto a = attr.load();
    if (!a) return a.error();
    if ((a->flags & ~std::int64_t{kONonblock}) != 0) return HostErrno{EINVAL};
    wanted = host_attr(*a);
  }
  const auto fd = guest_fd(task, mqd);
  if (!fd) return fd.error();
  mq_attr before{};
  const long r = syscall(SYS_mq_getsetattr, *fd, wanted ? &*wanted : nullptr, &before);
  if (r != 0) return HostErrno{errno};
  return old ? SysResult::from(old.store(guest_attr(before))) : SysResult::ok();
}

/// A time that is none matters only to calls that would have to wait.
struct Deadline {
  timespec host{};
  bool given = false;
  bool invalid = false;

  long address() const { return given ? reinterpret_cast<long>(&host) : 0; }
  SysResult result(long raw) const {
    if (invalid && raw == -ETIMEDOUT) return HostErrno{EINVAL};
    return SysResult::from_raw(raw, true);
  }
};

Expected<Deadline> load_deadline(const In<Timespec>& time) {
  Deadline d;
  if (!time) return d;
  const auto t = time.load();
  if (!t) return tl::unexpected(t.error());
  d.given = true;
  d.invalid = t->tv_nsec < 0 || t->tv_nsec >= kNanosecondsPerSecond;
  if (!d.invalid && t->tv_sec >= 0) d.host = to_host(*t);
  return d;
}

SysResult sys_kmq_timedsend(Task& task, Fd mqd, GuestAddr message, ULong size,
                            std::uint32_t priority, In<Timespec> timeout) {
  const auto fd = guest_fd(task, mqd);
  if (!fd) return fd.error();
  const auto deadline = load_deadline(timeout);
  if (!deadline) return deadline.error();
  if (priority >= kMqPrioMax) return HostErrno{EINVAL};
  const auto p = host_buffer(task, message, size, Access::read);
  if (!p) return p.error();
  return deadline->result(blocking_syscall(SYS_mq_timedsend, *fd, reinterpret_cast<long>(*p),
                                           static_cast<long>(size.value), priority,
                                           deadline->address()));
}

SysResult sys_kmq_timedreceive(Task& task, Fd mqd, GuestAddr message, ULong size,
                               Out<std::uint32_t> priority, In<Timespec> timeout) {
  const auto fd = guest_fd(task, mqd);
  if (!fd) return fd.error();
  const auto deadline = load_deadline(timeout);
  if (!deadline) return deadline.error();
  const auto p = host_buffer(task, message, size, Access::write);
  if (!p) return p.error();
  unsigned host_priority = 0;
  const long n = blocking_syscall(SYS_mq_timedreceive, *fd, reinterpret_cast<long>(*p),
                                  static_cast<long>(size.value),
                                  reinterpret_cast<long>(&host_priority), deadline->address());
  if (n < 0) return deadline->result(n);
  if (priority) {
    if (auto r = priority.store(host_priority); !r) return r.error();
  }
  return SysResult::value(static_cast<std::uint64_t>(n));
}

SysResult sys_kmq_notify(Task& task, Fd mqd, In<Sigevent> event) {
  std::optional<Sigevent> e;
  if (event) {
    const auto loaded = event.load();
    if (!loaded) return loaded.error();
    e = *loaded;
    if (!asks_for_signal(*e) && e->notify != kSIGEV_NONE) return HostErrno{EINVAL};
    if (asks_for_signal(*e) && !signal_valid(e->signo)) return HostErrno{EINVAL};
  }
  const auto fd = guest_fd(task, mqd);
  if (!fd) return fd.error();
  if (!e) return SysResult::from_libc(syscall(SYS_mq_notify, *fd, nullptr));
  Notifier* notifier = Notifier::get(task.process());
  if (notifier == nullptr) return HostErrno{EAGAIN};
  return notifier->add(*fd, *e);
}

constexpr SyscallRow kRows[] = {
    row<&sys_kmq_open>(457, "kmq_open"),
    row<&sys_kmq_setattr>(458, "kmq_setattr"),
    row<&sys_kmq_timedreceive>(459, "kmq_timedreceive"),
    row<&sys_kmq_timedsend>(460, "kmq_timedsend"),
    row<&sys_kmq_notify>(461, "kmq_notify"),
    row<&sys_kmq_unlink>(462, "kmq_unlink"),
};

}  // namespace

Rows mqueue_rows() { return kRows; }

}  // namespace emulate::freebsd
