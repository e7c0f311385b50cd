/// From events of the CPU to signals, and from signals to handlers (Linux kernel/signal.c).

#include "host/os/linux/personality.h"
#include "host/os/linux/signal_tables.h"

namespace emulate::linux_os {
namespace {

int host_signal_of(TrapSignal::Kind kind) {
  using K = TrapSignal::Kind;
  switch (kind) {
    case K::ill:
      return SIGILL;
    case K::trap:
      return SIGTRAP;
    case K::fpe:
      return SIGFPE;
    case K::segv:
      return SIGSEGV;
    case K::bus:
      return SIGBUS;
    case K::emt:
    case K::sys:
      return SIGSYS;
  }
  return SIGILL;
}

int arithmetic_code(std::uint32_t code) {
  using C = ArithmeticCode;
  switch (static_cast<C>(code)) {
    case C::int_divide:
      return FPE_INTDIV;
    case C::int_overflow:
      return FPE_INTOVF;
    case C::fp_divide:
      return FPE_FLTDIV;
    case C::fp_overflow:
      return FPE_FLTOVF;
    case C::fp_underflow:
      return FPE_FLTUND;
    case C::fp_inexact:
      return FPE_FLTRES;
    case C::fp_invalid:
      return FPE_FLTINV;
    case C::fp_subscript:
      return FPE_FLTSUB;
  }
  return 0;
}

/// si_code where the plugin leaves the choice to the host.
int default_code(const Task& task, int host_signo, const Event& event) {
  switch (host_signo) {
    case SIGSEGV:
      return task.memory().find(event.address) ? SEGV_ACCERR : SEGV_MAPERR;
    case SIGBUS:
      return event.cause == FaultCause::alignment ? BUS_ADRALN : BUS_ADRERR;
    case SIGFPE:
      return arithmetic_code(event.code);
    case SIGTRAP:
      return event.kind == EventKind::step ? TRAP_TRACE : TRAP_BRKPT;
    case SIGILL:
      return ILL_ILLOPC;
    default:
      return 0;
  }
}

std::uint32_t altstack_flags(const AltStack& alt, const Thread& thread) {
  return (alt.enabled ? 0 : kSS_DISABLE) | (thread.altstack_autodisarm ? kSS_AUTODISARM : 0);
}

}  // namespace

GuestSignal LinuxPersonality::trap(Task& task, const Event& event) {
  const TrapSignal t = abi().trap_signal(task.cpu(), event);
  const int host_signo = host_signal_of(t.kind);
  GuestSignal signal;
  signal.signo = number_to_guest(port_.signals, host_signo);
  signal.code = t.code != 0 ? t.code : default_code(task, host_signo, event);
  signal.address = event.kind == EventKind::fault ? event.address : task.cpu().pc();
  signal.synchronous = true;
  signal.thread_directed = true;
  return signal;
}

bool LinuxPersonality::enter_handler(Task& task, const GuestSignal& signal,
                                     const SignalAction& action, const SignalSet& saved_mask) {
  AltStack& alt = task.altstack();
  Thread& thread = thread_of(task);
  const SiginfoBytes info = make_siginfo(port_, task.model(), signal);
  LinuxSignalFrame frame;
  frame.delivery.signo = signal.signo;
  frame.delivery.code = signal.code;
  frame.delivery.fault_address = signal.synchronous ? signal.address : GuestAddr();
  frame.delivery.handler = action.handler;
  frame.delivery.siginfo = action.siginfo;
  frame.delivery.sigcode = process_.image().sigcode;
  frame.siginfo = info;
  frame.sigmask = saved_mask.bits[0];
  frame.sigmask_high = saved_mask.bits[1];
  frame.stack_top = task.cpu().get_sp_from_cpustate();
  if (action.on_stack && alt.enabled && !task.on_altstack()) frame.stack_top = alt.sp + alt.size;
  frame.altstack_sp = alt.sp;
  frame.altstack_size = alt.size;
  frame.altstack_flags = altstack_flags(alt, thread);
  frame.restorer = action.restorer;
  if (!abi_of(task).setup_frame(task.cpu(), frame, process_.services())) return false;
  if (thread.altstack_autodisarm) {
    alt = AltStack{};
    thread.altstack_autodisarm = false;
  }
  return true;
}

}  // namespace emulate::linux_os
