// The kernel's own POSIX semaphores, which C libraries of before FreeBSD 9 use (FreeBSD
// sys/kern/uipc_sem.c). A semaphore is a page of shared memory behind a descriptor: a file of
// /dev/shm when it has a name.

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <optional>

#include "host/memory/copy.h"
#include "host/os/fd.h"
#include "host/os/freebsd/abi/fcntl.h"
#include "host/os/freebsd/descriptors.h"
#include "host/os/freebsd/ipc/posix_shm.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/freebsd/time.h"
#include "host/signal/blocking.h"

namespace emulate::freebsd {
namespace {

constexpr std::uint32_t kValueMax = INT_MAX;  // SEM_VALUE_MAX

/// A word of the page. The guest can cut the file short: what cannot be reached any more is an
/// error, not a fault.
class SharedWord {
 public:
  Expected<std::uint32_t> load() const { return load32(&word_); }
  /// Applies `change`, which returns nullopt to leave the value. Returns what was there before.
  template <class Change>
  Expected<std::uint32_t> update(Change change) {
    auto seen = load();
    while (seen) {
      const std::optional<std::uint32_t> next = change(*seen);
      if (!next) break;
      const auto found = cas32(&word_, *seen, *next);
      if (found == seen) break;
      seen = found;
    }
    return seen;
  }
  Expected<std::uint32_t> store(std::uint32_t value) {
    return update([value](std::uint32_t) { return std::optional(value); });
  }
  std::uint32_t* address() { return &word_; }

 private:
  std::uint32_t word_;
};

/// The shared page. A file of zeros is a semaphore of value 0.
struct SemaphorePage {
  SharedWord value;
  SharedWord waiters;
  SharedWord dead;
};

class Semaphore final : public FdObject {
 public:
  /// Null when `fd` cannot be mapped.
  static std::shared_ptr<Semaphore> map(int fd, bool anonymous) {
    void* p = mmap(nullptr, sizeof(SemaphorePage), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) return nullptr;
    return std::shared_ptr<Semaphore>(new Semaphore(static_cast<SemaphorePage*>(p), anonymous));
  }
  ~Semaphore() override { munmap(page_, sizeof(SemaphorePage)); }
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  bool has_length() const override { return false; }
  bool anonymous() const { return anonymous_; }
  bool dead() const { return page_->dead.load().value_or(1) != 0; }
  std::uint32_t value() const { return page_->value.load().value_or(0); }
  void set_value(std::uint32_t v) { (void)page_->value.store(v); }
  /// False while somebody waits.
  bool kill() {
    if (page_->waiters.load().value_or(0) != 0) return false;
    (void)page_->dead.store(1);
    return true;
  }

  SysResult post() {
    const auto before = page_->value.update(
        [](std::uint32_t v) { return v == kValueMax ? std::nullopt : std::optional(v + 1); });
    if (!before) return HostErrno{EINVAL};
    if (*before == kValueMax) return HostErrno{EOVERFLOW};
    if (page_->waiters.load().value_or(0) != 0) {
      syscall(SYS_futex, page_->value.address(), FUTEX_WAKE, 1, nullptr, nullptr, 0);
    }
    return SysResult::ok();
  }

  /// EAGAIN when the value is 0.
  Expected<void> try_take() {
    const auto before = page_->value.update(
        [](std::uint32_t v) { return v == 0 ? std::nullopt : std::optional(v - 1); });
    if (!before) return host_error(EINVAL);
    if (*before == 0) return host_error(EAGAIN);
    return {};
  }

  /// `deadline` of CLOCK_REALTIME; null: none.
  SysResult take(const timespec* deadline) {
    for (;;) {
      const auto taken = try_take();
      if (taken) return SysResult::ok();
      if (taken.error().value != EAGAIN) return taken.error();
      (void)page_->waiters.update([](std::uint32_t n) { return std::optional(n + 1); });
      const long r = blocking_syscall(SYS_futex, reinterpret_cast<long>(page_->value.address()),
                                      FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0,
                                      reinterpret_cast<long>(deadline), 0,
                                      static_cast<long>(FUTEX_BITSET_MATCH_ANY));
      (void)page_->waiters.update([](std::uint32_t n) { return std::optional(n - 1); });
      if (r < 0 && r != -EAGAIN) return SysResult::from_raw(r, true);
    }
  }

