/// The Visual Instruction Set: partitioned arithmetic on 64-bit registers.

#include "sparc64/translator.h"

namespace emulate::sparc64 {

jit::ir::Value Translator::vis_value(VisOp op, Value a, Value b) {
  return pure(HelperId::vis, Type::i64, a, b, b_.i64(static_cast<unsigned>(op)),
              state(offsetof(State, gsr)));
}
void Translator::vis_operation(VisOp op, FReg rd, FReg rs1, FReg rs2) {
  set_bits(rd, vis_value(op, bits(rs1), bits(rs2)));
}

// --- Formats ---

void Translator::fpack16(FReg rd, FReg rs2) {
  set_bits32(rd, low(vis_value(VisOp::pack16, b_.i64(0), bits(rs2))));
}
void Translator::fpackfix(FReg rd, FReg rs2) {
  set_bits32(rd, low(vis_value(VisOp::packfix, b_.i64(0), bits(rs2))));
}
void Translator::fexpand(FReg rd, FReg rs2) {
  set_bits(rd, vis_value(VisOp::expand, b_.i64(0), wide_bits(rs2)));
}
void Translator::fpmerge(FReg rd, FReg rs1, FReg rs2) {
  set_bits(rd, vis_value(VisOp::merge, wide_bits(rs1), wide_bits(rs2)));
}
void Translator::fmul8x16(FReg rd, FReg rs1, FReg rs2) {
  set_bits(rd, vis_value(VisOp::mul8x16, wide_bits(rs1), bits(rs2)));
}
void Translator::fmul8x16au(FReg rd, FReg rs1, FReg rs2) {
  set_bits(rd, vis_value(VisOp::mul8x16au, wide_bits(rs1), wide_bits(rs2)));
}
void Translator::fmul8x16al(FReg rd, FReg rs1, FReg rs2) {
  set_bits(rd, vis_value(VisOp::mul8x16al, wide_bits(rs1), wide_bits(rs2)));
}
void Translator::fmuld8sux16(FReg rd, FReg rs1, FReg rs2) {
  set_bits(rd, vis_value(VisOp::muld8sux16, wide_bits(rs1), wide_bits(rs2)));
}
void Translator::fmuld8ulx16(FReg rd, FReg rs1, FReg rs2) {
  set_bits(rd, vis_value(VisOp::muld8ulx16, wide_bits(rs1), wide_bits(rs2)));
}
/// The sum of differences grows in rd.
void Translator::pdist(FReg rd, FReg rs1, FReg rs2) {
  set_bits(rd, pure(HelperId::pdist, Type::i64, bits(rs1), bits(rs2), bits(rd)));
}

// --- Alignment ---

void Translator::alignaddr(Reg rd, Reg rs1, Bits little, Reg rs2) {
  const Value sum = b_.add(get(rs1), get(rs2));
  const Value low_bits = b_.and_(little.v ? b_.sub(b_.i64(0), sum) : sum, b_.i64(7));
  const Value gsr = b_.and_(state(offsetof(State, gsr)), b_.i64(~std::uint64_t{7}));
  set_state(offsetof(State, gsr), b_.or_(gsr, low_bits));
  set(rd, b_.and_(sum, b_.i64(~std::uint64_t{7})));
}
/// Eight bytes of both registers from GSR.align on.
void Translator::faligndata(FReg rd, FReg rs1, FReg rs2) {
  const Value align = b_.and_(state(offsetof(State, gsr)), b_.i64(7));
  const Value shift = b_.shl(align, b_.i64(3));
  const Value upper = b_.shl(bits(rs1), shift);
  const Value lower = b_.shr(b_.shr(bits(rs2), b_.i64(1)), b_.sub(b_.i64(63), shift));
  set_bits(rd, b_.or_(upper, lower));
}
void Translator::bmask(Reg rd, Reg rs1, Reg rs2) {
  const Value sum = b_.add(get(rs1), get(rs2));
  const Value gsr = b_.and_(state(offsetof(State, gsr)), b_.i64(0xffff'ffffu));
  set_state(offsetof(State, gsr), b_.or_(gsr, b_.shl(sum, b_.i64(32))));
  set(rd, sum);
}

/// Which elements of the first and last eight bytes of a row lie within it. size: 0 bytes, 1
/// halves, 2 words. The n form leaves the condition codes alone.
void Translator::edgen(Reg rd, Reg rs1, Bits size, Bits little, Reg rs2) {
  if (size.v == 3) return illegal();
  const unsigned how = size.v | (little.v ? kEdgeLittle : 0);
  set(rd, pure(HelperId::edge, Type::i64, get(rs1), get(rs2), b_.i64(how)));
}
void Translator::edge(Reg rd, Reg rs1, Bits size, Bits little, Reg rs2) {
  const Value a = get(rs1), b = get(rs2);
  edgen(rd, rs1, size, little, rs2);
  if (!ended_) set_codes(CcKind::sub, a, b);
}

/// A three-dimensional address as one in blocked memory. rs2 says how large the blocks are.
void Translator::array(Reg rd, Reg rs1, Reg rs2, unsigned shift) {
  set(rd, b_.shl(pure(HelperId::array, Type::i64, get(rs1), get(rs2)), b_.i64(shift)));
}
void Translator::array8(Reg rd, Reg rs1, Reg rs2) { array(rd, rs1, rs2, 0); }
void Translator::array16(Reg rd, Reg rs1, Reg rs2) { array(rd, rs1, rs2, 1); }
void Translator::array32(Reg rd, Reg rs1, Reg rs2) { array(rd, rs1, rs2, 2); }

// --- Logic ---

/// function is opf's middle: 0 zero, 1 nor, 2 and-not of the second, 3 not of the second, ...
void Translator::logic(FReg rd, FReg rs1, Bits function, Bits single, FReg rs2) {
  const Type t = single.v ? Type::i32 : Type::i64;
  const Value ones = b_.konst(t, ~std::uint64_t{0});
  const auto first = [&] { return single.v ? bits32(rs1) : bits(rs1); };
  const auto second = [&] { return single.v ? bits32(rs2) : bits(rs2); };
  const auto invert = [&](Value v) { return b_.xor_(v, ones); };
  const auto value = [&]() -> Value {
    switch (function.v) {
      case 0:
        return b_.konst(t, 0);
      case 1:
        return invert(b_.or_(first(), second()));
      case 2:
        return b_.and_(first(), invert(second()));
      case 3:
        return invert(second());
      case 4:
        return b_.and_(invert(first()), second());
      case 5:
        return invert(first());
      case 6:
        return b_.xor_(first(), second());
      case 7:
        return invert(b_.and_(first(), second()));
      case 8:
        return b_.and_(first(), second());
      case 9:
        return invert(b_.xor_(first(), second()));
      case 10:
        return first();
      case 11:
        return b_.or_(first(), invert(second()));
      case 12:
        return second();
      case 13:
        return b_.or_(invert(first()), second());
      case 14:
        return b_.or_(first(), second());
      default:
        return ones;
    }
  };
  if (single.v) {
    set_bits32(rd, value());
  } else {
    set_bits(rd, value());
  }
}

/// GSR.IM and GSR.IRND: the rounding mode for intervals.
void Translator::siam(Bits mode) {
  const Value gsr = b_.and_(state(offsetof(State, gsr)), b_.i64(~(std::uint64_t{7} << 25)));
  set_state(offsetof(State, gsr), b_.or_(gsr, b_.i64(std::uint64_t{mode.v} << 25)));
}

}  // namespace emulate::sparc64
