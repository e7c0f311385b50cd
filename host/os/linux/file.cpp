#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>

#include "host/os/linux/abi/stat.h"
#include "host/os/linux/event_records.h"
#include "host/os/linux/personality.h"
#include "host/os/linux/proc.h"
#include "host/os/linux/signalfd.h"
#include "host/os/linux/vectors.h"

/// Opening, transfers and names (Linux fs/open.c, fs/read_write.c, fs/namei.c).

namespace emulate::linux_os {

Expected<HostIovecs> load_iovecs(Task& task, GuestAddr address, std::uint64_t count, bool written) {
  constexpr std::uint64_t kMostIovecs = 1024;
  if (count > kMostIovecs) return host_error(EINVAL);
  const DataModel& model = task.model();
  const std::size_t size = guest_size<Iovec>(model);
  boost::container::small_vector<std::byte, 256> bytes(count * size);
  if (auto r = task.copyin(bytes.data(), address, bytes.size()); !r) {
    return tl::unexpected(r.error());
  }
  const std::uint64_t most = model.is64() ? INT64_MAX : INT32_MAX;
  HostIovecs out;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto v = decode<Iovec>(model, std::span<const std::byte>(&bytes[i * size], size));
    if (v.length.value > most) return host_error(EINVAL);
    auto p = host_buffer(task, v.base, v.length, written);
    if (!p) return tl::unexpected(p.error());
    out.push_back({*p, v.length});
  }
  return out;
}

