/// Every IR operation: interpreter against generated code, on random and on awkward operands.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/jit/harness.h"

namespace emulate::jit::test {
namespace {

using namespace ir;

constexpr Slot slot_of(unsigned n, Type t) { return {8 + 16 * n, t}; }
constexpr unsigned kResult = 4;

class Operands {
 public:
  std::uint64_t next(Type t) {
    static constexpr std::uint64_t kEdges[] = {0,
                                               1,
                                               2,
                                               31,
                                               32,
                                               33,
                                               63,
                                               64,
                                               0x7f,
                                               0x80,
                                               0xff,
                                               0x7fff,
                                               0x8000,
                                               0xffff,
                                               0x7fffffff,
                                               0x80000000,
                                               0xffffffff,
                                               0x7fffffffffffffff,
                                               0x8000000000000000,
                                               ~std::uint64_t{0}};
    static constexpr std::uint64_t kFloats32[] = {0x00000000, 0x80000000, 0x3f800000, 0xbf800000,
                                                  0x7f800000, 0xff800000, 0x7fc00000, 0x7fa00000,
                                                  0x00000001, 0x7f7fffff, 0x4f000000, 0x4b000001};
    static constexpr std::uint64_t kFloats64[] = {
        0x0000000000000000, 0x8000000000000000, 0x3ff0000000000000, 0xbff0000000000000,
        0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000, 0x7ff4000000000000,
        0x0000000000000001, 0x7fefffffffffffff, 0x41e0000000000000, 0x43e0000000000000};
    const std::uint64_t r = random_();
    if (t == Type::flags) return r & kFlagsMask;
    if (t == Type::f32) {
      return r % 3 ? static_cast<std::uint32_t>(random_()) : kFloats32[random_() % 12];
    }
    if (t == Type::f64) return r % 3 ? random_() : kFloats64[random_() % 12];
    return (r % 3 ? random_() : kEdges[random_() % std::size(kEdges)]) & mask_of(t);
  }

