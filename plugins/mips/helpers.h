#pragma once

/// Instructions, or their rare cases, that run as C++.

#include <span>

#include "jit/engine/context.h"

namespace emulate::mips {

/// Numbers of helpers(), in order.
enum class HelperId : unsigned {
  read_fcsr,      ///< () -> fcsr
  write_fcsr,     ///< (value, the address after the instruction)
  float_nan,      ///< (a, b, FloatOp) -> the NaN that MIPS gives where x86 gave one
  compare_nan,    ///< (a, b, compare code) for the flags only
  to_int,         ///< (a, 0, ToInt) -> result where x86 had none
  store_partial,  ///< (address, value, bytes, 0): 1 to 8 bytes in guest order, value's low ones
  flush,          ///< (address)
  cycle_count,
  check_enabled,  ///< () traps if the operation just noted causes an enabled exception
};

/// c argument of float_nan: bit 0 double operands, bit 1 double result, bit 2 one operand.
inline constexpr unsigned kNanDouble = 1, kNanDoubleResult = 2, kNanUnary = 4;
/// c argument of to_int: bit 0 double operand, bit 1 64-bit result, then the rounding (fcsr code;
/// 4: current).
inline constexpr unsigned kToIntDouble = 1, kToIntLong = 2, kToIntRounding = 2;

std::span<const jit::Helper> helpers(bool big_endian);

}  // namespace emulate::mips
