#include "sparc64/helpers.h"

#include <immintrin.h>
#include <time.h>

#include <cstring>

#include "sparc64/codes.h"
#include "sparc64/fsr.h"
#include "sparc64/nan.h"
#include "sparc64/traps.h"
#include "sparc64/windows.h"

namespace emulate::sparc64 {
namespace {

using jit::Context;
using U64 = std::uint64_t;

void raise_trap(Context& c, unsigned type) {
  Event e;
  e.kind = EventKind::trap;
  e.code = type;
  c.raise(e);
}

// --- Condition codes ---

U64 codes(CcKind kind, U64 a, U64 b, U64 request) {
  const unsigned ccr = ccr_of(kind, a, b);
  const bool xcc = (request & kCodesXcc) != 0;
  return holds(xcc ? ccr >> 4 : ccr & 15, static_cast<unsigned>(request & 15));
}
U64 help_codes_add(Context&, U64 a, U64 b, U64 request, U64) noexcept {
  return codes(CcKind::add, a, b, request);
}
U64 help_codes_ccr(Context&, U64 a, U64 b, U64 request, U64) noexcept {
  return codes(CcKind::ccr, a, b, request);
}
U64 help_read_ccr(Context&, U64 a, U64 b, U64 kind, U64) noexcept {
  return ccr_of(static_cast<CcKind>(kind), a, b);
}
U64 help_carry_ccr(Context&, U64 a, U64 b, U64 carry, U64 subtract) noexcept {
  return ccr_of(a, b, carry, subtract != 0);
}
U64 help_tagged_ccr(Context&, U64 a, U64 b, U64 subtract, U64) noexcept {
  const unsigned ccr = ccr_of(a, b, 0, subtract != 0);
  return ((a | b) & 3) != 0 ? ccr | kCcV : ccr;
}

// --- Division of Y and a word ---

struct Quotient {
  U64 value;
  bool overflow;
};
Quotient divide32(U64 dividend, U64 divisor, bool is_signed) {
  if (!is_signed) {
    const U64 q = dividend / divisor;
    return q > 0xffff'ffffu ? Quotient{0xffff'ffffu, true} : Quotient{q, false};
  }
  const auto n = static_cast<std::int64_t>(dividend), d = static_cast<std::int64_t>(divisor);
  if (n == INT64_MIN && d == -1) return {0x7fff'ffffu, true};
  const std::int64_t q = n / d;
  if (q > INT32_MAX) return {0x7fff'ffffu, true};
  if (q < INT32_MIN) return {static_cast<U64>(std::int64_t{INT32_MIN}), true};
  return {static_cast<U64>(q), false};
}
U64 help_divide32(Context&, U64 dividend, U64 divisor, U64 is_signed, U64) noexcept {
  return divide32(dividend, divisor, is_signed != 0).value;
}
U64 help_divide32_ccr(Context&, U64 dividend, U64 divisor, U64 is_signed, U64) noexcept {
  const Quotient q = divide32(dividend, divisor, is_signed != 0);
  return ccr_of(q.value, 0, 0, true) | (q.overflow ? kCcV : 0);
}

// --- Windows ---

U64 help_flush_windows(Context& c, U64, U64, U64, U64) noexcept {
  if (!flush_windows(c)) raise_trap(c, kTrapSpill);
  return 0;
}

// --- System ---

U64 help_tick(Context&, U64, U64, U64, U64) noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<U64>(now.tv_sec) * 1'000'000'000u + static_cast<U64>(now.tv_nsec);
}
U64 help_flush(Context& c, U64 address, U64, U64, U64) noexcept {
  c.flush_start = address & ~U64{7};
  c.flush_length = 8;
  return 0;
}
U64 help_leave(Context& c, U64 pc, U64, U64, U64) noexcept {
  raise_trap(c, kTrapLeave);
  c.pc = pc;
  return 0;
}
U64 help_soft_trap(Context& c, U64 number, U64, U64, U64) noexcept {
  if (number < 0x80) raise_trap(c, kTrapSoftware + static_cast<unsigned>(number));
  return 0;
}

// --- Memory ---

U64 help_load_no_fault(Context& c, U64 address, U64 log2_size, U64 little, U64) noexcept {
  U64 v = 0;
  const std::size_t n = std::size_t{1} << log2_size;
  if (!c.host->copyin(&v, GuestAddr(address), n)) return 0;
  return little ? v : __builtin_bswap64(v) >> (64 - 8 * n);
}

/// The mask's highest bit in use is for the element at the lowest address.
U64 help_partial_store(Context& c, U64 address, U64 value, U64 mask, U64 how) noexcept {
  const unsigned bytes = 1u << (how & 3);
  const bool little = (how & 8) != 0;
  const U64 image = little ? value : __builtin_bswap64(value);
  std::byte data[8];
  std::memcpy(data, &image, sizeof data);
  const unsigned count = 8 / bytes;
  for (unsigned n = 0; n < count; ++n) {
    const unsigned bit = little ? n : count - 1 - n;
    if ((mask >> bit & 1) == 0) continue;
    const GuestAddr at(address + n * bytes);
    if (c.host->copyout(at, data + n * bytes, bytes)) continue;
    Event e;
    e.kind = EventKind::fault;
    e.access = Access::write;
    e.address = at;
    c.raise(e);
    return 0;
  }
  return 0;
}

// --- Floating point. Helpers run with the guest's MXCSR. ---

U64 help_read_fsr(Context& c, U64, U64, U64, U64) noexcept {
  std::uint32_t mxcsr = _mm_getcsr();
  const U64 value = read_fsr(c.state<State>(), mxcsr);
  _mm_setcsr(mxcsr);
  return value;
}
U64 help_write_fsr(Context& c, U64 value, U64 wide, U64, U64) noexcept {
  _mm_setcsr(write_fsr(c.state<State>(), _mm_getcsr(), value, wide != 0));
  return 0;
}

U64 help_begin_fp(Context& c, U64, U64, U64, U64) noexcept {
  std::uint32_t mxcsr = _mm_getcsr();
  State& s = c.state<State>();
  read_fsr(s, mxcsr);
  s.fsr &= ~(kFsrExceptions | kFsrTrapTypeMask);
  _mm_setcsr(mxcsr & ~0x3fu);
  return 0;
}

/// The trap that an exception causes: only the first of those enabled becomes the current one.
U64 help_end_fp(Context& c, U64, U64, U64, U64) noexcept {
  State& s = c.state<State>();
  const unsigned found = exceptions_of(_mm_getcsr());
  const unsigned enabled = found & static_cast<unsigned>(s.fsr >> kFsrEnable & kFsrExceptions);
  if (enabled == 0) return 0;
  // Overflow and underflow go before the inexact that comes with them.
  constexpr std::pair<unsigned, ArithmeticCode> kOrder[] = {
      {16, ArithmeticCode::fp_invalid},  {8, ArithmeticCode::fp_overflow},
      {4, ArithmeticCode::fp_underflow}, {2, ArithmeticCode::fp_divide},
      {1, ArithmeticCode::fp_inexact},
  };
  for (const auto& [bit, code] : kOrder) {
    if ((enabled & bit) == 0) continue;
    s.fsr = (s.fsr & ~kFsrExceptions) | bit | kFsrIeeeTrap << kFsrTrapType;
    s.last_op = 0;
    _mm_setcsr(_mm_getcsr() & ~0x3fu);
    Event e;
    e.kind = EventKind::arithmetic_trap;
    e.code = static_cast<std::uint32_t>(code);
    c.raise(e);
    break;
  }
  return 0;
}

/// The second operand's NaN, unless only the first's signals (SPARC V9 manual, B.2.2); all ones but
/// for the sign where there was none.
U64 help_float_nan(Context&, U64 a, U64 b, U64 how, U64) noexcept {
  const Format& from = how & kNanDouble ? kDouble : kSingle;
  const Format& to = how & kNanDoubleResult ? kDouble : kSingle;
  a &= from.mask();
  b &= from.mask();
  if (how & kNanUnary) a = 0;
  if (!from.is_nan(a) && !from.is_nan(b)) return to.mask() >> 1;
  const bool first = from.is_signalling(a) ? !from.is_signalling(b) : !from.is_nan(b);
  const U64 chosen = from.quiet(first ? a : b);
  if (from.bits == to.bits) return chosen;
  const U64 payload = (chosen & ((U64{1} << from.fraction) - 1)) << (to.fraction - from.fraction);
  return to.infinity() | payload | (from.negative(chosen) ? U64{1} << (to.bits - 1) : 0);
}

U64 help_compare_nan(Context&, U64 a, U64 b, U64 how, U64) noexcept {
  const Format& f = how & kCompareDouble ? kDouble : kSingle;
  const bool signals = (how & kCompareSignals) != 0;
  if (signals || f.is_signalling(a & f.mask()) || f.is_signalling(b & f.mask())) {
    _mm_setcsr(_mm_getcsr() | 1);
  }
  return 0;
}

/// The greatest or least number, by the operand's sign (SPARC V9 manual, B.5).
U64 help_to_int(Context&, U64 a, U64, U64 how, U64) noexcept {
  const bool negative = (how & kToIntDouble ? kDouble : kSingle).negative(a);
  const U64 least = how & kToIntLong ? U64{1} << 63 : U64{1} << 31;
  return negative ? least : least - 1;
}

U64 help_quad(Context& c, U64 op, U64 rd, U64 rs1, U64 rs2) noexcept {
  quad_operation(c.state<State>(), static_cast<QuadOp>(op), static_cast<unsigned>(rd),
                 static_cast<unsigned>(rs1), static_cast<unsigned>(rs2));
  return 0;
}

// --- VIS ---

U64 help_vis(Context&, U64 a, U64 b, U64 op, U64 gsr) noexcept {
  return vis_operation(static_cast<VisOp>(op), a, b, gsr);
}
U64 help_array(Context&, U64 address, U64 blocks, U64, U64) noexcept {
  return vis_array(address, blocks);
}
U64 help_pdist(Context&, U64 a, U64 b, U64 sum, U64) noexcept { return vis_pdist(a, b, sum); }
U64 help_edge(Context&, U64 a, U64 b, U64 how, U64) noexcept {
  return vis_edge(static_cast<unsigned>(how), a, b);
}

constexpr jit::Helper kHelpers[] = {
    help_codes_add, help_codes_ccr,    help_read_ccr,      help_carry_ccr,     help_tagged_ccr,
    help_divide32,  help_divide32_ccr, help_flush_windows, help_tick,          help_flush,
    help_leave,     help_soft_trap,    help_load_no_fault, help_partial_store, help_read_fsr,
    help_write_fsr, help_begin_fp,     help_end_fp,        help_float_nan,     help_compare_nan,
    help_to_int,    help_quad,         help_vis,           help_array,         help_pdist,
    help_edge,
};

}  // namespace

std::span<const jit::Helper> helpers() { return kHelpers; }

}  // namespace emulate::sparc64