 private:
  Semaphore(SemaphorePage* page, bool anonymous) : page_(page), anonymous_(anonymous) {}
  SemaphorePage* page_;
  bool anonymous_;
};

Expected<std::shared_ptr<Semaphore>> find(Task& task, Long id) {
  if (id < 0 || id > INT_MAX) return host_error(EINVAL);
  auto s = task.process().fds().get<Semaphore>(static_cast<int>(id));
  if (s == nullptr || s->dead()) return host_error(EINVAL);
  return s;
}

/// Hands the semaphore in file `fd` to the guest.
SysResult give(Task& task, int fd, const Out<Long>& id, bool anonymous,
               const std::uint32_t* value) {
  const SysResult limited = limit_descriptor(task, SysResult::from_libc(fd));
  if (!limited.is_value()) return anonymous ? SysResult(HostErrno{ENOSPC}) : limited;
  auto s = Semaphore::map(fd, anonymous);
  auto stored = s != nullptr ? id.store(fd) : Expected<void>(host_error(ENOSPC));
  if (!stored) {
    close(fd);
    return stored.error();
  }
  if (value != nullptr) s->set_value(*value);
  task.process().fds().attach(fd, s);
  return SysResult::ok();
}

SysResult sys_ksem_init(Task& task, Out<Long> id, std::uint32_t value) {
  if (value > kValueMax) return HostErrno{EINVAL};
  const int fd = memfd_create("ksem", MFD_CLOEXEC);
  if (fd < 0 || ftruncate(fd, sizeof(SemaphorePage)) != 0) {
    if (fd >= 0) close(fd);
    return HostErrno{ENOSPC};
  }
  return give(task, fd, id, true, &value);
}

std::string semaphore_path(std::string_view name) { return posix_object_path(name, "ksem."); }

/// A new file appears under its name with its value in it.
int create_file(const std::string& path, std::uint32_t value, mode_t mode) {
  const int fd = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
  if (fd < 0) return -1;
  const std::string self = "/proc/self/fd/" + std::to_string(fd);
  const bool made = pwrite(fd, &value, sizeof value, 0) == sizeof value &&
                    ftruncate(fd, sizeof(SemaphorePage)) == 0 &&
                    linkat(AT_FDCWD, self.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0;
  if (made) return fd;
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

SysResult sys_ksem_open(Task& task, Out<Long> id, PathArg path, Flags flags, Mode mode,
                        std::uint32_t value) {
  if ((bits(flags) & ~(kOCreat | kOExcl)) != 0 || value > kValueMax) return HostErrno{EINVAL};
  const auto name = path.load();
  if (!name) return name.error();
  if (!name->starts_with('/')) return HostErrno{EINVAL};
  const std::string file = semaphore_path(*name);
  const bool creates = (bits(flags) & kOCreat) != 0;
  const bool exclusive = creates && (bits(flags) & kOExcl) != 0;
  for (;;) {
    int fd = exclusive ? -1 : open(file.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && creates && (exclusive || errno == ENOENT)) {
      fd = create_file(file, value, bits(mode) & 0777);
      // Another process was faster.
      if (fd < 0 && errno == EEXIST && !exclusive) continue;
    }
    if (fd < 0) return HostErrno{errno};
    return give(task, fd, id, false, nullptr);
  }
}

SysResult sys_ksem_unlink(Task&, PathArg path) {
  const auto name = path.load();
  if (!name) return name.error();
  if (!name->starts_with('/')) return HostErrno{ENOENT};
  return SysResult::from_libc(unlink(semaphore_path(*name).c_str()));
}

SysResult drop(Task& task, Long id) {
  const int fd = static_cast<int>(id);
  task.process().fds().closed(fd);
  return SysResult::from_libc(close(fd));
}

SysResult sys_ksem_close(Task& task, Long id) {
  const auto s = find(task, id);
  if (!s) return s.error();
  return (*s)->anonymous() ? HostErrno{EINVAL} : drop(task, id);
}

SysResult sys_ksem_destroy(Task& task, Long id) {
  const auto s = find(task, id);
  if (!s) return s.error();
  if (!(*s)->anonymous()) return HostErrno{EINVAL};
  return (*s)->kill() ? drop(task, id) : HostErrno{EBUSY};
}

SysResult sys_ksem_post(Task& task, Long id) {
  const auto s = find(task, id);
  return s ? (*s)->post() : SysResult(s.error());
}

SysResult sys_ksem_wait(Task& task, Long id) {
  const auto s = find(task, id);
  return s ? (*s)->take(nullptr) : SysResult(s.error());
}

SysResult sys_ksem_trywait(Task& task, Long id) {
  const auto s = find(task, id);
  if (!s) return s.error();
  return SysResult::from((*s)->try_take());
}

SysResult sys_ksem_timedwait(Task& task, Long id, In<Timespec> until) {
  if (!until) return sys_ksem_wait(task, id);
  const auto t = until.load();
  if (!t) return t.error();
  if (t->tv_nsec < 0 || t->tv_nsec >= kNanosecondsPerSecond) return HostErrno{EINVAL};
  const auto s = find(task, id);
  if (!s) return s.error();
  timespec deadline = to_host(*t);
  if (deadline.tv_sec < 0) deadline = {};
  return (*s)->take(&deadline);
}

SysResult sys_ksem_getvalue(Task& task, Long id, Out<std::int32_t> value) {
  const auto s = find(task, id);
  if (!s) return s.error();
  return SysResult::from(value.store(static_cast<std::int32_t>((*s)->value())));
}

constexpr SyscallRow kRows[] = {
    row<&sys_ksem_close>(400, "ksem_close"),     row<&sys_ksem_post>(401, "ksem_post"),
    row<&sys_ksem_wait>(402, "ksem_wait"),       row<&sys_ksem_trywait>(403, "ksem_trywait"),
    row<&sys_ksem_init>(404, "ksem_init"),       row<&sys_ksem_open>(405, "ksem_open"),
    row<&sys_ksem_unlink>(406, "ksem_unlink"),   row<&sys_ksem_getvalue>(407, "ksem_getvalue"),
    row<&sys_ksem_destroy>(408, "ksem_destroy"), row<&sys_ksem_timedwait>(441, "ksem_timedwait"),
};

}  // namespace

Rows ksem_rows() { return kRows; }

}  // namespace emulate::freebsd
