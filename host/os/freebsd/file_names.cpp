// Names in directories (FreeBSD sys/kern/vfs_syscalls.c).

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "host/os/freebsd/abi/errno.h"
#include "host/os/freebsd/abi/fcntl.h"
#include "host/os/freebsd/abi/stat.h"
#include "host/os/freebsd/file_calls.h"
#include "host/os/freebsd/uio.h"

namespace emulate::freebsd {
namespace {

using Follow = PathResolver::Follow;

bool names_dot(const std::string& path) {
  const std::string_view last = std::string_view(path).substr(path.rfind('/') + 1);
  return last == "." || last == "..";
}

SysResult link_at(Task& task, Fd fd1, const PathArg& path1, Fd fd2, const PathArg& path2,
                  bool follow) {
  const auto from = load_path(task, fd1, path1, follow ? Follow::yes : Follow::no);
  if (!from) return from.error();
  const auto to = load_path(task, fd2, path2, Follow::no, true);
  if (!to) return to.error();
  return SysResult::from_libc(
      linkat(from->dirfd, from->c_str(), to->dirfd, to->c_str(), follow ? AT_SYMLINK_FOLLOW : 0));
}

SysResult remove_at(Task& task, Fd fd, const PathArg& path, bool directory) {
  const auto p = load_path(task, fd, path, Follow::no);
  if (!p) return p.error();
  if (unlinkat(p->dirfd, p->c_str(), directory ? AT_REMOVEDIR : 0) == 0) return SysResult::ok();
  // A directory is not unlinked; FreeBSD says so with POSIX's error, but for the root.
  const std::string seen = task.process().paths().to_guest(p->path);
  const bool root = seen.find_first_not_of('/') == std::string::npos;
  return HostErrno{errno == EISDIR && !directory && !root ? EPERM : errno};
}

Expected<std::string> read_link(Task& task, Fd fd, const PathArg& path) {
  const auto p = load_path(task, fd, path, Follow::no);
  if (!p) return tl::unexpected(p.error());
  const PathResolver& paths = task.process().paths();
  if (auto text = paths.link_text(*path.load())) return *text;
  char text[PATH_MAX];
  const ssize_t n = readlinkat(p->dirfd, p->c_str(), text, sizeof text);
  if (n < 0) return host_error(errno);
  std::string result(text, static_cast<std::size_t>(n));
  // Links that the host makes up name host paths; those in files mean what they say.
  return p->path.starts_with("/proc/") ? paths.to_guest(result) : result;
}

SysResult make_node(Task& task, Fd fd, const PathArg& path, mode_t mode, dev_t dev) {
  const auto p = load_path(task, fd, path, Follow::no, true);
  if (!p) return p.error();
  return SysResult::from_libc(mknodat(p->dirfd, p->c_str(), mode, dev));
}

}  // namespace

SysResult sys_link(Task& task, PathArg path, PathArg to) {
  return link_at(task, kAtFdcwd, path, kAtFdcwd, to, true);
}

SysResult sys_linkat(Task& task, Fd fd1, PathArg path1, Fd fd2, PathArg path2, Flags flag) {
  if ((bits(flag) & ~kAtSymlinkFollow) != 0) return HostErrno{EINVAL};
  return link_at(task, fd1, path1, fd2, path2, (bits(flag) & kAtSymlinkFollow) != 0);
}

SysResult sys_unlink(Task& task, PathArg path) { return remove_at(task, kAtFdcwd, path, false); }

SysResult sys_unlinkat(Task& task, Fd fd, PathArg path, Flags flag) {
  if ((bits(flag) & ~kAtRemovedir) != 0) return HostErrno{EINVAL};
  return remove_at(task, fd, path, (bits(flag) & kAtRemovedir) != 0);
}

SysResult sys_rename(Task& task, PathArg from, PathArg to) {
  return sys_renameat(task, kAtFdcwd, from, kAtFdcwd, to);
}

SysResult sys_renameat(Task& task, Fd oldfd, PathArg from, Fd newfd, PathArg to) {
  const auto old_path = load_path(task, oldfd, from, Follow::no);
  if (!old_path) return old_path.error();
  const auto new_path = load_path(task, newfd, to, Follow::no, true);
  if (!new_path) return new_path.error();
  if (renameat(old_path->dirfd, old_path->c_str(), new_path->dirfd, new_path->c_str()) == 0) {
    return SysResult::ok();
  }
  const bool dot = errno == EBUSY && (names_dot(old_path->path) || names_dot(new_path->path));
  return HostErrno{dot ? EINVAL : errno};
}

SysResult sys_symlink(Task& task, PathArg text, PathArg link) {
  return sys_symlinkat(task, text, kAtFdcwd, link);
}

SysResult sys_symlinkat(Task& task, PathArg text, Fd fd, PathArg link) {
  const auto target = text.load();
  if (!target) return target.error();
  const auto p = load_path(task, fd, link, Follow::no, true);
  if (!p) return p.error();
  return SysResult::from_libc(symlinkat(target->c_str(), p->dirfd, p->c_str()));
}

SysResult sys_readlink(Task& task, PathArg path, GuestAddr buf, ULong count) {
  return sys_readlinkat(task, kAtFdcwd, path, buf, count);
}

SysResult sys_readlinkat(Task& task, Fd fd, PathArg path, GuestAddr buf, ULong bufsize) {
  if (bufsize > iosize_max(task.model())) return HostErrno{EINVAL};
  const auto text = read_link(task, fd, path);
  if (!text) return text.error();
  const std::size_t n = std::min<std::uint64_t>(text->size(), bufsize);
  if (auto r = task.copyout(buf, text->data(), n); !r) return r.error();
  return SysResult::value(n);
}

SysResult sys_mkfifo(Task& task, PathArg path, Mode mode) {
  return sys_mkfifoat(task, kAtFdcwd, path, mode);
}

SysResult sys_mkfifoat(Task& task, Fd fd, PathArg path, Mode mode) {
  return make_node(task, fd, path, S_IFIFO | (bits(mode) & 07777), 0);
}

SysResult freebsd11_mknod(Task& task, PathArg path, Mode mode, std::uint32_t dev) {
  return sys_mknodat(task, kAtFdcwd, path, mode, dev);
}

SysResult freebsd11_mknodat(Task& task, Fd fd, PathArg path, Mode mode, std::uint32_t dev) {
  return sys_mknodat(task, fd, path, mode, dev);
}

SysResult sys_mknodat(Task& task, Fd fd, PathArg path, Mode mode, std::uint64_t dev) {
  // File types have the same values on both sides, but for FreeBSD's whiteouts.
  constexpr std::uint32_t kWhiteout = 0160000;
  switch (bits(mode) & S_IFMT) {
    case S_IFCHR:
    case S_IFBLK:
      if (geteuid() != 0) return HostErrno{EPERM};
      if (dev == kNodev) return HostErrno{EINVAL};
      break;
    case S_IFIFO:
      if (dev != 0) return HostErrno{EINVAL};
      break;
    case kWhiteout:
      return HostErrno{geteuid() != 0 ? EPERM : EOPNOTSUPP};
    default:
      return HostErrno{EINVAL};
  }
  return make_node(task, fd, path, bits(mode) & (S_IFMT | 07777),
                   makedev(guest_major(dev), guest_minor(dev)));
}

SysResult sys_undelete(Task& task, PathArg path) {
  const auto p = load_path(task, path, Follow::no);
  if (!p) return p.error();
  // No whiteouts here, so that a name is either taken or has nothing behind it.
  struct stat st;
  if (fstatat(p->dirfd, p->c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0) return HostErrno{EEXIST};
  return HostErrno{errno};
}

}  // namespace emulate::freebsd
