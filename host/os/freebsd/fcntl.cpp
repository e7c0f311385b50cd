// Descriptors as such: fcntl, dup, flock, close (FreeBSD sys/kern/kern_descrip.c).

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <memory>

#include "host/os/fd.h"
#include "host/os/freebsd/abi/fcntl.h"
#include "host/os/freebsd/descriptors.h"
#include "host/os/freebsd/pipe.h"
#include "host/os/freebsd/resource.h"
#include "host/os/freebsd/syscalls.h"
#include "host/signal/blocking.h"

namespace emulate::freebsd {

int max_fd(Task& task) {
  const auto limit = get_limit(task.process(), static_cast<std::uint32_t>(LimitKind::nofile));
  const int most = FdTable::private_base();
  return limit ? static_cast<int>(std::min<std::int64_t>(limit->cur, most)) : most;
}

Expected<int> limit_descriptor(Task& task, int fd) {
  if (fd < 0) return host_error(errno);
  if (fd < max_fd(task)) return fd;
  close(fd);
  return host_error(EMFILE);
}

SysResult limit_descriptor(Task& task, SysResult made) {
  if (!made.is_value()) return made;
  return SysResult::from(limit_descriptor(task, static_cast<int>(made.first())));
}

Expected<void> limit_descriptors(Task& task, int first, int second) {
  if (std::max(first, second) < max_fd(task)) return {};
  close(first);
  close(second);
  return host_error(EMFILE);
}

namespace {

/// The lowest free number from `lowest` on.
SysResult dup_from(Task& task, Fd fd, int lowest, bool cloexec, int out_of_range) {
  if (host(fd) < 0) return HostErrno{EBADF};
  if (lowest < 0 || lowest >= max_fd(task)) return HostErrno{out_of_range};
  const auto f = guest_fd(task, fd);
  if (!f) return f.error();
  const int copy = fcntl(*f, cloexec ? F_DUPFD_CLOEXEC : F_DUPFD, lowest);
  if (copy < 0) return HostErrno{errno};
  const auto made = limit_descriptor(task, SysResult::value(static_cast<std::uint64_t>(copy)));
  if (made.is_value()) task.process().fds().duplicated(*f, copy);
  return made;
}

/// dup2 and its kin: `to` is closed first if it is open.
SysResult dup_onto(Task& task, Fd fd, int to, bool cloexec) {
  const auto f = guest_fd(task, fd);
  if (!f) return f.error();
  if (to < 0 || to >= max_fd(task)) return HostErrno{EBADF};
  const int flags = fcntl(*f, F_GETFD);
  if (flags < 0) return HostErrno{errno};
  if (*f == to) {
    if (cloexec && fcntl(to, F_SETFD, flags | FD_CLOEXEC) < 0) return HostErrno{errno};
    return SysResult::value(static_cast<std::uint64_t>(to));
  }
  task.process().fds().closed(to);
  if (dup3(*f, to, cloexec ? O_CLOEXEC : 0) < 0) return HostErrno{errno};
  task.process().fds().duplicated(*f, to);
  return SysResult::value(static_cast<std::uint64_t>(to));
}

/// FreeBSD locks files and directories, and terminals; not pipes, fifos and sockets. Returns the
/// host errno `otherwise` for those.
Expected<int> lockable(Task& task, Fd fd, int otherwise) {
  const auto f = guest_fd(task, fd);
  if (!f) return f;
  struct stat st;
  if (fstat(*f, &st) != 0) return host_error(errno);
  if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || (st.st_mode & S_IFMT) == 0) {
    return host_error(otherwise);
  }
  return f;
}

struct LockType {
  std::int16_t guest;
  short host;
};
constexpr LockType kLockTypes[] = {{kRdlck, F_RDLCK}, {kUnlck, F_UNLCK}, {kWrlck, F_WRLCK}};

Expected<struct flock> lock_to_host(const Flock& guest) {
  struct flock out = {};
  for (const LockType& t : kLockTypes) {
    if (t.guest != guest.l_type) continue;
    out.l_type = t.host;
    out.l_whence = guest.l_whence;
    out.l_start = guest.l_start;
    out.l_len = guest.l_len;
    return out;
  }
  return host_error(EINVAL);
}

/// F_GETLK replaces what was asked for by the lock in its way, or only says that there is none.
void lock_from_host(const struct flock& found, Flock& guest) {
  for (const LockType& t : kLockTypes) {
    if (t.host == found.l_type) guest.l_type = t.guest;
  }
  if (found.l_type == F_UNLCK) return;
  guest.l_whence = found.l_whence;
  guest.l_start = found.l_start;
  guest.l_len = found.l_len;
  guest.l_pid = found.l_pid;
  guest.l_sysid = 0;
}

/// F_GETLK, F_SETLK and F_SETLKW (given as the host's command) on a structure of either age.
SysResult lock_command(Task& task, Fd fd, int host_command, Flock& lock) {
  const auto f = lockable(task, fd, EBADF);
  if (!f) return f.error();
  auto host_lock = lock_to_host(lock);
  if (!host_lock) return host_lock.error();
  const long r = blocking_syscall(SYS_fcntl, *f, host_command, reinterpret_cast<long>(&*host_lock));
  if (r == -EACCES) return HostErrno{EAGAIN};
  if (r < 0) return SysResult::from_raw(r, true);
  if (host_command == F_GETLK) lock_from_host(*host_lock, lock);
  return SysResult::ok();
}

SysResult lock_command(Task& task, Fd fd, int host_command, GuestAddr address) {
  auto lock = task.load<Flock>(address);
  if (!lock) return lock.error();
  const SysResult r = lock_command(task, fd, host_command, *lock);
  if (!r.is_value() || host_command != F_GETLK) return r;
  return SysResult::from(task.store(address, *lock));
}

SysResult old_lock_command(Task& task, Fd fd, int host_command, GuestAddr address) {
  auto old = task.load<OldFlock>(address);
  if (!old) return old.error();
  Flock lock{old->l_start, old->l_len, old->l_pid, old->l_type, old->l_whence, 0};
  const SysResult r = lock_command(task, fd, host_command, lock);
  if (!r.is_value() || host_command != F_GETLK) return r;
  return SysResult::from(task.store(
      address, OldFlock{lock.l_start, lock.l_len, lock.l_pid, lock.l_type, lock.l_whence}));
}

/// The status flags of a file open for execute only, which the host's O_PATH does not keep.
struct ExecuteOnlyFlags final : FdObject {
  std::atomic<std::uint32_t> bits = 0;
};

SysResult get_status_flags(Task& task, int fd) {
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0) return HostErrno{errno};
  if ((flags & O_PATH) != 0) {
    const auto kept = task.process().fds().get<ExecuteOnlyFlags>(fd);
    return SysResult::value(kOExec | (kept ? kept->bits.load() : 0));
  }
  if (pipe_end(task, fd) != nullptr) flags = (flags & ~O_ACCMODE) | O_RDWR;
  // O_SYNC is two bits on the host, of which O_DSYNC alone is not FreeBSD's O_FSYNC.
  return SysResult::value(flags_to_guest(kStatusFlags, static_cast<std::uint32_t>(flags)));
}

