/// What is found out about a unit before its code is generated.

#include <algorithm>
#include <array>

#include "jit/x64/emitter.h"

namespace emulate::jit::x64 {

using ir::Op;

namespace {

/// `a` is an `and` and `user` asks whether it is 0.
bool tests_bits(const ir::Unit& unit, const ir::Inst& a, const ir::Inst& user) {
  const ir::Inst& zero = unit.code[user.args[1]];
  if ((user.op != Op::eq && user.op != Op::ne) || zero.op != Op::konst || zero.imm != 0)
    return false;
  const ir::Inst& bits = unit.code[a.args[1]];
  constexpr std::uint64_t kMostImmediate = 0x7fff'ffff;
  return ir::bytes_of(a.type) >= 4 && (bits.op != Op::konst || bits.imm <= kMostImmediate);
}

/// `a` is the lowest byte of a value and `user` compares it with a constant.
bool compares_byte(const ir::Unit& unit, const ir::Inst& a, const ir::Inst& user) {
  constexpr std::uint64_t kByte = 0xff;
  const ir::Inst &bits = unit.code[a.args[1]], &with = unit.code[user.args[1]];
  if (user.op != Op::eq && user.op != Op::ne && user.op != Op::lt_u && user.op != Op::le_u)
    return false;
  if (bits.op != Op::konst || bits.imm != kByte || ir::bytes_of(a.type) < 4) return false;
  return with.op == Op::konst && with.imm != 0 && with.imm <= kByte;
}

/// A shift that an address can do.
bool is_scale(const ir::Unit& unit, const ir::Inst& i) {
  const ir::Inst& count = unit.code[i.args[1]];
  return ir::bytes_of(i.type) >= 4 && count.op == Op::konst && count.imm >= 1 && count.imm <= 3;
}

/// 32-bit operations whose code ignores the upper halves of operands' registers.
bool reads_low_half(const ir::Inst& i) {
  switch (i.op) {
    case Op::add:
    case Op::sub:
    case Op::mul:
    case Op::and_:
    case Op::or_:
    case Op::xor_:
    case Op::shl:
    case Op::shr:
    case Op::sar:
    case Op::not_:
    case Op::neg:
    case Op::eq:
    case Op::ne:
    case Op::lt_s:
    case Op::lt_u:
    case Op::le_s:
    case Op::le_u:
      return i.type == ir::Type::i32;
    case Op::sext:
      return i.aux == static_cast<std::uint16_t>(ir::Type::i32);
    default:
      return false;
  }
}

/// Two places in the guest state.
template <class A, class B>
bool overlap(const A& a, const B& b) {
  return a.offset < b.offset + ir::bytes_of(b.type) && b.offset < a.offset + ir::bytes_of(a.type);
}

/// Operations that can take a compare's flags directly.
bool fuses(Op op) {
  return op == Op::branch_if || op == Op::raise_if || op == Op::replay_if || op == Op::select ||
         op == Op::call_if;
}

}  // namespace

Emitter::Emitter(const ir::Unit& unit, Assembler& a, const Thunks& thunks, bool wide,
                 std::span<const ir::Slot> pinned, const ir::Moving& moving, Block& block)
    : unit_(unit),
      a_(a),
      thunks_(thunks),
      wide_(wide),
      pinned_(pinned),
      moving_(moving),
      region_(unit.loops()),
      block_(block),
      values_(unit.code.size()),
      slot_of_(unit.code.size(), -1) {}

void Emitter::find_blocks() {
  const auto size = static_cast<Ref>(unit_.code.size());
  if (unit_.blocks.empty()) {
    blocks_.push_back({.pc = unit_.pc, .first = 1, .end = size, .label = {}});
  }
  for (const ir::BlockStart& b : unit_.blocks) {
    if (!blocks_.empty()) blocks_.back().end = b.first;
    blocks_.push_back({.pc = b.pc, .first = b.first, .end = size, .label = {}});
  }
  if (!region_) return;
  std::vector<std::size_t> last(blocks_.size());  // of the blocks that jump back to it
  for (std::size_t from = 0; from < blocks_.size(); ++from) {
    for (Ref n = blocks_[from].first; n < blocks_[from].end; ++n) {
      const Inst& i = unit_.code[n];
      if (i.op != Op::jump && i.op != Op::branch_if) continue;
      BlockState* to = local(i.imm);
      if (to == nullptr) continue;
      blocks_[from].next.push_back(index_of(*to));
      if (index_of(*to) > from) continue;
      to->head = true;
      last[index_of(*to)] = from;
    }
  }
  for (std::size_t head = 0; head < blocks_.size(); ++head) {
    if (!blocks_[head].head) continue;
    for (std::size_t k = head; k <= last[head]; ++k) ++blocks_[k].depth;
  }
  choose_polls();
}

/// A loop may have several blocks that are jumped to from behind: one that tests is enough, and
/// none where it calls, since calls look too.
void Emitter::choose_polls() {
  for (BlockState& b : blocks_) b.polls = b.head;
  for (std::size_t n = blocks_.size(); n-- > 0;) {
    if (!blocks_[n].polls) continue;
    blocks_[n].polls = false;
    blocks_[n].polls = loops_unpolled(n);
  }
}

/// Whether the block can be come back to without passing one that tests.
bool Emitter::loops_unpolled(std::size_t from) const {
  std::vector<bool> reached(blocks_.size());
  std::vector<std::size_t> todo{from};
  while (!todo.empty()) {
    const std::size_t at = todo.back();
    todo.pop_back();
    for (const std::size_t to : blocks_[at].next) {
      if (to == from) return true;
      if (blocks_[to].polls || reached[to]) continue;
      reached[to] = true;
      todo.push_back(to);
    }
  }
  return false;
}

Emitter::BlockState* Emitter::local(std::uint64_t pc) {
  if (!region_) return nullptr;
  const auto at = std::lower_bound(blocks_.begin(), blocks_.end(), pc,
                                   [](const BlockState& b, std::uint64_t v) { return b.pc < v; });
  return at != blocks_.end() && at->pc == pc ? &*at : nullptr;
}

/// Which slots may be dirty where each block begins: what any way there leaves.
void Emitter::flow_dirty() {
  const std::uint32_t entering = dirty_mask();
  local(unit_.pc)->dirty = entering;
  const std::uint32_t moving = moving_mask();
  for (bool changed = true; changed;) {
    changed = false;
    for (const BlockState& b : blocks_) {
      std::uint32_t mask = b.dirty;
      for (Ref n = b.first; n < b.end; ++n) {
        const Inst& i = unit_.code[n];
        if (i.op == Op::set_slot && slot_of_[n] >= 0) mask |= 1u << slot_of_[n];
        if (i.op == Op::call) mask = 0;
        if (i.op == Op::move) mask &= ~moving;
        if (BlockState* to = lands_in(i)) {
          changed = changed || (entering & ~to->dirty) != 0;
          to->dirty |= entering;
        }
        if (i.op != Op::jump && i.op != Op::branch_if) continue;
        BlockState* to = local(i.imm);
        if (to == nullptr || (mask & ~to->dirty) == 0) continue;
        to->dirty |= mask;
        changed = true;
      }
    }
  }
}

void Emitter::analyze() {
  find_blocks();
  std::vector<Ref> user(unit_.code.size());
  for (std::size_t n = 1; n < unit_.code.size(); ++n) {
    const Inst& i = unit_.code[n];
    for (const Ref r : i.args) {
      ++values_[r].uses;
      user[r] = static_cast<Ref>(n);
    }
  }
  find_fusible(user);
  choose_slots();
  for (std::size_t n = unit_.code.size(); n-- > 1;) {
    const Inst& i = unit_.code[n];
    if (i.op == Op::set_slot && slot_of_[n] >= 0) values_[i.args[0]].set_at = static_cast<Ref>(n);
  }
  if (region_) flow_dirty();
}

void Emitter::find_fusible(const std::vector<Ref>& user) {
  for (std::size_t n = 1; n < unit_.code.size(); ++n) {
    const Inst& i = unit_.code[n];
    Value& v = values_[n];
    if (i.op == Op::konst) v.in = Value::In::konst;
    if (i.op == Op::v_pair && is_konst(i.args[0]) && is_konst(i.args[1])) v.in = Value::In::pool;
    v.low_only = i.op == Op::trunc && i.type == Type::i32;
    const Inst& u = unit_.code[user[n]];
    if (v.uses != 1) continue;
    if (i.op == Op::shl && is_scale(unit_, i)) {
      const Ref other = u.args[u.args[0] == n ? 1 : 0];
      v.deferred_ok = u.op == Op::add && !is_konst(other) && !values_[other].deferred_ok;
    }
    if (i.op == Op::lt_u && u.op == Op::zext) find_carry(static_cast<Ref>(n), user);
    if (u.args[0] != n) continue;
    const bool test = ir::is_compare(i.op) || (ir::is_fcmp(i.op) && i.op != Op::fcmp_eq);
    if (test) v.deferred_ok = v.deferred_ok || fuses(u.op);
    if (i.op == Op::and_) v.deferred_ok = tests_bits(unit_, i, u) || compares_byte(unit_, i, u);
  }
  for (std::size_t n = 1; n < unit_.code.size(); ++n) {
    const Inst& i = unit_.code[n];
    if (!ir::is_compare(i.op) && !ir::is_fcmp(i.op)) continue;
    const Ref at = values_[n].deferred_ok ? user[n] : static_cast<Ref>(n);
    for (unsigned k = 0; k < 2; ++k) {
      Value& v = values_[i.args[k]];
      v.last_test = std::max(v.last_test, at);
    }
    const Inst& b = unit_.code[i.args[1]];
    const bool zero = b.op == Op::konst && b.imm == 0;
    if (zero && (i.op == Op::eq || i.op == Op::ne || i.op == Op::lt_s)) {
      values_[i.args[0]].tests_zero = true;
    }
  }
  for (const Inst& i : unit_.code) {
    for (const Ref r : i.args) {
      if (r != ir::kNone) values_[r].low_only &= reads_low_half(i);
    }
  }
}

/// A condition that is made a number and added: the sum takes it from the host's carry. If it is
/// itself whether a sum carried, nothing has to be compared.
void Emitter::find_carry(Ref n, const std::vector<Ref>& user) {
  const Ref number = user[n], sum = user[number];
  const Inst& i = unit_.code[n];
  const Inst& s = unit_.code[sum];
  const Inst& other = unit_.code[s.args[s.args[0] == number ? 1 : 0]];
  if (values_[number].uses != 1 || s.op != Op::add || ir::bytes_of(s.type) < 4) return;
  if (other.op == Op::shl || is_konst(i.args[0]) || !flags_last(n, sum, number)) return;
  values_[n].deferred_ok = values_[number].deferred_ok = true;
  const Inst& a = unit_.code[i.args[0]];
  const bool carry = a.op == Op::add && (a.args[0] == i.args[1] || a.args[1] == i.args[1]);
  values_[i.args[0]].tests_carry = carry && flags_last(i.args[0], sum, number);
}

/// Nothing between two operations, but `but` and conditions that are put off, changes the flags.
bool Emitter::flags_last(Ref from, Ref to, Ref but) const {
  for (Ref n = static_cast<Ref>(from + 1); n < to; ++n) {
    const Op op = unit_.code[n].op;
    const bool keeps = op == Op::nop || op == Op::konst || op == Op::guest_pc ||
                       op == Op::get_slot || op == Op::set_slot;
    if (!keeps && n != but && !values_[n].deferred_ok) return false;
  }
  return true;
}

/// How often a block runs for each time that the unit is entered.
unsigned Emitter::weight_of(const BlockState& b) const {
  constexpr unsigned kLoopShift = 3, kMaxDepth = 5;  // a loop is taken to run eight times
  return 1u << kLoopShift * std::min(b.depth, kMaxDepth);
}

/// How often the unit is left, and entered again, in the same measure: a loop that calls is left
/// each time round.
unsigned Emitter::passages() const {
  unsigned sum = 0;
  for (const BlockState& b : blocks_) {
    for (Ref n = b.first; n < b.end; ++n) {
      const Op op = unit_.code[n].op;
      const bool calls = op == Op::call_pc || op == Op::call_value || op == Op::jump_value;
      if (calls && b.depth > 0) sum += weight_of(b);
    }
  }
  return std::max(sum, 1u);
}

/// Slots that are used, most first, with what their registers would save.
std::vector<Emitter::Candidate> Emitter::candidates() const {
  std::vector<Candidate> found;
  std::size_t block = 0;
  for (std::size_t n = 1; n < unit_.code.size(); ++n) {
    const Inst& i = unit_.code[n];
    if (n == blocks_[block].end) ++block;
    if (i.op != Op::get_slot && i.op != Op::set_slot) continue;
    if (moving_.any() && i.imm == moving_.distance) continue;
    const bool set = i.op == Op::set_slot;
    const unsigned often = weight_of(blocks_[block]);
    const unsigned weight = often * (set ? 1 : 1 + values_[n].uses);
    auto it = std::find_if(found.begin(), found.end(), [&](const Candidate& c) {
      return c.offset == i.imm && c.type == i.type;
    });
    if (it == found.end()) {
      found.push_back({static_cast<std::uint32_t>(i.imm), i.type, 0, false});
      it = found.end() - 1;
      it->extended = i.aux == ir::kSignExtended;
    }
    it->weight += weight;
    it->saved += often;
    it->set = it->set || set;
  }
  for (Candidate& c : found) {
    for (const Candidate& d : found) c.mixed = c.mixed || (&c != &d && overlap(c, d));
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Candidate& c, const Candidate& d) { return c.weight > d.weight; });
  return found;
}

