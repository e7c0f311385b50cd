#include <cstdlib>
#include <map>
#include <optional>
#include <vector>

#include "jit/opt/passes.h"

namespace emulate::jit::opt {

using namespace ir;

namespace {

/// Each turn touches another of the host's cache lines: nearer ones come by themselves.
constexpr std::int64_t kFar = 64;
/// Far enough ahead for memory to answer in time.
constexpr std::int64_t kTurns = 24;
constexpr std::int64_t kMostBytes = 1 << 20;
constexpr unsigned kDeep = 6;

class Prefetcher {
 public:
  explicit Prefetcher(Unit& unit) : unit_(unit) {}

  void run() {
    for (const Inst& i : unit_.code) {
      if (i.op == Op::move || i.op == Op::call) return;
      if (i.op == Op::set_slot) steps_[i.imm] = slot_step(i);
    }
    std::vector<Inst> out;
    std::vector<Ref> moved;
    for (Inst i : unit_.code) {
      const auto ahead = distance(i);
      for (Ref& a : i.args) a = a == kNone ? kNone : moved[a];
      if (ahead) out.push_back({.op = Op::prefetch, .args = {i.args[0]}, .imm = i.imm + *ahead});
      moved.push_back(static_cast<Ref>(out.size()));
      out.push_back(i);
    }
    unit_.code = std::move(out);
  }

 private:
  using Step = std::optional<std::int64_t>;

  bool constant(Ref r) const { return unit_.code[r].op == Op::konst; }
  std::int64_t number(Ref r) const {
    const Inst& i = unit_.code[r];
    return i.type == Type::i32 ? static_cast<std::int32_t>(i.imm)
                               : static_cast<std::int64_t>(i.imm);
  }

  /// By how much a turn changes the slot: it is set to what it was and a constant.
  Step slot_step(const Inst& set) const {
    std::int64_t sum = 0;
    Ref r = set.args[0];
    for (unsigned depth = 0; depth < kDeep; ++depth) {
      const Inst& i = unit_.code[r];
      if (i.op == Op::get_slot) return i.imm == set.imm ? Step(sum) : std::nullopt;
      if (i.op == Op::add && constant(i.args[1])) {
        sum += number(i.args[1]);
      } else if (i.op != Op::sext && i.op != Op::trunc) {
        break;
      }
      r = i.args[0];
    }
    return std::nullopt;
  }

  /// By how much a value differs from the one of the turn before.
  Step step(Ref r, unsigned depth = 0) const {
    const Inst& i = unit_.code[r];
    if (depth == kDeep) return std::nullopt;
    switch (i.op) {
      case Op::konst:
        return 0;
      case Op::get_slot: {
        const auto known = steps_.find(i.imm);
        return known == steps_.end() ? 0 : known->second;
      }
      case Op::sext:
      case Op::zext:
      case Op::trunc:
        return step(i.args[0], depth + 1);
      case Op::add: {
        const Step a = step(i.args[0], depth + 1), b = step(i.args[1], depth + 1);
        return a && b ? Step(*a + *b) : std::nullopt;
      }
      case Op::shl: {
        const Step a = step(i.args[0], depth + 1);
        return a && constant(i.args[1]) ? Step(*a * (1 << (number(i.args[1]) & 15))) : std::nullopt;
      }
      default:
        return std::nullopt;
    }
  }

  /// How far ahead to look, of a load that walks through memory in long steps.
  std::optional<std::uint64_t> distance(const Inst& i) const {
    if (i.op != Op::load || constant(i.args[0])) return std::nullopt;
    const Step by = step(i.args[0]);
    if (!by || std::abs(*by) < kFar || std::abs(*by) > kMostBytes) return std::nullopt;
    return static_cast<std::uint64_t>(*by * kTurns);
  }

  Unit& unit_;
  std::map<std::uint64_t, Step> steps_;  ///< of slots that the block sets
};

}  // namespace

void prefetch_ahead(Unit& unit) {
  if (unit.loops()) Prefetcher(unit).run();
}

}  // namespace emulate::jit::opt
