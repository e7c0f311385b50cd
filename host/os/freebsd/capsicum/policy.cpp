// Which calls capability mode allows (FreeBSD sys/kern/capabilities.conf), and which rights each
// asks of its descriptors (the fget() calls of the kernel).

#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <string_view>

#include "host/os/freebsd/abi/fcntl.h"
#include "host/os/freebsd/abi/mman.h"
#include "host/os/freebsd/capsicum/limits.h"
#include "host/os/freebsd/errno.h"
#include "host/os/freebsd/ktrace.h"
#include "host/os/freebsd/personality.h"
#include "host/os/path.h"

namespace emulate::freebsd {
namespace {

/// In order, for searching.
constexpr std::string_view kAllowed[] = {
    "__acl_aclcheck_fd",
    "__acl_delete_fd",
    "__acl_get_fd",
    "__acl_set_fd",
    "__cap_rights_get",
    "__mac_get_fd",
    "__mac_get_proc",
    "__mac_set_fd",
    "__mac_set_proc",
    "__specialfd",
    "__sysctl",
    "__sysctlbyname",
    "_umtx_op",
    "abort2",
    "accept",
    "accept4",
    "aio_cancel",
    "aio_error",
    "aio_fsync",
    "aio_read",
    "aio_readv",
    "aio_return",
    "aio_suspend",
    "aio_waitcomplete",
    "aio_write",
    "aio_writev",
    "bindat",
    "break",
    "cap_enter",
    "cap_fcntls_get",
    "cap_fcntls_limit",
    "cap_getmode",
    "cap_ioctls_get",
    "cap_ioctls_limit",
    "cap_rights_limit",
    "chflagsat",
    "clock_getres",
    "clock_gettime",
    "clock_nanosleep",
    "close",
    "close_range",
    "closefrom",
    "connectat",
    "copy_file_range",
    "cpuset_getaffinity",
    "cpuset_setaffinity",
    "dup",
    "dup2",
    "exit",
    "extattr_delete_fd",
    "extattr_get_fd",
    "extattr_list_fd",
    "extattr_set_fd",
    "faccessat",
    "fchflags",
    "fchmod",
    "fchmodat",
    "fchown",
    "fchownat",
    "fcntl",
    "fdatasync",
    "fexecve",
    "flock",
    "fork",
    "fpathconf",
    "freebsd10_pipe",
    "freebsd11_fstat",
    "freebsd11_fstatat",
    "freebsd11_fstatfs",
    "freebsd11_getdents",
    "freebsd11_getdirentries",
    "freebsd11_kevent",
    "freebsd11_mknodat",
    "freebsd6_aio_read",
    "freebsd6_aio_write",
    "freebsd6_ftruncate",
    "freebsd6_lio_listio",
    "freebsd6_lseek",
    "freebsd6_mmap",
    "freebsd6_pread",
    "freebsd6_pwrite",
    "fspacectl",
    "fstat",
    "fstatat",
    "fstatfs",
    "fsync",
    "ftruncate",
    "funlinkat",
    "futimens",
    "futimes",
    "futimesat",
    "getaudit",
    "getaudit_addr",
    "getauid",
    "getcontext",
    "getdirentries",
    "getdtablesize",
    "getegid",
    "geteuid",
    "getgid",
    "getgroups",
    "getitimer",
    "getlogin",
    "getpeername",
    "getpgid",
    "getpgrp",
    "getpid",
    "getppid",
    "getpriority",
    "getrandom",
    "getresgid",
    "getresuid",
    "getrlimit",
    "getrusage",
    "getsid",
    "getsockname",
    "getsockopt",
    "gettimeofday",
    "getuid",
    "ioctl",
    "issetugid",
    "kevent",
    "kill",
    "kmq_notify",
    "kmq_setattr",
    "kmq_timedreceive",
    "kmq_timedsend",
    "kqueue",
    "kqueuex",
    "ktimer_create",
    "ktimer_delete",
    "ktimer_getoverrun",
    "ktimer_gettime",
    "ktimer_settime",
    "linkat",
    "lio_listio",
    "listen",
    "lseek",
    "madvise",
    "membarrier",
    "mincore",
    "minherit",
    "mkdirat",
    "mkfifoat",
    "mknodat",
    "mlock",
    "mlockall",
    "mmap",
    "mprotect",
    "msync",
    "munlock",
    "munlockall",
    "munmap",
    "nanosleep",
    "ntp_gettime",
    "openat",
    "pdfork",
    "pdgetpid",
    "pdkill",
    "pipe2",
    "poll",
    "posix_fallocate",
    "ppoll",
    "pread",
    "preadv",
    "profil",
    "pselect",
    "pwrite",
    "pwritev",
    "read",
    "readlinkat",
    "readv",
    "recvfrom",
    "recvmsg",
    "renameat",
    "rtprio",
    "rtprio_thread",
    "sbrk",
    "sched_get_priority_max",
    "sched_get_priority_min",
    "sched_getcpu",
    "sched_getparam",
    "sched_getscheduler",
    "sched_rr_get_interval",
    "sched_setparam",
    "sched_setscheduler",
    "sched_yield",
    "select",
    "sendfile",
    "sendmsg",
    "sendto",
    "setaudit",
    "setaudit_addr",
    "setauid",
    "setcontext",
    "setegid",
    "seteuid",
    "setgid",
    "setitimer",
    "setpriority",
    "setregid",
    "setresgid",
    "setresuid",
    "setreuid",
    "setrlimit",
    "setsid",
    "setsockopt",
    "setuid",
    "shm_open",
    "shm_open2",
    "shutdown",
    "sigaction",
    "sigaltstack",
    "sigpending",
    "sigprocmask",
    "sigqueue",
    "sigreturn",
    "sigsuspend",
    "sigtimedwait",
    "sigwait",
    "sigwaitinfo",
    "socket",
    "socketpair",
    "sstk",
    "symlinkat",
    "sync",
    "sysarch",
    "thr_create",
    "thr_exit",
    "thr_kill",
    "thr_new",
    "thr_self",
    "thr_set_name",
    "thr_suspend",
    "thr_wake",
    "timerfd_create",
    "timerfd_gettime",
    "timerfd_settime",
    "umask",
    "unlinkat",
    "utimensat",
    "utrace",
    "uuidgen",
    "write",
    "writev",
    "yield",
};
static_assert(std::ranges::is_sorted(kAllowed));

struct FdRule {
  std::string_view call;
  std::uint8_t argument;
  CapRights need;
};

constexpr FdRule kRules[] = {
    {"__acl_aclcheck_fd", 0, kCapAclCheck},
    {"__acl_delete_fd", 0, kCapAclDelete},
    {"__acl_get_fd", 0, kCapAclGet},
    {"__acl_set_fd", 0, kCapAclSet},
    {"accept", 0, kCapAccept},
    {"accept4", 0, kCapAccept},
    {"bind", 0, kCapBind},
    {"bindat", 0, kCapBindat},
    {"bindat", 1, kCapBind},
    {"chflagsat", 0, kCapFchflags | kCapLookup},
    {"connect", 0, kCapConnect},
    {"connectat", 0, kCapConnectat},
    {"connectat", 1, kCapConnect},
    {"copy_file_range", 0, kCapRead},
    {"copy_file_range", 2, kCapWrite},
    {"extattr_delete_fd", 0, kCapExtattrDelete},
    {"extattr_get_fd", 0, kCapExtattrGet},
    {"extattr_list_fd", 0, kCapExtattrList},
    {"extattr_set_fd", 0, kCapExtattrSet},
    {"faccessat", 0, kCapFstat | kCapLookup},
    {"fchdir", 0, kCapFchdir},
    {"fchflags", 0, kCapFchflags},
    {"fchmod", 0, kCapFchmod},
    {"fchmodat", 0, kCapFchmod | kCapLookup},
    {"fchown", 0, kCapFchown},
    {"fchownat", 0, kCapFchown | kCapLookup},
    {"fdatasync", 0, kCapFsync},
    {"fexecve", 0, kCapFexecve},
    {"flock", 0, kCapFlock},
    {"fpathconf", 0, kCapFpathconf},
    {"freebsd11_fstat", 0, kCapFstat},
    {"freebsd11_fstatat", 0, kCapFstat | kCapLookup},
    {"freebsd11_fstatfs", 0, kCapFstatfs},
    {"freebsd11_getdents", 0, kCapRead},
    {"freebsd11_getdirentries", 0, kCapRead},
    {"freebsd11_mknodat", 0, kCapMknodat},
    {"freebsd6_ftruncate", 0, kCapFtruncate},
    {"freebsd6_lseek", 0, kCapSeek},
    {"freebsd6_pread", 0, kCapPread},
    {"freebsd6_pwrite", 0, kCapPwrite},
    {"fspacectl", 0, kCapPwrite},
    {"fstat", 0, kCapFstat},
    {"fstatat", 0, kCapFstat | kCapLookup},
    {"fstatfs", 0, kCapFstatfs},
    {"fsync", 0, kCapFsync},
    {"ftruncate", 0, kCapFtruncate},
    {"funlinkat", 0, kCapUnlinkat},
    {"futimens", 0, kCapFutimes},
    {"futimes", 0, kCapFutimes},
    {"futimesat", 0, kCapFutimes | kCapLookup},
    {"getdirentries", 0, kCapRead},
    {"getpeername", 0, kCapGetpeername},
    {"getsockname", 0, kCapGetsockname},
    {"getsockopt", 0, kCapGetsockopt},
    {"kmq_notify", 0, kCapEvent},
    {"kmq_timedreceive", 0, kCapRead},
    {"kmq_timedsend", 0, kCapWrite},
    {"ksem_getvalue", 0, kCapSemGetvalue},
    {"ksem_post", 0, kCapSemPost},
    {"ksem_timedwait", 0, kCapSemWait},
    {"ksem_trywait", 0, kCapSemWait},
    {"ksem_wait", 0, kCapSemWait},
    {"linkat", 0, kCapLinkatSource},
    {"linkat", 2, kCapLinkatTarget},
    {"listen", 0, kCapListen},
    {"lseek", 0, kCapSeek},
    {"mkdirat", 0, kCapMkdirat},
    {"mkfifoat", 0, kCapMkfifoat},
    {"mknodat", 0, kCapMknodat},
    {"pdgetpid", 0, kCapPdgetpid},
    {"pdkill", 0, kCapPdkill},
    {"posix_fallocate", 0, kCapPwrite},
    {"pread", 0, kCapPread},
    {"preadv", 0, kCapPread},
    {"pwrite", 0, kCapPwrite},
    {"pwritev", 0, kCapPwrite},
    {"read", 0, kCapRead},
    {"readlinkat", 0, kCapLookup},
    {"readv", 0, kCapRead},
    {"recvfrom", 0, kCapRead},
    {"recvmsg", 0, kCapRead},
    {"renameat", 0, kCapRenameatSource},
    {"renameat", 2, kCapRenameatTarget},
    {"sendfile", 0, kCapPread},
    {"sendfile", 1, kCapWrite},
    {"sendmsg", 0, kCapWrite},
    {"sendto", 0, kCapWrite},
    {"setsockopt", 0, kCapSetsockopt},
    {"shutdown", 0, kCapShutdown},
    {"symlinkat", 1, kCapSymlinkat},
    {"unlinkat", 0, kCapUnlinkat},
    {"utimensat", 0, kCapFutimes | kCapLookup},
    {"write", 0, kCapWrite},
    {"writev", 0, kCapWrite},
};

int fd_at(const SyscallRequest& r, unsigned i) { return static_cast<std::int32_t>(r.slots[i]); }
std::uint32_t word_at(const SyscallRequest& r, unsigned i) {
  return static_cast<std::uint32_t>(r.slots[i]);
}

/// flags_to_rights().
CapRights open_rights(std::uint32_t flags) {
  CapRights need = kCapLookup;
  if ((flags & kOExec) != 0) {
    need = need | kCapFexecve;
  } else {
    const std::uint32_t access = flags & kOAccmode;
    if (access != kOWronly) need = need | kCapRead;
    if (access != kORdonly) need = need | kCapWrite;
    if (access != kORdonly && (flags & (kOAppend | kOTrunc)) == 0) need = need | kCapSeek;
  }
  if ((flags & kOCreat) != 0) need = need | kCapCreate;
  if ((flags & kOTrunc) != 0) need = need | kCapFtruncate;
  if ((flags & kOFsync) != 0) need = need | kCapFsync;
  if ((flags & (kOExlock | kOShlock)) != 0) need = need | kCapFlock;
  return need;
}

/// cap_check().
bool holds(Task& task, const CapRights& held, const CapRights& needed) {
  if (held.contains(needed)) return true;
  ktrace_capability(task, CapFail::not_capable, needed, held);
  return false;
}

/// sys_mmap(): prot, flags and descriptor are the third to the fifth argument.
std::optional<HostErrno> check_mmap(Task& task, const SyscallRequest& r) {
  const std::uint32_t prot = word_at(r, 2);
  const std::uint32_t flags = word_at(r, 3);
  if ((flags & (kMapAnon | kMapGuard | kMapStack)) != 0) return std::nullopt;
  CapRights need = kCapMmap;
  if ((prot & kProtRead) != 0) need = need | kCapMmapR;
  if ((prot & kProtWrite) != 0 && (flags & kMapShared) != 0) need = need | kCapMmapW;
  if ((prot & kProtExec) != 0) need = need | kCapMmapX;
  const bool ok = holds(task, Capabilities::instance().limits(fd_at(r, 4)).rights, need);
  return ok ? std::nullopt : std::optional(HostErrno{kHostNotCapable});
}

bool fcntl_allowed(Task& task, const DescriptorLimits& l, std::uint32_t command) {
  constexpr std::uint32_t kFirst = 3, kLast = 6;  // F_GETFL to F_SETOWN
  constexpr std::uint32_t kLocks[] = {7, 8, 9, 11, 12, 13};
  if (command >= kFirst && command <= kLast) {
    return holds(task, l.rights, kCapFcntl) && (l.fcntls >> command & 1) != 0;
  }
  if (std::ranges::find(kLocks, command) != std::end(kLocks))
    return holds(task, l.rights, kCapFlock);
  return true;
}

bool ioctl_allowed(Task& task, const DescriptorLimits& l, std::uint32_t request) {
  if (!holds(task, l.rights, kCapIoctl)) return false;
  if (!l.ioctls) return true;
  return std::ranges::any_of(*l.ioctls, [&](std::uint64_t allowed) {
    return static_cast<std::uint32_t>(allowed) == request;
  });
}

/// Calls whose needs depend on their arguments.
bool special_allowed(Task& task, std::string_view call, const SyscallRequest& r) {
  const DescriptorLimits l = Capabilities::instance().limits(fd_at(r, 0));
  if (call == "openat") return holds(task, l.rights, open_rights(word_at(r, 2)));
  if (call == "fcntl") return fcntl_allowed(task, l, word_at(r, 1));
  if (call == "ioctl") return ioctl_allowed(task, l, word_at(r, 1));
  if (call == "kevent" || call == "freebsd11_kevent") {
    return (word_at(r, 2) == 0 || holds(task, l.rights, kCapKqueueChange)) &&
           (word_at(r, 4) == 0 || holds(task, l.rights, kCapKqueueEvent));
  }
  return true;
}

/// What capability mode still restricts among the calls it allows.
bool mode_allows(Task& task, std::string_view call, const SyscallRequest& r) {
  if (call == "kill" || call == "sigqueue") return fd_at(r, 0) == ::getpid();
  if (call == "shm_open" || call == "shm_open2") return r.slots[0] == kShmAnon;
  if (call == "sendto") return r.slots[4] == 0;
  if (call == "bindat" || call == "connectat") return fd_at(r, 0) != AT_FDCWD;
  if (call == "sendmsg") {
    const auto name = task.load<GuestAddr>(GuestAddr(r.slots[1]));
    return !name || !*name;
  }
  if (call == "__sysctl" || call == "__sysctlbyname") return r.slots[4] == 0;
  return true;
}

}  // namespace

std::optional<HostErrno> capability_check(Task& task, const SyscallRow& row,
                                          const SyscallRequest& request) {
  const Capabilities& c = Capabilities::instance();
  const std::string_view call = row.name;
  if (c.in_mode()) {
    if (!std::ranges::binary_search(kAllowed, call)) {
      ktrace_capability(task, CapFail::syscall);
      return HostErrno{kHostCapMode};
    }
    if (!mode_allows(task, call, request)) return HostErrno{kHostCapMode};
  }
  for (auto it = std::ranges::lower_bound(kRules, call, {}, &FdRule::call);
       it != std::end(kRules) && it->call == call; ++it) {
    const int fd = fd_at(request, it->argument);
    if (fd >= 0 && !holds(task, c.limits(fd).rights, it->need)) return HostErrno{kHostNotCapable};
  }
  if (call == "mmap" || call == "freebsd6_mmap") return check_mmap(task, request);
  if (!special_allowed(task, call, request)) return HostErrno{kHostNotCapable};
  return std::nullopt;
}

void capability_follow(const SyscallRow& row, const SyscallRequest& request,
                       const SysResult& result) {
  constexpr std::uint32_t kDupfd = 0, kDup2fd = 10, kDupfdCloexec = 17, kDup2fdCloexec = 18;
  if (!result.is_value()) return;
  Capabilities& c = Capabilities::instance();
  const std::string_view call = row.name;
  const int made = static_cast<int>(result.first());
  const int first = fd_at(request, 0);
  if (call == "dup" || call == "dup2" || call == "accept" || call == "accept4" ||
      call == "openat") {
    c.inherit(first, made);
  } else if (call == "fcntl") {
    const std::uint32_t command = word_at(request, 1);
    if (command == kDupfd || command == kDup2fd || command == kDupfdCloexec ||
        command == kDup2fdCloexec) {
      c.inherit(first, made);
    }
  } else if (call == "close" || call == "ksem_close" || call == "ksem_destroy") {
    c.closed(first, first);
  } else if (call == "closefrom") {
    c.closed(first, INT_MAX);
  } else if (call == "close_range") {
    if (word_at(request, 2) == 0)
      c.closed(first, fd_at(request, 1) < 0 ? INT_MAX : fd_at(request, 1));
  }
}

}  // namespace emulate::freebsd
