// The Visual Instruction Set by the UltraSPARC manual's definitions: element 0 is the most
// significant one. qemu 7.2 takes elements in the host's order, so that it is no measure.

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "sparc64/helpers.h"

namespace emulate::sparc64 {
namespace {

using U64 = std::uint64_t;

/// Elements of a register, the first in its highest bits.
template <unsigned kBits, unsigned kCount = 64 / kBits>
struct Elements {
  std::array<std::int64_t, kCount> at;  ///< signed

  Elements(U64 v) {
    for (unsigned n = 0; n < kCount; ++n) {
      const U64 raw = v >> kBits * (kCount - 1 - n);
      at[n] = static_cast<std::int64_t>(raw << (64 - kBits)) >> (64 - kBits);
    }
  }
  std::int64_t operator[](unsigned n) const { return at[n]; }
  unsigned pixel(unsigned n) const { return static_cast<unsigned>(at[n]) & 0xff; }
};
/// The register with such elements.
template <unsigned kBits, unsigned kCount = 64 / kBits, class F>
U64 from(F f) {
  U64 r = 0;
  for (unsigned n = 0; n < kCount; ++n) {
    r = r << kBits | (static_cast<U64>(f(n)) & (~U64{0} >> (64 - kBits)));
  }
  return r;
}
std::int64_t saturated(std::int64_t v, std::int64_t least, std::int64_t most) {
  return v < least ? least : v > most ? most : v;
}

/// `check(a, b, gsr)` for many registers, some of them of few different elements.
template <class F>
void for_many(F check) {
  std::mt19937_64 random(1);
  constexpr U64 kEdges[] = {0, ~U64{0}, 0x8000'7fff'0001'ffffu, 0x8000'0000'7fff'ffffu,
                            0x00ff'ff00'0100'00feu};
  for (int round = 0; round < 2000; ++round) {
    const auto value = [&] { return random() % 4 ? random() : kEdges[random() % 5]; };
    const U64 a = value(), b = value(), gsr = random();
    check(a, b, gsr);
    if (testing::Test::HasFailure()) {
      FAIL() << std::hex << a << " " << b << " gsr " << gsr;
    }
  }
}

TEST(Vis, KnownProducts) {
  // Pixels 80 40 ff 01 by 0100 0200 7fff 8000, rounded to the upper 16 of 24 bits.
  EXPECT_EQ(vis_operation(VisOp::mul8x16, 0x8040'ff01u, 0x0100'0200'7fff'8000u, 0),
            0x0080'0080'7f7f'ff80u);
  EXPECT_EQ(vis_operation(VisOp::mul8x16au, 0x0102'0304u, 0x0100'7777u, 0), 0x0001'0002'0003'0004u);
  EXPECT_EQ(vis_operation(VisOp::mul8x16al, 0x0102'0304u, 0x7777'0100u, 0), 0x0001'0002'0003'0004u);
  EXPECT_EQ(vis_operation(VisOp::muld8ulx16, 0xff02'0003u, 0x0005'fffeu, 0),
            0x0000'000a'ffff'fffau);
  EXPECT_EQ(vis_operation(VisOp::muld8sux16, 0xff02'0103u, 0x0005'fffeu, 0),
            0xffff'fb00'ffff'fe00u);
}

TEST(Vis, Products) {
  for_many([](U64 a, U64 b, U64) {
    const Elements<8, 4> pixels(a);
    const Elements<16> x(a), y(b);
    const auto upper = [](std::int64_t product) { return (product + 0x80) >> 8; };
    EXPECT_EQ(vis_operation(VisOp::mul8x16, a & 0xffff'ffffu, b, 0),
              from<16>([&](unsigned n) { return upper(pixels.pixel(n) * y[n]); }));
    EXPECT_EQ(vis_operation(VisOp::mul8sux16, a, b, 0),
              from<16>([&](unsigned n) { return upper((x[n] >> 8) * y[n]); }));
    EXPECT_EQ(vis_operation(VisOp::mul8ulx16, a, b, 0),
              from<16>([&](unsigned n) { return ((x[n] & 0xff) * y[n] + 0x8000) >> 16; }));
  });
}

TEST(Vis, Packing) {
  EXPECT_EQ(vis_operation(VisOp::pack16, 0, 0x0080'7fff'ffff'0100u, 0), 0x01ff'0002u);
  EXPECT_EQ(vis_operation(VisOp::pack16, 0, 0x0080'7fff'ffff'0100u, 3 << 3), 0x08ff'0010u);
  EXPECT_EQ(vis_operation(VisOp::packfix, 0, 0x0001'0000'8000'0000u, 0), 0x0001'8000u);
  EXPECT_EQ(vis_operation(VisOp::packfix, 0, 0x0001'0000'8000'0000u, 15 << 3), 0x7fff'8000u);
  for_many([](U64 a, U64 b, U64 gsr) {
    const unsigned scale = gsr >> 3 & 31;
    const Elements<16> halves(b);
    const Elements<32> words(b), old(a);
    const auto shifted = [](std::int64_t v, unsigned left, unsigned right) {
      return static_cast<std::int64_t>(static_cast<__int128>(v) * (std::int64_t{1} << left) >>
                                       right);
    };
    EXPECT_EQ(vis_operation(VisOp::pack16, a, b, gsr), (from<8, 4>([&](unsigned n) {
                return saturated(shifted(halves[n], scale & 15, 7), 0, 255);
              })));
    EXPECT_EQ(vis_operation(VisOp::pack32, a, b, gsr), from<32>([&](unsigned n) {
                return old[n] << 8 | saturated(shifted(words[n], scale, 23), 0, 255);
              }));
    EXPECT_EQ(vis_operation(VisOp::packfix, a, b, gsr), (from<16, 2>([&](unsigned n) {
                return saturated(shifted(words[n], scale, 16), -32768, 32767);
              })));
  });
}

TEST(Vis, ExpandingAndMerging) {
  EXPECT_EQ(vis_operation(VisOp::expand, 0, 0x01ff'8010u, 0), 0x0010'0ff0'0800'0100u);
  EXPECT_EQ(vis_operation(VisOp::merge, 0x1122'3344u, 0xaabb'ccddu, 0), 0x11aa'22bb'33cc'44ddu);
}

TEST(Vis, SumsWrap) {
  for_many([](U64 a, U64 b, U64) {
    const Elements<16> x(a), y(b);
    const Elements<32> v(a), w(b);
    EXPECT_EQ(vis_operation(VisOp::add16, a, b, 0),
              from<16>([&](unsigned n) { return x[n] + y[n]; }));
    EXPECT_EQ(vis_operation(VisOp::sub16, a, b, 0),
              from<16>([&](unsigned n) { return x[n] - y[n]; }));
    EXPECT_EQ(vis_operation(VisOp::add32, a, b, 0),
              from<32>([&](unsigned n) { return v[n] + w[n]; }));
    EXPECT_EQ(vis_operation(VisOp::sub32, a, b, 0),
              from<32>([&](unsigned n) { return v[n] - w[n]; }));
  });
}

/// A bit an element, the lowest for the last.
TEST(Vis, Comparisons) {
  EXPECT_EQ(vis_operation(VisOp::gt16, 0x0002'0001'ffff'8000u, 0x0001'0001'fffe'7fffu, 0), 0b1010u);
  EXPECT_EQ(vis_operation(VisOp::le32, 0x8000'0000'0000'0001u, 0, 0), 0b10u);
  for_many([](U64 a, U64 b, U64) {
    const Elements<16> x(a), y(b);
    const Elements<32> v(a), w(b);
    EXPECT_EQ(vis_operation(VisOp::le16, a, b, 0),
              (from<1, 4>([&](unsigned n) { return x[n] <= y[n]; })));
    EXPECT_EQ(vis_operation(VisOp::ne16, a, b, 0),
              (from<1, 4>([&](unsigned n) { return x[n] != y[n]; })));
    EXPECT_EQ(vis_operation(VisOp::eq16, a, b, 0),
              (from<1, 4>([&](unsigned n) { return x[n] == y[n]; })));
    EXPECT_EQ(vis_operation(VisOp::gt32, a, b, 0),
              (from<1, 2>([&](unsigned n) { return v[n] > w[n]; })));
    EXPECT_EQ(vis_operation(VisOp::ne32, a, b, 0),
              (from<1, 2>([&](unsigned n) { return v[n] != w[n]; })));
    EXPECT_EQ(vis_operation(VisOp::eq32, a, b, 0),
              (from<1, 2>([&](unsigned n) { return v[n] == w[n]; })));
  });
}

TEST(Vis, Distances) {
  EXPECT_EQ(vis_pdist(0x00ff'1020'0000'0001u, 0xff00'2010'0000'0002u, 1000), 1000u + 255 * 2 + 33);
}

/// The mask's nibbles, from the highest, number the bytes of both registers.
TEST(Vis, Shuffling) {
  const U64 mask = 0x0f1e'2d3cu;
  EXPECT_EQ(
      vis_operation(VisOp::shuffle, 0x0001'0203'0405'0607u, 0x0809'0a0b'0c0d'0e0fu, mask << 32),
      0x000f'010e'020d'030cu);
}

TEST(Vis, EdgesOfARow) {
  EXPECT_EQ(vis_edge(0, 0x1003, 0x2005), 0b0001'1111u);  // the row ends elsewhere
  EXPECT_EQ(vis_edge(0, 0x1003, 0x1005), 0b0001'1100u);
  EXPECT_EQ(vis_edge(1, 0x1002, 0x1005), 0b0110u);
  EXPECT_EQ(vis_edge(2, 0x1004, 0x1007), 0b01u);
  EXPECT_EQ(vis_edge(0 | kEdgeLittle, 0x1003, 0x2005), 0b1111'1000u);
  EXPECT_EQ(vis_edge(0 | kEdgeLittle, 0x1003, 0x1005), 0b0011'1000u);
  EXPECT_EQ(vis_edge(2 | kEdgeLittle, 0x1000, 0x1003), 0b01u);
}

/// Fixed point coordinates with 11 bits of fraction: x from bit 11, y from 33, z from 55.
TEST(Vis, PlacesInBlockedMemory) {
  const auto place = [](U64 x, U64 y, U64 z) { return x << 11 | y << 33 | z << 55; };
  EXPECT_EQ(vis_array(place(3, 0, 0), 0), 3u);
  EXPECT_EQ(vis_array(place(0, 3, 0), 0), 3u << 2);
  EXPECT_EQ(vis_array(place(0, 0, 1), 0), 1u << 4);
  EXPECT_EQ(vis_array(place(4, 0, 0), 0), 1u << 5);
  EXPECT_EQ(vis_array(place(0, 4, 0), 0), 1u << 9);
  EXPECT_EQ(vis_array(place(0, 0, 2), 0), 1u << 13);
  EXPECT_EQ(vis_array(place(0, 0, 32), 0), 1u << 17);
  EXPECT_EQ(vis_array(place(64, 0, 0), 1), 1u << 17);
  EXPECT_EQ(vis_array(place(0, 64, 0), 1), 1u << 18);
  EXPECT_EQ(vis_array(place(0, 0, 32), 1), 1u << 19);
  EXPECT_EQ(vis_array(place(64, 0, 0), 7), vis_array(place(64, 0, 0), 5));
}

}  // namespace
}  // namespace emulate::sparc64
