#pragma once

/// Floating point operations done again, by somebody who wants to know what they raised.

#include <immintrin.h>

#include "jit/interp/scalar.h"

namespace emulate::jit {

/// For its lifetime MXCSR is as given, without flags.
class Redo {
 public:
  explicit Redo(std::uint32_t mxcsr) : before_(_mm_getcsr()) { _mm_setcsr(mxcsr & ~kFlags); }
  ~Redo() { _mm_setcsr(before_); }
  Redo(const Redo&) = delete;
  Redo& operator=(const Redo&) = delete;

  /// `from` is the type that conversions convert.
  std::uint64_t evaluate(ir::Op op, ir::Type to, ir::Type from, std::uint64_t a,
                         std::uint64_t b = 0) {
    ir::Inst inst{};
    inst.op = op;
    inst.type = to;
    inst.aux = static_cast<std::uint16_t>(from);
    return evaluate_float(inst, a, b, 0).value_or(0);
  }
  /// MXCSR's flags of all that was evaluated.
  std::uint32_t flags() const { return _mm_getcsr() & kFlags; }

 private:
  static constexpr std::uint32_t kFlags = 0x3f;
  const std::uint32_t before_;
};

}  // namespace emulate::jit
