#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/os/freebsd/abi/process.h"
#include "host/os/freebsd/process_calls.h"
#include "host/os/freebsd/signal_tables.h"
#include "host/os/freebsd/time.h"
#include "host/signal/blocking.h"

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

/// Success with a pid, or what the guest gets instead.
tl::expected<WaitOutcome, SysResult> wait_for(IdType type, std::int64_t id, std::uint32_t options) {
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
  // Only trapped processes were asked for, and nobody here is traced.
  if ((host_options & (WEXITED | WSTOPPED | WCONTINUED)) == 0) return fail(HostErrno{ECHILD});
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
  const long r = blocking_syscall(SYS_waitid, host_type, static_cast<std::int32_t>(id),
                                  reinterpret_cast<long>(&host_info), host_options,
                                  reinterpret_cast<long>(&out.usage));
  if (r == -EINTR) return fail(Restart{});
  if (r < 0) return fail(HostErrno{static_cast<int>(-r)});
  if (host_info.si_pid == 0) return out;
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

SysResult sys_wait4(Task&, std::int32_t pid, Out<Int> status, Flags options, Out<Rusage> rusage) {
  constexpr std::int32_t kWaitAny = -1;
  IdType type = IdType::pid;
  std::int64_t id = pid;
  if (pid == kWaitAny) {
    type = IdType::all;
  } else if (pid < 0) {
    type = IdType::pgid;
    id = -std::int64_t{pid};
  }
  auto r = wait_for(type, id, bits(options) | kWEXITED | kWTRAPPED);
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

SysResult sys_wait6(Task&, std::int32_t idtype, std::int64_t id, Out<Int> status, Flags options,
                    Out<Wrusage> wrusage, Out<Siginfo> info) {
  auto r = wait_for(static_cast<IdType>(idtype), id, bits(options));
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
