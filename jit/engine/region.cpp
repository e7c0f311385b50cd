#include "jit/engine/region.h"

namespace emulate::jit {
namespace {

constexpr std::size_t kMaxBlocks = 64;
constexpr unsigned kMaxInstructions = 600;
/// How far from its entry a region reaches.
constexpr std::uint64_t kReach = 16u << 10;

}  // namespace

ir::Unit Region::build(const Translate& translate) {
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
  region.clear();
  for (const auto& [at, unit] : blocks_) region.append(unit);
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
  for (const ir::Inst& i : unit.code) {
    if (i.op == ir::Op::jump || i.op == ir::Op::branch_if) wanted_.push_back(i.imm);
  }
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

}  // namespace emulate::jit
