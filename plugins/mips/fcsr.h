#pragma once

/// The floating point control and status register, split between State and the host's MXCSR: the
/// rounding mode and the sticky flags I, U, O and Z live in MXCSR while the guest runs. V does not,
/// since x86 takes MIPS' quiet NaNs for signalling ones. The Cause field is the last operation's,
/// which is noted with its operands and done again when somebody reads it.

#include <optional>

#include "emulate/event.h"
#include "jit/engine/context.h"
#include "jit/ir/type.h"
#include "mips/state.h"

namespace emulate::mips {

inline constexpr std::uint32_t kFlagInexact = 1u << 2, kFlagUnderflow = 1u << 3,
                               kFlagOverflow = 1u << 4, kFlagZero = 1u << 5, kFlagInvalid = 1u << 6;
inline constexpr unsigned kCauseShift = 10;  ///< from a flag to its cause bit
inline constexpr std::uint32_t kCauseMask = 0x3fu << 12, kEnableMask = 0x1fu << 7;
inline constexpr unsigned kEnableToCause = 5;
inline constexpr std::uint32_t kFcsrFs = 1u << 24;
inline constexpr std::uint32_t kFcsrRounding = 3;
inline constexpr std::uint32_t kMxcsrInexact = 1u << 5;

enum class LastOp : std::uint8_t {
  none,  ///< Cause is in State::fcsr
  add,
  sub,
  mul,
  div,
  sqrt,
  rsqrt,
  madd,  ///< a * b, rounded, + c
  msub,
  convert,
  to_int,
  from_int,
  compare,
  compare_signals,
};

/// What State::last_op packs. Operands are State::last_a and so on.
struct NotedOp {
  LastOp op;
  jit::ir::Type from, to;  ///< of operands, of the result
  unsigned rounding = 4;   ///< an fcsr code, or 4 for the current one

  constexpr std::uint32_t pack() const {
    return static_cast<unsigned>(op) | static_cast<unsigned>(from) << 8 |
           static_cast<unsigned>(to) << 16 | rounding << 24;
  }
  static constexpr NotedOp unpack(std::uint32_t v) {
    return {static_cast<LastOp>(v & 0xff), static_cast<jit::ir::Type>(v >> 8 & 0xff),
            static_cast<jit::ir::Type>(v >> 16 & 0xff), v >> 24};
  }
};

std::uint32_t read_fcsr(const State& state, std::uint32_t mxcsr);
/// Returns the new MXCSR.
std::uint32_t write_fcsr(State& state, std::uint32_t mxcsr, std::uint32_t value);
/// The Cause field, in its place.
std::uint32_t cause_of_last(const State& state, std::uint32_t mxcsr);

/// Exceptions are enabled: translations look at each operation's.
inline bool fcsr_traps(const State& s) { return (s.fcsr & kEnableMask) != 0; }
/// Which enabled exception the Cause bits are, if any.
std::optional<ArithmeticCode> enabled_exception(const State& state, std::uint32_t cause);

}  // namespace emulate::mips
