#pragma once

/// NaNs in the legacy encoding of MIPS before release 6.

#include "jit/ir/float_format.h"

namespace emulate::mips {

struct Format : jit::FloatFormat {
  /// A set top fraction bit signals.
  bool is_signalling(std::uint64_t v) const { return is_nan(v) && (v & quiet_bit()) != 0; }
  std::uint64_t default_nan() const { return (mask() >> 1) ^ quiet_bit(); }
};
inline constexpr Format kSingle{jit::kSingleFormat}, kDouble{jit::kDoubleFormat};

}  // namespace emulate::mips
