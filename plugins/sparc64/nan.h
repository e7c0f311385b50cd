#pragma once

/// NaNs of singles and doubles: a set top fraction bit is quiet.

#include "jit/ir/float_format.h"

namespace emulate::sparc64 {

struct Format : jit::FloatFormat {
  bool is_signalling(std::uint64_t v) const { return is_nan(v) && (v & quiet_bit()) == 0; }
  std::uint64_t quiet(std::uint64_t v) const { return v | quiet_bit(); }
};
inline constexpr Format kSingle{jit::kSingleFormat}, kDouble{jit::kDoubleFormat};

}  // namespace emulate::sparc64
