#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "host/os/dispatch.h"
#include "host/os/freebsd/jail/jail.h"
#include "host/os/freebsd/personality.h"
#include "host/os/freebsd/process_calls.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/freebsd/time.h"
#include "host/os/path.h"

/// Calls about the system as a whole. Most of it a guest cannot change here: those calls answer as
/// to a process without the privilege, or as a kernel built without the option.

namespace emulate::freebsd {
namespace {

// --- answers ------------------------------------------------------------------------------------

SysResult not_permitted(Task&) { return HostErrno{EPERM}; }
SysResult not_configured(Task&) { return HostErrno{ENOSYS}; }

constexpr const char* kPrivileged = "EPERM, as without the privilege";
constexpr const char* kJails =
    "addresses are not limited, but there is vnet; the calling thread only; no jails in jails";
constexpr const char* kNoMac = "ENOSYS, as without MAC";
constexpr const char* kNoAudit = "ENOSYS, as without AUDIT";
constexpr const char* kNoRctl = "ENOSYS, as without RCTL";
constexpr const char* kNoFfclock = "ENOSYS, as without FFCLOCK";

/// VFS_QUOTACTL() of a file system without quotas.
SysResult sys_quotactl(Task& task, PathArg path, std::int32_t, std::int32_t, GuestAddr) {
  const auto p = load_path(task, path);
  if (!p) return p.error();
  if (faccessat(p->dirfd, p->c_str(), F_OK, 0) != 0) return HostErrno{errno};
  return HostErrno{EOPNOTSUPP};
}

// --- calls with substance -----------------------------------------------------------------------

SysResult sys_sysarch(Task& task, std::uint32_t op, GuestAddr parms) {
  return sys_result(abi_of(task).arch_sysarch(task.cpu(), op, parms, task.process().services()));
}

/// GRND_NONBLOCK and GRND_RANDOM are the same bits on both systems.
SysResult sys_getrandom(Task& task, GuestAddr buf, ULong size, Flags flags) {
  constexpr std::uint32_t kKnown = GRND_NONBLOCK | GRND_RANDOM;
  if ((bits(flags) & ~kKnown) != 0) return HostErrno{EINVAL};
  if (size > INT32_MAX) return HostErrno{EINVAL};
  if (size == 0) return SysResult::value(0);
  std::byte* to = task.memory().host_range_for_write(buf, size);
  if (to == nullptr) return HostErrno{EFAULT};
  const auto n = ::getrandom(to, size, bits(flags));
  return SysResult::from_libc(n);
}

/// Version 1 identifiers: 100 ns since 1582, and a random node with the multicast bit, as of a
/// machine without a network card.
SysResult sys_uuidgen(Task& task, GuestAddr store, std::int32_t count) {
  constexpr std::int32_t kMost = 2048;
  constexpr std::size_t kSize = 16;
  constexpr std::uint64_t kGregorianToUnix = 0x01b2'1dd2'1381'4000;
  if (count < 1 || count > kMost) return HostErrno{EINVAL};
  std::uint8_t node[8];
  (void)::getrandom(node, sizeof node, 0);
  node[0] |= 1;
  const std::uint64_t start =
      static_cast<std::uint64_t>(now_ns(CLOCK_REALTIME)) / 100 + kGregorianToUnix;
  for (std::int32_t i = 0; i < count; ++i) {
    const std::uint64_t t = start + static_cast<std::uint64_t>(i);
    std::byte bytes[kSize];
    store_scalar(task.model(), bytes, t & 0xffff'ffff, 4);
    store_scalar(task.model(), bytes + 4, t >> 32 & 0xffff, 2);
    store_scalar(task.model(), bytes + 6, (t >> 48 & 0xfff) | 0x1000, 2);
    bytes[8] = static_cast<std::byte>((node[6] & 0x3f) | 0x80);
    bytes[9] = static_cast<std::byte>(node[7]);
    for (int k = 0; k < 6; ++k) bytes[10 + k] = static_cast<std::byte>(node[k]);
    const GuestAddr at = store + static_cast<std::uint64_t>(i) * kSize;
    if (auto r = task.copyout(at, bytes, sizeof bytes); !r) return r.error();
  }
  return SysResult::ok();
}

/// The kernel environment is empty.
SysResult sys_kenv(Task&, std::int32_t what) {
  constexpr std::int32_t kGet = 0, kSet = 1, kUnset = 2, kDump = 3;
  switch (what) {
    case kGet:
      return HostErrno{ENOENT};
    case kSet:
    case kUnset:
      return HostErrno{EPERM};
    case kDump:
      return SysResult::value(0);
    default:
      return HostErrno{EINVAL};
  }
}

SysResult sys_yield(Task&) {
  ::syscall(SYS_sched_yield);
  return SysResult::value(0);
}

constexpr SyscallRow kRows[] = {
    refused<&not_permitted>(21, "mount", kPrivileged),
    refused<&not_permitted>(22, "unmount", kPrivileged),
    refused<&not_permitted>(51, "acct", kPrivileged),
    refused<&not_permitted>(55, "reboot", kPrivileged),
    refused<&not_permitted>(85, "swapon", kPrivileged),
    partial<&sys_quotactl>(148, "quotactl", "no file system has quotas"),
    row<&sys_sysarch>(165, "sysarch"),
    refused<&not_configured>(241, "ffclock_getcounter", kNoFfclock),
    refused<&not_configured>(242, "ffclock_setestimate", kNoFfclock),
    refused<&not_configured>(243, "ffclock_getestimate", kNoFfclock),
    row<&sys_yield>(321, "yield"),
    partial<&sys_jail>(338, "jail", kJails),
    refused<&not_configured>(374, "__setugid", "ENOSYS, as without REGRESSION"),
    refused<&not_permitted>(378, "nmount", kPrivileged),
    refused<&not_configured>(384, "__mac_get_proc", kNoMac),
    refused<&not_configured>(385, "__mac_set_proc", kNoMac),
    refused<&not_configured>(386, "__mac_get_fd", kNoMac),
    refused<&not_configured>(387, "__mac_get_file", kNoMac),
    refused<&not_configured>(388, "__mac_set_fd", kNoMac),
    refused<&not_configured>(389, "__mac_set_file", kNoMac),
    partial<&sys_kenv>(390, "kenv", "an empty environment"),
    row<&sys_uuidgen>(392, "uuidgen"),
    refused<&not_configured>(394, "mac_syscall", kNoMac),
    refused<&not_configured>(409, "__mac_get_pid", kNoMac),
    refused<&not_configured>(410, "__mac_get_link", kNoMac),
    refused<&not_configured>(411, "__mac_set_link", kNoMac),
    refused<&not_configured>(415, "__mac_execve", kNoMac),
    refused<&not_permitted>(424, "swapoff", kPrivileged),
    partial<&sys_jail_attach>(436, "jail_attach", kJails),
    refused<&not_configured>(445, "audit", kNoAudit),
    refused<&not_configured>(446, "auditon", kNoAudit),
    refused<&not_configured>(447, "getauid", kNoAudit),
    refused<&not_configured>(448, "setauid", kNoAudit),
    refused<&not_configured>(449, "getaudit", kNoAudit),
    refused<&not_configured>(450, "setaudit", kNoAudit),
    refused<&not_configured>(451, "getaudit_addr", kNoAudit),
    refused<&not_configured>(452, "setaudit_addr", kNoAudit),
    refused<&not_configured>(453, "auditctl", kNoAudit),
    partial<&sys_jail_get>(506, "jail_get", kJails),
    partial<&sys_jail_set>(507, "jail_set", kJails),
    partial<&sys_jail_remove>(508, "jail_remove", kJails),
    refused<&not_configured>(525, "rctl_get_racct", kNoRctl),
    refused<&not_configured>(526, "rctl_get_rules", kNoRctl),
    refused<&not_configured>(527, "rctl_get_limits", kNoRctl),
    refused<&not_configured>(528, "rctl_add_rule", kNoRctl),
    refused<&not_configured>(529, "rctl_remove_rule", kNoRctl),
    row<&sys_getrandom>(563, "getrandom"),
};

}  // namespace

Rows system_rows() { return kRows; }

}  // namespace emulate::freebsd
