#pragma once

/// Finds what is compiled together once a block is hot: the blocks it leads to by direct jumps.

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

  Region(std::uint64_t pc, std::uint32_t mode) : pc_(pc), mode_(mode) {}

  /// The region's unit; without blocks when there is none.
  ir::Unit build(const Translate& translate);

 private:
  bool add(std::uint64_t pc, const Translate& translate);
  void split(std::uint64_t pc, const Translate& translate);

  std::uint64_t pc_;
  std::uint32_t mode_;
  unsigned instructions_ = 0;
  std::map<std::uint64_t, ir::Unit> blocks_;
  std::vector<std::uint64_t> wanted_;  ///< addresses still to be looked at, nearest first
};

}  // namespace emulate::jit
