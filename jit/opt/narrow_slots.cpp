#include <algorithm>
#include <map>
#include <vector>

#include "jit/opt/narrow_values.h"
#include "jit/opt/passes.h"

namespace emulate::jit::opt {

using namespace ir;

namespace {

class SlotNarrower {
 public:
  explicit SlotNarrower(std::span<Unit* const> blocks) : blocks_(blocks) {}

  void run() {
    if (!find()) return;
    while (drop_misfits()) {
    }
    const auto spares = [](const auto& s) { return s.second.spared != 0; };
    if (std::none_of(slots_.begin(), slots_.end(), spares)) return;
    for (Unit* unit : blocks_) rewrite(*unit);
  }

 private:
  struct Slot {
    bool other = false;     ///< used in other ways too: no candidate
    unsigned spared = 0;    ///< extensions
    unsigned extended = 0;  ///< reads that need one then
    unsigned others = 0;    ///< reads that need none
    bool misfit = false;    ///< given something that does not fit
  };
  using Slots = std::map<std::uint64_t, Slot>;

  static bool is_slot(const Inst& i) { return i.op == Op::get_slot || i.op == Op::set_slot; }

  static bool looks_at_slots(Op op) { return op == Op::call || op == Op::defer || op == Op::move; }
  /// Whether the blocks are entered again for each turn of their loops.
  static bool passes(Op op) {
    return op == Op::call_pc || op == Op::call_value || op == Op::jump_value;
  }

  /// The candidates. False where entering would cost more than a loop gains.
  bool find() {
    bool loops = false;
    for (const Unit* unit : blocks_) {
      for (const Inst& i : unit->code) {
        if (looks_at_slots(i.op) || passes(i.op)) return false;
        if (is_slot(i) && i.type == Type::i64) slots_[i.imm];
        loops |= (i.op == Op::jump || i.op == Op::branch_if) && jumps_back(*unit, i.imm);
      }
    }
    if (!loops) return false;
    for (const Unit* unit : blocks_) {
      for (const Inst& i : unit->code) {
        if (is_slot(i)) exclude(i.imm, bytes_of(i.type), i.type == Type::i64);
      }
    }
    std::erase_if(slots_, [](const auto& s) { return s.second.other; });
    return !slots_.empty();
  }

  bool jumps_back(const Unit& from, std::uint64_t to) const {
    return to <= from.pc && std::any_of(blocks_.begin(), blocks_.end(),
                                        [&](const Unit* unit) { return unit->pc == to; });
  }

  /// No candidate has these bytes, but `itself` one that is all of them.
  void exclude(std::uint64_t offset, std::uint64_t bytes, bool itself) {
    for (auto& [at, slot] : slots_) {
      const bool overlaps = at < offset + bytes && offset < at + bytes_of(Type::i64);
      slot.other |= overlaps && !(itself && at == offset);
    }
  }

  /// Leaves out what is not to be narrow. True when others have to be looked at again.
  bool drop_misfits() {
    for (auto& [at, slot] : slots_) slot = {};
    for (const Unit* unit : blocks_) look_at(*unit);
    const auto bad = [](const auto& s) {
      const Slot& slot = s.second;
      if (slot.misfit || slot.spared + slot.others == 0) return true;
      return slot.extended != 0 && slot.extended >= slot.spared;
    };
    return std::erase_if(slots_, bad) != 0;
  }

  void look_at(const Unit& unit) {
    for (std::size_t n = 1; n < unit.code.size(); ++n) {
      const Inst& i = unit.code[n];
      if (i.op == Op::set_slot) {
        const auto slot = slots_.find(i.imm);
        if (slot == slots_.end()) continue;
        slot->second.misfit |= !fits(unit, i.args[0]);
        const Inst& from = unit.code[i.args[0]];
        if (from.op == Op::sext && source(from) == Type::i32) ++slot->second.spared;
      } else if (i.op == Op::get_slot) {
        const auto slot = slots_.find(i.imm);
        if (slot != slots_.end()) look_at_uses(unit, static_cast<Ref>(n), slot->second);
      }
    }
  }

