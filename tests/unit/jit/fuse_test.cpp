/// Operations that the generator joins: interpreter against generated code.

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <random>

#include "tests/unit/jit/harness.h"

namespace emulate::jit::test {
namespace {

using namespace ir;

constexpr Slot slot(unsigned n, Type t) { return {8 + 8 * n, t}; }

/// `make` appends operations on slots 0 to 3; the unit ends with a jump.
void check(bool wide, const std::function<void(Builder&)>& make) {
  Harness harness(wide);
  std::mt19937_64 random(1);
  Unit unit;
  unit.pc = 0x1000;
  unit.clear();
  Builder b(unit);
  make(b);
  b.jump(0x2000);
  for (int round = 0; round < 200; ++round) {
    for (std::size_t at = 0; at < harness.state.size(); at += 8) {
      const std::uint64_t v = round % 2 == 0 ? random() : random() % 3;
      std::memcpy(&harness.state[at], &v, sizeof v);
    }
    bool compiled = false;
    const Outcome expected = harness.interpret(unit);
    const Outcome found = harness.execute(unit, compiled);
    ASSERT_TRUE(compiled);
    ASSERT_TRUE(expected == found) << to_string(unit) << describe(expected, found);
  }
}

TEST(Fuse, ShiftsIntoAdditions) {
  for (const Type t : {Type::i32, Type::i64}) {
    for (unsigned k = 0; k < 5; ++k) {
      check(true, [&](Builder& b) {
        const Value x = b.get(slot(0, t)), y = b.get(slot(1, t));
        b.set(slot(2, t), b.add(b.shl(x, b.konst(t, k)), y));
        b.set(slot(0, t), b.add(b.shl(x, b.konst(t, k)), b.shl(y, b.konst(t, 2))));
        b.set(slot(1, t), b.add(b.shl(y, b.konst(t, k)), b.konst(t, 77)));
      });
    }
  }
}

/// Sums of two words each: the carry is a comparison that is added.
TEST(Fuse, Carries) {
  for (const Type t : {Type::i32, Type::i64}) {
    for (unsigned variant = 0; variant < 24; ++variant) {
      check(true, [&](Builder& b) {
        const Value x = b.get(slot(0, t)), high = b.get(slot(1, t));
        const Value y = variant % 2 == 0 ? b.get(slot(2, t)) : b.konst(t, 0xffff'ffff);
        const Value sum = b.add(x, y);
        if (variant % 4 < 2) b.set(slot(0, t), sum);
        const Op op = variant < 16 ? Op::lt_u : Op::lt_s;
        const Value carry = b.zext(b.compare(op, sum, variant % 3 == 0 ? x : y), t);
        if (variant >= 20) b.set(slot(3, t), carry);
        b.set(slot(1, t), variant < 8 ? b.add(high, carry) : b.add(carry, b.konst(t, 3)));
        b.set(slot(2, t), b.sub(b.get(slot(1, t)), sum));
      });
    }
  }
}

TEST(Fuse, BytesThatAreCompared) {
  for (const Type t : {Type::i32, Type::i64}) {
    for (const Op op : {Op::eq, Op::ne, Op::lt_u, Op::le_u, Op::lt_s}) {
      for (const std::uint64_t with : {0, 1, 0x7f, 0x80, 0xff, 0x100}) {
        check(true, [&](Builder& b) {
          const Value x = b.get(slot(0, t)), y = b.get(slot(1, t));
          const Value byte = b.and_(b.sub(x, b.konst(t, 1)), b.konst(t, 0xff));
          const Value found = b.compare(op, byte, b.konst(t, with));
          b.set(slot(0, t), y);  // the register of x is written before the test
          b.set(slot(2, t), b.select(found, x, y));
          const Value other = b.compare(op, b.and_(y, b.konst(t, 0xff)), b.konst(t, with));
          b.branch_if(other, 0x3000);
        });
      }
    }
  }
}

TEST(Fuse, ProductsWithConstants) {
  for (const Type t : {Type::i16, Type::i32, Type::i64}) {
    for (const std::uint64_t by : {0, 1, 2, 3, 4, 5, 8, 9, 10}) {
      check(true, [&](Builder& b) {
        const Value x = b.get(slot(0, t)), y = b.get(slot(1, t));
        const Value less = b.compare(Op::lt_u, x, y);
        b.set(slot(1, t), b.mul(x, b.konst(t, by)));
        b.set(slot(2, t), b.mul(b.konst(t, by), b.add(x, y)));
        b.branch_if(less, 0x3000);  // by flags that an addition leaves alone
      });
    }
  }
}

TEST(Fuse, BitsThatAreTested) {
  for (const Type t : {Type::i32, Type::i64}) {
    for (const std::uint64_t bits : {1ull, 0x7fff'ffffull, 0x8000'0000ull}) {
      check(true, [&](Builder& b) {
        const Value x = b.get(slot(0, t)), y = b.get(slot(1, t));
        const Value zero = b.compare(Op::eq, b.and_(x, b.konst(t, bits)), b.konst(t, 0));
        b.set(slot(0, t), y);  // the register of x is written before the test
        b.set(slot(2, t), b.select(zero, x, y));
        b.branch_if(b.compare(Op::ne, b.and_(x, y), b.konst(t, 0)), 0x3000);
      });
    }
  }
}

TEST(Fuse, ConditionsThatAreNumbersToo) {
  for (const bool overwritten : {false, true}) {
    check(false, [&](Builder& b) {
      const Value x = b.get(slot(0, Type::i32)), y = b.get(slot(1, Type::i32));
      const Value less = b.compare(Op::lt_u, x, y);
      b.set(slot(2, Type::i32), b.zext(less, Type::i32));
      b.set(slot(0, Type::i32), y);
      if (overwritten) b.set(slot(1, Type::i32), b.sub(x, y));  // other flags
      b.branch_if(less, 0x3000);
    });
  }
}

TEST(Fuse, ZeroExtensionsAreNames) {
  check(true, [](Builder& b) {
    const Value x = b.get(slot(0, Type::i32)), y = b.get(slot(1, Type::i32));
    const Value wide = b.zext(x, Type::i64);
    b.set(slot(2, Type::i64), b.sub(wide, b.i64(0x12b)));
    b.set(slot(0, Type::i32), y);  // the register that both had
    b.set(slot(3, Type::i64), b.sub(wide, b.zext(b.add(x, y), Type::i64)));
    b.set(slot(4, Type::i64), b.sub(wide, b.i64(0xffff'ffff'8000'0000)));
    b.set(slot(5, Type::i32), b.sub(y, b.i32(0x8000'0000)));
  });
}

TEST(Fuse, LowHalves) {
  check(true, [](Builder& b) {
    const Value x = b.get(slot(0, Type::i64)), y = b.get(slot(1, Type::i64));
    const Value low = b.trunc(x, Type::i32), other = b.trunc(y, Type::i32);
    b.set(slot(0, Type::i64), b.sext(b.add(low, other), Type::i64));
    b.set(slot(1, Type::i64), b.sext(b.binary(Op::sar, low, other), Type::i64));
    b.set(slot(2, Type::i64), b.zext(b.trunc(y, Type::i32), Type::i64));
    b.set(slot(3, Type::i64), b.and_(x, b.i64(0xffff'ffff)));
    b.branch_if(b.compare(Op::lt_u, low, other), 0x3000);
  });
}

/// A shift that does nothing still leaves only the lower half.
TEST(Fuse, LowHalvesShiftedByTheirWidth) {
  for (const Op op : {Op::shl, Op::shr, Op::sar, Op::rotr}) {
    check(true, [&](Builder& b) {
      const Value sum = b.add(b.get(slot(0, Type::i64)), b.get(slot(2, Type::i64)));
      const Value low = b.trunc(sum, Type::i32);
      b.set(slot(1, Type::i64), b.zext(b.binary(op, low, b.i32(32)), Type::i64));
    });
  }
}

TEST(Fuse, ResultsThatAreTested) {
  for (const Type t : {Type::i32, Type::i64}) {
    for (const Op op : {Op::add, Op::sub, Op::and_, Op::xor_}) {
      for (const Op test : {Op::eq, Op::ne, Op::lt_s, Op::le_s, Op::lt_u}) {
        check(true, [&](Builder& b) {
          const Value x = b.get(slot(0, t)), y = b.get(slot(1, t));
          const Value r = b.binary(op, x, y), zero = b.konst(t, 0);
          b.set(slot(0, t), r);
          const Value c = b.compare(test, r, zero);
          b.set(slot(1, t), b.add(y, b.konst(t, 4)));  // a delay slot
          b.set(slot(2, t), b.select(b.compare(Op::ne, r, zero), x, y));
          b.branch_if(c, 0x3000);
        });
      }
    }
    check(true, [&](Builder& b) {  // the upper half of the constant is 0, of the result too
      const Value r = b.and_(b.get(slot(0, t)), b.konst(t, 0x8000'0000));
      b.set(slot(1, t), r);
      b.branch_if(b.compare(Op::lt_s, r, b.konst(t, 0)), 0x3000);
    });
  }
}

TEST(Fuse, ComparisonsMadeTheOtherWayRound) {
  constexpr Op kTests[] = {Op::eq, Op::ne, Op::lt_s, Op::le_s, Op::lt_u, Op::le_u};
  for (const Op one : kTests) {
    for (const Op other : kTests) {
      check(true, [&](Builder& b) {
        const Value x = b.get(slot(0, Type::i64)), y = b.get(slot(1, Type::i64));
        b.set(slot(2, Type::i64), b.zext(b.compare(one, x, y), Type::i64));
        b.branch_if(b.compare(other, y, x), 0x3000);
      });
    }
  }
}

TEST(Fuse, LoadsThatAreWidened) {
  for (const bool big : {false, true}) {
    for (const Type from : {Type::i8, Type::i16, Type::i32}) {
      for (const Op op : {Op::sext, Op::zext}) {
        for (const Type to : {Type::i16, Type::i32, Type::i64}) {
          if (bytes_of(to) <= bytes_of(from)) continue;
          check(false, [&](Builder& b) {
            const Value at = b.i32(static_cast<std::uint32_t>(kMemory) + 64);
            b.store(at, 0, b.get(slot(0, from)), 0);
            b.store(at, 8, b.get(slot(1, from)), 0);
            b.fence();
            b.set(slot(2, to), b.convert(op, b.load(from, at, 0, big), to));
            b.set(slot(3, to), b.convert(op, b.load(from, at, 8, big), to));
          });
        }
      }
    }
  }
}

TEST(Fuse, FloatsThatAreSelected) {
  for (const Type t : {Type::f32, Type::f64}) {
    for (const Op op : {Op::fcmp_eq, Op::fcmp_lt, Op::fcmp_le, Op::fcmp_un, Op::fcmp_ueq,
                        Op::fcmp_ult, Op::fcmp_ule}) {
      for (const bool kept : {false, true}) {
        check(false, [&](Builder& b) {
          const Value x = b.get(slot(0, t)), y = b.get(slot(1, t));
          const Value c = b.compare(op, x, y);
          if (kept) b.set(slot(3, Type::i1), c);
          b.set(slot(2, t), b.select(c, x, y));
          b.branch_if(b.compare(Op::fcmp_un, x, y), 0x3000);
        });
      }
    }
  }
}

}  // namespace
}  // namespace emulate::jit::test
