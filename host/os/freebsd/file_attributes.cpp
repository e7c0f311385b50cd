// Modes, owners, flags, permissions and limits of files (FreeBSD sys/kern/vfs_syscalls.c,
// sys/ufs/ufs/ufs_vnops.c).

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "host/os/freebsd/abi/acl.h"
#include "host/os/freebsd/abi/errno.h"
#include "host/os/freebsd/abi/fcntl.h"
#include "host/os/freebsd/file_calls.h"
#include "host/os/freebsd/file_flags.h"
#include "host/os/freebsd/xattr.h"

namespace emulate::freebsd {
namespace {

using Follow = PathResolver::Follow;

constexpr Follow follow_unless(std::uint32_t at_flags) {
  return (at_flags & kAtSymlinkNofollow) != 0 ? Follow::no : Follow::yes;
}
constexpr int host_nofollow(Follow follow) {
  return follow == Follow::no ? AT_SYMLINK_NOFOLLOW : 0;
}

/// Only root may make a file that is no directory sticky (FreeBSD ufs_chmod()).
bool sticky_refused(std::uint32_t mode, const struct stat& st) {
  return (mode & S_ISVTX) != 0 && !S_ISDIR(st.st_mode) && geteuid() != 0;
}

SysResult chmod_at(Task& task, Fd fd, const PathArg& path, std::uint32_t mode, Follow follow) {
  const auto p = load_path(task, fd, path, follow);
  if (!p) return p.error();
  mode &= 07777;
  if ((mode & S_ISVTX) != 0 || follow == Follow::no) {
    struct stat st;
    if (fstatat(p->dirfd, p->c_str(), &st, host_nofollow(follow)) != 0) return HostErrno{errno};
    if (sticky_refused(mode, st)) return GuestErrno{kEFTYPE};
    // The host's links have no mode of their own.
    if (S_ISLNK(st.st_mode)) return HostErrno{EOPNOTSUPP};
  }
  return SysResult::from_libc(fchmodat(p->dirfd, p->c_str(), mode, 0));
}

SysResult chown_at(Task& task, Fd fd, const PathArg& path, std::int32_t uid, std::int32_t gid,
                   Follow follow) {
  const auto p = load_path(task, fd, path, follow);
  if (!p) return p.error();
  return SysResult::from_libc(fchownat(p->dirfd, p->c_str(), static_cast<uid_t>(uid),
                                       static_cast<gid_t>(gid), host_nofollow(follow)));
}

SysResult chflags_at(Task& task, Fd fd, const PathArg& path, std::uint64_t flags, Follow follow) {
  const auto p = load_path(task, fd, path, follow);
  if (!p) return p.error();
  return SysResult::from(set_file_flags(p->dirfd, p->c_str(), host_nofollow(follow), flags));
}

SysResult access_at(Task& task, Fd fd, const PathArg& path, std::int32_t amode, bool effective) {
  // R_OK and the rest have the same values on both sides.
  if (amode != F_OK && (amode & ~(R_OK | W_OK | X_OK)) != 0) return HostErrno{EINVAL};
  const auto p = load_path(task, fd, path);
  if (!p) return p.error();
  return SysResult::from_libc(faccessat(p->dirfd, p->c_str(), amode, effective ? AT_EACCESS : 0));
}

/// Names of pathconf(2) (FreeBSD sys/sys/unistd.h).
enum class Pathconf : std::int32_t {
  link_max = 1,
  max_canon = 2,
  max_input = 3,
  name_max = 4,
  path_max = 5,
  pipe_buf = 6,
  chown_restricted = 7,
  no_trunc = 8,
  vdisable = 9,
  alloc_size_min = 10,
  filesizebits = 12,
  rec_incr_xfer_size = 14,
  rec_max_xfer_size = 15,
  rec_min_xfer_size = 16,
  rec_xfer_align = 17,
  symlink_max = 18,
  min_hole_size = 21,
  async_io = 53,
  prio_io = 54,
  sync_io = 55,
  acl_extended = 59,
  acl_path_max = 60,
  cap_present = 61,
  inf_present = 62,
  mac_present = 63,
  acl_nfs4 = 64,
};

constexpr std::int64_t kPipeBuf = 512;  // FreeBSD sys/sys/syslimits.h
constexpr std::int64_t kMaxPathLen = 1024;
constexpr std::int64_t kMaxCanon = 255;
constexpr std::int64_t kUfsLinkMax = 32767;  // FreeBSD sys/ufs/ufs/dinode.h
constexpr std::int64_t kAsyncIo = 200112;    // _POSIX_ASYNCHRONOUS_IO
constexpr std::int64_t kVdisable = 0xff;

struct PathconfSubject {
  mode_t mode;
  bool tty;
  std::int64_t block;
  std::int64_t name_max;
  bool acls;  ///< asked for only by the names that want it
};

constexpr bool asks_for_acls(std::int32_t name) {
  return Pathconf(name) == Pathconf::acl_extended || Pathconf(name) == Pathconf::acl_path_max;
}

/// What ufs answers for files and directories, devfs for terminals.
Expected<std::int64_t> pathconf_value(const PathconfSubject& s, Pathconf name) {
  switch (name) {
    case Pathconf::link_max:
      return S_ISCHR(s.mode) ? INT_MAX : kUfsLinkMax;
    case Pathconf::max_canon:
    case Pathconf::max_input:
      if (s.tty) return kMaxCanon;
      break;
    case Pathconf::vdisable:
      if (s.tty) return kVdisable;
      break;
    case Pathconf::name_max:
      return s.name_max;
    case Pathconf::path_max:
    case Pathconf::symlink_max:
      return kMaxPathLen;
    case Pathconf::pipe_buf:
      if (S_ISDIR(s.mode) || S_ISFIFO(s.mode)) return kPipeBuf;
      break;
    case Pathconf::chown_restricted:
    case Pathconf::no_trunc:
      return 1;
    case Pathconf::alloc_size_min:
    case Pathconf::rec_incr_xfer_size:
    case Pathconf::rec_min_xfer_size:
    case Pathconf::min_hole_size:
      return s.block;
    case Pathconf::rec_xfer_align:
      return 4096;
    case Pathconf::rec_max_xfer_size:
      return -1;
    case Pathconf::filesizebits:
      return 64;
    case Pathconf::acl_path_max:
      return s.acls ? kOldAclMaxEntries : 3;
    case Pathconf::acl_extended:
      return s.acls ? 1 : 0;
    case Pathconf::async_io:
      return kAsyncIo;
    case Pathconf::prio_io:
    case Pathconf::sync_io:
    case Pathconf::cap_present:
    case Pathconf::inf_present:
    case Pathconf::mac_present:
    case Pathconf::acl_nfs4:
      return 0;
  }
  return host_error(EINVAL);
}

/// The file system keeps access control lists.
bool has_acls(const Expected<XattrFile>& file) {
  if (!file) return false;
  const auto list = file->get("system.posix_acl_access");
  return list || list.error().value == ENODATA;
}

SysResult pathconf_result(const Expected<std::int64_t>& value) {
  if (!value) return value.error();
  return SysResult::value(static_cast<std::uint64_t>(*value));
}

SysResult pathconf_at(Task& task, const PathArg& path, std::int32_t name, Follow follow) {
  const auto p = load_path(task, path, follow);
  if (!p) return p.error();
  struct stat st;
  if (fstatat(p->dirfd, p->c_str(), &st, host_nofollow(follow)) != 0) return HostErrno{errno};
  struct statfs fs;
  const std::int64_t name_max = statfs(p->c_str(), &fs) == 0 ? fs.f_namelen : NAME_MAX;
  const bool acls = asks_for_acls(name) && has_acls(XattrFile::of(task, path, follow));
  return pathconf_result(
      pathconf_value({st.st_mode, false, st.st_blksize, name_max, acls}, Pathconf(name)));
}

}  // namespace

SysResult sys_chmod(Task& task, PathArg path, Mode mode) {
  return chmod_at(task, kAtFdcwd, path, bits(mode), Follow::yes);
}

SysResult sys_fchmod(Task& task, Fd fd, Mode mode) {
  const auto f = guest_fd(task, fd);
  if (!f) return f.error();
  struct stat st;
  if (fstat(*f, &st) != 0) return HostErrno{errno};
  if (sticky_refused(bits(mode), st)) return GuestErrno{kEFTYPE};
  return SysResult::from_libc(fchmod(*f, bits(mode) & 07777));
}

SysResult sys_lchmod(Task& task, PathArg path, Mode mode) {
  return chmod_at(task, kAtFdcwd, path, bits(mode), Follow::no);
}

SysResult sys_fchmodat(Task& task, Fd fd, PathArg path, Mode mode, Flags flag) {
  if ((bits(flag) & ~kAtSymlinkNofollow) != 0) return HostErrno{EINVAL};
  return chmod_at(task, fd, path, bits(mode), follow_unless(bits(flag)));
}

SysResult sys_chown(Task& task, PathArg path, std::int32_t uid, std::int32_t gid) {
  return chown_at(task, kAtFdcwd, path, uid, gid, Follow::yes);
}

SysResult sys_fchown(Task& task, Fd fd, std::int32_t uid, std::int32_t gid) {
  const auto f = guest_fd(task, fd);
  if (!f) return f.error();
  return SysResult::from_libc(fchown(*f, static_cast<uid_t>(uid), static_cast<gid_t>(gid)));
}

SysResult sys_lchown(Task& task, PathArg path, std::int32_t uid, std::int32_t gid) {
  return chown_at(task, kAtFdcwd, path, uid, gid, Follow::no);
}

SysResult sys_fchownat(Task& task, Fd fd, PathArg path, std::int32_t uid, std::int32_t gid,
                       Flags flag) {
  if ((bits(flag) & ~kAtSymlinkNofollow) != 0) return HostErrno{EINVAL};
  return chown_at(task, fd, path, uid, gid, follow_unless(bits(flag)));
}

SysResult sys_chflags(Task& task, PathArg path, ULong flags) {
  return chflags_at(task, kAtFdcwd, path, flags, Follow::yes);
}

SysResult sys_fchflags(Task& task, Fd fd, ULong flags) {
  const auto f = guest_fd(task, fd);
  if (!f) return f.error();
  struct stat st;
  if (fstat(*f, &st) != 0) return HostErrno{errno};
  if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)) return HostErrno{EINVAL};
  return SysResult::from(set_file_flags(*f, "", AT_EMPTY_PATH, flags));
}

