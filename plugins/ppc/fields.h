#pragma once

/// Fields of Power's encodings, and what families of instructions differ in.

#include "jit/decode/field.h"
#include "jit/ir/type.h"

namespace emulate::ppc {

using jit::decode::Bits;
/// A floating point register is a vector-scalar register below 32.
using jit::decode::FReg;
using jit::decode::Reg;
/// A vector register.
struct VReg {
  std::uint32_t n;
  explicit constexpr VReg(std::uint32_t v) : n(v + 32) {}
};
/// A vector-scalar register whose most significant bit comes last in the encoding.
struct XReg {
  std::uint32_t n;
  explicit constexpr XReg(std::uint32_t v) : n(v >> 1 | (v & 1) << 5) {}
  constexpr operator FReg() const { return FReg(n); }
};
/// A field whose halves of five bits are swapped: special registers.
struct Spr {
  std::uint32_t n;
  explicit constexpr Spr(std::uint32_t v) : n(v >> 5 | (v & 31) << 5) {}
};
/// Six bits whose most significant one comes last: shift amounts of rotates (the encoding has it
/// apart). Masks put it last as well.
struct Split6 {
  std::uint32_t v;
  explicit constexpr Split6(std::uint32_t value) : v(value >> 1 | (value & 1) << 5) {}
};
using Imm5 = jit::decode::Imm<5>;
using Imm14 = jit::decode::Imm<14>;
using Imm16 = jit::decode::Imm<16>;
using Imm24 = jit::decode::Imm<24>;

/// How an instruction accesses memory.
struct Access {
  jit::ir::Type type;
  bool sign = false;
  bool update = false;
  bool reversed = false;
};

enum class Logic : std::uint8_t { and_, or_, xor_, nand, nor, eqv, andc, orc };
/// Floating point operations with two operands or one.
enum class FloatOp : std::uint8_t { add, sub, mul, div, sqrt };

}  // namespace emulate::ppc
