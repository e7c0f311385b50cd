// POSIX shared memory (FreeBSD sys/kern/uipc_shm.c).

#include "host/os/freebsd/ipc/posix_shm.h"

#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "host/os/freebsd/abi/fcntl.h"
#include "host/os/freebsd/abi/mman.h"
#include "host/os/freebsd/descriptors.h"
#include "host/os/freebsd/syscalls.h"

namespace emulate::freebsd {

std::string posix_object_path(std::string_view name, std::string_view prefix) {
  std::string out = "/dev/shm/";
  out += prefix;
  name.remove_prefix(name.starts_with('/') ? 1 : 0);
  if (name.empty() || name == "." || name == "..") out += "%";
  for (const char c : name) {
    if (c == '/') {
      out += "%2f";
    } else if (c == '%') {
      out += "%25";
    } else {
      out += c;
    }
  }
  return out;
}

namespace {

constexpr std::uint32_t kKnownFlags = kOAccmode | kOCreat | kOExcl | kOTrunc | kOCloexec;

/// `sealing`: seals may be put on an anonymous object.
SysResult open_object(Task& task, const PathArg& path, std::uint32_t f, Mode mode, bool sealing) {
  if ((f & kOAccmode) != kORdonly && (f & kOAccmode) != kORdwr) return HostErrno{EINVAL};
  if ((f & ~kKnownFlags) != 0) return HostErrno{EINVAL};
  const bool writable = (f & kOAccmode) == kORdwr;
  if (path.address().value == kShmAnon) {
    if (!writable) return HostErrno{EINVAL};
    const unsigned flags =
        ((f & kOCloexec) != 0 ? MFD_CLOEXEC : 0U) | (sealing ? MFD_ALLOW_SEALING : 0U);
    return limit_descriptor(task, SysResult::from_libc(memfd_create("SHM_ANON", flags)));
  }
  const auto name = path.load();
  if (!name) return name.error();
  if (!name->starts_with('/')) return HostErrno{EINVAL};
  std::uint32_t used = f | kONofollow;
  if (!writable) used &= ~kOTrunc;
  return limit_descriptor(
      task, SysResult::from_libc(open(posix_object_path(*name).c_str(),
                                      static_cast<int>(flags_to_host(kOpenFlags, used)),
                                      bits(mode) & 0777)));
}

SysResult sys_shm_open(Task& task, PathArg path, Flags flags, Mode mode) {
  return open_object(task, path, bits(flags) | kOCloexec, mode, false);
}

/// FreeBSD 13. The name is only for display.
SysResult sys_shm_open2(Task& task, PathArg path, Flags flags, Mode mode, Flags shmflags, PathArg) {
  constexpr std::uint32_t kAllowSealing = 1, kGrowOnWrite = 2;
  if ((bits(shmflags) & ~(kAllowSealing | kGrowOnWrite)) != 0) return HostErrno{EINVAL};
  return open_object(task, path, bits(flags), mode, (bits(shmflags) & kAllowSealing) != 0);
}

SysResult sys_shm_unlink(Task&, PathArg path) {
  const auto name = path.load();
  if (!name) return name.error();
  if (!name->starts_with('/')) return HostErrno{ENOENT};
  return SysResult::from_libc(unlink(posix_object_path(*name).c_str()));
}

/// FreeBSD 13.
SysResult sys_shm_rename(Task&, PathArg from, PathArg to, Flags flags) {
  constexpr std::uint32_t kNoReplace = 1, kExchange = 2;
  constexpr unsigned kHostNoReplace = 1, kHostExchange = 2;  // RENAME_*
  const std::uint32_t f = bits(flags);
  if ((f & ~(kNoReplace | kExchange)) != 0 || f == (kNoReplace | kExchange)) {
    return HostErrno{EINVAL};
  }
  const auto from_name = from.load();
  if (!from_name) return from_name.error();
  const auto to_name = to.load();
  if (!to_name) return to_name.error();
  const unsigned host =
      ((f & kNoReplace) != 0 ? kHostNoReplace : 0) | ((f & kExchange) != 0 ? kHostExchange : 0);
  return SysResult::from_libc(syscall(SYS_renameat2, AT_FDCWD,
                                      posix_object_path(*from_name).c_str(), AT_FDCWD,
                                      posix_object_path(*to_name).c_str(), host));
}

constexpr SyscallRow kRows[] = {
    row<&sys_shm_open>(482, "shm_open"),
    row<&sys_shm_unlink>(483, "shm_unlink"),
    partial<&sys_shm_open2>(571, "shm_open2", "SHM_GROW_ON_WRITE is what every object does"),
    row<&sys_shm_rename>(572, "shm_rename"),
};

}  // namespace

Rows posix_shm_rows() { return kRows; }

}  // namespace emulate::freebsd
