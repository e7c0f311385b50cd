/// Which blocks a region is made of.

#include <gtest/gtest.h>

#include <map>

#include "jit/engine/region.h"
#include "jit/ir/builder.h"

namespace emulate::jit::test {
namespace {

using namespace ir;

/// A function with a loop around two others: `copy` is one block, `scan` two.
constexpr std::uint64_t kOuter = 0x1000, kCopy = 0x1100, kScan = 0x1200, kScanMore = 0x1300,
                        kLatch = 0x1400, kOutside = 0x1500;

struct Code {
  std::uint64_t branch;
  std::uint64_t next;
  unsigned entries;  ///< seen when an inner loop is hot
};
const std::map<std::uint64_t, Code> kFunction = {
    {kOuter, {kOutside, kCopy, 3}},    {kCopy, {kCopy, kScan, 3}},
    {kScan, {kLatch, kScanMore, 200}}, {kScanMore, {kScan, kLatch, 197}},
    {kLatch, {kOuter, kOutside, 3}},
};

class Regions : public testing::Test {
 protected:
  /// Addresses of the region's blocks; each block of the function uses `slots` of its own.
  std::vector<std::uint64_t> blocks_of(std::uint64_t pc, unsigned slots,
                                       const std::map<std::uint64_t, bool>& regions = {}) {
    const auto translate = [&](Unit& unit) {
      const auto code = kFunction.find(unit.pc);
      if (code == kFunction.end()) return false;
      unit.clear();
      unit.range = {unit.pc, 0x100};
      unit.guest_instructions = 1;
      Builder b(unit);
      const auto first = static_cast<std::uint32_t>((unit.pc & 0xf00) >> 8) * 100;
      for (unsigned s = 0; s < slots; ++s) {
        const Slot slot{8 * (first + s), Type::i64};
        b.set(slot, b.add(b.get(slot), b.i64(s)));
      }
      b.branch_if(b.get({0, Type::i1}), code->second.branch);
      b.jump(code->second.next);
      return true;
    };
    const auto seen = [&](std::uint64_t at) -> Region::Seen {
      const auto code = kFunction.find(at);
      if (code == kFunction.end()) return {};
      return {.region = regions.contains(at), .entries = code->second.entries};
    };
    const Unit unit = Region(pc, 0).build(translate, seen);
    std::vector<std::uint64_t> found;
    for (const BlockStart& b : unit.blocks) found.push_back(b.pc);
    return found;
  }
  using Blocks = std::vector<std::uint64_t>;
};

TEST_F(Regions, WithFewSlotsTheWholeFunction) {
  EXPECT_EQ(blocks_of(kScan, 1), (Blocks{kOuter, kCopy, kScan, kScanMore, kLatch}));
}

TEST_F(Regions, WithManySlotsWhatRunsAsOften) {
  EXPECT_EQ(blocks_of(kScan, 6), (Blocks{kScan, kScanMore}));
}

TEST_F(Regions, ALoopOfOneBlockStaysAlone) { EXPECT_EQ(blocks_of(kCopy, 6), (Blocks{kCopy})); }

TEST_F(Regions, OthersLoopsAreLeftOut) {
  EXPECT_EQ(blocks_of(kOuter, 6, {{kScan, true}}), (Blocks{kOuter}));
}

}  // namespace
}  // namespace emulate::jit::test
