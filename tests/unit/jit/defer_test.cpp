/// Runs of floating point operations that are done again start from what they read.

#include <gtest/gtest.h>

#include "harness.h"
#include "jit/opt/passes.h"

namespace emulate::jit::test {
namespace {

using namespace ir;

constexpr std::uint64_t kLoop = 0x1000, kPast = 0x2000;
constexpr Slot kX{160, Type::f64}, kBy{168, Type::f64}, kDifference{176, Type::f64},
    kSum{184, Type::f64}, kCount{8, Type::i32}, kAt{16, Type::i32}, kWord{24, Type::i64},
    kSeen{32, Type::i64};

/// A result that is NaN is the guest's.
Value checked(Builder& b, Value v) {
  const Value nan{b.compare(Op::fcmp_un, v, v).ref, Type::i1};
  return b.call_if(nan, v, 0, b.i64(1), b.i64(2), 3);
}

enum class Load { none, before, after };

/// Grows a number until it is infinite, and one more turn until a difference is NaN.
Unit loop(Load load) {
  Unit unit;
  unit.pc = kLoop;
  unit.clear();
  unit.guest_instructions = 6;
  Builder b(unit);
  const auto look = [&] {
    b.guest_pc(kLoop + 12);
    b.set(kAt, b.load(Type::i32, b.i32(kMemory), 0, 0));
  };
  b.guest_pc(kLoop);
  b.set(kCount, b.sub(b.get(kCount), b.i32(1)));
  // What the run reads of this slot is known without it: the word that is loaded.
  b.set(kWord, b.sext(b.load(Type::i32, b.i32(kMemory), 0, 0), Type::i64));
  b.guest_pc(kLoop + 4);
  const Value x = checked(b, b.binary(Op::fmul, b.get(kX), b.get(kBy)));
  if (load == Load::before) look();
  b.guest_pc(kLoop + 8);
  const Value difference = checked(b, b.binary(Op::fsub, x, b.get(kX)));
  b.set(kX, x);
  b.set(kDifference, difference);
  if (load == Load::after) look();
  b.guest_pc(kLoop + 16);
  b.set(kWord, b.sext(b.add(b.trunc(b.get(kWord), Type::i32), b.i32(3)), Type::i64));
  b.set(kSum, checked(b, b.binary(Op::fadd, b.get(kSum), difference)));
  b.branch_if(b.compare(Op::ne, b.get(kCount), b.i32(0)), kLoop);
  b.jump(kPast);
  return unit;
}

TEST(Defer, DoesAgainFromWhatTheRunReads) {
  for (const Load load : {Load::none, Load::before, Load::after}) {
    Harness h(false);
    const auto set = [&](Slot s, auto v) { std::memcpy(&h.state[s.offset], &v, sizeof v); };
    set(kX, 1e200);
    set(kBy, 1e60);
    set(kDifference, 5.0);
    set(kSum, 7.0);
    set(kCount, 6u);
    h.memory[0] = std::byte{9};
    Unit plain = loop(load), deferred = plain;
    opt::optimize(deferred, true);
    Unit region;
    region.pc = kLoop;
    region.append(deferred);
    const Outcome expected = h.interpret(plain);
    bool compiled = false;
    const Outcome found = h.execute(region, compiled, &plain);
    ASSERT_TRUE(compiled);
    EXPECT_EQ(h.replays(), 1u) << to_string(region);
    EXPECT_TRUE(expected == found) << to_string(region) << describe(expected, found);
  }
}

}  // namespace
}  // namespace emulate::jit::test
