#include <fcntl.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/os/linux/abi/fcntl.h"
#include "host/os/linux/pass.h"
#include "host/os/linux/personality.h"

/// Descriptors (Linux fs/fcntl.c, fs/file.c, fs/locks.c).

namespace emulate::linux_os {
namespace {

// Linux include/uapi/asm-generic/fcntl.h; 32-bit ports have the commands with flock64 besides.
enum Command : std::int32_t {
  kGetlk = 5,
  kSetlk = 6,
  kSetlkw = 7,
  kGetlk64 = 12,
  kSetlk64 = 13,
  kSetlkw64 = 14,
};

constexpr int kHostGetlk = F_GETLK;

template <class T>
SysResult lock(Task& task, int fd, int command, GuestAddr address,
               const Layout& layout = kLayout<T>) {
  std::vector<std::byte> bytes(guest_size(layout, task.model()));
  if (auto r = task.copyin(bytes.data(), address, bytes.size()); !r) return r.error();
  T guest;
  decode(layout, task.model(), bytes, &guest);
  struct flock host {};
  host.l_type = guest.type;
  host.l_whence = guest.whence;
  host.l_start = guest.start;
  host.l_len = guest.length;
  host.l_pid = guest.pid;
  const bool waits = command == F_SETLKW || command == F_OFD_SETLKW;
  const long r = waits ? blocking_syscall(SYS_fcntl, fd, command, reinterpret_cast<long>(&host))
                       : raw_syscall(SYS_fcntl, fd, command, reinterpret_cast<long>(&host));
  if (r < 0) return SysResult::from_raw(r, true);
  if (command != kHostGetlk && command != F_OFD_GETLK) return SysResult::ok();
  guest.type = host.l_type;
  guest.whence = host.l_whence;
  guest.start = host.l_start;
  guest.length = host.l_len;
  guest.pid = host.l_pid;
  if (!encode(layout, task.model(), &guest, bytes)) return HostErrno{EOVERFLOW};
  return SysResult::from(task.copyout(address, bytes.data(), bytes.size()));
}

SysResult set_flags(Task& task, int fd, std::uint32_t guest) {
  const std::uint32_t flags = port_flags_to_host(port_of(task).open_flags, guest);
  return SysResult::from_raw(raw_syscall(SYS_fcntl, fd, F_SETFL, flags));
}

SysResult get_flags(Task& task, int fd) {
  const long r = raw_syscall(SYS_fcntl, fd, F_GETFL);
  if (r < 0) return SysResult::from_raw(r);
  return SysResult::value(
      port_flags_to_guest(port_of(task).open_flags, static_cast<std::uint32_t>(r)));
}

SysResult owner(Task& task, int fd, int command, GuestAddr address) {
  f_owner_ex host{};
  if (command == F_SETOWN_EX) {
    const auto o = task.load<OwnerEx>(address);
    if (!o) return o.error();
    host.type = static_cast<decltype(host.type)>(o->type);
    host.pid = o->pid;
  }
  const long r = raw_syscall(SYS_fcntl, fd, command, reinterpret_cast<long>(&host));
  if (r < 0 || command == F_SETOWN_EX) return SysResult::from_raw(r);
  return SysResult::from(
      task.store(address, OwnerEx{static_cast<std::int32_t>(host.type), host.pid}));
}

SysResult duplicate(Task& task, int fd, int command, int least) {
  if (FdTable::is_private(least)) return HostErrno{EINVAL};
  const long copy = raw_syscall(SYS_fcntl, fd, command, least);
  if (copy >= FdTable::private_base()) {
    ::close(static_cast<int>(copy));
    return HostErrno{EMFILE};
  }
  if (copy >= 0) task.process().fds().duplicated(fd, static_cast<int>(copy));
  return SysResult::from_raw(copy);
}

SysResult sys_fcntl(Task& task, Fd guest, std::int32_t command, ULong argument) {
  const auto fd = guest_fd(task, guest);
  if (!fd) return fd.error();
  const GuestAddr address(argument.value);
  const auto word = static_cast<long>(static_cast<std::int32_t>(argument.value));
  const bool is64 = task.model().is64();
  const Port& port = port_of(task);
  command = number_to_host(port.fcntl_commands, command);
  switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      return duplicate(task, *fd, command, static_cast<int>(word));
    case F_GETFL:
      return get_flags(task, *fd);
    case F_SETFL:
      return set_flags(task, *fd, static_cast<std::uint32_t>(word));
    case kGetlk:
    case kSetlk:
    case kSetlkw:
      return lock<Flock>(task, *fd, command, address, *layout_or<Flock>(port.flock));
    case kGetlk64:
    case kSetlk64:
    case kSetlkw64:
      if (is64) return HostErrno{EINVAL};
      return lock<Flock64>(task, *fd, command - kGetlk64 + kGetlk, address);
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
      return lock<Flock64>(task, *fd, command, address);
    case F_GETOWN_EX:
    case F_SETOWN_EX:
      return owner(task, *fd, command, address);
    case F_SETSIG:
      return SysResult::from_raw(
          raw_syscall(SYS_fcntl, *fd, command,
                      task.process().personality().signal_to_host(static_cast<int>(word))));
    case F_GETSIG: {
      const long r = raw_syscall(SYS_fcntl, *fd, command);
      if (r <= 0) return SysResult::from_raw(r);
      return SysResult::value(static_cast<std::uint64_t>(
          task.process().personality().signal_to_guest(static_cast<int>(r))));
    }
    case F_GET_RW_HINT:
    case F_SET_RW_HINT:
    case F_GET_FILE_RW_HINT:
    case F_SET_FILE_RW_HINT: {
      auto hint = task.load<std::uint64_t>(address);
      if (!hint) return hint.error();
      const long r = raw_syscall(SYS_fcntl, *fd, command, reinterpret_cast<long>(&*hint));
      if (r < 0) return SysResult::from_raw(r);
      return SysResult::from(task.store(address, *hint));
    }
    case F_GETFD:
    case F_SETFD:
    case F_GETOWN:
    case F_SETOWN:
    case F_SETLEASE:
    case F_GETLEASE:
    case F_NOTIFY:
    case F_SETPIPE_SZ:
    case F_GETPIPE_SZ:
    case F_ADD_SEALS:
    case F_GET_SEALS:
      return SysResult::from_raw(raw_syscall(SYS_fcntl, *fd, command, word));
    default:
      return HostErrno{EINVAL};
  }
}

// --- close, dup ----------------------------------------------------------------------------------

SysResult sys_close(Task& task, Fd guest) {
  const auto fd = guest_fd(task, guest);
  if (!fd) return fd.error();
  task.process().fds().closed(*fd);
  return SysResult::from_libc(::close(*fd));
}

SysResult sys_close_range(Task& task, std::uint32_t first, std::uint32_t last, Flags flags) {
  constexpr std::uint32_t kUnshare = 1u << 1;
  constexpr std::uint32_t kCloexec = 1u << 2;
  if ((bits(flags) & ~(kUnshare | kCloexec)) != 0 || first > last) return HostErrno{EINVAL};
  const auto end = static_cast<std::uint32_t>(FdTable::private_base() - 1);
  if (first > end) return SysResult::ok();
  last = std::min(last, end);
  if ((bits(flags) & kCloexec) == 0) {
    task.process().fds().closed_range(static_cast<int>(first), static_cast<int>(last));
  }
  return SysResult::from_raw(raw_syscall(SYS_close_range, first, last, bits(flags) & kCloexec));
}

SysResult sys_dup(Task& task, Fd guest) {
  const auto fd = guest_fd(task, guest);
  if (!fd) return fd.error();
  const long copy = raw_syscall(SYS_dup, *fd);
  if (copy >= 0) task.process().fds().duplicated(*fd, static_cast<int>(copy));
  return SysResult::from_raw(copy);
}

SysResult duplicate_to(Task& task, Fd from, Fd to, int flags) {
  const auto fd = guest_fd(task, from);
  if (!fd) return fd.error();
  const auto target = guest_fd(task, to);
  if (!target) return target.error();
  if (::fcntl(*fd, F_GETFD) < 0) return HostErrno{EBADF};
  task.process().fds().closed(*target);
  const long r = blocking_syscall(SYS_dup3, *fd, *target, flags);
  if (r >= 0) task.process().fds().duplicated(*fd, *target);
  return SysResult::from_raw(r, true);
}

SysResult sys_dup2(Task& task, Fd from, Fd to) {
  if (from != to) return duplicate_to(task, from, to, 0);
  const auto fd = guest_fd(task, from);
  if (!fd) return fd.error();
  if (::fcntl(*fd, F_GETFD) < 0) return HostErrno{EBADF};
  return SysResult::value(static_cast<std::uint64_t>(*fd));
}

SysResult sys_dup3(Task& task, Fd from, Fd to, Flags flags) {
  const std::uint32_t f = port_flags_to_host(port_of(task).open_flags, bits(flags));
  if ((f & ~std::uint32_t{O_CLOEXEC}) != 0 || from == to) return HostErrno{EINVAL};
  return duplicate_to(task, from, to, static_cast<int>(f));
}

SysResult make_pipe(Task& task, GuestAddr fds, std::uint32_t guest_flags) {
  int host[2];
  const std::uint32_t flags = port_flags_to_host(port_of(task).open_flags, guest_flags);
  if (::pipe2(host, static_cast<int>(flags)) != 0) return HostErrno{errno};
  auto stored = task.store<std::int32_t>(fds, host[0]);
  if (stored) stored = task.store<std::int32_t>(fds + 4, host[1]);
  if (stored) return SysResult::ok();
  ::close(host[0]);
  ::close(host[1]);
  return stored.error();
}

SysResult sys_pipe2(Task& task, GuestAddr fds, Flags flags) {
  return make_pipe(task, fds, bits(flags));
}

SysResult sys_pipe(Task& task, GuestAddr fds) {
  if (!port_of(task).pipe_in_registers) return make_pipe(task, fds, 0);
  int host[2];
  if (::pipe(host) != 0) return HostErrno{errno};
  return SysResult::pair(static_cast<std::uint64_t>(host[0]), static_cast<std::uint64_t>(host[1]));
}

constexpr SyscallRow kRows[] = {
    call<&sys_close>("close"),   call<&sys_close_range>("close_range"),
    call<&sys_dup>("dup"),       call<&sys_dup2>("dup2"),
    call<&sys_dup3>("dup3"),     call<&sys_fcntl>("fcntl"),
    call<&sys_fcntl>("fcntl64"), waits<SYS_flock, Fd, std::int32_t>("flock"),
    call<&sys_pipe>("pipe"),     call<&sys_pipe2>("pipe2"),
};

}  // namespace

Rows fcntl_rows() { return kRows; }

}  // namespace emulate::linux_os
