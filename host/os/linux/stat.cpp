#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "host/os/linux/abi/stat.h"
#include "host/os/linux/pass.h"
#include "host/os/linux/personality.h"
#include "host/os/linux/proc.h"

/// Linux fs/stat.c, fs/statfs.c.

namespace emulate::linux_os {
namespace {

StatFields to_fields(const struct stat& st) {
  StatFields f;
  f.dev = st.st_dev;
  f.ino = st.st_ino;
  f.ino_low = static_cast<std::uint32_t>(st.st_ino);
  f.mode = st.st_mode;
  f.nlink = st.st_nlink;
  f.uid = st.st_uid;
  f.gid = st.st_gid;
  f.rdev = st.st_rdev;
  f.size = st.st_size;
  f.blksize = st.st_blksize;
  f.blocks = st.st_blocks;
  f.atime = st.st_atim.tv_sec;
  f.atime_nsec = static_cast<std::uint64_t>(st.st_atim.tv_nsec);
  f.mtime = st.st_mtim.tv_sec;
  f.mtime_nsec = static_cast<std::uint64_t>(st.st_mtim.tv_nsec);
  f.ctime = st.st_ctim.tv_sec;
  f.ctime_nsec = static_cast<std::uint64_t>(st.st_ctim.tv_nsec);
  return f;
}

SysResult store_stat(Task& task, const Layout& layout, GuestAddr at, const struct stat& st) {
  const StatFields f = to_fields(st);
  std::vector<std::byte> bytes(guest_size(layout, task.model()));
  if (!encode(layout, task.model(), &f, bytes)) return HostErrno{EOVERFLOW};
  return SysResult::from(task.copyout(at, bytes.data(), bytes.size()));
}

/// Where the host's stat(2) shall look.
Expected<HostPath> stat_path(Task& task, Fd directory, const PathArg& path, std::uint32_t flags) {
  const Follow follow = (flags & AT_SYMLINK_NOFOLLOW) != 0 ? Follow::no : Follow::yes;
  auto where = load_path(task, directory, path, follow);
  if (where && where->path.empty() && (flags & AT_EMPTY_PATH) != 0) {
    if (std::string view = proc_view_path(where->dirfd); !view.empty())
      return HostPath{AT_FDCWD, view};
  }
  return where;
}

SysResult stat_at(Task& task, Fd directory, const PathArg& path, const Layout& layout, GuestAddr at,
                  std::uint32_t flags) {
  constexpr std::uint32_t kKnown = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH;
  if ((flags & ~kKnown) != 0) return HostErrno{EINVAL};
  const auto where = stat_path(task, directory, path, flags);
  if (!where) return where.error();
  struct stat st {};
  if (::fstatat(where->dirfd, where->c_str(), &st, static_cast<int>(flags)) != 0) {
    return HostErrno{errno};
  }
  return store_stat(task, layout, at, st);
}

SysResult fstat(Task& task, Fd fd, const Layout& layout, GuestAddr at) {
  const auto number = guest_fd(task, fd);
  if (!number) return number.error();
  struct stat st {};
  const std::string view = proc_view_path(*number);
  if (view.empty() ? ::fstat(*number, &st) != 0 : ::stat(view.c_str(), &st) != 0) {
    return HostErrno{errno};
  }
  return store_stat(task, layout, at, st);
}

SysResult sys_newfstatat(Task& task, Fd directory, PathArg path, GuestAddr at, Flags flags) {
  return stat_at(task, directory, path, *port_of(task).stat, at, bits(flags));
}
SysResult sys_fstatat64(Task& task, Fd directory, PathArg path, GuestAddr at, Flags flags) {
  return stat_at(task, directory, path, *port_of(task).stat64, at, bits(flags));
}
SysResult sys_stat(Task& task, PathArg path, GuestAddr at) {
  return stat_at(task, kAtFdcwd, path, *port_of(task).stat, at, 0);
}
SysResult sys_lstat(Task& task, PathArg path, GuestAddr at) {
  return stat_at(task, kAtFdcwd, path, *port_of(task).stat, at, AT_SYMLINK_NOFOLLOW);
}
SysResult sys_fstat(Task& task, Fd fd, GuestAddr at) {
  return fstat(task, fd, *port_of(task).stat, at);
}
SysResult sys_stat64(Task& task, PathArg path, GuestAddr at) {
  return stat_at(task, kAtFdcwd, path, *port_of(task).stat64, at, 0);
}
SysResult sys_lstat64(Task& task, PathArg path, GuestAddr at) {
  return stat_at(task, kAtFdcwd, path, *port_of(task).stat64, at, AT_SYMLINK_NOFOLLOW);
}
SysResult sys_fstat64(Task& task, Fd fd, GuestAddr at) {
  return fstat(task, fd, *port_of(task).stat64, at);
}

SysResult sys_statx(Task& task, Fd directory, PathArg path, Flags flags, Flags mask,
                    Out<Statx> out) {
  const auto where = stat_path(task, directory, path, bits(flags));
  if (!where) return where.error();
  HostForm<Statx> form;
  const long r = raw_syscall(SYS_statx, where->dirfd, reinterpret_cast<long>(where->c_str()),
                             bits(flags), bits(mask), reinterpret_cast<long>(form.make()));
  if (r < 0) return SysResult::from_raw(r);
  return SysResult::from(out.store(form.decode()));
}

// --- statfs --------------------------------------------------------------------------------------

Statfs64 to_statfs64(const Statfs& h) {
  Statfs64 g;
  g.type = static_cast<std::uint32_t>(h.type.value);
  g.bsize = static_cast<std::uint32_t>(h.bsize.value);
  g.blocks = h.blocks;
  g.bfree = h.bfree;
  g.bavail = h.bavail;
  g.files = h.files;
  g.ffree = h.ffree;
  g.fsid[0] = h.fsid[0];
  g.fsid[1] = h.fsid[1];
  g.namelen = static_cast<std::uint32_t>(h.namelen.value);
  g.frsize = static_cast<std::uint32_t>(h.frsize.value);
  g.flags = static_cast<std::uint32_t>(h.flags.value);
  return g;
}

SysResult store_statfs(Task& task, GuestAddr at, const Statfs& host) {
  const Layout& layout = *layout_or<Statfs>(port_of(task).statfs);
  std::vector<std::byte> bytes(guest_size(layout, task.model()));
  if (!encode(layout, task.model(), &host, bytes)) return HostErrno{EOVERFLOW};
  return SysResult::from(task.copyout(at, bytes.data(), bytes.size()));
}

SysResult store_statfs64(Task& task, GuestAddr at, std::uint64_t size, const Statfs& host) {
  const Layout& layout = *layout_or<Statfs64>(port_of(task).statfs64);
  std::vector<std::byte> bytes(guest_size(layout, task.model()));
  // arm's structure is packed to a multiple of 4 there; old programs pass either size.
  if (size != bytes.size() && size + 4 != bytes.size()) return HostErrno{EINVAL};
  const Statfs64 wide = to_statfs64(host);
  (void)encode(layout, task.model(), &wide, bytes);
  return SysResult::from(task.copyout(at, bytes.data(), size));
}

Expected<Statfs> host_statfs(long call, long what) {
  HostForm<Statfs> form;
  const long r = raw_syscall(call, what, reinterpret_cast<long>(form.make()));
  if (r < 0) return host_error(static_cast<int>(-r));
  return form.decode();
}
Expected<Statfs> statfs_of(Task& task, const Path<>& path) {
  const auto where = load_path(task, path.path);
  if (!where) return tl::unexpected(where.error());
  return host_statfs(SYS_statfs, reinterpret_cast<long>(where->c_str()));
}
Expected<Statfs> statfs_of(Task& task, Fd fd) {
  const auto number = guest_fd(task, fd);
  if (!number) return tl::unexpected(number.error());
  return host_statfs(SYS_fstatfs, *number);
}

template <class P>
SysResult sys_statfs(Task& task, P what, GuestAddr at) {
  const auto fs = statfs_of(task, what);
  if (!fs) return fs.error();
  return store_statfs(task, at, *fs);
}
template <class P>
SysResult sys_statfs64(Task& task, P what, ULong size, GuestAddr at) {
  const auto fs = statfs_of(task, what);
  if (!fs) return fs.error();
  return store_statfs64(task, at, size, *fs);
}

constexpr SyscallRow kRows[] = {
    call<&sys_fstat>("fstat"),
    call<&sys_fstat64>("fstat64"),
    call<&sys_fstatat64>("fstatat64"),
    call<&sys_statfs<Fd>>("fstatfs"),
    call<&sys_statfs64<Fd>>("fstatfs64"),
    call<&sys_lstat>("lstat"),
    call<&sys_lstat64>("lstat64"),
    call<&sys_newfstatat>("newfstatat"),
    call<&sys_stat>("stat"),
    call<&sys_stat64>("stat64"),
    call<&sys_statfs<Path<>>>("statfs"),
    call<&sys_statfs64<Path<>>>("statfs64"),
    call<&sys_statx>("statx"),
};

}  // namespace

Rows stat_rows() { return kRows; }

}  // namespace emulate::linux_os
