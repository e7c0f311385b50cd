/// Multiplication, division and the HI and LO registers.

#include "mips/translator.h"

namespace emulate::mips {

void Translator::set_hi_lo32(Value product) {
  const Value lo = b_.trunc(product, Type::i32);
  const Value hi = b_.trunc(b_.shr(product, b_.i64(32)), Type::i32);
  b_.set(lo_slot(), b_.sext(lo, word_));
  b_.set(hi_slot(), b_.sext(hi, word_));
}

jit::ir::Value Translator::hi_lo32() {
  const Value lo = b_.trunc(b_.get(lo_slot()), Type::i32);
  const Value hi = b_.trunc(b_.get(hi_slot()), Type::i32);
  return b_.or_(b_.shl(b_.zext(hi, Type::i64), b_.i64(32)), b_.zext(lo, Type::i64));
}

void Translator::mult(Reg rs, Reg rt) {
  set_hi_lo32(b_.mul(b_.sext(low(rs), Type::i64), b_.sext(low(rt), Type::i64)));
}
void Translator::multu(Reg rs, Reg rt) {
  set_hi_lo32(b_.mul(b_.zext(low(rs), Type::i64), b_.zext(low(rt), Type::i64)));
}
void Translator::mul(Reg rs, Reg rt, Reg rd) { set_low(rd, b_.mul(low(rs), low(rt))); }

void Translator::accumulate(Value product, Op op) {
  set_hi_lo32(b_.binary(op, hi_lo32(), product));
}
void Translator::madd(Reg rs, Reg rt) {
  accumulate(b_.mul(b_.sext(low(rs), Type::i64), b_.sext(low(rt), Type::i64)), Op::add);
}
void Translator::maddu(Reg rs, Reg rt) {
  accumulate(b_.mul(b_.zext(low(rs), Type::i64), b_.zext(low(rt), Type::i64)), Op::add);
}
void Translator::msub(Reg rs, Reg rt) {
  accumulate(b_.mul(b_.sext(low(rs), Type::i64), b_.sext(low(rt), Type::i64)), Op::sub);
}
void Translator::msubu(Reg rs, Reg rt) {
  accumulate(b_.mul(b_.zext(low(rs), Type::i64), b_.zext(low(rt), Type::i64)), Op::sub);
}

/// Where the architecture leaves the result undefined, the divisor becomes 1.
void Translator::divide(Reg rs, Reg rt, Type t, bool is_signed) {
  const Value a = b_.trunc(word(rs), t), d = b_.trunc(word(rt), t);
  Value bad = b_.compare(Op::eq, d, b_.konst(t, 0));
  if (is_signed) {
    const std::uint64_t least = std::uint64_t{1} << (jit::ir::bits_of(t) - 1);
    const Value overflows = b_.and_(b_.compare(Op::eq, a, b_.konst(t, least)),
                                    b_.compare(Op::eq, d, b_.konst(t, ~std::uint64_t{0})));
    bad = b_.or_(bad, overflows);
  }
  const Value safe = b_.select(bad, b_.konst(t, 1), d);
  b_.set(lo_slot(), b_.sext(b_.binary(is_signed ? Op::div_s : Op::div_u, a, safe), word_));
  b_.set(hi_slot(), b_.sext(b_.binary(is_signed ? Op::rem_s : Op::rem_u, a, safe), word_));
}
void Translator::div(Reg rs, Reg rt) { divide(rs, rt, Type::i32, true); }
void Translator::divu(Reg rs, Reg rt) { divide(rs, rt, Type::i32, false); }
void Translator::ddiv(Reg rs, Reg rt) { divide(rs, rt, Type::i64, true); }
void Translator::ddivu(Reg rs, Reg rt) { divide(rs, rt, Type::i64, false); }

void Translator::dmult(Reg rs, Reg rt) {
  const Value a = word(rs), b = word(rt);
  b_.set(lo_slot(), b_.mul(a, b));
  b_.set(hi_slot(), b_.binary(Op::mulh_s, a, b));
}
void Translator::dmultu(Reg rs, Reg rt) {
  const Value a = word(rs), b = word(rt);
  b_.set(lo_slot(), b_.mul(a, b));
  b_.set(hi_slot(), b_.binary(Op::mulh_u, a, b));
}

void Translator::mfhi(Reg rd) { set_word(rd, b_.get(hi_slot())); }
void Translator::mflo(Reg rd) { set_word(rd, b_.get(lo_slot())); }
void Translator::mthi(Reg rs) { b_.set(hi_slot(), word(rs)); }
void Translator::mtlo(Reg rs) { b_.set(lo_slot(), word(rs)); }

}  // namespace emulate::mips
