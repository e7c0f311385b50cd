#include "host/memory/address_space.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "fault_handler.h"

namespace emulate {
namespace {

class AddressSpaceTest : public testing::Test {
 protected:
  void SetUp() override { space = std::move(*AddressSpace::create(small_limits())); }

  GuestAddr map(std::uint64_t at, std::uint64_t length, std::uint8_t prot = 3) {
    MapRequest r;
    r.address = GuestAddr(at);
    r.length = length;
    r.prot = prot;
    r.fixed = r.anonymous = true;
    return *space->map(r);
  }
  int error_of(const MapRequest& r) {
    const auto e = space->map(r);
    return e ? 0 : e.error().value;
  }

  std::unique_ptr<AddressSpace> space;
};

TEST_F(AddressSpaceTest, AnonymousGoesToTheMapBase) {
  MapRequest r;
  r.length = 100;
  r.prot = 3;
  r.anonymous = true;
  EXPECT_EQ(space->map(r)->value, 0x2000'0000u);
  EXPECT_EQ(space->map(r)->value, 0x2000'1000u);
  EXPECT_EQ(space->snapshot().size(), 1u) << "equal neighbours merge";
}

TEST_F(AddressSpaceTest, HintIsTakenWhenFree) {
  MapRequest r;
  r.address = GuestAddr(0x5000'0123);
  r.length = 4096;
  r.anonymous = true;
  EXPECT_EQ(space->map(r)->value, 0x5000'0000u);
  EXPECT_EQ(space->map(r)->value, 0x5000'1000u);
}

TEST_F(AddressSpaceTest, FixedExclusiveRefusesWhatIsTaken) {
  map(0x10000, 0x3000);
  MapRequest r;
  r.address = GuestAddr(0x12000);
  r.length = 0x2000;
  r.fixed = r.exclusive = r.anonymous = true;
  EXPECT_EQ(error_of(r), EEXIST);
  r.address = GuestAddr(0x13000);
  EXPECT_EQ(error_of(r), 0);
}

TEST_F(AddressSpaceTest, BadRequestsAreRefused) {
  MapRequest r;
  r.fixed = r.anonymous = true;
  r.address = GuestAddr(0x1000);
  EXPECT_EQ(error_of(r), EINVAL);
  r.length = 4096;
  r.address = GuestAddr(0x1001);
  EXPECT_EQ(error_of(r), EINVAL);
  r.address = GuestAddr(0xbfff'f000);
  r.length = 0x2000;
  EXPECT_EQ(error_of(r), ENOMEM);
  r.length = UINT64_MAX - 10;
  EXPECT_NE(error_of(r), 0);
}

TEST_F(AddressSpaceTest, UnmapSplits) {
  map(0x10000, 0x5000);
  ASSERT_TRUE(space->unmap(GuestAddr(0x12000), 0x1000));
  const auto maps = space->snapshot();
  ASSERT_EQ(maps.size(), 2u);
  EXPECT_EQ(maps[0].end().value, 0x12000u);
  EXPECT_EQ(maps[1].start.value, 0x13000u);
  EXPECT_FALSE(space->find(GuestAddr(0x12fff)));
}

TEST_F(AddressSpaceTest, ProtectSplitsAndMergesAgain) {
  map(0x10000, 0x3000);
  ASSERT_TRUE(space->protect(GuestAddr(0x11000), 0x1000, kProtRead));
  EXPECT_EQ(space->snapshot().size(), 3u);
  EXPECT_FALSE(space->allows(GuestAddr(0x10000), 0x2000, kProtWrite));
  ASSERT_TRUE(space->protect(GuestAddr(0x11000), 0x1000, 3));
  EXPECT_EQ(space->snapshot().size(), 1u);
  EXPECT_EQ(space->protect(GuestAddr(0x13000), 0x1000, 3).error().value, ENOMEM);
}

TEST_F(AddressSpaceTest, MaxProtectionHolds) {
  MapRequest r;
  r.address = GuestAddr(0x10000);
  r.length = 4096;
  r.prot = r.max_prot = kProtRead;
  r.fixed = r.anonymous = true;
  ASSERT_TRUE(space->map(r));
  EXPECT_EQ(space->protect(GuestAddr(0x10000), 4096, 3).error().value, EACCES);
}

TEST_F(AddressSpaceTest, LargeGuestPages) {
  auto big = std::move(*AddressSpace::create(small_limits(8192)));
  MapRequest r;
  r.length = 100;
  r.prot = 3;
  r.anonymous = true;
  const GuestAddr at = *big->map(r);
  EXPECT_EQ(at.value % 8192, 0u);
  EXPECT_TRUE(big->allows(at, 8192, 3));
  EXPECT_EQ(big->unmap(at + 4096, 4096).error().value, EINVAL);
}

TEST_F(AddressSpaceTest, BreakGrowsAndShrinks) {
  space->set_initial_break(GuestAddr(0x2'0100));
  EXPECT_EQ(space->current_break().value, 0x2'1000u);
  ASSERT_TRUE(space->set_break(GuestAddr(0x2'5001), 1 << 20));
  EXPECT_TRUE(space->allows(GuestAddr(0x2'1000), 0x5000, 3));
  EXPECT_FALSE(space->set_break(GuestAddr(0x2'1000 + (2 << 20)), 1 << 20));
  ASSERT_TRUE(space->set_break(GuestAddr(0x2'2000), 1 << 20));
  EXPECT_FALSE(space->find(GuestAddr(0x2'2000)));
}

TEST_F(AddressSpaceTest, FileMappingsKeepOffsetAndName) {
  const int fd = memfd_create("backing", 0);
  ASSERT_EQ(ftruncate(fd, 0x4000), 0);
  MapRequest r;
  r.address = GuestAddr(0x30000);
  r.length = 0x2000;
  r.prot = kProtRead;
  r.fixed = r.shared = true;
  r.host_fd = fd;
  r.offset = 0x1000;
  ASSERT_TRUE(space->map(r));
  ASSERT_TRUE(space->unmap(GuestAddr(0x30000), 0x1000));
  const auto m = space->find(GuestAddr(0x31000));
  ASSERT_TRUE(m);
  EXPECT_EQ(m->offset, 0x2000u);
  EXPECT_NE(m->name, nullptr);
  r.address = GuestAddr(0x50000);
  ASSERT_TRUE(space->map(r));
  EXPECT_EQ(*space->object_key(GuestAddr(0x31010)), *space->object_key(GuestAddr(0x51010)))
      << "two mappings of one page are one object";
  close(fd);
}

TEST_F(AddressSpaceTest, ResetForgetsEverything) {
  map(0x10000, 0x3000);
  space->reset(small_limits());
  EXPECT_TRUE(space->snapshot().empty());
}

/// Whether the host was asked for large pages at this address.
bool asked_for_large_pages(const void* at) {
  std::ifstream maps("/proc/self/smaps");
  const auto address = reinterpret_cast<std::uintptr_t>(at);
  bool here = false;
  for (std::string line; std::getline(maps, line);) {
    unsigned long from = 0, to = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &from, &to) == 2) {
      here = address >= from && address < to;
    }
    if (here && line.starts_with("VmFlags:")) return line.find(" hg") != std::string::npos;
  }
  return false;
}

TEST_F(AddressSpaceTest, MuchMemoryMayHaveLargePages) {
  if (access("/sys/kernel/mm/transparent_hugepage", F_OK) != 0) GTEST_SKIP();
  map(0x100'0000, 8u << 20);
  map(0x200'0000, 64u << 10);
  map(0x300'0000, 8u << 20, 0);
  EXPECT_TRUE(asked_for_large_pages(space->window().base + 0x100'0000));
  EXPECT_FALSE(asked_for_large_pages(space->window().base + 0x200'0000)) << "too little";
  EXPECT_FALSE(asked_for_large_pages(space->window().base + 0x300'0000)) << "only reserved";
}

class Recorder : public MappingListener {
 public:
  void code_changed(GuestAddr start, std::uint64_t length) override {
    calls.emplace_back(start.value, length);
  }
  std::vector<std::pair<std::uint64_t, std::uint64_t>> calls;
};

TEST_F(AddressSpaceTest, ListenerHearsOfCodeOnly) {
  Recorder r;
  space->set_listener(&r);
  map(0x10000, 0x1000, 3);
  map(0x20000, 0x1000, 5);
  ASSERT_TRUE(space->protect(GuestAddr(0x10000), 0x1000, 1));
  EXPECT_TRUE(r.calls.empty());
  ASSERT_TRUE(space->protect(GuestAddr(0x20000), 0x1000, 3));
  ASSERT_EQ(r.calls.size(), 1u);
  EXPECT_EQ(r.calls[0].first, 0x20000u);
}

TEST_F(AddressSpaceTest, RemapMovesContent) {
  map(0x10000, 0x1000);
  map(0x11000, 0x1000, kProtRead);
  *reinterpret_cast<int*>(space->host_range(GuestAddr(0x10000), 4)) = 42;
  const auto moved = space->remap(GuestAddr(0x10000), 0x1000, 0x3000, MREMAP_MAYMOVE, GuestAddr());
  ASSERT_TRUE(moved);
  EXPECT_NE(moved->value, 0x10000u);
  EXPECT_EQ(*reinterpret_cast<int*>(space->host_range(*moved, 4)), 42);
  EXPECT_FALSE(space->find(GuestAddr(0x10000)));
  EXPECT_TRUE(space->allows(*moved, 0x3000, 3));
}

}  // namespace
}  // namespace emulate
