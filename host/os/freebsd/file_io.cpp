// Transfers, positions and lengths (FreeBSD sys/kern/sys_generic.c, vfs_vnops.c, vfs_syscalls.c).

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>

#include "host/os/freebsd/counter_fd.h"
#include "host/os/freebsd/directory_positions.h"
#include "host/os/freebsd/file_calls.h"
#include "host/os/freebsd/ktrace.h"
#include "host/os/freebsd/pipe.h"
#include "host/os/freebsd/route_socket.h"
#include "host/os/freebsd/socket.h"
#include "host/os/freebsd/socket_state.h"
#include "host/os/freebsd/uio.h"
#include "host/signal/blocking.h"

namespace emulate::freebsd {

Expected<void*> host_buffer(Task& task, GuestAddr address, std::uint64_t bytes, Access access) {
  if (bytes == 0) return nullptr;
  std::byte* p = access == Access::write ? task.memory().host_range_for_write(address, bytes)
                                         : task.memory().host_range(address, bytes);
  if (p == nullptr) return host_error(EFAULT);
  return p;
}

Expected<HostIovecs> load_iovecs(Task& task, GuestAddr address, std::uint32_t count,
                                 Access access) {
  if (count > kUioMaxIov) return host_error(EINVAL);
  const DataModel& model = task.model();
  const std::size_t size = guest_size<Iovec>(model);
  boost::container::small_vector<std::byte, 256> bytes(count * size);
  if (auto r = task.copyin(bytes.data(), address, bytes.size()); !r) {
    return tl::unexpected(r.error());
  }
  boost::container::small_vector<Iovec, 16> guest;
  std::uint64_t total = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    guest.push_back(decode<Iovec>(model, std::span<const std::byte>(&bytes[i * size], size)));
    if (guest.back().iov_len > iosize_max(model) - total) return host_error(EINVAL);
    total += guest.back().iov_len;
  }
  HostIovecs out;
  for (const Iovec& v : guest) {
    auto p = host_buffer(task, v.iov_base, v.iov_len, access);
    if (!p) return tl::unexpected(p.error());
    out.push_back({*p, v.iov_len});
  }
  return out;
}

