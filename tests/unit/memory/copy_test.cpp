#include "host/memory/copy.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <gtest/gtest.h>

#include "fault_handler.h"

namespace emulate {
namespace {

class CopyTest : public testing::Test {
 protected:
  void SetUp() override {
    install_fault_handler();
    space = std::move(*AddressSpace::create(small_limits()));
    MapRequest r;
    r.address = GuestAddr(0x10000);
    r.length = 0x2000;
    r.prot = 3;
    r.fixed = r.anonymous = true;
    ASSERT_TRUE(space->map(r));
    r.address = GuestAddr(0x20000);
    r.length = 0x1000;
    r.prot = kProtRead;
    ASSERT_TRUE(space->map(r));
  }
  std::unique_ptr<AddressSpace> space;
};

TEST_F(CopyTest, RoundTrip) {
  const std::array<char, 5> in{'a', 'b', 'c', 'd', 0};
  ASSERT_TRUE(copyout(*space, GuestAddr(0x10ffe), in.data(), in.size()));
  EXPECT_EQ(*copyinstr(*space, GuestAddr(0x10ffe), 100), "abcd");
  EXPECT_EQ(copyinstr(*space, GuestAddr(0x10ffe), 4).error().value, ENAMETOOLONG);
}

TEST_F(CopyTest, FaultsAreErrors) {
  std::array<char, 64> buffer{};
  EXPECT_EQ(copyin(*space, buffer.data(), GuestAddr(0x11fff), 2).error().value, EFAULT);
  EXPECT_EQ(copyin(*space, buffer.data(), GuestAddr(0), 64).error().value, EFAULT);
  EXPECT_EQ(copyout(*space, GuestAddr(0x20000), buffer.data(), 1).error().value, EFAULT);
  EXPECT_EQ(copyin(*space, buffer.data(), GuestAddr(UINT64_MAX - 3), 8).error().value, EFAULT);
  EXPECT_EQ(copyin(*space, buffer.data(), GuestAddr(1ULL << 32), 1).error().value, EFAULT);
  EXPECT_EQ(copyinstr(*space, GuestAddr(0xffff'fff0), 100).error().value, EFAULT);
}

TEST_F(CopyTest, StringThatRunsOffItsPage) {
  std::array<char, 16> x;
  x.fill('x');
  ASSERT_TRUE(copyout(*space, GuestAddr(0x11ff0), x.data(), x.size()));
  EXPECT_EQ(copyinstr(*space, GuestAddr(0x11ff0), 100).error().value, EFAULT);
}

TEST_F(CopyTest, AtomicWords) {
  ASSERT_TRUE(store32(*space, GuestAddr(0x10000), 7));
  EXPECT_EQ(*cas32(*space, GuestAddr(0x10000), 7, 9), 7u);
  EXPECT_EQ(*cas32(*space, GuestAddr(0x10000), 7, 11), 9u);
  EXPECT_EQ(*load32(*space, GuestAddr(0x10000)), 9u);
  EXPECT_EQ(*cas64(*space, GuestAddr(0x10000), 9, 1ULL << 40), 9u);
  EXPECT_EQ(*load64(*space, GuestAddr(0x10000)), 1ULL << 40);
  EXPECT_EQ(load32(*space, GuestAddr(0x10002)).error().value, EINVAL);
  EXPECT_EQ(cas32(*space, GuestAddr(0x20000), 0, 1).error().value, EFAULT);
  EXPECT_EQ(load64(*space, GuestAddr(0x30000)).error().value, EFAULT);
}

TEST_F(CopyTest, CompareExchangeOfEveryWidth) {
  for (const std::size_t n : {1, 2, 4, 8, 16}) {
    std::array<std::uint8_t, 16> zero{};
    std::array<std::uint8_t, 16> ones;
    ones.fill(0x11);
    ASSERT_TRUE(copyout(*space, GuestAddr(0x10040), zero.data(), 16));
    std::array<std::uint8_t, 16> expected{};
    ASSERT_TRUE(compare_exchange(*space, GuestAddr(0x10040), expected.data(), ones.data(), n));
    EXPECT_EQ(expected, zero) << n;
    std::array<std::uint8_t, 16> now{};
    ASSERT_TRUE(copyin(*space, now.data(), GuestAddr(0x10040), 16));
    for (std::size_t i = 0; i < 16; ++i) EXPECT_EQ(now[i], i < n ? 0x11 : 0) << n;
    ASSERT_TRUE(compare_exchange(*space, GuestAddr(0x10040), expected.data(), zero.data(), n));
    EXPECT_EQ(std::memcmp(expected.data(), ones.data(), n), 0) << "the bytes found come back";
    EXPECT_EQ(
        compare_exchange(*space, GuestAddr(0x20000), expected.data(), ones.data(), n).error().value,
        EFAULT);
  }
}

}  // namespace
}  // namespace emulate
