#include "host/thunk/layout.h"

#include <gtest/gtest.h>

#include <vector>

namespace emulate {
namespace {

struct Inner {
  std::int16_t a = 0;
  Long b;
};

struct Sample {
  std::uint8_t byte = 0;
  std::int64_t wide = 0;
  Long word;
  GuestAddr pointer;
  Time time;
  Inner inner[2];
  char text[5] = {};
  std::uint16_t last = 0;
};

}  // namespace

template <>
inline constexpr const char* kStructName<Inner> = "inner";
template <>
inline constexpr auto kFields<Inner> = fields(field<&Inner::a>("a"), field<&Inner::b>("b"));

template <>
inline constexpr const char* kStructName<Sample> = "sample";
template <>
inline constexpr auto kFields<Sample> = fields(
    field<&Sample::byte>("byte"), field<&Sample::wide>("wide"), pad<std::uint16_t>(),
    field<&Sample::word>("word"), field<&Sample::pointer>("pointer"), field<&Sample::time>("time"),
    field<&Sample::inner>("inner"), field<&Sample::text>("text"), field<&Sample::last>("last"));

namespace {

struct ModelCase {
  const char* name;
  DataModel model;
};

void PrintTo(const ModelCase& c, std::ostream* out) { *out << c.name; }

class EveryModel : public testing::TestWithParam<ModelCase> {
 protected:
  const DataModel& model() const { return GetParam().model; }
};

INSTANTIATE_TEST_SUITE_P(Models, EveryModel,
                         testing::Values(ModelCase{"Le32", kLe32}, ModelCase{"Le64", kLe64},
                                         ModelCase{"Be32", kBe32}, ModelCase{"Be64", kBe64},
                                         ModelCase{"Be32Time32", kBe32Time32}),
                         [](const auto& info) { return std::string(info.param.name); });

Sample sample() {
  Sample s;
  s.byte = 0xfe;
  s.wide = -2;
  s.word = -3;
  s.pointer = GuestAddr(0x1234'5678);
  s.time = -4;
  s.inner[0] = {-5, 6};
  s.inner[1] = {7, -8};
  std::copy_n("abcd", 5, s.text);
  s.last = 0xffff;
  return s;
}

TEST_P(EveryModel, EncodeThenDecodeGivesTheSame) {
  std::vector<std::byte> bytes(guest_size<Sample>(model()));
  ASSERT_TRUE(encode(model(), sample(), bytes));
  const auto s = decode<Sample>(model(), bytes);
  EXPECT_EQ(s.byte, 0xfe);
  EXPECT_EQ(s.wide, -2);
  EXPECT_EQ(s.word, -3);
  EXPECT_EQ(s.pointer.value, 0x1234'5678u);
  EXPECT_EQ(s.time, -4);
  EXPECT_EQ(s.inner[0].a, -5);
  EXPECT_EQ(s.inner[0].b, 6);
  EXPECT_EQ(s.inner[1].a, 7);
  EXPECT_EQ(s.inner[1].b, -8);
  EXPECT_STREQ(s.text, "abcd");
  EXPECT_EQ(s.last, 0xffff);
}

TEST_P(EveryModel, PaddingIsZero) {
  std::vector<std::byte> bytes(guest_size<Sample>(model()), std::byte{0xff});
  ASSERT_TRUE(encode(model(), Sample{}, bytes));
  for (const std::byte b : bytes) EXPECT_EQ(b, std::byte{0});
}

TEST_P(EveryModel, WhatDoesNotFitIsReported) {
  std::vector<std::byte> bytes(guest_size<Sample>(model()));
  const bool wide_word = model().long_bytes == 8;
  const bool wide_time = model().time_bytes == 8;
  for (const std::int64_t value : {std::int64_t{INT32_MAX} + 1, std::int64_t{INT32_MIN} - 1}) {
    Sample s;
    s.word = value;
    EXPECT_EQ(encode(model(), s, bytes), wide_word);
    s = {};
    s.time = value;
    EXPECT_EQ(encode(model(), s, bytes), wide_time);
    s = {};
    s.inner[1].b = value;
    EXPECT_EQ(encode(model(), s, bytes), wide_word);
  }
  Sample s;
  s.word = INT32_MIN;
  s.time = INT32_MAX;
  s.pointer = GuestAddr(UINT32_MAX);
  EXPECT_TRUE(encode(model(), s, bytes));
  s.pointer = GuestAddr(1ULL << 32);
  EXPECT_EQ(encode(model(), s, bytes), wide_word);
}

TEST_P(EveryModel, ScalarsInGuestOrder) {
  std::byte bytes[8] = {};
  for (const std::size_t n : {1u, 2u, 4u, 8u}) {
    const std::uint64_t value = 0x8877'6655'4433'2211 >> (64 - 8 * n);
    store_scalar(model(), bytes, value, n);
    const std::size_t lowest = model().order == ByteOrder::little ? 0 : n - 1;
    EXPECT_EQ(bytes[lowest], std::byte(value)) << n;
    EXPECT_EQ(load_scalar(model(), bytes, n), value) << n;
  }
}

TEST(Layout, SizesAndOffsets) {
  // 32 bits: byte, 7 pad, wide at 8, pad, word at 20, pointer 24, time at 32 (8-aligned), inner at
  // 40 (8 each), text at 56, last at 62.
  EXPECT_EQ(guest_size<Sample>(kLe32), 64u);
  EXPECT_EQ(guest_offset(kLayout<Sample>, kLe32, 3), 20u);
  EXPECT_EQ(guest_offset(kLayout<Sample>, kLe32, 5), 32u);
  EXPECT_EQ(guest_offset(kLayout<Sample>, kLe32, 8), 62u);
  // 64 bits: word at 24, pointer 32, time 40, inner at 48 (16 each), text at 80, last at 86.
  EXPECT_EQ(guest_size<Sample>(kLe64), 88u);
  EXPECT_EQ(guest_offset(kLayout<Sample>, kLe64, 3), 24u);
  EXPECT_EQ(guest_offset(kLayout<Sample>, kLe64, 8), 86u);
  // A 4-byte time: at 28, and no gap before it.
  EXPECT_EQ(guest_offset(kLayout<Sample>, kBe32Time32, 5), 28u);
  EXPECT_EQ(guest_align(kLayout<Inner>, kLe32), 4u);
  EXPECT_EQ(guest_align(kLayout<Inner>, kLe64), 8u);
}

TEST(Layout, AlignmentOfWideIntegersIsTheModels) {
  DataModel packed = kLe32;
  packed.align64 = 4;
  EXPECT_EQ(guest_offset(kLayout<Sample>, packed, 1), 4u);
  EXPECT_EQ(guest_size<Sample>(packed), 56u);
}

TEST(Layout, BytesInGuestOrder) {
  Inner in{0x0102, 0x0304'0506};
  std::vector<std::byte> le(guest_size<Inner>(kLe32)), be(guest_size<Inner>(kBe32));
  ASSERT_TRUE(encode(kLe32, in, le));
  ASSERT_TRUE(encode(kBe32, in, be));
  const auto bytes = [](std::initializer_list<int> values) {
    std::vector<std::byte> out;
    for (const int v : values) out.push_back(std::byte(v));
    return out;
  };
  EXPECT_EQ(le, bytes({2, 1, 0, 0, 6, 5, 4, 3}));
  EXPECT_EQ(be, bytes({1, 2, 0, 0, 3, 4, 5, 6}));
}

TEST(Layout, Format) {
  std::string out;
  format(kLayout<Sample>, &static_cast<const Sample&>(sample()), out);
  EXPECT_EQ(out,
            "{byte=254, wide=-2, word=-3, pointer=0x12345678, time=-4, "
            "inner=[{a=-5, b=6}, {a=7, b=-8}], text=\"abcd\", last=65535}");
}

TEST(Layout, FormatStopsAtTheEndOfAnUnterminatedString) {
  Sample s;
  std::fill_n(s.text, sizeof s.text, 'x');
  std::string out;
  format(kLayout<Sample>, &s, out);
  EXPECT_NE(out.find("text=\"xxxxx\""), std::string::npos) << out;
}

TEST(Layout, LoneScalars) {
  EXPECT_EQ(guest_size<Long>(kLe32), 4u);
  EXPECT_EQ(guest_size<Long>(kLe64), 8u);
  EXPECT_EQ(guest_size<std::int64_t>(kLe32), 8u);
  std::vector<std::byte> bytes(4);
  ASSERT_TRUE(encode(kBe32, Long{-2}, bytes));
  EXPECT_EQ(decode<Long>(kBe32, bytes), -2);
}

}  // namespace
}  // namespace emulate
