#include <algorithm>
#include <cerrno>

#include <gtest/gtest.h>

#include "fault_handler.h"

namespace emulate {
namespace {

class ChangeTrackingTest : public testing::Test {
 protected:
  void SetUp() override {
    install_fault_handler();
    space = std::move(*AddressSpace::create(small_limits()));
    tracked_space = space.get();
    MapRequest r;
    r.address = GuestAddr(0x10000);
    r.length = 0x4000;
    r.prot = 3;
    r.fixed = r.anonymous = true;
    ASSERT_TRUE(space->map(r));
    space->start_tracking();
  }
  void TearDown() override { tracked_space = nullptr; }
  void poke(std::uint64_t at) {
    const int v = 1;
    ASSERT_TRUE(copyout(*space, GuestAddr(at), &v, sizeof v));
  }
  std::unique_ptr<AddressSpace> space;
};

TEST_F(ChangeTrackingTest, RecordsWhatDiffers) {
  poke(0x11000);
  poke(0x11800);
  poke(0x13ffc);
  poke(0x11000);
  const auto patches = space->stop_tracking().patches;
  ASSERT_EQ(patches.size(), 3u);
  EXPECT_EQ(patches[0].at, GuestAddr(0x11000));
  EXPECT_EQ(patches[1].at, GuestAddr(0x11800));
  EXPECT_EQ(patches[2].at, GuestAddr(0x13ffc));
  // The other three bytes of the number are as they were.
  for (const auto& p : patches) EXPECT_EQ(p.bytes, std::vector{std::byte{1}});
  poke(0x12000);  // writable again
}

TEST_F(ChangeTrackingTest, TheLastByteOfAPageAndThoseAfterIt) {
  const std::uint32_t v = 0x03020101;
  ASSERT_TRUE(copyout(*space, GuestAddr(0x10fff), &v, sizeof v));
  const auto patches = space->stop_tracking().patches;
  ASSERT_EQ(patches.size(), 2u);
  EXPECT_EQ(patches[0].at, GuestAddr(0x10fff));
  EXPECT_EQ(patches[0].bytes.size(), 1u);
  EXPECT_EQ(patches[1].at, GuestAddr(0x11000));
  EXPECT_EQ(patches[1].bytes, (std::vector{std::byte{1}, std::byte{2}, std::byte{3}}));
}

TEST_F(ChangeTrackingTest, HostWritesCount) {
  std::byte* p = space->host_range_for_write(GuestAddr(0x10ffe), 4);
  ASSERT_NE(p, nullptr);
  std::fill_n(p, 4, std::byte{7});
  EXPECT_EQ(space->stop_tracking().patches.size(), 2u);
}

TEST_F(ChangeTrackingTest, UnmappedPagesAreForgottenAndStayUnmapped) {
  poke(0x12000);
  ASSERT_TRUE(space->unmap(GuestAddr(0x12000), 0x1000));
  const int v = 1;
  EXPECT_EQ(copyout(*space, GuestAddr(0x12000), &v, sizeof v).error().value, EFAULT);
  const auto changes = space->stop_tracking();
  EXPECT_TRUE(changes.patches.empty());
  ASSERT_EQ(changes.remapped.size(), 1u);
  EXPECT_EQ(changes.remapped[0].start, 0x12000u);
}

TEST_F(ChangeTrackingTest, ReprotectedPagesAreRemapped) {
  poke(0x10000);
  ASSERT_TRUE(space->protect(GuestAddr(0x10000), 0x2000, 3));
  poke(0x11000);
  const auto changes = space->stop_tracking();
  EXPECT_TRUE(changes.patches.empty());
  ASSERT_EQ(changes.remapped.size(), 1u);
  EXPECT_EQ(changes.remapped[0].end, 0x12000u);
}

}  // namespace
}  // namespace emulate
