// Opening files, and the table of the file calls (FreeBSD sys/kern/vfs_syscalls.c, vfs_vnops.c).

#include "host/os/freebsd/abi/fcntl.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "host/os/freebsd/descriptors.h"
#include "host/os/freebsd/file_calls.h"
#include "host/os/freebsd/jail/policy.h"
#include "host/os/freebsd/jail/prisons.h"
#include "host/os/freebsd/syscalls.h"
#include "host/signal/blocking.h"

namespace emulate::freebsd {
namespace {

using Follow = PathResolver::Follow;

/// File type bits of what a path names, links not followed; 0 when there is nothing.
mode_t type_of(const HostPath& p) {
  struct stat st;
  return fstatat(p.dirfd, p.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_mode & S_IFMT : 0;
}

/// The number in /dev/fd/N, or of /dev/stdin and its siblings; nothing for other paths.
std::optional<int> descriptor_device(std::string_view path) {
  constexpr std::string_view kNames[] = {"/dev/stdin", "/dev/stdout", "/dev/stderr"};
  for (int i = 0; i < 3; ++i) {
    if (path == kNames[i]) return i;
  }
  constexpr std::string_view kPrefix = "/dev/fd/";
  if (!path.starts_with(kPrefix)) return std::nullopt;
  path.remove_prefix(kPrefix.size());
  int number = 0;
  const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), number);
  if (error != std::errc() || end != path.data() + path.size()) return std::nullopt;
  return number;
}

/// FreeBSD's descriptor devices duplicate; the host's open anew (FreeBSD dupfdopen()).
SysResult open_descriptor(Task& task, int number, std::uint32_t flags) {
  const auto fd = guest_fd(task, Fd(number));
  if (!fd) return fd.error();
  const int has = fcntl(*fd, F_GETFL);
  if (has < 0) return HostErrno{errno};
  const int wants = static_cast<int>(flags_to_host(kOpenFlags, flags)) & O_ACCMODE;
  if ((has & O_ACCMODE) != O_RDWR && (has & O_ACCMODE) != wants) return HostErrno{EACCES};
  const int copy = fcntl(*fd, (flags & kOCloexec) != 0 ? F_DUPFD_CLOEXEC : F_DUPFD, 0);
  if (copy < 0) return HostErrno{errno};
  task.process().fds().duplicated(*fd, copy);
  return SysResult::value(static_cast<std::uint64_t>(copy));
}

/// Open for execute only: a host descriptor that can neither be read nor written.
SysResult open_for_execute(const HostPath& p, int host_flags) {
  const int fd = openat(p.dirfd, p.c_str(), O_PATH | host_flags);
  if (fd < 0) return HostErrno{errno};
  const std::string self = "/proc/self/fd/" + std::to_string(fd);
  if (faccessat(AT_FDCWD, self.c_str(), X_OK, AT_EACCESS) == 0) {
    return SysResult::value(static_cast<std::uint64_t>(fd));
  }
  const int error = errno;
  close(fd);
  return HostErrno{error};
}

/// Where the kernels call the same failure by different names (FreeBSD vn_open_vnode()).
int open_error(int host_errno, const HostPath& p, std::uint32_t flags) {
  switch (host_errno) {
    case ELOOP:
    case ENOTDIR:
      return (flags & kONofollow) != 0 && type_of(p) == S_IFLNK ? EMLINK : host_errno;
    case ENXIO:
      return type_of(p) == S_IFSOCK ? EOPNOTSUPP : host_errno;
    default:
      return host_errno;
  }
}

SysResult open_host(const HostPath& p, std::uint32_t flags, mode_t mode) {
  // FreeBSD never makes a terminal the controlling one by opening it.
  int host_flags = static_cast<int>(flags_to_host(kOpenFlags, flags)) | O_NOCTTY;
  // With O_DIRECTORY nothing is created, O_CREAT or not.
  const bool creates = (flags & (kOCreat | kODirectory)) == kOCreat;
  if (!creates) host_flags &= ~(O_CREAT | O_EXCL);
  if ((flags & kOExec) != 0) {
    if ((flags & kONofollow) != 0 && type_of(p) == S_IFLNK) return HostErrno{EMLINK};
    if (!creates || type_of(p) != 0) {
      return open_for_execute(p, host_flags & (O_DIRECTORY | O_CLOEXEC));
    }
  }
  const auto open = [&](int f) {
    return blocking_syscall(SYS_openat, p.dirfd, reinterpret_cast<long>(p.c_str()), f, mode);
  };
  long fd = open(host_flags);
  // Linux refuses O_CREAT on a directory before it looks at the access mode.
  if (fd == -EISDIR && creates) fd = open(host_flags & ~(O_CREAT | O_EXCL));
  if (fd >= 0 || fd == -EINTR) return SysResult::from_raw(fd, true);
  return HostErrno{open_error(static_cast<int>(-fd), p, flags)};
}

/// O_SHLOCK and O_EXLOCK: the file comes locked or not at all.
SysResult lock_opened(SysResult opened, std::uint32_t flags) {
  if (!opened.is_value() || (flags & (kOShlock | kOExlock)) == 0) return opened;
  const int fd = static_cast<int>(opened.first());
  const int operation =
      ((flags & kOExlock) != 0 ? LOCK_EX : LOCK_SH) | ((flags & kONonblock) != 0 ? LOCK_NB : 0);
  const long r = blocking_syscall(SYS_flock, fd, operation);
  if (r == 0) return opened;
  close(fd);
  return SysResult::from_raw(r, true);
}

SysResult open_at(Task& task, Fd directory, const PathArg& path, std::uint32_t flags,
                  std::uint32_t mode) {
  if ((flags & kOExec) != 0 ? (flags & kOAccmode) != 0 : (flags & kOAccmode) == kOAccmode) {
    return HostErrno{EINVAL};
  }
  constexpr std::uint32_t kContradiction = kOCreat | kOExcl | kODirectory;
  if ((flags & kContradiction) == kContradiction) return HostErrno{EINVAL};
  const bool creates = (flags & (kOCreat | kODirectory)) == kOCreat;
  const bool follows = (flags & kONofollow) == 0 && !(creates && (flags & kOExcl) != 0);
  const auto p = load_path(task, directory, path, follows ? Follow::yes : Follow::no, creates);
  if (!p) return p.error();
  if (const auto number = descriptor_device(p->path)) return open_descriptor(task, *number, flags);
  const SysResult opened = open_host(*p, flags, mode & 07777 & ~S_ISVTX);
  return lock_opened(limit_descriptor(task, opened), flags);
}

SysResult sys_open(Task& task, PathArg path, Flags flags, Mode mode) {
  return open_at(task, kAtFdcwd, path, bits(flags), bits(mode));
}

SysResult sys_openat(Task& task, Fd fd, PathArg path, Flags flags, Mode mode) {
  return open_at(task, fd, path, bits(flags), bits(mode));
}

SysResult old_creat(Task& task, PathArg path, Mode mode) {
  return open_at(task, kAtFdcwd, path, kOWronly | kOCreat | kOTrunc, bits(mode));
}

SysResult sys_umask(Task&, Mode newmask) { return SysResult::value(umask(bits(newmask) & 0777)); }

SysResult sys_chroot(Task& task, PathArg path) {
  if (geteuid() != 0) return HostErrno{EPERM};
  if (!jailed()) return guest_chroot(task, path);
  if (auto r = check_chroot(); !r) return r.error();
  const SysResult result = guest_chroot(task, path);
  if (result.is_value()) enter_chroot();
  return result;
}

SysResult sys_revoke(Task& task, PathArg path) {
  const auto p = load_path(task, path);
  if (!p) return p.error();
  struct stat st;
  if (fstatat(p->dirfd, p->c_str(), &st, 0) != 0) return HostErrno{errno};
  if (!S_ISCHR(st.st_mode)) return HostErrno{EINVAL};
  if (geteuid() != st.st_uid && geteuid() != 0) return HostErrno{EPERM};
  return HostErrno{EOPNOTSUPP};
}

constexpr const char* kNoFlags = "nodump, immutable, append, where the host's file system has them";

constexpr SyscallRow kRows[] = {
    row<&sys_read>(3, "read"),
    row<&sys_write>(4, "write"),
    row<&sys_open>(5, "open"),
    row<&old_creat>(8, "ocreat"),
    row<&sys_link>(9, "link"),
    row<&sys_unlink>(10, "unlink"),
    row<&freebsd11_mknod>(14, "freebsd11_mknod"),
    row<&sys_chmod>(15, "chmod"),
    row<&sys_chown>(16, "chown"),
    row<&old_lseek>(19, "olseek"),
    row<&sys_access>(33, "access"),
    partial<&sys_chflags>(34, "chflags", kNoFlags),
    partial<&sys_fchflags>(35, "fchflags", kNoFlags),
    row<&sys_sync>(36, "sync"),
    refused<&sys_revoke>(56, "revoke", "EOPNOTSUPP on devices"),
    row<&sys_symlink>(57, "symlink"),
    row<&sys_readlink>(58, "readlink"),
    row<&sys_umask>(60, "umask"),
    partial<&sys_chroot>(61, "chroot", "the -L prefix ends at the new root"),
    row<&sys_fsync>(95, "fsync"),
    row<&sys_readv>(120, "readv"),
    row<&sys_writev>(121, "writev"),
    row<&sys_fchown>(123, "fchown"),
    row<&sys_fchmod>(124, "fchmod"),
    row<&sys_rename>(128, "rename"),
    row<&old_truncate>(129, "otruncate"),
    row<&old_ftruncate>(130, "oftruncate"),
    row<&sys_mkfifo>(132, "mkfifo"),
    row<&freebsd6_pread>(173, "freebsd6_pread"),
    row<&freebsd6_pwrite>(174, "freebsd6_pwrite"),
    row<&sys_pathconf>(191, "pathconf"),
    row<&sys_fpathconf>(192, "fpathconf"),
    row<&freebsd6_lseek>(199, "freebsd6_lseek"),
    row<&freebsd6_truncate>(200, "freebsd6_truncate"),
    row<&freebsd6_ftruncate>(201, "freebsd6_ftruncate"),
    row<&sys_undelete>(205, "undelete"),
    row<&sys_lchown>(254, "lchown"),
    partial<&sys_lchmod>(274, "lchmod", "EOPNOTSUPP on symbolic links"),
    row<&sys_preadv>(289, "preadv"),
    row<&sys_pwritev>(290, "pwritev"),
    row<&sys_eaccess>(376, "eaccess"),
    partial<&sys_lchflags>(391, "lchflags", kNoFlags),
    row<&sys_pread>(475, "pread"),
    row<&sys_pwrite>(476, "pwrite"),
    row<&sys_lseek>(478, "lseek"),
    row<&sys_truncate>(479, "truncate"),
    row<&sys_ftruncate>(480, "ftruncate"),
    row<&sys_faccessat>(489, "faccessat"),
    partial<&sys_fchmodat>(490, "fchmodat", "EOPNOTSUPP on symbolic links"),
    row<&sys_fchownat>(491, "fchownat"),
    row<&sys_linkat>(495, "linkat"),
    row<&sys_mkfifoat>(497, "mkfifoat"),
    row<&freebsd11_mknodat>(498, "freebsd11_mknodat"),
    row<&sys_openat>(499, "openat"),
    row<&sys_readlinkat>(500, "readlinkat"),
    row<&sys_renameat>(501, "renameat"),
    row<&sys_symlinkat>(502, "symlinkat"),
    row<&sys_unlinkat>(503, "unlinkat"),
    row<&sys_lpathconf>(513, "lpathconf"),
    row<&sys_posix_fallocate>(530, "posix_fallocate"),
    row<&sys_posix_fadvise>(531, "posix_fadvise"),
    partial<&sys_chflagsat>(540, "chflagsat", kNoFlags),
    row<&sys_fdatasync>(550, "fdatasync"),
    row<&sys_mknodat>(559, "mknodat"),
    row<&sys_copy_file_range>(569, "copy_file_range"),
};

}  // namespace

Rows file_rows() { return kRows; }

}  // namespace emulate::freebsd
