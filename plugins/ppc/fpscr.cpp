#include "ppc/fpscr.h"

#include <cmath>
#include <limits>
#include <utility>

namespace emulate::ppc {
namespace {

/// {FPSCR bit, MXCSR flag}
constexpr std::pair<std::uint32_t, std::uint32_t> kFlags[] = {
    {kXx, 1u << 5}, {kUx, 1u << 4}, {kOx, 1u << 3}, {kZx, 1u << 2}};
constexpr std::uint32_t kMxcsrFlags = 0x3f;
constexpr std::uint32_t kMxcsrRounding = 3u << 13;
/// Power rounds to nearest, zero, plus, minus infinity; x86 numbers them otherwise.
constexpr std::uint32_t kRounding[4] = {0, 3, 2, 1};
constexpr std::uint32_t kFpcc = 0xfu << kFprfShift, kFprf = 0x1fu << kFprfShift;
/// Not to be written: they follow from the others.
constexpr std::uint32_t kSummary = kFex | kVx;
constexpr std::uint32_t kReserved = 1u << 11;

std::uint32_t compare(double a, double b) { return a < b ? kLt : a > b ? kGt : a == b ? kEq : kSo; }

/// VX and FEX.
std::uint32_t with_summary(std::uint32_t v) {
  v &= ~kSummary;
  if (v & kVxAll) v |= kVx;
  // VX OX UX ZX XX stand 22 bits above their enables VE OE UE ZE XE.
  if ((v >> 22 & v & 0xf8u) != 0) v |= kFex;
  return v;
}

}  // namespace

std::uint32_t fprf_of(double v, bool single) {
  const bool negative = std::signbit(v);
  if (std::isnan(v)) return 0b10001;
  if (std::isinf(v)) return negative ? 0b01001 : 0b00101;
  if (v == 0) return negative ? 0b10010 : 0b00010;
  const double least = single ? 0x1p-126 : std::numeric_limits<double>::min();
  if (std::fabs(v) < least) return negative ? 0b11000 : 0b10100;
  return negative ? 0b01000 : 0b00100;
}

void raise_exceptions(State& s, std::uint32_t bits) {
  if ((bits & ~s.fpscr) != 0) s.fpscr |= bits | kFx;
}

std::uint32_t read_fpscr(State& s, std::uint32_t mxcsr) {
  std::uint32_t seen = 0;
  for (const auto& [bit, host] : kFlags) {
    if (mxcsr & host) seen |= bit;
  }
  raise_exceptions(s, seen);
  if (s.fprf_kind != kFprfFixed) {
    const std::uint32_t c = fprf_of(s.fprf_value, s.fprf_kind == kFprfSingle);
    s.fpscr = (s.fpscr & ~kFprf) | c << kFprfShift;
    s.fprf_kind = kFprfFixed;
  }
  if (s.fpcc_kind != 0) {
    s.fpscr = (s.fpscr & ~kFpcc) | compare(s.cmp_a, s.cmp_b) << kFprfShift;
    s.fpcc_kind = 0;
  }
  s.fpscr = with_summary(s.fpscr);
  return s.fpscr;
}

std::uint32_t write_fpscr(State& s, std::uint32_t mxcsr, std::uint32_t value, std::uint32_t mask) {
  const std::uint32_t old = read_fpscr(s, mxcsr);
  mask &= ~(kSummary | kReserved);
  s.fpscr = with_summary((old & ~mask) | (value & mask));
  mxcsr &= ~(kMxcsrFlags | kMxcsrRounding);
  return mxcsr | kRounding[s.fpscr & 3] << 13;
}

}  // namespace emulate::ppc
