#pragma once

/// Instructions, or their rare cases, that run as C++.

#include <span>

#include "jit/engine/context.h"
#include "sparc64/state.h"

namespace emulate::sparc64 {

/// Numbers of helpers(), in order.
enum class HelperId : unsigned {
  codes_add,      ///< (cc_a, cc_b, CodesRequest) -> condition, where CcKind is add
  codes_ccr,      ///< the same, where it is ccr
  read_ccr,       ///< (cc_a, cc_b, kind) -> CCR
  carry_ccr,      ///< (a, b, carry, subtract) -> CCR of a + b + carry, a - b - carry
  tagged_ccr,     ///< (a, b, subtract) -> CCR
  divide32,       ///< (dividend, divisor, signed) -> quotient
  divide32_ccr,   ///< the same -> CCR
  flush_windows,  ///< ()
  tick,
  flush,          ///< (address)
  leave,          ///< (pc)
  soft_trap,      ///< (number): a trap whose number is in a register
  load_no_fault,  ///< (address, log2 size, little) -> value or 0
  partial_store,  ///< (address, value, mask, log2 element | little << 8)
  read_fsr,
  write_fsr,  ///< (value, wide)
  begin_fp,
  end_fp,       ///< raises the trap that FSR enables
  float_nan,    ///< (a, b, NanOf) -> the NaN that SPARC gives where x86 gave one
  compare_nan,  ///< (a, b, CompareOf) for the flags only
  to_int,       ///< (a, 0, ToInt) -> result where x86 had none
  quad,         ///< (QuadOp, rd, rs1, rs2): numbers of registers
  vis,          ///< (a, b, VisOp, gsr) -> result
  array,        ///< (address, log2 blocks) -> blocked byte address
  pdist,        ///< (a, b, sum) -> sum
  edge,         ///< (a, b, EdgeOf) -> mask
};

/// Argument of codes_*: bit 4 is xcc, the rest the condition's number in instructions.
inline constexpr unsigned kCodesXcc = 16;
/// Argument of float_nan: double operands, double result, one operand.
inline constexpr unsigned kNanDouble = 1, kNanDoubleResult = 2, kNanUnary = 4;
inline constexpr unsigned kCompareDouble = 1, kCompareSignals = 2;
inline constexpr unsigned kToIntDouble = 1, kToIntLong = 2;
/// Argument of edge: log2 of the element's bytes, little.
inline constexpr unsigned kEdgeLittle = 4;

enum class QuadOp : unsigned {
  add,
  sub,
  mul,
  div,
  sqrt,
  mul_doubles,
  to_single,
  to_double,
  from_single,
  from_double,
  to_int,
  to_long,
  from_int,
  from_long,
  compare,
  compare_signals,  ///< rd is the number of the condition
};

enum class VisOp : unsigned {
  mul8x16,
  mul8x16au,
  mul8x16al,
  mul8sux16,
  mul8ulx16,
  muld8sux16,
  muld8ulx16,
  pack16,
  pack32,
  packfix,
  expand,
  merge,
  add16,
  add32,
  sub16,
  sub32,
  le16,
  ne16,
  le32,
  ne32,
  gt16,
  eq16,
  gt32,
  eq32,
  shuffle,
};

// vis.cpp
std::uint64_t vis_operation(VisOp op, std::uint64_t a, std::uint64_t b, std::uint64_t gsr);
std::uint64_t vis_pdist(std::uint64_t a, std::uint64_t b, std::uint64_t sum);
std::uint64_t vis_array(std::uint64_t address, std::uint64_t blocks);
std::uint64_t vis_edge(unsigned how, std::uint64_t a, std::uint64_t b);
// quad.cpp: in the host's current rounding mode, exceptions to its MXCSR.
void quad_operation(State& state, QuadOp op, unsigned rd, unsigned rs1, unsigned rs2);

std::span<const jit::Helper> helpers();

}  // namespace emulate::sparc64
