/// Loops that are done in vectors leave what they would leave turn by turn.

#include <gtest/gtest.h>

#include <random>

#include "harness.h"
#include "jit/opt/passes.h"

namespace emulate::jit::test {
namespace {

using namespace ir;

constexpr std::uint64_t kLoop = 0x1000, kPast = 0x2000;
constexpr std::uint32_t kFrom = 8, kOther = 16, kTo = 24, kIndex = 32, kBound = 40, kWith = 48,
                        kLast = 56, kSame = 64;

/// A loop and the state it starts from, chosen at random.
class Loop {
 public:
  Loop(std::uint64_t seed, bool wide) : random_(seed), type_(wide ? Type::i64 : Type::i32) {
    static constexpr Type kLanes[] = {Type::i8, Type::i16, Type::i32, Type::i64};
    lane_ = kLanes[pick(4)];
    if (type_ == Type::i32 && lane_ == Type::i64) lane_ = Type::i32;
    order_ = pick(2) != 0 ? kBigEndian : 0;
    back_ = pick(3) == 0;
  }

  unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }

  Unit unit() {
    Unit unit;
    unit.pc = kLoop;
    unit.clear();
    unit.guest_instructions = 8;
    Builder b(unit);
    b_ = &b;
    b.guest_pc(kLoop);
    const Value index = get(kIndex);
    const bool sum = pick(2) != 0;
    const auto at = [&](std::uint32_t base) { return sum ? b.add(get(base), index) : get(base); };
    const Value value = stored(at(kFrom), at(kOther), index);
    b.guest_pc(kLoop + 4);
    b.store(at(kTo), disp(), value, order_);
    const int by = static_cast<int>(bytes_of(lane_)) * (back_ ? -1 : 1);
    b.guest_pc(kLoop + 8);
    step(kIndex, by);
    if (!sum) {
      for (const std::uint32_t base : {kFrom, kOther, kTo}) step(base, by);
    }
    leave(index, get(kIndex));
    opt::optimize(unit);
    return unit;
  }

  void start(Harness& h) {
    const unsigned size = bytes_of(lane_), turns = 1 + pick(pick(2) != 0 ? 200 : 20);
    for (auto& byte : h.memory) byte = static_cast<std::byte>(random_());
    const auto set = [&](std::uint32_t slot, std::uint64_t v) {
      std::memcpy(&h.state[slot], &v, bytes_of(type_));
    };
    const std::uint64_t way = std::uint64_t{turns} * size;
    const std::uint64_t first = back_ ? 10'000 + way : 10'000;
    // Bases may be indexed or not: what is indexed lies as far below.
    const auto place = [&] {
      std::uint64_t at = kMemory + 192 + pick(kMemoryBytes - 2048 - 256);
      if (back_) at += way;
      return indexed_ ? at - first : at;
    };
    const std::uint64_t from = place();
    set(kFrom, from);
    set(kOther, pick(3) == 0 ? from + pick(8) : place());
    set(kTo, pick(3) == 0 ? from + pick(256) - 128 : place());
    set(kIndex, first);
    set(kBound, back_ ? first - way : first + way);
    set(kWith, random_());
    set(kLast, random_());
    set(kSame, random_());
  }

  /// Whether addresses are sums with the index: known when the unit has been made.
  void note_indexed(const Unit& unit) {
    indexed_ = true;
    for (const Inst& i : unit.code) {
      if (i.op == Op::set_slot && i.imm == kTo) indexed_ = false;
    }
  }

 private:
  Value get(std::uint32_t slot) { return b_->get({slot, type_}); }
  void step(std::uint32_t slot, int by) {
    const Op op = pick(2) != 0 ? Op::add : Op::sub;
    const auto n = static_cast<std::uint64_t>(op == Op::add ? by : -by);
    b_->set({slot, type_}, b_->binary(op, get(slot), b_->konst(type_, n)));
  }
  std::int64_t disp() { return pick(3) == 0 ? pick(32) : 0; }
  Value load(Value at) { return b_->load(lane_, at, disp(), order_); }

