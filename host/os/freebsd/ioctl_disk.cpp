// Disks (FreeBSD sys/sys/disk.h, sys/geom/geom_dev.c): what newfs(8), fsck(8) and dd(1) want to
// know of a block device of the host.

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "host/os/freebsd/ioctl_table.h"

namespace emulate::freebsd {
namespace {

bool is_disk(int fd) {
  struct stat st {};
  return fstat(fd, &st) == 0 && S_ISBLK(st.st_mode);
}

SysResult store_offset(const IoctlCall& call, std::uint64_t value) {
  std::array<std::byte, 8> bytes;
  store_scalar(call.task.model(), bytes.data(), value, bytes.size());
  return SysResult::from(call.task.copyout(call.argument, bytes.data(), bytes.size()));
}

SysResult sector_size(const IoctlCall& call) {
  int size = 0;
  if (!is_disk(call.fd)) return HostErrno{ENOTTY};
  if (ioctl(call.fd, BLKSSZGET, &size) != 0) return HostErrno{errno};
  return call.store_int(size);
}

SysResult media_size(const IoctlCall& call) {
  std::uint64_t size = 0;
  if (!is_disk(call.fd)) return HostErrno{ENOTTY};
  if (ioctl(call.fd, BLKGETSIZE64, &size) != 0) return HostErrno{errno};
  return store_offset(call, size);
}

/// Geometry of drives without one.
template <std::int32_t N>
SysResult geometry(const IoctlCall& call) {
  return is_disk(call.fd) ? call.store_int(N) : SysResult(HostErrno{ENOTTY});
}

SysResult stripe_size(const IoctlCall& call) {
  unsigned size = 0;
  if (!is_disk(call.fd)) return HostErrno{ENOTTY};
  if (ioctl(call.fd, BLKPBSZGET, &size) != 0) return HostErrno{errno};
  return store_offset(call, size);
}

SysResult no_offset(const IoctlCall& call) {
  return is_disk(call.fd) ? store_offset(call, 0) : SysResult(HostErrno{ENOTTY});
}

SysResult flush_cache(const IoctlCall& call) {
  if (!is_disk(call.fd)) return HostErrno{ENOTTY};
  return SysResult::from_libc(fsync(call.fd));
}

/// Where an answer may be missing, FreeBSD says ENOENT.
SysResult unknown(const IoctlCall& call) { return HostErrno{is_disk(call.fd) ? ENOENT : ENOTTY}; }
SysResult refuse(const IoctlCall& call) { return HostErrno{is_disk(call.fd) ? EPERM : ENOTTY}; }

constexpr IoctlRow row(const char* name, std::uint8_t number, IoctlDirection direction,
                       std::uint32_t bytes, IoctlHandler handler) {
  return {name, 'd', number, direction, nullptr, bytes, handler, 0};
}
constexpr std::uint32_t kPath = 1024, kIdent = 256, kOffset = 8, kInt = 4;

constexpr IoctlRow kRows[] = {
    row("DIOCGSECTORSIZE", 128, IoctlDirection::out, kInt, &sector_size),
    row("DIOCGMEDIASIZE", 129, IoctlDirection::out, kOffset, &media_size),
    row("DIOCGFWSECTORS", 130, IoctlDirection::out, kInt, &geometry<63>),
    row("DIOCGFWHEADS", 131, IoctlDirection::out, kInt, &geometry<255>),
    row("DIOCGFRONTSTUFF", 134, IoctlDirection::out, kOffset, &no_offset),
    row("DIOCGFLUSH", 135, IoctlDirection::none, 0, &flush_cache),
    row("DIOCGDELETE", 136, IoctlDirection::in, 2 * kOffset, &refuse),
    row("DIOCGIDENT", 137, IoctlDirection::out, kIdent, &unknown),
    row("DIOCGPROVIDERNAME", 138, IoctlDirection::out, kPath, &unknown),
    row("DIOCGSTRIPESIZE", 139, IoctlDirection::out, kOffset, &stripe_size),
    row("DIOCGSTRIPEOFFSET", 140, IoctlDirection::out, kOffset, &no_offset),
    row("DIOCGPHYSPATH", 141, IoctlDirection::out, kPath, &unknown),
};

}  // namespace

std::span<const IoctlRow> disk_ioctls() { return kRows; }

}  // namespace emulate::freebsd
