#include <sys/msg.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "host/os/freebsd/abi/stat.h"
#include "host/os/freebsd/cpus.h"
#include "host/os/freebsd/mounts.h"
#include "host/os/freebsd/sysctl_allocators.h"
#include "host/os/freebsd/sysctl_rows.h"
#include "host/task/host_files.h"

/// Counters of the system, which vmstat(8), top(1), iostat(8) and ps(1) ask for: the host's, as far
/// as it counts the same.

namespace emulate::freebsd {
namespace {

CtlResult nothing(CtlCall&, CtlValue&) { return {}; }
CtlResult none(CtlCall&, CtlValue&) { return host_error(ENOENT); }

// --- counters ----------------------------------------------------------------------------------

/// The number behind `key` at the start of a line of a /proc file; 0 when it is not there.
std::uint64_t proc_number(const char* file, std::string_view key) {
  std::istringstream in = host_text(file);
  for (std::string line; std::getline(in, line);) {
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == ' ') {
      return std::strtoull(line.c_str() + key.size(), nullptr, 10);
    }
  }
  return 0;
}

/// A 64-bit counter; programs of before 12.0 ask for 32 bits of it (sysctl_handle_vmstat()).
CtlResult counter(CtlCall& c, CtlValue& out, std::uint64_t value) {
  if (c.room == 4U) {
    out.i32(static_cast<std::int64_t>(value));
  } else {
    out.i64(static_cast<std::int64_t>(value));
  }
  return {};
}

enum class Source : bool { stat, vmstat };

template <Source S, const auto& Key>
CtlResult host_counter(CtlCall& c, CtlValue& out) {
  return counter(c, out, proc_number(S == Source::stat ? "/proc/stat" : "/proc/vmstat", Key));
}
CtlResult no_counter(CtlCall& c, CtlValue& out) { return counter(c, out, 0); }

constexpr char kSwitches[] = "ctxt";
constexpr char kInterrupts[] = "intr";
constexpr char kSoft[] = "softirq";
constexpr char kForks[] = "processes";
constexpr char kFaults[] = "pgfault";
constexpr char kMajorFaults[] = "pgmajfault";
constexpr char kFreed[] = "pgfree";
constexpr char kReactivated[] = "pgactivate";
constexpr char kSwapIn[] = "pswpin";
constexpr char kSwapOut[] = "pswpout";
constexpr char kPageIn[] = "pgpgin";
constexpr char kPageOut[] = "pgpgout";

/// User, nice, system, interrupt and idle ticks of 1/stathz s, from a line of /proc/stat.
void put_ticks(const std::string& line, CtlValue& out) {
  constexpr std::uint64_t kStathz = 127;
  const auto per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  std::array<std::uint64_t, 7> ticks{};
  if (line.starts_with("cpu")) {
    std::istringstream fields(line.substr(line.find(' ')));
    for (auto& t : ticks) fields >> t;
  }
  const auto& [user, nice, system, idle, wait, irq, softirq] = ticks;
  for (const std::uint64_t t : {user, nice, system, irq + softirq, idle + wait}) {
    out.word(t * kStathz / per_second);
  }
}

/// kern.cp_time: of all CPUs together.
CtlResult cp_time(CtlCall&, CtlValue& out) {
  std::istringstream in = host_text("/proc/stat");
  std::string line;
  std::getline(in, line);
  put_ticks(line, out);
  return {};
}

/// kern.cp_times: of each CPU.
CtlResult cp_times(CtlCall& c, CtlValue& out) {
  std::istringstream in = host_text("/proc/stat");
  std::string line;
  std::getline(in, line);  // the sum
  for (int cpu = 0; cpu < guest_cpu_count(c.task.process()); ++cpu) {
    if (!std::getline(in, line)) line.clear();
    put_ticks(line, out);
  }
  return {};
}

// --- file systems ------------------------------------------------------------------------------

/// struct xvfsconf.
struct Xvfsconf {
  GuestAddr vfsops;
  char name[16] = {};
  std::int32_t typenum = 0;
  std::int32_t refcount = 0;
  std::int32_t flags = 0;
  GuestAddr next;
};

struct FileSystem {
  const char* name;
  std::int32_t number;
  std::int32_t flags;
};
constexpr std::int32_t kNetwork = 0x20000, kSynthetic = 0x80000, kLoopback = 0x100000;
/// The kernel's types. What else is mounted on the host has numbers after kFirstOther.
constexpr std::int32_t kFirstOther = 0x100;
constexpr FileSystem kFileSystems[] = {
    {"ufs", 0x35, 0},
    {"nfs", 0x3a, kNetwork},
    {"devfs", 0x71, kSynthetic},
    {"procfs", 2, kSynthetic},
    {"fdescfs", 0x59, kSynthetic},
    {"tmpfs", 0x87, 0},
    {"nullfs", 0x29, kLoopback},
    {"unionfs", 0x41, kLoopback},
    {"ext2fs", 0x02, 0},
    {"msdosfs", 0x32, 0},
    {"cd9660", 0xbd, 0},
    {"zfs", 0xde, 0},
};

}  // namespace
}  // namespace emulate::freebsd