 private:
  std::mt19937_64 random_{1};
};

struct Case {
  Op op;
  Type type;     ///< of the operation
  Type args[3];  ///< none: no such operand
  Type result;
  std::uint16_t aux = 0;
};

/// Operands come from slots, or as constants where bit n of `constants` is set.
Unit unit_for(const Case& c, const std::uint64_t (&values)[3], unsigned constants, bool twice) {
  Unit unit;
  unit.pc = 0x1000;
  unit.clear();
  Builder b(unit);
  b.guest_pc(0x1000);
  Inst inst{.op = c.op, .type = c.type, .aux = c.aux};
  for (unsigned n = 0; n < 3 && c.args[n] != Type::none; ++n) {
    const bool constant = (constants >> n & 1) != 0 && c.args[n] != Type::flags;
    inst.args[n] = (constant ? b.konst(c.args[n], values[n]) : b.get(slot_of(n, c.args[n]))).ref;
  }
  Value v{b.emit(inst).ref, c.result};
  b.set(slot_of(kResult, c.result), v);
  if (twice) {  // the operands are still needed, and change their slots
    v = {b.emit(inst).ref, c.result};
    b.set(slot_of(0, c.result), v);
    b.set(slot_of(kResult + 1, c.result), v);
  }
  b.jump(0x2000);
  return unit;
}

constexpr std::uint32_t kDenormal = 2;

void check(const Case& c) {
  Harness h(false);
  h.ignored_flags = kDenormal;
  Operands operands;
  const bool divides = c.op >= Op::div_s && c.op <= Op::rem_u;
  for (unsigned round = 0; round < 60; ++round) {
    std::uint64_t values[3] = {};
    for (unsigned n = 0; n < 3; ++n) {
      if (c.args[n] != Type::none) values[n] = operands.next(c.args[n]);
    }
    if (divides && (values[1] == 0 || values[1] == mask_of(c.type))) values[1] = 3;
    for (unsigned n = 0; n < 3; ++n) std::memcpy(h.state.data() + 8 + 16 * n, &values[n], 8);
    const Unit unit = unit_for(c, values, round % 5, (round & 1) != 0);
    bool compiled = false;
    const Outcome expected = h.interpret(unit);
    const Outcome found = h.execute(unit, compiled);
    ASSERT_TRUE(compiled);
    ASSERT_TRUE(expected == found)
        << to_string(unit) << describe(expected, found)
        << fmt::format("{:#x} {:#x} {:#x}", values[0], values[1], values[2]);
  }
}

TEST(Ops, Integer) {
  for (const Type t : {Type::i32, Type::i64}) {
    for (const Op op :
         {Op::add, Op::sub, Op::mul, Op::mulh_s, Op::mulh_u, Op::and_, Op::or_, Op::xor_, Op::shl,
          Op::shr, Op::sar, Op::rotr, Op::div_s, Op::div_u, Op::rem_s, Op::rem_u}) {
      SCOPED_TRACE(fmt::format("{} {}", op_info(op).name, name_of(t)));
      check({op, t, {t, t}, t});
    }
    for (const Op op : {Op::not_, Op::neg, Op::clz, Op::popcount, Op::bswap}) {
      SCOPED_TRACE(fmt::format("{} {}", op_info(op).name, name_of(t)));
      check({op, t, {t}, t});
    }
  }
  for (const Type t : {Type::i8, Type::i16}) {
    for (const Op op : {Op::add, Op::sub, Op::mul, Op::and_, Op::or_, Op::xor_}) {
      SCOPED_TRACE(fmt::format("{} {}", op_info(op).name, name_of(t)));
      check({op, t, {t, t}, t});
    }
    check({Op::not_, t, {t}, t});
    check({Op::neg, t, {t}, t});
  }
  check({Op::bswap, Type::i16, {Type::i16}, Type::i16});
  for (const Op op : {Op::and_, Op::or_, Op::xor_}) {
    check({op, Type::i1, {Type::i1, Type::i1}, Type::i1});
  }
}

TEST(Ops, Conversions) {
  constexpr Type kTypes[] = {Type::i1, Type::i8, Type::i16, Type::i32, Type::i64};
  for (unsigned from = 0; from < 5; ++from) {
    for (unsigned to = 0; to < 5; ++to) {
      const auto aux = static_cast<std::uint16_t>(kTypes[from]);
      SCOPED_TRACE(fmt::format("{} {}", name_of(kTypes[from]), name_of(kTypes[to])));
      if (to > from) {
        check({Op::zext, kTypes[to], {kTypes[from]}, kTypes[to], aux});
        check({Op::sext, kTypes[to], {kTypes[from]}, kTypes[to], aux});
      } else if (to < from) {
        check({Op::trunc, kTypes[to], {kTypes[from]}, kTypes[to], aux});
      }
    }
  }
  check({Op::bitcast, Type::f32, {Type::i32}, Type::f32, static_cast<std::uint16_t>(Type::i32)});
  check({Op::bitcast, Type::i32, {Type::f32}, Type::i32, static_cast<std::uint16_t>(Type::f32)});
  check({Op::bitcast, Type::f64, {Type::i64}, Type::f64, static_cast<std::uint16_t>(Type::i64)});
  check({Op::bitcast, Type::i64, {Type::f64}, Type::i64, static_cast<std::uint16_t>(Type::f64)});
}

TEST(Ops, CompareAndSelect) {
  for (const Type t : {Type::i8, Type::i16, Type::i32, Type::i64}) {
    for (const Op op : {Op::eq, Op::ne, Op::lt_s, Op::lt_u, Op::le_s, Op::le_u}) {
      SCOPED_TRACE(fmt::format("{} {}", op_info(op).name, name_of(t)));
      check({op, t, {t, t}, Type::i1});
    }
    check({Op::select, t, {Type::i1, t, t}, t});
  }
  for (const Type t : {Type::i32, Type::i64}) {
    check({Op::add_overflows, t, {t, t}, Type::i1});
    check({Op::sub_overflows, t, {t, t}, Type::i1});
    check({Op::flags_add, t, {t, t}, Type::flags});
    check({Op::flags_sub, t, {t, t}, Type::flags});
    check({Op::flags_logic, t, {t}, Type::flags});
  }
  for (std::uint16_t cond = 0; cond <= static_cast<std::uint16_t>(Cond::above); ++cond) {
    SCOPED_TRACE(cond);
    check({Op::flag_test, Type::i1, {Type::flags}, Type::i1, cond});
  }
}

TEST(Ops, Float) {
  for (const Type t : {Type::f32, Type::f64}) {
    SCOPED_TRACE(name_of(t));
    const auto from = static_cast<std::uint16_t>(t);
    for (const Op op : {Op::fadd, Op::fsub, Op::fmul, Op::fdiv}) check({op, t, {t, t}, t});
    for (const Op op : {Op::fsqrt, Op::fneg, Op::fabs}) check({op, t, {t}, t});
    check({Op::fma, t, {t, t, t}, t});
    for (const Op op : {Op::fcmp_eq, Op::fcmp_lt, Op::fcmp_le, Op::fcmp_un, Op::fcmp_ueq,
                        Op::fcmp_ult, Op::fcmp_ule}) {
      check({op, t, {t, t}, Type::i1});
    }
    check({Op::select, t, {Type::i1, t, t}, t});
    for (const Type i : {Type::i32, Type::i64}) {
      check({Op::int_to_f, t, {i}, t, static_cast<std::uint16_t>(i)});
      check({Op::f_to_int, i, {t}, i, from});
      check({Op::f_to_int_z, i, {t}, i, from});
    }
    for (std::uint16_t how = 0; how <= 4; ++how) check({Op::f_round, t, {t}, t, how});
    for (std::uint16_t how = 8; how <= 11; ++how) check({Op::f_round, t, {t}, t, how});
    const Type other = t == Type::f32 ? Type::f64 : Type::f32;
    check({Op::fcvt, other, {t}, other, from});
  }
}

TEST(Ops, RoundingModes) {
  for (unsigned mode = 0; mode < 4; ++mode) {
    Harness h(false);
    h.mxcsr = 0x1f80 | mode << 13;
    Operands operands;
    for (unsigned round = 0; round < 50; ++round) {
      const std::uint64_t a = operands.next(Type::f64), b = operands.next(Type::f64);
      std::memcpy(h.state.data() + 8, &a, 8);
      std::memcpy(h.state.data() + 24, &b, 8);
      const std::uint64_t values[3] = {a, b, 0};
      for (const Op op : {Op::fadd, Op::fmul, Op::fdiv}) {
        const Unit unit =
            unit_for({op, Type::f64, {Type::f64, Type::f64}, Type::f64}, values, 0, false);
        bool compiled = false;
        const Outcome expected = h.interpret(unit), found = h.execute(unit, compiled);
        ASSERT_TRUE(compiled && expected == found) << to_string(unit) << describe(expected, found);
      }
    }
  }
}

/// Numbers that fit or not by how they are rounded: invalid or inexact.
TEST(Ops, RoundingModesAtTheLimits) {
  constexpr double kNumbers[] = {2147483646.5, 2147483647.5, -2147483648.5, -2147483649.0};
  for (unsigned mode = 0; mode < 4; ++mode) {
    Harness h(false);
    h.mxcsr = 0x1f80 | mode << 13;
    h.ignored_flags = kDenormal;
    for (const double number : kNumbers) {
      std::uint64_t values[3] = {};
      std::memcpy(values, &number, 8);
      std::memcpy(h.state.data() + 8, &number, 8);
      for (const Op op : {Op::f_to_int, Op::f_to_int_z}) {
        constexpr auto kFrom = static_cast<std::uint16_t>(Type::f64);
        const Unit unit =
            unit_for({op, Type::i32, {Type::f64}, Type::i32, kFrom}, values, 0, false);
        bool compiled = false;
        const Outcome expected = h.interpret(unit), found = h.execute(unit, compiled);
        ASSERT_TRUE(compiled && expected == found) << to_string(unit) << describe(expected, found);
      }
    }
  }
}

void memory_case(bool wide, Type t, bool big, std::int64_t disp, std::uint64_t address) {
  Harness h(wide);
  for (std::size_t n = 0; n < kMemoryBytes; ++n) h.memory[n] = static_cast<std::byte>(n * 7 + 1);
  const std::uint64_t base = address - static_cast<std::uint64_t>(disp);
  const std::uint64_t value = 0x0123'4567'89ab'cdefu;
  std::memcpy(h.state.data() + 8, &base, 8);
  std::memcpy(h.state.data() + 24, &value, 8);
  for (const bool constant : {false, true}) {
    Unit unit;
    unit.pc = 0x1000;
    unit.clear();
    Builder b(unit);
    const Type at = wide ? Type::i64 : Type::i32;
    const Value a = constant ? b.konst(at, base) : b.get(slot_of(0, at));
    b.set(slot_of(kResult, t), b.load(t, a, disp, big));
    b.store(a, disp + 16, b.get(slot_of(1, t)), big);
    b.store(a, disp + 32, b.konst(t, value), big);
    b.jump(0x2000);
    bool compiled = false;
    const Outcome expected = h.interpret(unit), found = h.execute(unit, compiled);
    ASSERT_TRUE(compiled && expected == found) << to_string(unit) << describe(expected, found);
  }
}

TEST(Ops, Memory) {
  for (const bool wide : {false, true}) {
    for (const Type t : {Type::i8, Type::i16, Type::i32, Type::i64, Type::f32, Type::f64}) {
      for (const bool big : {false, true}) {
        for (const std::int64_t disp : {0, 8, -8, 32764, -32768}) {
          memory_case(wide, t, big, disp, kMemory + 128);
          memory_case(wide, t, big, disp, kMemory + 129);
        }
      }
    }
  }
}

TEST(Ops, AtomicCompareExchange) {
  for (const Type t : {Type::i32, Type::i64}) {
    for (const bool big : {false, true}) {
      for (const bool match : {false, true}) {
        Harness h(false);
        const std::uint64_t expected_value = 0x1122'3344'5566'7788u & mask_of(t);
        std::uint64_t in_memory =
            big ? __builtin_bswap64(expected_value) >> (64 - bits_of(t)) : expected_value;
        if (!match) in_memory ^= 1;
        std::memcpy(h.memory.data() + 64, &in_memory, bytes_of(t));
        std::memcpy(h.state.data() + 8, &expected_value, 8);
        Unit unit;
        unit.pc = 0x1000;
        unit.clear();
        Builder b(unit);
        const Value found =
            b.atomic_cas(b.i32(kMemory + 64), b.get(slot_of(0, t)), b.konst(t, 0xabcdef), big);
        b.set(slot_of(kResult, t), found);
        b.jump(0x2000);
        bool compiled = false;
        const Outcome x = h.interpret(unit), y = h.execute(unit, compiled);
        ASSERT_TRUE(compiled && x == y) << to_string(unit) << describe(x, y);
      }
    }
  }
}

}  // namespace
}  // namespace emulate::jit::test
