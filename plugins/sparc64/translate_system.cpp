/// Register windows, state registers, traps and barriers.

#include "sparc64/translator.h"

namespace emulate::sparc64 {

// --- Windows ---

/// The outs become ins. Locals and outs of the new window are whatever was there.
void Translator::push_window() {
  raise_if(b_.compare(Op::eq, state(offsetof(State, distance)), b_.i64(kRingFull)), EventKind::trap,
           kTrapSpill);
  b_.move(kMovingSlots, -static_cast<std::int16_t>(kWindowBytes));
}
void Translator::pop_window() {
  raise_if(b_.compare(Op::eq, state(offsetof(State, distance)), b_.i64(kNoCallers)),
           EventKind::trap, kTrapFill);
  b_.move(kMovingSlots, static_cast<std::int16_t>(kWindowBytes));
}

void Translator::save(Reg rd, Reg rs1, Operand op2) {
  const Value sum = b_.add(get(rs1), get(op2));
  push_window();
  set(rd, sum);
}
void Translator::restore(Reg rd, Reg rs1, Operand op2) {
  const Value sum = b_.add(get(rs1), get(op2));
  pop_window();
  set(rd, sum);
}
void Translator::flushw() {
  b_.call(helper(HelperId::flush_windows), Type::none, jit::ir::kHelperMayRaise);
}

// --- Traps ---

void Translator::tcc(Bits cond, Reg rs1, Bits i, Bits cc, Bits rest) {
  if ((cc.v & 1) != 0) return illegal();
  if (cond.v == 0) return;
  const bool always = cond.v == 8;
  const Value taken = always ? Value{} : condition(cc.v == 2, cond.v);
  if (i.v && rs1.n == 0) {
    const unsigned number = kTrapSoftware + (rest.v & 0x7f);
    if (always) return trap(number);
    return raise_if(taken, EventKind::trap, number);
  }
  const Value number = b_.add(get(rs1), i.v ? b_.i64(rest.v & 0x7f) : get(Reg(rest.v & 31)));
  // Not taken: a number that is no trap's.
  const Value known = b_.and_(number, b_.i64(0x7f));
  const Value request = always ? known : b_.select(taken, known, b_.i64(~std::uint64_t{0}));
  b_.call(helper(HelperId::soft_trap), Type::none, jit::ir::kHelperMayRaise, request);
}

void Translator::illtrap(Bits) { illegal(); }
void Translator::privileged(Bits) { trap(kTrapPrivilegedOpcode); }

// --- State registers ---

namespace {

enum Asr : std::uint32_t {
  kAsrY = 0,
  kAsrCcr = 2,
  kAsrAsi = 3,
  kAsrTick = 4,
  kAsrPc = 5,
  kAsrFprs = 6,
  kAsrMembar = 15,
  kAsrGsr = 19,
  kAsrStick = 24,
};

}  // namespace

void Translator::rd_asr(Reg rd, Bits asr) {
  switch (asr.v) {
    case kAsrY:
      return set(rd, state(offsetof(State, y)));
    case kAsrCcr:
      return set(rd, ccr());
    case kAsrAsi:
      return set(rd, b_.i64(mode_ & kModeAsi));
    case kAsrTick:
    case kAsrStick:
      return set(rd, pure(HelperId::tick, Type::i64, {}));
    case kAsrPc:
      return set(rd, b_.i64(pc_));
    case kAsrFprs:
      return set(rd, state(offsetof(State, fprs)));
    case kAsrGsr:
      return set(rd, state(offsetof(State, gsr)));
    case kAsrMembar:  // stbar
      return;
    default:
      return illegal();
  }
}

void Translator::wr_asr(Bits asr, Reg rs1, Operand op2) {
  const Value v = b_.xor_(get(rs1), get(op2));
  switch (asr.v) {
    case kAsrY:
      return set_state(offsetof(State, y), b_.and_(v, b_.i64(0xffff'ffffu)));
    case kAsrCcr:
      return set_ccr(b_.and_(v, b_.i64(0xff)));
    case kAsrAsi:
      set_state(offsetof(State, asi), b_.and_(v, b_.i64(0xff)));
      leave_ = true;
      return;
    case kAsrFprs:
      return set_state(offsetof(State, fprs), b_.and_(v, b_.i64(7)));
    case kAsrGsr:
      return set_state(offsetof(State, gsr), v);
    default:
      return illegal();
  }
}

/// mmask bit 1 orders earlier stores before later loads: all that x86 does not do by itself.
void Translator::membar(Bits mask) {
  constexpr unsigned kStoreLoad = 2, kCompletion = 0x70;
  if ((mask.v & (kStoreLoad | kCompletion)) != 0) b_.fence();
}

void Translator::flush(Reg rs1, Operand op2) {
  b_.call(helper(HelperId::flush), Type::none, jit::ir::kHelperPure, b_.add(get(rs1), get(op2)));
  leave_ = true;
}

}  // namespace emulate::sparc64
