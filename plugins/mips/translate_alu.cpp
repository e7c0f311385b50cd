/// Integer instructions on 32 bits (MIPS32 manual, chapter "CPU arithmetic", "logical", "shift").

#include "mips/translator.h"

namespace emulate::mips {

namespace {

constexpr unsigned kOverflow = static_cast<unsigned>(ArithmeticCode::int_overflow);

}  // namespace

void Translator::add(Reg rs, Reg rt, Reg rd) {
  const Value a = low(rs), b = low(rt);
  raise_if(b_.compare(Op::add_overflows, a, b), EventKind::arithmetic_trap, kOverflow);
  set_low(rd, b_.add(a, b));
}
void Translator::addu(Reg rs, Reg rt, Reg rd) { set_low(rd, b_.add(low(rs), low(rt))); }
void Translator::sub(Reg rs, Reg rt, Reg rd) {
  const Value a = low(rs), b = low(rt);
  raise_if(b_.compare(Op::sub_overflows, a, b), EventKind::arithmetic_trap, kOverflow);
  set_low(rd, b_.sub(a, b));
}
void Translator::subu(Reg rs, Reg rt, Reg rd) { set_low(rd, b_.sub(low(rs), low(rt))); }
void Translator::and_(Reg rs, Reg rt, Reg rd) { set_word(rd, b_.and_(word(rs), word(rt))); }
void Translator::or_(Reg rs, Reg rt, Reg rd) { set_word(rd, b_.or_(word(rs), word(rt))); }
void Translator::xor_(Reg rs, Reg rt, Reg rd) { set_word(rd, b_.xor_(word(rs), word(rt))); }
void Translator::nor(Reg rs, Reg rt, Reg rd) { set_word(rd, b_.not_(b_.or_(word(rs), word(rt)))); }
void Translator::slt(Reg rs, Reg rt, Reg rd) {
  set_word(rd, b_.zext(b_.compare(Op::lt_s, word(rs), word(rt)), word_));
}
void Translator::sltu(Reg rs, Reg rt, Reg rd) {
  set_word(rd, b_.zext(b_.compare(Op::lt_u, word(rs), word(rt)), word_));
}
void Translator::movz(Reg rs, Reg rt, Reg rd) {
  const Value t = word(rt);
  set_word(rd, b_.select(b_.compare(Op::eq, t, b_.imm(t, 0)), word(rs), word(rd)));
}
void Translator::movn(Reg rs, Reg rt, Reg rd) {
  const Value t = word(rt);
  set_word(rd, b_.select(b_.compare(Op::ne, t, b_.imm(t, 0)), word(rs), word(rd)));
}

void Translator::addi(Reg rs, Reg rt, Imm16 imm) {
  const Value a = low(rs), b = b_.i32(static_cast<std::uint32_t>(imm.sext()));
  raise_if(b_.compare(Op::add_overflows, a, b), EventKind::arithmetic_trap, kOverflow);
  set_low(rt, b_.add(a, b));
}
void Translator::addiu(Reg rs, Reg rt, Imm16 imm) {
  set_low(rt, b_.add(low(rs), b_.i32(static_cast<std::uint32_t>(imm.sext()))));
}
void Translator::slti(Reg rs, Reg rt, Imm16 imm) {
  set_word(rt, b_.zext(b_.compare(Op::lt_s, word(rs), signed_imm(imm)), word_));
}
void Translator::sltiu(Reg rs, Reg rt, Imm16 imm) {
  set_word(rt, b_.zext(b_.compare(Op::lt_u, word(rs), signed_imm(imm)), word_));
}
void Translator::andi(Reg rs, Reg rt, Imm16 imm) {
  set_word(rt, b_.and_(word(rs), b_.konst(word_, imm.zext())));
}
void Translator::ori(Reg rs, Reg rt, Imm16 imm) {
  set_word(rt, b_.or_(word(rs), b_.konst(word_, imm.zext())));
}
void Translator::xori(Reg rs, Reg rt, Imm16 imm) {
  set_word(rt, b_.xor_(word(rs), b_.konst(word_, imm.zext())));
}
void Translator::lui(Reg rt, Imm16 imm) {
  set_word(rt, b_.konst(word_, static_cast<std::uint64_t>(imm.sext()) << 16));
}

void Translator::sll(Reg rt, Reg rd, Bits sa) { set_low(rd, b_.shl(low(rt), b_.i32(sa.v))); }
void Translator::srl(Reg rt, Reg rd, Bits sa) { set_low(rd, b_.shr(low(rt), b_.i32(sa.v))); }
void Translator::sra(Reg rt, Reg rd, Bits sa) { set_low(rd, b_.sar(low(rt), b_.i32(sa.v))); }
void Translator::rotr(Reg rt, Reg rd, Bits sa) { set_low(rd, b_.rotr(low(rt), b_.i32(sa.v))); }
void Translator::sllv(Reg rs, Reg rt, Reg rd) { set_low(rd, b_.shl(low(rt), low(rs))); }
void Translator::srlv(Reg rs, Reg rt, Reg rd) { set_low(rd, b_.shr(low(rt), low(rs))); }
void Translator::srav(Reg rs, Reg rt, Reg rd) { set_low(rd, b_.sar(low(rt), low(rs))); }
void Translator::rotrv(Reg rs, Reg rt, Reg rd) { set_low(rd, b_.rotr(low(rt), low(rs))); }

void Translator::clz(Reg rs, Reg, Reg rd) { set_low(rd, b_.unary(Op::clz, low(rs))); }
void Translator::clo(Reg rs, Reg, Reg rd) { set_low(rd, b_.unary(Op::clz, b_.not_(low(rs)))); }
void Translator::seb(Reg rt, Reg rd) {
  set_low(rd, b_.sext(b_.trunc(low(rt), Type::i8), Type::i32));
}
void Translator::seh(Reg rt, Reg rd) {
  set_low(rd, b_.sext(b_.trunc(low(rt), Type::i16), Type::i32));
}
void Translator::wsbh(Reg rt, Reg rd) {
  set_low(rd, b_.rotr(b_.unary(Op::bswap, low(rt)), b_.i32(16)));
}

void Translator::ext(Reg rs, Reg rt, Bits msbd, Bits lsb) {
  if (lsb.v + msbd.v > 31) return illegal();
  const std::uint32_t mask = 0xffff'ffffu >> (31 - msbd.v);
  set_low(rt, b_.and_(b_.shr(low(rs), b_.i32(lsb.v)), b_.i32(mask)));
}
void Translator::ins(Reg rs, Reg rt, Bits msb, Bits lsb) {
  if (lsb.v > msb.v) return illegal();
  const std::uint32_t mask = 0xffff'ffffu >> (31 - (msb.v - lsb.v)) << lsb.v;
  const Value field = b_.and_(b_.shl(low(rs), b_.i32(lsb.v)), b_.i32(mask));
  set_low(rt, b_.or_(b_.and_(low(rt), b_.i32(~mask)), field));
}

}  // namespace emulate::mips
