/// Single instructions and short sequences of the ppc plugin, run by the interpreter: what is
/// easily got wrong in each group. Programs are words as an assembler gives them.

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "ppc/features.h"
#include "ppc/fpscr.h"
#include "ppc/hwcap.h"
#include "tests/unit/ppc/cpu.h"

namespace emulate::ppc {
namespace {

using test::Cpu, test::kCode, test::kData;

std::uint64_t bits(double v) { return std::bit_cast<std::uint64_t>(v); }

TEST(Decode, NoTwoRowsMatchTheSameWord) {
  const auto found = jit::decode::overlaps<Translator>(ppc_rows());
  for (const std::string& f : found) ADD_FAILURE() << f;
}

TEST(Integer, CarryAndOverflow) {
  Cpu c(true, kPower8);
  c.s().gpr[4] = ~std::uint64_t{0};
  c.s().gpr[5] = 1;
  EXPECT_EQ(c.run({0x7c642814}).kind, EventKind::breakpoint);  // addc r3, r4, r5
  EXPECT_EQ(c.s().gpr[3], 0u);
  EXPECT_EQ(c.s().ca, 1);
  c.run({0x7c642914});  // adde r3, r4, r5
  EXPECT_EQ(c.s().gpr[3], 1u);
  EXPECT_EQ(c.s().ca, 1);
  c.s().gpr[4] = 0x7fff'ffff'ffff'ffffu;
  c.run({0x7c642e15});  // addo. r3, r4, r5
  EXPECT_EQ(c.s().ov, 1);
  EXPECT_EQ(c.s().so, 1);
  EXPECT_EQ(read_cr(c.s()) >> 28, kLt | kSo);
  c.s().gpr[4] = 5;
  c.run({0x20640003});  // subfic r3, r4, 3
  EXPECT_EQ(c.s().gpr[3], static_cast<std::uint64_t>(-2));
  EXPECT_EQ(c.s().ca, 0);
}

TEST(Integer, ComparisonsOfBothWidths) {
  Cpu c(true, kPower8);
  c.s().gpr[3] = 0xffff'ffff'0000'0001u;
  c.s().gpr[4] = 2;
  c.run({0x7c032000, 0x7ca32000, 0x7f232040});  // cmpw cr0; cmpd cr1; cmpld cr6
  EXPECT_EQ(read_cr(c.s()), 0x8800'0040u);
  c.s().so = 1;
  c.run({0x2c030001});  // cmpwi r3, 1
  EXPECT_EQ(read_cr(c.s()) >> 28, kEq | kSo);
}

/// Which becomes a conditional move.
TEST(Branch, AroundAMove) {
  Cpu c(true, kPower8);
  for (const std::uint64_t v : {4u, 5u, 6u}) {
    c.s().gpr[3] = v;
    c.s().gpr[4] = 10;
    c.s().gpr[5] = 20;
    c.run({0x2c030005, 0x41820008, 0x7ca42b78});  // cmpwi r3, 5; beq +8; mr r4, r5
    EXPECT_EQ(c.s().gpr[4], v == 5 ? 10u : 20u);
    c.run({0x2c030005, 0x41810008, 0x48000008, 0x38850001});  // bgt +8; b +8; addi r4, r5, 1
    EXPECT_EQ(c.s().gpr[4], v > 5 ? 21u : v == 5 ? 10u : 20u);
    c.run({0x2c030005, 0x40820008, 0x38800007, 0x2c030006, 0x4182000c, 0x38a00001, 0x38a50002});
    EXPECT_EQ(c.s().gpr[4], v > 5 ? 21u : v == 5 ? 7u : 20u);  // bne +8; li r4, 7
    EXPECT_EQ(c.s().gpr[5], v == 6 ? 20u : 3u);                // beq +12 is around two
    // bgt +12; ori r4, r3, 0; b +8; li r4, 9
    c.run({0x2c030005, 0x4181000c, 0x60640000, 0x48000008, 0x38800009});
    EXPECT_EQ(c.s().gpr[4], v > 5 ? 9u : v);
    // cmpwi cr1, r3, 6; crnor 4*cr5+lt, 4*cr1+eq, eq; li r4, 1; blt cr5, +8; li r4, 2
    c.run({0x2c030005, 0x2c830006, 0x4e861042, 0x38800001, 0x41940008, 0x38800002});
    EXPECT_EQ(c.s().gpr[4], v == 4 ? 1u : 2u);
    EXPECT_EQ(read_cr(c.s()) >> 11 & 1, v == 4 ? 1u : 0u);
  }
}

TEST(Integer, SummaryOverflowIsThatOfTheComparison) {
  Cpu c(true, kPower8);
  c.s().gpr[3] = 0x7fff'ffff'ffff'ffffu;
  c.s().gpr[4] = 1;
  // cmpwi cr1, r4, 1; addo r5, r3, r4; cmpwi cr2, r4, 1
  c.run({0x2c840001, 0x7ca32614, 0x2d040001});
  EXPECT_EQ(read_cr(c.s()) >> 20 & 0xff, unsigned{kEq << 4 | kEq | kSo});
  c.s().gpr[6] = 0;
  c.run({0x7cc103a6});  // mtxer r6
  EXPECT_EQ(read_cr(c.s()) >> 20 & 0xff, unsigned{kEq << 4 | kEq | kSo});
  c.s().gpr[3] = std::uint64_t{1} << 63;  // no sign of bits that were set one by one
  c.run({0x7c631b79});                    // mr. r3, r3
  EXPECT_EQ(read_cr(c.s()) >> 28, kLt);
}

TEST(Integer, MasksAroundTheEnd) {
  Cpu c(true, kPower8);
  c.s().gpr[4] = 0x1111'1111'8000'0001u;
  c.run({0x5483083e});  // rotlwi r3, r4, 1
  EXPECT_EQ(c.s().gpr[3], 3u);
  c.run({0x5483f806 | 1u << 6});  // rlwinm r3, r4, 31, 1, 3: not around
  EXPECT_EQ(c.s().gpr[3], 0x4000'0000u);
  c.run({0x5483e782});  // rlwinm r3, r4, 28, 30, 1: both halves
  EXPECT_EQ(c.s().gpr[3], 0x1800'0000'0000'0000u);
}

TEST(Integer, DivisionsWithoutResult) {
  Cpu c(true, kPower8);
  c.s().gpr[4] = 7;
  c.s().gpr[5] = 0;
  c.run({0x7c642fd6});  // divwo r3, r4, r5
  EXPECT_EQ(c.s().ov, 1);
  c.s().gpr[4] = 1;
  c.s().gpr[5] = 3;
  c.run({0x7c642b12});  // divdeu r3, r4, r5: 2^64 / 3
  EXPECT_EQ(c.s().gpr[3], 0x5555'5555'5555'5555u);
}

/// What Power ISA 3.0 adds is claimed as far as it is there.
TEST(Models, Power9ClaimsWhatItHas) {
  Cpu c(true, kPower9);
  EXPECT_EQ(c.run({0x7c6105e6}).kind, EventKind::breakpoint);              // darn r3, 1
  EXPECT_EQ(hwcap_of(kHwcap2Bits, kPower9) & 0x0020'0000u, 0x0020'0000u);  // DARN
  EXPECT_EQ(c.run({0xfc611008}).kind, EventKind::illegal_instruction);     // xsaddqp v3, v1, v2
  EXPECT_EQ(hwcap_of(kHwcap2Bits, kPower9) & 0x00c0'0000u, 0u);            // ARCH_3_00, HAS_IEEE128
  EXPECT_EQ(hwcap_of(kHwcap2Bits, kPower8) & 0x00e0'0000u, 0u);
}

TEST(Memory, ReservationsNeedAlignment) {
  Cpu c(true, kPower8);
  c.s().gpr[4] = kData + 2;
  const Event e = c.run({0x7c602028});  // lwarx r3, 0, r4
  EXPECT_EQ(e.kind, EventKind::trap);
  EXPECT_EQ(e.code, kTrapAlignment);
  c.s().gpr[4] = kData;
  c.s().gpr[5] = 0x1234'5678;
  c.run({0x7c602028, 0x7ca0212d});  // lwarx; stwcx. r5, 0, r4
  EXPECT_EQ(read_cr(c.s()) >> 28, kEq);
  EXPECT_EQ(std::to_integer<int>(c.data()[0]), 0x12);
  c.run({0x7ca0212d});  // the reservation is gone
  EXPECT_EQ(read_cr(c.s()) >> 28, 0u);
}

TEST(Memory, SinglesOfEveryKind) {
  Cpu c(true, kPower8);
  c.s().gpr[4] = kData;
  const std::uint32_t words[] = {0x7fa0'0001u, 0x0000'0001u, 0x8000'0000u, 0x3f80'0000u};
  for (const std::uint32_t w : words) {
    const std::uint32_t swapped = __builtin_bswap32(w);
    std::memcpy(c.data(), &swapped, 4);
    // lfs f1, 0(r4); stfs f1, 4(r4); fmr f2, f1 in another block: stfs f1, 8(r4)
    c.run({0xc0240000, 0xd0240004, 0x48000004, 0xd0240008});
    EXPECT_EQ(std::memcmp(c.data(), c.data() + 4, 4), 0) << w;
    EXPECT_EQ(std::memcmp(c.data(), c.data() + 8, 4), 0) << w;
  }
}

TEST(Float, NansAndTheirReasons) {
  Cpu c(true, kPower8);
  c.s().vsr[1].high = bits(0.0);
  c.s().vsr[2].high = bits(-0.0);
  c.run({0xfc611024});  // fdiv f3, f1, f2
  EXPECT_EQ(c.s().vsr[3].high, 0x7ff8'0000'0000'0000u);
  EXPECT_EQ(read_fpscr(c.s(), c.context().guest_mxcsr) & (kVx | kVxZdz | kFx | kExceptions),
            kVx | kVxZdz | kFx);
  c.s().vsr[1].high = 0xfff0'0000'0000'0001u;  // signals
  c.s().vsr[2].high = 0x7ff8'0000'0000'0002u;
  c.run({0xfc61102a});  // fadd f3, f1, f2
  EXPECT_EQ(c.s().vsr[3].high, 0xfff8'0000'0000'0001u);
  EXPECT_NE(read_fpscr(c.s(), c.context().guest_mxcsr) & kVxSnan, 0u);
}

TEST(Float, ClassOfTheResult) {
  Cpu c(true, kPower8);
  c.s().vsr[1].high = bits(-1.5);
  c.s().vsr[2].high = bits(1.5);
  c.run({0xfc61102a});  // fadd f3, f1, f2
  EXPECT_EQ(read_fpscr(c.s(), c.context().guest_mxcsr) >> kFprfShift & 31, 0b00010u);
  c.run({0xfc000800 | 1u << 16 | 2u << 11});  // fcmpu cr0, f1, f2
  EXPECT_EQ(read_fpscr(c.s(), c.context().guest_mxcsr) >> kFprfShift & 31, 0b01000u);
}

/// qemu has no FR, and finds underflow in the rounded result as x86 does.
TEST(Float, FractionRoundedAndInexact) {
  Cpu c(true, kPower8);
  const auto run = [&](std::uint32_t word, double a, double b) {
    c.s().vsr[1].high = bits(a);
    c.s().vsr[2].high = bits(b);
    c.run({word});
    return read_fpscr(c.s(), c.context().guest_mxcsr) & (kFr | kFi | kUx);
  };
  constexpr std::uint32_t kFdiv = 0xfc611024, kFmul = 0xfc6100b2, kFadd = 0xfc61102a,
                          kFrsp = 0xfc600818, kFctiwz = 0xfc60081e, kFmuls = 0xec6100b2;
  EXPECT_EQ(run(kFdiv, 1, 10), kFr | kFi);  // f3, f1, f2
  EXPECT_EQ(run(kFdiv, 1, 3), kFi);
  EXPECT_EQ(run(kFadd, 1, 2), 0u);
  EXPECT_EQ(run(kFrsp, 1 + 0x1.8p-24, 0), kFr | kFi);  // f3, f1
  EXPECT_EQ(run(kFrsp, 1 + 0x1p-25, 0), kFi);
  EXPECT_EQ(run(kFctiwz, 1.5, 0), kFi);
  EXPECT_EQ(run(kFctiwz, 0x1p40 + 0.5, 0), 0u);  // invalid
  EXPECT_EQ(run(kFmuls, 1 + 0x1p-12, 1 + 0x1p-12), kFi);
  EXPECT_EQ(run(kFmul, 1 - 0x1p-52, 0x1.0000000000001p-1022), kFr | kFi | kUx);
}

/// 1 + 2^-24 + 2^-60 is just above half way between two singles; a double cannot tell.
TEST(Float, SingleMultiplyAddIsRoundedOnce) {
  Cpu c(true, kPower8);
  c.s().vsr[1].high = bits(1 + 0x1p-12);
  c.s().vsr[2].high = bits(1 + 0x1p-12);
  c.s().vsr[3].high = bits(-(1 + 0x1p-11));  // a * c + b = 2^-24
  c.run({0xec8118ba});                       // fmadds f4, f1, f2, f3
  EXPECT_EQ(c.s().vsr[4].high, bits(0x1p-24));
  c.s().vsr[1].high = bits(0x1p-30);
  c.s().vsr[2].high = bits(0x1p-30);
  c.s().vsr[3].high = bits(1 + 0x1p-24);  // not a single, but a double may be an operand
  c.run({0xec8118ba});
  EXPECT_EQ(c.s().vsr[4].high, bits(1 + 0x1p-23));
}

/// Runs one instruction with `enabled` exceptions, which traps.
void expect_trap(Cpu& c, std::uint32_t enabled, std::uint32_t word, ArithmeticCode code) {
  c.s().fp_mode = 3;
  c.s().fpscr = enabled;
  const Event e = c.run({word});
  EXPECT_EQ(e.kind, EventKind::arithmetic_trap);
  EXPECT_EQ(e.code, static_cast<std::uint32_t>(code));
  EXPECT_EQ(c.context().pc, kCode);
  EXPECT_NE(c.s().fpscr & kFex, 0u);
}

TEST(Float, EnabledOverflowAndUnderflowAdjustTheExponent) {
  Cpu c(true, kPower8);
  constexpr double kMost = std::numeric_limits<double>::max(),
                   kLeast = std::numeric_limits<double>::min();
  c.s().vsr[1].high = bits(kMost);
  c.s().vsr[2].high = bits(2.0);
  expect_trap(c, kOe, 0xfc6100b2, ArithmeticCode::fp_overflow);  // fmul f3, f1, f2
  EXPECT_EQ(c.s().vsr[3].high, bits(std::ldexp(kMost, 1 - 1536)));
  EXPECT_EQ(c.s().fpscr & (kOx | kXx | kFi), kOx);  // exact
  c.s().vsr[1].high = bits(-kLeast);
  c.s().vsr[2].high = bits(0.5);
  expect_trap(c, kUe, 0xfc6100b2, ArithmeticCode::fp_underflow);
  EXPECT_EQ(c.s().vsr[3].high, bits(-std::ldexp(kLeast, 1536 - 1)));
  c.s().vsr[1].high = bits(0x1p120);
  c.s().vsr[2].high = bits(0x1.000002p10);
  expect_trap(c, kOe, 0xec6100b2, ArithmeticCode::fp_overflow);  // fmuls f3, f1, f2
  EXPECT_EQ(c.s().vsr[3].high, bits(0x1.000002p130 * 0x1p-192));
}

TEST(Float, OtherEnabledExceptionsKeepTheTarget) {
  Cpu c(true, kPower8);
  c.s().vsr[1].high = c.s().vsr[3].high = bits(42.0);
  c.s().vsr[2].high = bits(0.0);
  expect_trap(c, kZe, 0xfc611024, ArithmeticCode::fp_divide);  // fdiv f3, f1, f2
  EXPECT_EQ(c.s().vsr[3].high, bits(42.0));
  c.s().vsr[3].low = 7;
  expect_trap(c, kZe, 0xf06113c0, ArithmeticCode::fp_divide);  // xvdivdp vs3, vs1, vs2
  EXPECT_EQ(c.s().vsr[3].high, bits(42.0));
  EXPECT_EQ(c.s().vsr[3].low, 7u);
  c.s().vsr[1].high = bits(std::numeric_limits<double>::infinity());
  expect_trap(c, kVe, 0xfc6100b2, ArithmeticCode::fp_invalid);  // fmul f3, f1, f2
  EXPECT_EQ(c.s().vsr[3].high, bits(42.0));
  c.s().vsr[1].high = bits(1.0);
  c.s().vsr[2].high = bits(3.0);
  expect_trap(c, kXe, 0xfc611024, ArithmeticCode::fp_inexact);
  EXPECT_EQ(c.s().vsr[3].high, bits(1.0 / 3.0));
}

TEST(Float, ExceptionsEnabledOnTheWay) {
  Cpu c(true, kPower8);
  c.s().vsr[1].high = bits(1.0);
  EXPECT_EQ(c.run({0xff60004c, 0xfc611024}).kind, EventKind::breakpoint);  // MSR has them off
  c.s().fp_mode = 3;
  c.s().fpscr = 0;
  c.context().guest_mxcsr = 0x1f80;
  EXPECT_EQ(c.run({0xff60004c, 0xfc611024}).kind, EventKind::arithmetic_trap);  // mtfsb1 27; fdiv
  EXPECT_EQ(c.context().pc, kCode + 4);
  c.s().fpscr = kZx;
  EXPECT_EQ(c.run({0xff60004c}).kind, EventKind::arithmetic_trap);  // what is there already
}

TEST(Float, ConversionsThatDoNotFit) {
  Cpu c(true, kPower8);
  c.s().vsr[1].high = bits(3e9);
  c.run({0xfc40081e});  // fctiwz f2, f1
  EXPECT_EQ(static_cast<std::uint32_t>(c.s().vsr[2].high), 0x7fff'ffffu);
  EXPECT_NE(read_fpscr(c.s(), c.context().guest_mxcsr) & kVxCvi, 0u);
}

TEST(Vector, SaturationIsSticky) {
  Cpu c(true, kPower8);
  c.s().vsr[33].low = c.s().vsr[33].high = 0x7f7f'7f7f'7f7f'7f7fu;
  c.run({0x10410b00});  // vaddsbs v2, v1, v1
  EXPECT_EQ(c.s().vsr[34].low, 0x7f7f'7f7f'7f7f'7f7fu);
  EXPECT_EQ(c.s().vscr & 1, 1u);
}

/// With NJ a sum is flushed that is tiny before it is rounded.
TEST(Vector, FlushesBeforeRounding) {
  Cpu c(true, kPower8);
  const auto lanes = [](std::uint64_t v) { return v << 32 | v; };
  c.s().vsr[32 + 3] = {lanes(0x3f7f'fffe), lanes(0x3f7f'fffe)};  // 1 - 2^-23
  c.s().vsr[32 + 5] = {lanes(0x0080'0001), lanes(0x8080'0001)};  // 2^-126 + 2^-149
  c.s().vsr[32 + 4] = {};
  c.run({0x1043216e});  // vmaddfp v2, v3, v5, v4
  EXPECT_EQ(c.s().vsr[32 + 2].low, lanes(0x0080'0000));
  c.s().vscr = 1u << 16;
  c.run({0x1043216e});
  EXPECT_EQ(c.s().vsr[32 + 2].low, 0u);
  EXPECT_EQ(c.s().vsr[32 + 2].high, lanes(0x8000'0000));
}

TEST(Vector, AesRound) {
  // FIPS 197, appendix B: the start of round 1 and its key.
  Cpu c(true, kPower8);
  c.s().vsr[33] = {.low = 0x9e36'b4e2'08e9'f4b3u, .high = 0x193d'e3be'a0f4'e22bu};
  c.s().vsr[33].low = 0x9ac6'8d2a'e9f8'4808u;
  c.s().vsr[34] = {.low = 0x23a3'3939'2a6c'7605u, .high = 0xa0fa'fe17'8854'2cb1u};
  c.run({0x10611508});  // vcipher v3, v1, v2
  EXPECT_EQ(c.s().vsr[35].high, 0xa49c'7ff2'689f'352bu);
  EXPECT_EQ(c.s().vsr[35].low, 0x6b5b'ea43'026a'5049u);
}

}  // namespace
}  // namespace emulate::ppc
