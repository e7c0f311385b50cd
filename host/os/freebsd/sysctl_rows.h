#pragma once

/// What the files with the tree's rows have in common.

#include "host/os/freebsd/sysctl_tree.h"

namespace emulate::freebsd {

using CtlResult = Expected<void>;

inline constexpr CtlType kNode = CtlType::node;
inline constexpr CtlType kInt = CtlType::int_;
inline constexpr CtlType kString = CtlType::string;

/// A number that never changes.
template <std::int64_t N>
CtlResult constant(CtlCall&, CtlValue& out) {
  out.i32(N);
  return {};
}
template <std::uint64_t N>
CtlResult constant_long(CtlCall&, CtlValue& out) {
  out.word(N);
  return {};
}

}  // namespace emulate::freebsd
