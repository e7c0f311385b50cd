#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>

#include <fmt/format.h>

#include "host/os/freebsd/abi/kinfo.h"
#include "host/os/freebsd/host_processes.h"
#include "host/os/freebsd/identity.h"
#include "host/os/freebsd/personality.h"
#include "host/os/freebsd/process_calls.h"
#include "host/os/freebsd/resource.h"
#include "host/os/freebsd/sysctl_rows.h"
#include "host/os/freebsd/wait_channel.h"
#include "host/task/host_files.h"

/// kern.proc.*: exact for the calling process, what the host's /proc tells for others.

namespace emulate::freebsd {
namespace {

constexpr std::int32_t kSelf = -1;

bool is_self(std::int32_t pid) { return pid == kSelf || pid == ::getpid(); }

/// The one argument of most nodes, a process id.
Expected<std::int32_t> pid_argument(const CtlCall& c) {
  if (c.arguments.size() != 1) return host_error(EINVAL);
  return c.arguments[0];
}

template <std::size_t N>
void set_text(char (&to)[N], std::string_view text) {
  const std::size_t n = std::min(text.size(), N - 1);
  std::memcpy(to, text.data(), n);
  to[n] = '\0';
}

std::string base_name(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

Timeval from_ticks(std::uint64_t ticks) {
  static const auto per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return {static_cast<std::int64_t>(ticks / per_second),
          static_cast<std::int64_t>(ticks % per_second * 1'000'000 / per_second)};
}

std::int64_t boot_seconds() {
  timespec now{}, since_boot{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  ::clock_gettime(CLOCK_BOOTTIME, &since_boot);
  return now.tv_sec - since_boot.tv_sec;
}

std::int8_t state_of(char host_state) {
  switch (host_state) {
    case 'R':
      return kSRUN;
    case 'T':
    case 't':
      return kSSTOP;
    case 'Z':
      return kSZOMB;
    default:
      return kSSLEEP;
  }
}

/// What only the process itself knows.
void fill_own(Task& task, KinfoProc& k) {
  Process& process = task.process();
  set_text(k.comm, base_name(process.image().guest_path));
  set_text(k.tdname, task.name);
  k.tid = task.tid();
  k.numthreads = static_cast<std::int32_t>(process.task_count());
  k.sigmask = task.signal_mask();
  SignalSet ignored, caught;
  for (int s = 1; s <= kSigMaxSig; ++s) {
    const auto kind = process.action(s).kind;
    if (kind == SignalAction::Kind::ignore) ignored.add(s);
    if (kind == SignalAction::Kind::handler) caught.add(s);
  }
  k.sigignore = ignored;
  k.sigcatch = caught;
  const ImageInfo& image = process.image();
  const std::uint64_t page = process.machine().page_size;
  k.tsize = static_cast<std::int64_t>((image.text_end - image.text_start) / page);
  k.dsize = static_cast<std::int64_t>((image.data_end - image.data_start) / page);
  k.ssize = static_cast<std::int64_t>(image.stack_size / page);
  struct ::rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  k.rusage = rusage_to_guest(usage);
  ::getrusage(RUSAGE_CHILDREN, &usage);
  k.rusage_children = rusage_to_guest(usage);
}

KinfoProc make_kinfo(Task& task, const HostProcess& p) {
  KinfoProc k;
  k.structsize = static_cast<std::int32_t>(guest_size<KinfoProc>(task.model()));
  constexpr std::uint64_t kSomewhere = 0x1000;
  k.fd = GuestAddr(kSomewhere);
  k.pid = p.pid;
  k.ppid = p.parent;
  k.pgid = p.group;
  k.tpgid = p.tty_group;
  k.sid = p.session;
  k.tsid = p.tty != 0 ? p.session : 0;
  k.uid = p.uid[1];
  k.ruid = p.uid[0];
  k.svuid = p.uid[2];
  k.rgid = p.gid[0];
  k.svgid = p.gid[2];
  k.ngroups = 1;
  k.groups[0] = p.gid[1];
  k.size = p.virtual_size;
  if (!task.model().is64()) k.size = std::min<std::uint64_t>(k.size, 0xffff'f000);
  k.rssize = static_cast<std::int64_t>(p.resident_pages);
  k.swrss = k.rssize;
  k.rusage.utime = from_ticks(p.user_ticks);
  k.rusage.stime = from_ticks(p.system_ticks);
  k.rusage.minflt = static_cast<std::int64_t>(p.minor_faults);
  k.rusage.majflt = static_cast<std::int64_t>(p.major_faults);
  const Timeval used = from_ticks(p.user_ticks + p.system_ticks);
  k.runtime = static_cast<std::uint64_t>(used.tv_sec * 1'000'000 + used.tv_usec);
  k.start = from_ticks(p.start_ticks);
  k.start.tv_sec = k.start.tv_sec + boot_seconds();
  k.flag = kP_INMEM | (p.tty != 0 ? kP_CONTROLT : 0);
  k.kiflag = (p.tty != 0 ? kKI_CTTY : 0) | (p.session == p.pid ? kKI_SLEADER : 0);
  k.stat = state_of(p.state);
  if (k.stat == kSSLEEP) set_text(k.wmesg, wait_channel(p.pid));
  if (k.wmesg[0] != '\0') k.wchan = GuestAddr(kSomewhere);
  k.nice = static_cast<std::int8_t>(p.nice);
  k.tdev = p.tty != 0 ? static_cast<std::uint64_t>(p.tty) : kNODEV;
  k.tdev_freebsd11 = static_cast<std::uint32_t>(k.tdev);
  set_text(k.login, login_name());
  set_text(k.comm, p.name);
  set_text(k.emul, task.model().is64() ? "FreeBSD ELF64" : "FreeBSD ELF32");
  set_text(k.loginclass, "default");
  k.numthreads = p.threads;
  k.tid = p.pid;
  constexpr std::uint8_t kTimeshare = 3, kUserPriority = 120;
  k.pri_class = kTimeshare;
  k.pri_level = k.pri_native = k.pri_user = kUserPriority;
  if (p.pid == ::getpid()) fill_own(task, k);
  return k;
}

/// Every process that `wanted` accepts.
template <class Wanted>
CtlResult list_processes(CtlCall& c, CtlValue& out, Wanted wanted) {
  for (const int pid : host_pids()) {
    const auto p = host_process(pid);
    if (p && wanted(*p)) out.record(make_kinfo(c.task, *p));
  }
  return {};
}

CtlResult proc_all(CtlCall& c, CtlValue& out) {
  if (c.arguments.size() > 1) return host_error(EINVAL);
  return list_processes(c, out, [](const HostProcess&) { return true; });
}

CtlResult proc_pid(CtlCall& c, CtlValue& out) {
  auto pid = pid_argument(c);
  if (!pid) return tl::unexpected(pid.error());
  const auto p = host_process(*pid);
  if (!p) return host_error(ESRCH);
  out.record(make_kinfo(c.task, *p));
  return {};
}

/// Selections by one number of the process.
template <auto Number>
CtlResult proc_where(CtlCall& c, CtlValue& out) {
  auto id = pid_argument(c);
  if (!id) return tl::unexpected(id.error());
  return list_processes(c, out, [&](const HostProcess& p) {
    return static_cast<std::int64_t>(Number(p)) == std::int64_t{*id};
  });
}

constexpr auto kGroupOf = [](const HostProcess& p) { return p.group; };
constexpr auto kSessionOf = [](const HostProcess& p) { return p.session; };
constexpr auto kTtyOf = [](const HostProcess& p) { return p.tty; };
constexpr auto kUidOf = [](const HostProcess& p) { return p.uid[1]; };
constexpr auto kRuidOf = [](const HostProcess& p) { return p.uid[0]; };
constexpr auto kGidOf = [](const HostProcess& p) { return p.gid[1]; };
constexpr auto kRgidOf = [](const HostProcess& p) { return p.gid[0]; };

// --- strings ------------------------------------------------------------------------------------

/// setproctitle's text, until the next exec.
struct Title {
  std::mutex mutex;
  std::optional<std::vector<std::byte>> text;
  std::string program;  ///< for which it was set
};

Title& title() {
  static Title t;
  return t;
}

void put_strings(const std::vector<std::string>& strings, CtlValue& out) {
  for (const std::string& s : strings) out.text(s);
}

CtlResult proc_args(CtlCall& c, CtlValue& out) {
  auto pid = pid_argument(c);
  if (!pid) return tl::unexpected(pid.error());
  if (!is_self(*pid)) {
    if (c.sets) return host_error(EPERM);
    const auto text = host_process_strings(*pid, "cmdline");
    if (!text) return host_error(ESRCH);
    out.raw(std::as_bytes(std::span(*text)));
    return {};
  }
  const ImageInfo& image = c.task.process().image();
  const std::scoped_lock lock(title().mutex);
  if (title().text && title().program == image.guest_path) {
    out.raw(*title().text);
  } else {
    put_strings(image.argv, out);
  }
  if (c.sets) {
    title().text.emplace(c.new_value.begin(), c.new_value.end());
    title().program = image.guest_path;
  }
  return {};
}

CtlResult proc_env(CtlCall& c, CtlValue& out) {
  auto pid = pid_argument(c);
  if (!pid) return tl::unexpected(pid.error());
  if (is_self(*pid)) {
    put_strings(c.task.process().image().envp, out);
    return {};
  }
  const auto text = host_process_strings(*pid, "environ");
  if (!text) return host_error(host_process(*pid) ? EPERM : ESRCH);
  out.raw(std::as_bytes(std::span(*text)));
  return {};
}

CtlResult proc_pathname(CtlCall& c, CtlValue& out) {
  auto pid = pid_argument(c);
  if (!pid) return tl::unexpected(pid.error());
  if (is_self(*pid)) {
    out.text(c.task.process().image().guest_path);
    return {};
  }
  std::error_code error;
  const auto link = std::filesystem::read_symlink(fmt::format("/proc/{}/exe", *pid), error);
  if (error) return host_error(host_process(*pid) ? ENOENT : ESRCH);
  out.text(c.task.process().paths().to_guest(link.string()));
  return {};
}

CtlResult proc_nfds(CtlCall& c, CtlValue& out) {
  // Only the process itself may ask (FreeBSD sysctl_kern_proc_nfds()).
  const auto pid = pid_argument(c);
  if (!pid || *pid != 0) return host_error(EINVAL);
  const auto fds = numbered_entries("/proc/self/fd");
  if (!fds) return host_error(ENOENT);
  out.i32(
      static_cast<std::int32_t>(std::ranges::count_if(*fds, std::not_fn(&FdTable::is_private))));
  return {};
}

// --- the image ----------------------------------------------------------------------------------

/// Nodes that only the process itself can answer.
Expected<Process*> own_process(const CtlCall& c) {
  auto pid = pid_argument(c);
  if (!pid) return tl::unexpected(pid.error());
  if (!is_self(*pid)) return host_error(host_process(*pid) ? EPERM : ESRCH);
  return &c.task.process();
}

CtlResult proc_auxv(CtlCall& c, CtlValue& out) {
  auto p = own_process(c);
  if (!p) return tl::unexpected(p.error());
  std::vector<std::byte> bytes((*p)->image().auxv_size);
  if (auto r = c.task.copyin(bytes.data(), (*p)->image().auxv, bytes.size()); !r) return r;
  out.raw(bytes);
  return {};
}

CtlResult proc_ps_strings(CtlCall& c, CtlValue& out) {
  auto p = own_process(c);
  if (!p) return tl::unexpected(p.error());
  out.word((*p)->image().ps_strings.value);
  return {};
}

CtlResult proc_sigtramp(CtlCall& c, CtlValue& out) {
  auto p = own_process(c);
  if (!p) return tl::unexpected(p.error());
  const GuestAddr start = (*p)->image().sigcode;
  out.record(KinfoSigtramp{start, start + abi_of(c.task).setup_sigtramp().size()});
  return {};
}

CtlResult proc_osrel(CtlCall& c, CtlValue& out) {
  auto p = own_process(c);
  if (!p) return tl::unexpected(p.error());
  out.i32((*p)->image().note_osrel);
  return {};
}

CtlResult proc_sv_name(CtlCall& c, CtlValue& out) {
  if (auto pid = pid_argument(c); !pid) return tl::unexpected(pid.error());
  out.text(c.task.model().is64() ? "FreeBSD ELF64" : "FreeBSD ELF32");
  return {};
}

CtlResult proc_umask(CtlCall& c, CtlValue& out) {
  if (auto p = own_process(c); !p) return tl::unexpected(p.error());
  const auto status = host_process_strings(::getpid(), "status");
  constexpr std::string_view kKey = "Umask:";
  const std::size_t at = status ? status->find(kKey) : std::string::npos;
  if (at == std::string::npos) return host_error(ESRCH);
  const long mask = std::strtol(status->c_str() + at + kKey.size(), nullptr, 8);
  std::byte bytes[2];
  store_scalar(c.task.model(), bytes, static_cast<std::uint64_t>(mask), sizeof bytes);
  out.raw(bytes);
  return {};
}

CtlResult proc_groups(CtlCall& c, CtlValue& out) {
  auto pid = pid_argument(c);
  if (!pid) return tl::unexpected(pid.error());
  const auto p = host_process(is_self(*pid) ? ::getpid() : *pid);
  if (!p) return host_error(ESRCH);
  out.i32(p->gid[1]);
  return {};
}

/// {pid, kind}: struct rlimit.
CtlResult proc_rlimit(CtlCall& c, CtlValue& out) {
  if (c.arguments.size() != 2) return host_error(EINVAL);
  if (!is_self(c.arguments[0])) return host_error(host_process(c.arguments[0]) ? EPERM : ESRCH);
  auto limit = get_limit(c.task.process(), static_cast<std::uint32_t>(c.arguments[1]));
  if (!limit) return tl::unexpected(limit.error());
  if (c.sets) return host_error(EPERM);
  out.record(*limit);
  return {};
}

CtlResult proc_vmmap(CtlCall& c, CtlValue& out) {
  auto p = own_process(c);
  if (!p) return tl::unexpected(p.error());
  const std::size_t fixed = guest_size<KinfoVmentry>(c.task.model());
  for (const Mapping& m : (*p)->memory().snapshot()) {
    KinfoVmentry k;
    const bool file = !m.anonymous && m.name != nullptr && m.name->starts_with('/');
    const std::string path = file ? *m.name : std::string();
    // The record ends behind the path, at a multiple of eight.
    const std::size_t size = (fixed + path.size() + 1 + 7) & ~std::size_t{7};
    k.structsize = static_cast<std::int32_t>(size);
    k.type = m.guard ? kKVME_TYPE_NONE : m.anonymous ? kKVME_TYPE_DEFAULT : kKVME_TYPE_VNODE;
    k.start = m.start.value;
    k.end = m.end().value;
    k.offset = m.offset;
    k.fileid = m.inode;
    k.fsid = m.device;
    k.fsid_freebsd11 = static_cast<std::uint32_t>(m.device);
    k.protection = m.prot;
    k.ref_count = 1;
    if (!m.shared) k.flags |= kKVME_FLAG_COW;
    if (m.stack) k.flags |= kKVME_FLAG_GROWS_DOWN;
    if (file) k.vn_type = kKF_VTYPE_VREG;
    out.record(k).text(path).zeros(size - fixed - path.size() - 1);
  }
  return {};
}

/// KERN_PROC_INC_THREAD added to a selection lists threads too; one entry a process is given.
constexpr CtlRow kRows[] = {
    {"kern.proc", 14, kNode, "N", nullptr},
    {"kern.proc.all", 0, CtlType::opaque, "S,proc", proc_all},
    {"kern.proc.pid", 1, kNode, "N", proc_pid},
    {"kern.proc.pgrp", 2, kNode, "N", proc_where<kGroupOf>},
    {"kern.proc.sid", 3, kNode, "N", proc_where<kSessionOf>},
    {"kern.proc.tty", 4, kNode, "N", proc_where<kTtyOf>},
    {"kern.proc.uid", 5, kNode, "N", proc_where<kUidOf>},
    {"kern.proc.ruid", 6, kNode, "N", proc_where<kRuidOf>},
    {"kern.proc.args", 7, kNode, "N", proc_args, true},
    {"kern.proc.proc", 8, kNode, "N", proc_all},
    {"kern.proc.sv_name", 9, kNode, "N", proc_sv_name},
    {"kern.proc.rgid", 10, kNode, "N", proc_where<kRgidOf>},
    {"kern.proc.gid", 11, kNode, "N", proc_where<kGidOf>},
    {"kern.proc.pathname", 12, kNode, "N", proc_pathname},
    {"kern.proc.pid_td", 0x11, kNode, "N", proc_pid},
    {"kern.proc.proc_td", 0x18, kNode, "N", proc_all},
    {"kern.proc.vmmap", 32, kNode, "N", proc_vmmap},
    {"kern.proc.groups", 34, kNode, "N", proc_groups},
    {"kern.proc.env", 35, kNode, "N", proc_env},
    {"kern.proc.auxv", 36, kNode, "N", proc_auxv},
    {"kern.proc.rlimit", 37, kNode, "N", proc_rlimit},
    {"kern.proc.ps_strings", 38, kNode, "N", proc_ps_strings},
    {"kern.proc.umask", 39, kNode, "N", proc_umask},
    {"kern.proc.osrel", 40, kNode, "N", proc_osrel},
    {"kern.proc.sigtramp", 41, kNode, "N", proc_sigtramp},
    {"kern.proc.nfds", 43, kNode, "N", proc_nfds},
};

}  // namespace

CtlRows sysctl_proc_rows() { return kRows; }

}  // namespace emulate::freebsd
