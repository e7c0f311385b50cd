/// Random units: interpreter against generated code, before and after optimisation.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>

#include "jit/opt/passes.h"
#include "tests/unit/jit/harness.h"

namespace emulate::jit::test {
namespace {

using namespace ir;

class Generator {
 public:
  Generator(std::uint64_t seed, bool wide) : random_(seed), wide_(wide) {}

  Unit unit() {
    unit_.pc = 0x1000;
    unit_.clear();
    values_.clear();
    Builder b(unit_);
    b_ = &b;
    const unsigned length = 5 + pick(60);
    for (unsigned n = 0; n < length; ++n) {
      if (pick(4) == 0) b.guest_pc(0x1000 + 4 * n);
      step();
    }
    finish();
    return unit_;
  }
  /// The blocks of a region, to be appended in order. Each way back counts down.
  std::vector<Unit> blocks() {
    const unsigned count = 2 + pick(6);
    std::vector<Unit> result;
    for (unsigned n = 0; n < count; ++n) {
      unit_ = {};
      unit_.pc = kRegion + kBlockBytes * n;
      unit_.clear();
      values_.clear();
      Builder b(unit_);
      b_ = &b;
      const unsigned length = 1 + pick(25);
      for (unsigned k = 0; k < length; ++k) {
        b.guest_pc(unit_.pc + 4 * k);
        if (pick(10) == 0) b.branch_if(value(Type::i1), later(n, count));
        step();
      }
      end_block(n, count);
      result.push_back(unit_);
    }
    return result;
  }
  static constexpr std::uint64_t kRegion = 0x1000, kBlockBytes = 0x100;
  std::uint64_t bits() { return random_(); }
  unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }

 private:
  static constexpr Type kTypes[] = {Type::i32, Type::i64, Type::i32,  Type::i64, Type::i1,
                                    Type::i8,  Type::f64, Type::v128, Type::f32};

  /// Slots of one type lie together, but some overlap a slot of another type.
  Slot slot(Type t) {
    const unsigned n = pick(6);
    switch (t) {
      case Type::i32:
        return {n < 5 ? 64 + 4 * n : 8 * pick(4), t};
      case Type::i64:
        return {8 * n, t};
      case Type::f64:
        return {160 + 8 * n, t};
      case Type::f32:
        return {n < 5 ? 240 + 4 * n : 160 + 4 * pick(4), t};
      case Type::v128:
        return {n < 5 ? 320 + 16 * n : 160 + 8 * pick(4), t};
      case Type::i1:
        return {128 + n, t};
      default:
        return {136 + n, t};
    }
  }
  Value value(Type t) {
    auto& pool = values_[t];
    const unsigned how = pick(8);
    if (how < 5 && !pool.empty())
      return pool[pool.size() - 1 - pick(static_cast<unsigned>(pool.size()))];
    if (how < 7) return keep(b_->get(slot(t)));
    if (t == Type::v128) return b_->vector(random_(), random_());
    return b_->konst(t, pick(2) ? random_() : pick(64));
  }
  Value keep(Value v) {
    values_[v.type].push_back(v);
    return v;
  }
  Value address() {
    const Type t = wide_ ? Type::i64 : Type::i32;
    const Value low = b_->and_(value(t), b_->konst(t, 0x7f8));
    return b_->add(low, b_->konst(t, kMemory + 64));
  }

