#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <mutex>
#include <vector>

#include "host/os/freebsd/abi/process.h"
#include "host/os/freebsd/host_processes.h"
#include "host/os/freebsd/process_calls.h"
#include "host/os/freebsd/ptrace/tracer.h"
#include "host/os/freebsd/signal_tables.h"
#include "host/os/freebsd/time.h"
#include "host/signal/attentive.h"
#include "host/signal/blocking.h"
#include "host/task/access.h"

/// FreeBSD sys/kern/kern_exit.c: kern_wait6() on the host's waitid(2).

namespace emulate::freebsd {
namespace {

struct WaitOutcome {
  int pid = 0;     ///< 0: WNOHANG and nobody had anything to tell
  int status = 0;  ///< the guest's status word
  Siginfo info;
  struct ::rusage usage {};
};

struct OptionRow {
  std::uint32_t guest;
  int host;
};

constexpr OptionRow kOptions[] = {
    {kWNOHANG, WNOHANG}, {kWUNTRACED, WSTOPPED}, {kWCONTINUED, WCONTINUED},
    {kWNOWAIT, WNOWAIT}, {kWEXITED, WEXITED},
};

/// The status word that wait4 would have given for a siginfo.
int status_word(const siginfo_t& info) {
  switch (info.si_code) {
    case CLD_EXITED:
      return (info.si_status & 0xff) << 8;
    case CLD_KILLED:
      return info.si_status;
    case CLD_DUMPED:
      return info.si_status | 0x80;
    case CLD_CONTINUED:
      return 0xffff;
    default:
      return info.si_status << 8 | 0x7f;
  }
}

struct Wanted {
  IdType type;
  std::int64_t id;
  std::uint32_t options;
  ::idtype_t host_type;
  int host_options;
  bool only_trapped;
};

/// What a process that is traced has to tell.
bool take_traced(const Wanted& w, WaitOutcome& out) {
  if ((w.options & (kWTRAPPED | kWEXITED)) == 0) return false;
  const auto e = Tracer::instance().take_event(w.type, w.id, (w.options & kWNOWAIT) != 0);
  if (!e) return false;
  const int signo = e->status & 0x7f;
  out.pid = e->pid;
  out.status = e->status;
  out.info.signo = kSIGCHLD;
  out.info.pid = e->pid;
  out.info.code = e->trapped ? kCLD_TRAPPED : signo == 0 ? kCLD_EXITED : kCLD_KILLED;
  out.info.status = e->trapped || signo == 0 ? e->status >> 8 : signo;
  return true;
}

/// Sleeps until a child or one of the `strangers` has something to tell, or the task's attention
/// is asked for. Of both kinds at once the host cannot wait: it looks at children now and then.
void sleep_for_strangers(const std::vector<int>& strangers, bool children) {
  std::vector<pollfd> fds;
  for (const int fd : strangers) fds.push_back({fd, POLLIN, 0});
  timespec now_and_then{0, 20'000'000};
  constexpr long kHostSigsetSize = 8;
  (void)blocking_syscall_once(
      SYS_ppoll, reinterpret_cast<long>(fds.data()), static_cast<long>(fds.size()),
      children ? reinterpret_cast<long>(&now_and_then) : 0, 0, kHostSigsetSize);
}

/// The host's waitid(2) of a process's children but for those that somebody else debugs.
long wait_for_own(const Wanted& w, const std::map<int, int>& lent, int options,
                  siginfo_t& host_info, struct ::rusage& usage) {
  for (const int pid : host_pids()) {
    const auto p = host_process(pid);
    if (!p || p->parent != getpid() || lent.contains(pid)) continue;
    if (w.type == IdType::pid ? w.id != pid : w.type == IdType::pgid && w.id != p->group) continue;
    const long r = syscall(SYS_waitid, P_PID, pid, &host_info, options | WNOHANG, &usage);
    if (r == 0 && host_info.si_pid != 0) return 0;
  }
  host_info.si_pid = 0;
  return 0;
}

/// The host's waitid(2), and what traced processes have to tell besides: `out` is filled then. Else
/// the call's result.
long wait_for_something(Task& task, const Wanted& w, siginfo_t& host_info, WaitOutcome& out) {
  const Tracer::Waiting waiting(task.tid());
  for (;;) {
    if (task.interrupted()) return -EINTR;
    if (take_traced(w, out)) return 0;
    std::vector<int> strangers = Tracer::instance().strangers(w.type, w.id);
    const std::map<int, int> lent = Tracer::instance().lent(w.type, w.id);
    const bool ask_only = !strangers.empty() || w.only_trapped;
    const int options =
        w.host_options | (ask_only ? WNOHANG : 0) | (w.only_trapped ? WEXITED | WNOWAIT : 0);
    const long r = lent.empty() ? blocking_syscall_once(SYS_waitid, w.host_type,
                                                        static_cast<std::int32_t>(w.id),
                                                        reinterpret_cast<long>(&host_info), options,
                                                        reinterpret_cast<long>(&out.usage))
                                : wait_for_own(w, lent, options, host_info, out.usage);
    if (r == -EINTR) continue;
    if (w.only_trapped) host_info.si_pid = 0;
    if (r < 0 && (r != -ECHILD || strangers.empty())) return r;
    if (r == 0 && (host_info.si_pid != 0 || (w.options & kWNOHANG) != 0)) {
      const bool ends = host_info.si_code == CLD_EXITED || host_info.si_code == CLD_KILLED ||
                        host_info.si_code == CLD_DUMPED;
      if (ends && (w.options & kWNOWAIT) == 0) Tracer::instance().forget(host_info.si_pid);
      return 0;
    }
    if ((w.options & kWNOHANG) != 0) return 0;
    for (const auto& [child, tracer] : lent) strangers.push_back(tracer);
    sleep_for_strangers(strangers, r == 0);
  }
}

/// The SIGCHLD that told of what has been waited for is told no more (FreeBSD proc_reap()).
void take_back_signal(Task& task, int pid) {
  TaskAccess::drain(task);
  const ProcessAccess access(task.process());
  const std::lock_guard lock(access.signals_mutex());
  SignalSet child;
  child.add(kSIGCHLD);
  std::vector<GuestSignal> of_others;
  while (const auto signal = access.pending().take(child)) {
    if (signal->pid != pid) of_others.push_back(*signal);
  }
  for (const GuestSignal& signal : of_others) access.pending().push(signal, 1);
}

/// Success with a pid, or what the guest gets instead.
tl::expected<WaitOutcome, SysResult> wait_for(Task& task, IdType type, std::int64_t id,
                                              std::uint32_t options) {
  const auto fail = [](SysResult r) { return tl::unexpected(r); };
  constexpr std::uint32_t kEvents = kWEXITED | kWUNTRACED | kWCONTINUED | kWTRAPPED;
  constexpr std::uint32_t kKnown = kEvents | kWNOHANG | kWNOWAIT | kWLINUXCLONE;
  if (static_cast<std::int32_t>(id) == 0 && (type == IdType::pid || type == IdType::pgid)) {
    type = IdType::pgid;
    id = ::getpgrp();
  }
  if ((options & ~kKnown) != 0) return fail(HostErrno{EINVAL});
  if ((options & kEvents) == 0) return fail(HostErrno{EINVAL});

  int host_options = 0;
  for (const OptionRow& r : kOptions) {
    if ((options & r.guest) != 0) host_options |= r.host;
  }
  // Only trapped processes were asked for: the host has none, but knows who is a child.
  const bool only_trapped = (host_options & (WEXITED | WSTOPPED | WCONTINUED)) == 0;
  ::idtype_t host_type = P_ALL;
  if (type == IdType::pid) {
    host_type = P_PID;
    // A child asked for by its number is found whatever signal it ends with; wait for any child
    // passes over those of pdfork(2).
    host_options |= __WALL;
  } else if (type == IdType::pgid) {
    host_type = P_PGID;
  } else if (type != IdType::all) {
    return fail(HostErrno{ECHILD});
  }

  siginfo_t host_info{};
  WaitOutcome out;
  const Wanted wanted{type, id, options, host_type, host_options, only_trapped};
  const long r = wait_for_something(task, wanted, host_info, out);
  if (r == -EINTR) return fail(Restart{});
  if (r < 0) return fail(HostErrno{static_cast<int>(-r)});
  if (out.pid == 0 && host_info.si_pid == 0) return out;
  if ((options & kWNOWAIT) == 0) {
    take_back_signal(task, out.pid != 0 ? out.pid : host_info.si_pid);
  }
  if (out.pid != 0) return out;
  out.pid = host_info.si_pid;
  out.status = wait_status_to_guest(status_word(host_info));
  out.info.signo = kSIGCHLD;
  out.info.code = host_info.si_code;  // CLD_* are the same on both systems
  out.info.pid = host_info.si_pid;
  out.info.uid = host_info.si_uid;
  out.info.status = host_info.si_code == CLD_EXITED ? host_info.si_status
                                                    : death_signal_to_guest(host_info.si_status);
  return out;
}

}  // namespace

Rusage rusage_to_guest(const struct ::rusage& h) {
  Rusage g;
  g.utime = to_guest(h.ru_utime);
  g.stime = to_guest(h.ru_stime);
  g.maxrss = h.ru_maxrss;
  g.minflt = h.ru_minflt;
  g.majflt = h.ru_majflt;
  g.nswap = h.ru_nswap;
  g.inblock = h.ru_inblock;
  g.oublock = h.ru_oublock;
  g.msgsnd = h.ru_msgsnd;
  g.msgrcv = h.ru_msgrcv;
  g.nsignals = h.ru_nsignals;
  g.nvcsw = h.ru_nvcsw;
  g.nivcsw = h.ru_nivcsw;
  return g;
}

SysResult sys_wait4(Task& task, std::int32_t pid, Out<Int> status, Flags options,
                    Out<Rusage> rusage) {
  constexpr std::int32_t kWaitAny = -1;
  IdType type = IdType::pid;
  std::int64_t id = pid;
  if (pid == kWaitAny) {
    type = IdType::all;
  } else if (pid < 0) {
    type = IdType::pgid;
    id = -std::int64_t{pid};
  }
  auto r = wait_for(task, type, id, bits(options) | kWEXITED | kWTRAPPED);
  if (!r) return r.error();
  if (r->pid != 0) {
    if (status) {
      if (auto stored = status.store({r->status}); !stored) return stored.error();
    }
    if (rusage) {
      if (auto stored = rusage.store(rusage_to_guest(r->usage)); !stored) return stored.error();
    }
  }
  return SysResult::value(static_cast<std::uint64_t>(r->pid));
}

SysResult sys_wait6(Task& task, std::int32_t idtype, std::int64_t id, Out<Int> status,
                    Flags options, Out<Wrusage> wrusage, Out<Siginfo> info) {
  auto r = wait_for(task, static_cast<IdType>(idtype), id, bits(options));
  if (!r) return r.error();
  if (r->pid != 0) {
    if (status) {
      if (auto stored = status.store({r->status}); !stored) return stored.error();
    }
    if (wrusage) {
      Wrusage usage;
      usage.self = rusage_to_guest(r->usage);
      if (auto stored = wrusage.store(usage); !stored) return stored.error();
    }
  }
  if (info) {
    if (auto stored = info.store(r->info); !stored) return stored.error();
  }
  return SysResult::value(static_cast<std::uint64_t>(r->pid));
}

}  // namespace emulate::freebsd
