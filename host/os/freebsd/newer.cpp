/// Calls that FreeBSD 13 and 14 added, where they are not with their kin (FreeBSD 14
/// sys/kern/syscalls.master).

#include <fcntl.h>
#include <linux/kcmp.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "host/os/freebsd/abi/fcntl.h"
#include "host/os/freebsd/counter_fd.h"
#include "host/os/freebsd/descriptors.h"
#include "host/os/freebsd/file_calls.h"
#include "host/os/freebsd/sigfastblock.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/freebsd/time.h"
#include "host/os/path.h"

namespace emulate::freebsd {
namespace {

/// struct spacectl_range.
struct SpacectlRange {
  std::int64_t offset = 0;
  std::int64_t length = 0;
};

/// struct specialfd_eventfd.
struct SpecialEventfd {
  std::uint32_t initial = 0;
  std::uint32_t flags = 0;
};

}  // namespace
}  // namespace emulate::freebsd

namespace emulate {
template <>
inline constexpr auto kFields<freebsd::SpacectlRange> =
    fields(field<&freebsd::SpacectlRange::offset>("r_offset"),
           field<&freebsd::SpacectlRange::length>("r_len"));
template <>
inline constexpr auto kFields<freebsd::SpecialEventfd> =
    fields(field<&freebsd::SpecialEventfd::initial>("initval"),
           field<&freebsd::SpecialEventfd::flags>("flags"));
}  // namespace emulate

