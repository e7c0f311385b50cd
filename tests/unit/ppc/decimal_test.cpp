/// Decimal floating point: encodings, and what qemu cannot judge: enabled exceptions and what is
/// left in the target then, the result of drdpq, operands that are infinities.

#include "ppc/decimal.h"

#include <gtest/gtest.h>

#include "ppc/dpd.h"
#include "ppc/features.h"
#include "ppc/hwcap.h"
#include "tests/unit/ppc/cpu.h"

namespace emulate::ppc {
namespace {

using decimal::Class, decimal::kExtended, decimal::kLong, decimal::kShort, decimal::Number,
    decimal::pack, decimal::unpack;
using test::Cpu;

constexpr std::uint64_t kOne = 0x2238'0000'0000'0001u, kMost = 0x77fc'ff3f'cff3'fcffu;

/// A positive number as the long format has it.
std::uint64_t number(std::uint64_t coefficient, int exponent) {
  return static_cast<std::uint64_t>(pack(kLong, {coefficient, exponent}));
}
std::uint64_t infinity_with(std::uint64_t digits) {
  return static_cast<std::uint64_t>(pack(kLong, {digits, 0, Class::infinity}));
}

// t, a, b: registers 3, 1, 2; pairs 6, 2, 4.
constexpr std::uint32_t word(unsigned xo) { return 0xec61'1000u | xo << 1; }
constexpr std::uint32_t quad_word(unsigned xo) { return 0xfcc2'2000u | xo << 1; }
constexpr std::uint32_t kDadd = word(2), kDmul = word(34), kDdiv = word(546), kDrsp = word(770),
                        kDctfix = word(290), kDdedpd = word(322), kDiex = word(866),
                        kDenbcd = word(834), kDrdpq = quad_word(770), kDaddq = quad_word(2);

class Decimal : public ::testing::Test {
 protected:
  Event run(std::uint32_t instruction, std::uint64_t a, std::uint64_t b) {
    c.s().vsr[1].high = a;
    c.s().vsr[2].high = b;
    return c.run({instruction});
  }
  std::uint64_t result() { return c.s().vsr[3].high; }
  std::uint64_t fpscr() { return read_fpscr(c.s(), c.context().guest_mxcsr); }
  std::uint32_t fprf() { return static_cast<std::uint32_t>(fpscr() >> kFprfShift & 31); }

  Cpu c{true, kPower8};
};

TEST(Declets, EveryNumberHasOneAndAllStandForOne) {
  unsigned spare = 0;
  for (unsigned d = 0; d < 1024; ++d) {
    ASSERT_LT(kDpd.number[d], 1000u);
    spare += kDpd.declet[kDpd.number[d]] != d;
  }
  EXPECT_EQ(spare, 24u);
  // IEEE 754-2008, table 3.4: small digits are as they would be in binary, 888 is 0001101110.
  EXPECT_EQ(kDpd.declet[123], 0b001'010'0'011u);
  EXPECT_EQ(kDpd.declet[888], 0b00'0110'1110u);
  EXPECT_EQ(kDpd.declet[999], 0b00'1111'1111u);
}

TEST_F(Decimal, Encodings) {
  EXPECT_EQ(number(1, 0), kOne);
  EXPECT_EQ(number(9'999'999'999'999'999u, 369), kMost);
  EXPECT_EQ(static_cast<std::uint32_t>(pack(kShort, {1, 0})), 0x2250'0001u);
  EXPECT_EQ(static_cast<std::uint64_t>(pack(kExtended, {1, 0}) >> 64), 0x2208'0000'0000'0000u);
  const Number n = unpack(kLong, 0xee3a'4d2f'11de'7fffu);
  EXPECT_EQ(static_cast<std::uint64_t>(pack(kLong, n)), 0xee3a'4d2f'11de'7cffu);  // preferred
}

TEST_F(Decimal, ProcessorsWithout) {
  Cpu older(true, k970);
  EXPECT_EQ(older.run({kDadd}).kind, EventKind::illegal_instruction);
  EXPECT_EQ(c.run({kDaddq}).kind, EventKind::breakpoint);
  for (const unsigned odd : {11u, 16u, 21u}) {
    EXPECT_EQ(c.run({kDaddq | 1u << odd}).kind, EventKind::illegal_instruction);
  }
  constexpr std::uint32_t kDfp = 0x400;
  EXPECT_EQ(hwcap_of(kLinuxHwcapBits, kPower7) & kDfp, kDfp);
  EXPECT_EQ(hwcap_of(kLinuxHwcapBits, k970) & kDfp, 0u);
  EXPECT_EQ(hwcap_of(kHwcapBits, kPower9) & kDfp, 0u);  // FreeBSD's
}

TEST_F(Decimal, RoundingIsInTheUpperWord) {
  const auto third = [&](std::uint32_t mtfsfi) {
    c.run({mtfsfi});
    run(kDdiv, kOne, number(3, 0));
    return result();
  };
  EXPECT_EQ(third(0xff81'010cu), number(3'333'333'333'333'333u, -16));  // mtfsfi 7, 0, 1
  EXPECT_EQ(third(0xff81'610cu), number(3'333'333'333'333'334u, -16));  // away from zero
  EXPECT_EQ(fpscr() >> 32, 6u);
  c.run({0xffe0'048eu});  // mffs f31
  EXPECT_EQ(c.s().vsr[31].high, fpscr());
  c.s().vsr[31].high = std::uint64_t{5} << 32 | 3;
  c.run({0xfc02'fd8eu | 7u << 17});  // mtfsf 7, f31: the lower word
  EXPECT_EQ(fpscr() >> 32, 6u);
  EXPECT_EQ(fpscr() & 3, 3u);
  c.run({0xfc03'fd8eu});  // mtfsf 1, f31, 0, 1
  EXPECT_EQ(fpscr() >> 32, 5u);
  c.s().vsr[31].high = 1;
  c.run({0xfe00'fd8eu});  // mtfsf 0, f31, 1, 0
  EXPECT_EQ(fpscr(), 1u);
}

TEST_F(Decimal, InvalidOperationsLeaveTheTarget) {
  c.s().fpscr = kVe;
  run(kDadd, kOne, kOne);
  EXPECT_EQ(result(), number(2, 0));
  run(kDdiv, number(0, 0), number(0, 5));
  EXPECT_EQ(result(), number(2, 0));
  EXPECT_EQ(fpscr(), kFx | kFex | kVx | kVxZdz | kVe | 0b00100u << kFprfShift);
  c.s().fpscr = 0;
  run(kDdiv, number(0, 0), number(0, 5));
  EXPECT_EQ(result(), 0x7c00'0000'0000'0000u);
  EXPECT_EQ(fprf(), 0b10001u);
  c.s().fpscr = kZe;
  run(kDdiv, kOne, number(0, 5));
  EXPECT_EQ(result(), 0x7c00'0000'0000'0000u);
  EXPECT_EQ(fpscr() & kExceptions, kZx);
  c.s().fpscr = kVe;
  run(kDctfix, 0, kMost);
  EXPECT_EQ(result(), 0x7c00'0000'0000'0000u);
}

TEST_F(Decimal, OverflowAndUnderflowChangeTheExponent) {
  c.s().fpscr = kOe;
  run(kDmul, kMost, number(10, 3));
  EXPECT_EQ(result(), number(9'999'999'999'999'999u, 369 + 4 - 576));
  EXPECT_EQ(fpscr() & (kExceptions | kFi), kOx);
  c.s().fpscr = kUe;
  run(kDmul, number(11, -398), number(3, -3));
  EXPECT_EQ(result(), number(33, -401 + 576));
  EXPECT_EQ(fpscr() & (kExceptions | kFi), kUx);
  c.s().fpscr = 0;
  run(kDmul, number(11, -398), number(3, -3));
  EXPECT_EQ(result(), number(0, -398));
  EXPECT_EQ(fpscr() & (kExceptions | kFi), kUx | kXx | kFi);
  // Rounded to seven digits, in the format of the operand.
  c.s().fpscr = kOe;
  run(kDrsp, 0, number(1'234'567'890, 100));
  EXPECT_EQ(result(), number(1'234'568, 103 - 192));
  EXPECT_EQ(fpscr() & (kExceptions | kFi | kFr), kOx | kXx | kFi | kFr);
  c.s().fpscr = 0;
  run(kDrsp, 0, number(1'234'567'890, 3));
  EXPECT_EQ(result(), static_cast<std::uint64_t>(pack(kShort, {1'234'568, 6})));
}

TEST_F(Decimal, Traps) {
  constexpr std::uint32_t kPrecise = 3;
  struct {
    std::uint32_t enable, instruction;
    std::uint64_t a, b;
    ArithmeticCode code;
    std::uint64_t result;
  } constexpr kCases[] = {
      {kZe, kDdiv, kOne, 0x2238'0000'0000'0000u, ArithmeticCode::fp_divide, 42},
      {kVe, kDadd, 0x7e00'0000'0000'0000u, kOne, ArithmeticCode::fp_invalid, 42},
      {kXe, kDdiv, kOne, 0x2238'0000'0000'0003u, ArithmeticCode::fp_inexact,
       0x2df9'b36c'db36'cdb3u},
  };
  for (const auto& k : kCases) {
    c.s().fp_mode = kPrecise;
    c.s().fpscr = k.enable;
    c.s().vsr[3].high = 42;
    const Event e = run(k.instruction, k.a, k.b);
    EXPECT_EQ(e.kind, EventKind::arithmetic_trap);
    EXPECT_EQ(e.code, static_cast<std::uint32_t>(k.code));
    EXPECT_EQ(result(), k.result);
    EXPECT_EQ(c.context().pc, test::kCode);
    c.s().fp_mode = 0;
    EXPECT_EQ(c.run({k.instruction}).kind, EventKind::breakpoint);
    EXPECT_NE(fpscr() & kFex, 0u);
  }
}

TEST_F(Decimal, LongFromExtendedIsTheFirstOfThePair) {
  const auto bits = pack(kExtended, {25, 1, Class::finite, true});
  c.s().vsr[4].high = static_cast<std::uint64_t>(bits >> 64);
  c.s().vsr[5].high = static_cast<std::uint64_t>(bits);
  c.s().vsr[7].high = 42;
  c.run({kDrdpq});
  EXPECT_EQ(c.s().vsr[6].high,
            static_cast<std::uint64_t>(pack(kLong, {25, 1, Class::finite, true})));
  EXPECT_EQ(c.s().vsr[7].high, 0u);
}

TEST_F(Decimal, InfinitiesHaveDigits) {
  run(kDdedpd, 0, infinity_with(123'456));
  EXPECT_EQ(result(), 0x0012'3456u);
  run(kDiex, 398, infinity_with(7));
  EXPECT_EQ(result(), number(7, 0));
  run(kDadd, infinity_with(7), kOne);  // and lose them
  EXPECT_EQ(result(), infinity_with(0));
}

TEST_F(Decimal, DigitsOfFourBits) {
  run(kDenbcd, 0, 0x1234'5678'9012'3456u);
  EXPECT_EQ(result(), number(1'234'567'890'123'456u, 0));
  run(kDenbcd, 0, 0xa);
  EXPECT_EQ(result(), 0x7c00'0000'0000'0000u);
  EXPECT_EQ(fpscr() & kExceptions, kVxCvi);
}

}  // namespace
}  // namespace emulate::ppc
