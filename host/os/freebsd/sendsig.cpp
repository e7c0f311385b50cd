#include <algorithm>
#include <vector>

#include "host/os/freebsd/ktrace.h"
#include "host/os/freebsd/personality.h"
#include "host/os/freebsd/signal_tables.h"
#include "host/os/freebsd/ucontext.h"
#include "host/os/freebsd/usage.h"

/// From events of the CPU to signals, and from signals to handlers (FreeBSD sendsig()).

namespace emulate::freebsd {
namespace {

int signal_of(TrapSignal::Kind kind) {
  using K = TrapSignal::Kind;
  switch (kind) {
    case K::ill:
      return kSIGILL;
    case K::trap:
      return kSIGTRAP;
    case K::fpe:
      return kSIGFPE;
    case K::segv:
      return kSIGSEGV;
    case K::bus:
      return kSIGBUS;
    case K::emt:
      return kSIGEMT;
    case K::sys:
      return kSIGSYS;
  }
  return kSIGILL;
}

int arithmetic_code(std::uint32_t code) {
  using C = ArithmeticCode;
  switch (static_cast<C>(code)) {
    case C::int_divide:
      return kFPE_INTDIV;
    case C::int_overflow:
      return kFPE_INTOVF;
    case C::fp_divide:
      return kFPE_FLTDIV;
    case C::fp_overflow:
      return kFPE_FLTOVF;
    case C::fp_underflow:
      return kFPE_FLTUND;
    case C::fp_inexact:
      return kFPE_FLTRES;
    case C::fp_invalid:
      return kFPE_FLTINV;
    case C::fp_subscript:
      return kFPE_FLTSUB;
  }
  return 0;
}

/// si_code where the plugin leaves the choice to the host.
int default_code(const Task& task, int signo, const Event& event) {
  switch (signo) {
    case kSIGSEGV:
      return task.memory().find(event.address) ? kSEGV_ACCERR : kSEGV_MAPERR;
    case kSIGBUS:
      return event.cause == FaultCause::alignment ? kBUS_ADRALN : kBUS_OBJERR;
    case kSIGFPE:
      return arithmetic_code(event.code);
    case kSIGTRAP:
      return event.kind == EventKind::step ? kTRAP_TRACE : kTRAP_BRKPT;
    case kSIGILL:
      return kILL_ILLOPC;
    default:
      return 0;
  }
}

template <class T>
void put(const DataModel& model, const T& value, std::span<std::byte> bytes, std::size_t offset) {
  encode(model, value, bytes.subspan(offset, guest_size<T>(model)));
}

}  // namespace

GuestSignal FreeBsdPersonality::trap(Task& task, const Event& event) {
  const TrapSignal t = abi().trap_signal(task.cpu(), event);
  GuestSignal signal;
  signal.signo = signal_of(t.kind);
  // A port that answers a refused access with SIGBUS means a failed protection; where nothing is
  // mapped it is SIGSEGV, too.
  const bool refused = event.kind == EventKind::fault && event.cause == FaultCause::access;
  if (refused && t.kind == TrapSignal::Kind::bus &&
      event.address < abi().memory_layout().user_max && !task.memory().find(event.address)) {
    signal.signo = kSIGSEGV;
  }
  signal.code = t.code == 0 ? default_code(task, signal.signo, event) : std::max(t.code, 0);
  signal.address = event.kind == EventKind::fault ? event.address : task.cpu().pc();
  signal.synchronous = true;
  signal.thread_directed = true;
  return signal;
}

void FreeBsdPersonality::fatal_signal(Task& task, const GuestSignal& signal) {
  if (!ktraced()) return;
  ktrace_signal(task, signal, GuestAddr(kSIG_DFL), task.signal_mask());
  ktrace_end(task);
}

bool FreeBsdPersonality::enter_handler(Task& task, const GuestSignal& signal,
                                       const SignalAction& action, const SignalSet& saved_mask) {
  if (ktraced()) ktrace_signal(task, signal, action.handler, saved_mask);
  const FreeBsdAbi& abi = abi_of(task);
  const FreeBsdFrameLayout& layout = abi.frame_layout();
  const DataModel& model = task.model();
  const UcontextLayout uc = ucontext_layout(task);
  const AltStack& alt = task.altstack();
  const bool on_stack = task.on_altstack();

  GuestAddr top = task.cpu().get_sp_from_cpustate() - layout.red_zone;
  if (alt.enabled && !on_stack && action.on_stack) top = alt.sp + alt.size;
  const GuestAddr at = (top - layout.frame_size).align_down(layout.stack_align);

  std::vector<std::byte> frame(layout.frame_size);
  put(model, make_siginfo(model, signal), frame, layout.siginfo_offset);
  put(model, Sigset(saved_mask), frame, layout.ucontext_offset);
  UcontextTail tail;
  tail.stack.sp = alt.sp;
  tail.stack.size = alt.size;
  tail.stack.flags = !alt.enabled ? kSS_DISABLE : on_stack ? kSS_ONSTACK : 0;
  put(model, tail, frame, layout.ucontext_offset + uc.tail_offset);
  abi.get_mcontext(
      task.cpu(),
      std::span(frame).subspan(layout.ucontext_offset + uc.mcontext_offset, layout.mcontext_size),
      0, frame, at);
  if (!task.copyout(at, frame.data(), frame.size())) return false;
  count_usage<&UsageCounts::signals>();

  SignalDelivery delivery;
  delivery.signo = signal.signo;
  delivery.code = signal.code;
  delivery.fault_address = signal.address;
  delivery.handler = action.handler;
  delivery.siginfo = action.siginfo;
  delivery.frame = at;
  delivery.sigcode = task.process().image().sigcode;
  abi.set_sigtramp_args(task.cpu(), delivery, task.process().services());
  return true;
}

}  // namespace emulate::freebsd
