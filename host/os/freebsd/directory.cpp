// Directories: reading, making, being in one (FreeBSD sys/kern/vfs_syscalls.c, vfs_cache.c).

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <vector>

#include "host/os/freebsd/abi/dirent.h"
#include "host/os/freebsd/abi/uio.h"
#include "host/os/freebsd/directory_positions.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/path.h"

namespace emulate::freebsd {
namespace {

using Follow = PathResolver::Follow;

/// A directory entry as the host gives it (getdents64(2)).
struct HostDirent {
  std::uint64_t ino;
  std::int64_t off;  ///< position of the next entry
  std::uint16_t reclen;
  std::uint8_t type;  ///< DT_*, the same on both sides
  char name[1];
};

constexpr std::size_t kMostPerCall = 64 * 1024;

/// The generations differ in the head, the alignment of records and what fills the head.
DirentHead make_head(DirentHead, const HostDirent& e, std::int64_t next, std::size_t name_length,
                     std::size_t record) {
  return {e.ino, next, static_cast<std::uint16_t>(record), e.type,
          static_cast<std::uint16_t>(name_length)};
}

Freebsd11DirentHead make_head(Freebsd11DirentHead, const HostDirent& e, std::int64_t,
                              std::size_t name_length, std::size_t record) {
  return {static_cast<std::uint32_t>(e.ino), static_cast<std::uint16_t>(record), e.type,
          static_cast<std::uint8_t>(name_length)};
}

OldDirentHead make_head(OldDirentHead, const HostDirent& e, std::int64_t, std::size_t name_length,
                        std::size_t record) {
  return {static_cast<std::uint32_t>(e.ino), static_cast<std::uint16_t>(record),
          static_cast<std::uint16_t>(name_length)};
}

constexpr std::size_t record_align(OldDirentHead) { return 4; }
constexpr std::size_t record_align(DirentHead) { return 8; }
constexpr std::size_t record_align(Freebsd11DirentHead) { return 4; }

/// Appends one record to `out`, with `next` as the position after it; false when it would pass
/// `room`.
template <class Head>
bool append(const DataModel& model, const HostDirent& e, std::int64_t next, std::size_t room,
            std::vector<std::byte>& out) {
  const std::size_t head = guest_size<Head>(model);
  const std::size_t name_length = std::strlen(e.name);
  const std::size_t align = record_align(Head{});
  const std::size_t record = (head + name_length + 1 + align - 1) & ~(align - 1);
  if (record > room - out.size()) return false;
  const std::size_t at = out.size();
  out.resize(at + record);
  encode(model, make_head(Head{}, e, next, name_length, record),
         std::span<std::byte>(out).subspan(at, head));
  std::memcpy(out.data() + at + head, e.name, name_length);
  return true;
}

struct Listing {
  std::vector<std::byte> bytes;  ///< guest records
  std::int64_t base = 0;         ///< position before the call
  std::int64_t guest_base = 0;   ///< the same as the guest knows it
};

/// The numbering of positions, made when first needed; null for 64-bit programs, which take any
/// position as it is.
std::shared_ptr<DirectoryPositions> positions_of(Task& task, int fd) {
  if (task.model().is64()) return nullptr;
  FdTable& fds = task.process().fds();
  if (auto known = fds.get<DirectoryPositions>(fd)) return known;
  if (fds.find(fd) != nullptr) return nullptr;
  auto made = std::make_shared<DirectoryPositions>();
  fds.attach(fd, made);
  return made;
}

/// Reads entries from the position of `fd` on, as many as `room` bytes hold, and leaves the
/// position behind the last of them.
template <class Head>
Expected<Listing> list(Task& task, int fd, std::size_t room) {
  Listing out;
  out.base = lseek(fd, 0, SEEK_CUR);
  if (out.base < 0) return host_error(errno == ESPIPE ? EINVAL : errno);
  // A host record is never longer than FreeBSD's by more than the difference of the heads, so a
  // buffer of the same size rarely has to be read twice.
  std::vector<std::byte> host(std::max<std::size_t>(room, 1024));
  const long n = syscall(SYS_getdents64, fd, host.data(), host.size());
  if (n < 0) return host_error(errno == ENOTDIR ? EINVAL : errno);
  const auto positions = positions_of(task, fd);
  const auto to_guest = [&](std::int64_t p) { return positions ? positions->to_guest(p) : p; };
  out.guest_base = to_guest(out.base);
  std::int64_t next = out.base;
  for (long at = 0; at < n;) {
    const auto& e = *reinterpret_cast<const HostDirent*>(host.data() + at);
    if (!append<Head>(task.model(), e, to_guest(e.off), room, out.bytes)) {
      if (lseek(fd, next, SEEK_SET) < 0) return host_error(errno);
      // Not even one entry fits.
      if (out.bytes.empty()) return host_error(EINVAL);
      break;
    }
    next = e.off;
    at += e.reclen;
  }
  return out;
}

template <class Head>
Expected<Listing> list_guest(Task& task, Fd fd, GuestAddr buf, std::uint64_t count) {
  const auto f = guest_fd(task, fd);
  if (!f) return tl::unexpected(f.error());
  auto listing = list<Head>(task, *f, std::min<std::uint64_t>(count, kMostPerCall));
  if (!listing) return listing;
  const auto r = task.copyout(buf, listing->bytes.data(), listing->bytes.size());
  if (!r) {
    lseek(*f, listing->base, SEEK_SET);
    return tl::unexpected(r.error());
  }
  return listing;
}

/// Stores an integer of `bytes` bytes unless the address is null.
Expected<void> store_base(Task& task, GuestAddr basep, std::int64_t base, std::size_t bytes) {
  if (!basep) return {};
  std::byte out[8];
  store_scalar(task.model(), out, static_cast<std::uint64_t>(base), bytes);
  return task.copyout(basep, out, bytes);
}

SysResult finish(Task& task, const Expected<Listing>& listing, GuestAddr basep,
                 std::size_t base_bytes) {
  if (!listing) return listing.error();
  if (auto r = store_base(task, basep, listing->guest_base, base_bytes); !r) return r.error();
  return SysResult::value(listing->bytes.size());
}

SysResult sys_getdirentries(Task& task, Fd fd, GuestAddr buf, ULong count, GuestAddr basep) {
  if (count > iosize_max(task.model())) return HostErrno{EINVAL};
  return finish(task, list_guest<DirentHead>(task, fd, buf, count), basep, 8);
}

SysResult freebsd11_getdirentries(Task& task, Fd fd, GuestAddr buf, std::uint32_t count,
                                  GuestAddr basep) {
  return finish(task, list_guest<Freebsd11DirentHead>(task, fd, buf, count), basep,
                task.model().long_bytes);
}

SysResult old_getdirentries(Task& task, Fd fd, GuestAddr buf, std::uint32_t count,
                            GuestAddr basep) {
  if (count > kMostPerCall) return HostErrno{EINVAL};
  return finish(task, list_guest<OldDirentHead>(task, fd, buf, count), basep,
                task.model().long_bytes);
}

SysResult freebsd11_getdents(Task& task, Fd fd, GuestAddr buf, ULong count) {
  return finish(task, list_guest<Freebsd11DirentHead>(task, fd, buf, count), GuestAddr(), 0);
}

SysResult sys_mkdirat(Task& task, Fd fd, PathArg path, Mode mode) {
  const auto p = load_path(task, fd, path, Follow::no, true);
  if (!p) return p.error();
  return SysResult::from_libc(mkdirat(p->dirfd, p->c_str(), bits(mode) & 0777));
}

SysResult sys_mkdir(Task& task, PathArg path, Mode mode) {
  return sys_mkdirat(task, kAtFdcwd, path, mode);
}

SysResult sys_rmdir(Task& task, PathArg path) {
  const auto p = load_path(task, path, Follow::no);
  if (!p) return p.error();
  return SysResult::from_libc(unlinkat(p->dirfd, p->c_str(), AT_REMOVEDIR));
}

SysResult sys_chdir(Task& task, PathArg path) {
  const auto p = load_path(task, path);
  if (!p) return p.error();
  return SysResult::from_libc(chdir(p->c_str()));
}

SysResult sys_fchdir(Task& task, Fd fd) {
  const auto f = guest_fd(task, fd);
  if (!f) return f.error();
  return SysResult::from_libc(fchdir(*f));
}

SysResult sys_getcwd(Task& task, GuestAddr buf, ULong buflen) {
  constexpr std::uint64_t kMaxPathLen = 1024;
  if (buflen < 2) return HostErrno{EINVAL};
  char host[PATH_MAX];
  const long n = syscall(SYS_getcwd, host, sizeof host);
  if (n < 0) return HostErrno{errno};
  // "(unreachable)": outside of the root.
  if (host[0] != '/') return HostErrno{ENOENT};
  const std::string path = task.process().paths().to_guest(host);
  if (path.size() + 1 > std::min<std::uint64_t>(buflen, kMaxPathLen)) return HostErrno{ENOMEM};
  return SysResult::from(task.copyout(buf, path.c_str(), path.size() + 1));
}

constexpr SyscallRow kRows[] = {
    row<&sys_chdir>(12, "chdir"),
    row<&sys_fchdir>(13, "fchdir"),
    row<&sys_mkdir>(136, "mkdir"),
    row<&sys_rmdir>(137, "rmdir"),
    row<&old_getdirentries>(156, "ogetdirentries"),
    row<&freebsd11_getdirentries>(196, "freebsd11_getdirentries"),
    row<&freebsd11_getdents>(272, "freebsd11_getdents"),
    row<&sys_getcwd>(326, "__getcwd"),
    row<&sys_mkdirat>(496, "mkdirat"),
    row<&sys_getdirentries>(554, "getdirentries"),
};

}  // namespace

Rows directory_rows() { return kRows; }

}  // namespace emulate::freebsd
