#include "mips/fcsr.h"

#include <utility>

namespace emulate::mips {
namespace {

/// {fcsr flag, MXCSR flag}
constexpr std::pair<std::uint32_t, std::uint32_t> kFlags[] = {{kFlagInexact, 1u << 5},
                                                              {kFlagUnderflow, 1u << 4},
                                                              {kFlagOverflow, 1u << 3},
                                                              {kFlagZero, 1u << 2}};
constexpr std::uint32_t kMxcsrFlags = 0x3f;
constexpr std::uint32_t kMxcsrRounding = 3u << 13;
constexpr std::uint32_t kMxcsrFlush = 1u << 15 | 1u << 6;  // flush to zero, denormals are zero
/// MIPS rounds to nearest, zero, plus, minus infinity; x86 numbers them otherwise.
constexpr std::uint32_t kRounding[4] = {0, 3, 2, 1};

constexpr std::uint32_t kConditions = 0xfe80'0000u;
constexpr std::uint32_t kWritable = 0xff83'ffffu;

}  // namespace

std::uint32_t read_fcsr(const State& s, std::uint32_t mxcsr) {
  std::uint32_t value = s.fcsr;
  for (const auto& [flag, host] : kFlags) {
    if (mxcsr & host) value |= flag | flag << kCauseShift;
  }
  for (unsigned n = 0; n < 8; ++n) {
    if (s.fcc[n] != 0) value |= n == 0 ? 1u << 23 : 1u << (24 + n);
  }
  return value;
}

std::uint32_t write_fcsr(State& s, std::uint32_t mxcsr, std::uint32_t value) {
  value &= kWritable;
  for (unsigned n = 0; n < 8; ++n) s.fcc[n] = value >> (n == 0 ? 23 : 24 + n) & 1;
  s.fcsr = value & ~kConditions;
  mxcsr &= ~(kMxcsrFlags | kMxcsrRounding | kMxcsrFlush);
  mxcsr |= kRounding[value & kFcsrRounding] << 13;
  if (value & kFcsrFs) mxcsr |= kMxcsrFlush;
  return mxcsr;
}

}  // namespace emulate::mips