  void step() {
    const Type t = kTypes[pick(9)];
    switch (pick(12)) {
      case 0:
      case 1:
      case 2:
        b_->set(slot(t), value(t));
        return;
      case 3:
        memory(t == Type::i1 ? Type::i16 : t);
        return;
      case 4:
        rare();
        return;
      default:
        if (is_float(t)) return floating(t);
        if (t == Type::v128) return vector();
        if (t == Type::i1) return compare();
        integer(t);
    }
  }
  void integer(Type t) {
    static constexpr Op kOps[] = {Op::add, Op::sub, Op::and_, Op::or_,  Op::xor_,   Op::mul,
                                  Op::shl, Op::shr, Op::sar,  Op::rotr, Op::mulh_s, Op::mulh_u};
    const bool small = bytes_of(t) < 4;
    if (!small && pick(4) == 0) {
      static constexpr Op kUnary[] = {Op::not_, Op::neg, Op::clz, Op::bswap, Op::popcount};
      keep(b_->unary(kUnary[pick(5)], value(t)));
      return;
    }
    if (!small && pick(5) == 0) {
      keep(b_->select(value(Type::i1), value(t), value(t)));
      return;
    }
    if (!small && pick(8) == 0) {  // with a carry
      const Type c = pick(2) ? Type::i32 : Type::i64;
      const Value carry = b_->zext(b_->compare(Op::lt_u, value(c), value(c)), t);
      keep(b_->binary(pick(2) ? Op::add : Op::sub, value(t), carry));
      return;
    }
    if (pick(4) == 0) {
      if (t == Type::i64) keep(b_->sext(value(Type::i32), t));
      if (t == Type::i32) keep(b_->trunc(value(Type::i64), t));
      if (t == Type::i8) keep(b_->trunc(value(Type::i32), t));
      return;
    }
    keep(b_->binary(kOps[pick(small ? 6 : 12)], value(t), value(t)));
  }
  void compare() {
    static constexpr Op kOps[] = {Op::eq,   Op::ne,   Op::lt_s,          Op::lt_u,
                                  Op::le_s, Op::le_u, Op::add_overflows, Op::sub_overflows};
    const Type t = pick(2) ? Type::i32 : Type::i64;
    if (pick(4) == 0) {
      static constexpr Op kFloat[] = {Op::fcmp_eq,  Op::fcmp_lt,  Op::fcmp_le, Op::fcmp_un,
                                      Op::fcmp_ueq, Op::fcmp_ult, Op::fcmp_ule};
      const Type f = pick(2) ? Type::f32 : Type::f64;
      keep(b_->compare(kFloat[pick(7)], value(f), value(f)));
      return;
    }
    keep(b_->compare(kOps[pick(8)], value(t), value(t)));
  }
  void floating(Type t) {
    static constexpr Op kOps[] = {Op::fadd, Op::fsub, Op::fmul, Op::fdiv};
    switch (pick(8)) {
      case 0:
        keep(b_->unary(pick(2) ? Op::fneg : Op::fabs, value(t)));
        return;
      case 1:
        keep(b_->convert(Op::fcvt, value(t == Type::f32 ? Type::f64 : Type::f32), t));
        return;
      case 2:
        keep(b_->convert(Op::int_to_f, value(Type::i32), t));
        return;
      case 3:
      case 4:
      case 5: {
        const Value a = value(t), c = value(t);
        const Value r = b_->binary(kOps[pick(4)], a, c);
        keep(b_->call_if(b_->compare(Op::fcmp_un, r, r), r, 0, b_->i64(7), b_->i64(9), 3));
        return;
      }
      default:
        keep(b_->binary(kOps[pick(4)], value(t), value(t)));
    }
  }
  void vector() {
    struct Kind {
      Op op;
      std::uint16_t lane;
    };
    static constexpr Kind kKinds[] = {{Op::v_and, 0},       {Op::v_xor, 0},
                                      {Op::v_add, 32},      {Op::v_sub, 8},
                                      {Op::v_eq, 8},        {Op::v_gt, 16},
                                      {Op::v_mul, 16},      {Op::v_shuffle, 0},
                                      {Op::v_shl_each, 32}, {Op::v_interleave_high, 16},
                                      {Op::v_pack_u, 32}};
    const Type v = Type::v128;
    switch (pick(8)) {
      case 0:
        keep(b_->half(value(v), pick(2) != 0));
        return;
      case 1:
        keep(b_->mask(value(v)));
        return;
      case 2:
        keep(b_->vector(Op::v_pair, 0, value(Type::i64), value(Type::i64)));
        return;
      case 3:
        keep(b_->vector(Op::v_splat, 8u << pick(4), value(Type::i64)));
        return;
      case 4:
        keep(b_->vector(Op::v_permute, 0, value(v), {}, pick(256)));
        return;
      case 5:
        keep(b_->choose(value(v), value(v), value(v)));
        return;
      default: {
        const Kind& k = kKinds[pick(std::size(kKinds))];
        keep(b_->vector(k.op, k.lane, value(v), value(v)));
      }
    }
  }
  void memory(Type t) {
    const bool checked = pick(4) == 0;
    const auto how = static_cast<std::uint16_t>(pick(2) | (checked ? aligned_to(pick(4)) : 0));
    std::int64_t disp = static_cast<std::int64_t>(pick(64)) - 16;
    if (checked) disp &= ~std::int64_t{7};
    const bool swaps = t == Type::i8 || t == Type::i16 || t == Type::i32 || t == Type::i64;
    switch (pick(swaps ? 5 : 4)) {
      case 0:
      case 1:
        b_->store(address(), disp, value(t), how);
        return;
      case 4:
        keep(b_->atomic_swap(address(), value(t), how));
        return;
      default:
        keep(b_->load(t, address(), disp, how));
    }
  }
  /// There and back again, though what leaves in between does not come back.
  void move() {
    away_ = !away_;
    b_->move(kMoving, away_ ? -16 : 16);
  }
  void rare() {
    switch (pick(8)) {
      case 6:
      case 7:
        return move();
      case 0:
        b_->raise_if(value(Type::i1), pack_event(2, pick(100)), 0x1000 + 4 * pick(100));
        return;
      case 1:
        b_->branch_if(value(Type::i1), 0x2000 + 4 * pick(100));
        return;
      case 2:
        keep(b_->call(pick(2), Type::i64, 0, value(Type::i64), value(Type::i32), value(Type::i64),
                      b_->i32(9)));
        return;
      case 3:
        keep(b_->call(0, Type::i32, kHelperPure, value(Type::i32), value(Type::i64), b_->i64(5),
                      value(Type::i64)));
        return;
      case 4:
        keep(b_->call_if(value(Type::i1), value(Type::i64), 0, value(Type::i64), value(Type::i32),
                         pick(100)));
        return;
      default:
        b_->fence();
    }
  }
  /// A block behind block n, or somewhere else.
  std::uint64_t later(unsigned n, unsigned count) {
    const unsigned to = n + 1 + pick(count - n);
    return to == count ? 0x9000 : kRegion + kBlockBytes * to;
  }
  void end_block(unsigned n, unsigned count) {
    constexpr Slot kTurns{264, Type::i32};
    switch (pick(8)) {
      case 0:
        return finish();
      case 1:
      case 2:
        b_->branch_if(value(Type::i1), later(n, count));
        break;
      default: {
        const Value turns = b_->sub(b_->get(kTurns), b_->i32(1));
        b_->set(kTurns, turns);
        b_->branch_if(b_->compare(Op::lt_s, b_->i32(0), turns),
                      kRegion + kBlockBytes * pick(n + 1));
      }
    }
    b_->jump(later(n, count));
  }
  void finish() {
    switch (pick(4)) {
      case 0:
        b_->raise(pack_event(0, 3), 0x1234);
        return;
      case 1:
        b_->jump_value(b_->konst(wide_ ? Type::i64 : Type::i32, 0x4568));
        return;
      default:
        b_->branch_if(value(Type::i1), 0x3000);
        b_->jump(0x2000);
    }
  }

