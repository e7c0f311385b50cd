/// Regions that call: returns that were predicted go on within the region.

#include <gtest/gtest.h>

#include <random>

#include "harness.h"
#include "jit/opt/passes.h"

namespace emulate::jit::test {
namespace {

using namespace ir;

constexpr std::uint64_t kCaller = 0x1000, kFunctions = 0x3000, kApart = 0x100, kEnd = 0x9000;
constexpr unsigned kBlocks = 5, kCallees = 3;
/// The second is pinned, as are some of the numbers.
constexpr Slot kTurns{264, Type::i32}, kReturn{64, Type::i32};

class Program {
 public:
  explicit Program(std::uint64_t seed) : random_(seed) {
    for (unsigned n = 0; n < kBlocks; ++n) blocks_.push_back(block(n));
    for (unsigned n = 0; n < kCallees; ++n) functions_.push_back(function(n));
  }

  std::vector<Unit> plain() const { return program({}); }

  /// The caller's blocks also as a region, entered at its first block or another.
  std::vector<Unit> with_region(bool deferred) {
    Unit region;
    for (Unit block : blocks_) {
      opt::optimize(block, deferred);
      region.append(block);
    }
    region.pc = blocks_[random_() % kBlocks].pc;
    return program({region});
  }

 private:
  std::vector<Unit> program(const std::vector<Unit>& regions) const {
    std::vector<Unit> all = blocks_;
    all.insert(all.end(), functions_.begin(), functions_.end());
    all.insert(all.end(), regions.begin(), regions.end());
    return all;
  }

  unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }
  std::uint64_t somewhere() { return kCaller + kApart * pick(kBlocks); }
  Slot number() { return {pick(2) == 0 ? 8 * pick(4) : 80 + 8 * pick(12), Type::i64}; }

  Unit begin(std::uint64_t pc) {
    Unit unit;
    unit.pc = pc;
    unit.clear();
    unit.range = {pc, kApart};
    return unit;
  }
  void compute(Builder& b) {
    static constexpr Op kOps[] = {Op::add, Op::sub, Op::xor_, Op::and_, Op::or_, Op::mul};
    for (unsigned n = pick(8); n-- > 0;) {
      const Slot to = number();
      b.set(to, b.binary(kOps[pick(6)], b.get(number()), b.get(number())));
      if (pick(4) == 0) b.store(b.i32(kMemory + 8 * pick(100)), 0, b.get(to), kBigEndian);
    }
  }

  Unit block(unsigned n) {
    Unit unit = begin(kCaller + kApart * n);
    Builder b(unit);
    b.guest_pc(unit.pc);
    compute(b);
    b.guest_pc(unit.pc + 4);
    const Value turns = b.sub(b.get(kTurns), b.i32(1));
    b.set(kTurns, turns);
    b.branch_if(b.compare(Op::le_s, turns, b.i32(0)), kEnd);
    const std::uint64_t to = somewhere();
    if (pick(3) == 0) {
      const Value odd = b.compare(Op::lt_s, b.get(number()), b.i64(0));
      b.branch_if(odd, somewhere());
      b.jump(to);
      return unit;
    }
    const Value back = b.i32(static_cast<std::uint32_t>(to));
    b.set(kReturn, back);
    const std::uint64_t callee = kFunctions + kApart * pick(kCallees);
    if (pick(2) == 0) {
      b.call_pc(callee, back);
    } else {
      b.call_value(b.i32(static_cast<std::uint32_t>(callee)), back);
    }
    return unit;
  }

  /// Some return elsewhere now and then.
  Unit function(unsigned n) {
    Unit unit = begin(kFunctions + kApart * n);
    Builder b(unit);
    b.guest_pc(unit.pc);
    compute(b);
    Value to = b.get(kReturn);
    if (n == 0) {
      const Value other = b.compare(Op::lt_s, b.get(number()), b.get(number()));
      to = b.select(other, b.i32(static_cast<std::uint32_t>(somewhere())), to);
    }
    b.return_to(to);
    return unit;
  }

  std::mt19937_64 random_;
  std::vector<Unit> blocks_;
  std::vector<Unit> functions_;
};

TEST(Calls, Regions) {
  Harness h(false);
  std::mt19937_64 random(1);
  for (unsigned seed = 1; seed <= 2000 && !HasFailure(); ++seed) {
    Program program(seed);
    for (auto& b : h.state) b = static_cast<std::byte>(random());
    const std::uint32_t turns = seed % 64;
    std::memcpy(&h.state[kTurns.offset], &turns, sizeof turns);
    const std::vector<Unit> plain = program.plain();
    const Outcome expected = h.interpret(plain);
    EXPECT_EQ(expected.pc, kEnd);
    for (const bool deferred : {false, true}) {
      const std::vector<Unit> units = program.with_region(deferred);
      bool compiled = false;
      const Outcome found = h.execute(units, compiled);
      ASSERT_TRUE(compiled);
      EXPECT_TRUE(expected == found) << seed << "\n"
                                     << to_string(units.back()) << describe(expected, found);
    }
  }
}

}  // namespace
}  // namespace emulate::jit::test
