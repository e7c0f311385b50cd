/// Traps that the kernels serve themselves, before they are anybody's signal.

#include <algorithm>

#include "sparc64/codes.h"
#include "sparc64/cpu.h"
#include "sparc64/fsr.h"
#include "sparc64/linux.h"
#include "sparc64/traps.h"
#include "sparc64/windows.h"

namespace emulate::sparc64 {
namespace {

/// FreeBSD's number of a user trap (sys/sparc64/include/utrap.h), 0: none.
unsigned user_trap(const Event& event) {
  constexpr unsigned kIllegal = 5, kPrivileged = 6, kIeee = 8, kTag = 10, kDivision = 11,
                     kDataAccess = 12, kNotAligned = 15, kPrivilegedAction = 16, kFirstOfUser = 18;
  switch (event.kind) {
    case EventKind::illegal_instruction:
      return kIllegal;
    case EventKind::arithmetic_trap:
      return event.code == static_cast<unsigned>(ArithmeticCode::int_divide) ? kDivision : kIeee;
    case EventKind::fault:
      return event.cause == FaultCause::alignment ? kNotAligned : 0;
    case EventKind::trap:
      break;
    default:
      return 0;
  }
  switch (event.code) {
    case kTrapPrivilegedOpcode:
      return kPrivileged;
    case kTrapTagOverflow:
      return kTag;
    case kTrapDataAccess:
      return kDataAccess;
    case kTrapNotAligned:
      return kNotAligned;
    case kTrapPrivilegedAction:
      return kPrivilegedAction;
    case kTrapSoftware + kSoftDivide:
      return kDivision;
    default:
      break;
  }
  constexpr unsigned kFirst = kTrapSoftware + 16, kCount = 16;
  return event.code - kFirst < kCount ? event.code - kFirst + kFirstOfUser : 0;
}

/// Enters the handler in a window of its own (FreeBSD sys/sparc64/sparc64/exception.S, tl0_utrap).
bool enter_user_trap(jit::Context& c, const Event& event) {
  State& s = c.state<State>();
  const unsigned type = user_trap(event);
  const std::uint64_t handler = s.process->handlers[type];
  if (type == 0 || handler == 0) return false;
  constexpr std::uint64_t kFrame = 192;
  if (s.distance == kRingFull && !spill_windows(c)) return false;
  s.distance -= kWindowBytes;
  s.reg(kO0) = type;
  s.reg(kO0 + 1) = 0;
  s.reg(kO0 + 4) = event.address.value;
  s.reg(kO0 + 5) = 0;
  s.reg(kL0 + 4) = read_fsr(s, c.guest_mxcsr);
  s.reg(kL0 + 5) = tstate_of(s);
  s.reg(kL0 + 6) = c.pc & ~kDelayTag;
  s.reg(kL0 + 7) = next_pc(c);
  s.reg(kSp) = s.reg(kFp) - kFrame;
  set_pcs(c, handler, handler + 4);
  return true;
}

bool soft_trap(jit::Context& c, Event& event, unsigned number) {
  State& s = c.state<State>();
  if (number == s.process->syscall_trap) {
    event.kind = EventKind::syscall;
    return false;
  }
  switch (number) {
    case kSoftBreakpoint:
      event.kind = EventKind::breakpoint;
      return false;
    case kSoftFlushWindows:
      if (!flush_windows(c)) {
        event.code = kTrapSpill;
        return false;
      }
      step_over(c);
      return true;
    default:
      if (s.process->contexts && is_context_trap(number)) {
        s.context_trap = number;
        event.kind = EventKind::syscall;
      }
      return false;
  }
}

}  // namespace

/// TSTATE of a user program: interrupts and floating point on, total store order.
std::uint64_t tstate_of(const State& s) {
  return kTstateUser | s.asi << kTstateAsi | std::uint64_t{ccr_of(s)} << kTstateCcr;
}

bool handle_event(jit::Context& c, Event& event) {
  const State& s = c.state<State>();
  if (event.kind == EventKind::trap) {
    if (event.code == kTrapLeave) return true;
    if (event.code == kTrapSpill && s.distance == kRingFull && spill_windows(c)) return true;
    if (event.code == kTrapFill && s.distance == kNoCallers && fill_window(c)) return true;
    if (event.code >= kTrapSoftware && soft_trap(c, event, event.code - kTrapSoftware)) return true;
  }
  return enter_user_trap(c, event);
}

}  // namespace emulate::sparc64
