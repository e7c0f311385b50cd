/// Every operation on vectors: interpreter against generated code, from slots, constants and
/// memory.

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/jit/harness.h"

namespace emulate::jit::test {
namespace {

using namespace ir;

struct Kind {
  Op op;
  unsigned args;
  std::vector<std::uint16_t> lanes{0};
  std::vector<std::uint64_t> imms{0};
};

std::vector<Kind> kinds() {
  const std::vector<std::uint16_t> all{8, 16, 32, 64}, small{8, 16, 32}, middle{16, 32};
  return {
      {Op::v_shl, 1, {16, 32, 64}, {0, 1, 7, 15}},
      {Op::v_shr, 1, {16, 32, 64}, {0, 1, 7, 15}},
      {Op::v_sar, 1, middle, {0, 1, 7, 15}},
      {Op::v_permute, 1, {0}, {0, 0x1b, 0x4e, 0xe4, 0x93}},
      {Op::v_widen_s, 1, small},
      {Op::v_widen_u, 1, small},
      {Op::v_and, 2},
      {Op::v_or, 2},
      {Op::v_xor, 2},
      {Op::v_andn, 2},
      {Op::v_add, 2, all},
      {Op::v_sub, 2, all},
      {Op::v_min_s, 2, small},
      {Op::v_min_u, 2, small},
      {Op::v_max_s, 2, small},
      {Op::v_max_u, 2, small},
      {Op::v_average, 2, {8, 16}},
      {Op::v_eq, 2, all},
      {Op::v_gt, 2, all},
      {Op::v_mul, 2, middle},
      {Op::v_mulh_s, 2},
      {Op::v_mulh_u, 2},
      {Op::v_mul_even_s, 2},
      {Op::v_mul_even_u, 2},
      {Op::v_mul_pairs, 2},
      {Op::v_shl_each, 2, {32, 64}},
      {Op::v_shr_each, 2, {32, 64}},
      {Op::v_sar_each, 2, {32}},
      {Op::v_interleave_low, 2, all},
      {Op::v_interleave_high, 2, all},
      {Op::v_pack_u, 2, middle},
      {Op::v_shuffle, 2},
      {Op::v_align, 2, {0}, {0, 1, 8, 15}},
      {Op::v_halves, 2, {0}, {0, 1, 2, 3}},
      {Op::v_blend, 2, {0}, {0, 0x33, 0xaa, 0xff}},
      {Op::v_choose, 3},
  };
}

constexpr std::uint32_t kFirst = 16, kResult = 96;
constexpr Slot vector_slot(unsigned n) { return {kFirst + 16 * n, Type::v128}; }

class Maker {
 public:
  std::uint64_t word() {
    static constexpr std::uint64_t kEdges[] = {0, ~std::uint64_t{0}, 0x8000'0000'8000'0000,
                                               0x8000'8000'8000'8000, 0x7f80'ff00'0102'1f20};
    return random_() % 3 != 0 ? random_() : kEdges[random_() % std::size(kEdges)];
  }
  void fill(Harness& h) {
    for (std::size_t n = 0; n < kStateBytes; n += 8) {
      const std::uint64_t v = word();
      std::memcpy(h.state.data() + n, &v, 8);
    }
    if (random_() % 4 == 0) std::memcpy(h.state.data() + 32, h.state.data() + 16, 16);
    for (std::size_t n = 0; n < kMemoryBytes; n += 8) {
      const std::uint64_t v = word();
      std::memcpy(h.memory.data() + n, &v, 8);
    }
  }
  /// A slot's value, a constant, or what lies in memory.
  Value operand(Builder& b, unsigned n) {
    switch (random_() % 4) {
      case 0:
        return b.vector(word(), word());
      case 1:
        return b.load(Type::v128, b.i32(kMemory + 16 * n), random_() % 16,
                      static_cast<std::uint16_t>(random_() % 2));
      default:
        return b.get(vector_slot(n));
    }
  }
  unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }

