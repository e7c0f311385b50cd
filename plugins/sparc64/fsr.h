#pragma once

/// The floating point state register, split between State and the host's MXCSR: the rounding mode
/// and new accrued exceptions live in MXCSR while the guest runs. The current exceptions are the
/// last operation's, which is noted with its operands and done again when somebody reads them.

#include "jit/engine/context.h"
#include "jit/ir/type.h"
#include "sparc64/state.h"

namespace emulate::sparc64 {

// SPARC V9 manual, 5.1.7. Exceptions from bit 0: inexact, division by zero, underflow, overflow,
// invalid; current ones, then accrued ones, then (with a gap) the enabled traps.
inline constexpr unsigned kFsrAccrued = 5, kFsrCondition0 = 10, kFsrTrapType = 14, kFsrEnable = 23,
                          kFsrRounding = 30, kFsrCondition1 = 32;
inline constexpr std::uint64_t kFsrExceptions = 0x1f;
inline constexpr std::uint64_t kFsrTrapTypeMask = 7u << kFsrTrapType;
inline constexpr std::uint64_t kFsrIeeeTrap = 1;  ///< value of the trap type field

enum class LastOp : std::uint8_t {
  none,   ///< the exceptions are in State::fsr
  exact,  ///< one that raises nothing
  add,
  sub,
  mul,
  div,
  sqrt,
  mul_singles,  ///< of singles, to a double
  convert,
  to_int,
  from_int,
  compare,
  compare_signals,
};

/// What State::last_op packs. Operands are State::last_a and last_b.
struct NotedOp {
  LastOp op;
  jit::ir::Type from = jit::ir::Type::none, to = jit::ir::Type::none;  ///< of operands, result

  constexpr std::uint32_t pack() const {
    return static_cast<unsigned>(op) | static_cast<unsigned>(from) << 8 |
           static_cast<unsigned>(to) << 16;
  }
  static constexpr NotedOp unpack(std::uint32_t v) {
    return {static_cast<LastOp>(v & 0xff), static_cast<jit::ir::Type>(v >> 8 & 0xff),
            static_cast<jit::ir::Type>(v >> 16 & 0xff)};
  }
};

/// Reading moves the new exceptions from MXCSR, which is changed, to State.
std::uint64_t read_fsr(State& state, std::uint32_t& mxcsr);
/// Returns the new MXCSR. Not `wide`: only what LDFSR writes.
std::uint32_t write_fsr(State& state, std::uint32_t mxcsr, std::uint64_t value, bool wide);
inline bool fsr_traps(const State& s) { return (s.fsr >> kFsrEnable & kFsrExceptions) != 0; }
/// SPARC's exceptions from MXCSR's flags.
unsigned exceptions_of(std::uint32_t mxcsr);

}  // namespace emulate::sparc64
