#include "sparc64/fsr.h"

namespace emulate::sparc64 {
namespace {

constexpr std::uint32_t kMxcsrFlags = 0x3f;
constexpr std::uint32_t kMxcsrRounding = 3u << 13;
/// SPARC rounds to nearest, zero, plus, minus infinity; x86 numbers them otherwise.
constexpr std::uint32_t kRounding[4] = {0, 3, 2, 1};
/// MXCSR's flags for SPARC's bits from 0 on.
constexpr std::uint32_t kFlags[5] = {1u << 5, 1u << 2, 1u << 4, 1u << 3, 1u << 0};

/// Rounding, enabled traps, the non-standard mode, exceptions; the trap type reads as 0 but after a
/// trap. Conditions are in State::fcc.
constexpr std::uint64_t kWritable = 0xcfc0'03ffu;

}  // namespace

unsigned exceptions_of(std::uint32_t mxcsr) {
  unsigned bits = 0;
  for (unsigned n = 0; n < 5; ++n) bits |= (mxcsr & kFlags[n]) != 0 ? 1u << n : 0;
  return bits;
}

std::uint64_t read_fsr(State& s, std::uint32_t& mxcsr) {
  if (const unsigned fresh = exceptions_of(mxcsr); fresh != 0) {
    s.fsr = (s.fsr & ~kFsrExceptions) | fresh | std::uint64_t{fresh} << kFsrAccrued;
    mxcsr &= ~kMxcsrFlags;
  }
  std::uint64_t value = s.fsr | std::uint64_t{s.fcc[0]} << kFsrCondition0;
  for (unsigned n = 1; n < 4; ++n) {
    value |= std::uint64_t{s.fcc[n]} << (kFsrCondition1 + 2 * (n - 1));
  }
  return value;
}

std::uint32_t write_fsr(State& s, std::uint32_t mxcsr, std::uint64_t value, bool wide) {
  s.fsr = value & kWritable;
  s.fcc[0] = value >> kFsrCondition0 & 3;
  if (wide) {
    for (unsigned n = 1; n < 4; ++n) s.fcc[n] = value >> (kFsrCondition1 + 2 * (n - 1)) & 3;
  }
  mxcsr &= ~(kMxcsrFlags | kMxcsrRounding);
  return mxcsr | kRounding[value >> kFsrRounding & 3] << 13;
}

}  // namespace emulate::sparc64
