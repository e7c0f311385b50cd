#include <gtest/gtest.h>

#include <set>

#include "host/os/freebsd/sysctl_tree.h"

namespace emulate::freebsd {
namespace {

using Oid = std::vector<std::int32_t>;

TEST(SysctlTree, KnownNumbers) {
  const struct {
    const char* name;
    Oid oid;
  } known[] = {
      {"kern.ostype", {1, 1}},
      {"kern.osreldate", {1, 24}},
      {"kern.arandom", {1, 37}},
      {"kern.proc.all", {1, 14, 0}},
      {"kern.proc.args", {1, 14, 7}},
      {"hw.ncpu", {6, 3}},
      {"hw.machine_arch", {6, 11}},
      {"vm.loadavg", {2, 2}},
      {"kern.ipc.somaxconn", {1, 30, 3}},
  };
  for (const auto& k : known) {
    const CtlNode* node = sysctl_tree().by_name(k.name);
    ASSERT_NE(node, nullptr) << k.name;
    EXPECT_EQ(node->oid, k.oid) << k.name;
    EXPECT_EQ(sysctl_tree().exact(k.oid), node) << k.name;
  }
}

TEST(SysctlTree, ArgumentsAfterANode) {
  const Oid oid{1, 14, 12, -1};
  auto node = sysctl_tree().by_oid(oid);
  ASSERT_TRUE(node);
  EXPECT_STREQ((*node)->row->name, "kern.proc.pathname");
}

TEST(SysctlTree, Errors) {
  EXPECT_EQ(sysctl_tree().by_oid(Oid{1, 999}).error().value, ENOENT);
  EXPECT_EQ(sysctl_tree().by_oid(Oid{1, 14}).error().value, EISDIR);
  EXPECT_EQ(sysctl_tree().by_oid(Oid{1, 1, 5}).error().value, ENOTDIR);
  EXPECT_EQ(sysctl_tree().by_name("kern.nonsense"), nullptr);
}

TEST(SysctlTree, NextVisitsEveryLeafOnce) {
  std::set<std::string> seen;
  Oid at{1};
  while (const CtlNode* node = sysctl_tree().next(at)) {
    EXPECT_TRUE(seen.insert(node->row->name).second) << node->row->name;
    at = node->oid;
    ASSERT_LT(seen.size(), 10'000u);
  }
  EXPECT_TRUE(seen.contains("kern.ostype"));
  EXPECT_TRUE(seen.contains("hw.machine"));
  EXPECT_FALSE(seen.contains("kern.ipc"));
}

TEST(SysctlTree, ValuesInTheGuestsLayout) {
  CtlValue v(kBe32);
  v.word(0x1'0000'0000).i32(1).text("ab");
  const std::vector<std::byte> expected{std::byte{0xff}, std::byte{0xff}, std::byte{0xff},
                                        std::byte{0xff}, std::byte{0},    std::byte{0},
                                        std::byte{0},    std::byte{1},    std::byte{'a'},
                                        std::byte{'b'},  std::byte{0}};
  EXPECT_EQ(v.bytes(), expected);
}

}  // namespace
}  // namespace emulate::freebsd
