/// AltiVec and VSX instructions that are translated lane by lane, against what the manual says of
/// their elements (Power ISA 2.07 book I, chapters 6 and 7): element 0 is the most significant.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <random>
#include <type_traits>

#include "ppc/features.h"
#include "tests/unit/ppc/cpu.h"

namespace emulate::ppc {
namespace {

using test::Cpu, test::kData;
using U8 = std::uint8_t;
using U16 = std::uint16_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;
using S8 = std::int8_t;
using S16 = std::int16_t;
using S32 = std::int32_t;
using S64 = std::int64_t;

/// A register in the order of the manual's bytes.
using Bytes = std::array<U8, 16>;

template <class E>
E element(const Bytes& v, unsigned n) {
  U64 r = 0;
  for (unsigned k = 0; k < sizeof(E); ++k) r = r << 8 | v[n * sizeof(E) + k];
  return static_cast<E>(r);
}
template <class E>
void set(Bytes& v, unsigned n, E value) {
  for (unsigned k = 0; k < sizeof(E); ++k) {
    v[n * sizeof(E) + k] = static_cast<U8>(static_cast<U64>(value) >> 8 * (sizeof(E) - 1 - k));
  }
}
template <class E>
constexpr unsigned kCount = 16 / sizeof(E);

Vsr to_register(const Bytes& v) { return {element<U64>(v, 1), element<U64>(v, 0)}; }
Bytes from_register(const Vsr& r) {
  Bytes v;
  set(v, 0, r.high);
  set(v, 1, r.low);
  return v;
}

struct Operands {
  Bytes a, b, c;
};
using Meaning = std::function<Bytes(const Operands&)>;

template <class E, class F>
Meaning each(F f) {
  return [f](const Operands& o) {
    Bytes r;
    for (unsigned n = 0; n < kCount<E>; ++n) {
      set<E>(r, n, static_cast<E>(f(element<E>(o.a, n), element<E>(o.b, n))));
    }
    return r;
  };
}
template <class E>
constexpr auto kCountOf = [](E n) { return static_cast<unsigned>(n) % (8 * sizeof(E)); };
constexpr auto kAdd = [](auto x, auto y) { return x + y; };
constexpr auto kSub = [](auto x, auto y) { return x - y; };
constexpr auto kMax = [](auto x, auto y) { return std::max(x, y); };
constexpr auto kMin = [](auto x, auto y) { return std::min(x, y); };
constexpr auto kAverage = [](auto x, auto y) { return (U32{x} + y + 1) / 2; };
constexpr auto kEqual = [](auto x, auto y) { return x == y ? -1 : 0; };
constexpr auto kGreater = [](auto x, auto y) { return x > y ? -1 : 0; };
constexpr auto kLeft = [](auto x, auto y) { return x << kCountOf<decltype(y)>(y); };
constexpr auto kRight = [](auto x, auto y) { return x >> kCountOf<decltype(y)>(y); };
constexpr auto kRotate = [](auto x, auto y) {
  return std::rotl(x, static_cast<int>(kCountOf<decltype(y)>(y)));
};

template <class From, class To>
Meaning multiply(unsigned odd) {
  return [odd](const Operands& o) {
    Bytes r;
    for (unsigned n = 0; n < kCount<To>; ++n) {
      const auto x = static_cast<U64>(element<From>(o.a, 2 * n + odd));
      set<To>(r, n, static_cast<To>(x * static_cast<U64>(element<From>(o.b, 2 * n + odd))));
    }
    return r;
  };
}
template <class E>
Meaning multiply_sum() {
  return [](const Operands& o) {
    Bytes r;
    for (unsigned n = 0; n < 4; ++n) {
      U64 sum = element<U32>(o.c, n);
      for (unsigned k = 2 * n; k < 2 * n + 2; ++k) {
        sum += static_cast<U64>(S64{element<E>(o.a, k)} * element<E>(o.b, k));
      }
      set<U32>(r, n, static_cast<U32>(sum));
    }
    return r;
  };
}
template <class E>
Meaning merge(unsigned from, unsigned step = 1) {
  return [from, step](const Operands& o) {
    Bytes r;
    for (unsigned n = 0; n < kCount<E> / 2; ++n) {
      set<E>(r, 2 * n, element<E>(o.a, from + n * step));
      set<E>(r, 2 * n + 1, element<E>(o.b, from + n * step));
    }
    return r;
  };
}
template <class E>
Meaning splat(unsigned n) {
  return [n](const Operands& o) {
    Bytes r;
    for (unsigned k = 0; k < kCount<E>; ++k) set<E>(r, k, element<E>(o.b, n));
    return r;
  };
}
template <class E>
Meaning splat_number(int v) {
  return [v](const Operands&) {
    Bytes r;
    for (unsigned k = 0; k < kCount<E>; ++k) set<E>(r, k, static_cast<E>(v));
    return r;
  };
}
template <class From, class To>
Meaning pack() {
  return [](const Operands& o) {
    Bytes r;
    for (unsigned n = 0; n < kCount<To>; ++n) {
      const bool second = n >= kCount<From>;
      set<To>(r, n, static_cast<To>(element<From>(second ? o.b : o.a, n % kCount<From>)));
    }
    return r;
  };
}
template <class From, class To>
Meaning unpack(bool high) {
  return [high](const Operands& o) {
    Bytes r;
    for (unsigned n = 0; n < kCount<To>; ++n) {
      set<To>(r, n, static_cast<To>(element<From>(o.b, n + (high ? 0 : kCount<To>))));
    }
    return r;
  };
}
/// Bytes of a, then b.
Meaning from_bytes(std::function<unsigned(const Operands&, unsigned)> place) {
  return [place](const Operands& o) {
    Bytes r;
    for (unsigned n = 0; n < 16; ++n) {
      const unsigned at = place(o, n);
      r[n] = at < 16 ? o.a[at] : o.b[at - 16];
    }
    return r;
  };
}

struct Case {
  const char* name;
  U32 word;  ///< opcode and extended opcode: vectors 1, 2, 3 and 4 are the target and a to c
  Meaning meaning;
};

constexpr U32 kRegisters = 1u << 21 | 2u << 16 | 3u << 11;
constexpr U32 vx(U32 xo) { return 4u << 26 | kRegisters | xo; }
constexpr U32 va(U32 xo) { return 4u << 26 | kRegisters | 4u << 6 | xo; }
constexpr U32 with_a(U32 word, U32 number) { return (word & ~(31u << 16)) | number << 16; }
/// The same vectors are vector-scalar registers from 32 on.
constexpr U32 xx3(U32 xo) { return 60u << 26 | kRegisters | xo << 3 | 7; }

// clang-format off
const Case kCases[] = {
    {"vaddubm", vx(0), each<U8>(kAdd)}, {"vadduhm", vx(64), each<U16>(kAdd)},
    {"vadduwm", vx(128), each<U32>(kAdd)}, {"vaddudm", vx(192), each<U64>(kAdd)},
    {"vsububm", vx(1024), each<U8>(kSub)}, {"vsubuhm", vx(1088), each<U16>(kSub)},
    {"vsubuwm", vx(1152), each<U32>(kSub)}, {"vsubudm", vx(1216), each<U64>(kSub)},
    {"vmaxub", vx(2), each<U8>(kMax)}, {"vmaxuh", vx(66), each<U16>(kMax)},
    {"vmaxuw", vx(130), each<U32>(kMax)}, {"vmaxud", vx(194), each<U64>(kMax)},
    {"vmaxsb", vx(258), each<S8>(kMax)}, {"vmaxsh", vx(322), each<S16>(kMax)},
    {"vmaxsw", vx(386), each<S32>(kMax)}, {"vmaxsd", vx(450), each<S64>(kMax)},
    {"vminub", vx(514), each<U8>(kMin)}, {"vminuh", vx(578), each<U16>(kMin)},
    {"vminuw", vx(642), each<U32>(kMin)}, {"vminud", vx(706), each<U64>(kMin)},
    {"vminsb", vx(770), each<S8>(kMin)}, {"vminsh", vx(834), each<S16>(kMin)},
    {"vminsw", vx(898), each<S32>(kMin)}, {"vminsd", vx(962), each<S64>(kMin)},
    {"vavgub", vx(1026), each<U8>(kAverage)}, {"vavguh", vx(1090), each<U16>(kAverage)},
    {"vslw", vx(388), each<U32>(kLeft)}, {"vsld", vx(1476), each<U64>(kLeft)},
    {"vsrw", vx(644), each<U32>(kRight)}, {"vsrd", vx(1732), each<U64>(kRight)},
    {"vsraw", vx(900), each<S32>(kRight)},
    {"vrlw", vx(132), each<U32>(kRotate)}, {"vrld", vx(196), each<U64>(kRotate)},
    {"vmuloub", vx(8), multiply<U8, U16>(1)}, {"vmulouh", vx(72), multiply<U16, U32>(1)},
    {"vmulouw", vx(136), multiply<U32, U64>(1)}, {"vmulosb", vx(264), multiply<S8, S16>(1)},
    {"vmulosh", vx(328), multiply<S16, S32>(1)}, {"vmulosw", vx(392), multiply<S32, S64>(1)},
    {"vmuleub", vx(520), multiply<U8, U16>(0)}, {"vmuleuh", vx(584), multiply<U16, U32>(0)},
    {"vmuleuw", vx(648), multiply<U32, U64>(0)}, {"vmulesb", vx(776), multiply<S8, S16>(0)},
    {"vmulesh", vx(840), multiply<S16, S32>(0)}, {"vmulesw", vx(904), multiply<S32, S64>(0)},
    {"vmuluwm", vx(137), each<U32>([](U64 x, U64 y) { return x * y; })},
    {"vmladduhm", va(34), [](const Operands& o) {
       const auto product = each<U16>([](U32 x, U32 y) { return x * y; })(o);
       return each<U16>(kAdd)({product, o.c, o.c});
     }},
    {"vmsumuhm", va(38), multiply_sum<U16>()}, {"vmsumshm", va(40), multiply_sum<S16>()},
    {"vmrghb", vx(12), merge<U8>(0)}, {"vmrghh", vx(76), merge<U16>(0)},
    {"vmrghw", vx(140), merge<U32>(0)}, {"vmrglb", vx(268), merge<U8>(8)},
    {"vmrglh", vx(332), merge<U16>(4)}, {"vmrglw", vx(396), merge<U32>(2)},
    {"vmrgew", vx(1932), merge<U32>(0, 2)}, {"vmrgow", vx(1676), merge<U32>(1, 2)},
    {"xxmrghw", xx3(18), merge<U32>(0)}, {"xxmrglw", xx3(50), merge<U32>(2)},
    {"vspltb", with_a(vx(524), 5), splat<U8>(5)}, {"vsplth", with_a(vx(588), 6), splat<U16>(6)},
    {"vspltw", with_a(vx(652), 1), splat<U32>(1)},
    {"xxspltw", 60u << 26 | 1u << 21 | 2u << 16 | 3u << 11 | 164u << 2 | 3, splat<U32>(2)},
    {"vspltisb", with_a(vx(780), 0x1d), splat_number<U8>(-3)},
    {"vspltish", with_a(vx(844), 0x10), splat_number<U16>(-16)},
    {"vspltisw", with_a(vx(908), 0x0f), splat_number<U32>(15)},
    {"vpkuhum", vx(14), pack<U16, U8>()}, {"vpkuwum", vx(78), pack<U32, U16>()},
    {"vpkudum", vx(1102), pack<U64, U32>()},
    {"vupkhsb", vx(526), unpack<S8, S16>(true)}, {"vupkhsh", vx(590), unpack<S16, S32>(true)},
    {"vupkhsw", vx(1614), unpack<S32, S64>(true)}, {"vupklsb", vx(654), unpack<S8, S16>(false)},
    {"vupklsh", vx(718), unpack<S16, S32>(false)}, {"vupklsw", vx(1742), unpack<S32, S64>(false)},
    {"vperm", va(43), from_bytes([](const Operands& o, unsigned n) { return o.c[n] % 32u; })},
    {"vsldoi", (va(44) & ~(31u << 6)) | 5u << 6,
     from_bytes([](const Operands&, unsigned n) { return n + 5; })},
    {"xxsldwi", xx3(2 | 3u << 5), from_bytes([](const Operands&, unsigned n) { return n + 12; })},
    {"xxpermdi", xx3(10 | 1u << 5),
     from_bytes([](const Operands&, unsigned n) { return n < 8 ? n : 16 + n; })},
    {"vsel", va(42), [](const Operands& o) {
       Bytes r;
       for (unsigned n = 0; n < 16; ++n) {
         r[n] = static_cast<U8>((o.a[n] & ~o.c[n]) | (o.b[n] & o.c[n]));
       }
       return r;
     }},
    {"vand", vx(1028), each<U64>([](U64 x, U64 y) { return x & y; })},
    {"vandc", vx(1092), each<U64>([](U64 x, U64 y) { return x & ~y; })},
    {"vor", vx(1156), each<U64>([](U64 x, U64 y) { return x | y; })},
    {"vxor", vx(1220), each<U64>([](U64 x, U64 y) { return x ^ y; })},
    {"vnor", vx(1284), each<U64>([](U64 x, U64 y) { return ~(x | y); })},
    {"vorc", vx(1348), each<U64>([](U64 x, U64 y) { return x | ~y; })},
    {"vnand", vx(1412), each<U64>([](U64 x, U64 y) { return ~(x & y); })},
    {"veqv", vx(1668), each<U64>([](U64 x, U64 y) { return ~(x ^ y); })},
    {"vcmpequb", vx(6), each<U8>(kEqual)}, {"vcmpequh", vx(70), each<U16>(kEqual)},
    {"vcmpequw", vx(134), each<U32>(kEqual)}, {"vcmpequd", vx(199), each<U64>(kEqual)},
    {"vcmpgtub", vx(518), each<U8>(kGreater)}, {"vcmpgtuh", vx(582), each<U16>(kGreater)},
    {"vcmpgtuw", vx(646), each<U32>(kGreater)}, {"vcmpgtud", vx(711), each<U64>(kGreater)},
    {"vcmpgtsb", vx(774), each<S8>(kGreater)}, {"vcmpgtsh", vx(838), each<S16>(kGreater)},
    {"vcmpgtsw", vx(902), each<S32>(kGreater)}, {"vcmpgtsd", vx(967), each<S64>(kGreater)},
};
// clang-format on

class Maker {
 public:
  Bytes next() {
    static constexpr U64 kEdges[] = {0, ~U64{0}, 0x8000'0000'8000'0000, 0x7fff'8000'7f80'0180};
    Bytes v;
    for (unsigned n = 0; n < 2; ++n)
      set(v, n, random_() % 3 != 0 ? random_() : kEdges[random_() % 4]);
    return v;
  }