 private:
  std::mt19937_64 random_{7};
};

void check(Harness& h, const Unit& unit) {
  bool compiled = false;
  const Outcome expected = h.interpret(unit);
  const Outcome found = h.execute(unit, compiled);
  ASSERT_TRUE(compiled);
  ASSERT_TRUE(expected == found) << to_string(unit) << describe(expected, found);
}

Unit start() {
  Unit unit;
  unit.pc = 0x1000;
  unit.clear();
  Builder(unit).guest_pc(0x1000);
  return unit;
}

void check_kind(const Kind& kind, std::uint16_t lane, std::uint64_t imm) {
  Harness h(false);
  Maker make;
  for (unsigned round = 0; round < 40; ++round) {
    make.fill(h);
    Unit unit = start();
    Builder b(unit);
    Inst inst{.op = kind.op, .type = Type::v128, .aux = lane, .imm = imm};
    for (unsigned n = 0; n < kind.args; ++n) inst.args[n] = make.operand(b, n).ref;
    if (round % 5 == 4 && kind.args > 1) inst.args[1] = inst.args[0];
    const Value v = b.emit(inst);
    b.set({kResult, Type::v128}, v);
    if (round % 2 != 0) {  // the operands are still needed, and change their slots
      const Value again = b.emit(inst);
      b.set(vector_slot(0), again);
      b.set(vector_slot(1), v);
    }
    b.store(b.i32(kMemory + 0x100), make.pick(16), v, static_cast<std::uint16_t>(make.pick(2)));
    b.jump(0x2000);
    check(h, unit);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(Vectors, EveryOperation) {
  for (const Kind& kind : kinds()) {
    for (const std::uint16_t lane : kind.lanes) {
      for (const std::uint64_t imm : kind.imms) {
        check_kind(kind, lane, imm);
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST(Vectors, ToAndFromScalars) {
  Harness h(false);
  Maker make;
  for (unsigned round = 0; round < 100; ++round) {
    make.fill(h);
    Unit unit = start();
    Builder b(unit);
    const Value v = make.operand(b, 0);
    const Value high = b.half(v, true), low = b.half(v, false);
    b.set({kResult, Type::i32}, b.mask(v));
    b.set({kResult + 16, Type::v128}, b.vector(Op::v_pair, 0, high, low));
    b.set({kResult + 32, Type::v128}, b.vector(Op::v_pair, 0, low, b.i64(5)));
    for (unsigned k = 0; k < 4; ++k) {
      b.set({kResult + 48 + 16 * k, Type::v128}, b.vector(Op::v_splat, 8u << k, low));
    }
    b.jump(0x2000);
    check(h, unit);
    if (HasFatalFailure()) return;
  }
}

/// What the interpreter says, where the manual of neither machine is asked.
TEST(Vectors, Meaning) {
  Harness h(false);
  const auto result = [&](auto make) {
    Unit unit = start();
    Builder b(unit);
    b.set({kResult, Type::v128}, make(b));
    b.jump(0x2000);
    const Outcome o = h.interpret(unit);
    std::array<std::uint64_t, 2> v;
    std::memcpy(v.data(), o.state.data() + kResult, 16);
    return v;
  };
  using Pair = std::array<std::uint64_t, 2>;
  constexpr std::uint64_t kHigh = 0x0f0e'0d0c'0b0a'0908, kLow = 0x0706'0504'0302'0100;
  EXPECT_EQ(result([](Builder& b) {
              return b.vector(Op::v_align, 0, b.vector(kHigh, kLow), b.vector(1, 2), 12);
            }),
            (Pair{0x0302'0100'0000'0000, 0x0b0a'0908'0706'0504}));
  EXPECT_EQ(result([](Builder& b) {
              return b.vector(Op::v_interleave_high, 32, b.vector(kHigh, kLow), b.vector(1, 2));
            }),
            (Pair{0x0000'0001'0b0a'0908, 0x0000'0000'0f0e'0d0c}));
  EXPECT_EQ(result([](Builder& b) {
              return b.vector(Op::v_pack_u, 32, b.vector(0x7fff'ffff'8000'0000, 0xffff),
                              b.vector(1, 2));
            }),
            (Pair{0xffff'0000'0000'ffff, 0x0000'0001'0000'0002}));
  EXPECT_EQ(result([](Builder& b) {
              const Value v = b.vector(~std::uint64_t{0} << 63, 0x8000'8000'8000'8000);
              return b.vector(Op::v_mul_pairs, 0, v, v);
            }),
            (Pair{0x8000'0000'8000'0000, 0x4000'0000'0000'0000}));
}

/// More values than registers, a helper, and slots whose halves are set on their own.
TEST(Vectors, SpillsAndHalves) {
  Harness h(true);
  Maker make;
  for (unsigned round = 0; round < 50; ++round) {
    make.fill(h);
    Unit unit = start();
    Builder b(unit);
    std::vector<Value> values;
    for (unsigned n = 0; n < 19; ++n) {
      values.push_back(b.vector(Op::v_add, 8, b.get(vector_slot(n % 10)), b.vector(n, round)));
    }
    if (round % 2 != 0) b.call(0, Type::i64, kHelperPure, b.i64(1), b.i64(2), b.i64(3), b.i64(4));
    b.set({kFirst + 8, Type::i64}, b.half(values[3], false));
    Value sum = b.get(vector_slot(0));
    const Value rare = b.compare(Op::eq, b.get({8, Type::i64}), b.i64(0));
    b.set({8, Type::i64}, b.call_if(rare, b.i64(1), 0, b.i64(2), b.i64(3), 4));
    for (const Value v : values) sum = b.vector(Op::v_xor, 0, sum, v);
    b.set({kResult, Type::v128}, sum);
    b.set({kFirst, Type::i64}, b.half(sum, true));
    b.jump(0x2000);
    check(h, unit);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace emulate::jit::test