namespace {

constexpr long arg(const void* p) { return reinterpret_cast<long>(p); }

/// A socket with SO_NOSIGPIPE, which write(2) must heed too.
bool quiet_socket(Task& task, int fd) { return no_sigpipe_used && suppresses_sigpipe(task, fd); }

/// The descriptor counts in the host's byte order, the program in the other.
bool counts_otherwise(Task& task, int fd, std::uint64_t nbyte) {
  return nbyte == sizeof(std::uint64_t) && task.model().order == ByteOrder::big &&
         task.process().fds().get<CounterFd>(fd) != nullptr;
}

SysResult transfer_count(Task& task, int fd, GuestAddr buf, Access access, long call) {
  std::byte bytes[8];
  std::uint64_t count = 0;
  if (access == Access::read) {
    if (auto r = task.copyin(bytes, buf, sizeof bytes); !r) return r.error();
    count = load_scalar(task.model(), bytes, sizeof bytes);
  }
  const long n = blocking_syscall(call, fd, arg(&count), sizeof count);
  if (n > 0 && access == Access::write) {
    store_scalar(task.model(), bytes, count, sizeof bytes);
    if (auto r = task.copyout(buf, bytes, sizeof bytes); !r) return r.error();
  }
  return SysResult::from_raw(n, true);
}

SysResult transfer_route_message(Task& task, int fd, std::span<const iovec> buffers,
                                 Access access) {
  if (access == Access::read) return send_route_message(task, fd, buffers);
  return SysResult::from_raw(receive_route_message(task, fd, buffers, 0).count, true);
}

/// Whether a transfer of `n` bytes is short because the buffer is: the kernel has it fail then
/// (dofileread(), dofilewrite()).
bool ends_at_fault(Task& task, GuestAddr buf, std::uint64_t nbyte, Access access, long n) {
  if (n <= 0 || static_cast<std::uint64_t>(n) >= nbyte) return false;
  const GuestAddr end = buf + static_cast<std::uint64_t>(n);
  const std::uint8_t wanted = access == Access::read ? kProtRead : kProtWrite;
  return end.value % task.memory().limits().page_size == 0 && !task.memory().allows(end, 1, wanted);
}

/// read, write (without an offset), pread64, pwrite64.
SysResult transfer(Task& task, Fd fd, GuestAddr buf, std::uint64_t nbyte, Access access, long call,
                   std::int64_t offset = 0) {
  if (nbyte > iosize_max(task.model())) return HostErrno{EINVAL};
  auto f = guest_fd(task, fd);
  if (!f) return f.error();
  if (counts_otherwise(task, *f, nbyte)) return transfer_count(task, *f, buf, access, call);
  auto p = host_buffer(task, buf, nbyte, access);
  if (!p) return p.error();
  if (is_route_socket(*f) && (call == SYS_read || call == SYS_write)) {
    const iovec v{*p, nbyte};
    return transfer_route_message(task, *f, std::span(&v, 1), access);
  }
  long n = call == SYS_write && quiet_socket(task, *f)
               ? blocking_syscall(SYS_sendto, *f, arg(*p), static_cast<long>(nbyte), MSG_NOSIGNAL)
               : blocking_syscall(call, *f, arg(*p), static_cast<long>(nbyte), offset);
  if (const auto end = pipe_back(task, *f, n)) {
    n = blocking_syscall(call, end->back, arg(*p), static_cast<long>(nbyte), offset);
  }
  if (ends_at_fault(task, buf, nbyte, access, n)) return HostErrno{EFAULT};
  const iovec buffer{*p, nbyte};
  ktrace_io(task, *f, access == Access::read, std::span(&buffer, 1), n);
  return SysResult::from_raw(n, true);
}

/// readv, writev, preadv, pwritev.
SysResult transfer_vector(Task& task, Fd fd, GuestAddr iovp, std::uint32_t iovcnt, Access access,
                          long call, std::int64_t offset = 0) {
  auto iovecs = load_iovecs(task, iovp, iovcnt, access);
  if (!iovecs) return iovecs.error();
  auto f = guest_fd(task, fd);
  if (!f) return f.error();
  if (is_route_socket(*f) && (call == SYS_readv || call == SYS_writev)) {
    return transfer_route_message(task, *f, {iovecs->data(), iovecs->size()}, access);
  }
  const bool quiet = call == SYS_writev && quiet_socket(task, *f);
  const auto attempt = [&](int on) {
    if (!quiet) {
      return blocking_syscall(call, on, arg(iovecs->data()), static_cast<long>(iovecs->size()),
                              offset, 0);
    }
    msghdr message{};
    message.msg_iov = iovecs->data();
    message.msg_iovlen = iovecs->size();
    return blocking_syscall(SYS_sendmsg, on, arg(&message), MSG_NOSIGNAL);
  };
  long n = attempt(*f);
  if (const auto end = pipe_back(task, *f, n)) n = attempt(end->back);
  ktrace_io(task, *f, access == Access::read, {iovecs->data(), iovecs->size()}, n);
  return SysResult::from_raw(n, true);
}

bool is_type(int fd, mode_t type) {
  struct stat st;
  return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == type;
}

/// FreeBSD seeks on character devices, terminals included, without looking at the offset.
Expected<std::int64_t> seek(Task& task, Fd fd, std::int64_t offset, std::int32_t whence) {
  auto f = guest_fd(task, fd);
  if (!f) return tl::unexpected(f.error());
  if (whence < SEEK_SET || whence > SEEK_HOLE) return host_error(EINVAL);
  const auto positions = task.process().fds().get<DirectoryPositions>(*f);
  if (positions && whence == SEEK_SET) {
    const auto position = positions->to_host(offset);
    if (!position) return position;
    offset = *position;
  }
  const off_t r = lseek(*f, offset, whence);
  if (r >= 0) return positions ? positions->to_guest(r) : r;
  const int error = errno;
  if (error == ESPIPE && is_type(*f, S_IFCHR) && (whence == SEEK_SET || whence == SEEK_CUR)) {
    return offset;
  }
  return host_error(error);
}

SysResult flush(Task& task, Fd fd, int (*call)(int)) {
  const auto f = guest_fd(task, fd);
  if (!f) return f.error();
  if (call(*f) == 0) return SysResult::ok();
  const int error = errno;
  // Character devices have nothing to flush (FreeBSD devfs_fsync()).
  return error == EINVAL && is_type(*f, S_IFCHR) ? SysResult::ok() : HostErrno{error};
}

/// posix_fadvise and posix_fallocate return their error as the call's value
/// (FreeBSD kern_posix_error()).
SysResult posix_error(Task& task, int host_errno) {
  const int error = host_errno == 0 ? 0 : task.process().personality().guest_errno(host_errno);
  return SysResult::value(static_cast<std::uint64_t>(error));
}

/// 0 for a regular file, else the error that both posix_ calls give.
int check_regular(int fd) {
  struct stat st;
  if (fstat(fd, &st) != 0) return errno;
  if (S_ISREG(st.st_mode)) return 0;
  return S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) ? ESPIPE : ENODEV;
}

