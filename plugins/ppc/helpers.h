#pragma once

/// Instructions, or their rare cases, that run as C++. Helpers that take a State offset of nothing
/// read and write State itself; those reached by call_if touch only fields that no translation
/// addresses.

#include <cstdint>
#include <span>

#include "jit/engine/context.h"

namespace emulate::ppc {

/// Numbers of helpers(), in order; those of vector and decimal instructions follow (vector.h).
enum class HelperId : unsigned {
  mfcr,                    ///< () -> the condition register
  mtcrf,                   ///< (value, FXM)
  freeze_cr,               ///< () before XER's SO changes
  load_string,             ///< (address, bytes, register)
  store_string,            ///< (address, bytes, register)
  flush,                   ///< (address, line)
  time_base,               ///< () -> the time base
  random,                  ///< () -> 64 bits
  divide_extended,         ///< (dividend, divisor, DivideHow) -> quotient or overflow
  load_quad_reserve,       ///< (address, register)
  store_quad_conditional,  ///< (address, register) -> success
  bpermd,
  cmpb,
  prtyw,
  prtyd,
  popcntb,
  cbcdtd,
  cdtbcd,
  addg6s,
  float_nan,         ///< (a, b, FloatNan) -> the NaN that Power gives where x86 gave one
  fma_nan_factors,   ///< (a, c, 0): notes the factors for
  fma_nan,           ///< (b, result, FmaNan) -> the NaN, or a single rounded once
  compare_nan,       ///< (a, b, ordered): the flags only
  to_int,            ///< (a, 0, ToInt) -> result where x86 had none
  to_unsigned,       ///< (a, ToUnsigned) -> result
  from_unsigned,     ///< (a, single) -> a double
  widen_nan,         ///< (f32 bits) -> f64 bits, a signalling NaN unchanged
  narrow_denormal,   ///< (f64 bits) -> f32 bits of what stfs stores
  round_nan,         ///< (a) -> quiet NaN
  note_snan,         ///< (a)
  round_away,        ///< (a) -> the nearest integer, ties away from zero
  read_fpscr,        ///< () -> the register
  write_fpscr,       ///< (value, mask)
  set_fpscr_bit,     ///< (bit, value)
  clear_exceptions,  ///< (field): what mcrfs leaves -> the field as it was
  begin_fp,          ///< (target): see fpscr.h
  end_fp,            ///< (target, next address, translation mode) traps, or leaves another mode
  ftdiv,             ///< (a, b) -> the four bits
  ftsqrt,            ///< (b) -> the four bits
  count_
};

/// The third argument of some of them.
inline constexpr unsigned kDivideWide = 1, kDivideSigned = 2;
inline constexpr unsigned kNanSqrt = 4;  ///< FloatNan: below it, a FloatOp
inline constexpr unsigned kFmaSubtract = 1, kFmaNegate = 2, kFmaSingle = 4;
inline constexpr unsigned kToIntLong = 1, kToIntZero = 2;

/// Ticks of the time base in a second: POWER's.
inline constexpr std::uint64_t kTimeBaseHz = 512'000'000;

struct State;
/// A processor's state with nothing in its registers.
void reset_state(State& state, std::uint32_t features);

/// The condition register as one word; fields: bit 7 is CR0's.
std::uint32_t read_cr(const State& state);
void write_cr(State& state, std::uint32_t value, unsigned fields = 0xff);

/// Every field's bits, SO above all, as they are now.
void freeze_cr(State& state);

std::span<const jit::Helper> helpers(bool big_endian);

}  // namespace emulate::ppc