SysResult sys_lchflags(Task& task, PathArg path, ULong flags) {
  return chflags_at(task, kAtFdcwd, path, flags, Follow::no);
}

SysResult sys_chflagsat(Task& task, Fd fd, PathArg path, ULong flags, Flags atflag) {
  if ((bits(atflag) & ~kAtSymlinkNofollow) != 0) return HostErrno{EINVAL};
  return chflags_at(task, fd, path, flags, follow_unless(bits(atflag)));
}

SysResult sys_access(Task& task, PathArg path, std::int32_t amode) {
  return access_at(task, kAtFdcwd, path, amode, false);
}

SysResult sys_eaccess(Task& task, PathArg path, std::int32_t amode) {
  return access_at(task, kAtFdcwd, path, amode, true);
}

SysResult sys_faccessat(Task& task, Fd fd, PathArg path, std::int32_t amode, Flags flag) {
  if ((bits(flag) & ~kAtEaccess) != 0) return HostErrno{EINVAL};
  return access_at(task, fd, path, amode, (bits(flag) & kAtEaccess) != 0);
}

SysResult sys_pathconf(Task& task, PathArg path, std::int32_t name) {
  return pathconf_at(task, path, name, Follow::yes);
}

SysResult sys_lpathconf(Task& task, PathArg path, std::int32_t name) {
  return pathconf_at(task, path, name, Follow::no);
}

SysResult sys_fpathconf(Task& task, Fd fd, std::int32_t name) {
  const auto f = guest_fd(task, fd);
  if (!f) return f.error();
  struct stat st;
  if (fstat(*f, &st) != 0) return HostErrno{errno};
  if (Pathconf(name) == Pathconf::async_io) return SysResult::value(kAsyncIo);
  if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)) {
    return Pathconf(name) == Pathconf::pipe_buf ? SysResult::value(kPipeBuf) : HostErrno{EINVAL};
  }
  struct statfs fs;
  const std::int64_t name_max = fstatfs(*f, &fs) == 0 ? fs.f_namelen : NAME_MAX;
  const bool acls = asks_for_acls(name) && has_acls(XattrFile::of(task, fd));
  return pathconf_result(
      pathconf_value({st.st_mode, isatty(*f) != 0, st.st_blksize, name_max, acls}, Pathconf(name)));
}

}  // namespace emulate::freebsd