/// An off_t that the guest passes by address; none when the address is null.
Expected<std::optional<std::int64_t>> load_offset(Task& task, GuestAddr address) {
  if (!address) return std::nullopt;
  std::byte bytes[8];
  if (auto r = task.copyin(bytes, address, sizeof bytes); !r) return tl::unexpected(r.error());
  return static_cast<std::int64_t>(load_scalar(task.model(), bytes, sizeof bytes));
}

Expected<void> store_offset(Task& task, GuestAddr address, std::optional<std::int64_t> offset) {
  if (!offset) return {};
  std::byte bytes[8];
  store_scalar(task.model(), bytes, static_cast<std::uint64_t>(*offset), sizeof bytes);
  return task.copyout(address, bytes, sizeof bytes);
}

}  // namespace

SysResult sys_read(Task& task, Fd fd, GuestAddr buf, ULong nbyte) {
  return transfer(task, fd, buf, nbyte, Access::write, SYS_read);
}

SysResult sys_write(Task& task, Fd fd, GuestAddr buf, ULong nbyte) {
  return transfer(task, fd, buf, nbyte, Access::read, SYS_write);
}

SysResult sys_readv(Task& task, Fd fd, GuestAddr iovp, std::uint32_t iovcnt) {
  return transfer_vector(task, fd, iovp, iovcnt, Access::write, SYS_readv);
}

SysResult sys_writev(Task& task, Fd fd, GuestAddr iovp, std::uint32_t iovcnt) {
  return transfer_vector(task, fd, iovp, iovcnt, Access::read, SYS_writev);
}

SysResult sys_pread(Task& task, Fd fd, GuestAddr buf, ULong nbyte, std::int64_t offset) {
  return transfer(task, fd, buf, nbyte, Access::write, SYS_pread64, offset);
}

SysResult sys_pwrite(Task& task, Fd fd, GuestAddr buf, ULong nbyte, std::int64_t offset) {
  return transfer(task, fd, buf, nbyte, Access::read, SYS_pwrite64, offset);
}

SysResult sys_preadv(Task& task, Fd fd, GuestAddr iovp, std::uint32_t iovcnt, std::int64_t offset) {
  return transfer_vector(task, fd, iovp, iovcnt, Access::write, SYS_preadv, offset);
}

SysResult sys_pwritev(Task& task, Fd fd, GuestAddr iovp, std::uint32_t iovcnt,
                      std::int64_t offset) {
  return transfer_vector(task, fd, iovp, iovcnt, Access::read, SYS_pwritev, offset);
}

SysResult freebsd6_pread(Task& task, Fd fd, GuestAddr buf, ULong nbyte, std::int32_t,
                         std::int64_t offset) {
  return sys_pread(task, fd, buf, nbyte, offset);
}

SysResult freebsd6_pwrite(Task& task, Fd fd, GuestAddr buf, ULong nbyte, std::int32_t,
                          std::int64_t offset) {
  return sys_pwrite(task, fd, buf, nbyte, offset);
}

SysResult sys_lseek(Task& task, Fd fd, std::int64_t offset, std::int32_t whence) {
  const auto r = seek(task, fd, offset, whence);
  if (!r) return r.error();
  return SysResult::wide(static_cast<std::uint64_t>(*r));
}

SysResult freebsd6_lseek(Task& task, Fd fd, std::int32_t, std::int64_t offset,
                         std::int32_t whence) {
  return sys_lseek(task, fd, offset, whence);
}

SysResult old_lseek(Task& task, Fd fd, Long offset, std::int32_t whence) {
  return SysResult::from(seek(task, fd, offset, whence));
}

/// Fifos and devices take any length and keep none (FreeBSD ufs_setattr(), devfs_setattr()); the
/// host refuses. Pipes, which have no name, are refused by both.
bool length_is_ignored(const struct stat& st) {
  return S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode);
}

SysResult sys_truncate(Task& task, PathArg path, std::int64_t length) {
  if (length < 0) return HostErrno{EINVAL};
  const auto p = load_path(task, path);
  if (!p) return p.error();
  if (truncate(p->c_str(), length) == 0) return SysResult::ok();
  const int error = errno;
  struct stat st;
  const bool ignored = error == EINVAL && stat(p->c_str(), &st) == 0 && length_is_ignored(st) &&
                       faccessat(AT_FDCWD, p->c_str(), W_OK, AT_EACCESS) == 0;
  return ignored ? SysResult::ok() : HostErrno{error};
}