SysResult set_execute_only_flags(Task& task, int fd, std::uint32_t guest) {
  auto kept = task.process().fds().get<ExecuteOnlyFlags>(fd);
  if (!kept) task.process().fds().attach(fd, kept = std::make_shared<ExecuteOnlyFlags>());
  kept->bits = flags_to_guest(kSettableStatusFlags, flags_to_host(kSettableStatusFlags, guest));
  return SysResult::ok();
}

SysResult set_status_flags(Task& task, int fd, std::uint32_t guest) {
  const int old = fcntl(fd, F_GETFL);
  if (old < 0) return HostErrno{errno};
  if ((old & O_PATH) != 0) return set_execute_only_flags(task, fd, guest);
  if (const auto end = pipe_end(task, fd)) {
    fcntl(end->back, F_SETFL, (guest & kONonblock) != 0 ? O_NONBLOCK : 0);
  }
  const std::uint32_t kept = static_cast<std::uint32_t>(old) & ~host_bits(kSettableStatusFlags);
  return SysResult::from_libc(
      fcntl(fd, F_SETFL, static_cast<int>(kept | flags_to_host(kSettableStatusFlags, guest))));
}

/// F_RDAHEAD and F_READAHEAD, whose `bytes` is negative to turn it off.
SysResult read_ahead(Task& task, Fd fd, std::int64_t bytes) {
  const auto f = lockable(task, fd, EBADF);
  if (!f) return f.error();
  struct stat st;
  if (fstat(*f, &st) != 0) return HostErrno{errno};
  if (!S_ISREG(st.st_mode)) return HostErrno{ENOTTY};
  const int advice = bytes > 0 ? POSIX_FADV_SEQUENTIAL : POSIX_FADV_NORMAL;
  const int error = posix_fadvise(*f, 0, 0, advice);
  return error == 0 ? SysResult::ok() : HostErrno{error};
}

/// A host fcntl that takes and returns plain numbers.
SysResult plain(Task& task, Fd fd, int host_command, long argument) {
  const auto f = guest_fd(task, fd);
  if (!f) return f.error();
  return SysResult::from_libc(fcntl(*f, host_command, argument));
}

