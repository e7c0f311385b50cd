#include <linux/membarrier.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include <cstring>

#include "host/os/linux/abi/resource.h"
#include "host/os/linux/pass.h"
#include "host/os/linux/personality.h"

/// The system's name and state, and calls that this kernel answers as one without the feature.

namespace emulate::linux_os {
namespace {

/// struct new_utsname: six fields of 65 bytes.
constexpr std::size_t kNameLength = 65;
struct Utsname {
  char fields[6][kNameLength];
};

SysResult sys_uname(Task& task, GuestAddr at) {
  struct ::utsname host {};
  if (::uname(&host) != 0) return HostErrno{errno};
  Utsname guest{};
  const char* texts[6] = {host.sysname,
                          host.nodename,
                          host.release,
                          host.version,
                          task.process().machine().linux_machine,
                          host.domainname};
  for (std::size_t i = 0; i < 6; ++i) std::strncpy(guest.fields[i], texts[i], kNameLength - 1);
  return SysResult::from(task.copyout(at, &guest, sizeof guest));
}

/// Counts of bytes that a 32-bit guest cannot hold are given in larger units (Linux do_sysinfo()).
SysResult sys_sysinfo(Task& task, Out<Sysinfo> out) {
  HostForm<Sysinfo> form;
  const long r = raw_syscall(SYS_sysinfo, reinterpret_cast<long>(form.make()));
  if (r < 0) return SysResult::from_raw(r);
  Sysinfo s = form.decode();
  if (!task.model().is64()) {
    ULong* counts[] = {&s.totalram,  &s.freeram,  &s.sharedram, &s.bufferram,
                       &s.totalswap, &s.freeswap, &s.totalhigh, &s.freehigh};
    unsigned shift = 0;
    while ((std::max(s.totalram.value, s.totalswap.value) * s.mem_unit) >> shift > 0xffff'ffff) {
      ++shift;
    }
    for (ULong* c : counts) c->value = (c->value * s.mem_unit) >> shift;
    s.mem_unit = 1u << shift;
  }
  return SysResult::from(out.store(s));
}

SysResult sys_personality(Task&, std::uint32_t wanted) {
  constexpr std::uint32_t kAsk = 0xffff'ffff;
  // Address layout flags concern the host's addresses only; nothing else than PER_LINUX is here.
  static std::uint32_t current = PER_LINUX;
  const std::uint32_t before = current;
  if (wanted != kAsk) current = wanted;
  return SysResult::value(before);
}

SysResult sys_membarrier(Task&, std::int32_t command, Flags flags, std::int32_t cpu) {
  // Private commands order the process's threads, which are host threads: the host's answer holds.
  return SysResult::from_raw(raw_syscall(SYS_membarrier, command, bits(flags), cpu));
}

/// sethostname(2) and setdomainname(2).
template <long kNumber>
SysResult sys_setname(Task& task, GuestAddr name, std::int32_t size) {
  if (size < 0 || size > 64) return HostErrno{EINVAL};
  char text[64];
  if (auto r = task.copyin(text, name, static_cast<std::size_t>(size)); !r) return r.error();
  return SysResult::from_raw(raw_syscall(kNumber, reinterpret_cast<long>(text), size));
}

SysResult sys_missing(Task&) { return HostErrno{ENOSYS}; }
SysResult sys_refused(Task&) { return HostErrno{EPERM}; }

/// syslog(2): nobody's log but the host's.
SysResult sys_syslog(Task&, std::int32_t, GuestAddr, std::int32_t) { return HostErrno{EPERM}; }

/// What a signal would have to have interrupted.
SysResult sys_restart_syscall(Task&) { return HostErrno{EINTR}; }

constexpr const char* kNoNuma = "ENOSYS, as without CONFIG_NUMA";
constexpr const char* kNoQuota = "ENOSYS, as without CONFIG_QUOTA";
constexpr const char* kNoPrivilege = "EPERM, as without the privilege";
constexpr const char* kGone = "ENOSYS, as on every kernel of today";

template <auto Handler>
constexpr SyscallRow without(const char* name, const char* note) {
  return refused<Handler>(0, name, note);
}

constexpr SyscallRow kRows[] = {
    without<&sys_refused>("bpf", kNoPrivilege),
    pass<SYS_getrandom, OutBuffer, Flags>("getrandom"),
    without<&sys_missing>("io_uring_enter", "ENOSYS, as without CONFIG_IO_URING"),
    without<&sys_missing>("io_uring_register", "ENOSYS, as without CONFIG_IO_URING"),
    without<&sys_missing>("io_uring_setup", "ENOSYS, as without CONFIG_IO_URING"),
    call<&sys_membarrier>("membarrier"),
    without<&sys_refused>("perf_event_open", kNoPrivilege),
    call<&sys_personality>("personality"),
    without<&sys_refused>("ptrace", "EPERM, as with Yama's strictest scope"),
    without<&sys_missing>("rseq", "ENOSYS, as without CONFIG_RSEQ"),
    without<&sys_missing>("seccomp", "ENOSYS, as without CONFIG_SECCOMP"),
    pass<SYS_process_mrelease, Fd, Flags>("process_mrelease"),
    call<&sys_setname<SYS_setdomainname>>("setdomainname"),
    call<&sys_setname<SYS_sethostname>>("sethostname"),
    call<&sys_sysinfo>("sysinfo"),
    without<&sys_syslog>("syslog", kNoPrivilege),
    call<&sys_uname>("uname"),
    without<&sys_missing>("userfaultfd", "ENOSYS, as without CONFIG_USERFAULTFD"),
    without<&sys_missing>("_sysctl", kGone),
    without<&sys_missing>("afs_syscall", kGone),
    without<&sys_missing>("bdflush", kGone),
    without<&sys_missing>("break", kGone),
    without<&sys_missing>("create_module", kGone),
    without<&sys_missing>("ftime", kGone),
    without<&sys_missing>("get_kernel_syms", kGone),
    without<&sys_missing>("getpmsg", kGone),
    without<&sys_missing>("gtty", kGone),
    without<&sys_missing>("lock", kGone),
    without<&sys_missing>("mpx", kGone),
    without<&sys_missing>("nfsservctl", kGone),
    without<&sys_missing>("prof", kGone),
    without<&sys_missing>("profil", kGone),
    without<&sys_missing>("putpmsg", kGone),
    without<&sys_missing>("query_module", kGone),
    without<&sys_missing>("stty", kGone),
    without<&sys_missing>("tuxcall", kGone),
    without<&sys_missing>("ulimit", kGone),
    without<&sys_missing>("uselib", kGone),
    without<&sys_missing>("vserver", kGone),
    without<&sys_missing>("get_mempolicy", kNoNuma),
    without<&sys_missing>("mbind", kNoNuma),
    without<&sys_missing>("migrate_pages", kNoNuma),
    without<&sys_missing>("move_pages", kNoNuma),
    without<&sys_missing>("set_mempolicy", kNoNuma),
    without<&sys_missing>("set_mempolicy_home_node", kNoNuma),
    without<&sys_missing>("quotactl", kNoQuota),
    without<&sys_missing>("quotactl_fd", kNoQuota),
    without<&sys_refused>("delete_module", kNoPrivilege),
    without<&sys_refused>("finit_module", kNoPrivilege),
    without<&sys_refused>("init_module", kNoPrivilege),
    without<&sys_refused>("kexec_file_load", kNoPrivilege),
    without<&sys_refused>("kexec_load", kNoPrivilege),
    without<&sys_refused>("lookup_dcookie", kNoPrivilege),
    without<&sys_refused>("process_madvise", kNoPrivilege),
    without<&sys_refused>("reboot", kNoPrivilege),
    call<&sys_restart_syscall>("restart_syscall"),
    pass<SYS_vhangup>("vhangup"),
};

}  // namespace

Rows system_rows() { return kRows; }

}  // namespace emulate::linux_os
