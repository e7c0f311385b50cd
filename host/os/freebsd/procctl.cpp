#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <vector>

#include "host/os/freebsd/abi/process.h"
#include "host/os/freebsd/host_processes.h"
#include "host/os/freebsd/process_calls.h"
#include "host/os/freebsd/ptrace/tracee.h"
#include "host/os/freebsd/signal_tables.h"
#include "host/signal/send.h"
#include "host/task/access.h"

/// procctl(2): FreeBSD sys/kern/kern_procctl.c.

namespace emulate::freebsd {
namespace {

/// Settings with no effect here, kept so that they read back.
struct Settings {
  std::atomic<bool> traceable = true;
  std::atomic<bool> trapcap = false;
  std::atomic<int> death_signal = 0;
};

Settings& settings() {
  static Settings s;
  return s;
}

constexpr pid_t kInit = 1;  // reaps outside of what the guest can see

/// The reaper of this process when it was forked.
pid_t inherited_reaper = kInit;

bool is_reaper() {
  int on = 0;
  return ::prctl(PR_GET_CHILD_SUBREAPER, &on, 0, 0, 0) == 0 && on != 0;
}

bool self(std::int64_t id) { return id == 0 || id == ::getpid(); }

bool exists(std::int64_t id) { return host_process_exists(static_cast<pid_t>(id)); }

/// P_PID with a process that is not there. The settings are for the caller only.
Expected<void> check_process(std::int64_t id) {
  if (self(id)) return {};
  return host_error(exists(id) ? EPERM : ESRCH);
}

/// The process itself if it is a reaper, else the one that reaps its orphans. What other processes
/// are is not known: they share the caller's reaper, or are it.
Expected<pid_t> reaper_of(std::int64_t id) {
  if (!self(id) && !exists(id)) return host_error(ESRCH);
  return current_reaper();
}

Expected<std::int32_t> load_int(Task& task, GuestAddr at) {
  auto r = task.load<Int>(at);
  if (!r) return tl::unexpected(r.error());
  return r->value;
}

SysResult store_int(Task& task, GuestAddr at, std::int32_t value) {
  return SysResult::from(task.store(at, Int{value}));
}

SysResult set_reaper(std::int64_t id, GuestAddr data, bool on) {
  if (data) return HostErrno{EINVAL};
  if (auto r = check_process(id); !r) return r.error();
  if (is_reaper() == on) return HostErrno{on ? EBUSY : EINVAL};
  return SysResult::from_libc(::prctl(PR_SET_CHILD_SUBREAPER, on ? 1 : 0, 0, 0, 0));
}

SysResult reap_status(Task& task, std::int64_t id, GuestAddr data) {
  const auto reaper = reaper_of(id);
  if (!reaper) return reaper.error();
  ReaperStatus s;
  s.pid = -1;
  s.reaper = *reaper;
  if (*reaper == kInit) s.flags |= kReaperRealinit;
  if (*reaper == id || (self(id) && *reaper == ::getpid())) s.flags |= kReaperOwned;
  for (const HostDescendant& d : host_descendants(*reaper)) {
    ++s.descendants;
    if (d.parent != *reaper) continue;
    ++s.children;
    if (s.pid == -1) s.pid = d.pid;
  }
  return SysResult::from(task.store(data, s));
}

SysResult reap_getpids(Task& task, std::int64_t id, GuestAddr data) {
  auto request = task.load<ReaperPids>(data);
  if (!request) return request.error();
  const auto reaper = reaper_of(id);
  if (!reaper) return reaper.error();
  std::uint32_t n = 0;
  const std::size_t size = guest_size<ReaperPidinfo>(task.model());
  for (const HostDescendant& d : host_descendants(*reaper)) {
    if (n == request->count) break;
    const std::uint32_t child = d.parent == *reaper ? kReaperPidinfoChild : 0;
    const ReaperPidinfo info{d.pid, d.subtree, kReaperPidinfoValid | child};
    if (auto r = task.store(request->pids + n++ * size, info); !r) return r.error();
  }
  return SysResult::ok();
}

SysResult reap_kill(Task& task, std::int64_t id, GuestAddr data) {
  auto request = task.load<ReaperKill>(data);
  if (!request) return request.error();
  ReaperKill& k = *request;
  if (auto r = check_process(id); !r) return r.error();
  constexpr std::uint32_t kBoth = kReaperKillChildren | kReaperKillSubtree;
  if (!signal_valid(k.sig) || (k.flags & ~kBoth) != 0 || (k.flags & kBoth) == kBoth) {
    return HostErrno{EINVAL};
  }
  k.killed = 0;
  k.failed_pid = -1;
  SysResult result = HostErrno{ESRCH};
  for (const HostDescendant& d : host_descendants(::getpid())) {
    if ((k.flags & kReaperKillChildren) != 0 && d.parent != ::getpid()) continue;
    if ((k.flags & kReaperKillSubtree) != 0 && d.subtree != k.subtree) continue;
    if (auto sent = send_signal(task, d.pid, k.sig); sent) {
      ++k.killed;
      if (k.failed_pid == -1) result = SysResult::ok();
    } else if (k.failed_pid == -1) {
      k.failed_pid = d.pid;
      result = sent.error();
    }
  }
  if (auto r = task.store(data, k); !r && result.is_value()) return r.error();
  return result;
}

SysResult set_switch(Task& task, std::int64_t id, GuestAddr data, std::int32_t highest,
                     std::atomic<bool>& setting, std::int32_t on) {
  auto wanted = load_int(task, data);
  if (!wanted) return wanted.error();
  if (auto r = check_process(id); !r) return r.error();
  if (*wanted < 1 || *wanted > highest) return HostErrno{EINVAL};
  setting = *wanted == on;
  return SysResult::ok();
}

SysResult set_death_signal(Task& task, std::int64_t id, GuestAddr data) {
  auto signo = load_int(task, data);
  if (!signo) return signo.error();
  if (!self(id) || (*signo != 0 && !signal_valid(*signo))) return HostErrno{EINVAL};
  const int counterpart = signal_to_host(*signo);
  const int host_signal = *signo == 0 ? 0 : counterpart != 0 ? counterpart : kCarrierSignal;
  settings().death_signal = *signo;
  if (::prctl(PR_SET_PDEATHSIG, host_signal, 0, 0, 0) != 0) return HostErrno{errno};
  return SysResult::ok();
}

SysResult status(Task& task, std::int64_t id, GuestAddr data, std::int32_t value) {
  if (auto r = check_process(id); !r) return r.error();
  return store_int(task, data, value);
}

/// Address layout is not randomised and stacks have their guard: nothing to switch.
SysResult accept_flags(Task& task, std::int64_t id, GuestAddr data) {
  auto flags = load_int(task, data);
  if (!flags) return flags.error();
  if (auto r = check_process(id); !r) return r.error();
  return SysResult::ok();
}

SysResult protect(Task& task, std::int64_t id, GuestAddr data) {
  auto flags = load_int(task, data);
  if (!flags) return flags.error();
  if (auto r = check_process(id); !r) return r.error();
  return ::geteuid() == 0 ? SysResult::ok() : SysResult(HostErrno{EPERM});
}

/// PROC_TRACE_STATUS: -1 when nobody may trace, 0, or who does.
std::int32_t trace_status() {
  constexpr std::int32_t kTraceDisabled = -1;
  return may_be_traced() ? Tracee::instance().tracer() : kTraceDisabled;
}

}  // namespace

bool may_be_traced() { return settings().traceable; }

pid_t current_reaper() {
  if (is_reaper()) return ::getpid();
  return exists(inherited_reaper) ? inherited_reaper : kInit;
}

void inherit_reaper(pid_t reaper, pid_t parent) {
  inherited_reaper = reaper;
  if (parent == reaper && reaper != kInit) mark_subtree(reaper);
}

int parent_death_signal() {
  int host_signal = 0;  // the host forgets it in a fork's child
  if (::prctl(PR_GET_PDEATHSIG, &host_signal, 0, 0, 0) != 0 || host_signal == 0) return 0;
  return settings().death_signal;
}

SysResult sys_procctl(Task& task, std::int32_t idtype, std::int64_t id, std::int32_t com,
                      GuestAddr data) {
  constexpr std::int32_t kTraceHighest = 3, kTraceEnable = 1;
  constexpr std::int32_t kTrapcapHighest = 2, kTrapcapEnable = 1;
  constexpr std::int32_t kAslrNoforce = 3;
  constexpr std::int32_t kStackgapEnabled = 1 | 4;
  const auto type = static_cast<IdType>(idtype);
  if (type != IdType::pid) {
    // Of the commands that take groups, one that changes nothing for others is left.
    return HostErrno{type == IdType::pgid ? EPERM : EINVAL};
  }
  switch (static_cast<ProcCtl>(com)) {
    case ProcCtl::sprotect:
      return protect(task, id, data);
    case ProcCtl::reap_acquire:
      return set_reaper(id, data, true);
    case ProcCtl::reap_release:
      return set_reaper(id, data, false);
    case ProcCtl::reap_status:
      return reap_status(task, id, data);
    case ProcCtl::reap_getpids:
      return reap_getpids(task, id, data);
    case ProcCtl::reap_kill:
      return reap_kill(task, id, data);
    case ProcCtl::trace_ctl:
      return set_switch(task, id, data, kTraceHighest, settings().traceable, kTraceEnable);
    case ProcCtl::trace_status:
      return status(task, id, data, trace_status());
    case ProcCtl::trapcap_ctl:
      return set_switch(task, id, data, kTrapcapHighest, settings().trapcap, kTrapcapEnable);
    case ProcCtl::trapcap_status:
      return status(task, id, data, settings().trapcap ? kTrapcapEnable : kTrapcapHighest);
    case ProcCtl::pdeathsig_ctl:
      return set_death_signal(task, id, data);
    case ProcCtl::pdeathsig_status:
      if (!self(id)) return HostErrno{EINVAL};
      return store_int(task, data, parent_death_signal());
    case ProcCtl::aslr_ctl:
    case ProcCtl::stackgap_ctl:
      return accept_flags(task, id, data);
    case ProcCtl::aslr_status:
      return status(task, id, data, kAslrNoforce);
    case ProcCtl::stackgap_status:
      return status(task, id, data, kStackgapEnabled);
  }
  return HostErrno{EINVAL};
}

}  // namespace emulate::freebsd
