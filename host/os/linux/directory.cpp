#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <cstring>

#include "host/os/linux/pass.h"
#include "host/os/linux/personality.h"

/// Directories (Linux fs/readdir.c).

namespace emulate::linux_os {
namespace {

/// One entry as the host kernel gives it.
struct HostEntry {
  std::uint64_t ino;
  std::int64_t off;
  std::uint16_t reclen;
  std::uint8_t type;
  char name[1];
};
constexpr std::size_t kNameAt = offsetof(HostEntry, name);

/// Reads host entries and hands each to `put(entry, name)` until that returns false: the position
/// of the first entry that did not fit is restored.
template <class Put>
SysResult read_entries(Task& task, Fd fd, std::size_t room, Put put) {
  const auto number = guest_fd(task, fd);
  if (!number) return number.error();
  std::vector<std::byte> host(std::min<std::size_t>(room, 32768));
  std::int64_t position = ::lseek(*number, 0, SEEK_CUR);
  const long n = raw_syscall(SYS_getdents64, *number, reinterpret_cast<long>(host.data()),
                             static_cast<long>(host.size()));
  if (n <= 0) return SysResult::from_raw(n);
  std::size_t used = 0;
  for (long at = 0; at < n;) {
    const auto* e = reinterpret_cast<const HostEntry*>(&host[static_cast<std::size_t>(at)]);
    const Expected<std::size_t> taken = put(*e, std::string_view(e->name), used);
    if (!taken) return used != 0 ? SysResult::value(used) : SysResult(taken.error());
    if (*taken == 0) {
      ::lseek(*number, position, SEEK_SET);
      if (used == 0) return HostErrno{EINVAL};
      break;
    }
    used += *taken;
    position = e->off;
    at += e->reclen;
  }
  return SysResult::value(used);
}

SysResult sys_getdents64(Task& task, Fd fd, GuestAddr buffer, std::uint32_t size) {
  const DataModel& model = task.model();
  return read_entries(
      task, fd, size,
      [&](const HostEntry& e, std::string_view name, std::size_t used) -> Expected<std::size_t> {
        const std::size_t length = (kNameAt + name.size() + 1 + 7) & ~std::size_t{7};
        if (used + length > size) return 0;
        std::vector<std::byte> out(length);
        store_scalar(model, &out[0], e.ino, 8);
        store_scalar(model, &out[8], static_cast<std::uint64_t>(e.off), 8);
        store_scalar(model, &out[16], length, 2);
        out[18] = static_cast<std::byte>(e.type);
        std::memcpy(&out[kNameAt], name.data(), name.size());
        if (auto r = task.copyout(buffer + used, out.data(), length); !r) {
          return tl::unexpected(r.error());
        }
        return length;
      });
}

/// The old form: words of the guest's long, the type behind the name.
SysResult sys_getdents(Task& task, Fd fd, GuestAddr buffer, std::uint32_t size) {
  const DataModel& model = task.model();
  const std::size_t word = model.long_bytes;
  return read_entries(
      task, fd, size,
      [&](const HostEntry& e, std::string_view name, std::size_t used) -> Expected<std::size_t> {
        const std::size_t name_at = 2 * word + 2;
        const std::size_t length = (name_at + name.size() + 2 + word - 1) & ~(word - 1);
        if (used + length > size) return 0;
        if (word == 4 && e.ino > UINT32_MAX) return host_error(EOVERFLOW);
        std::vector<std::byte> out(length);
        store_scalar(model, &out[0], e.ino, word);
        store_scalar(model, &out[word], static_cast<std::uint64_t>(e.off), word);
        store_scalar(model, &out[2 * word], length, 2);
        std::memcpy(&out[name_at], name.data(), name.size());
        out[length - 1] = static_cast<std::byte>(e.type);
        if (auto r = task.copyout(buffer + used, out.data(), length); !r) {
          return tl::unexpected(r.error());
        }
        return length;
      });
}

SysResult sys_getcwd(Task& task, GuestAddr buffer, ULong size) {
  char host[PATH_MAX];
  const long n = raw_syscall(SYS_getcwd, reinterpret_cast<long>(host), sizeof host);
  if (n < 0) return SysResult::from_raw(n);
  const std::string path = task.process().paths().to_guest(host);
  if (path.size() + 1 > size.value) return HostErrno{ERANGE};
  if (auto r = task.copyout(buffer, path.c_str(), path.size() + 1); !r) return r.error();
  return SysResult::value(path.size() + 1);
}

constexpr SyscallRow kRows[] = {
    pass<SYS_chdir, Path<>>("chdir"), call<&guest_chroot>("chroot"),
    pass<SYS_fchdir, Fd>("fchdir"),   call<&sys_getcwd>("getcwd"),
    call<&sys_getdents>("getdents"),  call<&sys_getdents64>("getdents64"),
};

}  // namespace

Rows directory_rows() { return kRows; }

}  // namespace emulate::linux_os
