#include <sys/syscall.h>
#include <unistd.h>

#include "host/os/linux/abi/time.h"
#include "host/os/linux/pass.h"
#include "host/os/linux/personality.h"
#include "host/os/linux/port_fields.h"
#include "host/os/linux/signal_tables.h"
#include "host/os/linux/time.h"
#include "host/signal/send.h"

/// Linux kernel/signal.c.

namespace emulate::linux_os {

using F = SigactionFields;
namespace {
constexpr Field as_long(Field f) {
  f.kind = FieldKind::ulong;
  return f;
}
constexpr auto kGeneric64 =
    fields(field<&F::handler>("sa_handler"), as_long(field<&F::flags>("sa_flags")),
           field<&F::restorer>("sa_restorer"), counted(field<&F::mask>("sa_mask"), 1));
constexpr auto kGeneric32 =
    fields(field<&F::handler>("sa_handler"), as_long(field<&F::flags>("sa_flags")),
           field<&F::restorer>("sa_restorer"), counted(field<&F::mask>("sa_mask"), 2));
}  // namespace

const Layout kSigactionGeneric64{"sigaction", kGeneric64};
const Layout kSigactionGeneric32{"sigaction", kGeneric32};

namespace {

bool signal_valid(const Task& task, int signo) {
  return signo >= 1 && signo <= port_of(task).signal_count;
}

// --- actions -------------------------------------------------------------------------------------

SignalAction from_guest(const Task& task, const SigactionFields& g) {
  SignalAction a;
  a.kind = g.handler.value == kSIG_DFL   ? SignalAction::Kind::default_
           : g.handler.value == kSIG_IGN ? SignalAction::Kind::ignore
                                         : SignalAction::Kind::handler;
  a.handler = g.handler;
  const unsigned word_bits = task.model().long_bytes * 8u;
  for (unsigned i = 0; i < 4 && i * word_bits < 128; ++i) {
    a.mask.bits[i * word_bits / 64] |= g.mask[i].value << (i * word_bits % 64);
  }
  a.mask = a.mask & ~task.process().personality().unblockable_signals();
  a.flags = g.flags;
  const std::uint64_t flags =
      port_flags_to_host(port_of(task).sigaction_flags, static_cast<std::uint32_t>(g.flags));
  a.siginfo = (flags & kSA_SIGINFO) != 0;
  a.on_stack = (flags & kSA_ONSTACK) != 0;
  a.restart = (flags & kSA_RESTART) != 0;
  a.reset_hand = (flags & kSA_RESETHAND) != 0;
  a.no_defer = (flags & kSA_NODEFER) != 0;
  a.no_child_stop = (flags & kSA_NOCLDSTOP) != 0;
  a.no_child_wait = (flags & kSA_NOCLDWAIT) != 0;
  if ((flags & kSA_RESTORER) != 0) a.restorer = g.restorer;
  return a;
}

SigactionFields to_guest(const Task& task, const SignalAction& a) {
  SigactionFields g;
  g.handler = a.kind == SignalAction::Kind::default_ ? GuestAddr(kSIG_DFL)
              : a.kind == SignalAction::Kind::ignore ? GuestAddr(kSIG_IGN)
                                                     : a.handler;
  g.flags = a.flags;
  g.restorer = a.restorer;
  const unsigned word_bits = task.model().long_bytes * 8u;
  const std::uint64_t word_mask = task.model().is64() ? ~0ULL : 0xffff'ffffULL;
  for (unsigned i = 0; i < 4 && i * word_bits < 128; ++i) {
    g.mask[i] = a.mask.bits[i * word_bits / 64] >> (i * word_bits % 64) & word_mask;
  }
  return g;
}

SysResult set_action(Task& task, SignalNumber sig, GuestAddr act, GuestAddr old, ULong set_size,
                     GuestAddr restorer) {
  const Port& port = port_of(task);
  if (set_size.value != sigset_bytes(port)) return HostErrno{EINVAL};
  const Layout& layout = *port.sigaction;
  std::vector<std::byte> bytes(guest_size(layout, task.model()));
  SigactionFields wanted;
  if (act) {
    if (auto r = task.copyin(bytes.data(), act, bytes.size()); !r) return r.error();
    decode(layout, task.model(), bytes, &wanted);
  }
  const int signo = number(sig);
  if (!signal_valid(task, signo)) return HostErrno{EINVAL};
  if (act && task.process().personality().unblockable_signals().has(signo)) {
    return HostErrno{EINVAL};
  }
  Process& process = task.process();
  SignalAction action = from_guest(task, wanted);
  if (restorer) action.restorer = restorer;
  const SignalAction before = act ? process.set_action(signo, action) : process.action(signo);
  if (!old) return SysResult::ok();
  const SigactionFields g = to_guest(task, before);
  (void)encode(layout, task.model(), &g, bytes);
  return SysResult::from(task.copyout(old, bytes.data(), bytes.size()));
}

SysResult sys_rt_sigaction(Task& task, SignalNumber sig, GuestAddr act, GuestAddr old,
                           ULong set_size) {
  return set_action(task, sig, act, old, set_size, {});
}

/// Linux arch/sparc/kernel/sys_sparc_64.c: what the handler returns to is an argument.
SysResult sys_rt_sigaction_sparc64(Task& task, SignalNumber sig, GuestAddr act, GuestAddr old,
                                   GuestAddr restorer, ULong set_size) {
  return set_action(task, sig, act, old, set_size, restorer);
}

// --- masks ---------------------------------------------------------------------------------------

SysResult sys_rt_sigprocmask(Task& task, std::int32_t how, GuestAddr set, GuestAddr old,
                             ULong set_size) {
  if (set_size.value != sigset_bytes(port_of(task))) return HostErrno{EINVAL};
  const SignalSet before = task.signal_mask();
  if (set) {
    const auto wanted = load_sigset(task, set, set_size);
    if (!wanted) return wanted.error();
    switch (number_to_host(port_of(task).sigprocmask_commands, how)) {
      case kSIG_BLOCK:
        task.set_signal_mask(before | *wanted);
        break;
      case kSIG_UNBLOCK:
        task.set_signal_mask(before & ~*wanted);
        break;
      case kSIG_SETMASK:
        task.set_signal_mask(*wanted);
        break;
      default:
        return HostErrno{EINVAL};
    }
  }
  if (!old) return SysResult::ok();
  return SysResult::from(store_sigset(task, old, before));
}

SysResult sys_rt_sigpending(Task& task, GuestAddr set, ULong set_size) {
  if (set_size.value > sigset_bytes(port_of(task))) return HostErrno{EINVAL};
  std::byte bytes[16];
  encode_sigset(port_of(task), task.model(), task.pending_signals() & task.signal_mask(), bytes);
  return SysResult::from(task.copyout(set, bytes, set_size));
}

SysResult sys_rt_sigsuspend(Task& task, GuestAddr set, ULong set_size) {
  const auto mask = load_sigset(task, set, set_size);
  if (!mask) return mask.error();
  task.set_temporary_mask(*mask);
  while (blocking_syscall(SYS_pause) != -EINTR) {
  }
  return HostErrno{EINTR};
}

SysResult sys_pause(Task&) {
  while (blocking_syscall(SYS_pause) != -EINTR) {
  }
  return HostErrno{EINTR};
}

// --- alternate stack and return ------------------------------------------------------------------

Expected<void> set_altstack(Task& task, const Stack& s) {
  if (task.on_altstack()) return host_error(EPERM);
  const std::uint32_t mode = s.flags & ~kSS_AUTODISARM;
  if (mode != 0 && mode != kSS_DISABLE && mode != kSS_ONSTACK) return host_error(EINVAL);
  thread_of(task).altstack_autodisarm = (s.flags & kSS_AUTODISARM) != 0;
  if (mode == kSS_DISABLE) {
    task.altstack() = AltStack{};
    return {};
  }
  if (s.size.value < port_of(task).min_altstack) return host_error(ENOMEM);
  task.altstack() = {s.sp, s.size, true};
  return {};
}

SysResult sys_sigaltstack(Task& task, GuestAddr ss, GuestAddr old) {
  const Layout& layout = *layout_or<Stack>(port_of(task).stack);
  std::vector<std::byte> bytes(guest_size(layout, task.model()));
  Stack wanted;
  if (ss) {
    if (auto r = task.copyin(bytes.data(), ss, bytes.size()); !r) return r.error();
    decode(layout, task.model(), bytes, &wanted);
  }
  const AltStack before = task.altstack();
  Stack shown{before.sp, 0, before.size};
  shown.flags = !before.enabled ? kSS_DISABLE : task.on_altstack() ? kSS_ONSTACK : 0;
  if (thread_of(task).altstack_autodisarm) shown.flags |= kSS_AUTODISARM;
  if (ss) {
    if (auto r = set_altstack(task, wanted); !r) return r.error();
  }
  if (!old) return SysResult::ok();
  (void)encode(layout, task.model(), &shown, bytes);
  return SysResult::from(task.copyout(old, bytes.data(), bytes.size()));
}

SysResult restore(Task& task, bool rt) {
  const LinuxSignalReturn r = abi_of(task).restore_frame(task.cpu(), rt, task.process().services());
  if (!r.ok) {
    GuestSignal segv;
    segv.signo = task.process().personality().signal_to_guest(SIGSEGV);
    segv.code = SI_KERNEL;
    segv.synchronous = true;
    task.process().post_to(task.tid(), segv);
    return JustReturn{};
  }
  task.set_signal_mask(SignalSet{{r.sigmask, r.sigmask_high}});
  // Errors are the program's own business (Linux restore_altstack()).
  (void)set_altstack(task, {r.altstack_sp, r.altstack_flags, r.altstack_size});
  return JustReturn{};
}

SysResult sys_rt_sigreturn(Task& task) { return restore(task, true); }
SysResult sys_sigreturn(Task& task) { return restore(task, false); }

// --- waiting -------------------------------------------------------------------------------------

template <class T>
SysResult wait_for_signal(Task& task, GuestAddr set, GuestAddr info, In<T> timeout,
                          ULong set_size) {
  const auto wanted = load_sigset(task, set, set_size);
  if (!wanted) return wanted.error();
  std::optional<Task::Deadline> deadline;
  if (timeout) {
    const auto t = load_timespec(task, timeout);
    if (!t) return t.error();
    deadline = deadline_after(*t);
  }
  const SignalSet waited = *wanted & ~task.process().personality().unblockable_signals();
  const auto signal = task.wait_signal(waited, deadline);
  if (!signal) return signal.error();
  if (info) {
    const SiginfoBytes bytes = make_siginfo(port_of(task), task.model(), *signal);
    if (auto r = task.copyout(info, bytes.data(), bytes.size()); !r) return r.error();
  }
  return SysResult::value(static_cast<std::uint64_t>(signal->signo));
}

SysResult sys_rt_sigtimedwait(Task& task, GuestAddr set, GuestAddr info, In<OldTimespec> timeout,
                              ULong set_size) {
  return wait_for_signal(task, set, info, timeout, set_size);
}
SysResult sys_rt_sigtimedwait_time64(Task& task, GuestAddr set, GuestAddr info,
                                     In<Timespec64> timeout, ULong set_size) {
  return wait_for_signal(task, set, info, timeout, set_size);
}

// --- sending -------------------------------------------------------------------------------------

SysResult sys_kill(Task& task, std::int32_t pid, SignalNumber sig) {
  return SysResult::from(send_signal(task, pid, number(sig)));
}

Expected<void> kill_thread(Task& task, int pid, int tid, int signo) {
  if (tid <= 0) return host_error(EINVAL);
  if (signo < 0 || signo > port_of(task).signal_count) return host_error(EINVAL);
  if (pid == ::getpid() && signo != 0) {
    GuestSignal s;
    s.signo = signo;
    s.code = SI_TKILL;
    s.pid = ::getpid();
    s.uid = ::getuid();
    if (task.process().post_to(tid, s)) return {};
    return host_error(ESRCH);
  }
  return send_signal_to_thread(task, pid, tid, signo);
}

SysResult sys_tgkill(Task& task, std::int32_t pid, std::int32_t tid, SignalNumber sig) {
  if (pid <= 0) return HostErrno{EINVAL};
  return SysResult::from(kill_thread(task, pid, tid, number(sig)));
}

SysResult sys_tkill(Task& task, std::int32_t tid, SignalNumber sig) {
  if (task.process().with_task(tid, [](Task&) {})) {
    return SysResult::from(kill_thread(task, ::getpid(), tid, number(sig)));
  }
  return SysResult::from(kill_thread(task, tid, tid, number(sig)));
}

Expected<GuestSignal> load_siginfo(Task& task, GuestAddr info, int signo) {
  SiginfoBytes bytes;
  if (auto r = task.copyin(bytes.data(), info, bytes.size()); !r) {
    return tl::unexpected(r.error());
  }
  GuestSignal s = read_siginfo(port_of(task), task.model(), bytes);
  s.signo = signo;
  return s;
}

/// Others' processes can be told what only a kernel says by nobody.
bool may_pretend(const GuestSignal& s, int pid) {
  return (s.code < 0 && s.code != SI_TKILL) || pid == ::getpid();
}

SysResult sys_rt_sigqueueinfo(Task& task, std::int32_t pid, SignalNumber sig, GuestAddr info) {
  const auto s = load_siginfo(task, info, number(sig));
  if (!s) return s.error();
  if (!may_pretend(*s, pid)) return HostErrno{EPERM};
  if (pid == ::getpid() && signal_valid(task, number(sig))) {
    task.process().post(*s);
    return SysResult::ok();
  }
  return SysResult::from(send_signal(task, pid, number(sig), s->value));
}

SysResult sys_rt_tgsigqueueinfo(Task& task, std::int32_t pid, std::int32_t tid, SignalNumber sig,
                                GuestAddr info) {
  const auto s = load_siginfo(task, info, number(sig));
  if (!s) return s.error();
  if (pid <= 0 || tid <= 0) return HostErrno{EINVAL};
  if (!may_pretend(*s, pid)) return HostErrno{EPERM};
  if (pid != ::getpid()) return SysResult::from(kill_thread(task, pid, tid, number(sig)));
  if (!signal_valid(task, number(sig))) return HostErrno{EINVAL};
  return task.process().post_to(tid, *s) ? SysResult::ok() : SysResult(HostErrno{ESRCH});
}

SysResult sys_pidfd_send_signal(Task& task, Fd pidfd, SignalNumber sig, GuestAddr info,
                                Flags flags) {
  const auto fd = guest_fd(task, pidfd);
  if (!fd) return fd.error();
  if (number(sig) != 0 && !signal_valid(task, number(sig))) return HostErrno{EINVAL};
  const int signo = task.process().personality().signal_to_host(number(sig));
  siginfo_t host{};
  if (info) {
    const auto s = load_siginfo(task, info, number(sig));
    if (!s) return s.error();
    host.si_signo = signo;
    host.si_code = s->code;
    host.si_pid = s->pid;
    host.si_uid = s->uid;
    host.si_ptr = reinterpret_cast<void*>(s->value);
  }
  return SysResult::from_raw(raw_syscall(SYS_pidfd_send_signal, *fd, signo,
                                         info ? reinterpret_cast<long>(&host) : 0, bits(flags)));
}

constexpr SyscallRow kRows[] = {
    call<&sys_kill>("kill"),
    call<&sys_pause>("pause"),
    call<&sys_pidfd_send_signal>("pidfd_send_signal"),
    call<&sys_rt_sigaction>("rt_sigaction"),
    call<&sys_rt_sigaction_sparc64>("sparc64:rt_sigaction"),
    call<&sys_rt_sigpending>("rt_sigpending"),
    call<&sys_rt_sigprocmask>("rt_sigprocmask"),
    call<&sys_rt_sigqueueinfo>("rt_sigqueueinfo"),
    call<&sys_rt_sigreturn>("rt_sigreturn"),
    call<&sys_rt_sigsuspend>("rt_sigsuspend"),
    call<&sys_rt_sigtimedwait>("rt_sigtimedwait"),
    call<&sys_rt_sigtimedwait_time64>("rt_sigtimedwait_time64"),
    call<&sys_rt_tgsigqueueinfo>("rt_tgsigqueueinfo"),
    call<&sys_sigaltstack>("sigaltstack"),
    call<&sys_sigreturn>("sigreturn"),
    call<&sys_tgkill>("tgkill"),
    call<&sys_tkill>("tkill"),
};

}  // namespace

Rows signal_rows() { return kRows; }

}  // namespace emulate::linux_os
