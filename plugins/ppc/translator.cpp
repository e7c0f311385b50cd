#include "ppc/translator.h"

namespace emulate::ppc {

Translator::Translator(const Traits& traits, const PpcTable& table, jit::ir::Unit& unit,
                       jit::InstructionSource& source)
    : traits_(traits),
      word_(traits.wide ? Type::i64 : Type::i32),
      table_(table),
      b_(unit),
      source_(source),
      pc_(unit.pc),
      next_(unit.pc) {}

bool Translator::fetch(std::uint64_t pc, std::uint32_t& word) {
  if (pc % 4 != 0 || !source_.fetch(pc, &word, sizeof word)) return false;
  if (traits_.big) word = __builtin_bswap32(word);
  return true;
}

void Translator::run(unsigned max_instructions) {
  jit::ir::Unit& unit = b_.unit();
  while (!ended_) {
    pc_ = next_;
    std::uint32_t word = 0;
    const bool first = unit.guest_instructions == 0;
    if (unit.guest_instructions == max_instructions || pc_ == unit.stop ||
        (!first && !fetch(pc_, word))) {
      b_.jump(pc_);
      break;
    }
    b_.guest_pc(pc_);
    if (first && !fetch(pc_, word)) {
      b_.raise(jit::kEventFetchFault, pc_);
      break;
    }
    next_ = pc_ + 4;
    ++unit.guest_instructions;
    instruction(word);
  }
  unit.range = {unit.pc, next_ - unit.pc};
}

void Translator::instruction(std::uint32_t word) {
  const PpcRow* row = table_.find(word);
  if (row == nullptr || row->translate == nullptr) return illegal();
  row->translate(*this, word);
}

void Translator::raise(EventKind kind, unsigned code) {
  b_.raise(jit::ir::pack_event(static_cast<unsigned>(kind), code), pc_);
  end();
}

void Translator::raise_if(Value cond, EventKind kind, unsigned code) {
  b_.raise_if(cond, jit::ir::pack_event(static_cast<unsigned>(kind), code), pc_);
}

}  // namespace emulate::ppc