  std::mt19937_64 random_;
  bool wide_;
  bool away_ = false;
  Unit unit_;
  Builder* b_ = nullptr;
  std::map<Type, std::vector<Value>> values_;
};

/// Leaves out what the difference does not need.
Unit shrink(Harness& h, Unit unit) {
  const auto differs = [&](Unit u) {
    opt::remove_dead_code(u);
    bool compiled = false;
    const Outcome expected = h.interpret(u);
    const Outcome found = h.execute(u, compiled);
    return compiled && expected != found;
  };
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (std::size_t n = unit.code.size(); n-- > 1;) {
      if (unit.code[n].op == Op::nop || is_terminal(unit.code[n].op)) continue;
      Unit candidate = unit;
      Inst& i = candidate.code[n];
      // Nothing, or a constant where its value is used.
      const bool value =
          i.type != Type::none && i.type != Type::v128 && i.op != Op::set_slot && i.op != Op::store;
      if (value && i.op == Op::konst) continue;
      const Type t = is_compare(i.op) || is_fcmp(i.op) || i.op == Op::add_overflows ||
                             i.op == Op::sub_overflows
                         ? Type::i1
                         : i.type;
      i = value ? Inst{.op = Op::konst, .type = t, .imm = 1} : Inst{};
      if (!differs(candidate)) continue;
      unit = candidate;
      smaller = true;
    }
  }
  opt::remove_dead_code(unit);
  return unit;
}

