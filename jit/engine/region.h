#pragma once

/// Finds what is compiled together once a block is hot: the blocks it leads to by direct jumps.
/// Where they use more guest registers than the host has to give, only those of them that run about
/// as often, and no loop inside that is a region already: entering one costs a few loads, but its
/// loops get the registers.

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "jit/ir/unit.h"

namespace emulate::jit {

class Region {
 public:
  /// Translates and optimises the block at unit.pc up to unit.stop; false when it cannot be.
  using Translate = std::function<bool(ir::Unit&)>;
  /// What has been seen of the block at an address.
  struct Seen {
    bool region = false;   ///< a region begins there
    unsigned entries = 0;  ///< until the first promotion
  };
  using Known = std::function<Seen(std::uint64_t)>;

  Region(std::uint64_t pc, std::uint32_t mode) : pc_(pc), mode_(mode) {}

  /// The region's unit; without blocks when there is none.
  /// `speculate`: slots that are given numbers of 32 bits are taken to hold such already.
  ir::Unit build(const Translate& translate, const Known& seen, bool speculate = false);

 private:
  bool add(std::uint64_t pc, const Translate& translate);
  void split(std::uint64_t pc, const Translate& translate);
  std::size_t slots() const;
  void keep_hot(const Known& seen);
  void keep_loop();
  void keep_reachable();

  std::uint64_t pc_;
  std::uint32_t mode_;
  unsigned instructions_ = 0;
  std::map<std::uint64_t, ir::Unit> blocks_;
  std::vector<std::uint64_t> wanted_;  ///< addresses still to be looked at, nearest first
};

}  // namespace emulate::jit
