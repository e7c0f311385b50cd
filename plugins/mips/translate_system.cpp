/// System calls, traps, barriers and hardware registers.

#include "mips/translator.h"

namespace emulate::mips {

void Translator::syscall(Bits) {
  b_.set({offsetof(State, next_pc), Type::i64}, after());
  raise(EventKind::syscall, 0);
}
/// Assemblers put a code below 1024 into the field's upper half, old ones into the lower.
void Translator::break_(Bits code) {
  const unsigned swapped = code.v >> 10 | (code.v & 0x3ff) << 10;
  raise(EventKind::breakpoint, code.v < 0x400 ? code.v : swapped);
}

void Translator::sync(Bits) { b_.fence(); }

void Translator::synci(Reg base, Imm16 offset) {
  b_.call(helper(HelperId::flush), Type::none, jit::ir::kHelperPure,
          b_.zext(effective(base, offset), Type::i64));
  if (in_delay_) return;
  b_.leave(pc_ + 4);
  end();
}

void Translator::rdhwr(Reg rt, Bits rd) {
  constexpr std::uint32_t kCpuNum = 0, kSynciStep = 1, kCycles = 2, kCycleRes = 3, kUserLocal = 29;
  switch (rd.v) {
    case kCpuNum:
      return set_word(rt, b_.konst(word_, 0));
    case kSynciStep:
      return set_word(rt, b_.konst(word_, 32));
    case kCycles:
      return set_low(rt, b_.call(helper(HelperId::cycle_count), Type::i32, jit::ir::kHelperPure));
    case kCycleRes:
      return set_word(rt, b_.konst(word_, 1));
    case kUserLocal:
      return set_word(rt, b_.get({offsetof(State, user_local), word_}));
    default:
      return illegal();
  }
}

namespace {

constexpr unsigned trap_code(Bits code) { return code.v & 0x3ff; }

}  // namespace

void Translator::tge(Reg rs, Reg rt, Bits code) {
  raise_if(b_.compare(Op::le_s, word(rt), word(rs)), EventKind::trap, trap_code(code));
}
void Translator::tgeu(Reg rs, Reg rt, Bits code) {
  raise_if(b_.compare(Op::le_u, word(rt), word(rs)), EventKind::trap, trap_code(code));
}
void Translator::tlt(Reg rs, Reg rt, Bits code) {
  raise_if(b_.compare(Op::lt_s, word(rs), word(rt)), EventKind::trap, trap_code(code));
}
void Translator::tltu(Reg rs, Reg rt, Bits code) {
  raise_if(b_.compare(Op::lt_u, word(rs), word(rt)), EventKind::trap, trap_code(code));
}
void Translator::teq(Reg rs, Reg rt, Bits code) {
  raise_if(b_.compare(Op::eq, word(rs), word(rt)), EventKind::trap, trap_code(code));
}
void Translator::tne(Reg rs, Reg rt, Bits code) {
  raise_if(b_.compare(Op::ne, word(rs), word(rt)), EventKind::trap, trap_code(code));
}
void Translator::tgei(Reg rs, Imm16 imm) {
  raise_if(b_.compare(Op::le_s, signed_imm(imm), word(rs)), EventKind::trap, 0);
}
void Translator::tgeiu(Reg rs, Imm16 imm) {
  raise_if(b_.compare(Op::le_u, signed_imm(imm), word(rs)), EventKind::trap, 0);
}
void Translator::tlti(Reg rs, Imm16 imm) {
  raise_if(b_.compare(Op::lt_s, word(rs), signed_imm(imm)), EventKind::trap, 0);
}
void Translator::tltiu(Reg rs, Imm16 imm) {
  raise_if(b_.compare(Op::lt_u, word(rs), signed_imm(imm)), EventKind::trap, 0);
}
void Translator::teqi(Reg rs, Imm16 imm) {
  raise_if(b_.compare(Op::eq, word(rs), signed_imm(imm)), EventKind::trap, 0);
}
void Translator::tnei(Reg rs, Imm16 imm) {
  raise_if(b_.compare(Op::ne, word(rs), signed_imm(imm)), EventKind::trap, 0);
}

}  // namespace emulate::mips