void start(Harness& h, Generator& g) {
  for (auto& b : h.state) b = static_cast<std::byte>(g.bits());
  for (unsigned n = 0; n < 8; ++n) h.state[128 + n] = static_cast<std::byte>(g.pick(2));
  constexpr std::uint64_t kDistance = 1200;
  std::memcpy(&h.state[kMoving.distance], &kDistance, sizeof kDistance);
  const std::uint32_t turns = g.pick(12);
  std::memcpy(&h.state[264], &turns, sizeof turns);
  if (g.pick(4) == 0) {  // a NaN
    const std::uint64_t nan = ~std::uint64_t{0} << g.pick(40);
    std::memcpy(&h.state[160 + 8 * g.pick(6)], &nan, sizeof nan);
  }
  for (auto& b : h.memory) b = static_cast<std::byte>(g.bits());
}

/// Counts in `refused` what the generator could not compile.
void compare_runs(Harness& h, const Unit& plain, const Unit& best, const Unit& deferred,
                  std::uint64_t seed, unsigned& refused) {
  const Outcome expected = h.interpret(plain);
  const Outcome optimized = h.interpret(best);
  ASSERT_TRUE(expected == optimized)
      << seed << "\n"
      << to_string(plain) << to_string(best) << describe(expected, optimized);
  for (const Unit* unit : {&plain, &best, &deferred}) {
    bool compiled = false;
    const Outcome found = h.execute(*unit, compiled, &plain);
    if (!compiled) {
      ++refused;
      continue;
    }
    if (expected == found) continue;
    ASSERT_NE(unit, &deferred) << seed << "\n"
                               << to_string(best) << to_string(deferred)
                               << describe(expected, found);
    const Unit small = shrink(h, *unit);
    const Outcome small_expected = h.interpret(small);
    FAIL() << seed << "\n"
           << to_string(small) << describe(small_expected, h.execute(small, compiled));
  }
}

/// One in so many may want more registers than there are: then the engine makes smaller units.
constexpr unsigned kMostRefused = 500;

void run(bool wide, std::uint64_t first, unsigned count) {
  Harness h(wide, kMoving);
  unsigned refused = 0;
  for (std::uint64_t seed = first; seed < first + count && !testing::Test::HasFailure(); ++seed) {
    Generator g(seed, wide);
    Unit plain = g.unit();
    opt::remove_dead_code(plain);  // which the generator relies on
    Unit best = plain;
    opt::optimize(best);
    start(h, g);
    compare_runs(h, plain, best, best, seed, refused);
  }
  EXPECT_LE(refused, count / kMostRefused);
}

void run_regions(bool wide, std::uint64_t first, unsigned count) {
  Harness h(wide, kMoving);
  unsigned refused = 0;
  for (std::uint64_t seed = first; seed < first + count && !testing::Test::HasFailure(); ++seed) {
    Generator g(seed, wide);
    Unit plain, best, deferred;
    for (Unit& block : g.blocks()) {
      opt::remove_dead_code(block);
      plain.append(block);
      Unit optimized = block;
      opt::optimize(optimized);
      best.append(optimized);
      opt::optimize(block, true);
      deferred.append(block);
    }
    plain.pc = best.pc = deferred.pc =
        plain.blocks[g.pick(static_cast<unsigned>(plain.blocks.size()))].pc;
    start(h, g);
    compare_runs(h, plain, best, deferred, seed, refused);
  }
  EXPECT_LE(refused, count / kMostRefused);
  EXPECT_GT(h.replays(), count / 400);
}

unsigned rounds() {
  const char* text = std::getenv("EMULATE_FUZZ_ROUNDS");
  return text != nullptr ? static_cast<unsigned>(std::atoi(text)) : 3000;
}

TEST(RandomUnits, Narrow) { run(false, 1, rounds()); }
TEST(RandomUnits, Wide) { run(true, 1'000'000'000, rounds()); }
TEST(RandomRegions, Narrow) { run_regions(false, 2'000'000'000, rounds()); }
TEST(RandomRegions, Wide) { run_regions(true, 3'000'000'000, rounds()); }

}  // namespace
}  // namespace emulate::jit::test
