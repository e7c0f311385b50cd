#include "mips/helpers.h"

#include <immintrin.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "mips/fcsr.h"
#include "mips/nan.h"
#include "mips/traps.h"

namespace emulate::mips {
namespace {

using jit::Context;
using U64 = std::uint64_t;

// Helpers run with the guest's MXCSR.
U64 help_read_fcsr(Context& c, U64, U64, U64, U64) noexcept {
  return read_fcsr(c.state<State>(), _mm_getcsr());
}

void raise(Context& c, EventKind kind, unsigned code) {
  Event e;
  e.kind = kind;
  e.code = code;
  c.raise(e);
}

/// An exception that FCSR's Cause and Enable fields make together.
bool raise_enabled(Context& c, std::uint32_t cause) {
  State& s = c.state<State>();
  const auto code = enabled_exception(s, cause);
  if (!code) return false;
  // As kernels leave it for the signal's handler: what would trap again is cleared.
  s.fcsr = (s.fcsr & ~kCauseMask) | (cause & ~(s.fcsr & kEnableMask) << kEnableToCause);
  s.last_op = 0;
  raise(c, EventKind::arithmetic_trap, static_cast<unsigned>(*code));
  return true;
}

U64 help_write_fcsr(Context& c, U64 value, U64 after, U64, U64) noexcept {
  State& s = c.state<State>();
  const bool trapped = fcsr_traps(s);
  _mm_setcsr(write_fcsr(s, _mm_getcsr(), static_cast<std::uint32_t>(value)));
  if (raise_enabled(c, s.fcsr & kCauseMask) || fcsr_traps(s) == trapped) return 0;
  raise(c, EventKind::trap, kTrapLeave);
  c.pc = after;
  return 0;
}

U64 help_check_enabled(Context& c, U64, U64, U64, U64) noexcept {
  raise_enabled(c, cause_of_last(c.state<State>(), _mm_getcsr()));
  return 0;
}

void set_invalid(Context& c) { c.state<State>().fcsr |= kFlagInvalid; }

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
  const unsigned csr = _mm_getcsr();  // the compiler's roundings may raise inexact
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
  _mm_setcsr(csr);
  if (rounded == least) {
    if (rounded != value) _mm_setcsr(csr | kMxcsrInexact);
    return wide ? U64{1} << 63 : U64{1} << 31;
  }
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
    help_read_fcsr,           help_write_fcsr, help_float_nan,   help_compare_nan,   help_to_int,
    help_store_partial<kBig>, help_flush,      help_cycle_count, help_check_enabled,
};

}  // namespace

std::span<const jit::Helper> helpers(bool big_endian) {
  return big_endian ? std::span<const jit::Helper>(kHelpers<true>)
                    : std::span<const jit::Helper>(kHelpers<false>);
}

}  // namespace emulate::mips
