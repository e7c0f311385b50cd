/// Logic, counts, shifts, rotates and masks (Power ISA book I, 3.3.13 and 3.3.14).

#include "ppc/translator.h"

namespace emulate::ppc {

jit::ir::Value Translator::logic_value(Logic op, Value a, Value b) {
  const auto invert = [&](Value v) { return v.type == Type::i1 ? flip(v) : b_.not_(v); };
  switch (op) {
    case Logic::and_:
      return b_.and_(a, b);
    case Logic::or_:
      return b_.or_(a, b);
    case Logic::xor_:
      return b_.xor_(a, b);
    case Logic::nand:
      return invert(b_.and_(a, b));
    case Logic::nor:
      return invert(b_.or_(a, b));
    case Logic::eqv:
      return invert(b_.xor_(a, b));
    case Logic::andc:
      return b_.and_(a, invert(b));
    default:
      return b_.or_(a, invert(b));
  }
}

void Translator::logical(Logic op, Reg rs, Reg ra, Reg rb, Bits rc) {
  if (rs.n == rb.n) {
    // mr and not.
    if (op == Logic::or_ || op == Logic::and_) return set_result(ra, word(rs), rc);
    if (op == Logic::nor || op == Logic::nand) return set_result(ra, b_.not_(word(rs)), rc);
    if (op == Logic::xor_ || op == Logic::andc) return set_result(ra, konst(0), rc);
  }
  set_result(ra, logic_value(op, word(rs), word(rb)), rc);
}
void Translator::ori(Reg rs, Reg ra, Imm16 ui) {
  if (ui.value == 0 && rs.n == ra.n) return;  // nop
  set_word(ra, b_.or_(word(rs), konst(ui.zext())));
}
void Translator::oris(Reg rs, Reg ra, Imm16 ui) {
  set_word(ra, b_.or_(word(rs), konst(ui.zext() << 16)));
}
void Translator::xori(Reg rs, Reg ra, Imm16 ui) {
  set_word(ra, b_.xor_(word(rs), konst(ui.zext())));
}
void Translator::xoris(Reg rs, Reg ra, Imm16 ui) {
  set_word(ra, b_.xor_(word(rs), konst(ui.zext() << 16)));
}
void Translator::andi(Reg rs, Reg ra, Imm16 ui) {
  set_result(ra, b_.and_(word(rs), konst(ui.zext())), Bits(1));
}
void Translator::andis(Reg rs, Reg ra, Imm16 ui) {
  set_result(ra, b_.and_(word(rs), konst(ui.zext() << 16)), Bits(1));
}

void Translator::cntlzw(Reg rs, Reg ra, Bits rc) { set_low(ra, b_.unary(Op::clz, low(rs)), rc); }
void Translator::cntlzd(Reg rs, Reg ra, Bits rc) {
  set_result(ra, b_.unary(Op::clz, word(rs)), rc);
}
/// Trailing zeros are the ones of (x - 1) & ~x.
void Translator::cnttzw(Reg rs, Reg ra, Bits rc) {
  const Value v = low(rs);
  set_low(ra, b_.unary(Op::popcount, b_.and_(b_.sub(v, b_.i32(1)), b_.not_(v))), rc);
}
void Translator::cnttzd(Reg rs, Reg ra, Bits rc) {
  const Value v = word(rs);
  set_result(ra, b_.unary(Op::popcount, b_.and_(b_.sub(v, konst(1)), b_.not_(v))), rc);
}
void Translator::popcntw(Reg rs, Reg ra) {
  const Value count = b_.zext(b_.unary(Op::popcount, low(rs)), word_);
  if (!traits_.wide) return set_word(ra, count);
  const Value high = b_.trunc(b_.shr(word(rs), konst(32)), Type::i32);
  const Value high_count = b_.zext(b_.unary(Op::popcount, high), word_);
  set_word(ra, b_.or_(count, b_.shl(high_count, konst(32))));
}
void Translator::popcntd(Reg rs, Reg ra) { set_word(ra, b_.unary(Op::popcount, word(rs))); }

void Translator::addg6s(Reg rt, Reg ra, Reg rb) {
  const Value r =
      b_.call(helper(HelperId::addg6s), Type::i64, jit::ir::kHelperPure, word64(ra), word64(rb));
  set_word(rt, b_.trunc(r, word_));
}
void Translator::darn(Reg rt, Bits l) {
  const Value r = b_.call(helper(HelperId::random), Type::i64, jit::ir::kHelperPure);
  if (l.v == 3) return set_word(rt, konst(~std::uint64_t{0}));
  set_word(rt, l.v == 0 ? b_.zext(b_.trunc(r, Type::i32), word_) : b_.trunc(r, word_));
}

// --- Shifts: counts have one bit more than the operand ---

void Translator::slw(Reg rs, Reg ra, Reg rb, Bits rc) {
  const Value r = b_.shl(b_.zext(low(rs), Type::i64), word64(rb));
  set_low(ra, b_.trunc(r, Type::i32), rc);
}
void Translator::srw(Reg rs, Reg ra, Reg rb, Bits rc) {
  const Value r = b_.shr(b_.zext(low(rs), Type::i64), word64(rb));
  set_low(ra, b_.trunc(r, Type::i32), rc);
}
void Translator::sraw(Reg rs, Reg ra, Reg rb, Bits rc) {
  const Value s = b_.sext(low(rs), Type::i64), count = word64(rb);
  const Value r = b_.sar(s, count);
  const Value lost = b_.compare(Op::ne, b_.shl(r, count), s);
  const Value carry = b_.and_(lost, b_.compare(Op::lt_s, s, b_.i64(0)));
  set_ca(carry);
  if (traits_.has(k300)) b_.set(flag_slot(offsetof(State, ca32)), carry);
  set_result(ra, b_.trunc(r, word_), rc);
}
void Translator::srawi(Reg rs, Reg ra, Bits sh, Bits rc) {
  const Value s = low(rs);
  const Value r = b_.sar(s, b_.i32(sh.v));
  const std::uint32_t mask = (std::uint32_t{1} << sh.v) - 1;
  const Value lost = b_.compare(Op::ne, b_.and_(s, b_.i32(mask)), b_.i32(0));
  const Value carry = b_.and_(lost, b_.compare(Op::lt_s, s, b_.i32(0)));
  set_ca(carry);
  if (traits_.has(k300)) b_.set(flag_slot(offsetof(State, ca32)), carry);
  set_result(ra, b_.sext(r, word_), rc);
}
void Translator::sld(Reg rs, Reg ra, Reg rb, Bits rc) {
  const Value count = word(rb);
  const Value far = b_.compare(Op::ne, b_.and_(count, konst(64)), konst(0));
  set_result(ra, b_.select(far, konst(0), b_.shl(word(rs), count)), rc);
}
void Translator::srd(Reg rs, Reg ra, Reg rb, Bits rc) {
  const Value count = word(rb);
  const Value far = b_.compare(Op::ne, b_.and_(count, konst(64)), konst(0));
  set_result(ra, b_.select(far, konst(0), b_.shr(word(rs), count)), rc);
}
void Translator::srad(Reg rs, Reg ra, Reg rb, Bits rc) {
  const Value s = word(rs), count = word(rb);
  const Value far = b_.compare(Op::ne, b_.and_(count, konst(64)), konst(0));
  const Value r = b_.sar(s, b_.select(far, konst(63), count));
  const Value lost = b_.or_(far, b_.compare(Op::ne, b_.shl(r, count), s));
  const Value carry = b_.and_(lost, b_.compare(Op::lt_s, s, konst(0)));
  set_ca(carry);
  if (traits_.has(k300)) b_.set(flag_slot(offsetof(State, ca32)), carry);
  set_result(ra, r, rc);
}
void Translator::sradi(Reg rs, Reg ra, Split6 sh, Bits rc) {
  const Value s = word(rs);
  const std::uint64_t mask = (std::uint64_t{1} << sh.v) - 1;
  const Value lost = b_.compare(Op::ne, b_.and_(s, konst(mask)), konst(0));
  const Value carry = b_.and_(lost, b_.compare(Op::lt_s, s, konst(0)));
  set_ca(carry);
  if (traits_.has(k300)) b_.set(flag_slot(offsetof(State, ca32)), carry);
  set_result(ra, b_.sar(s, konst(sh.v)), rc);
}
void Translator::extswsli(Reg rs, Reg ra, Split6 sh, Bits rc) {
  set_result(ra, b_.shl(b_.sext(low(rs), word_), konst(sh.v)), rc);
}

// --- Rotates ---

namespace {

/// Ones from bit mb to bit me, bit 0 being the most significant of 64; around the end if mb > me.
constexpr std::uint64_t mask64(unsigned mb, unsigned me) {
  const std::uint64_t from = ~std::uint64_t{0} >> mb, to = ~std::uint64_t{0} << (63 - me);
  return mb <= me ? from & to : from | to;
}
constexpr std::uint32_t mask32(unsigned mb, unsigned me) {
  const std::uint32_t from = ~std::uint32_t{0} >> mb, to = ~std::uint32_t{0} << (31 - me);
  return mb <= me ? from & to : from | to;
}

}  // namespace

jit::ir::Value Translator::rotate_left32(Value v, unsigned n) {
  return n == 0 ? v : b_.rotr(v, b_.i32((32 - n) & 31));
}
jit::ir::Value Translator::rotate_left64(Value v, unsigned n) {
  return n == 0 ? v : b_.rotr(v, b_.i64((64 - n) & 63));
}

/// The 32-bit rotates put their result into both halves before the mask, so that a mask that goes
/// around the end takes in the upper half.
jit::ir::Value Translator::mask_word(Value v, unsigned mb, unsigned me) {
  if (!traits_.wide || mb <= me) {
    return b_.zext(b_.and_(v, b_.i32(mask32(mb, me))), word_);
  }
  const Value half = b_.zext(v, Type::i64);
  const Value both = b_.or_(half, b_.shl(half, b_.i64(32)));
  return b_.and_(both, b_.i64(mask64(mb + 32, me + 32)));
}

void Translator::rlwinm(Reg rs, Reg ra, Bits sh, Bits mb, Bits me, Bits rc) {
  const Value v = low(rs);
  if (mb.v == 0 && me.v == 31 - sh.v) return set_low(ra, b_.shl(v, b_.i32(sh.v)), rc);
  if (me.v == 31 && sh.v != 0 && mb.v == 32 - sh.v) {
    return set_low(ra, b_.shr(v, b_.i32(mb.v)), rc);
  }
  if (me.v == 31 && mb.v > 0 && sh.v != 0 && mb.v > 32 - sh.v) {  // a field, right adjusted
    const Value field = b_.shr(v, b_.i32(32 - sh.v));
    return set_low(ra, b_.and_(field, b_.i32(mask32(mb.v, 31))), rc);
  }
  set_result(ra, mask_word(rotate_left32(v, sh.v), mb.v, me.v), rc);
}
void Translator::rlwnm(Reg rs, Reg ra, Reg rb, Bits mb, Bits me, Bits rc) {
  const Value v = b_.rotr(low(rs), b_.unary(Op::neg, low(rb)));
  set_result(ra, mask_word(v, mb.v, me.v), rc);
}
void Translator::rlwimi(Reg rs, Reg ra, Bits sh, Bits mb, Bits me, Bits rc) {
  const Value inserted = mask_word(rotate_left32(low(rs), sh.v), mb.v, me.v);
  const std::uint64_t mask = traits_.wide ? mask64(mb.v + 32, me.v + 32) : mask32(mb.v, me.v);
  set_result(ra, b_.or_(b_.and_(word(ra), konst(~mask)), inserted), rc);
}

void Translator::rotate_mask64(Reg ra, Value v, unsigned mb, unsigned me, Bits rc) {
  set_result(ra, b_.and_(v, b_.i64(mask64(mb, me))), rc);
}
void Translator::rldicl(Reg rs, Reg ra, Split6 sh, Split6 mb, Bits rc) {
  if (sh.v != 0 && mb.v >= 64 - sh.v) {  // srdi and right adjusted fields
    const Value field = b_.shr(word(rs), konst(64 - sh.v));
    if (mb.v == 64 - sh.v) return set_result(ra, field, rc);
    return rotate_mask64(ra, field, mb.v, 63, rc);
  }
  if (sh.v == 0 && mb.v == 32) return set_low(ra, low(rs), rc);
  rotate_mask64(ra, rotate_left64(word(rs), sh.v), mb.v, 63, rc);
}
void Translator::rldicr(Reg rs, Reg ra, Split6 sh, Split6 me, Bits rc) {
  if (me.v == 63 - sh.v) return set_result(ra, b_.shl(word(rs), konst(sh.v)), rc);
  rotate_mask64(ra, rotate_left64(word(rs), sh.v), 0, me.v, rc);
}
void Translator::rldic(Reg rs, Reg ra, Split6 sh, Split6 mb, Bits rc) {
  rotate_mask64(ra, rotate_left64(word(rs), sh.v), mb.v, 63 - sh.v, rc);
}
void Translator::rldimi(Reg rs, Reg ra, Split6 sh, Split6 mb, Bits rc) {
  const std::uint64_t mask = mask64(mb.v, 63 - sh.v);
  const Value inserted = b_.and_(rotate_left64(word(rs), sh.v), konst(mask));
  set_result(ra, b_.or_(b_.and_(word(ra), konst(~mask)), inserted), rc);
}
void Translator::rldcl(Reg rs, Reg ra, Reg rb, Split6 mb, Bits rc) {
  rotate_mask64(ra, b_.rotr(word(rs), b_.unary(Op::neg, word(rb))), mb.v, 63, rc);
}
void Translator::rldcr(Reg rs, Reg ra, Reg rb, Split6 me, Bits rc) {
  rotate_mask64(ra, b_.rotr(word(rs), b_.unary(Op::neg, word(rb))), 0, me.v, rc);
}

}  // namespace emulate::ppc
