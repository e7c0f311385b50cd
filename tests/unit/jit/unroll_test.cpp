/// Loops whose turns are laid out one after another.

#include <gtest/gtest.h>

#include "harness.h"
#include "jit/opt/passes.h"

namespace emulate::jit::test {
namespace {

using namespace ir;

constexpr std::uint64_t kLoop = 0x1000, kPast = 0x2000;
constexpr Slot kCount{8, Type::i32}, kAt{16, Type::i32}, kSum{24, Type::i32}, kLast{32, Type::i32};

/// Adds words and marks each.
Unit loop(bool branches_back) {
  Unit unit;
  unit.pc = kLoop;
  unit.clear();
  unit.guest_instructions = 6;
  Builder b(unit);
  b.guest_pc(kLoop);
  const Value word = b.load(Type::i32, b.get(kAt), 0, kBigEndian);
  b.set(kLast, word);
  b.guest_pc(kLoop + 4);
  b.set(kSum, b.add(b.get(kSum), b.get(kLast)));
  b.guest_pc(kLoop + 8);
  b.store(b.get(kAt), 0, b.get(kCount), 0);
  b.guest_pc(kLoop + 12);
  b.set(kAt, b.add(b.get(kAt), b.i32(4)));
  b.guest_pc(kLoop + 16);
  b.set(kCount, b.sub(b.get(kCount), b.i32(1)));
  const Value more = b.compare(Op::ne, b.get(kCount), b.i32(0));
  if (branches_back) {
    b.branch_if(more, kLoop);
    b.jump(kPast);
  } else {
    b.branch_if(b.xor_(more, b.konst(Type::i1, 1)), kPast);
    b.jump(kLoop);
  }
  opt::optimize(unit);
  return unit;
}

void compare(bool branches_back, std::uint32_t count) {
  Harness h(false);
  const auto set = [&](Slot s, std::uint32_t v) { std::memcpy(&h.state[s.offset], &v, 4); };
  set(kCount, count);
  set(kAt, kMemory);
  for (std::size_t n = 0; n < h.memory.size(); ++n) h.memory[n] = static_cast<std::byte>(n * 7);
  const Unit plain = loop(branches_back);
  Unit unrolled = plain;
  opt::unroll_loop(unrolled);
  EXPECT_GT(unrolled.code.size(), 2 * plain.code.size());
  const Outcome expected = h.interpret(plain), optimized = h.interpret(unrolled);
  EXPECT_TRUE(expected == optimized) << to_string(unrolled) << describe(expected, optimized);
  bool compiled = false;
  const Outcome found = h.execute(unrolled, compiled);
  ASSERT_TRUE(compiled);
  EXPECT_TRUE(expected == found) << to_string(unrolled) << describe(expected, found);
}

TEST(Unroll, AnyNumberOfTurns) {
  for (const bool branches_back : {false, true}) {
    for (std::uint32_t count = 1; count < 11; ++count) compare(branches_back, count);
  }
}

TEST(Unroll, WithGapsInTheCode) {
  Unit gap = loop(true);
  gap.code.insert(gap.code.end() - 1, Inst{});
  const std::size_t before = gap.code.size();
  opt::unroll_loop(gap);
  EXPECT_GT(gap.code.size(), 2 * before);
}

TEST(Unroll, OnlyShortLoops) {
  Unit longer = loop(true), straight = loop(true);
  longer.guest_instructions = 100;
  straight.pc = 0x5000;
  for (Unit* unit : {&longer, &straight}) {
    const std::size_t before = unit->code.size();
    opt::unroll_loop(*unit);
    EXPECT_EQ(unit->code.size(), before);
  }
}

}  // namespace
}  // namespace emulate::jit::test