/// Pinned slots have their registers, others what is left. A region gives a pinned slot's register
/// away if another slot needs it more.
void Emitter::choose_slots() {
  const auto found = candidates();
  const auto home_of = [](const Candidate& c, std::uint8_t reg) {
    return SlotHome{c.offset, c.type, reg, c.extended};
  };
  struct Pinned {
    SlotHome home;
    unsigned weight;
  };
  std::vector<Pinned> pinned;
  std::vector<Gpr> free;
  for (std::size_t n = 0; n < kSlotRegs.size(); ++n) {
    if (n < pinned_.size()) {
      const Candidate slot{pinned_[n].offset, pinned_[n].type, 0, false};
      const SlotHome home{slot.offset, slot.type, static_cast<std::uint8_t>(num(kSlotRegs[n]))};
      const auto used = std::find_if(found.begin(), found.end(),
                                     [&](const Candidate& c) { return overlap(c, slot); });
      if (used == found.end()) {
        pinned.push_back({home, 0});
      } else if (!used->mixed && used->offset == slot.offset &&
                 slot.type == (used->extended ? ir::Type::i64 : used->type)) {
        pinned.push_back({home_of(*used, home.reg), used->weight});
      } else {
        evicted_.push_back(home);
      }
    } else if ((!wide_ && !moving_.any()) || kSlotRegs[n] != kLimit) {
      free.push_back(kSlotRegs[n]);
    }
  }
  const unsigned passages = region_ ? this->passages() : 0;
  const auto give_way = [&](unsigned weight) {
    const unsigned cost = 4 + 2 * passages;
    const auto least =
        std::min_element(pinned.begin(), pinned.end(),
                         [](const Pinned& a, const Pinned& b) { return a.weight < b.weight; });
    if (!region_ || least == pinned.end() || least->weight + cost >= weight) return;
    free.push_back(static_cast<Gpr>(least->home.reg));
    evicted_.push_back(least->home);
    if (least->home.extended) {  // others see all of it
      evicted_.back().type = ir::Type::i64;
      evicted_.back().extended = false;
    }
    pinned.erase(least);
  };
  unsigned xmms = kXmmTemps;
  std::vector<SlotHome> others;
  for (const Candidate& c : found) {
    const bool is_pinned = std::any_of(pinned.begin(), pinned.end(), [&](const Pinned& p) {
      return p.home.offset == c.offset && p.home.type == c.type;
    });
    if (is_pinned || c.mixed || c.weight < (region_ ? 3 : 2)) continue;
    const unsigned moves = passages * (c.set ? 2 : 1);
    if (c.saved < moves) continue;
    if (ir::in_xmm(c.type)) {
      if (xmms < 16) others.push_back(home_of(c, static_cast<std::uint8_t>(xmms++)));
    } else if (ir::is_int(c.type)) {
      if (free.empty() && c.saved >= moves + 2 * passages) give_way(c.weight);
      if (free.empty()) continue;
      others.push_back(home_of(c, static_cast<std::uint8_t>(num(free.front()))));
      free.erase(free.begin());
    }
  }
  for (const Pinned& p : pinned) {
    slots_.push_back({.home = p.home, .pinned = true, .valid = true, .dirty = true, .aliases = {}});
  }
  for (const SlotHome& home : others) slots_.push_back({.home = home, .aliases = {}});
  for (unsigned n = 0; n < kXmmTemps; ++n) xmm_temps_.push_back(static_cast<Xmm>(n));
  for (; xmms < 16; ++xmms) xmm_temps_.push_back(static_cast<Xmm>(xmms));
  temps_.assign(kTemps.begin(), kTemps.end());
  temps_.insert(temps_.end(), free.begin(), free.end());
  for (std::size_t n = 1; n < unit_.code.size(); ++n) {
    const Inst& i = unit_.code[n];
    if (i.op != Op::get_slot && i.op != Op::set_slot) continue;
    for (std::size_t s = 0; s < slots_.size(); ++s) {
      if (slots_[s].home.offset == i.imm && slots_[s].home.type == i.type) {
        slot_of_[n] = static_cast<std::int8_t>(s);
      }
    }
  }
}

}  // namespace emulate::jit::x64
