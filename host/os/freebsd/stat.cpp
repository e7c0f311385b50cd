// stat(2) and statfs(2) in all their generations (FreeBSD sys/kern/vfs_syscalls.c, vfs_vnops.c).

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "host/os/freebsd/abi/fcntl.h"
#include "host/os/freebsd/abi/stat.h"
#include "host/os/freebsd/file_flags.h"
#include "host/os/freebsd/filehandle.h"
#include "host/os/freebsd/ktrace.h"
#include "host/os/freebsd/mounts.h"
#include "host/os/freebsd/pipe.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/path.h"

namespace emulate::freebsd {
namespace {

using Follow = PathResolver::Follow;

constexpr std::int32_t kPageSize = 4096;

Timespec timespec_of(const statx_timestamp& t) { return {t.tv_sec, t.tv_nsec}; }

Stat convert(const struct statx& s) {
  Stat out;
  out.st_dev = guest_dev(s.stx_dev_major, s.stx_dev_minor);
  out.st_ino = s.stx_ino;
  out.st_nlink = s.stx_nlink;
  // What the host knows no type for (epoll, eventfd) stands for a kqueue, which is a fifo.
  out.st_mode = (s.stx_mode & S_IFMT) != 0 ? s.stx_mode : S_IFIFO;
  out.st_uid = s.stx_uid;
  out.st_gid = s.stx_gid;
  const bool device = S_ISCHR(s.stx_mode) || S_ISBLK(s.stx_mode);
  out.st_rdev = device ? guest_dev(s.stx_rdev_major, s.stx_rdev_minor) : kNodev;
  out.st_atim = timespec_of(s.stx_atime);
  out.st_mtim = timespec_of(s.stx_mtime);
  out.st_ctim = timespec_of(s.stx_ctime);
  out.st_birthtim = (s.stx_mask & STATX_BTIME) != 0 ? timespec_of(s.stx_btime) : Timespec{-1, 0};
  out.st_size = static_cast<std::int64_t>(s.stx_size);
  out.st_blocks = static_cast<std::int64_t>(s.stx_blocks);
  out.st_blksize = std::max(kPageSize, static_cast<std::int32_t>(s.stx_blksize));
  return out;
}

Expected<Stat> host_stat(int dirfd, const char* path, int flags) {
  struct statx s;
  if (statx(dirfd, path, flags, STATX_BASIC_STATS | STATX_BTIME, &s) != 0) {
    return host_error(errno);
  }
  Stat out = convert(s);
  out.st_flags = file_flags(s, dirfd, path, flags);
  return out;
}

Expected<Stat> stat_at(Task& task, Fd fd, const PathArg& path, Follow follow) {
  const auto p = load_path(task, fd, path, follow);
  if (!p) return tl::unexpected(p.error());
  const auto s = host_stat(p->dirfd, p->c_str(), follow == Follow::no ? AT_SYMLINK_NOFOLLOW : 0);
  if (s) ktrace_struct(task, "stat", *s);
  return s;
}

Expected<Stat> descriptor_stat(Task& task, int fd) {
  auto s = host_stat(fd, "", AT_EMPTY_PATH);
  if (!s || !S_ISFIFO(s->st_mode)) return s;
  // Each end of a pipe is a file of its own: what can be read there is its size (pipe_stat()).
  const auto end = pipe_end(task, fd);
  if (end == nullptr) return s;
  struct stat back;
  if (!end->reading && fstat(end->back, &back) == 0) s->st_ino = back.st_ino;
  int count = 0;
  if (ioctl(end->reading ? fd : end->back, FIONREAD, &count) == 0) s->st_size = count;
  s->st_blocks = (s->st_size + s->st_blksize - 1) / s->st_blksize;
  s->st_nlink = 0;
  return s;
}

Expected<Stat> stat_fd(Task& task, Fd fd) {
  const auto f = guest_fd(task, fd);
  if (!f) return tl::unexpected(f.error());
  const auto s = descriptor_stat(task, *f);
  if (s) ktrace_struct(task, "stat", *s);
  return s;
}

/// The fields that the older structures have in common, cut to their width as the kernel cuts them
/// (vfs.ino64_trunc_error is 0 by default).
template <class Old>
Old narrow(const Stat& s) {
  Old o;
  o.st_dev = static_cast<decltype(o.st_dev)>(s.st_dev);
  o.st_ino = static_cast<std::uint32_t>(s.st_ino);
  o.st_mode = s.st_mode;
  o.st_nlink = static_cast<decltype(o.st_nlink)>(s.st_nlink);
  o.st_uid = static_cast<decltype(o.st_uid)>(s.st_uid);
  o.st_gid = static_cast<decltype(o.st_gid)>(s.st_gid);
  o.st_rdev = static_cast<decltype(o.st_rdev)>(s.st_rdev);
  o.st_atim = s.st_atim;
  o.st_mtim = s.st_mtim;
  o.st_ctim = s.st_ctim;
  o.st_size = static_cast<decltype(o.st_size)>(s.st_size);
  o.st_blocks = static_cast<decltype(o.st_blocks)>(s.st_blocks);
  o.st_blksize = s.st_blksize;
  o.st_flags = s.st_flags;
  o.st_gen = static_cast<std::uint32_t>(s.st_gen);
  if constexpr (requires { o.st_birthtim; }) o.st_birthtim = s.st_birthtim;
  return o;
}

SysResult store(Out<Stat> ub, const Expected<Stat>& s) {
  if (!s) return s.error();
  return SysResult::from(ub.store(*s));
}

/// `Padded` is the layout where a timespec has 8 bytes.
template <class Old, class Padded>
SysResult store_old(Out<Old> ub, const Expected<Stat>& s) {
  if (!s) return s.error();
  if (ub.task().model().time_bytes == 4) {
    return SysResult::from(Out<Padded>(ub.task(), ub.address()).store(narrow<Padded>(*s)));
  }
  return SysResult::from(ub.store(narrow<Old>(*s)));
}

SysResult store(Out<Freebsd11Stat> ub, const Expected<Stat>& s) {
  return store_old<Freebsd11Stat, Freebsd11StatTime32>(ub, s);
}

SysResult store(Out<Nstat> ub, const Expected<Stat>& s) {
  return store_old<Nstat, NstatTime32>(ub, s);
}

SysResult store(Out<Ostat> ub, const Expected<Stat>& s) {
  if (!s) return s.error();
  Ostat o = narrow<Ostat>(*s);
  o.st_size = static_cast<std::int32_t>(std::min<std::int64_t>(s->st_size, INT32_MAX));
  return SysResult::from(ub.store(o));
}

template <class S>
SysResult stat_call(Task& task, PathArg path, Out<S> ub) {
  return store(ub, stat_at(task, kAtFdcwd, path, Follow::yes));
}

template <class S>
SysResult lstat_call(Task& task, PathArg path, Out<S> ub) {
  return store(ub, stat_at(task, kAtFdcwd, path, Follow::no));
}

template <class S>
SysResult fstat_call(Task& task, Fd fd, Out<S> ub) {
  return store(ub, stat_fd(task, fd));
}

template <class S>
SysResult fstatat_call(Task& task, Fd fd, PathArg path, Out<S> ub, Flags flag) {
  if ((bits(flag) & ~kAtSymlinkNofollow) != 0) return HostErrno{EINVAL};
  const bool follows = (bits(flag) & kAtSymlinkNofollow) == 0;
  return store(ub, stat_at(task, fd, path, follows ? Follow::yes : Follow::no));
}

Freebsd11Statfs narrow(const Statfs& s) {
  Freebsd11Statfs o;
  o.f_version = kFreebsd11StatfsVersion;
  o.f_type = s.f_type;
  o.f_flags = s.f_flags;
  o.f_bsize = s.f_bsize;
  o.f_iosize = s.f_iosize;
  o.f_blocks = s.f_blocks;
  o.f_bfree = s.f_bfree;
  o.f_bavail = s.f_bavail;
  o.f_files = s.f_files;
  o.f_ffree = s.f_ffree;
  o.f_namemax = s.f_namemax;
  o.f_owner = s.f_owner;
  std::copy_n(s.f_fsid, 2, o.f_fsid);
  std::copy_n(s.f_fstypename, sizeof o.f_fstypename - 1, o.f_fstypename);
  std::copy_n(s.f_mntfromname, sizeof o.f_mntfromname - 1, o.f_mntfromname);
  std::copy_n(s.f_mntonname, sizeof o.f_mntonname - 1, o.f_mntonname);
  return o;
}

template <class S>
S to_generation(const Statfs& s) {
  if constexpr (std::is_same_v<S, Statfs>) {
    return s;
  } else {
    return narrow(s);
  }
}

template <class S>
SysResult statfs_call(Task& task, PathArg path, Out<S> buf) {
  const auto p = load_path(task, path);
  if (!p) return p.error();
  const auto s = statfs_of(task.process().paths(), p->dirfd, p->c_str(), 0);
  if (!s) return s.error();
  return SysResult::from(buf.store(to_generation<S>(*s)));
}

template <class S>
SysResult fstatfs_call(Task& task, Fd fd, Out<S> buf) {
  const auto f = guest_fd(task, fd);
  if (!f) return f.error();
  const auto s = statfs_of(task.process().paths(), *f, "", 0);
  if (!s) return s.error();
  return SysResult::from(buf.store(to_generation<S>(*s)));
}

template <class S>
SysResult getfsstat_call(Task& task, OutArray<S> buf, Long bufsize, std::int32_t mode) {
  if (bufsize < 0) return HostErrno{EINVAL};
  if (mode != kMntWait && mode != kMntNowait) return HostErrno{EINVAL};
  const bool counts_only = !buf || bufsize == 0;
  const std::size_t room = static_cast<std::size_t>(bufsize) / guest_size<S>(task.model());
  std::size_t count = 0;
  for (const Mount& mount : mounts()) {
    if (!counts_only && count == room) break;
    const auto s = statfs_of(task.process().paths(), mount);
    if (!s) continue;  // hidden below another mount
    if (!counts_only) {
      if (auto r = buf.store(count, to_generation<S>(*s)); !r) return r.error();
    }
    ++count;
  }
  return SysResult::value(count);
}

template <class S>
SysResult fhstat_call(Task& task, GuestAddr handle, Out<S> ub) {
  const auto fd = open_handle(task, handle, O_PATH | O_CLOEXEC);
  if (!fd) return fd.error();
  const SysResult r = store(ub, host_stat(*fd, "", AT_EMPTY_PATH));
  close(*fd);
  return r;
}

template <class S>
SysResult fhstatfs_call(Task& task, GuestAddr handle, Out<S> buf) {
  const auto fd = open_handle(task, handle, O_PATH | O_CLOEXEC);
  if (!fd) return fd.error();
  const auto s = statfs_of(task.process().paths(), *fd, "", AT_EMPTY_PATH);
  close(*fd);
  if (!s) return s.error();
  return SysResult::from(buf.store(to_generation<S>(*s)));
}

constexpr SyscallRow kRows[] = {
    row<&stat_call<Ostat>>(38, "ostat"),
    row<&lstat_call<Ostat>>(40, "olstat"),
    row<&fstat_call<Ostat>>(62, "ofstat"),
    row<&stat_call<Freebsd11Stat>>(188, "freebsd11_stat"),
    row<&fstat_call<Freebsd11Stat>>(189, "freebsd11_fstat"),
    row<&lstat_call<Freebsd11Stat>>(190, "freebsd11_lstat"),
    row<&stat_call<Nstat>>(278, "freebsd11_nstat"),
    row<&fstat_call<Nstat>>(279, "freebsd11_nfstat"),
    row<&lstat_call<Nstat>>(280, "freebsd11_nlstat"),
    row<&fhstat_call<Freebsd11Stat>>(299, "freebsd11_fhstat"),
    row<&getfsstat_call<Freebsd11Statfs>>(395, "freebsd11_getfsstat"),
    row<&statfs_call<Freebsd11Statfs>>(396, "freebsd11_statfs"),
    row<&fstatfs_call<Freebsd11Statfs>>(397, "freebsd11_fstatfs"),
    row<&fhstatfs_call<Freebsd11Statfs>>(398, "freebsd11_fhstatfs"),
    row<&fstatat_call<Freebsd11Stat>>(493, "freebsd11_fstatat"),
    row<&fstat_call<Stat>>(551, "fstat"),
    row<&fstatat_call<Stat>>(552, "fstatat"),
    row<&fhstat_call<Stat>>(553, "fhstat"),
    row<&statfs_call<Statfs>>(555, "statfs"),
    row<&fstatfs_call<Statfs>>(556, "fstatfs"),
    row<&getfsstat_call<Statfs>>(557, "getfsstat"),
    row<&fhstatfs_call<Statfs>>(558, "fhstatfs"),
};

}  // namespace

Rows stat_rows() { return kRows; }

}  // namespace emulate::freebsd