SysResult freebsd6_truncate(Task& task, PathArg path, std::int32_t, std::int64_t length) {
  return sys_truncate(task, path, length);
}

SysResult old_truncate(Task& task, PathArg path, Long length) {
  return sys_truncate(task, path, length);
}

SysResult sys_ftruncate(Task& task, Fd fd, std::int64_t length) {
  if (length < 0) return HostErrno{EINVAL};
  const auto f = guest_fd(task, fd);
  if (!f) return f.error();
  const auto object = task.process().fds().find(*f);
  if (object != nullptr && !object->has_length()) return HostErrno{EINVAL};
  if (ftruncate(*f, length) == 0) return SysResult::ok();
  const int error = errno;
  struct stat st;
  struct statfs fs;
  const bool named = fstat(*f, &st) == 0 && fstatfs(*f, &fs) == 0 && fs.f_type != PIPEFS_MAGIC;
  const int status = fcntl(*f, F_GETFL);
  const bool ignored = error == EINVAL && named && length_is_ignored(st) &&
                       (status & O_PATH) == 0 && (status & O_ACCMODE) != O_RDONLY;
  return ignored ? SysResult::ok() : HostErrno{error};
}

SysResult freebsd6_ftruncate(Task& task, Fd fd, std::int32_t, std::int64_t length) {
  return sys_ftruncate(task, fd, length);
}

SysResult old_ftruncate(Task& task, Fd fd, Long length) { return sys_ftruncate(task, fd, length); }

SysResult sys_fsync(Task& task, Fd fd) { return flush(task, fd, fsync); }

SysResult sys_fdatasync(Task& task, Fd fd) { return flush(task, fd, fdatasync); }

SysResult sys_sync(Task&) {
  sync();
  return SysResult::ok();
}

SysResult sys_posix_fallocate(Task& task, Fd fd, std::int64_t offset, std::int64_t len) {
  if (offset < 0 || len <= 0) return posix_error(task, EINVAL);
  if (offset > INT64_MAX - len) return posix_error(task, EFBIG);
  const auto f = guest_fd(task, fd);
  if (!f) return posix_error(task, f.error().value);
  if (const int error = check_regular(*f)) return posix_error(task, error);
  // The C library writes zeros where the filesystem cannot allocate, as FreeBSD's kernel does.
  return posix_error(task, posix_fallocate(*f, offset, len));
}

SysResult sys_posix_fadvise(Task& task, Fd fd, std::int64_t offset, std::int64_t len,
                            std::int32_t advice) {
  if (offset < 0 || len < 0 || offset > INT64_MAX - len) return posix_error(task, EINVAL);
  // POSIX_FADV_* have the same values on both sides.
  if (advice < POSIX_FADV_NORMAL || advice > POSIX_FADV_NOREUSE) return posix_error(task, EINVAL);
  const auto f = guest_fd(task, fd);
  if (!f) return posix_error(task, f.error().value);
  if (const int error = check_regular(*f)) return posix_error(task, error);
  return posix_error(task, posix_fadvise(*f, offset, len, advice));
}

SysResult sys_copy_file_range(Task& task, Fd infd, GuestAddr inoffp, Fd outfd, GuestAddr outoffp,
                              ULong len, Flags flags) {
  if (bits(flags) != 0) return HostErrno{EINVAL};
  const auto in = guest_fd(task, infd);
  if (!in) return in.error();
  const auto out = guest_fd(task, outfd);
  if (!out) return out.error();
  auto in_offset = load_offset(task, inoffp);
  if (!in_offset) return in_offset.error();
  auto out_offset = load_offset(task, outoffp);
  if (!out_offset) return out_offset.error();
  const long r =
      blocking_syscall(SYS_copy_file_range, *in, *in_offset ? arg(&**in_offset) : 0, *out,
                       *out_offset ? arg(&**out_offset) : 0, static_cast<long>(len.value), 0);
  if (r < 0) return SysResult::from_raw(r, true);
  if (auto s = store_offset(task, inoffp, *in_offset); !s) return s.error();
  if (auto s = store_offset(task, outoffp, *out_offset); !s) return s.error();
  return SysResult::from_raw(r);
}

}  // namespace emulate::freebsd