  void look_at_uses(const Unit& unit, Ref n, Slot& slot) const {
    bool extended = false;
    for (std::size_t k = std::size_t{n} + 1; k < unit.code.size(); ++k) {
      const Inst& u = unit.code[k];
      if (std::find(std::begin(u.args), std::end(u.args), n) == std::end(u.args)) continue;
      if (narrows(unit, u)) {
        ++slot.others;
      } else {
        extended = true;
      }
    }
    slot.extended += extended ? 1 : 0;
  }

  /// Logic, and the choice between two values: what holds for all of its operands holds for it.
  template <class F>
  static bool follows_operands(Op op, F operand) {
    switch (op) {
      case Op::and_:
      case Op::or_:
      case Op::xor_:
        return operand(0) && operand(1);
      case Op::not_:
        return operand(0);
      case Op::select:
        return operand(1) && operand(2);
      default:
        return false;
    }
  }

  /// An operation that takes, given these slots, its operands' lower halves.
  bool narrows(const Unit& unit, const Inst& u) const {
    const auto operand = [&](unsigned k) { return fits(unit, u.args[k]); };
    const Inst& second = unit.code[u.args[1]];
    switch (u.op) {
      case Op::trunc:
        return true;
      case Op::set_slot:
        return slots_.contains(u.imm);
      case Op::and_:
        if (second.op == Op::konst && second.imm <= mask_of(Type::i32)) return true;
        break;
      default:
        break;
    }
    if (is_compare(u.op)) return u.type == Type::i64 && operand(0) && operand(1);
    return follows_operands(u.op, operand);
  }

  bool fits(const Unit& unit, Ref r, unsigned depth = 0) const {
    constexpr unsigned kDeep = 4;
    const Inst& i = unit.code[r];
    if (fits_low(unit, r)) return true;
    if (depth == kDeep || i.type != Type::i64) return false;
    const auto operand = [&](unsigned k) { return fits(unit, i.args[k], depth + 1); };
    if (i.op == Op::get_slot) return slots_.contains(i.imm);
    return follows_operands(i.op, operand);
  }

  static Type source(const Inst& i) { return static_cast<Type>(i.aux); }

  /// The block again, with reads extended and what is written truncated, for fold_values to see.
  void rewrite(Unit& unit) const {
    const std::vector<Inst> before = std::move(unit.code);
    std::vector<Ref> moved(before.size());
    unit.code.clear();
    const auto append = [&](const Inst& i) {
      unit.code.push_back(i);
      return static_cast<Ref>(unit.code.size() - 1);
    };
    constexpr auto kWide = static_cast<std::uint16_t>(Type::i64);
    constexpr auto kNarrow = static_cast<std::uint16_t>(Type::i32);
    for (std::size_t n = 0; n < before.size(); ++n) {
      Inst i = before[n];
      for (Ref& a : i.args) a = moved[a];
      if (!is_slot(i) || !slots_.contains(i.imm)) {
        moved[n] = append(i);
        continue;
      }
      i.type = Type::i32;
      i.aux = kSignExtended;
      if (i.op == Op::get_slot) {
        const Ref read = append(i);
        moved[n] = append({.op = Op::sext, .type = Type::i64, .aux = kNarrow, .args = {read}});
      } else {
        i.args[0] = append({.op = Op::trunc, .type = Type::i32, .aux = kWide, .args = {i.args[0]}});
        moved[n] = append(i);
      }
    }
    for (const auto& [at, slot] : slots_) unit.extended.push_back(at);
    optimize(unit);
  }

  std::span<Unit* const> blocks_;
  Slots slots_;
};

}  // namespace

void narrow_slots(std::span<Unit* const> blocks) { SlotNarrower(blocks).run(); }

}  // namespace emulate::jit::opt