SysResult sys_fcntl(Task& task, Fd fd, std::int32_t cmd, Long arg) {
  const int number = static_cast<int>(arg.value);
  const auto word = static_cast<std::uint64_t>(arg.value);
  const GuestAddr address(task.model().is64() ? word : word & 0xffff'ffff);
  using C = FcntlCommand;
  switch (C(cmd)) {
    case C::dupfd:
      return dup_from(task, fd, number, false, EINVAL);
    case C::dupfd_cloexec:
      return dup_from(task, fd, number, true, EINVAL);
    case C::dup2fd:
      return dup_onto(task, fd, number, false);
    case C::dup2fd_cloexec:
      return dup_onto(task, fd, number, true);
    case C::getfd:
      return plain(task, fd, F_GETFD, 0);
    case C::setfd:
      return plain(task, fd, F_SETFD, arg & FD_CLOEXEC);
    case C::getfl:
    case C::setfl: {
      const auto f = guest_fd(task, fd);
      if (!f) return f.error();
      return C(cmd) == C::getfl ? get_status_flags(task, *f)
                                : set_status_flags(task, *f, static_cast<std::uint32_t>(number));
    }
    case C::getown:
      return plain(task, fd, F_GETOWN, 0);
    case C::setown:
      return plain(task, fd, F_SETOWN, number);
    case C::getlk:
      return lock_command(task, fd, F_GETLK, address);
    case C::setlk:
      return lock_command(task, fd, F_SETLK, address);
    case C::setlkw:
      return lock_command(task, fd, F_SETLKW, address);
    case C::ogetlk:
      return old_lock_command(task, fd, F_GETLK, address);
    case C::osetlk:
      return old_lock_command(task, fd, F_SETLK, address);
    case C::osetlkw:
      return old_lock_command(task, fd, F_SETLKW, address);
    case C::setlk_remote:
      return HostErrno{EPERM};  // PRIV_NFS_LOCKD
    case C::readahead:
      return read_ahead(task, fd, arg);
    case C::rdahead:
      return read_ahead(task, fd, arg != 0 ? 128 * 1024 : 0);
  }
  return HostErrno{EINVAL};
}

SysResult sys_dup(Task& task, Fd fd) { return dup_from(task, fd, 0, false, EBADF); }

SysResult sys_dup2(Task& task, Fd from, std::int32_t to) { return dup_onto(task, from, to, false); }

SysResult sys_flock(Task& task, Fd fd, std::int32_t how) {
  const auto f = lockable(task, fd, EOPNOTSUPP);
  if (!f) return f.error();
  // LOCK_* have the same values on both sides; FreeBSD looks at them in this order.
  int operation = 0;
  if ((how & LOCK_UN) != 0) {
    operation = LOCK_UN;
  } else if ((how & LOCK_EX) != 0) {
    operation = LOCK_EX | (how & LOCK_NB);
  } else if ((how & LOCK_SH) != 0) {
    operation = LOCK_SH | (how & LOCK_NB);
  } else {
    return HostErrno{EBADF};
  }
  return SysResult::from_raw(blocking_syscall(SYS_flock, *f, operation), true);
}

SysResult sys_close(Task& task, Fd fd) {
  const auto f = guest_fd(task, fd);
  if (!f) return f.error();
  if (fcntl(*f, F_GETFD) < 0) return HostErrno{errno};
  task.process().fds().closed(*f);
  // The host has closed it even when it reports an interruption.
  if (close(*f) != 0 && errno != EINTR) return HostErrno{errno};
  return SysResult::ok();
}

/// Closes, or marks for close-on-exec, all of the guest's descriptors in a range.
SysResult close_range_of(Task& task, unsigned first, unsigned last, unsigned host_flags) {
  const auto top = static_cast<unsigned>(FdTable::private_base());
  if (first >= top) return SysResult::ok();
  last = std::min(last, top - 1);
  if (host_flags == 0) {
    task.process().fds().closed_range(static_cast<int>(first), static_cast<int>(last));
  }
  return SysResult::from_libc(close_range(first, last, static_cast<int>(host_flags)));
}

SysResult sys_closefrom(Task& task, std::int32_t lowfd) {
  return close_range_of(task, static_cast<unsigned>(std::max(lowfd, 0)), UINT_MAX, 0);
}

SysResult sys_close_range(Task& task, std::uint32_t lowfd, std::uint32_t highfd, Flags flags) {
  constexpr std::uint32_t kCloexec = 1U << 2;
  if ((bits(flags) & ~kCloexec) != 0 || highfd < lowfd) return HostErrno{EINVAL};
  return close_range_of(task, lowfd, highfd,
                        (bits(flags) & kCloexec) != 0 ? CLOSE_RANGE_CLOEXEC : 0U);
}

constexpr SyscallRow kRows[] = {
    row<&sys_close>(6, "close"),
    row<&sys_dup>(41, "dup"),
    row<&sys_dup2>(90, "dup2"),
    row<&sys_fcntl>(92, "fcntl"),
    row<&sys_flock>(131, "flock"),
    row<&sys_closefrom>(509, "closefrom"),
    row<&sys_close_range>(575, "close_range"),
};

}  // namespace

Rows fcntl_rows() { return kRows; }

}  // namespace emulate::freebsd