namespace emulate::freebsd {
namespace {

// --- files -----------------------------------------------------------------------------------

/// Removes the name only while it still names the file that is open on `fd`.
SysResult sys_funlinkat(Task& task, Fd directory, PathArg path, Fd fd, Flags flag) {
  constexpr Fd kNone = Fd(-200);
  constexpr std::uint32_t kResolveBeneath = 0x2000;
  if ((bits(flag) & ~(kAtRemovedir | kResolveBeneath)) != 0) return HostErrno{EINVAL};
  if (fd != kNone) {
    const auto open = guest_fd(task, fd);
    if (!open) return open.error();
    const auto p = load_path(task, directory, path, PathResolver::Follow::no);
    if (!p) return p.error();
    struct stat have {};
    struct stat named {};
    if (fstat(*open, &have) != 0) return HostErrno{errno};
    if (fstatat(p->dirfd, p->c_str(), &named, AT_SYMLINK_NOFOLLOW) != 0) return HostErrno{errno};
    if (have.st_dev != named.st_dev || have.st_ino != named.st_ino) return HostErrno{EDEADLK};
  }
  return sys_unlinkat(task, directory, path, Flags(bits(flag) & kAtRemovedir));
}

SysResult sys_realpathat(Task& task, Fd fd, PathArg path, GuestAddr buf, ULong size, Flags flags) {
  if (bits(flags) != 0) return HostErrno{EINVAL};
  const auto p = load_path(task, fd, path);
  if (!p) return p.error();
  const int file = openat(p->dirfd, p->c_str(), O_PATH | O_CLOEXEC);
  if (file < 0) return HostErrno{errno};
  char text[PATH_MAX];
  const std::string self = "/proc/self/fd/" + std::to_string(file);
  const ssize_t n = readlink(self.c_str(), text, sizeof text);
  const int error = errno;
  close(file);
  if (n < 0) return HostErrno{error};
  const std::string name = task.process().paths().to_guest({text, static_cast<std::size_t>(n)});
  if (name.size() + 1 > size) return HostErrno{ENAMETOOLONG};
  return SysResult::from(task.copyout(buf, name.c_str(), name.size() + 1));
}

SysResult sys_fspacectl(Task& task, Fd fd, std::int32_t command, In<SpacectlRange> request,
                        Flags flags, Out<SpacectlRange> left) {
  constexpr std::int32_t kDealloc = 1;
  const auto range = request.load();
  if (!range) return range.error();
  if (command != kDealloc || bits(flags) != 0 || range->offset < 0 || range->length <= 0 ||
      range->offset > INT64_MAX - range->length) {
    return HostErrno{EINVAL};
  }
  const auto f = guest_fd(task, fd);
  if (!f) return f.error();
  struct stat st {};
  if (fstat(*f, &st) != 0) return HostErrno{errno};
  if (!S_ISREG(st.st_mode)) return HostErrno{ENODEV};
  const int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  if (fallocate(*f, mode, range->offset, range->length) != 0) return HostErrno{errno};
  if (!left) return SysResult::ok();
  const std::int64_t end = std::min<std::int64_t>(range->offset + range->length, st.st_size);
  return SysResult::from(left.store({std::max(range->offset, end), 0}));
}

// --- descriptors that count ------------------------------------------------------------------

SysResult counter(Task& task, int fd) {
  const SysResult made = limit_descriptor(task, SysResult::from_libc(fd));
  if (made.is_value()) task.process().fds().attach(fd, std::make_shared<CounterFd>());
  return made;
}

constexpr std::uint32_t kFdFlags = kONonblock | kOCloexec;
/// EFD_* and TFD_* of the host are O_*.
int host_fd_flags(std::uint32_t flags) {
  return static_cast<int>(flags_to_host(kOpenFlags, flags & kFdFlags));
}

SysResult sys_specialfd(Task& task, std::int32_t type, In<SpecialEventfd> request, ULong size) {
  constexpr std::int32_t kEventfd = 1;
  constexpr std::uint32_t kSemaphore = 1;
  if (type != kEventfd || size != guest_size<SpecialEventfd>(task.model())) {
    return HostErrno{EINVAL};
  }
  const auto r = request.load();
  if (!r) return r.error();
  if ((r->flags & ~(kSemaphore | kFdFlags)) != 0) return HostErrno{EINVAL};
  const int semaphore = (r->flags & kSemaphore) != 0 ? EFD_SEMAPHORE : 0;
  return counter(task, eventfd(r->initial, host_fd_flags(r->flags) | semaphore));
}

SysResult sys_timerfd_create(Task& task, std::int32_t clock, Flags flags) {
  if ((bits(flags) & ~kFdFlags) != 0) return HostErrno{EINVAL};
  const bool monotonic = clock == kCLOCK_MONOTONIC || clock == kCLOCK_UPTIME;
  if (!monotonic && clock != kCLOCK_REALTIME) return HostErrno{EINVAL};
  return counter(task, timerfd_create(monotonic ? CLOCK_MONOTONIC : CLOCK_REALTIME,
                                      host_fd_flags(bits(flags))));
}

Itimerspec to_guest(const itimerspec& t) {
  return {freebsd::to_guest(t.it_interval), freebsd::to_guest(t.it_value)};
}

SysResult sys_timerfd_gettime(Task& task, Fd fd, Out<Itimerspec> value) {
  const auto f = guest_fd(task, fd);
  if (!f) return f.error();
  itimerspec now{};
  if (timerfd_gettime(*f, &now) != 0) return HostErrno{errno};
  return SysResult::from(value.store(to_guest(now)));
}

SysResult sys_timerfd_settime(Task& task, Fd fd, Flags flags, In<Itimerspec> value,
                              Out<Itimerspec> old) {
  constexpr std::uint32_t kAbstime = 1, kCancelOnSet = 2;  // the host's values too
  const auto v = value.load();
  if (!v) return v.error();
  if ((bits(flags) & ~(kAbstime | kCancelOnSet)) != 0) return HostErrno{EINVAL};
  const auto f = guest_fd(task, fd);
  if (!f) return f.error();
  const itimerspec wanted{to_host(v->interval), to_host(v->value)};
  itimerspec before{};
  if (timerfd_settime(*f, static_cast<int>(bits(flags)), &wanted, &before) != 0) {
    return HostErrno{errno};
  }
  return old ? SysResult::from(old.store(to_guest(before))) : SysResult::ok();
}

// --- processors and processes ----------------------------------------------------------------

SysResult sys_sched_getcpu(Task&) { return SysResult::from_libc(sched_getcpu()); }

/// The commands have the host's numbers.
SysResult sys_membarrier(Task&, std::int32_t command, Flags flags, std::int32_t) {
  constexpr int kKnown =
      MEMBARRIER_CMD_GLOBAL | MEMBARRIER_CMD_GLOBAL_EXPEDITED |
      MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED | MEMBARRIER_CMD_PRIVATE_EXPEDITED |
      MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED | MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE |
      MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE;
  if (bits(flags) != 0 || (command & ~kKnown) != 0) return HostErrno{EINVAL};
  const long r = syscall(SYS_membarrier, command, 0, 0);
  if (r < 0) return HostErrno{errno};
  return SysResult::value(static_cast<std::uint64_t>(command == 0 ? r & kKnown : r));
}

struct Comparison {
  std::int32_t guest;
  int host;
};
constexpr Comparison kComparisons[] = {
    {100, KCMP_FILE}, {101, KCMP_FILE}, {102, KCMP_FILES}, {103, KCMP_SIGHAND}, {104, KCMP_VM},
};

SysResult sys_kcmp(Task&, std::int32_t pid1, std::int32_t pid2, std::int32_t type, ULong index1,
                   ULong index2) {
  for (const Comparison& c : kComparisons) {
    if (c.guest != type) continue;
    return SysResult::from_libc(syscall(SYS_kcmp, pid1, pid2, c.host, index1.value, index2.value));
  }
  return HostErrno{EINVAL};
}

SysResult not_permitted(Task&) { return HostErrno{EPERM}; }

constexpr SyscallRow kRows[] = {
    row<&sys_funlinkat>(568, "funlinkat"),
    row<&sys_sigfastblock>(573, "sigfastblock"),
    row<&sys_realpathat>(574, "__realpathat"),
    row<&sys_specialfd>(577, "__specialfd"),
    row<&sys_fspacectl>(580, "fspacectl"),
    row<&sys_sched_getcpu>(581, "sched_getcpu"),
    refused<&not_permitted>(582, "swapoff", "EPERM, as without the privilege"),
    row<&sys_membarrier>(584, "membarrier"),
    row<&sys_timerfd_create>(585, "timerfd_create"),
    row<&sys_timerfd_gettime>(586, "timerfd_gettime"),
    row<&sys_timerfd_settime>(587, "timerfd_settime"),
    row<&sys_kcmp>(588, "kcmp"),
};

}  // namespace

Rows newer_rows() { return kRows; }

}  // namespace emulate::freebsd
