/// Loops that walk through memory in long steps.

#include <gtest/gtest.h>

#include <algorithm>

#include "harness.h"
#include "jit/opt/passes.h"

namespace emulate::jit::test {
namespace {

using namespace ir;

constexpr std::uint64_t kLoop = 0x1000, kPast = 0x2000;
constexpr Slot kCount{8, Type::i32}, kAt{16, Type::i32}, kSum{24, Type::i32}, kBase{32, Type::i32};

/// Sums up words that are `step` bytes apart.
Unit loop(std::uint32_t step, Op change = Op::add) {
  Unit unit;
  unit.pc = kLoop;
  unit.clear();
  unit.guest_instructions = 4;
  Builder b(unit);
  b.guest_pc(kLoop);
  const Value at = b.add(b.get(kBase), b.get(kAt));
  b.set(kSum, b.add(b.get(kSum), b.load(Type::i32, at, 12, kBigEndian)));
  b.guest_pc(kLoop + 4);
  b.set(kAt, b.binary(change, b.get(kAt), b.i32(step)));
  b.guest_pc(kLoop + 8);
  b.set(kCount, b.sub(b.get(kCount), b.i32(1)));
  b.branch_if(b.compare(Op::ne, b.get(kCount), b.i32(0)), kLoop);
  b.jump(kPast);
  opt::optimize(unit);
  return unit;
}

/// How far from the loads they are preceded by; empty without.
std::vector<std::int64_t> ahead(Unit unit) {
  opt::prefetch_ahead(unit);
  std::vector<std::int64_t> found;
  for (std::size_t n = 1; n < unit.code.size(); ++n) {
    const Inst& i = unit.code[n];
    if (i.op != Op::prefetch) continue;
    const Inst& load = unit.code[n + 1];
    EXPECT_EQ(load.op, Op::load);
    EXPECT_EQ(load.args[0], i.args[0]);
    found.push_back(static_cast<std::int64_t>(i.imm - load.imm));
  }
  return found;
}

TEST(Prefetch, LongStepsOnly) {
  EXPECT_EQ(ahead(loop(256)), std::vector<std::int64_t>{24 * 256});
  EXPECT_EQ(ahead(loop(0u - 64)), std::vector<std::int64_t>{24 * -64});
  EXPECT_TRUE(ahead(loop(4)).empty());
  EXPECT_TRUE(ahead(loop(0x7000'0000)).empty());
  EXPECT_TRUE(ahead(loop(256, Op::xor_)).empty());
  Unit straight = loop(256);
  straight.pc = 0x5000;
  EXPECT_TRUE(ahead(straight).empty());
}

TEST(Prefetch, ChangesNothing) {
  for (const bool unrolled : {false, true}) {
    Harness h(false);
    const auto set = [&](Slot s, std::uint32_t v) { std::memcpy(&h.state[s.offset], &v, 4); };
    set(kCount, 13);
    set(kBase, kMemory - 100);
    set(kAt, 100);
    for (std::size_t n = 0; n < h.memory.size(); ++n) h.memory[n] = static_cast<std::byte>(n * 7);
    const Unit plain = loop(64);
    Unit unit = plain;
    opt::prefetch_ahead(unit);
    if (unrolled) opt::unroll_loop(unit);
    const Outcome expected = h.interpret(plain), interpreted = h.interpret(unit);
    EXPECT_TRUE(expected == interpreted) << to_string(unit) << describe(expected, interpreted);
    bool compiled = false;
    const Outcome found = h.execute(unit, compiled);
    ASSERT_TRUE(compiled);
    EXPECT_TRUE(expected == found) << to_string(unit) << describe(expected, found);
  }
}

}  // namespace
}  // namespace emulate::jit::test
