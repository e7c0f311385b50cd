/// An interrupt ends every loop of a region.

#include <gtest/gtest.h>

#include <random>

#include "harness.h"

namespace emulate::jit::test {
namespace {

using namespace ir;

constexpr std::uint64_t kFirst = 0x1000, kApart = 0x100, kOutside = 0x9000;
constexpr Slot kTurns{8, Type::i32}, kSeed{16, Type::i32};

/// Ten blocks that jump to each other; which way is taken follows from a number in the state.
class Maze {
 public:
  explicit Maze(unsigned seed) : random_(seed) {
    for (unsigned n = 0; n < kBlocks; ++n) region_.append(block(n));
    region_.pc = kFirst + kApart * (random_() % kBlocks);
  }
  const Unit& region() const { return region_; }

 private:
  static constexpr unsigned kBlocks = 10;

  std::uint64_t anywhere() { return kFirst + kApart * (random_() % kBlocks); }

  Unit block(unsigned n) {
    Unit unit;
    unit.pc = kFirst + kApart * n;
    unit.clear();
    unit.range = {unit.pc, kApart};
    Builder b(unit);
    b.guest_pc(unit.pc);
    const Value turns = b.sub(b.get(kTurns), b.i32(1));
    b.set(kTurns, turns);
    b.branch_if(b.compare(Op::eq, turns, b.i32(0)), kOutside);
    const Value seed = b.add(b.mul(b.get(kSeed), b.i32(1664525)), b.i32(1013904223));
    b.set(kSeed, seed);
    b.branch_if(b.compare(Op::lt_s, seed, b.i32(0)), anywhere());
    b.jump(anywhere());
    return unit;
  }

  std::minstd_rand random_;
  Unit region_;
};

/// How many turns are left.
std::uint32_t run(const Unit& unit, bool interrupted, std::uint32_t seed) {
  constexpr std::uint32_t kMost = 100'000;
  Harness h(false);
  h.interrupted = interrupted;
  std::memcpy(&h.state[kTurns.offset], &kMost, sizeof kMost);
  std::memcpy(&h.state[kSeed.offset], &seed, sizeof seed);
  bool compiled = false;
  const Outcome found = h.execute(unit, compiled);
  EXPECT_TRUE(compiled);
  std::uint32_t left;
  std::memcpy(&left, &found.state[kTurns.offset], sizeof left);
  if (interrupted) {
    EXPECT_NE(unit.block_at(found.pc), kNone);
  } else {
    EXPECT_EQ(found.pc, kOutside);
  }
  return left;
}

TEST(Polls, EveryLoop) {
  for (unsigned n = 1; n <= 100; ++n) {
    const Maze maze(n);
    EXPECT_GT(run(maze.region(), true, n * 7919), 90'000u) << n << to_string(maze.region());
    EXPECT_EQ(run(maze.region(), false, n), 0u);
  }
}

}  // namespace
}  // namespace emulate::jit::test
