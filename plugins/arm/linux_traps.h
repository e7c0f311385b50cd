#pragma once

/// Signals of a synchronous exception on Linux, the same on arm and arm64 (Linux
/// arch/arm64/kernel/traps.c and arch/arm64/mm/fault.c, arch/arm/kernel/traps.c and
/// arch/arm/mm/fault.c).

#include "emulate/emulate.h"

namespace emulate::arm {

inline TrapSignal linux_trap_signal(const Event& event) noexcept {
  using K = TrapSignal::Kind;
  // Linux include/uapi/asm-generic/siginfo.h
  constexpr int kBusAdraln = 1;
  constexpr int kIllIllopc = 1;
  constexpr int kTrapBrkpt = 1;
  constexpr int kTrapTrace = 2;
  switch (event.kind) {
    case EventKind::fault:
      if (event.cause == FaultCause::alignment) return {K::bus, kBusAdraln};
      return {event.cause == FaultCause::access ? K::segv : K::bus, 0};
    case EventKind::breakpoint:
      return {K::trap, kTrapBrkpt};
    case EventKind::step:
      return {K::trap, kTrapTrace};
    default:
      return {K::ill, kIllIllopc};
  }
}

}  // namespace emulate::arm
