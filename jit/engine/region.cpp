#include "jit/engine/region.h"

#include <set>

#include "jit/opt/passes.h"

namespace emulate::jit {
namespace {

constexpr std::size_t kMaxBlocks = 64;
constexpr unsigned kMaxInstructions = 600;
/// How far from its entry a region reaches.
constexpr std::uint64_t kReach = 16u << 10;
/// Integer slots that the generator has registers for, and one that may stay in memory. One that is
/// only set (condition codes) needs none.
constexpr std::size_t kSlots = 9;

/// Calls `f` with each address the unit jumps to directly.
template <class F>
void for_each_target(const ir::Unit& unit, F f) {
  for (const ir::Inst& i : unit.code) {
    if (i.op == ir::Op::jump || i.op == ir::Op::branch_if) f(i.imm);
  }
}

}  // namespace

ir::Unit Region::build(const Translate& translate, const Known& seen, bool speculate) {
  ir::Unit region;
  region.pc = pc_;
  region.mode = mode_;
  wanted_.push_back(pc_);
  for (std::size_t n = 0; n < wanted_.size(); ++n) {
    const std::uint64_t at = wanted_[n];
    if (at - pc_ + kReach > 2 * kReach || blocks_.contains(at)) continue;
    if (blocks_.size() == kMaxBlocks || instructions_ > kMaxInstructions) break;
    if (!add(at, translate) && at == pc_) return region;
  }
  if (slots() > kSlots) {
    keep_hot(seen);
    keep_reachable();
    if (slots() > kSlots) {
      keep_loop();
      keep_reachable();
    }
  }
  if (speculate) {
    std::vector<ir::Unit*> parts;
    for (auto& [at, unit] : blocks_) parts.push_back(&unit);
    opt::narrow_slots(parts);
  }
  region.clear();
  for (auto& [at, unit] : blocks_) {
    opt::prefetch_ahead(unit);
    if (speculate) opt::vectorize_loop(unit);
    opt::unroll_loop(unit);
    region.append(unit);
  }
  return region;
}

bool Region::add(std::uint64_t pc, const Translate& translate) {
  split(pc, translate);
  ir::Unit unit;
  unit.pc = pc;
  unit.mode = mode_;
  if (const auto next = blocks_.upper_bound(pc); next != blocks_.end()) unit.stop = next->first;
  if (!translate(unit)) return false;
  instructions_ += unit.guest_instructions;
  for_each_target(unit, [&](std::uint64_t to) { wanted_.push_back(to); });
  blocks_.insert_or_assign(pc, std::move(unit));
  return true;
}

/// A block that runs over `pc` ends there.
void Region::split(std::uint64_t pc, const Translate& translate) {
  auto before = blocks_.lower_bound(pc);
  if (before == blocks_.begin()) return;
  --before;
  ir::Unit& unit = before->second;
  if (pc >= unit.range.start + unit.range.length) return;
  ir::Unit part;
  part.pc = unit.pc;
  part.mode = mode_;
  part.stop = pc;
  if (translate(part)) unit = std::move(part);
}

std::size_t Region::slots() const {
  std::set<std::uint64_t> found;
  for (const auto& [at, unit] : blocks_) {
    for (const ir::Inst& i : unit.code) {
      const bool slot = i.op == ir::Op::get_slot;
      if (slot && ir::is_int(i.type)) found.insert(i.imm);
    }
  }
  return found.size();
}

/// Leaves out what runs in other loops: a block that is one by itself and others' regions, and
/// blocks that run more seldom by far. An entry that is a loop by itself stays alone.
void Region::keep_hot(const Known& seen) {
  constexpr unsigned kSeldom = 8;
  const bool alone = blocks_.at(pc_).loops();
  const unsigned entries = seen(pc_).entries;
  unsigned before = 0;  // entries of the block that runs on into the one at hand
  std::vector<std::uint64_t> leave_out;
  for (const auto& [at, unit] : blocks_) {
    const Seen s = seen(at);
    const unsigned here = s.entries + before;
    before = unit.range.start + unit.range.length == unit.stop ? here : 0;
    if (at == pc_) continue;
    if (alone || unit.loops() || s.region || here * kSeldom < entries) leave_out.push_back(at);
  }
  for (const std::uint64_t at : leave_out) blocks_.erase(at);
}

/// Leaves only the entry's loop, if it has one: what a jump back to it can be reached from without
/// passing through it.
void Region::keep_loop() {
  std::set<std::uint64_t> loop;
  for (bool grown = true; grown;) {
    grown = false;
    for (const auto& [at, unit] : blocks_) {
      if (loop.contains(at)) continue;
      bool leads_back = false;
      for_each_target(unit, [&, from = at](std::uint64_t to) {
        leads_back = leads_back || (to == pc_ ? from >= pc_ : from != pc_ && loop.contains(to));
      });
      if (leads_back) grown = loop.insert(at).second;
    }
  }
  if (loop.empty()) return;
  loop.insert(pc_);
  std::erase_if(blocks_, [&](const auto& b) { return !loop.contains(b.first); });
}

/// Leaves only what the entry still leads to.
void Region::keep_reachable() {
  std::set<std::uint64_t> reached{pc_};
  std::vector<std::uint64_t> todo{pc_};
  while (!todo.empty()) {
    const auto block = blocks_.find(todo.back());
    todo.pop_back();
    for_each_target(block->second, [&](std::uint64_t to) {
      if (blocks_.contains(to) && reached.insert(to).second) todo.push_back(to);
    });
  }
  std::erase_if(blocks_, [&](const auto& b) { return !reached.contains(b.first); });
}

}  // namespace emulate::jit
