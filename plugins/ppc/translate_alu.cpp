/// Integer addition, subtraction and comparison (Power ISA book I, 3.3.9 and 3.3.10).

#include "ppc/translator.h"

namespace emulate::ppc {

void Translator::addi(Reg rt, Reg ra, Imm16 si) {
  const Value imm = konst(static_cast<std::uint64_t>(si.sext()));
  set_word(rt, ra.n == 0 ? imm : b_.add(word(ra), imm));
}
void Translator::addis(Reg rt, Reg ra, Imm16 si) {
  const Value imm = konst(static_cast<std::uint64_t>(si.sext()) << 16);
  set_word(rt, ra.n == 0 ? imm : b_.add(word(ra), imm));
}
void Translator::addpcis(Reg rt, Bits d1, Bits d0, Bits d2) {
  const auto d = static_cast<std::int16_t>(d0.v << 6 | d1.v << 1 | d2.v);
  set_word(rt, konst(pc_ + 4 + static_cast<std::uint64_t>(std::int64_t{d} << 16)));
}

void Translator::set_overflow(Value ov, Value ov32) {
  freeze_cr();
  b_.set(flag_slot(offsetof(State, ov)), ov);
  b_.set(flag_slot(offsetof(State, so)), b_.or_(so(), ov));
  if (traits_.has(k300)) b_.set(flag_slot(offsetof(State, ov32)), ov32);
}

/// rt = a + b + carry in. Power defines subtraction as such a sum, too.
void Translator::add_sum(Reg rt, const Sum& s, bool carry, Bits oe, Bits rc) {
  const bool with_carry = s.carry_in.type != Type::none;
  const Value partial = b_.add(s.a, s.b);
  const Value r = with_carry ? b_.add(partial, b_.zext(s.carry_in, word_)) : partial;
  if (carry) {
    Value out = b_.compare(Op::lt_u, with_carry ? r : partial, s.a);
    if (with_carry && !is_zero(s.b)) {
      out = b_.or_(b_.compare(Op::lt_u, partial, s.a), b_.compare(Op::lt_u, r, partial));
    }
    set_ca(out);
    if (traits_.has(k300)) {
      const Value into_32 = b_.shr(b_.xor_(b_.xor_(s.a, s.b), r), konst(32));
      b_.set(flag_slot(offsetof(State, ca32)), b_.trunc(into_32, Type::i1));
    }
  }
  if (oe.v) {
    const Value signs = b_.and_(b_.xor_(s.a, r), b_.xor_(s.b, r));
    const Value signs32 = b_.trunc(signs, Type::i32);
    set_overflow(b_.compare(Op::lt_s, signs, konst(0)), b_.compare(Op::lt_s, signs32, b_.i32(0)));
  }
  set_result(rt, r, rc);
}

void Translator::addic(Bits rc, Reg rt, Reg ra, Imm16 si) {
  add_sum(rt, {word(ra), konst(static_cast<std::uint64_t>(si.sext()))}, true, Bits(0), rc);
}
/// Without a carry in, a + ~b + 1 is b's two's complement added: x86 subtracts.
void Translator::subfic(Reg rt, Reg ra, Imm16 si) {
  const Value a = word(ra), imm = konst(static_cast<std::uint64_t>(si.sext()));
  if (traits_.has(k300)) {
    return add_sum(rt, {b_.not_(a), imm, truth(true)}, true, Bits(0), Bits(0));
  }
  set_ca(b_.compare(Op::le_u, a, imm));
  set_word(rt, b_.sub(imm, a));
}
void Translator::add(Reg rt, Reg ra, Reg rb, Bits oe, Bits rc) {
  add_sum(rt, {word(ra), word(rb)}, false, oe, rc);
}
void Translator::subf(Reg rt, Reg ra, Reg rb, Bits oe, Bits rc) {
  if (oe.v) return add_sum(rt, {b_.not_(word(ra)), word(rb), truth(true)}, false, oe, rc);
  set_result(rt, b_.sub(word(rb), word(ra)), rc);
}
void Translator::addc(Reg rt, Reg ra, Reg rb, Bits oe, Bits rc) {
  add_sum(rt, {word(ra), word(rb)}, true, oe, rc);
}
void Translator::subfc(Reg rt, Reg ra, Reg rb, Bits oe, Bits rc) {
  const Value a = word(ra), b = word(rb);
  if (oe.v || traits_.has(k300)) {
    return add_sum(rt, {b_.not_(a), b, truth(true)}, true, oe, rc);
  }
  set_ca(b_.compare(Op::le_u, a, b));
  set_result(rt, b_.sub(b, a), rc);
}
void Translator::adde(Reg rt, Reg ra, Reg rb, Bits oe, Bits rc) {
  add_sum(rt, {word(ra), word(rb), ca()}, true, oe, rc);
}
void Translator::subfe(Reg rt, Reg ra, Reg rb, Bits oe, Bits rc) {
  add_sum(rt, {b_.not_(word(ra)), word(rb), ca()}, true, oe, rc);
}
void Translator::addme(Reg rt, Reg ra, Bits oe, Bits rc) {
  add_sum(rt, {word(ra), konst(~std::uint64_t{0}), ca()}, true, oe, rc);
}
void Translator::subfme(Reg rt, Reg ra, Bits oe, Bits rc) {
  add_sum(rt, {b_.not_(word(ra)), konst(~std::uint64_t{0}), ca()}, true, oe, rc);
}
void Translator::addze(Reg rt, Reg ra, Bits oe, Bits rc) {
  add_sum(rt, {word(ra), konst(0), ca()}, true, oe, rc);
}
void Translator::subfze(Reg rt, Reg ra, Bits oe, Bits rc) {
  add_sum(rt, {b_.not_(word(ra)), konst(0), ca()}, true, oe, rc);
}
void Translator::neg(Reg rt, Reg ra, Bits oe, Bits rc) {
  if (oe.v) return add_sum(rt, {b_.not_(word(ra)), konst(0), truth(true)}, false, oe, rc);
  set_result(rt, b_.unary(Op::neg, word(ra)), rc);
}

// --- Comparison ---

bool Translator::is_zero(Value v) const {
  const auto& i = b_.unit().code[v.ref];
  return i.op == Op::konst && i.imm == 0;
}
/// Made of fewer bits.
bool Translator::known_unsigned(Value v) const { return b_.unit().code[v.ref].op == Op::zext; }

/// The field becomes a number with the sign of a - b. 32-bit numbers differ by one of 64 bits.
void Translator::compare(unsigned f, Value a, Value b, bool is_signed) {
  const bool zero = is_zero(b);
  Value v;
  if (a.type == Type::i32) {
    const auto widen = [&](Value x) {
      return is_signed ? b_.sext(x, Type::i64) : b_.zext(x, Type::i64);
    };
    v = zero ? widen(a) : b_.sub(widen(a), widen(b));
  } else if (zero && is_signed) {
    // Never kCrExplicit.
    v = known_unsigned(a) ? a : b_.or_(a, b_.shr(a, b_.i64(63)));
  } else {
    const Op less = is_signed ? Op::lt_s : Op::lt_u;
    v = b_.sub(b_.zext(b_.compare(less, b, a), Type::i64),
               b_.zext(b_.compare(less, a, b), Type::i64));
  }
  b_.set(cr_value_slot(f), v);
  compared_[f] = {is_signed ? Compared::Kind::signed_ : Compared::Kind::unsigned_, a, b};
}

void Translator::compare_any(Bits bf, Bits l, Reg ra, Value b, bool is_signed) {
  if (l.v && !traits_.wide) return illegal();
  const Value a = word(ra);
  if (l.v) return compare(bf.v, a, b, is_signed);
  compare(bf.v, b_.trunc(a, Type::i32), b_.trunc(b, Type::i32), is_signed);
}
void Translator::cmpi(Bits bf, Bits l, Reg ra, Imm16 si) {
  const auto v = static_cast<std::uint64_t>(si.sext());
  if (l.v == 0) return compare(bf.v, low(ra), b_.i32(static_cast<std::uint32_t>(v)), true);
  compare_any(bf, l, ra, konst(v), true);
}
void Translator::cmpli(Bits bf, Bits l, Reg ra, Imm16 ui) {
  if (l.v == 0) {
    return compare(bf.v, low(ra), b_.i32(static_cast<std::uint32_t>(ui.zext())), false);
  }
  compare_any(bf, l, ra, konst(ui.zext()), false);
}
void Translator::cmp(Bits bf, Bits l, Reg ra, Reg rb) { compare_any(bf, l, ra, word(rb), true); }
void Translator::cmpl(Bits bf, Bits l, Reg ra, Reg rb) { compare_any(bf, l, ra, word(rb), false); }

void Translator::cmprb(Bits bf, Bits l, Reg ra, Reg rb) {
  const Value src = b_.and_(low(ra), b_.i32(0xff)), bounds = low(rb);
  const auto byte = [&](unsigned n) {
    return b_.and_(b_.shr(bounds, b_.i32(8 * n)), b_.i32(0xff));
  };
  const auto inside = [&](unsigned n) {
    return b_.and_(b_.compare(Op::le_u, byte(n), src), b_.compare(Op::le_u, src, byte(n + 1)));
  };
  const Value in = l.v ? b_.or_(inside(2), inside(0)) : inside(0);
  set_cr_bits(bf.v, b_.shl(b_.zext(in, Type::i32), b_.i32(2)));
}
void Translator::cmpeqb(Bits bf, Reg ra, Reg rb) {
  const Value same =
      b_.xor_(word(rb), b_.mul(b_.and_(word(ra), konst(0xff)), konst(0x0101'0101'0101'0101u)));
  // A byte of zero: the usual trick.
  const Value low_bits = konst(0x0101'0101'0101'0101u), high_bits = konst(0x8080'8080'8080'8080u);
  const Value found = b_.and_(b_.and_(b_.sub(same, low_bits), b_.not_(same)), high_bits);
  const Value in = b_.compare(Op::ne, found, konst(0));
  set_cr_bits(bf.v, b_.shl(b_.zext(in, Type::i32), b_.i32(2)));
}
void Translator::setb(Reg rt, Bits bfa) {
  const Value lt = cr_bit(4 * bfa.v), gt = cr_bit(4 * bfa.v + 1);
  set_word(rt, b_.select(lt, konst(~std::uint64_t{0}), b_.zext(gt, word_)));
}
void Translator::isel(Reg rt, Reg ra, Reg rb, Bits bc) {
  set_word(rt, b_.select(cr_bit(bc.v), base(ra), word(rb)));
}

}  // namespace emulate::ppc
