#include "ppc/helpers.h"

#include <immintrin.h>
#include <sys/random.h>
#include <time.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include "ppc/dpd.h"
#include "ppc/fpscr.h"
#include "ppc/nan.h"
#include "ppc/state.h"
#include "ppc/vector.h"

namespace emulate::ppc {

void reset_state(State& s, std::uint32_t features) {
  s = {};
  s.features = features;
  write_cr(s, 0);
}

std::uint32_t read_cr(const State& s) {
  std::uint32_t cr = 0;
  for (unsigned f = 0; f < 8; ++f) {
    const std::int64_t v = s.cr_value[f];
    const unsigned order = v < 0 ? kLt : v > 0 ? kGt : kEq;
    const unsigned bits = v == kCrExplicit ? s.cr_bits[f] : order | s.so;
    cr |= bits << 4 * (7 - f);
  }
  return cr;
}

void write_cr(State& s, std::uint32_t value, unsigned fields) {
  for (unsigned f = 0; f < 8; ++f) {
    if ((fields & 0x80u >> f) == 0) continue;
    set_cr_field(s, f, value >> 4 * (7 - f) & 15);
  }
}

void freeze_cr(State& s) { write_cr(s, read_cr(s)); }

std::uint64_t settle_nan(State& s, std::uint64_t a, std::uint64_t b, unsigned how) {
  if (is_snan(a) || is_snan(b)) raise_exceptions(s, kVxSnan);
  if (is_nan(a)) return a | kQuietBit;
  if (is_nan(b)) return b | kQuietBit;
  constexpr std::uint32_t kReasons[] = {kVxIsi, kVxIsi, kVxImz, 0, kVxSqrt};
  std::uint32_t reason = kReasons[how];
  if (reason == 0) reason = is_zero(b) ? kVxZdz : kVxIdi;
  raise_exceptions(s, reason);
  return kDefaultNan;
}

std::uint64_t settle_fma_nan(State& s, std::uint64_t a, std::uint64_t f, std::uint64_t b) {
  const bool zero_times_infinity = (is_zero(a) && is_inf(f)) || (is_inf(a) && is_zero(f));
  std::uint32_t reasons = zero_times_infinity ? kVxImz : 0;
  if (is_snan(a) || is_snan(b) || is_snan(f)) reasons |= kVxSnan;
  std::uint64_t result = kDefaultNan;
  if (is_nan(a)) {
    result = a | kQuietBit;
  } else if (is_nan(b)) {
    result = b | kQuietBit;
  } else if (is_nan(f)) {
    result = f | kQuietBit;
  } else if (!zero_times_infinity) {
    reasons |= kVxIsi;
  }
  raise_exceptions(s, reasons);
  return result;
}

std::uint32_t single_bits(std::uint64_t v) {
  const unsigned exponent = v >> 52 & 0x7ff;
  const std::uint64_t sign = v >> 32 & 0x8000'0000u;
  if (exponent > 896 || is_zero(v)) {
    return static_cast<std::uint32_t>((v >> 32 & 0xc000'0000u) | (v >> 29 & 0x3fff'ffffu));
  }
  if (exponent < 874) return static_cast<std::uint32_t>(sign);
  const std::uint64_t fraction = (v & 0x000f'ffff'ffff'ffffu) | std::uint64_t{1} << 52;
  return static_cast<std::uint32_t>(sign | fraction >> (896 - exponent + 30));
}

namespace {

struct FormatLimits {
  int bias, most, least, reliable;
};
constexpr FormatLimits kDoubleLimits{1023, 1023, -1022, -970}, kSingleLimits{127, 127, -126, -103};

template <class F>
int exponent_of(F v) {
  if constexpr (sizeof(F) == 8) {
    return static_cast<int>(std::bit_cast<std::uint64_t>(v) >> 52 & 0x7ff) - kDoubleLimits.bias;
  } else {
    return static_cast<int>(std::bit_cast<std::uint32_t>(v) >> 23 & 0xff) - kSingleLimits.bias;
  }
}
constexpr unsigned kFg = 4, kFe = 2;

template <class F>
unsigned test_division(F a, F b, const FormatLimits& f) {
  const int ea = exponent_of(a), eb = exponent_of(b);
  const bool fg = std::isinf(a) || std::isinf(b) || b == 0 || eb < f.least;
  const bool fe = !std::isfinite(a) || !std::isfinite(b) || b == 0 || eb <= f.least ||
                  eb >= f.most - 2 ||
                  (a != 0 && (ea - eb >= f.most || ea - eb <= f.least + 1 || ea <= f.reliable));
  return (fg ? kFg : 0) | (fe ? kFe : 0);
}
template <class F>
unsigned test_root(F b, const FormatLimits& f) {
  const int eb = exponent_of(b);
  const bool fg = std::isinf(b) || b == 0 || eb < f.least;
  const bool fe = !std::isfinite(b) || b == 0 || std::signbit(b) || eb <= f.reliable;
  return (fg ? kFg : 0) | (fe ? kFe : 0);
}

}  // namespace

unsigned division_test(double a, double b) { return test_division(a, b, kDoubleLimits); }
unsigned division_test(float a, float b) { return test_division(a, b, kSingleLimits); }
unsigned root_test(double b) { return test_root(b, kDoubleLimits); }
unsigned root_test(float b) { return test_root(b, kSingleLimits); }

namespace {

using jit::Context;
using U64 = std::uint64_t;
using U32 = std::uint32_t;

State& state_of(Context& c) { return c.state<State>(); }

U64 help_mfcr(Context& c, U64, U64, U64, U64) noexcept { return read_cr(state_of(c)); }
U64 help_freeze_cr(Context& c, U64, U64, U64, U64) noexcept {
  freeze_cr(c.state<State>());
  return 0;
}
U64 help_mtcrf(Context& c, U64 value, U64 fxm, U64, U64) noexcept {
  write_cr(state_of(c), static_cast<U32>(value), static_cast<unsigned>(fxm));
  return 0;
}

// --- Memory ---

void fault(Context& c, U64 address, Access access) {
  Event e;
  e.kind = EventKind::fault;
  e.access = access;
  e.address = GuestAddr(address);
  c.raise(e);
}

/// Bytes fill registers from the left of their lower words on.
U64 help_load_string(Context& c, U64 address, U64 bytes, U64 reg, U64) noexcept {
  std::uint8_t buffer[128] = {};
  if (bytes == 0) return 0;
  if (!c.host->copyin(buffer, GuestAddr(address), bytes)) {
    fault(c, address, Access::read);
    return 0;
  }
  for (U64 n = 0; n < bytes; n += 4, reg = (reg + 1) & 31) {
    U32 v;
    std::memcpy(&v, buffer + n, 4);
    state_of(c).gpr[reg] = __builtin_bswap32(v);
  }
  return 0;
}
U64 help_store_string(Context& c, U64 address, U64 bytes, U64 reg, U64) noexcept {
  std::uint8_t buffer[128];
  if (bytes == 0) return 0;
  for (U64 n = 0; n < bytes; n += 4, reg = (reg + 1) & 31) {
    const U32 v = __builtin_bswap32(static_cast<U32>(state_of(c).gpr[reg]));
    std::memcpy(buffer + n, &v, 4);
  }
  if (!c.host->copyout(GuestAddr(address), buffer, bytes)) fault(c, address, Access::write);
  return 0;
}

U64 help_flush(Context& c, U64 address, U64 line, U64, U64) noexcept {
  c.flush_start = address & ~(line - 1);
  c.flush_length = line;
  return 0;
}

template <bool kBig>
U64 help_load_quad_reserve(Context& c, U64 address, U64 reg, U64, U64) noexcept {
  U64 v[2];
  State& s = state_of(c);
  if (!c.host->copyin(v, GuestAddr(address), 16)) {
    fault(c, address, Access::read);
    return 0;
  }
  s.reserved_size = 16;
  s.reserved_address = address;
  s.reserved_value = v[0];
  s.reserved_value_low = v[1];
  s.gpr[reg] = kBig ? __builtin_bswap64(v[0]) : v[1];
  s.gpr[reg + 1] = kBig ? __builtin_bswap64(v[1]) : v[0];
  return 0;
}
template <bool kBig>
U64 help_store_quad_conditional(Context& c, U64 address, U64 reg, U64, U64) noexcept {
  State& s = state_of(c);
  const bool reserved = s.reserved_size == 16 && s.reserved_address == address;
  U64 expected[2] = {s.reserved_value, s.reserved_value_low};
  U64 desired[2];
  desired[kBig ? 0 : 1] = kBig ? __builtin_bswap64(s.gpr[reg]) : s.gpr[reg];
  desired[kBig ? 1 : 0] = kBig ? __builtin_bswap64(s.gpr[reg + 1]) : s.gpr[reg + 1];
  s.reserved_size = 0;
  if (!reserved) return 0;
  const U64 before[2] = {expected[0], expected[1]};
  if (!c.host->compare_exchange(GuestAddr(address), expected, desired, 16)) {
    fault(c, address, Access::write);
    return 0;
  }
  return expected[0] == before[0] && expected[1] == before[1];
}

// --- Time, chance ---

U64 help_time_base(Context&, U64, U64, U64, U64) noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  // 512 MHz, as POWER's.
  return static_cast<U64>(now.tv_sec) * kTimeBaseHz + static_cast<U64>(now.tv_nsec) * 512 / 1000;
}
U64 help_random(Context&, U64, U64, U64, U64) noexcept {
  U64 v = 0;
  return getrandom(&v, sizeof v, 0) == sizeof v ? v : ~U64{0};
}

// --- Integers ---

/// (a << width) / d; 0 when that does not fit. With `how` & 4, whether it does not.
U64 help_divide_extended(Context&, U64 a, U64 d, U64 how, U64) noexcept {
  using U128 = unsigned __int128;
  using S128 = __int128;
  const unsigned width = how & kDivideWide ? 64 : 32;
  bool bad = d == 0;
  U64 q = 0;
  if (how & kDivideSigned) {
    const auto sign = [&](U64 v) {
      return static_cast<std::int64_t>(v << (64 - width)) >> (64 - width);
    };
    const std::int64_t sa = sign(a), sd = sign(d);
    const bool least = width == 64 && sa == INT64_MIN && sd == -1;
    if (!bad && !least) {
      const S128 wide = static_cast<S128>(static_cast<U128>(static_cast<S128>(sa)) << width) / sd;
      q = static_cast<U64>(wide);
      bad = wide != static_cast<S128>(sign(q));
    } else {
      bad = true;
    }
  } else if (!bad) {
    bad = a >= d;
    if (!bad) q = static_cast<U64>((static_cast<U128>(a) << width) / d);
  }
  if (how & 4) return bad;
  return bad ? 0 : q;
}

U64 help_bpermd(Context&, U64 rs, U64 rb, U64, U64) noexcept {
  U64 result = 0;
  for (unsigned n = 0; n < 8; ++n) {
    const unsigned index = rs >> 8 * n & 0xff;
    if (index < 64 && (rb >> (63 - index) & 1) != 0) result |= U64{1} << n;
  }
  return result;
}
U64 help_cmpb(Context&, U64 rs, U64 rb, U64, U64) noexcept {
  U64 result = 0;
  for (unsigned n = 0; n < 64; n += 8) {
    if (((rs ^ rb) >> n & 0xff) == 0) result |= U64{0xff} << n;
  }
  return result;
}
U64 help_prtyw(Context&, U64 rs, U64, U64, U64) noexcept {
  const U64 ones = rs & 0x0101'0101'0101'0101u;
  return static_cast<U64>(std::popcount(ones >> 32) & 1) << 32 |
         static_cast<U64>(std::popcount(ones & 0xffff'ffffu) & 1);
}
U64 help_prtyd(Context&, U64 rs, U64, U64, U64) noexcept {
  return static_cast<U64>(std::popcount(rs & 0x0101'0101'0101'0101u) & 1);
}
U64 help_popcntb(Context&, U64 rs, U64, U64, U64) noexcept {
  U64 result = 0;
  for (unsigned n = 0; n < 64; n += 8) {
    result |= static_cast<U64>(std::popcount(rs >> n & 0xff)) << n;
  }
  return result;
}

U64 help_cbcdtd(Context&, U64 rs, U64, U64, U64) noexcept {
  U64 result = 0;
  for (unsigned n = 0; n < 4; ++n) {
    const unsigned shift = n % 2 * 12 + n / 2 * 32, to = n % 2 * 10 + n / 2 * 32;
    const unsigned number = number_of_bcd(rs >> shift & 0xfff);
    if (number < 1000) result |= U64{kDpd.declet[number]} << to;
  }
  return result;
}
U64 help_cdtbcd(Context&, U64 rs, U64, U64, U64) noexcept {
  U64 result = 0;
  for (unsigned n = 0; n < 4; ++n) {
    const unsigned shift = n % 2 * 10 + n / 2 * 32, to = n % 2 * 12 + n / 2 * 32;
    result |= U64{bcd_of_number(kDpd.number[rs >> shift & 0x3ff])} << to;
  }
  return result;
}
/// 6 in every digit that has no carry out.
U64 help_addg6s(Context&, U64 a, U64 b, U64, U64) noexcept {
  U64 result = 0;
  bool carry = false;
  for (unsigned n = 0; n < 64; n += 4) {
    const unsigned sum = (a >> n & 15) + (b >> n & 15) + carry;
    carry = sum > 15;
    if (!carry) result |= U64{6} << n;
  }
  return result;
}

// --- Floating point ---

U64 help_float_nan(Context& c, U64 a, U64 b, U64 how, U64) noexcept {
  return settle_nan(state_of(c), a, b, static_cast<unsigned>(how));
}

U64 help_fma_nan_factors(Context& c, U64 a, U64 factor, U64, U64) noexcept {
  State& s = state_of(c);
  s.fma_a = std::bit_cast<double>(a);
  s.fma_c = std::bit_cast<double>(factor);
  return a;
}

/// a * c + b rounded to a single once: to odd first.
U64 single_of_fma(double a, double c, double b) {
  const unsigned csr = _mm_getcsr();
  constexpr unsigned kFlags = 0x3f, kToZero = 3u << 13, kInexact = 1u << 5;
  _mm_setcsr((csr & ~kFlags) | kToZero);
  volatile double r = std::fma(a, c, b);
  U64 bits = std::bit_cast<U64>(static_cast<double>(r));
  if (_mm_getcsr() & kInexact) bits |= 1;
  // What this multiplication raised, the final rounding raises again where it holds.
  _mm_setcsr(csr);
  volatile float narrow = static_cast<float>(std::bit_cast<double>(bits));
  return std::bit_cast<U64>(static_cast<double>(narrow));
}

/// `r` is what the host gave. The result is negated afterwards if `how` says so, NaNs as well.
U64 help_fma_nan(Context& c, U64 b, U64 r, U64 how, U64) noexcept {
  State& s = state_of(c);
  const U64 a = std::bit_cast<U64>(s.fma_a), f = std::bit_cast<U64>(s.fma_c);
  if (!is_nan(r)) {
    const double addend = std::bit_cast<double>(how & kFmaSubtract ? b ^ ~kMagnitudeBits : b);
    return how & kFmaSingle ? single_of_fma(s.fma_a, s.fma_c, addend) : r;
  }
  const U64 flip = how & kFmaNegate ? ~kMagnitudeBits : 0;
  return settle_fma_nan(s, a, f, b) ^ flip;
}

U64 help_compare_nan(Context& c, U64 a, U64 b, U64 ordered, U64) noexcept {
  State& s = state_of(c);
  const bool snan = is_snan(a) || is_snan(b);
  U32 bits = snan ? kVxSnan : 0;
  if (ordered && (!snan || (s.fpscr & kVe) == 0)) bits |= kVxVc;
  raise_exceptions(s, bits);
  return 0;
}

U64 help_to_int(Context& c, U64 a, U64, U64 how, U64) noexcept {
  const double value = std::bit_cast<double>(a);
  const bool wide = (how & kToIntLong) != 0;
  const U64 least = wide ? U64{1} << 63 : U64{1} << 31;
  const double rounded = how & kToIntZero ? std::trunc(value) : std::nearbyint(value);
  // x86 gave its indefinite value, which is also the least integer's: that one is right.
  if (rounded == (wide ? -0x1p63 : -0x1p31)) return least;
  raise_exceptions(state_of(c), is_snan(a) ? kVxCvi | kVxSnan : kVxCvi);
  return is_nan(a) || value < 0 ? least : least - 1;
}

/// `how` as to_int's. Pure, but for exceptions.
U64 help_to_unsigned(Context& c, U64 a, U64 how, U64, U64) noexcept {
  const double value = std::bit_cast<double>(a);
  const bool wide = (how & kToIntLong) != 0;
  const double rounded = how & kToIntZero ? std::trunc(value) : std::nearbyint(value);
  const U64 most = wide ? ~U64{0} : 0xffff'ffffu;
  if (is_nan(a) || rounded < 0 || rounded >= (wide ? 0x1p64 : 0x1p32)) {
    raise_exceptions(state_of(c), is_snan(a) ? kVxCvi | kVxSnan : kVxCvi);
    return is_nan(a) || value < 0 ? 0 : most;
  }
  if (rounded != value) raise_exceptions(state_of(c), kXx);
  return static_cast<U64>(rounded);
}

U64 help_from_unsigned(Context&, U64 a, U64 single, U64, U64) noexcept {
  if (single == 0) {
    volatile double r = static_cast<double>(a);
    return std::bit_cast<U64>(static_cast<double>(r));
  }
  volatile float r = static_cast<float>(a);
  return std::bit_cast<U64>(static_cast<double>(r));
}

U64 help_widen_nan(Context&, U64 a, U64, U64, U64) noexcept {
  return widen_nan(static_cast<U32>(a));
}
U64 help_narrow_denormal(Context&, U64 v, U64, U64, U64) noexcept { return single_bits(v); }

U64 help_round_nan(Context& c, U64 a, U64, U64, U64) noexcept {
  if (is_snan(a)) raise_exceptions(state_of(c), kVxSnan);
  return a | kQuietBit;
}
U64 help_note_snan(Context& c, U64 a, U64, U64, U64) noexcept {
  if (is_snan(a)) raise_exceptions(state_of(c), kVxSnan);
  return 0;
}

/// To the nearest integer, ties away from zero, without exceptions.
U64 help_round_away(Context&, U64 a, U64, U64, U64) noexcept {
  if (is_nan(a)) return a;
  const unsigned csr = _mm_getcsr();
  const double r = std::round(std::bit_cast<double>(a));
  _mm_setcsr(csr);
  return std::bit_cast<U64>(r);
}

U64 help_read_fpscr(Context& c, U64, U64, U64, U64) noexcept {
  return read_fpscr(state_of(c), _mm_getcsr());
}
U64 help_write_fpscr(Context& c, U64 value, U64 mask, U64, U64) noexcept {
  _mm_setcsr(write_fpscr(state_of(c), _mm_getcsr(), value, mask));
  return 0;
}
U64 help_set_fpscr_bit(Context& c, U64 bit, U64 on, U64, U64) noexcept {
  const U32 mask = 1u << bit;
  State& s = state_of(c);
  if (on && (mask & kExceptions) != 0) {
    read_fpscr(s, _mm_getcsr());
    raise_exceptions(s, mask);
  }
  _mm_setcsr(write_fpscr(s, _mm_getcsr(), on ? mask : 0, mask));
  return 0;
}
U64 help_clear_exceptions(Context& c, U64 field, U64, U64, U64) noexcept {
  State& s = state_of(c);
  const unsigned shift = 4 * (7 - static_cast<unsigned>(field));
  const U64 old = read_fpscr(s, _mm_getcsr());
  _mm_setcsr(write_fpscr(s, _mm_getcsr(), 0, (0xfu << shift) & (kExceptions | kFx)));
  return old >> shift & 15;
}

U64 help_begin_fp(Context& c, U64 target, U64, U64, U64) noexcept {
  _mm_setcsr(begin_fp(state_of(c), _mm_getcsr(), static_cast<unsigned>(target)));
  return 0;
}
U64 help_end_fp(Context& c, U64 target, U64 next, U64 mode, U64) noexcept {
  State& s = state_of(c);
  U32 csr = _mm_getcsr();
  const auto code = end_fp(s, csr, static_cast<unsigned>(target));
  _mm_setcsr(csr);
  if (!code && fp_mode(s) == mode) return 0;
  Event e;
  e.kind = code ? EventKind::arithmetic_trap : EventKind::trap;
  e.code = code ? static_cast<U32>(*code) : kTrapLeave;
  c.raise(e);
  if (!code) c.pc = next;
  return 0;
}

U64 help_ftdiv(Context&, U64 a, U64 b, U64, U64) noexcept {
  return 8u | division_test(std::bit_cast<double>(a), std::bit_cast<double>(b));
}
U64 help_ftsqrt(Context&, U64 b, U64, U64, U64) noexcept {
  return 8u | root_test(std::bit_cast<double>(b));
}

template <bool kBig>
constexpr jit::Helper kScalar[] = {
    help_mfcr,
    help_mtcrf,
    help_freeze_cr,
    help_load_string,
    help_store_string,
    help_flush,
    help_time_base,
    help_random,
    help_divide_extended,
    help_load_quad_reserve<kBig>,
    help_store_quad_conditional<kBig>,
    help_bpermd,
    help_cmpb,
    help_prtyw,
    help_prtyd,
    help_popcntb,
    help_cbcdtd,
    help_cdtbcd,
    help_addg6s,
    help_float_nan,
    help_fma_nan_factors,
    help_fma_nan,
    help_compare_nan,
    help_to_int,
    help_to_unsigned,
    help_from_unsigned,
    help_widen_nan,
    help_narrow_denormal,
    help_round_nan,
    help_note_snan,
    help_round_away,
    help_read_fpscr,
    help_write_fpscr,
    help_set_fpscr_bit,
    help_clear_exceptions,
    help_begin_fp,
    help_end_fp,
    help_ftdiv,
    help_ftsqrt,
};
static_assert(std::size(kScalar<true>) == static_cast<unsigned>(HelperId::count_));

template <bool kBig>
std::span<const jit::Helper> all() {
  static const auto list = [] {
    std::vector<jit::Helper> v(std::begin(kScalar<kBig>), std::end(kScalar<kBig>));
    append_instruction_helpers(v);
    return v;
  }();
  return list;
}

}  // namespace

std::span<const jit::Helper> helpers(bool big_endian) {
  return big_endian ? all<true>() : all<false>();
}

}  // namespace emulate::ppc
