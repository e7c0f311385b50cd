#include "host/os/freebsd/signal_tables.h"

#include <array>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace emulate::freebsd {
namespace {

struct SignalRow {
  int guest;
  int host;  ///< 0: no counterpart
  DefaultAction action;
  const char* name;
};

using A = DefaultAction;

/// Actions: FreeBSD sys/kern/kern_sig.c, sigproptbl. Signals that the table there leaves out are
/// neither ignored nor stopping, so they terminate.
constexpr SignalRow kSignals[] = {
    {kSIGHUP, SIGHUP, A::terminate, "SIGHUP"},
    {kSIGINT, SIGINT, A::terminate, "SIGINT"},
    {kSIGQUIT, SIGQUIT, A::core, "SIGQUIT"},
    {kSIGILL, SIGILL, A::core, "SIGILL"},
    {kSIGTRAP, SIGTRAP, A::core, "SIGTRAP"},
    {kSIGABRT, SIGABRT, A::core, "SIGABRT"},
    {kSIGEMT, 0, A::core, "SIGEMT"},
    {kSIGFPE, SIGFPE, A::core, "SIGFPE"},
    {kSIGKILL, SIGKILL, A::terminate, "SIGKILL"},
    {kSIGBUS, SIGBUS, A::core, "SIGBUS"},
    {kSIGSEGV, SIGSEGV, A::core, "SIGSEGV"},
    {kSIGSYS, SIGSYS, A::core, "SIGSYS"},
    {kSIGPIPE, SIGPIPE, A::terminate, "SIGPIPE"},
    {kSIGALRM, SIGALRM, A::terminate, "SIGALRM"},
    {kSIGTERM, SIGTERM, A::terminate, "SIGTERM"},
    {kSIGURG, SIGURG, A::ignore, "SIGURG"},
    {kSIGSTOP, SIGSTOP, A::stop, "SIGSTOP"},
    {kSIGTSTP, SIGTSTP, A::stop, "SIGTSTP"},
    {kSIGCONT, SIGCONT, A::resume, "SIGCONT"},
    {kSIGCHLD, SIGCHLD, A::ignore, "SIGCHLD"},
    {kSIGTTIN, SIGTTIN, A::stop, "SIGTTIN"},
    {kSIGTTOU, SIGTTOU, A::stop, "SIGTTOU"},
    {kSIGIO, SIGIO, A::ignore, "SIGIO"},
    {kSIGXCPU, SIGXCPU, A::terminate, "SIGXCPU"},
    {kSIGXFSZ, SIGXFSZ, A::terminate, "SIGXFSZ"},
    {kSIGVTALRM, SIGVTALRM, A::terminate, "SIGVTALRM"},
    {kSIGPROF, SIGPROF, A::terminate, "SIGPROF"},
    {kSIGWINCH, SIGWINCH, A::ignore, "SIGWINCH"},
    {kSIGINFO, 0, A::ignore, "SIGINFO"},
    {kSIGUSR1, SIGUSR1, A::terminate, "SIGUSR1"},
    {kSIGUSR2, SIGUSR2, A::terminate, "SIGUSR2"},
    {kSIGTHR, 0, A::terminate, "SIGTHR"},
    {kSIGLIBRT, 0, A::terminate, "SIGLIBRT"},
};

/// Realtime signals run in parallel: the host's 34 to 63 are the guest's 65 to 94. Host signals 32
/// and 33 belong to the C library, 64 is the carrier of those without a counterpart.
constexpr int kHostRtMin = 34;
constexpr int kHostRtMax = 63;
constexpr int kRtShift = kSIGRTMIN - kHostRtMin;

constexpr std::array<int, 65> make_host_to_guest() {
  std::array<int, 65> table{};
  for (const SignalRow& r : kSignals) table[r.host] = r.guest;
  for (int s = kHostRtMin; s <= kHostRtMax; ++s) table[s] = s + kRtShift;
  table[0] = 0;
  return table;
}

constexpr auto kHostToGuest = make_host_to_guest();

const SignalRow* find(int guest_signal) {
  for (const SignalRow& r : kSignals) {
    if (r.guest == guest_signal) return &r;
  }
  return nullptr;
}

/// 32 and 33 are the C library's own, SIGSTKFLT is unused.
constexpr std::pair<int, int> kDeathSignals[] = {
    {kSIGEMT, SIGSTKFLT}, {kSIGTHR, 32}, {kSIGLIBRT, 33}};

struct CodeRow {
  int signo;  ///< guest signal; 0: any
  int host;
  int guest;
};

/// Codes whose numbers differ. Those of SIGILL, SIGBUS, SIGSEGV, SIGTRAP, SIGCHLD and SIGIO are the
/// same on both systems.
constexpr CodeRow kCodes[] = {
    {kSIGFPE, FPE_INTDIV, kFPE_INTDIV},
    {kSIGFPE, FPE_INTOVF, kFPE_INTOVF},
    {0, SI_USER, kSI_USER},
    {0, SI_QUEUE, kSI_QUEUE},
    {0, SI_TIMER, kSI_TIMER},
    {0, SI_ASYNCIO, kSI_ASYNCIO},
    {0, SI_MESGQ, kSI_MESGQ},
    {0, SI_KERNEL, kSI_KERNEL},
    {0, SI_TKILL, kSI_LWP},
};

}  // namespace

