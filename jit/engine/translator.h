#pragma once

/// What the translators of machines with four-byte instructions share: the walk over a block, the
/// dispatch to a row of the decode table, events.

#include <span>

#include "emulate/event.h"
#include "jit/decode/table.h"
#include "jit/engine/guest.h"
#include "jit/ir/builder.h"

namespace emulate::jit {

/// V is the plugin's translator, whose member functions the table's rows name.
template <class V>
class WordTranslator {
 public:
  /// Guest::translate().
  void run(unsigned max_instructions);

 protected:
  using Value = ir::Value;
  using Type = ir::Type;
  using Op = ir::Op;
  using Slot = ir::Slot;

  /// `tag`: the bit of Context::pc that marks a delay slot translated by itself, if the machine has
  /// it (Guest::pc_tag()).
  WordTranslator(const decode::Table<V>& table, ir::Unit& unit, InstructionSource& source, bool big,
                 std::uint64_t tag = 0)
      : b_(unit),
        pc_(unit.pc & ~tag),
        report_(unit.pc),
        next_(pc_),
        table_(table),
        source_(source),
        tag_(unit.pc & tag),
        big_(big) {}

  bool fetch(std::uint64_t pc, std::uint32_t& word) {
    if (pc % 4 != 0 || !source_.fetch(pc, &word, sizeof word)) return false;
    if (big_) word = __builtin_bswap32(word);
    return true;
  }
  /// The words behind the instruction at hand, where translation may take them in with it: it is
  /// not to end before them. False otherwise.
  bool follow(std::span<std::uint32_t> words) {
    const ir::Unit& unit = b_.unit();
    const std::uint64_t end = next_ + 4 * words.size();
    if (unit.guest_instructions + words.size() > most_) return false;
    if (unit.stop >= next_ && unit.stop < end) return false;
    for (std::size_t n = 0; n < words.size(); ++n) {
      if (!fetch(next_ + 4 * n, words[n])) return false;
    }
    return true;
  }
  void instruction(std::uint32_t word) {
    const decode::Row<V>* row = table_.find(word);
    if (row == nullptr || row->translate == nullptr) return illegal();
    row->translate(static_cast<V&>(*this), word);
  }
  /// For V to hide: what goes before an instruction that stands by itself, and what follows it (a
  /// branch has its delay slot with it by then).
  void before_instruction(std::uint32_t) {}
  void after_instruction() {}

  void end() { ended_ = true; }
  void raise(EventKind kind, unsigned code) {
    b_.raise(ir::pack_event(static_cast<unsigned>(kind), code), report_);
    end();
  }
  void raise_if(Value cond, EventKind kind, unsigned code) {
    b_.raise_if(cond, ir::pack_event(static_cast<unsigned>(kind), code), report_);
  }
  void raise_fetch_fault(std::uint64_t address) {
    b_.raise(kEventFetchFault, address);
    end();
  }
  void illegal() { raise(EventKind::illegal_instruction, 0); }

  ir::Builder b_;
  std::uint64_t pc_;      ///< of the instruction at hand
  std::uint64_t report_;  ///< Context::pc in an event of it
  std::uint64_t next_;    ///< where translation goes on
  bool ended_ = false;

 private:
  const decode::Table<V>& table_;
  InstructionSource& source_;
  unsigned most_ = 0;  ///< instructions of the unit
  const std::uint64_t tag_;
  const bool big_;
};

template <class V>
void WordTranslator<V>::run(unsigned max_instructions) {
  ir::Unit& unit = b_.unit();
  const std::uint64_t start = pc_;
  most_ = max_instructions;
  while (!ended_) {
    pc_ = next_;
    report_ = pc_ | tag_;
    std::uint32_t word = 0;
    const bool first = unit.guest_instructions == 0;
    if (!first &&
        (unit.guest_instructions == max_instructions || pc_ == unit.stop || !fetch(pc_, word))) {
      b_.jump(pc_);
      break;
    }
    b_.guest_pc(report_);
    if (first && !fetch(pc_, word)) {
      raise_fetch_fault(pc_);
      break;
    }
    next_ = pc_ + 4;
    ++unit.guest_instructions;
    static_cast<V&>(*this).before_instruction(word);
    instruction(word);
    static_cast<V&>(*this).after_instruction();
  }
  unit.range = {start, next_ - start};
}

}  // namespace emulate::jit
