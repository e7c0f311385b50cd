#pragma once

/// The operations of the intermediate form. op_info() says what each is like; the interpreter
/// (interp/) is their definition, the code generator (x64/) must agree with it.

#include <cstdint>

namespace emulate::jit::ir {

enum class Op : std::uint8_t {
  nop,
  konst,     ///< imm
  guest_pc,  ///< a guest instruction begins: imm is its address, aux the marker kDelaySlot
  block,     ///< in a region: a guest basic block begins at imm; no value outlives its block
  // State slots: imm is the byte offset in the guest state.
  get_slot,
  set_slot,  ///< a
  move,      ///< moving slots (moving.h) lie elsewhere from here on: those of another window
  // Integers. Shift counts are taken modulo the width; shifts right, rotations and divisions are of
  // i32 and i64 only: a narrower value's register may hold more. Division: the divisor is not zero
  // and INT_MIN is not divided by -1 (frontends select a harmless divisor).
  add,
  sub,
  mul,
  mulh_s,  ///< upper half of the double-width product
  mulh_u,
  and_,
  or_,
  xor_,
  shl,
  shr,
  sar,
  rotr,
  div_s,
  div_u,
  rem_s,
  rem_u,
  not_,
  neg,
  clz,  ///< the width for zero
  popcount,
  bswap,
  zext,
  sext,
  trunc,
  eq,
  ne,
  lt_s,
  lt_u,
  le_s,
  le_u,
  add_overflows,  ///< signed
  sub_overflows,
  select,  ///< a ? b : c
  // Condition codes, made only when something reads them.
  flags_add,    ///< of a + b
  flags_sub,    ///< of a - b
  flags_logic,  ///< of a: N and Z
  flag_test,    ///< aux: Cond
  // Memory: a is the guest address (i32 or i64), imm a signed displacement, aux kBigEndian or 0,
  // and aligned_to(): without that any alignment will do. A fault leaves the guest state as the
  // set_slots before it made it.
  load,
  store,        ///< b is the value
  atomic_cas,   ///< b expected, c desired; the value found
  atomic_swap,  ///< b; the value found
  fence,
  prefetch,  ///< only a hint: a load from there is to come. Made by opt::prefetch_ahead
  // Floating point, in the context's rounding mode. Results that are NaN are x86's. Arithmetic
  // counts as an effect, for the sake of MXCSR's sticky flags.
  fadd,
  fsub,
  fmul,
  fdiv,
  fsqrt,
  fneg,
  fabs,
  fma,  ///< a * b + c, rounded once
  fcmp_eq,
  fcmp_lt,
  fcmp_le,
  fcmp_un,   ///< either is NaN
  fcmp_ueq,  ///< equal, or either is NaN
  fcmp_ult,
  fcmp_ule,
  fcvt,        ///< f32 to f64 and back
  int_to_f,    ///< from i32 or i64, signed
  f_to_int,    ///< current rounding; 0x80... when it does not fit, as x86
  f_to_int_z,  ///< towards zero
  f_round,     ///< to an integral value; aux: x86 rounding control (0 nearest .. 3 zero, 4 current)
  bitcast,
  // Vectors, of type v128. Lanes are numbered from the least significant one, aux is the bits of
  // one; imm, where it is used, a constant.
  v_pair,   ///< a: the low 64 bits, b: the high ones
  v_half,   ///< an i64; imm 1: the high one
  v_splat,  ///< the low bits of a, an i64, in every lane
  v_mask,   ///< an i32: the top bit of each byte
  v_shl,    ///< by imm, less than a lane's bits: 16, 32 or 64
  v_shr,
  v_sar,      ///< 16, 32
  v_permute,  ///< four lanes of 32 bits: two bits of imm choose each
  v_widen_s,  ///< the lower half's lanes, to twice the bits
  v_widen_u,
  v_and,
  v_or,
  v_xor,
  v_andn,  ///< ~a & b
  v_add,
  v_sub,
  v_min_s,  ///< 8, 16, 32
  v_min_u,
  v_max_s,
  v_max_u,
  v_average,  ///< unsigned, rounded up: 8, 16
  v_eq,       ///< all ones where it is true, else 0
  v_gt,       ///< signed
  v_mul,      ///< the lower half of the product: 16, 32
  v_mulh_s,   ///< the upper half: 16
  v_mulh_u,
  v_mul_even_s,  ///< products of lanes 0 and 2 of 32 bits, in 64
  v_mul_even_u,
  v_mul_pairs,  ///< signed products of 16 bits, two neighbours added, in 32
  v_shl_each,   ///< by b's lanes, 0 where that is too much: 32, 64
  v_shr_each,
  v_sar_each,         ///< the sign where it is too much: 32
  v_interleave_low,   ///< lanes of a and b in turns, of their lower halves
  v_interleave_high,  ///< and of their upper halves
  v_pack_u,           ///< a's lanes, then b's, signed, within half as many unsigned bits: 16, 32
  v_shuffle,          ///< a's bytes: b's low four bits choose, or its top bit says 0
  v_align,            ///< the 16 bytes of b (low) and a from byte imm on
  v_halves,           ///< a half of a, then one of b: bits 0 and 1 of imm, 1 is the high one
  v_blend,            ///< lanes of 16 bits: b's where imm has the lane's bit, else a's
  v_choose,           ///< bytes: b's where c's top bit is set, else a's
  // Helpers: aux is the helper's number; see HelperFlags in imm.
  call,     ///< a to d; arguments that are left out are unspecified
  call_if,  ///< a ? helper(c, d, imm) : b. The helper touches no state slot.
  // Only in compiled regions, made by opt::defer_checks: from defer to settle nothing changes the
  // guest state for good, which is exact at defer. A fault or a replay_if in between leaves as if
  // nothing had been done since the guest_pc before defer, for the interpreter to go on there.
  defer,
  replay_if,  ///< a
  settle,
  // Ends and side exits. A target that is a block of the same unit is jumped to within it.
  jump,        ///< imm
  branch_if,   ///< a; imm
  jump_value,  ///< a
  call_pc,     ///< imm; b is a konst: the return address, predicted for return_to
  call_value,  ///< a; b as above
  return_to,   ///< a
  raise,       ///< aux: event kind and code (pack_event); imm: guest pc to report
  raise_if,    ///< a; the rest as raise
  leave,       ///< to the dispatcher: go on at imm after whatever changed is taken into account
  count_
};

/// aux of get_slot and set_slot of an i32: the slot has 64 bits, and holds its sign extension. The
/// unit is entered only where that is so (Unit::extended).
inline constexpr std::uint16_t kSignExtended = 1;
inline constexpr std::uint16_t kDelaySlot = 1;  ///< aux of guest_pc: reported pc is imm, see MIPS
/// aux of f_round: without setting the inexact flag.
inline constexpr std::uint16_t kRoundQuietly = 8;
inline constexpr std::uint16_t kBigEndian = 1;  ///< aux of memory operations
/// aux of memory operations: an address that is no multiple of 1 << log2 is an alignment fault.
constexpr std::uint16_t aligned_to(unsigned log2) { return static_cast<std::uint16_t>(log2 << 1); }
/// The bits of an address that must be zero.
constexpr unsigned alignment_mask(std::uint16_t aux) { return (1u << (aux >> 1 & 7)) - 1; }

/// imm of call.
inline constexpr std::uint64_t kHelperPure = 1;      ///< neither reads nor writes the guest state
inline constexpr std::uint64_t kHelperMayRaise = 2;  ///< may set Context::event_pending

struct OpInfo {
  const char* name;
  std::uint8_t args;  ///< value operands
  bool effect;        ///< kept though its value is unused
  bool may_leave;     ///< fault, side exit, helper: the guest state may be looked at here
};
const OpInfo& op_info(Op op);

constexpr bool is_terminal(Op op) {
  return op == Op::jump || (op >= Op::jump_value && op <= Op::raise) || op == Op::leave;
}
/// Works on integers alone.
constexpr bool is_integer(Op op) { return op >= Op::add && op <= Op::select; }
constexpr bool is_compare(Op op) { return op >= Op::eq && op <= Op::le_u; }
constexpr bool is_fcmp(Op op) { return op >= Op::fcmp_eq && op <= Op::fcmp_ule; }

constexpr bool is_vector(Op op) { return op >= Op::v_pair && op <= Op::v_choose; }

constexpr std::uint16_t pack_event(unsigned kind, unsigned code) {
  return static_cast<std::uint16_t>(kind | code << 4);
}

}  // namespace emulate::jit::ir
