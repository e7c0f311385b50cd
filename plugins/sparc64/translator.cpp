#include "sparc64/translator.h"

namespace emulate::sparc64 {

Translator::Translator(const SparcTable& table, jit::ir::Unit& unit, jit::InstructionSource& source)
    : table_(table),
      b_(unit),
      source_(source),
      mode_(unit.mode),
      pc_(unit.pc & ~kDelayTag),
      next_(pc_),
      tagged_((unit.pc & kDelayTag) != 0) {}

bool Translator::fetch(std::uint64_t pc, std::uint32_t& word) {
  if (!source_.fetch(pc, &word, sizeof word)) return false;
  word = __builtin_bswap32(word);
  return true;
}

void Translator::run(unsigned max_instructions) {
  jit::ir::Unit& unit = b_.unit();
  in_slot_ = tagged_;
  while (!ended_) {
    pc_ = next_;
    std::uint32_t word = 0;
    const bool first = unit.guest_instructions == 0;
    if (unit.guest_instructions == max_instructions || pc_ == unit.stop ||
        (!first && !fetch(pc_, word))) {
      b_.jump(pc_);
      break;
    }
    b_.guest_pc(tagged_ ? pc_ | kDelayTag : pc_);
    if (first && !fetch(pc_, word)) {
      b_.raise(jit::kEventFetchFault, pc_);
      break;
    }
    next_ = pc_ + 4;
    ++unit.guest_instructions;
    instruction(word);
    if (tagged_ && !ended_) {
      const Value npc = state(offsetof(State, npc));
      if (leave_) {
        leave_to(npc);
      } else {
        b_.jump_value(npc);
      }
      end();
    } else if (leave_ && !ended_) {
      b_.leave(next_);
      end();
    }
  }
  unit.range = {unit.pc & ~kDelayTag, next_ - (unit.pc & ~kDelayTag)};
}

void Translator::instruction(std::uint32_t word) {
  const SparcRow* row = table_.find(word);
  if (row == nullptr || row->translate == nullptr) return illegal();
  row->translate(*this, word);
}

void Translator::raise(EventKind kind, unsigned code) {
  b_.raise(jit::ir::pack_event(static_cast<unsigned>(kind), code),
           in_slot_ ? pc_ | kDelayTag : pc_);
  end();
}

void Translator::raise_if(Value cond, EventKind kind, unsigned code) {
  b_.raise_if(cond, jit::ir::pack_event(static_cast<unsigned>(kind), code),
              in_slot_ ? pc_ | kDelayTag : pc_);
}

}  // namespace emulate::sparc64
