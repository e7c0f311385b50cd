#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "host/os/freebsd/abi/auxv.h"
#include "host/os/freebsd/abi/signal.h"
#include "host/os/freebsd/cpus.h"
#include "host/os/freebsd/jail/prisons.h"
#include "host/os/freebsd/personality.h"
#include "host/os/freebsd/sysctl_rows.h"
#include "host/os/freebsd/time.h"

/// kern.* but kern.proc.

namespace emulate::freebsd {
namespace {

CtlResult ostype(CtlCall&, CtlValue& out) {
  out.text("FreeBSD");
  return {};
}

CtlResult os_release(CtlCall& c, CtlValue& out) {
  out.text(osrelease(osreldate(c.task.process())));
  return {};
}

CtlResult os_reldate(CtlCall& c, CtlValue& out) {
  out.i32(osreldate(c.task.process()));
  return {};
}

CtlResult version(CtlCall& c, CtlValue& out) {
  out.text(fmt::format("FreeBSD {} GENERIC", osrelease(osreldate(c.task.process()))));
  return {};
}

std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

using SetName = int (*)(const char*, std::size_t);

CtlResult write_name(const CtlCall& c, SetName set) {
  constexpr std::size_t kMaxHostNameLen = 256;
  if (!c.sets) return {};
  if (::geteuid() != 0) return host_error(EPERM);
  if (jailed() && !own_prison().allows(PrisonAllow::set_hostname)) return host_error(EPERM);
  if (c.new_value.size() >= kMaxHostNameLen) return host_error(EINVAL);
  const auto* name = reinterpret_cast<const char*>(c.new_value.data());
  return set(name, ::strnlen(name, c.new_value.size())) == 0 ? CtlResult() : host_error(errno);
}

CtlResult hostname(CtlCall& c, CtlValue& out) {
  out.text(host_name());
  return write_name(c, &::sethostname);
}

CtlResult domainname(CtlCall& c, CtlValue& out) {
  char name[HOST_NAME_MAX + 1] = {};
  ::getdomainname(name, sizeof name);
  // That is how the host says that there is none.
  out.text(std::string_view(name) == "(none)" ? "" : name);
  return write_name(c, &::setdomainname);
}

/// FNV-1a of the host's name: the same on each call, different between machines.
std::uint64_t host_hash() {
  std::uint64_t h = 0xcbf2'9ce4'8422'2325;
  for (const char c : host_name()) h = (h ^ static_cast<std::uint8_t>(c)) * 0x100'0000'01b3;
  return h;
}

CtlResult hostid(CtlCall&, CtlValue& out) {
  out.word(host_hash() & 0xffff'ffff);
  return {};
}

CtlResult hostuuid(CtlCall&, CtlValue& out) {
  const std::uint64_t h = host_hash();
  out.text(fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", h >> 32, h >> 16 & 0xffff,
                       h & 0xfff, h >> 12 & 0xfff, h & 0xffff'ffff'ffff));
  return {};
}

/// struct clockinfo {hz, tick, spare, stathz, profhz}.
CtlResult clockrate(CtlCall&, CtlValue& out) {
  out.i32(1000).i32(1000).i32(0).i32(127).i32(8126);
  return {};
}

CtlResult boottime(CtlCall&, CtlValue& out) {
  const std::int64_t since_boot = now_ns(CLOCK_BOOTTIME) / 1000;
  const std::int64_t us = now_ns(CLOCK_REALTIME) / 1000 - since_boot;
  out.record(Timeval{us / 1'000'000, us % 1'000'000});
  return {};
}

/// As many random bytes as there is room for, up to 256.
CtlResult arandom(CtlCall& c, CtlValue& out) {
  std::array<std::byte, 256> bytes;
  const std::size_t n = std::min<std::size_t>(c.room.value_or(bytes.size()), bytes.size());
  (void)::getrandom(bytes.data(), n, 0);
  out.raw(std::span(bytes).first(n));
  return {};
}

CtlResult ps_strings(CtlCall& c, CtlValue& out) {
  out.word(c.task.process().image().ps_strings.value);
  return {};
}

CtlResult usrstack(CtlCall& c, CtlValue& out) {
  out.word(c.task.process().image().stack_top.value);
  return {};
}

CtlResult max_files(CtlCall&, CtlValue& out) {
  out.i32(FdTable::private_base());
  return {};
}

CtlResult open_files(CtlCall&, CtlValue& out) {
  out.i32(FdTable::private_base() / 16);
  return {};
}

CtlResult cpus(CtlCall& c, CtlValue& out) {
  out.i32(guest_cpu_count(c.task.process()));
  return {};
}

CtlResult cpu_max_id(CtlCall& c, CtlValue& out) {
  out.i32(guest_cpu_count(c.task.process()) - 1);
  return {};
}

CtlResult supported_archs(CtlCall& c, CtlValue& out) {
  out.text(c.task.process().machine().name);
  return {};
}

CtlResult bootfile(CtlCall&, CtlValue& out) {
  out.text("/boot/kernel/kernel");
  return {};
}

CtlResult geom_none(CtlCall&, CtlValue& out) {
  out.text("");
  return {};
}

constexpr CtlRow kRows[] = {
    {"kern", 1, kNode, "N", nullptr},
    {"kern.ostype", 1, kString, "A", ostype, false, "Operating system type"},
    {"kern.osrelease", 2, kString, "A", os_release, false, "Operating system release"},
    {"kern.osrevision", 3, kInt, "I", constant<199506>, false, "Operating system revision"},
    {"kern.version", 4, kString, "A", version, false, "Kernel version"},
    {"kern.maxvnodes", 5, kInt, "I", constant<131072>},
    {"kern.maxproc", 6, kInt, "I", constant<6656>, false, "Maximum number of processes"},
    {"kern.maxfiles", 7, kInt, "I", max_files, false, "Maximum number of files"},
    {"kern.argmax", 8, kInt, "I", constant<static_cast<std::int64_t>(kArgMax)>, false,
     "Maximum bytes of argument to execve(2)"},
    {"kern.securelevel", 9, kInt, "I", constant<-1>, false, "Current secure level"},
    {"kern.hostname", 10, kString, "A", hostname, true, "Hostname"},
    {"kern.hostid", 11, CtlType::ulong, "LU", hostid, false, "Host ID"},
    {"kern.clockrate", 12, CtlType::opaque, "S,clockinfo", clockrate, false,
     "Rate and period of various kernel clocks"},
    {"kern.posix1version", 17, kInt, "I", constant<200112>},
    {"kern.ngroups", 18, kInt, "I", constant<1023>, false, "Maximum number of supplemental groups"},
    {"kern.job_control", 19, kInt, "I", constant<1>},
    {"kern.saved_ids", 20, kInt, "I", constant<1>},
    {"kern.boottime", 21, CtlType::opaque, "S,timeval", boottime, false, "Estimated boot time"},
    {"kern.domainname", 22, kString, "A", domainname, true},
    {"kern.osreldate", 24, kInt, "I", os_reldate, false, "Kernel release date"},
    {"kern.bootfile", 26, kString, "A", bootfile},
    {"kern.maxfilesperproc", 27, kInt, "I", max_files, false, "Maximum files allowed open"},
    {"kern.maxprocperuid", 28, kInt, "I", constant<5990>},
    {"kern.ipc", 30, kNode, "N", nullptr},
    {"kern.ipc.maxsockbuf", 1, CtlType::ulong, "LU", constant_long<2097152>},
    {"kern.ipc.somaxconn", 3, kInt, "I", constant<128>},
    {"kern.ipc.soacceptqueue", kCtlAuto, kInt, "I", constant<128>},
    {"kern.ipc.numopensockets", kCtlAuto, kInt, "I", constant<64>},
    {"kern.ipc.nmbclusters", kCtlAuto, kInt, "I", constant<65536>},
    {"kern.ipc.shmmax", kCtlAuto, CtlType::ulong, "LU", constant_long<536870912>},
    {"kern.ipc.shmall", kCtlAuto, CtlType::ulong, "LU", constant_long<131072>},
    {"kern.ps_strings", 32, CtlType::ulong, "LU", ps_strings},
    {"kern.usrstack", 33, CtlType::ulong, "LU", usrstack},
    {"kern.logsigexit", 34, kInt, "I", constant<1>},
    {"kern.iov_max", 35, kInt, "I", constant<1024>, false,
     "Maximum number of elements in an I/O vector"},
    {"kern.hostuuid", 36, kString, "A", hostuuid, false, "Host UUID"},
    {"kern.arandom", 37, CtlType::opaque, "", arandom, false, "arc4rand"},
    {"kern.maxphys", 38, CtlType::ulong, "UL", constant_long<131072>},
    {"kern.openfiles", kCtlAuto, kInt, "I", open_files},
    {"kern.ident", kCtlAuto, kString, "A",
     [](CtlCall&, CtlValue& out) -> CtlResult {
       out.text("GENERIC");
       return {};
     }},
    {"kern.vm_guest", kCtlAuto, kString, "A",
     [](CtlCall&, CtlValue& out) -> CtlResult {
       out.text("none");
       return {};
     },
     false, "Virtual machine guest detected?"},
    {"kern.supported_archs", kCtlAuto, kString, "A", supported_archs},
    {"kern.smp", kCtlAuto, kNode, "N", nullptr},
    {"kern.smp.maxid", kCtlAuto, kInt, "I", cpu_max_id},
    {"kern.smp.maxcpus", kCtlAuto, kInt, "I", constant<256>},
    {"kern.smp.active", kCtlAuto, kInt, "I", constant<1>},
    {"kern.smp.disabled", kCtlAuto, kInt, "I", constant<0>},
    {"kern.smp.cpus", kCtlAuto, kInt, "I", cpus, false, "Number of CPUs online"},
    {"kern.sigqueue", kCtlAuto, kNode, "N", nullptr},
    {"kern.sigqueue.max_pending_per_proc", kCtlAuto, kInt, "I", constant<kMaxPendingPerProc>, false,
     "Max pending signals per proc"},
    {"kern.sigqueue.preallocate", kCtlAuto, kInt, "I", constant<1024>, false,
     "Preallocated signal memory size"},
    {"kern.sigqueue.overflow", kCtlAuto, kInt, "I", constant<0>, false,
     "Number of signals overflew"},
    {"kern.sigqueue.alloc_fail", kCtlAuto, kInt, "I", constant<0>, false,
     "signals failed to be allocated"},
    {"kern.sched", kCtlAuto, kNode, "N", nullptr},
    {"kern.sched.name", kCtlAuto, kString, "A",
     [](CtlCall&, CtlValue& out) -> CtlResult {
       out.text("ULE");
       return {};
     }},
    {"kern.threads", kCtlAuto, kNode, "N", nullptr},
    {"kern.threads.max_threads_per_proc", kCtlAuto, kInt, "I", constant<1500>},
    {"kern.timecounter", kCtlAuto, kNode, "N", nullptr},
    {"kern.timecounter.fast_gettime", kCtlAuto, kInt, "I", constant<0>},
    {"kern.features", kCtlAuto, kNode, "N", nullptr},
    {"kern.features.inet", kCtlAuto, kInt, "I", constant<1>},
    {"kern.features.inet6", kCtlAuto, kInt, "I", constant<1>},
    {"kern.features.aio", kCtlAuto, kInt, "I", constant<1>},
    {"kern.features.compat_freebsd4", kCtlAuto, kInt, "I", constant<1>},
    {"kern.features.compat_freebsd5", kCtlAuto, kInt, "I", constant<1>},
    {"kern.features.compat_freebsd6", kCtlAuto, kInt, "I", constant<1>},
    {"kern.features.compat_freebsd7", kCtlAuto, kInt, "I", constant<1>},
    {"kern.features.kposix_priority_scheduling", kCtlAuto, kInt, "I", constant<1>},
    {"kern.features.ktrace", kCtlAuto, kInt, "I", constant<1>},
    {"kern.features.p1003_1b_mqueue", kCtlAuto, kInt, "I", constant<1>},
    {"kern.features.p1003_1b_semaphores", kCtlAuto, kInt, "I", constant<1>},
    {"kern.features.posix_sem", kCtlAuto, kInt, "I", constant<1>},
    {"kern.features.posix_shm", kCtlAuto, kInt, "I", constant<1>},
    {"kern.features.process_descriptors", kCtlAuto, kInt, "I", constant<1>},
    {"kern.features.security_capabilities", kCtlAuto, kInt, "I", constant<1>},
    {"kern.features.security_capability_mode", kCtlAuto, kInt, "I", constant<1>},
    {"kern.features.sysv_msg", kCtlAuto, kInt, "I", constant<1>},
    {"kern.features.sysv_sem", kCtlAuto, kInt, "I", constant<1>},
    {"kern.features.sysv_shm", kCtlAuto, kInt, "I", constant<1>},
    {"kern.features.ufs_acl", kCtlAuto, kInt, "I", constant<1>},
    {"kern.features.ufs_extattr", kCtlAuto, kInt, "I", constant<1>},
    {"kern.elf32", kCtlAuto, kNode, "N", nullptr},
    {"kern.elf32.fallback_brand", kCtlAuto, kInt, "I", constant<-1>},
    {"kern.elf64", kCtlAuto, kNode, "N", nullptr},
    {"kern.elf64.fallback_brand", kCtlAuto, kInt, "I", constant<-1>},
    {"kern.geom", kCtlAuto, kNode, "N", nullptr},
    {"kern.geom.conftxt", kCtlAuto, kString, "A", geom_none},
    {"kern.coredump", kCtlAuto, kInt, "I", constant<0>},  // none are written
    {"kern.corefile", kCtlAuto, kString, "A",
     [](CtlCall&, CtlValue& out) -> CtlResult {
       out.text("%N.core");
       return {};
     }},
    {"kern.sugid_coredump", kCtlAuto, kInt, "I", constant<0>},
    {"kern.randompid", kCtlAuto, kInt, "I", constant<0>},
    {"kern.lastpid", kCtlAuto, kInt, "I",
     [](CtlCall&, CtlValue& out) -> CtlResult {
       out.i32(::getpid());
       return {};
     }},
    {"kern.pid_max", kCtlAuto, kInt, "I", constant<99999>},
};

}  // namespace

CtlRows sysctl_kern_rows() { return kRows; }

}  // namespace emulate::freebsd
