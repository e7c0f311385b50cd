// Calls by file handle (FreeBSD sys/kern/vfs_syscalls.c). The identifier of the file system is the
// host's of the mount; a handle of the host fits where it is no longer than FreeBSD's.

#include "host/os/freebsd/filehandle.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "host/os/freebsd/abi/fcntl.h"
#include "host/os/freebsd/descriptors.h"
#include "host/os/freebsd/mounts.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/path.h"

namespace emulate::freebsd {
namespace {

using Follow = PathResolver::Follow;

constexpr std::size_t kMaxFid = 16;  // MAXFIDSZ

/// struct fhandle.
struct FileHandle {
  std::int32_t mount = 0;  ///< fsid_t val[0]
  std::int32_t unused = 0;
  std::uint16_t length = 0;
  std::uint16_t type = 0;
  std::array<std::uint8_t, kMaxFid> data{};
};

}  // namespace
}  // namespace emulate::freebsd

namespace emulate {
template <>
inline constexpr const char* kStructName<freebsd::FileHandle> = "fhandle";
template <>
inline constexpr auto kFields<freebsd::FileHandle> = fields(
    field<&freebsd::FileHandle::mount>("fh_fsid"), field<&freebsd::FileHandle::unused>("fsid1"),
    field<&freebsd::FileHandle::length>("fid_len"), field<&freebsd::FileHandle::type>("fid_data0"),
    field<&freebsd::FileHandle::data>("fid_data"));
}  // namespace emulate

namespace emulate::freebsd {
namespace {

/// The host's struct file_handle with room for as much as a guest's handle holds.
union HostHandle {
  file_handle handle;
  std::byte bytes[sizeof(file_handle) + kMaxFid];
};

Expected<void> require_privilege() {
  if (geteuid() != 0) return host_error(EPERM);
  return {};
}

SysResult get_handle(Task& task, Fd directory, const PathArg& path, Follow follow,
                     const Out<FileHandle>& out) {
  if (auto r = require_privilege(); !r) return r.error();
  const auto p = load_path(task, directory, path, follow);
  if (!p) return p.error();
  HostHandle h{};
  h.handle.handle_bytes = kMaxFid;
  int mount = 0;
  const int flags = follow == Follow::yes ? AT_SYMLINK_FOLLOW : 0;
  if (name_to_handle_at(p->dirfd, p->c_str(), &h.handle, &mount, flags) != 0) {
    return HostErrno{errno == EOVERFLOW ? EOPNOTSUPP : errno};
  }
  FileHandle g;
  g.mount = mount;
  g.length = static_cast<std::uint16_t>(h.handle.handle_bytes);
  g.type = static_cast<std::uint16_t>(h.handle.handle_type);
  std::memcpy(g.data.data(), h.bytes + sizeof(file_handle), g.length);
  return SysResult::from(out.store(g));
}

SysResult sys_getfh(Task& task, PathArg path, Out<FileHandle> out) {
  return get_handle(task, kAtFdcwd, path, Follow::yes, out);
}
SysResult sys_lgetfh(Task& task, PathArg path, Out<FileHandle> out) {
  return get_handle(task, kAtFdcwd, path, Follow::no, out);
}
SysResult sys_getfhat(Task& task, Fd fd, PathArg path, Out<FileHandle> out, Flags flags) {
  if ((bits(flags) & ~kAtSymlinkNofollow) != 0) return HostErrno{EINVAL};
  return get_handle(task, fd, path, bits(flags) != 0 ? Follow::no : Follow::yes, out);
}

SysResult sys_fhopen(Task& task, GuestAddr handle, Flags flags) {
  const std::uint32_t f = bits(flags);
  if ((f & kOAccmode) == kOAccmode || (f & kOCreat) != 0) return HostErrno{EINVAL};
  const auto fd = open_handle(task, handle, static_cast<int>(flags_to_host(kOpenFlags, f)));
  if (!fd) return fd.error();
  return limit_descriptor(task, SysResult::from_libc(*fd));
}

SysResult sys_fhlinkat(Task& task, GuestAddr handle, Fd directory, PathArg to) {
  const auto fd = open_handle(task, handle, O_PATH | O_CLOEXEC);
  if (!fd) return fd.error();
  const auto p = load_path(task, directory, to, Follow::no, true);
  const std::string self = "/proc/self/fd/" + std::to_string(*fd);
  const int r = p ? linkat(AT_FDCWD, self.c_str(), p->dirfd, p->c_str(), AT_SYMLINK_FOLLOW) : -1;
  const int error = errno;
  close(*fd);
  if (!p) return p.error();
  return r == 0 ? SysResult::ok() : SysResult(HostErrno{error});
}
SysResult sys_fhlink(Task& task, GuestAddr handle, PathArg to) {
  return sys_fhlinkat(task, handle, kAtFdcwd, to);
}

SysResult sys_fhreadlink(Task& task, GuestAddr handle, GuestAddr buf, ULong size) {
  const auto fd = open_handle(task, handle, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (!fd) return fd.error();
  char text[PATH_MAX];
  const ssize_t n = readlinkat(*fd, "", text, sizeof text);
  const int error = errno;
  close(*fd);
  if (n < 0) return HostErrno{error == ENOENT ? EINVAL : error};
  const std::size_t given = std::min<std::uint64_t>(static_cast<std::uint64_t>(n), size);
  if (auto r = task.copyout(buf, text, given); !r) return r.error();
  return SysResult::value(given);
}

constexpr SyscallRow kRows[] = {
    row<&sys_lgetfh>(160, "lgetfh"),         row<&sys_getfh>(161, "getfh"),
    row<&sys_fhopen>(298, "fhopen"),         row<&sys_getfhat>(564, "getfhat"),
    row<&sys_fhlink>(565, "fhlink"),         row<&sys_fhlinkat>(566, "fhlinkat"),
    row<&sys_fhreadlink>(567, "fhreadlink"),
};

}  // namespace

Expected<int> open_handle(Task& task, GuestAddr handle, int host_flags) {
  if (auto r = require_privilege(); !r) return tl::unexpected(r.error());
  const auto g = task.load<FileHandle>(handle);
  if (!g) return tl::unexpected(g.error());
  const auto all = mounts();
  const auto mount = std::ranges::find_if(
      all, [&](const Mount& m) { return m.id == static_cast<std::uint32_t>(g->mount); });
  if (mount == all.end() || g->length > kMaxFid) return host_error(ESTALE);
  HostHandle h{};
  h.handle.handle_bytes = g->length;
  h.handle.handle_type = g->type;
  std::memcpy(h.bytes + sizeof(file_handle), g->data.data(), g->length);
  const int root = open(mount->target.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (root < 0) return host_error(ESTALE);
  const int fd = open_by_handle_at(root, &h.handle, host_flags);
  const int error = errno;
  close(root);
  if (fd < 0) return host_error(error);
  return fd;
}

Rows handle_rows() { return kRows; }

}  // namespace emulate::freebsd