 private:
  std::mt19937_64 random_{3};
};

TEST(Lanes, EveryInstructionDoesWhatTheManualSays) {
  Maker make;
  Cpu c(true, kPower8);
  for (const Case& i : kCases) {
    for (unsigned round = 0; round < 30; ++round) {
      Operands o{make.next(), make.next(), make.next()};
      if (round % 8 == 7) o.b = o.a;
      c.s().vsr[34] = to_register(o.a);
      c.s().vsr[35] = to_register(o.b);
      c.s().vsr[36] = to_register(o.c);
      ASSERT_EQ(c.run({i.word}).kind, EventKind::breakpoint) << i.name;
      ASSERT_EQ(from_register(c.s().vsr[33]), i.meaning(o)) << i.name;
    }
  }
}

TEST(Lanes, ComparisonsTellOfAllAndNone) {
  Cpu c(true, kPower8);
  constexpr U32 kRecord = 1u << 10, kEqualWords = vx(134) | kRecord;
  c.s().vsr[34] = c.s().vsr[35] = {5, 6};
  c.run({kEqualWords});
  EXPECT_EQ(read_cr(c.s()) >> 4 & 15, kLt);
  c.s().vsr[35] = {4, 6};
  c.run({kEqualWords});
  EXPECT_EQ(read_cr(c.s()) >> 4 & 15, 0u);
  c.s().vsr[35] = {~U64{5}, ~U64{6}};
  c.run({kEqualWords});
  EXPECT_EQ(read_cr(c.s()) >> 4 & 15, kEq);
  // A branch in the same block: bc 12, 24, +8 is taken where all are equal.
  for (const bool equal : {true, false}) {
    c.s().vsr[35] = equal ? c.s().vsr[34] : Vsr{5, 7};
    c.s().gpr[3] = 0;
    c.run({kEqualWords, 0x41980008, 0x38600001});  // li r3, 1
    EXPECT_EQ(c.s().gpr[3], equal ? 0u : 1u);
  }
}

TEST(Lanes, LoadsAndStoresKeepTheOrder) {
  Cpu c(true, kPower8);
  Maker make;
  const Bytes image = make.next();
  std::memcpy(c.data() + 16, image.data(), 16);
  c.s().gpr[4] = kData + 21;  // lvx and stvx round down
  c.s().gpr[5] = kData + 32;
  c.run({0x7c2020ce, 0x7c2029ce});  // lvx v1, 0, r4; stvx v1, 0, r5
  EXPECT_EQ(from_register(c.s().vsr[33]), image);
  EXPECT_EQ(std::memcmp(c.data() + 32, image.data(), 16), 0);
  c.s().gpr[4] = kData + 16;
  c.s().gpr[5] = kData + 65;
  c.run({0x7c202699, 0x7c202f99});  // lxvd2x vs33, 0, r4; stxvd2x vs33, 0, r5
  EXPECT_EQ(from_register(c.s().vsr[33]), image);
  EXPECT_EQ(std::memcmp(c.data() + 65, image.data(), 16), 0);
}

}  // namespace
}  // namespace emulate::ppc