namespace {

// --- open ----------------------------------------------------------------------------------------

SysResult open_file(Task& task, Fd directory, const PathArg& path, std::uint32_t guest_flags,
                    std::uint32_t mode, std::uint64_t resolve = 0) {
  const std::uint32_t flags = port_flags_to_host(port_of(task).open_flags, guest_flags);
  auto text = path.load();
  if (!text) return text.error();
  if (auto fd = open_proc_view(task, *text, static_cast<int>(flags)); fd) {
    return SysResult::from(*fd);
  }
  const bool creates = (flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) != 0;
  const Follow follow = (flags & (O_NOFOLLOW | O_EXCL)) != 0 ? Follow::no : Follow::yes;
  const auto where = load_path(task, directory, path, follow, creates);
  if (!where) return where.error();
  if (resolve == 0) {
    return SysResult::from_raw(
        blocking_syscall(SYS_openat, where->dirfd, reinterpret_cast<long>(where->c_str()), flags,
                         mode),
        true);
  }
  const std::uint64_t how[3] = {flags, mode, resolve};
  return SysResult::from_raw(
      blocking_syscall(SYS_openat2, where->dirfd, reinterpret_cast<long>(where->c_str()),
                       reinterpret_cast<long>(how), sizeof how),
      true);
}

SysResult sys_openat(Task& task, Fd directory, PathArg path, Flags flags, Mode mode) {
  return open_file(task, directory, path, bits(flags), bits(mode));
}
SysResult sys_open(Task& task, PathArg path, Flags flags, Mode mode) {
  return open_file(task, kAtFdcwd, path, bits(flags), bits(mode));
}
SysResult sys_creat(Task& task, PathArg path, Mode mode) {
  return open_file(task, kAtFdcwd, path, O_CREAT | O_WRONLY | O_TRUNC, bits(mode));
}

SysResult sys_openat2(Task& task, Fd directory, PathArg path, GuestAddr how, ULong size) {
  if (size.value < 24) return HostErrno{EINVAL};
  if (size.value > 4096) return HostErrno{E2BIG};
  std::vector<std::byte> bytes(size);
  if (auto r = task.copyin(bytes.data(), how, size); !r) return r.error();
  for (std::size_t i = 24; i < bytes.size(); ++i) {
    if (bytes[i] != std::byte{}) return HostErrno{E2BIG};
  }
  const auto word = [&](std::size_t i) { return load_scalar(task.model(), &bytes[i * 8], 8); };
  if (word(0) >> 32 != 0 || word(1) >> 12 != 0) return HostErrno{EINVAL};
  return open_file(task, directory, path, static_cast<std::uint32_t>(word(0)),
                   static_cast<std::uint32_t>(word(1)), word(2));
}

// --- transfers -----------------------------------------------------------------------------------

SysResult sys_llseek(Task& task, Fd fd, std::uint32_t high, std::uint32_t low,
                     Out<std::int64_t> result, std::int32_t whence) {
  const auto number = guest_fd(task, fd);
  if (!number) return number.error();
  const off_t at = ::lseek(*number, static_cast<off_t>(std::uint64_t{high} << 32 | low), whence);
  if (at < 0) return HostErrno{errno};
  return SysResult::from(result.store(at));
}

SysResult sys_read(Task& task, Fd fd, OutBuffer buffer) {
  if (const auto signals = read_signals(task, fd, buffer)) return *signals;
  if (const auto records = read_records(task, fd, buffer)) return *records;
  return pass_call<SYS_read, Sleep::restarts>(task, fd, buffer);
}

SysResult sys_write(Task& task, Fd fd, InBuffer buffer) {
  if (const auto records = write_records(task, fd, buffer)) return *records;
  return pass_call<SYS_write, Sleep::restarts>(task, fd, buffer);
}

/// lseek of 32-bit ports: an offset that does not fit is EOVERFLOW, after the fact.
SysResult sys_lseek(Task& task, Fd fd, Long offset, std::int32_t whence) {
  const auto number = guest_fd(task, fd);
  if (!number) return number.error();
  const off_t at = ::lseek(*number, offset, whence);
  if (at < 0) return HostErrno{errno};
  if (!task.model().is64() && at > INT32_MAX) return HostErrno{EOVERFLOW};
  return SysResult::value(static_cast<std::uint64_t>(at));
}

// --- names ---------------------------------------------------------------------------------------

SysResult read_link(Task& task, Fd directory, const PathArg& path, GuestAddr buffer,
                    std::int32_t size) {
  if (size <= 0) return HostErrno{EINVAL};
  auto text = path.load();
  if (!text) return text.error();
  if (auto link = task.process().paths().link_text(*text)) {
    const std::size_t n = std::min(link->size(), static_cast<std::size_t>(size));
    if (auto r = task.copyout(buffer, link->data(), n); !r) return r.error();
    return SysResult::value(n);
  }
  const auto where = load_path(task, directory, path, Follow::no);
  if (!where) return where.error();
  char host[PATH_MAX];
  const ssize_t n = ::readlinkat(where->dirfd, where->c_str(), host, sizeof host);
  if (n < 0) return HostErrno{errno};
  std::string found(host, static_cast<std::size_t>(n));
  // What the kernel itself says about descriptors and directories names host paths.
  if (text->starts_with("/proc/")) found = task.process().paths().to_guest(found);
  const std::size_t shown = std::min(found.size(), static_cast<std::size_t>(size));
  if (auto r = task.copyout(buffer, found.data(), shown); !r) return r.error();
  return SysResult::value(shown);
}

SysResult sys_readlinkat(Task& task, Fd directory, PathArg path, GuestAddr buffer,
                         std::int32_t size) {
  return read_link(task, directory, path, buffer, size);
}
SysResult sys_readlink(Task& task, PathArg path, GuestAddr buffer, std::int32_t size) {
  return read_link(task, kAtFdcwd, path, buffer, size);
}

SysResult sys_linkat(Task& task, Fd old_directory, PathArg old_path, AtNewPath to, Flags flags) {
  const Follow follow = (bits(flags) & AT_SYMLINK_FOLLOW) != 0 ? Follow::yes : Follow::no;
  const auto from = load_path(task, old_directory, old_path, follow);
  if (!from) return from.error();
  const auto target = load_path(task, to.directory, to.path, Follow::no, true);
  if (!target) return target.error();
  return SysResult::from_raw(raw_syscall(SYS_linkat, from->dirfd,
                                         reinterpret_cast<long>(from->c_str()), target->dirfd,
                                         reinterpret_cast<long>(target->c_str()), bits(flags)));
}

/// The text of a symbolic link is not resolved.
SysResult symlink(Task& task, const PathArg& text, Fd directory, const PathArg& path) {
  auto target = text.load();
  if (!target) return target.error();
  const auto where = load_path(task, directory, path, Follow::no, true);
  if (!where) return where.error();
  return SysResult::from_libc(::symlinkat(target->c_str(), where->dirfd, where->c_str()));
}
SysResult sys_symlinkat(Task& task, PathArg text, Fd directory, PathArg path) {
  return symlink(task, text, directory, path);
}
SysResult sys_symlink(Task& task, PathArg text, PathArg path) {
  return symlink(task, text, kAtFdcwd, path);
}

// --- attributes ----------------------------------------------------------------------------------

Follow follow_of(Flags flags) {
  return (bits(flags) & AT_SYMLINK_NOFOLLOW) != 0 ? Follow::no : Follow::yes;
}

SysResult sys_fchownat(Task& task, Fd directory, PathArg path, std::uint32_t uid, std::uint32_t gid,
                       Flags flags) {
  const auto where = load_path(task, directory, path, follow_of(flags));
  if (!where) return where.error();
  return SysResult::from_libc(
      ::fchownat(where->dirfd, where->c_str(), uid, gid, static_cast<int>(bits(flags))));
}

SysResult sys_faccessat2(Task& task, Fd directory, PathArg path, std::int32_t mode, Flags flags) {
  const auto where = load_path(task, directory, path, follow_of(flags));
  if (!where) return where.error();
  return SysResult::from_raw(raw_syscall(
      SYS_faccessat2, where->dirfd, reinterpret_cast<long>(where->c_str()), mode, bits(flags)));
}

using OffsetPtr = InOut<Long>;
using Offset64Ptr = InOut<std::int64_t>;

/// sync_file_range2 and arm_fadvise64_64 move the flags forward, so that pairs need no padding.
SysResult sys_sync_file_range2(Task& task, Fd fd, Flags flags, I64 offset, I64 length) {
  return pass_call<SYS_sync_file_range, Sleep::no>(task, fd, offset, length, flags);
}
SysResult sys_arm_fadvise64_64(Task& task, Fd fd, I32 advice, I64 offset, I64 length) {
  return pass_call<SYS_fadvise64, Sleep::no>(task, fd, offset, length, advice);
}

constexpr SyscallRow kRows[] = {
    call<&sys_llseek>("_llseek"),
    pass<SYS_access, Path<>, I32>("access"),
    call<&sys_arm_fadvise64_64>("arm_fadvise64_64"),
    pass<SYS_chmod, Path<>, Mode>("chmod"),
    pass<SYS_chown, Path<>, U32, U32>("chown"),
    pass<SYS_chown, Path<>, U32, U32>("chown32"),
    waits<SYS_copy_file_range, Fd, Offset64Ptr, Fd, Offset64Ptr, ULong, Flags>("copy_file_range"),
    call<&sys_creat>("creat"),
    pass<SYS_faccessat, AtPath<>, I32>("faccessat"),
    call<&sys_faccessat2>("faccessat2"),
    pass<SYS_fadvise64, Fd, I64, ULong, I32>("fadvise64"),
    pass<SYS_fadvise64, Fd, I64, I64, I32>("fadvise64_64"),
    waits<SYS_fallocate, Fd, I32, I64, I64>("fallocate"),
    pass<SYS_fchmod, Fd, Mode>("fchmod"),
    pass<SYS_fchmodat, AtPath<>, Mode>("fchmodat"),
    pass<SYS_fchown, Fd, U32, U32>("fchown"),
    pass<SYS_fchown, Fd, U32, U32>("fchown32"),
    call<&sys_fchownat>("fchownat"),
    waits<SYS_fdatasync, Fd>("fdatasync"),
    waits<SYS_fsync, Fd>("fsync"),
    pass<SYS_ftruncate, Fd, Long>("ftruncate"),
    pass<SYS_ftruncate, Fd, I64>("ftruncate64"),
    pass<SYS_lchown, LinkPath, U32, U32>("lchown"),
    pass<SYS_lchown, LinkPath, U32, U32>("lchown32"),
    pass<SYS_link, LinkPath, NewPath>("link"),
    call<&sys_linkat>("linkat"),
    call<&sys_lseek>("lseek"),
    pass<SYS_mkdir, NewPath, Mode>("mkdir"),
    pass<SYS_mkdirat, AtNewPath, Mode>("mkdirat"),
    pass<SYS_mknod, NewPath, Mode, U32>("mknod"),
    pass<SYS_mknodat, AtNewPath, Mode, U32>("mknodat"),
    call<&sys_open>("open"),
    call<&sys_openat>("openat"),
    call<&sys_openat2>("openat2"),
    waits<SYS_pread64, Fd, OutBuffer, I64>("pread64"),
    waits<SYS_preadv, Fd, OutVector, SplitOffset>("preadv"),
    waits<SYS_preadv2, Fd, OutVector, SplitOffset, Flags>("preadv2"),
    waits<SYS_pwrite64, Fd, InBuffer, I64>("pwrite64"),
    waits<SYS_pwritev, Fd, InVector, SplitOffset>("pwritev"),
    waits<SYS_pwritev2, Fd, InVector, SplitOffset, Flags>("pwritev2"),
    call<&sys_read>("read"),
    pass<SYS_readahead, Fd, I64, ULong>("readahead"),
    call<&sys_readlink>("readlink"),
    call<&sys_readlinkat>("readlinkat"),
    waits<SYS_readv, Fd, OutVector>("readv"),
    pass<SYS_rename, LinkPath, NewPath>("rename"),
    pass<SYS_renameat, AtLinkPath, AtNewPath>("renameat"),
    pass<SYS_renameat2, AtLinkPath, AtNewPath, Flags>("renameat2"),
    pass<SYS_rmdir, LinkPath>("rmdir"),
    waits<SYS_sendfile, Fd, Fd, OffsetPtr, ULong>("sendfile"),
    waits<SYS_sendfile, Fd, Fd, Offset64Ptr, ULong>("sendfile64"),
    waits<SYS_splice, Fd, Offset64Ptr, Fd, Offset64Ptr, ULong, Flags>("splice"),
    call<&sys_symlink>("symlink"),
    call<&sys_symlinkat>("symlinkat"),
    waits<SYS_sync>("sync"),
    pass<SYS_sync_file_range, Fd, I64, I64, Flags>("sync_file_range"),
    call<&sys_sync_file_range2>("sync_file_range2"),
    waits<SYS_syncfs, Fd>("syncfs"),
    waits<SYS_tee, Fd, Fd, ULong, Flags>("tee"),
    pass<SYS_truncate, Path<>, Long>("truncate"),
    pass<SYS_truncate, Path<>, I64>("truncate64"),
    pass<SYS_umask, Mode>("umask"),
    pass<SYS_unlink, LinkPath>("unlink"),
    pass<SYS_unlinkat, AtLinkPath, Flags>("unlinkat"),
    waits<SYS_vmsplice, Fd, OutVector, Flags>("vmsplice"),
    call<&sys_write>("write"),
    waits<SYS_writev, Fd, InVector>("writev"),
    // Extended attributes.
    pass<SYS_fgetxattr, Fd, Text, OutBuffer>("fgetxattr"),
    pass<SYS_flistxattr, Fd, OutBuffer>("flistxattr"),
    pass<SYS_fremovexattr, Fd, Text>("fremovexattr"),
    pass<SYS_fsetxattr, Fd, Text, InBuffer, Flags>("fsetxattr"),
    pass<SYS_getxattr, Path<>, Text, OutBuffer>("getxattr"),
    pass<SYS_lgetxattr, LinkPath, Text, OutBuffer>("lgetxattr"),
    pass<SYS_listxattr, Path<>, OutBuffer>("listxattr"),
    pass<SYS_llistxattr, LinkPath, OutBuffer>("llistxattr"),
    pass<SYS_lremovexattr, LinkPath, Text>("lremovexattr"),
    pass<SYS_lsetxattr, LinkPath, Text, InBuffer, Flags>("lsetxattr"),
    pass<SYS_removexattr, Path<>, Text>("removexattr"),
    pass<SYS_setxattr, Path<>, Text, InBuffer, Flags>("setxattr"),
};

}  // namespace

Rows file_rows() { return kRows; }

}  // namespace emulate::linux_os
