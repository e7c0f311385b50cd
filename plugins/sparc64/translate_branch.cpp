/// Control transfers and their delay slots.
///
/// A delay slot is translated with its branch: decided first, slot next, taken last. What the
/// slot's instruction may report has the slot's address, tagged, and `npc` says where it goes on;
/// an event there resumes in a unit of the slot alone. So does a branch in a delay slot.

#include "sparc64/translator.h"

namespace emulate::sparc64 {
namespace {

constexpr std::uint32_t kNop = 0x0100'0000;

constexpr std::uint32_t op(std::uint32_t word) { return word >> 30; }
constexpr std::uint32_t op2(std::uint32_t word) { return word >> 22 & 7; }
constexpr std::uint32_t op3(std::uint32_t word) { return word >> 19 & 0x3f; }

constexpr bool transfers(std::uint32_t word) {
  switch (op(word)) {
    case 0:
      return op2(word) == 1 || op2(word) == 2 || op2(word) == 3 || op2(word) == 5 || op2(word) == 6;
    case 1:
      return true;
    case 2:
      return op3(word) == 0x38 || op3(word) == 0x39;
    default:
      return false;
  }
}

/// The instruction can have no event: sethi, arithmetic but for division and tags, shifts, moves.
constexpr bool harmless(std::uint32_t word) {
  if (op(word) == 0) return op2(word) == 4;
  if (op(word) != 2) return false;
  const std::uint32_t o = op3(word);
  return o < 0x0d || (o >= 0x10 && o < 0x1d && o != 0x19) || (o >= 0x25 && o <= 0x27);
}

}  // namespace

/// Translates the instruction after the branch; `npc` is where the program goes on behind it. False
/// when that was the end of the unit.
bool Translator::delay_slot(Value npc) {
  const std::uint64_t at = pc_ + 4;
  next_ = at + 4;
  std::uint32_t word = 0;
  const bool fetched = fetch(at, word);
  if (word == kNop) return true;
  if (!fetched || !harmless(word)) set_state(offsetof(State, npc), npc);
  if (fetched && transfers(word)) {
    b_.jump_value(b_.i64(at | kDelayTag));
    end();
    return false;
  }
  pc_ = at;
  report_ = at | kDelayTag;
  b_.guest_pc(report_, jit::ir::kDelaySlot);
  if (!fetched) {
    raise_fetch_fault(at);
    return false;
  }
  in_slot_ = true;
  instruction(word);
  in_slot_ = false;
  return !ended_;
}

/// A unit of a delay slot ends with it, one whose mode may have changed with what changed it.
void Translator::after_instruction() {
  if (ended_) return;
  if (tagged_) {
    const Value npc = state(offsetof(State, npc));
    if (leave_) {
      leave_to(npc);
    } else {
      b_.jump_value(npc);
    }
    end();
  } else if (leave_) {
    b_.leave(next_);
    end();
  }
}

/// The mode may have changed: the helper returns to the host's loop.
void Translator::leave_to(Value pc) {
  b_.call(helper(HelperId::leave), Type::none, jit::ir::kHelperMayRaise, pc);
  b_.jump_value(pc);
}

void Translator::go(const Target& to, How how) {
  if (ended_) return;
  end();
  if (leave_) return leave_to(value_of(to));
  const Value past = b_.i64(next_);
  switch (how) {
    case How::call:
      return to.direct() ? b_.call_pc(to.pc, past) : b_.call_value(to.reg, past);
    case How::return_:
      return b_.return_to(value_of(to));
    case How::jump:
      return to.direct() ? b_.jump(to.pc) : b_.jump_value(to.reg);
  }
}

/// An unconditional transfer with its delay slot.
void Translator::transfer(const Target& to, How how) {
  if (in_slot_) return tagged_transfer(to);
  if (delay_slot(value_of(to))) go(to, how);
}

/// In a unit of a delay slot: what is behind the slot becomes this branch's slot.
void Translator::tagged_transfer(const Target& to) {
  const Value slot = state(offsetof(State, npc));
  set_state(offsetof(State, npc), value_of(to));
  b_.jump_value(b_.or_(slot, b_.i64(kDelayTag)));
  end();
}

void Translator::tagged_branch(Value cond, std::uint64_t to, bool annul) {
  const Value slot = state(offsetof(State, npc));
  const Value tagged = b_.or_(slot, b_.i64(kDelayTag)), past = b_.add(slot, b_.i64(4));
  set_state(offsetof(State, npc), b_.select(cond, b_.i64(to), past));
  b_.jump_value(annul ? b_.select(cond, tagged, past) : tagged);
  end();
}

void Translator::branch(Value cond, std::uint64_t to, bool annul) {
  if (in_slot_) return tagged_branch(cond, to, annul);
  const std::uint64_t past = pc_ + 8;
  if (annul) {
    b_.branch_if(not_(cond), past);
    if (delay_slot(b_.i64(to))) go({.pc = to}, How::jump);
    return;
  }
  const Value npc = b_.select(cond, b_.i64(to), b_.i64(past));
  if (!delay_slot(npc)) return;
  if (leave_) return go({.reg = npc}, How::jump);
  b_.branch_if(cond, to);
  go({.pc = past}, How::jump);
}

/// Conditions 0 and 8 are never and always in every family; an annulling one skips its slot.
void Translator::conditional(bool always, bool never, Value cond, std::uint64_t to, bool annul) {
  if (!always && !never) return branch(cond, to, annul);
  if (!annul) {
    if (always) return transfer({.pc = to});
    return;  // a branch never taken is no more than its slot
  }
  if (in_slot_) {
    const Value npc = state(offsetof(State, npc));
    b_.jump_value(always ? b_.i64(to) : b_.add(npc, b_.i64(4)));
  } else {
    next_ = pc_ + 8;
    b_.jump(always ? to : next_);
  }
  end();
}

void Translator::bicc(Bits annul, Bits cond, Disp22 disp) {
  const bool always = cond.v == 8, never = cond.v == 0;
  conditional(always, never, always || never ? Value{} : condition(false, cond.v),
              target(disp.sext()), annul.v != 0);
}
void Translator::bpcc(Bits annul, Bits cond, Bits xcc, Bits, Disp19 disp) {
  const bool always = cond.v == 8, never = cond.v == 0;
  conditional(always, never, always || never ? Value{} : condition(xcc.v != 0, cond.v),
              target(disp.sext()), annul.v != 0);
}
void Translator::fbfcc(Bits annul, Bits cond, Disp22 disp) {
  const bool always = cond.v == 8, never = cond.v == 0;
  conditional(always, never, always || never ? Value{} : float_condition(0, cond.v),
              target(disp.sext()), annul.v != 0);
}
void Translator::fbpfcc(Bits annul, Bits cond, Bits cc, Bits, Disp19 disp) {
  const bool always = cond.v == 8, never = cond.v == 0;
  conditional(always, never, always || never ? Value{} : float_condition(cc.v, cond.v),
              target(disp.sext()), annul.v != 0);
}
void Translator::bpr(Bits annul, Bits cond, Bits high, Bits, Reg rs1, Bits low) {
  if ((cond.v & 3) == 0) return illegal();
  branch(register_condition(rs1, cond.v), target(Disp16(high.v << 14 | low.v).sext()),
         annul.v != 0);
}

void Translator::call(Disp30 disp) {
  set(Reg(kO7), b_.i64(pc_));
  const std::uint64_t to = target(disp.sext());
  // A call of what is behind its slot only asks for the address.
  transfer({.pc = to}, to == pc_ + 8 ? How::jump : How::call);
}

void Translator::jmpl(Reg rd, Reg rs1, Operand op2) {
  const Value to = b_.add(get(rs1), get(op2));
  raise_if(b_.compare(Op::ne, b_.and_(to, b_.i64(3)), b_.i64(0)), EventKind::trap, kTrapNotAligned);
  set(rd, b_.i64(pc_));
  const bool from_call = rs1.n == kO7 || rs1.n == kI7;
  const bool returns = rd.n == 0 && from_call && op2.immediate();
  transfer({.reg = to}, rd.n == kO7 ? How::call : returns ? How::return_ : How::jump);
}

void Translator::return_(Reg rs1, Operand op2) {
  const Value to = b_.add(get(rs1), get(op2));
  raise_if(b_.compare(Op::ne, b_.and_(to, b_.i64(3)), b_.i64(0)), EventKind::trap, kTrapNotAligned);
  pop_window();
  transfer({.reg = to}, rs1.n == kI7 && op2.immediate() ? How::return_ : How::jump);
}

}  // namespace emulate::sparc64
