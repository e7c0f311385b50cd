#include "mips/helpers.h"

#include <immintrin.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "mips/fcsr.h"

namespace emulate::mips {
namespace {

using jit::Context;
using U64 = std::uint64_t;

// Helpers run with the guest's MXCSR.
U64 help_read_fcsr(Context& c, U64, U64, U64, U64) noexcept {
  return read_fcsr(c.state<State>(), _mm_getcsr());
}
U64 help_write_fcsr(Context& c, U64 value, U64, U64, U64) noexcept {
  _mm_setcsr(write_fcsr(c.state<State>(), _mm_getcsr(), static_cast<std::uint32_t>(value)));
  return 0;
}

struct Format {
  unsigned fraction;  ///< bits
  unsigned bits;

  U64 mask() const { return bits == 64 ? ~U64{0} : (U64{1} << bits) - 1; }
  bool is_nan(U64 v) const {
    const U64 magnitude = v & (mask() >> 1);
    const U64 infinity = ((U64{1} << (bits - 1 - fraction)) - 1) << fraction;
    return magnitude > infinity;
  }
  /// The legacy encoding: a set top fraction bit signals.
  bool is_signalling(U64 v) const { return is_nan(v) && (v >> (fraction - 1) & 1) != 0; }
  U64 default_nan() const {
    return (mask() >> 1) ^ U64 { 1 } << (fraction - 1);
  }
};
constexpr Format kSingle{23, 32};
constexpr Format kDouble{52, 64};

void set_invalid(Context& c) {
  c.state<State>().fcsr |= kFlagInvalid | kFlagInvalid << kCauseShift;
}

/// Every NaN that arithmetic gives is the default one; a quiet operand alone is no invalid
/// operation.
U64 help_float_nan(Context& c, U64 a, U64 b, U64 how, U64) noexcept {
  const Format& from = how & kNanDouble ? kDouble : kSingle;
  const Format& to = how & kNanDoubleResult ? kDouble : kSingle;
  a &= from.mask();
  b &= from.mask();
  if (how & kNanUnary) b = 0;
  const bool any = from.is_nan(a) || from.is_nan(b);
  if (!any || from.is_signalling(a) || from.is_signalling(b)) set_invalid(c);
  return to.default_nan();
}

U64 help_compare_nan(Context& c, U64 a, U64 b, U64 how, U64) noexcept {
  const Format& f = how & 1 ? kDouble : kSingle;
  const bool signals = (how & 2) != 0;
  if (signals || f.is_signalling(a & f.mask()) || f.is_signalling(b & f.mask())) set_invalid(c);
  return 0;
}

U64 help_to_int(Context& c, U64 a, U64, U64 how, U64) noexcept {
  double value;
  if (how & kToIntDouble) {
    std::memcpy(&value, &a, sizeof value);
  } else {
    float f;
    std::memcpy(&f, &a, sizeof f);
    value = f;
  }
  const bool wide = (how & kToIntLong) != 0;
  const double least = wide ? -0x1p63 : -0x1p31;
  // x86 gave its indefinite value, which is also the least integer's: that one is right.
  double rounded = value;
  switch (how >> kToIntRounding) {
    case 0:  // to nearest, whatever the current mode is
      rounded = value - std::remainder(value, 1.0);
      break;
    case 1:
      rounded = std::trunc(value);
      break;
    case 2:
      rounded = std::ceil(value);
      break;
    case 3:
      rounded = std::floor(value);
      break;
    default:
      rounded = std::nearbyint(value);
  }
  if (rounded == least) return wide ? U64{1} << 63 : U64{1} << 31;
  set_invalid(c);
  return wide ? ~U64{0} >> 1 : 0x7fff'ffffu;
}

template <bool kBig>
U64 help_store_partial(Context& c, U64 address, U64 value, U64 bytes, U64) noexcept {
  std::byte buffer[8];
  for (unsigned n = 0; n < bytes; ++n) {
    const unsigned shift = 8 * static_cast<unsigned>(kBig ? bytes - 1 - n : n);
    buffer[n] = static_cast<std::byte>(value >> shift);
  }
  if (!c.host->copyout(GuestAddr(address), buffer, bytes)) {
    Event e;
    e.kind = EventKind::fault;
    e.access = Access::write;
    e.address = GuestAddr(address);
    c.raise(e);
  }
  return 0;
}

U64 help_flush(Context& c, U64 address, U64, U64, U64) noexcept {
  constexpr U64 kLine = 32;
  c.flush_start = address & ~(kLine - 1);
  c.flush_length = kLine;
  return 0;
}

U64 help_cycle_count(Context&, U64, U64, U64, U64) noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  // A counter of 100 MHz.
  return static_cast<U64>(now.tv_sec) * 100'000'000u + static_cast<U64>(now.tv_nsec) / 10;
}

template <bool kBig>
constexpr jit::Helper kHelpers[] = {
    help_read_fcsr, help_write_fcsr,          help_float_nan, help_compare_nan,
    help_to_int,    help_store_partial<kBig>, help_flush,     help_cycle_count,
};

}  // namespace

std::span<const jit::Helper> helpers(bool big_endian) {
  return big_endian ? std::span<const jit::Helper>(kHelpers<true>)
                    : std::span<const jit::Helper>(kHelpers<false>);
}

}  // namespace emulate::mips
