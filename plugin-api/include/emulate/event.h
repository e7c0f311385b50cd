#pragma once

/// Why Cpu::cpu_loop() came back to the host.

#include "emulate/types.h"

namespace emulate {
inline namespace v1 {

enum class EventKind : std::uint8_t {
  syscall,              ///< a system call instruction retired; OsAbi::fetch_syscall tells which
  fault,                ///< a memory access could not be made; see address, access, cause
  illegal_instruction,  ///< undefined, unallocated or privileged
  breakpoint,           ///< the architecture's breakpoint instruction
  step,                 ///< one instruction retired after Cpu::set_single_step(true)
  arithmetic_trap,      ///< integer overflow, division, or an enabled FP exception; code says which
  trap,                 ///< any other software trap; code is the architecture's number
  interrupted,          ///< Cpu::interrupt() was called
};

enum class Access : std::uint8_t { read, write, execute };

enum class FaultCause : std::uint8_t {
  access,     ///< not mapped, or mapped without the right; the host's mapping table tells which
  alignment,  ///< misaligned where the architecture forbids it
  bus,        ///< mapped, but the backing object has no page there (host SIGBUS)
};

/// Codes of EventKind::arithmetic_trap.
enum class ArithmeticCode : std::uint32_t {
  int_divide,
  int_overflow,
  fp_divide,
  fp_overflow,
  fp_underflow,
  fp_inexact,
  fp_invalid,
  fp_subscript,
};

/// A plain value. Guest registers are exact when it is returned: for `syscall` the PC is where the
/// architecture leaves it (after the instruction on arm, on it on others; only OsAbi knows); for
/// every other kind but `step`, `trap` and `interrupted` it is the address of the instruction that
/// caused the event.
struct Event {
  EventKind kind = EventKind::interrupted;
  Access access = Access::read;
  FaultCause cause = FaultCause::access;
  std::uint32_t code = 0;  ///< ArithmeticCode, trap number or breakpoint immediate
  GuestAddr address{};     ///< fault: the address accessed
};

}  // namespace v1
}  // namespace emulate
