#pragma once

/// The values of operations on vectors.

#include <cstdint>

#include "jit/ir/unit.h"

namespace emulate::jit {

struct V128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

/// `inst` is one of ir::is_vector(); a scalar operand or result is `low`.
V128 evaluate_vector(const ir::Inst& inst, V128 a, V128 b, V128 c);

}  // namespace emulate::jit