int signal_to_host(int guest_signal) {
  if (guest_signal >= kSIGRTMIN && guest_signal <= kHostRtMax + kRtShift) {
    return guest_signal - kRtShift;
  }
  const SignalRow* r = find(guest_signal);
  return r != nullptr ? r->host : 0;
}

int signal_to_guest(int host_signal) {
  if (host_signal == SIGSTKFLT || host_signal == SIGPWR) return kSIGTERM;
  return host_signal > 0 && host_signal <= 64 ? kHostToGuest[host_signal] : 0;
}

int death_signal_to_host(int guest_signal) {
  for (const auto& [guest, host] : kDeathSignals) {
    if (guest == guest_signal) return host;
  }
  return signal_to_host(guest_signal);
}

int death_signal_to_guest(int host_signal) {
  for (const auto& [guest, host] : kDeathSignals) {
    if (host == host_signal) return guest;
  }
  return signal_to_guest(host_signal);
}

DefaultAction signal_default_action(int guest_signal) {
  const SignalRow* r = find(guest_signal);
  return r != nullptr ? r->action : DefaultAction::terminate;
}

const char* signal_name(int guest_signal) {
  static const auto names = [] {
    std::array<std::string, kSigMaxSig + 1> n;
    for (int s = 0; s <= kSigMaxSig; ++s) {
      const SignalRow* r = find(s);
      const char* prefix = s >= kSIGRTMIN ? "SIGRT" : "SIG";
      n[s] = r != nullptr ? r->name : fmt::format("{}{}", prefix, s);
    }
    return n;
  }();
  return guest_signal >= 0 && guest_signal <= kSigMaxSig ? names[guest_signal].c_str() : "SIG?";
}

int signal_code_to_guest(int guest_signo, int host_code) {
  for (const CodeRow& r : kCodes) {
    if ((r.signo == 0 || r.signo == guest_signo) && r.host == host_code) return r.guest;
  }
  return host_code;
}

GuestSignal signal_from_host(const siginfo_t& info, int guest_signo) {
  GuestSignal g;
  g.signo = guest_signo != 0 ? guest_signo : signal_to_guest(info.si_signo);
  g.code = signal_code_to_guest(g.signo, info.si_code);
  switch (info.si_code) {
    case SI_USER:
    case SI_TKILL:
      g.pid = info.si_pid;
      g.uid = info.si_uid;
      return g;
    case SI_QUEUE:
    case SI_MESGQ:
      g.pid = info.si_pid;
      g.uid = info.si_uid;
      g.value = reinterpret_cast<std::uint64_t>(info.si_value.sival_ptr);
      return g;
    case SI_TIMER:
      g.timer_id = info.si_timerid;
      g.overrun = info.si_overrun;
      g.value = reinterpret_cast<std::uint64_t>(info.si_value.sival_ptr);
      return g;
    case SI_KERNEL:
      return g;
    default:
      break;
  }
  if (g.signo == kSIGCHLD) {
    g.pid = info.si_pid;
    g.uid = info.si_uid;
    // FreeBSD gives exit codes and signal numbers, as Linux does (kern_exit.c, proc_reap()).
    g.status = info.si_code == CLD_EXITED ? info.si_status : death_signal_to_guest(info.si_status);
  } else if (g.signo == kSIGIO) {
    g.band = info.si_band;
  }
  return g;
}

Siginfo make_siginfo(const DataModel& model, const GuestSignal& signal) {
  const std::uint64_t pointer_mask = model.is64() ? ~0ULL : 0xffff'ffffULL;
  Siginfo s;
  s.signo = signal.signo;
  s.error = signal.error;
  s.code = signal.code;
  s.pid = signal.pid;
  s.uid = signal.uid;
  s.status = signal.status;
  s.address = GuestAddr(signal.address.value & pointer_mask);
  s.value = GuestAddr(signal.value & pointer_mask);
  if (signal.code == kSI_TIMER) {
    s.reason[0] = signal.timer_id;
    s.reason[1] = signal.overrun;
  } else if (signal.code == kSI_MESGQ) {
    s.reason[0] = signal.fd;
  } else if (signal.signo == kSIGIO && signal.band != 0) {
    const auto low = static_cast<std::int32_t>(signal.band);
    const auto high = static_cast<std::int32_t>(signal.band >> 32);
    const bool low_first = !model.is64() || model.order == ByteOrder::little;
    s.reason[0] = low_first ? low : high;
    if (model.is64()) s.reason[1] = low_first ? high : low;
  } else {
    s.reason[0] = signal.trap_number;
  }
  return s;
}

int wait_status_to_guest(int host_status) {
  constexpr int kContinued = 0xffff;
  if (host_status == kContinued) return kSIGCONT;  // FreeBSD sys/sys/wait.h: WIFCONTINUED
  if ((host_status & 0xff) == 0x7f) return signal_to_guest(host_status >> 8 & 0xff) << 8 | 0x7f;
  const int termination = host_status & 0x7f;
  if (termination == 0) return host_status;
  return (host_status & 0x80) | death_signal_to_guest(termination);
}

}  // namespace emulate::freebsd
