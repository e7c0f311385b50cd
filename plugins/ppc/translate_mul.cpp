/// Multiplication and division (Power ISA book I, 3.3.9).

#include "ppc/translator.h"

namespace emulate::ppc {

using jit::ir::bits_of;

void Translator::mulli(Reg rt, Reg ra, Imm16 si) {
  set_word(rt, b_.mul(word(ra), konst(static_cast<std::uint64_t>(si.sext()))));
}

void Translator::mullw(Reg rt, Reg ra, Reg rb, Bits oe, Bits rc) {
  if (!traits_.wide && oe.v == 0) return set_result(rt, b_.mul(low(ra), low(rb)), rc);
  const Value p = b_.mul(b_.sext(low(ra), Type::i64), b_.sext(low(rb), Type::i64));
  if (oe.v) {
    const Value ov = b_.compare(Op::ne, p, b_.sext(b_.trunc(p, Type::i32), Type::i64));
    set_overflow(ov, ov);
  }
  set_result(rt, b_.trunc(p, word_), rc);
}
void Translator::mulhw(Reg rt, Reg ra, Reg rb, Bits rc) {
  const Value p = b_.mul(b_.sext(low(ra), Type::i64), b_.sext(low(rb), Type::i64));
  const Value high = b_.trunc(b_.shr(p, b_.i64(32)), Type::i32);
  set_word(rt, b_.zext(high, word_));
  if (rc.v) compare_zero(0, high);
}
void Translator::mulhwu(Reg rt, Reg ra, Reg rb, Bits rc) {
  const Value p = b_.mul(b_.zext(low(ra), Type::i64), b_.zext(low(rb), Type::i64));
  const Value high = b_.trunc(b_.shr(p, b_.i64(32)), Type::i32);
  set_word(rt, b_.zext(high, word_));
  if (rc.v) compare_zero(0, high);
}
void Translator::mulld(Reg rt, Reg ra, Reg rb, Bits oe, Bits rc) {
  const Value a = word(ra), b = word(rb), p = b_.mul(a, b);
  if (oe.v) {
    const Value high = b_.binary(Op::mulh_s, a, b);
    const Value ov = b_.compare(Op::ne, high, b_.sar(p, konst(63)));
    set_overflow(ov, ov);
  }
  set_result(rt, p, rc);
}
void Translator::mulhd(Reg rt, Reg ra, Reg rb, Bits rc) {
  set_result(rt, b_.binary(Op::mulh_s, word(ra), word(rb)), rc);
}
void Translator::mulhdu(Reg rt, Reg ra, Reg rb, Bits rc) {
  set_result(rt, b_.binary(Op::mulh_u, word(ra), word(rb)), rc);
}

/// Where the architecture leaves the result undefined, the divisor becomes 1.
jit::ir::Value Translator::safe_divisor(Value a, Value d, bool is_signed, Value& bad) {
  const Type t = a.type;
  bad = b_.compare(Op::eq, d, b_.konst(t, 0));
  if (is_signed) {
    const std::uint64_t least = std::uint64_t{1} << (bits_of(t) - 1);
    bad = b_.or_(bad, b_.and_(b_.compare(Op::eq, a, b_.konst(t, least)),
                              b_.compare(Op::eq, d, b_.konst(t, ~std::uint64_t{0}))));
  }
  return b_.select(bad, b_.konst(t, 1), d);
}

void Translator::divide(Reg rt, Reg ra, Reg rb, Bits oe, Bits rc, Type t, bool is_signed) {
  const Value a = b_.trunc(word(ra), t), d = b_.trunc(word(rb), t);
  Value bad;
  const Value safe = safe_divisor(a, d, is_signed, bad);
  if (oe.v) set_overflow(bad, bad);
  const Value q = b_.binary(is_signed ? Op::div_s : Op::div_u, a, safe);
  set_word(rt, b_.zext(q, word_));
  if (rc.v) compare_zero(0, q);
}

void Translator::modulo(Reg rt, Reg ra, Reg rb, Type t, bool is_signed) {
  const Value a = b_.trunc(word(ra), t), d = b_.trunc(word(rb), t);
  Value bad;
  const Value safe = safe_divisor(a, d, is_signed, bad);
  const Value r = b_.binary(is_signed ? Op::rem_s : Op::rem_u, a, safe);
  set_word(rt, is_signed ? b_.sext(r, word_) : b_.zext(r, word_));
}

void Translator::divide_extended(Reg rt, Reg ra, Reg rb, Bits oe, Bits rc, Type t, bool is_signed) {
  const bool wide = t == Type::i64;
  const std::uint64_t how = (wide ? kDivideWide : 0u) | (is_signed ? kDivideSigned : 0u);
  const Value a = b_.zext(b_.trunc(word(ra), t), Type::i64);
  const Value d = b_.zext(b_.trunc(word(rb), t), Type::i64);
  const Value bad64 = b_.call(helper(HelperId::divide_extended), Type::i64, jit::ir::kHelperPure, a,
                              d, b_.i64(how | 4));
  const Value q = b_.trunc(b_.call(helper(HelperId::divide_extended), Type::i64,
                                   jit::ir::kHelperPure, a, d, b_.i64(how)),
                           t);
  if (oe.v) {
    const Value bad = b_.trunc(bad64, Type::i1);
    set_overflow(bad, bad);
  }
  set_word(rt, b_.zext(q, word_));
  if (rc.v) compare_zero(0, q);
}

void Translator::maddld(Reg rt, Reg ra, Reg rb, Reg rc) {
  set_word(rt, b_.add(b_.mul(word(ra), word(rb)), word(rc)));
}
void Translator::maddhd(Reg rt, Reg ra, Reg rb, Reg rc) {
  const Value a = word(ra), b = word(rb), c = word(rc);
  const Value low_sum = b_.add(b_.mul(a, b), c);
  const Value carry = b_.zext(b_.compare(Op::lt_u, low_sum, c), word_);
  const Value high = b_.add(b_.binary(Op::mulh_s, a, b), b_.sar(c, konst(63)));
  set_word(rt, b_.add(high, carry));
}
void Translator::maddhdu(Reg rt, Reg ra, Reg rb, Reg rc) {
  const Value a = word(ra), b = word(rb), c = word(rc);
  const Value low_sum = b_.add(b_.mul(a, b), c);
  const Value carry = b_.zext(b_.compare(Op::lt_u, low_sum, c), word_);
  set_word(rt, b_.add(b_.binary(Op::mulh_u, a, b), carry));
}

}  // namespace emulate::ppc
