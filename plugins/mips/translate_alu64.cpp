/// Integer instructions on 64 bits (MIPS64).

#include "mips/translator.h"

namespace emulate::mips {

namespace {

constexpr unsigned kOverflow = static_cast<unsigned>(ArithmeticCode::int_overflow);

constexpr std::uint64_t ones(unsigned n) { return n >= 64 ? ~0ull : (1ull << n) - 1; }

}  // namespace

void Translator::dadd(Reg rs, Reg rt, Reg rd) {
  const Value a = word(rs), b = word(rt);
  raise_if(b_.compare(Op::add_overflows, a, b), EventKind::arithmetic_trap, kOverflow);
  set_word(rd, b_.add(a, b));
}
void Translator::daddu(Reg rs, Reg rt, Reg rd) { set_word(rd, b_.add(word(rs), word(rt))); }
void Translator::dsub(Reg rs, Reg rt, Reg rd) {
  const Value a = word(rs), b = word(rt);
  raise_if(b_.compare(Op::sub_overflows, a, b), EventKind::arithmetic_trap, kOverflow);
  set_word(rd, b_.sub(a, b));
}
void Translator::dsubu(Reg rs, Reg rt, Reg rd) { set_word(rd, b_.sub(word(rs), word(rt))); }
void Translator::daddi(Reg rs, Reg rt, Imm16 imm) {
  const Value a = word(rs), b = signed_imm(imm);
  raise_if(b_.compare(Op::add_overflows, a, b), EventKind::arithmetic_trap, kOverflow);
  set_word(rt, b_.add(a, b));
}
void Translator::daddiu(Reg rs, Reg rt, Imm16 imm) {
  set_word(rt, b_.add(word(rs), signed_imm(imm)));
}

void Translator::dsll(Reg rt, Reg rd, Bits sa) { set_word(rd, b_.shl(word(rt), b_.i64(sa.v))); }
void Translator::dsrl(Reg rt, Reg rd, Bits sa) { set_word(rd, b_.shr(word(rt), b_.i64(sa.v))); }
void Translator::dsra(Reg rt, Reg rd, Bits sa) { set_word(rd, b_.sar(word(rt), b_.i64(sa.v))); }
void Translator::drotr(Reg rt, Reg rd, Bits sa) { set_word(rd, b_.rotr(word(rt), b_.i64(sa.v))); }
void Translator::dsll32(Reg rt, Reg rd, Bits sa) { dsll(rt, rd, Bits(sa.v + 32)); }
void Translator::dsrl32(Reg rt, Reg rd, Bits sa) { dsrl(rt, rd, Bits(sa.v + 32)); }
void Translator::dsra32(Reg rt, Reg rd, Bits sa) { dsra(rt, rd, Bits(sa.v + 32)); }
void Translator::drotr32(Reg rt, Reg rd, Bits sa) { drotr(rt, rd, Bits(sa.v + 32)); }
void Translator::dsllv(Reg rs, Reg rt, Reg rd) { set_word(rd, b_.shl(word(rt), word(rs))); }
void Translator::dsrlv(Reg rs, Reg rt, Reg rd) { set_word(rd, b_.shr(word(rt), word(rs))); }
void Translator::dsrav(Reg rs, Reg rt, Reg rd) { set_word(rd, b_.sar(word(rt), word(rs))); }
void Translator::drotrv(Reg rs, Reg rt, Reg rd) { set_word(rd, b_.rotr(word(rt), word(rs))); }

void Translator::dclz(Reg rs, Reg, Reg rd) { set_word(rd, b_.unary(Op::clz, word(rs))); }
void Translator::dclo(Reg rs, Reg, Reg rd) { set_word(rd, b_.unary(Op::clz, b_.not_(word(rs)))); }
void Translator::dsbh(Reg rt, Reg rd) {
  const Value v = word(rt);
  const Value even = b_.i64(0x00ff'00ff'00ff'00ffull);
  const Value up = b_.shl(b_.and_(v, even), b_.i64(8));
  set_word(rd, b_.or_(up, b_.and_(b_.shr(v, b_.i64(8)), even)));
}
void Translator::dshd(Reg rt, Reg rd) {
  const Value v = word(rt);
  const Value even = b_.i64(0x0000'ffff'0000'ffffull);
  const Value swapped =
      b_.or_(b_.shl(b_.and_(v, even), b_.i64(16)), b_.and_(b_.shr(v, b_.i64(16)), even));
  set_word(rd, b_.rotr(swapped, b_.i64(32)));
}

void Translator::dext(Reg rs, Reg rt, Bits msbd, Bits lsb) {
  if (lsb.v + msbd.v > 63) return illegal();
  set_word(rt, b_.and_(b_.shr(word(rs), b_.i64(lsb.v)), b_.i64(ones(msbd.v + 1))));
}
void Translator::dextm(Reg rs, Reg rt, Bits msbd, Bits lsb) {
  dext(rs, rt, Bits(msbd.v + 32), lsb);
}
void Translator::dextu(Reg rs, Reg rt, Bits msbd, Bits lsb) {
  dext(rs, rt, msbd, Bits(lsb.v + 32));
}
void Translator::dins(Reg rs, Reg rt, Bits msb, Bits lsb) {
  if (lsb.v > msb.v) return illegal();
  const std::uint64_t mask = ones(msb.v - lsb.v + 1) << lsb.v;
  const Value field = b_.and_(b_.shl(word(rs), b_.i64(lsb.v)), b_.i64(mask));
  set_word(rt, b_.or_(b_.and_(word(rt), b_.i64(~mask)), field));
}
void Translator::dinsm(Reg rs, Reg rt, Bits msb, Bits lsb) { dins(rs, rt, Bits(msb.v + 32), lsb); }
void Translator::dinsu(Reg rs, Reg rt, Bits msb, Bits lsb) {
  dins(rs, rt, Bits(msb.v + 32), Bits(lsb.v + 32));
}

}  // namespace emulate::mips