namespace emulate {
template <>
inline constexpr auto kFields<freebsd::Xvfsconf> = fields(
    field<&freebsd::Xvfsconf::vfsops>("vfc_vfsops"), field<&freebsd::Xvfsconf::name>("vfc_name"),
    field<&freebsd::Xvfsconf::typenum>("vfc_typenum"),
    field<&freebsd::Xvfsconf::refcount>("vfc_refcount"),
    field<&freebsd::Xvfsconf::flags>("vfc_flags"), field<&freebsd::Xvfsconf::next>("vfc_next"));
}  // namespace emulate

namespace emulate::freebsd {
namespace {

/// getvfsbyname(3) finds here whatever statfs(2) names.
CtlResult conflist(CtlCall&, CtlValue& out) {
  const auto list = [&out](const char* name, std::int32_t number, std::int32_t flags) {
    Xvfsconf x;
    std::strncpy(x.name, name, sizeof x.name - 1);
    x.typenum = number;
    x.refcount = 1;
    x.flags = flags;
    out.record(x);
  };
  std::set<std::string> known;
  for (const FileSystem& fs : kFileSystems) {
    list(fs.name, fs.number, fs.flags);
    known.insert(fs.name);
  }
  std::int32_t other = kFirstOther;
  for (const Mount& m : mounts()) {
    const std::string type = guest_fs_type(m.type);
    if (known.insert(type).second) list(type.c_str(), other++, 0);
  }
  return {};
}

// --- devices -----------------------------------------------------------------------------------

/// kern.devname: the name of a character device's number, which is the new value.
CtlResult devname(CtlCall& c, CtlValue& out) {
  constexpr std::uint32_t kMemory = 1, kTerminal = 4, kConsole = 5, kPtsFirst = 136, kPtsLast = 143;
  if (!c.sets) return host_error(EINVAL);
  if (c.new_value.size() != 4 && c.new_value.size() != 8) return host_error(EINVAL);
  const std::uint64_t dev = load_scalar(c.task.model(), c.new_value.data(), c.new_value.size());
  const std::uint32_t minor = guest_minor(dev);
  switch (const std::uint32_t major = guest_major(dev); major) {
    case kMemory:
      for (const auto& [number, name] :
           {std::pair{3U, "null"}, {5U, "zero"}, {8U, "random"}, {9U, "urandom"}}) {
        if (number == minor) {
          out.text(name);
          return {};
        }
      }
      return host_error(ENOENT);
    case kTerminal:
      out.text(fmt::format("ttyv{:x}", minor));
      return {};
    case kConsole:
      out.text(minor == 0 ? "tty" : minor == 1 ? "console" : "ptmx");
      return {};
    default:
      if (major < kPtsFirst || major > kPtsLast) return host_error(ENOENT);
      out.text(fmt::format("pts/{}", (major - kPtsFirst) * 256 + minor));
      return {};
  }
}

/// kern.devstat.all: the generation, and no devices.
CtlResult devstat_all(CtlCall&, CtlValue& out) {
  out.word(0);
  return {};
}

CtlResult empty_text(CtlCall&, CtlValue& out) {
  out.text("");
  return {};
}

/// Message queues are the host's, and so are their limits.
template <int msginfo::*Limit>
CtlResult message_limit(CtlCall&, CtlValue& out) {
  msginfo limits{};
  if (msgctl(0, IPC_INFO, reinterpret_cast<msqid_ds*>(&limits)) < 0) return host_error(errno);
  out.i32(limits.*Limit);
  return {};
}

constexpr CtlType kCounter = CtlType::u64;

template <Source S, const auto& Key>
constexpr CtlRow counter_row(const char* name, const char* description) {
  return {name, kCtlAuto, kCounter, "QU", host_counter<S, Key>, false, description};
}
constexpr CtlRow zero_row(const char* name, const char* description) {
  return {name, kCtlAuto, kCounter, "QU", no_counter, false, description};
}

constexpr CtlRow kRows[] = {
    {"kern.ccpu", kCtlAuto, kInt, "I", constant<1948>, false,
     "Decay factor used for updating %CPU"},
    {"kern.fscale", kCtlAuto, kInt, "I", constant<2048>},
    {"kern.cp_time", kCtlAuto, CtlType::long_, "LU", cp_time, false, "CPU time statistics"},
    {"kern.cp_times", kCtlAuto, CtlType::long_, "LU", cp_times, false, "per-CPU time statistics"},
    {"kern.sched.cpusetsize", kCtlAuto, kInt, "I", constant<32>, false, "sizeof(cpuset_t)"},
    {"kern.console", kCtlAuto, kString, "A", empty_text, false, "Console device control"},
    {"kern.devname", kCtlAuto, CtlType::opaque, "", devname, true, "devname(3) handler"},
    {"kern.devstat", kCtlAuto, kNode, "N", nullptr},
    {"kern.devstat.all", kCtlAuto, CtlType::opaque, "S,devstat", devstat_all},
    {"kern.devstat.numdevs", kCtlAuto, kInt, "I", constant<0>},
    {"kern.devstat.generation", kCtlAuto, CtlType::long_, "L", constant_long<0>},
    {"kern.devstat.version", kCtlAuto, kInt, "I", constant<6>},
    {"kern.file", 15, CtlType::opaque, "S,xfile", nothing, false, "Entire file table"},
    {"kern.ttys", kCtlAuto, CtlType::opaque, "S,xtty", nothing, false, "List of TTYs"},
    {"kern.msgbuf", kCtlAuto, kString, "A", empty_text, false, "Contents of kernel message buffer"},
    {"kern.malloc_count", kCtlAuto, kInt, "I", sysctl_malloc_count},
    {"kern.malloc_stats", kCtlAuto, CtlType::opaque, "s,malloc_type_ustats", sysctl_malloc_stats},
    {"kern.ipc.sfstat", kCtlAuto, CtlType::opaque, "I", sysctl_sendfile_stats},
    {"kern.ipc.shmmin", kCtlAuto, CtlType::ulong, "LU", constant_long<1>},
    {"kern.ipc.shmmni", kCtlAuto, CtlType::ulong, "LU", constant_long<192>},
    {"kern.ipc.shmseg", kCtlAuto, CtlType::ulong, "LU", constant_long<128>},
    {"kern.ipc.semmni", kCtlAuto, kInt, "I", constant<50>},
    {"kern.ipc.semmns", kCtlAuto, kInt, "I", constant<340>},
    {"kern.ipc.semmsl", kCtlAuto, kInt, "I", constant<340>},
    {"kern.ipc.semopm", kCtlAuto, kInt, "I", constant<100>},
    {"kern.ipc.semvmx", kCtlAuto, kInt, "I", constant<32767>},
    {"kern.ipc.msgmax", kCtlAuto, kInt, "I", message_limit<&msginfo::msgmax>},
    {"kern.ipc.msgmni", kCtlAuto, kInt, "I", message_limit<&msginfo::msgmni>},
    {"kern.ipc.msgmnb", kCtlAuto, kInt, "I", message_limit<&msginfo::msgmnb>},
    {"hw.intrnames", kCtlAuto, CtlType::opaque, "", nothing, false, "Interrupt Names"},
    {"hw.intrcnt", kCtlAuto, CtlType::opaque, "", nothing, false, "Interrupt Counts"},
    {"vm.kmem_size", kCtlAuto, CtlType::ulong, "LU", constant_long<0x2000'0000>},
    {"vm.kmem_map_size", kCtlAuto, CtlType::ulong, "LU", constant_long<0x1000'0000>},
    {"vm.dmmax", kCtlAuto, kInt, "I", constant<32>, false, "Maximum size of a swap block in pages"},
    {"vm.swap_info", kCtlAuto, kNode, "N", none},
    {"vm.zone_count", kCtlAuto, kInt, "I", sysctl_zone_count},
    {"vm.zone_stats", kCtlAuto, CtlType::opaque, "s,struct uma_type_header", sysctl_zone_stats},
    {"vm.stats.vm.v_laundry_count", kCtlAuto, CtlType::uint, "IU", constant<0>},
    {"vm.stats.vm.v_interrupt_free_min", kCtlAuto, CtlType::uint, "IU", constant<2>},
    {"vm.stats.vm.v_cache_count", kCtlAuto, CtlType::uint, "IU", constant<0>},
    counter_row<Source::vmstat, kFaults>("vm.stats.vm.v_vm_faults", "VM faults"),
    counter_row<Source::vmstat, kMajorFaults>("vm.stats.vm.v_io_faults", "Faults requiring I/O"),
    zero_row("vm.stats.vm.v_cow_faults", "Copy-on-write faults"),
    zero_row("vm.stats.vm.v_cow_optim", "Optimized COW faults"),
    zero_row("vm.stats.vm.v_zfod", "Pages zero-filled on demand"),
    zero_row("vm.stats.vm.v_ozfod", "Optimized zero fill pages"),
    counter_row<Source::vmstat, kSwapIn>("vm.stats.vm.v_swapin", "Swap pager pageins"),
    counter_row<Source::vmstat, kSwapOut>("vm.stats.vm.v_swapout", "Swap pager pageouts"),
    counter_row<Source::vmstat, kSwapIn>("vm.stats.vm.v_swappgsin", "Swap pages swapped in"),
    counter_row<Source::vmstat, kSwapOut>("vm.stats.vm.v_swappgsout", "Swap pages swapped out"),
    counter_row<Source::vmstat, kPageIn>("vm.stats.vm.v_vnodein", "Vnode pager pageins"),
    counter_row<Source::vmstat, kPageOut>("vm.stats.vm.v_vnodeout", "Vnode pager pageouts"),
    counter_row<Source::vmstat, kPageIn>("vm.stats.vm.v_vnodepgsin", "Vnode pages paged in"),
    counter_row<Source::vmstat, kPageOut>("vm.stats.vm.v_vnodepgsout", "Vnode pages paged out"),
    zero_row("vm.stats.vm.v_intrans", "In transit page faults"),
    counter_row<Source::vmstat, kReactivated>("vm.stats.vm.v_reactivated",
                                              "Pages reactivated by pagedaemon"),
    zero_row("vm.stats.vm.v_pdwakeups", "Pagedaemon wakeups"),
    zero_row("vm.stats.vm.v_pdpages", "Pages analyzed by pagedaemon"),
    zero_row("vm.stats.vm.v_pdshortfalls", "Page reclamation shortfalls"),
    zero_row("vm.stats.vm.v_dfree", "Pages freed by pagedaemon"),
    zero_row("vm.stats.vm.v_pfree", "Pages freed by exiting processes"),
    counter_row<Source::vmstat, kFreed>("vm.stats.vm.v_tfree", "Total pages freed"),
    counter_row<Source::stat, kForks>("vm.stats.vm.v_forks", "Number of fork() calls"),
    zero_row("vm.stats.vm.v_vforks", "Number of vfork() calls"),
    zero_row("vm.stats.vm.v_rforks", "Number of rfork() calls"),
    zero_row("vm.stats.vm.v_kthreads", "Number of fork() calls by kernel"),
    zero_row("vm.stats.vm.v_forkpages", "VM pages affected by fork()"),
    zero_row("vm.stats.vm.v_vforkpages", "VM pages affected by vfork()"),
    zero_row("vm.stats.vm.v_rforkpages", "VM pages affected by rfork()"),
    zero_row("vm.stats.vm.v_kthreadpages", "VM pages affected by fork() by kernel"),
    {"vm.stats.sys", kCtlAuto, kNode, "N", nullptr},
    counter_row<Source::stat, kSwitches>("vm.stats.sys.v_swtch", "Context switches"),
    zero_row("vm.stats.sys.v_trap", "Traps"),
    zero_row("vm.stats.sys.v_syscall", "System calls"),
    counter_row<Source::stat, kInterrupts>("vm.stats.sys.v_intr", "Device interrupts"),
    counter_row<Source::stat, kSoft>("vm.stats.sys.v_soft", "Software interrupts"),
    {"vm.stats.misc", kCtlAuto, kNode, "N", nullptr},
    {"vm.stats.misc.zero_page_count", kCtlAuto, kInt, "I", constant<0>},
    {"vfs.conflist", kCtlAuto, CtlType::opaque, "S,xvfsconf", conflist, false,
     "List of all configured filesystems"},
    {"vfs.numvnodes", kCtlAuto, CtlType::ulong, "LU", constant_long<4096>},
    {"vfs.freevnodes", kCtlAuto, CtlType::ulong, "LU", constant_long<1024>},
    {"vfs.bufspace", kCtlAuto, CtlType::long_, "L", constant_long<0>},
    {"vfs.numdirtybuffers", kCtlAuto, kInt, "I", constant<0>},
    {"vfs.aio", kCtlAuto, kNode, "N", nullptr},
    {"vfs.aio.enable_unsafe", kCtlAuto, kInt, "I", constant<1>, false,
     "Permit asynchronous IO on all file types, not just known-safe types"},
    {"vfs.aio.max_aio_queue_per_proc", kCtlAuto, kInt, "I", constant<256>},
    {"vfs.aio.max_aio_procs", kCtlAuto, kInt, "I", constant<32>},
    {"kern.mqueue", kCtlAuto, kNode, "N", nullptr},
    {"kern.mqueue.maxmsg", kCtlAuto, kInt, "I", constant<100>},
    {"kern.mqueue.maxmsgsize", kCtlAuto, kInt, "I", constant<16384>},
    {"kern.mqueue.default_maxmsg", kCtlAuto, kInt, "I", constant<10>},
    {"kern.mqueue.default_msgsize", kCtlAuto, kInt, "I", constant<1024>},
    {"net.fibs", kCtlAuto, CtlType::uint, "IU", constant<1>},
    {"net.my_fibnum", kCtlAuto, kInt, "I", constant<0>},
    {"security.mac", kCtlAuto, kNode, "N", nullptr},
};

}  // namespace

CtlRows sysctl_stats_rows() { return kRows; }

}  // namespace emulate::freebsd