  Value stored(Value from, Value other, Value index) {
    static constexpr Op kOps[] = {Op::add, Op::sub, Op::and_, Op::or_, Op::xor_, Op::mul};
    const Value with = b_->trunc(get(kWith), lane_);
    const auto any = [&] { return kOps[pick(6)]; };
    const auto keep = [&](Value v) {
      if (pick(2) != 0) b_->set({kLast, type_}, b_->zext(v, type_));
      return v;
    };
    switch (pick(8)) {
      case 0:
      case 1:
        return keep(load(from));
      case 2:
        return keep(b_->binary(any(), keep(load(from)), with));
      case 3:
        return b_->binary(any(), load(from), keep(load(other)));
      case 4:
        return b_->trunc(b_->binary(any(), index, get(kSame)), lane_);
      case 5:
        return with;
      case 6: {
        static constexpr Op kShifts[] = {Op::shl, Op::shr, Op::sar, Op::rotr};
        return b_->binary(kShifts[pick(bytes_of(lane_) < 4 ? 2 : 4)], load(from),
                          b_->konst(lane_, pick(bits_of(lane_))));
      }
      default: {
        const Value x = pick(2) != 0 ? b_->zext(load(from), type_) : b_->sext(load(from), type_);
        return b_->trunc(keep(b_->binary(any(), x, get(kSame))), lane_);
      }
    }
  }

  void leave(Value before, Value index) {
    const Value bound = get(kBound);
    const auto compare = [&](Op op, Value x, Value y) {
      return Value{b_->compare(op, x, y).ref, Type::i1};
    };
    Value more = compare(Op::ne, index, bound);
    if (const unsigned kind = pick(6); kind < 4) {
      const Op op = kind == 0 ? Op::lt_u : kind == 1 ? Op::lt_s : kind == 2 ? Op::le_u : Op::le_s;
      const Value counter = pick(4) == 0 ? before : index;
      more = back_ ? compare(op, bound, counter) : compare(op, counter, bound);
    }
    if (pick(2) != 0) {
      b_->branch_if(more, kLoop);
      return b_->jump(kPast);
    }
    b_->branch_if(b_->xor_(more, b_->konst(Type::i1, 1)), kPast);
    b_->jump(kLoop);
  }

  std::mt19937_64 random_;
  Type type_, lane_;
  std::uint16_t order_;
  bool back_;
  bool indexed_ = true;
  Builder* b_ = nullptr;
};

/// True for a loop that was done in vectors.
bool compare(std::uint64_t seed, bool wide) {
  Harness h(wide);
  Loop loop(seed, wide);
  const Unit plain = loop.unit();
  loop.note_indexed(plain);
  Unit both = plain;
  opt::vectorize_loop(both);
  for (unsigned n = 0; n < 4; ++n) {
    loop.start(h);
    const Outcome expected = h.interpret(plain);
    bool compiled = false;
    const Outcome found = h.execute(both, compiled, &plain);
    EXPECT_TRUE(compiled) << to_string(both);
    EXPECT_TRUE(expected == found) << "seed " << seed << "\n"
                                   << to_string(both) << describe(expected, found);
  }
  return both.blocks.size() == 2;
}

TEST(RandomVectors, AsTurnByTurn) {
  const char* rounds = std::getenv("EMULATE_FUZZ_ROUNDS");
  const std::uint64_t count = rounds != nullptr ? std::strtoull(rounds, nullptr, 0) : 400;
  unsigned made = 0;
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    for (const bool wide : {false, true}) made += compare(seed, wide) ? 1 : 0;
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(made, count);
}

TEST(Vectorize, StopsForAnInterruptWithTheStateOfATurnsStart) {
  unsigned made = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Harness h(false);
    Loop loop(seed, false);
    Unit unit = loop.unit();
    loop.note_indexed(unit);
    loop.start(h);
    opt::vectorize_loop(unit);
    if (unit.blocks.empty()) continue;
    ++made;
    h.interrupted = true;
    bool compiled = false;
    const Outcome found = h.execute(unit, compiled);
    EXPECT_EQ(found.pc, kLoop);
    EXPECT_EQ(std::memcmp(found.state.data(), h.state.data(), kStateBytes), 0);
  }
  EXPECT_GT(made, 10u);
}

TEST(Vectorize, BlocksKeepTheirPlaceInARegion) {
  Unit unit, region;
  for (std::uint64_t seed = 1; unit.blocks.empty(); ++seed) {
    unit = Loop(seed, false).unit();
    opt::vectorize_loop(unit);
  }
  region.pc = unit.pc;
  region.append(unit);
  ASSERT_EQ(region.blocks.size(), 2u);
  for (unsigned n = 0; n < 2; ++n) {
    EXPECT_EQ(region.blocks[n].pc, unit.blocks[n].pc);
    EXPECT_EQ(guest_address(region.blocks[n].pc), kLoop);
    EXPECT_EQ(region.code[region.blocks[n].first].op, Op::block);
  }
}

}  // namespace
}  // namespace emulate::jit::test
