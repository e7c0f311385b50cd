/// What fold_values makes of patterns that frontends produce.

#include <gtest/gtest.h>

#include "jit/ir/builder.h"
#include "jit/opt/passes.h"

namespace emulate::jit::test {
namespace {

using namespace ir;

constexpr Slot kA{8, Type::i32}, kB{16, Type::i32}, kWide{24, Type::i64}, kResult{32, Type::i64};

class Fold : public testing::Test {
 protected:
  Fold() {
    unit_.pc = 0x1000;
    unit_.clear();
  }
  /// Optimises the unit whose last operation uses `value`; its operation then.
  const Inst& folded(Value value) {
    b_.set({kResult.offset, value.type}, value);
    b_.jump(0x2000);
    opt::optimize(unit_);
    for (const Inst& i : unit_.code) {
      if (i.op == Op::set_slot && i.imm == kResult.offset) return unit_.code[i.args[0]];
    }
    ADD_FAILURE() << "the result is gone";
    return unit_.code[0];
  }
  bool uses(Op op) const {
    for (const Inst& i : unit_.code) {
      if (i.op == op) return true;
    }
    return false;
  }

  Unit unit_;
  Builder b_{unit_};
};

TEST_F(Fold, NarrowingAfterWideningIsNothing) {
  const Value a = b_.get(kA);
  EXPECT_EQ(folded(b_.trunc(b_.sext(a, Type::i64), Type::i32)).op, Op::get_slot);
  EXPECT_FALSE(uses(Op::sext) || uses(Op::trunc));
}

TEST_F(Fold, NarrowingToAnotherWidthStays) {
  const Value a = b_.get(kA);
  EXPECT_EQ(folded(b_.trunc(b_.sext(a, Type::i64), Type::i16)).op, Op::trunc);
}

TEST_F(Fold, TestOfAConditionIsTheCondition) {
  const Value less = b_.compare(Op::lt_u, b_.get(kA), b_.get(kB));
  const Value number = b_.zext(less, Type::i32);
  EXPECT_EQ(folded(b_.compare(Op::ne, number, b_.i32(0))).op, Op::lt_u);
}

TEST_F(Fold, ComparingWhatWasWidenedIsComparingItBefore) {
  const Value a = b_.sext(b_.get(kA), Type::i64), b = b_.sext(b_.get(kB), Type::i64);
  const Inst both = folded(b_.compare(Op::lt_u, a, b));
  EXPECT_EQ(both.op, Op::lt_u);
  EXPECT_EQ(both.type, Type::i32);
}

TEST_F(Fold, AConstantThatIsNoneOfTheNarrowTypeStays) {
  const Value a = b_.sext(b_.get(kA), Type::i64);
  EXPECT_EQ(folded(b_.compare(Op::lt_s, a, b_.i64(0x8000'0000))).type, Type::i64);
}

TEST_F(Fold, OneFloatComparisonOrAnotherIsOne) {
  const Slot x{64, Type::f64}, y{72, Type::f64};
  const Value a = b_.get(x), b = b_.get(y);
  const Value less_or_equal = b_.or_(b_.compare(Op::fcmp_eq, a, b), b_.compare(Op::fcmp_lt, a, b));
  EXPECT_EQ(folded(b_.or_(less_or_equal, b_.compare(Op::fcmp_un, a, b))).op, Op::fcmp_ule);
}

TEST_F(Fold, TheOppositeOfAFloatComparisonIsTrueOfNaNs) {
  const Slot x{64, Type::f64}, y{72, Type::f64};
  const Value less = b_.compare(Op::fcmp_lt, b_.get(x), b_.get(y));
  EXPECT_EQ(folded(b_.xor_(less, b_.konst(Type::i1, 1))).op, Op::fcmp_ule);
}

TEST_F(Fold, TestForItsAbsenceIsTheOpposite) {
  const Value a = b_.get(kA), b = b_.get(kB);
  const Value number = b_.zext(b_.compare(Op::lt_s, a, b), Type::i32);
  const Inst& i = folded(b_.compare(Op::eq, number, b_.i32(0)));
  EXPECT_EQ(i.op, Op::le_s);
  EXPECT_EQ(unit_.code[i.args[0]].imm, kB.offset);
  EXPECT_EQ(unit_.code[i.args[1]].imm, kA.offset);
}

TEST_F(Fold, ADifferenceIsCompared) {
  const Value x = b_.xor_(b_.get(kA), b_.get(kB));
  const Inst& i = folded(b_.compare(Op::lt_u, b_.i32(0), x));
  EXPECT_EQ(i.op, Op::ne);
  EXPECT_EQ(unit_.code[i.args[0]].op, Op::get_slot);
  EXPECT_EQ(unit_.code[i.args[1]].op, Op::get_slot);
}

TEST_F(Fold, ACountIsCompared) {
  const Value count = b_.sub(b_.get(kA), b_.i32(1));
  b_.set(kA, count);
  const Inst& i = folded(b_.compare(Op::ne, count, b_.i32(0)));
  EXPECT_EQ(unit_.code[i.args[0]].op, Op::sub);
}

TEST_F(Fold, NothingIsLessThanItself) {
  const Value a = b_.get(kA), b = b_.get(kA);
  EXPECT_EQ(folded(b_.zext(b_.compare(Op::lt_u, a, b), Type::i64)).op, Op::konst);
}

// 64-bit operations on 32-bit numbers

TEST_F(Fold, LogicOfExtendedNumbersIsExtended) {
  const Value a = b_.sext(b_.get(kA), Type::i64), b = b_.sext(b_.get(kB), Type::i64);
  const Inst& i = folded(b_.xor_(a, b));
  EXPECT_EQ(i.op, Op::sext);
  EXPECT_EQ(unit_.code[i.args[0]].op, Op::xor_);
  EXPECT_EQ(unit_.code[i.args[0]].type, Type::i32);
}

TEST_F(Fold, ANumberThatCannotBeNegativeIsExtendedForNothing) {
  const Value half = b_.shr(b_.get(kA), b_.i32(1));
  EXPECT_EQ(folded(b_.sext(half, Type::i64)).op, Op::zext);
}

TEST_F(Fold, OneThatCanBeIsNot) {
  const Value a = b_.shr(b_.get(kA), b_.i32(32));
  EXPECT_EQ(folded(b_.sext(a, Type::i64)).op, Op::sext);
}

TEST_F(Fold, MaskedBitsAreThoseOfTheLowerHalf) {
  const Inst& i = folded(b_.and_(b_.sext(b_.get(kA), Type::i64), b_.i64(0xff)));
  EXPECT_EQ(i.op, Op::zext);
  EXPECT_EQ(unit_.code[i.args[0]].type, Type::i32);
}

TEST_F(Fold, AMaskOfTheUpperHalfStays) {
  const Value a = b_.sext(b_.get(kA), Type::i64);
  const Inst& i = folded(b_.and_(a, b_.i64(0x1'0000'0000)));
  EXPECT_EQ(i.op, Op::and_);
  EXPECT_EQ(i.type, Type::i64);
}

TEST_F(Fold, AnUnsignedNumberIsComparedAsItIs) {
  // 0x8000'0000 extended by zeros is above 1 extended by its sign; so it is as 64 bits only.
  const Value a = b_.zext(b_.get(kA), Type::i64), b = b_.sext(b_.get(kB), Type::i64);
  EXPECT_EQ(folded(b_.compare(Op::lt_s, a, b)).type, Type::i64);
}

TEST_F(Fold, ExtendingAgainIsNothing) {
  const Value a = b_.sext(b_.get(kA), Type::i64);
  const Value again = b_.sext(b_.trunc(a, Type::i32), Type::i64);
  EXPECT_EQ(folded(b_.add(again, b_.get(kWide))).op, Op::add);
  EXPECT_FALSE(uses(Op::trunc));
}

/// ((x << 16) + 3 << 16) + 0xe10, as addresses are made.
TEST_F(Fold, PartsOfAnAddressAreOneConstant) {
  Value v = b_.binary(Op::shl, b_.get(kWide), b_.i64(16));
  v = b_.binary(Op::shl, b_.add(v, b_.i64(3)), b_.i64(16));
  const Inst& sum = folded(b_.add(v, b_.i64(0xe10)));
  ASSERT_EQ(sum.op, Op::add);
  EXPECT_EQ(unit_.code[sum.args[1]].imm, 0x3'0e10u);
  const Inst& shifted = unit_.code[sum.args[0]];
  ASSERT_EQ(shifted.op, Op::shl);
  EXPECT_EQ(unit_.code[shifted.args[0]].op, Op::get_slot);
  EXPECT_EQ(unit_.code[shifted.args[1]].imm, 32u);
}

TEST_F(Fold, PartsThatAreNoImmediateStayApart) {
  Value v = b_.binary(Op::shl, b_.get(kWide), b_.i64(16));
  v = b_.binary(Op::shl, b_.add(v, b_.i64(0x7fff'ffff)), b_.i64(16));
  const Inst& shifted = folded(v);
  ASSERT_EQ(shifted.op, Op::shl);
  EXPECT_EQ(unit_.code[shifted.args[0]].op, Op::add);
}

TEST_F(Fold, AnIndexThatIsScaledStays) {
  const Value next = b_.add(b_.get(kWide), b_.i64(1));
  EXPECT_EQ(folded(b_.binary(Op::shl, next, b_.i64(3))).op, Op::shl);
}

}  // namespace
}  // namespace emulate::jit::test
