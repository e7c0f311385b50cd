/// Branches and jumps, and their delay slots. The branch is decided before the delay slot runs and
/// taken after it; an exception in the slot reports the branch, whose work may be done again.

#include "mips/translator.h"

namespace emulate::mips {

std::uint64_t Translator::target(Imm16 offset) const {
  const std::uint64_t t = pc_ + 4 + static_cast<std::uint64_t>(offset.sext() * 4);
  return traits_.wide ? t : t & 0xffff'ffffu;
}

jit::ir::Value Translator::after() {
  if (!in_delay_) return b_.i64(pc_ + 4);
  const Destination& to = destination_;
  const bool direct = to.reg.type == Type::none, always = to.cond.type == Type::none;
  const Value taken = direct ? b_.i64(to.pc) : b_.zext(to.reg, Type::i64);
  return always ? taken : b_.select(to.cond, taken, b_.i64(pc_ + 4));
}

/// Translates the instruction after the branch.
void Translator::delay_slot(const Destination& to) {
  const std::uint64_t branch = pc_;
  pc_ = branch + 4;
  next_ = branch + 8;
  b_.guest_pc(branch, jit::ir::kDelaySlot);
  std::uint32_t word = 0;
  if (!fetch(pc_, word)) {
    return raise_fetch_fault(pc_);
  }
  destination_ = to;
  in_delay_ = true;
  instruction(word);
  in_delay_ = false;
}

void Translator::branch(Value cond, Imm16 offset, bool likely, bool link) {
  if (in_delay_) return illegal();
  const std::uint64_t to = target(offset), past = pc_ + 8;
  if (link) set_word(Reg(kRa), b_.konst(word_, past));
  if (likely) b_.branch_if(b_.xor_(cond, b_.konst(Type::i1, 1)), past);
  delay_slot({.pc = to, .cond = likely ? Value{} : cond});
  if (ended_) return;
  if (link) {
    if (!likely) b_.branch_if(b_.xor_(cond, b_.konst(Type::i1, 1)), past);
    b_.call_pc(to, b_.konst(word_, past));
  } else {
    if (!likely) b_.branch_if(cond, to);
    b_.jump(likely ? to : past);
  }
  end();
}

void Translator::beq(Reg rs, Reg rt, Imm16 offset) {
  branch(rs.n == rt.n ? b_.konst(Type::i1, 1) : b_.compare(Op::eq, word(rs), word(rt)), offset,
         false, false);
}
void Translator::bne(Reg rs, Reg rt, Imm16 offset) {
  branch(b_.compare(Op::ne, word(rs), word(rt)), offset, false, false);
}
void Translator::blez(Reg rs, Imm16 offset) {
  branch(b_.compare(Op::le_s, word(rs), b_.konst(word_, 0)), offset, false, false);
}
void Translator::bgtz(Reg rs, Imm16 offset) {
  branch(b_.compare(Op::lt_s, b_.konst(word_, 0), word(rs)), offset, false, false);
}
void Translator::bltz(Reg rs, Imm16 offset) {
  branch(b_.compare(Op::lt_s, word(rs), b_.konst(word_, 0)), offset, false, false);
}
void Translator::bgez(Reg rs, Imm16 offset) {
  branch(b_.compare(Op::le_s, b_.konst(word_, 0), word(rs)), offset, false, false);
}
void Translator::bltzal(Reg rs, Imm16 offset) {
  branch(b_.compare(Op::lt_s, word(rs), b_.konst(word_, 0)), offset, false, true);
}
void Translator::bgezal(Reg rs, Imm16 offset) {
  branch(b_.compare(Op::le_s, b_.konst(word_, 0), word(rs)), offset, false, true);
}
void Translator::beql(Reg rs, Reg rt, Imm16 offset) {
  branch(b_.compare(Op::eq, word(rs), word(rt)), offset, true, false);
}
void Translator::bnel(Reg rs, Reg rt, Imm16 offset) {
  branch(b_.compare(Op::ne, word(rs), word(rt)), offset, true, false);
}
void Translator::blezl(Reg rs, Imm16 offset) {
  branch(b_.compare(Op::le_s, word(rs), b_.konst(word_, 0)), offset, true, false);
}
void Translator::bgtzl(Reg rs, Imm16 offset) {
  branch(b_.compare(Op::lt_s, b_.konst(word_, 0), word(rs)), offset, true, false);
}
void Translator::bltzl(Reg rs, Imm16 offset) {
  branch(b_.compare(Op::lt_s, word(rs), b_.konst(word_, 0)), offset, true, false);
}
void Translator::bgezl(Reg rs, Imm16 offset) {
  branch(b_.compare(Op::le_s, b_.konst(word_, 0), word(rs)), offset, true, false);
}
void Translator::bltzall(Reg rs, Imm16 offset) {
  branch(b_.compare(Op::lt_s, word(rs), b_.konst(word_, 0)), offset, true, true);
}
void Translator::bgezall(Reg rs, Imm16 offset) {
  branch(b_.compare(Op::le_s, b_.konst(word_, 0), word(rs)), offset, true, true);
}
void Translator::bc1(Bits cc, Bits likely, Bits sense, Imm16 offset) {
  Value cond = fcc(cc.v);
  if (sense.v == 0) cond = b_.xor_(cond, b_.konst(Type::i1, 1));
  branch(cond, offset, likely.v != 0, false);
}

void Translator::j(Index26 index) {
  if (in_delay_) return illegal();
  const std::uint64_t to = ((pc_ + 4) & ~std::uint64_t{0x0fff'ffff}) | index.zext() << 2;
  delay_slot({.pc = to});
  if (ended_) return;
  b_.jump(to);
  end();
}
void Translator::jal(Index26 index) {
  if (in_delay_) return illegal();
  const std::uint64_t to = ((pc_ + 4) & ~std::uint64_t{0x0fff'ffff}) | index.zext() << 2;
  const std::uint64_t past = pc_ + 8;
  set_word(Reg(kRa), b_.konst(word_, past));
  delay_slot({.pc = to});
  if (ended_) return;
  b_.call_pc(to, b_.konst(word_, past));
  end();
}

void Translator::jr(Reg rs, Bits) { jump_register(rs, Reg(0)); }
void Translator::jalr(Reg rs, Reg rd, Bits) { jump_register(rs, rd); }

void Translator::jump_register(Reg rs, Reg link) {
  if (in_delay_) return illegal();
  const Value to = word(rs);
  const std::uint64_t past = pc_ + 8;
  if (link.n != 0) set_word(link, b_.konst(word_, past));
  delay_slot({.reg = to});
  if (ended_) return;
  if (link.n != 0) {
    b_.call_value(to, b_.konst(word_, past));
  } else if (rs.n == kRa) {
    b_.return_to(to);
  } else {
    b_.jump_value(to);
  }
  end();
}

}  // namespace emulate::mips
