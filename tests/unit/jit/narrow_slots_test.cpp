/// Random loops of a machine with 64-bit registers that keep 32-bit numbers sign-extended.

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "jit/opt/passes.h"
#include "tests/unit/jit/harness.h"

namespace emulate::jit::test {
namespace {

using namespace ir;

constexpr unsigned kRegisters = 12, kBlocks = 3;
constexpr std::uint64_t kStart = 0x1000, kBlockBytes = 0x100, kOut = 0x8000;
constexpr Slot kTurns{128, Type::i32};

class Loop {
 public:
  explicit Loop(std::uint64_t seed) : random_(seed) {}

  unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }
  std::uint64_t number() {
    const auto n = static_cast<std::int32_t>(random_());
    return static_cast<std::uint64_t>(std::int64_t{n >> pick(32)});
  }
  std::uint64_t any() { return random_(); }

  std::vector<Unit> blocks() {
    std::vector<Unit> result(kBlocks);
    for (unsigned n = 0; n < kBlocks; ++n) {
      Unit& unit = result[n];
      unit.pc = kStart + kBlockBytes * n;
      unit.clear();
      Builder b(unit);
      b_ = &b;
      const unsigned length = 1 + pick(10);
      for (unsigned k = 0; k < length; ++k) {
        b.guest_pc(unit.pc + 4 * k);
        if (pick(8) == 0) b.branch_if(condition(), kOut);
        instruction();
      }
      end(n);
    }
    return result;
  }

 private:
  Slot reg() { return {8 * pick(kRegisters), Type::i64}; }
  Value word() { return b_->get(reg()); }
  Value low() { return b_->trunc(word(), Type::i32); }
  void set_low(Value v) { b_->set(reg(), b_->sext(v, Type::i64)); }
  Value condition() {
    static constexpr Op kOps[] = {Op::eq, Op::ne, Op::lt_s, Op::lt_u, Op::le_s, Op::le_u};
    const Value a = word();
    return b_->compare(kOps[pick(6)], a, pick(2) != 0 ? b_->i64(number()) : word());
  }
  Value address() { return b_->add(b_->and_(word(), b_->i64(0x7f8)), b_->i64(kMemory + 64)); }

  void instruction() {
    static constexpr Op kArithmetic[] = {Op::add, Op::sub, Op::mul};
    static constexpr Op kShifts[] = {Op::shl, Op::shr, Op::sar, Op::rotr};
    static constexpr Op kLogic[] = {Op::and_, Op::or_, Op::xor_};
    switch (pick(24)) {
      case 0:
        return b_->set(reg(), b_->add(word(), word()));  // of 64 bits
      case 1:
      case 2:
        return b_->set(reg(), b_->i64(number()));
      case 3:
        return b_->set(reg(), word());
      case 4:
      case 5:
        return set_low(b_->load(Type::i32, address(), 0, kBigEndian));
      case 6:
        return b_->store(address(), 4, low(), 0);
      case 7:
        return b_->store(address(), 8, word(), kBigEndian);
      case 8:
      case 9:
        return b_->set(reg(), b_->zext(condition(), Type::i64));
      case 10:
        return b_->set(reg(), b_->select(condition(), word(), word()));
      case 11:
        return b_->set(reg(), b_->and_(word(), b_->i64(pick(0x10000))));
      case 12:
        return b_->set(reg(), b_->not_(word()));
      case 13:
      case 14:
      case 15:
        return b_->set(reg(), b_->binary(kLogic[pick(3)], word(), word()));
      case 16:
      case 17:
      case 18:
        return set_low(b_->binary(kShifts[pick(4)], low(), b_->i32(pick(33))));
      case 19: {  // in place: canonical numbers stay what they are
        const Slot r = reg();
        return b_->set(r, b_->sext(b_->trunc(b_->get(r), Type::i32), Type::i64));
      }
      default:
        return set_low(b_->binary(kArithmetic[pick(3)], low(), low()));
    }
  }

  /// The last block goes round until the turns are used up.
  void end(unsigned n) {
    if (n + 1 < kBlocks) {
      b_->branch_if(condition(), kStart + kBlockBytes * (kBlocks - 1));
      return b_->jump(kStart + kBlockBytes * (n + 1));
    }
    const Value left = b_->sub(b_->get(kTurns), b_->i32(1));
    b_->set(kTurns, left);
    b_->branch_if(b_->compare(Op::ne, left, b_->i32(0)), kStart + kBlockBytes * pick(kBlocks));
    b_->jump(kOut);
  }

  std::mt19937_64 random_;
  Builder* b_ = nullptr;
};

/// Whether what the unit takes to be 32-bit numbers in the state are some.
bool fits(const Unit& unit, const Harness& h) {
  for (const std::uint64_t slot : unit.extended) {
    std::int64_t v = 0;
    std::memcpy(&v, &h.state[slot], sizeof v);
    if (v != static_cast<std::int32_t>(v)) return false;
  }
  return true;
}

unsigned rounds() {
  const char* asked = std::getenv("EMULATE_FUZZ_ROUNDS");
  return asked != nullptr ? static_cast<unsigned>(std::strtoul(asked, nullptr, 10)) : 3000;
}

TEST(NarrowSlots, RandomLoops) {
  Harness h(true);
  unsigned narrowed = 0, entered = 0;
  for (std::uint64_t seed = 1; seed <= rounds(); ++seed) {
    Loop loop(seed);
    std::vector<Unit> blocks = loop.blocks();
    Unit plain, narrow;
    for (Unit& block : blocks) {
      opt::remove_dead_code(block);
      plain.append(block);
      opt::optimize(block);
    }
    std::vector<Unit*> parts;
    for (Unit& block : blocks) parts.push_back(&block);
    opt::narrow_slots(parts);
    for (const Unit& block : blocks) narrow.append(block);
    plain.pc = narrow.pc = kStart + kBlockBytes * loop.pick(kBlocks);

    for (unsigned n = 0; n < kRegisters; ++n) {
      const bool wide = loop.pick(24) == 0;
      const std::uint64_t v = wide ? loop.any() : loop.number();
      std::memcpy(&h.state[8 * n], &v, sizeof v);
    }
    const std::uint32_t turns = 1 + loop.pick(8);
    std::memcpy(&h.state[kTurns.offset], &turns, sizeof turns);
    for (auto& byte : h.memory) byte = static_cast<std::byte>(loop.any());

    const bool fit = fits(narrow, h);
    bool compiled = false;
    Outcome expected = h.interpret(plain);
    const Outcome found = h.execute(narrow, compiled);
    ASSERT_TRUE(compiled);
    if (fit) {
      const Outcome interpreted = h.interpret(narrow);
      ASSERT_TRUE(expected == interpreted)
          << seed << "\n"
          << to_string(plain) << to_string(narrow) << describe(expected, interpreted);
    } else {  // left before anything was done
      expected.pc = plain.pc;
      expected.event = false;
      std::memcpy(expected.state.data(), h.state.data(), expected.state.size());
      std::memcpy(expected.memory.data(), h.memory.data(), expected.memory.size());
    }
    ASSERT_TRUE(expected == found)
        << seed << " " << fit << "\n"
        << to_string(plain) << to_string(narrow) << describe(expected, found);
    const bool any = !narrow.extended.empty();
    narrowed += any ? 1 : 0;
    entered += any && fit ? 1 : 0;
  }
  EXPECT_GT(narrowed, rounds() / 4);
  EXPECT_GT(entered, narrowed / 4);
  EXPECT_LT(entered, narrowed);
}

}  // namespace
}  // namespace emulate::jit::test
