/// The host's side of signals: one handler that sorts synchronous faults from signals for the
/// guest, and host dispositions that follow the guest's.

#include <execinfo.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "host/signal/blocking.h"
#include "host/task/access.h"

namespace emulate {
namespace {

bool may_be_synchronous(int signo) {
  return signo == SIGSEGV || signo == SIGBUS || signo == SIGFPE || signo == SIGILL ||
         signo == SIGTRAP;
}

/// A fault of the thread's own (si_code > 0) that a guest access or the engine explains.
bool handle_fault(Task& task, int signo, siginfo_t* info, void* ucontext) {
  if (signo == SIGSEGV && task.memory().note_write_fault(info->si_addr)) return true;
  if ((signo == SIGSEGV || signo == SIGBUS) && recover_copy_fault(ucontext)) return true;
  return task.process().engine().handle_host_signal(signo, info, ucontext);
}

[[noreturn]] void internal_fault(int signo, const siginfo_t* info, void* ucontext) {
  char text[160];
  const auto* uc = static_cast<const ucontext_t*>(ucontext);
  const int n = std::snprintf(
      text, sizeof text, "emulate: internal error: host signal %d (address %p, pc %#llx)\n", signo,
      info->si_addr, static_cast<unsigned long long>(uc->uc_mcontext.gregs[REG_RIP]));
  (void)!write(2, text, static_cast<std::size_t>(n));
  // For addr2line. Not async-signal-safe, but there is nothing left to lose.
  void* frames[32];
  backtrace_symbols_fd(frames, backtrace(frames, 32), 2);
  struct sigaction dfl {};
  dfl.sa_handler = SIG_DFL;
  sigaction(signo, &dfl, nullptr);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signo);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  raise(signo);
  _exit(125);
}

bool is_poke(const siginfo_t& info) {
  return info.si_signo == kCarrierSignal && info.si_code == SI_TKILL &&
         (info.si_errno & 0xffff'0000) != kCarrierMagic;
}

void catch_signal(Task& task, siginfo_t info, ucontext_t* uc) {
  auto& box = TaskAccess::inbox(task);
  if (box.full()) {
    // Somebody has restored an older mask: the signal waits in the kernel once more.
    sigfillset(&uc->uc_sigmask);
    syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), info.si_signo, &info);
    return;
  }
  const unsigned at = box.written.load(std::memory_order_relaxed);
  box.caught[at % box.kSize] = info;
  box.written.store(at + 1, std::memory_order_release);
  // No room for another: none may come until drain() has made some.
  if (box.full()) {
    sigfillset(&uc->uc_sigmask);
    box.closed = true;
  }
}

void handler(int signo, siginfo_t* info, void* ucontext) {
  const int saved_errno = errno;
  Task* task = Task::current();
  if (may_be_synchronous(signo) && info->si_code > 0) {
    if (task == nullptr || !handle_fault(*task, signo, info, ucontext)) {
      internal_fault(signo, info, ucontext);
    }
    errno = saved_errno;
    return;
  }
  if (task != nullptr) {
    if (!is_poke(*info)) catch_signal(*task, *info, static_cast<ucontext_t*>(ucontext));
    TaskAccess::inbox(*task).attention.store(1, std::memory_order_release);
    if (Cpu* cpu = TaskAccess::cpu(*task); cpu != nullptr) cpu->interrupt();
    abort_blocking_window(ucontext);
  }
  errno = saved_errno;
}

void catch_on_host(int signo, int extra_flags) {
  struct sigaction sa {};
  sa.sa_sigaction = &handler;
  sa.sa_flags = SA_SIGINFO | extra_flags;
  sigfillset(&sa.sa_mask);
  // Faults inside the handler itself must be seen at once.
  for (const int s : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP}) sigdelset(&sa.sa_mask, s);
  sigaction(signo, &sa, nullptr);
}

void set_host_disposition(int signo, void (*what)(int)) {
  struct sigaction sa {};
  sa.sa_handler = what;
  sigaction(signo, &sa, nullptr);
}

}  // namespace

void ProcessAccess::apply_disposition(int guest_signo) const {
  const Personality& os = p.personality();
  const int signo = os.signal_to_host(guest_signo);
  if (signo == 0 || signo == SIGKILL || signo == SIGSTOP) return;
  const SignalAction& a = actions()[static_cast<std::size_t>(guest_signo)];
  const DefaultAction by_default = os.default_action(guest_signo);
  const bool default_harmless =
      a.kind == SignalAction::Kind::default_ &&
      (by_default == DefaultAction::ignore || by_default == DefaultAction::resume);
  const bool must_catch =
      may_be_synchronous(signo) || watched().has(guest_signo) || os.keeps_blocked_ignored();
  const int flags =
      signo == SIGCHLD ? (a.no_child_stop ? SA_NOCLDSTOP : 0) | (a.no_child_wait ? SA_NOCLDWAIT : 0)
                       : 0;
  if (a.kind == SignalAction::Kind::ignore && !may_be_synchronous(signo) &&
      !(watched().has(guest_signo) && signo != SIGCHLD)) {
    set_host_disposition(signo, SIG_IGN);
  } else if (default_harmless && !must_catch && flags == 0) {
    set_host_disposition(signo, SIG_DFL);
  } else {
    catch_on_host(signo, flags);
  }
}

void install_host_signals(Process& process) {
  const ProcessAccess access(process);
  const Personality& os = process.personality();
  const std::lock_guard lock(access.signals_mutex());
  access.actions().assign(static_cast<std::size_t>(os.signal_count()) + 1, SignalAction{});
  for (int guest = 1; guest <= os.signal_count(); ++guest) {
    const int signo = os.signal_to_host(guest);
    if (signo == 0 || signo == SIGKILL || signo == SIGSTOP) continue;
    struct sigaction inherited {};
    if (sigaction(signo, nullptr, &inherited) == 0 && inherited.sa_handler == SIG_IGN) {
      access.actions()[static_cast<std::size_t>(guest)].kind = SignalAction::Kind::ignore;
    }
    access.apply_disposition(guest);
  }
  catch_on_host(kCarrierSignal, 0);
}

HostSignalsBlocked::HostSignalsBlocked() {
  sigset_t all;
  sigfillset(&all);
  for (const int s : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP}) sigdelset(&all, s);
  pthread_sigmask(SIG_BLOCK, &all, &saved_);
}

HostSignalsBlocked::~HostSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &saved_, nullptr); }

void ProcessAccess::poke(const Task& t) { syscall(SYS_tgkill, getpid(), t.tid(), kCarrierSignal); }

}  // namespace emulate
