#include <sys/syscall.h>

#include "host/os/freebsd/abi/signal.h"
#include "host/os/freebsd/abi/time.h"
#include "host/os/freebsd/errno.h"
#include "host/os/freebsd/jail/policy.h"
#include "host/os/freebsd/jail/prisons.h"
#include "host/os/freebsd/params.h"
#include "host/os/freebsd/personality.h"
#include "host/os/freebsd/signal_tables.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/freebsd/ucontext.h"
#include "host/signal/blocking.h"
#include "host/signal/send.h"

namespace emulate::freebsd {
namespace {

SignalAction from_guest(const Sigaction& g) {
  SignalAction a;
  a.kind = g.handler.value == kSIG_DFL   ? SignalAction::Kind::default_
           : g.handler.value == kSIG_IGN ? SignalAction::Kind::ignore
                                         : SignalAction::Kind::handler;
  a.handler = g.handler;
  a.mask = g.mask.set();
  a.mask.remove(kSIGKILL);
  a.mask.remove(kSIGSTOP);
  a.siginfo = (g.flags & kSA_SIGINFO) != 0;
  a.on_stack = (g.flags & kSA_ONSTACK) != 0;
  a.restart = (g.flags & kSA_RESTART) != 0;
  a.reset_hand = (g.flags & kSA_RESETHAND) != 0;
  a.no_defer = (g.flags & kSA_NODEFER) != 0;
  a.no_child_stop = (g.flags & kSA_NOCLDSTOP) != 0;
  a.no_child_wait = (g.flags & kSA_NOCLDWAIT) != 0;
  return a;
}

Sigaction to_guest(int signo, const SignalAction& a) {
  Sigaction g;
  g.handler = a.kind == SignalAction::Kind::default_ ? GuestAddr(kSIG_DFL)
              : a.kind == SignalAction::Kind::ignore ? GuestAddr(kSIG_IGN)
                                                     : a.handler;
  g.mask = a.mask;
  if (a.siginfo) g.flags |= kSA_SIGINFO;
  if (a.on_stack) g.flags |= kSA_ONSTACK;
  if (a.restart) g.flags |= kSA_RESTART;
  if (a.reset_hand) g.flags |= kSA_RESETHAND;
  if (a.no_defer) g.flags |= kSA_NODEFER;
  if (signo == kSIGCHLD && a.no_child_stop) g.flags |= kSA_NOCLDSTOP;
  if (signo == kSIGCHLD && a.no_child_wait) g.flags |= kSA_NOCLDWAIT;
  return g;
}

SysResult sys_sigaction(Task& task, SignalNumber sig, In<Sigaction> act, Out<Sigaction> oact) {
  const int signo = number(sig);
  std::optional<Sigaction> wanted;
  if (act) {
    auto r = act.load();
    if (!r) return r.error();
    wanted = *r;
  }
  if (!signal_valid(signo)) return HostErrno{EINVAL};
  Process& process = task.process();
  SignalAction old;
  if (wanted) {
    const std::uint64_t handler = wanted->handler.value;
    const bool caught = handler != kSIG_DFL && handler != kSIG_IGN;
    if (caught && (wanted->flags & ~kSA_all) != 0) return HostErrno{EINVAL};
    if ((signo == kSIGKILL || signo == kSIGSTOP) && handler != kSIG_DFL) return HostErrno{EINVAL};
    old = process.set_action(signo, from_guest(*wanted));
  } else {
    old = process.action(signo);
  }
  if (oact) return SysResult::from(oact.store(to_guest(signo, old)));
  return SysResult::ok();
}

SysResult sys_sigprocmask(Task& task, std::int32_t how, In<Sigset> set, Out<Sigset> oset) {
  const SignalSet old = task.signal_mask();
  if (set) {
    auto wanted = set.load();
    if (!wanted) return wanted.error();
    switch (how) {
      case kSIG_BLOCK:
        task.set_signal_mask(old | wanted->set());
        break;
      case kSIG_UNBLOCK:
        task.set_signal_mask(old & ~wanted->set());
        break;
      case kSIG_SETMASK:
        task.set_signal_mask(wanted->set());
        break;
      default:
        return HostErrno{EINVAL};
    }
  }
  if (oset) return SysResult::from(oset.store(old));
  return SysResult::ok();
}

SysResult sys_sigpending(Task& task, Out<Sigset> set) {
  return SysResult::from(set.store(task.pending_signals()));
}

SysResult sys_sigsuspend(Task& task, In<Sigset> set) {
  auto mask = set.load();
  if (!mask) return mask.error();
  task.set_temporary_mask(mask->set());
  while (blocking_syscall(SYS_pause) != -EINTR) {
  }
  return HostErrno{EINTR};
}

SysResult sys_sigaltstack(Task& task, In<Stack> ss, Out<Stack> oss) {
  std::optional<Stack> wanted;
  if (ss) {
    auto r = ss.load();
    if (!r) return r.error();
    wanted = *r;
  }
  AltStack& alt = task.altstack();
  const bool on_stack = task.on_altstack();
  Stack old;
  old.sp = alt.sp;
  old.size = alt.size;
  old.flags = !alt.enabled ? kSS_DISABLE : on_stack ? kSS_ONSTACK : 0;
  if (wanted) {
    constexpr std::uint64_t kMinSigStackSize = 4096;  // MINSIGSTKSZ of both arms
    if (on_stack) return HostErrno{EPERM};
    if ((wanted->flags & ~kSS_DISABLE) != 0) return HostErrno{EINVAL};
    if ((wanted->flags & kSS_DISABLE) != 0) {
      alt.enabled = false;
    } else {
      if (wanted->size < kMinSigStackSize) return HostErrno{ENOMEM};
      alt = {wanted->sp, wanted->size, true};
    }
  }
  if (oss) return SysResult::from(oss.store(old));
  return SysResult::ok();
}

SysResult sys_sigreturn(Task& task, GuestAddr context) {
  SyscallRequest request;
  request.slots[0] = context.value;
  request.slot_count = 1;
  const GuestAddr at = abi_of(task).get_ucontext_sigreturn(task.cpu(), request);
  return load_context(task, at, ucontext_layout(task).size);
}

SysResult sys_getcontext(Task& task, GuestAddr context) {
  if (!context) return HostErrno{EINVAL};
  return SysResult::from(store_context(task, context));
}

SysResult sys_setcontext(Task& task, GuestAddr context) {
  if (!context) return HostErrno{EINVAL};
  return load_context(task, context, ucontext_layout(task).tail_offset);
}

SysResult sys_swapcontext(Task& task, GuestAddr old_context, GuestAddr context) {
  if (!old_context || !context) return HostErrno{EINVAL};
  if (auto r = store_context(task, old_context); !r) return r.error();
  return load_context(task, context, ucontext_layout(task).tail_offset);
}

SignalSet waitable(const SignalSet& set) {
  SignalSet s = set;
  s.remove(kSIGKILL);
  s.remove(kSIGSTOP);
  return s;
}

/// sigwait(2) gives its error as its value; libc passes it on.
SysResult sys_sigwait(Task& task, In<Sigset> set, GuestAddr result) {
  auto wanted = set.load();
  if (!wanted) return SysResult::value(errno_from_host(wanted.error().value));
  auto signal = task.wait_signal(waitable(wanted->set()), std::nullopt);
  if (!signal) return SysResult::value(errno_from_host(signal.error().value));
  std::byte word[4];
  store_scalar(task.model(), word, static_cast<std::uint32_t>(signal->signo), sizeof word);
  auto stored = task.copyout(result, word, sizeof word);
  return SysResult::value(stored ? 0 : errno_from_host(stored.error().value));
}

SysResult finish_wait(Task& task, const Expected<GuestSignal>& signal, Out<Siginfo>& info) {
  if (!signal) return signal.error();
  if (info) {
    if (auto r = info.store(make_siginfo(task.model(), *signal)); !r) return r.error();
  }
  return SysResult::value(static_cast<std::uint64_t>(signal->signo));
}

SysResult sys_sigtimedwait(Task& task, In<Sigset> set, Out<Siginfo> info, In<Timespec> timeout) {
  std::optional<Timespec> limit;
  if (timeout) {
    auto r = timeout.load();
    if (!r) return r.error();
    limit = *r;
  }
  auto wanted = set.load();
  if (!wanted) return wanted.error();
  const SignalSet waited = waitable(wanted->set());
  std::optional<Task::Deadline> deadline;
  if (limit) {
    // A signal that is there already is taken whatever the timeout says.
    if (auto signal = task.take_signal(waited)) return finish_wait(task, *signal, info);
    if (limit->tv_nsec < 0 || limit->tv_nsec >= 1'000'000'000) return HostErrno{EINVAL};
    if (limit->tv_sec < 0) return HostErrno{EAGAIN};
    constexpr std::int64_t kForever = 1LL << 33;  // seconds; keeps the sum inside the clock's range
    deadline = std::chrono::steady_clock::now() +
               std::chrono::seconds(std::min<std::int64_t>(limit->tv_sec, kForever)) +
               std::chrono::nanoseconds(limit->tv_nsec);
  }
  return finish_wait(task, task.wait_signal(waited, deadline), info);
}

SysResult sys_sigwaitinfo(Task& task, In<Sigset> set, Out<Siginfo> info) {
  auto wanted = set.load();
  if (!wanted) return wanted.error();
  return finish_wait(task, task.wait_signal(waitable(wanted->set()), std::nullopt), info);
}

SysResult sys_kill(Task& task, std::int32_t pid, SignalNumber sig) {
  const int signo = number(sig);
  if (signo < 0 || signo > kSigMaxSig) return HostErrno{EINVAL};
  if (pid <= 0 && jailed()) return SysResult::from(signal_inmates(task, pid, signo));
  return SysResult::from(send_signal(task, pid, signo));
}

SysResult sys_sigqueue(Task& task, std::int32_t pid, SignalNumber sig, GuestAddr value) {
  const int signo = number(sig);
  if (signo < 0 || signo > kSigMaxSig) return HostErrno{EINVAL};
  if (pid <= 0) return HostErrno{EINVAL};
  return SysResult::from(send_signal(task, pid, signo, value.value));
}

constexpr SyscallRow kRows[] = {
    row<&sys_kill>(37, "kill"),
    row<&sys_sigaltstack>(53, "sigaltstack"),
    row<&sys_sigprocmask>(340, "sigprocmask"),
    row<&sys_sigsuspend>(341, "sigsuspend"),
    row<&sys_sigpending>(343, "sigpending"),
    row<&sys_sigtimedwait>(345, "sigtimedwait"),
    row<&sys_sigwaitinfo>(346, "sigwaitinfo"),
    row<&sys_sigaction>(416, "sigaction"),
    row<&sys_sigreturn>(417, "sigreturn"),
    row<&sys_getcontext>(421, "getcontext"),
    row<&sys_setcontext>(422, "setcontext"),
    row<&sys_swapcontext>(423, "swapcontext"),
    row<&sys_sigwait>(429, "sigwait"),
    row<&sys_sigqueue>(456, "sigqueue"),
};

}  // namespace

Rows signal_rows() { return kRows; }

}  // namespace emulate::freebsd
