/// Loads and stores (Power ISA book I, 3.3.2 to 3.3.8 and 4.6; book II, 4). Misaligned accesses of
/// storage work, as the processors and the kernels see to; reservations need alignment.

#include "ppc/translator.h"

namespace emulate::ppc {

using jit::ir::bytes_of;

void Translator::load(const Access& how, Reg rt, Reg ra, Value address, std::int64_t disp) {
  if (how.update && (ra.n == 0 || ra.n == rt.n)) return illegal();
  const Value v = b_.load(how.type, address, disp, order(how));
  set_word(rt, how.sign ? b_.sext(v, word_) : b_.zext(v, word_));
  if (how.update) set_word(ra, plus(address, disp));
}
void Translator::store(const Access& how, Reg rs, Reg ra, Value address, std::int64_t disp) {
  if (how.update && ra.n == 0) return illegal();
  b_.store(address, disp, b_.trunc(word(rs), how.type), order(how));
  if (how.update) set_word(ra, plus(address, disp));
}

// --- Multiple registers ---

/// All are loaded before one is changed: a fault leaves them as they were.
void Translator::lmw(Reg rt, Reg ra, Imm16 d) {
  if (!traits_.big) {
    b_.set(slot(offsetof(State, dar), Type::i64), b_.zext(plus(base(ra), d.sext()), Type::i64));
    return raise(EventKind::trap, kTrapAlignment);
  }
  const Value address = base(ra);
  Value v[32];
  for (unsigned n = rt.n; n < 32; ++n) {
    v[n] = b_.load(Type::i32, address, d.sext() + 4 * (n - rt.n), true);
  }
  for (unsigned n = rt.n; n < 32; ++n) {
    if (n != ra.n || ra.n == 0) set_word(Reg(n), b_.zext(v[n], word_));
  }
}
void Translator::stmw(Reg rs, Reg ra, Imm16 d) {
  if (!traits_.big) {
    b_.set(slot(offsetof(State, dar), Type::i64), b_.zext(plus(base(ra), d.sext()), Type::i64));
    return raise(EventKind::trap, kTrapAlignment);
  }
  const Value address = base(ra);
  for (unsigned n = rs.n; n < 32; ++n) {
    b_.store(address, d.sext() + 4 * (n - rs.n), low(Reg(n)), true);
  }
}

void Translator::string_access(HelperId id, Reg r, Value address, Value count) {
  b_.call(helper(id), Type::none, jit::ir::kHelperMayRaise, b_.zext(address, Type::i64), count,
          b_.i32(r.n));
}
void Translator::lswi(Reg rt, Reg ra, Bits nb) {
  string_access(HelperId::load_string, rt, base(ra), b_.i32(nb.v == 0 ? 32 : nb.v));
}
void Translator::stswi(Reg rs, Reg ra, Bits nb) {
  string_access(HelperId::store_string, rs, base(ra), b_.i32(nb.v == 0 ? 32 : nb.v));
}
void Translator::lswx(Reg rt, Reg ra, Reg rb) {
  const Value count = b_.and_(b_.get(slot(offsetof(State, xer_rest), Type::i32)), b_.i32(127));
  string_access(HelperId::load_string, rt, indexed(ra, rb), count);
}
void Translator::stswx(Reg rs, Reg ra, Reg rb) {
  const Value count = b_.and_(b_.get(slot(offsetof(State, xer_rest), Type::i32)), b_.i32(127));
  string_access(HelperId::store_string, rs, indexed(ra, rb), count);
}

// --- Reservations ---

void Translator::require_aligned(Value address, unsigned bytes) {
  if (bytes == 1) return;
  b_.set(slot(offsetof(State, dar), Type::i64), b_.zext(address, Type::i64));
  raise_if(b_.compare(Op::ne, b_.and_(address, konst(bytes - 1)), konst(0)), EventKind::trap,
           kTrapAlignment);
}

void Translator::load_reserve(Reg rt, Reg ra, Reg rb, Type t) {
  const Value address = indexed(ra, rb);
  require_aligned(address, bytes_of(t));
  const Value v = b_.load(t, address, 0, traits_.big);
  b_.set(slot(offsetof(State, reserved_size), Type::i32), b_.i32(bytes_of(t)));
  b_.set(slot(offsetof(State, reserved_address), Type::i64), b_.zext(address, Type::i64));
  b_.set(slot(offsetof(State, reserved_value), Type::i64), b_.zext(v, Type::i64));
  set_word(rt, b_.zext(v, word_));
}

/// A compare-exchange with the value that was loaded. Without a reservation it exchanges that
/// value with itself: nothing changes, and failure is reported.
void Translator::store_conditional(Reg rs, Reg ra, Reg rb, Type t) {
  const Slot size = slot(offsetof(State, reserved_size), Type::i32);
  const Value address = indexed(ra, rb);
  require_aligned(address, bytes_of(t));
  const Value expected = b_.trunc(b_.get(slot(offsetof(State, reserved_value), Type::i64)), t);
  const Value same = b_.compare(Op::eq, b_.zext(address, Type::i64),
                                b_.get(slot(offsetof(State, reserved_address), Type::i64)));
  const Value reserved = b_.and_(same, b_.compare(Op::eq, b_.get(size), b_.i32(bytes_of(t))));
  const Value desired = b_.select(reserved, b_.trunc(word(rs), t), expected);
  const Value found = b_.atomic_cas(address, expected, desired, traits_.big);
  b_.set(size, b_.i32(0));
  const Value done = b_.and_(reserved, b_.compare(Op::eq, found, expected));
  const Value eq = b_.shl(b_.zext(done, Type::i32), b_.i32(1));
  set_cr_bits(0, b_.or_(eq, b_.zext(so(), Type::i32)));
}

void Translator::lqarx(Reg rt, Reg ra, Reg rb, Bits) {
  if (rt.n % 2 != 0 || rt.n == ra.n || rt.n == rb.n) return illegal();
  const Value address = indexed(ra, rb);
  require_aligned(address, 16);
  b_.call(helper(HelperId::load_quad_reserve), Type::none, jit::ir::kHelperMayRaise, address,
          b_.i32(rt.n));
}
void Translator::stqcx(Reg rs, Reg ra, Reg rb) {
  if (rs.n % 2 != 0) return illegal();
  const Value address = indexed(ra, rb);
  require_aligned(address, 16);
  const Value done = b_.call(helper(HelperId::store_quad_conditional), Type::i32,
                             jit::ir::kHelperMayRaise, address, b_.i32(rs.n));
  set_cr_bits(0, b_.or_(b_.shl(done, b_.i32(1)), b_.zext(so(), Type::i32)));
}

/// The even register is the one at the lower address in big-endian order.
void Translator::lq(Reg rt, Reg ra, Bits dq) {
  if (rt.n % 2 != 0 || rt.n == ra.n) return illegal();
  const std::int64_t disp = static_cast<std::int16_t>(dq.v << 4);
  const Value address = base(ra);
  const Value first = b_.load(Type::i64, address, disp, traits_.big);
  const Value second = b_.load(Type::i64, address, disp + 8, traits_.big);
  set_word(rt, traits_.big ? first : second);
  set_word(Reg(rt.n + 1), traits_.big ? second : first);
}
void Translator::stq(Reg rs, Reg ra, Imm14 ds) {
  if (rs.n % 2 != 0) return illegal();
  const Value address = base(ra), even = word(rs), odd = word(Reg(rs.n + 1));
  b_.store(address, ds.sext() * 4, traits_.big ? even : odd, traits_.big);
  b_.store(address, ds.sext() * 4 + 8, traits_.big ? odd : even, traits_.big);
}

// --- Caches ---

void Translator::dcbz(Reg ra, Reg rb) {
  const unsigned line = traits_.has(kLine128) ? 128 : 32;
  const Value start = b_.and_(indexed(ra, rb), konst(~std::uint64_t{line - 1}));
  for (unsigned n = 0; n < line; n += 8) b_.store(start, n, b_.i64(0), false);
}
/// Of the longest line that a program may have been told of, which may step by it.
void Translator::icbi(Reg ra, Reg rb) {
  constexpr unsigned line = 128;
  b_.call(helper(HelperId::flush), Type::none, jit::ir::kHelperPure,
          b_.zext(indexed(ra, rb), Type::i64), b_.i32(line));
  b_.leave(wrap(pc_ + 4));
  end();
}
void Translator::cache_hint(Bits, Reg, Reg) {}

// --- Floating point registers ---

void Translator::load_float(const Access& how, FReg ft, Reg ra, Value address, std::int64_t disp) {
  if (how.update && ra.n == 0) return illegal();
  const Value v = b_.load(how.type, address, disp, order(how));
  if (how.type == Type::f64) {
    setf(ft, v);
  } else {
    const Value bits = b_.convert(Op::bitcast, v, Type::i32);
    const Value wide = b_.convert(Op::fcvt, v, Type::f64);
    setf(ft, b_.call_if(is_nan(v), wide, helper(HelperId::widen_nan), bits, {}, 0));
    single_[ft.n] = v;
  }
  if (how.update) set_word(ra, plus(address, disp));
}

/// A double becomes a single by dropping bits; where that would be a denormal, a helper shifts.
void Translator::store_float(const Access& how, FReg fs, Reg ra, Value address, std::int64_t disp) {
  if (how.update && ra.n == 0) return illegal();
  if (how.type == Type::f64) {
    b_.store(address, disp, getf(fs), order(how));
  } else if (single_[fs.n].type != Type::none) {
    b_.store(address, disp, single_[fs.n], order(how));
  } else {
    const Value bits = float_bits(fs);
    const Value head = b_.and_(b_.shr(bits, b_.i64(32)), b_.i64(0xc000'0000u));
    const Value rest = b_.and_(b_.shr(bits, b_.i64(29)), b_.i64(0x3fff'ffffu));
    const Value normal = b_.trunc(b_.or_(head, rest), Type::i32);
    // Exponents up to 896 (but not zeros).
    const Value shifted = b_.shl(bits, b_.i64(1));
    const Value small =
        b_.compare(Op::lt_u, b_.sub(shifted, b_.i64(1)), b_.i64((std::uint64_t{897} << 53) - 1));
    const Value v = b_.call_if(small, normal, helper(HelperId::narrow_denormal), bits, {}, 0);
    b_.store(address, disp, v, order(how));
  }
  if (how.update) set_word(ra, plus(address, disp));
}

void Translator::stfiwx(FReg fs, Reg ra, Reg rb) {
  b_.store(indexed(ra, rb), 0, b_.trunc(float_bits(fs), Type::i32), traits_.big);
}
void Translator::lfiwax(FReg ft, Reg ra, Reg rb) {
  const Value v = b_.load(Type::i32, indexed(ra, rb), 0, traits_.big);
  set_float_bits(ft, b_.sext(v, Type::i64));
}
void Translator::lfiwzx(FReg ft, Reg ra, Reg rb) {
  const Value v = b_.load(Type::i32, indexed(ra, rb), 0, traits_.big);
  set_float_bits(ft, b_.zext(v, Type::i64));
}

namespace {

/// The even register of a pair is at the lower address in big-endian order.
constexpr unsigned first_of_pair(unsigned n, bool big) { return big ? n : n + 1; }
constexpr unsigned second_of_pair(unsigned n, bool big) { return big ? n + 1 : n; }

}  // namespace

void Translator::lfdp(FReg ft, Reg ra, Imm14 ds) {
  if (ft.n % 2 != 0) return illegal();
  const Value first = b_.load(Type::f64, base(ra), ds.sext() * 4, traits_.big);
  const Value second = b_.load(Type::f64, base(ra), ds.sext() * 4 + 8, traits_.big);
  setf(FReg(first_of_pair(ft.n, traits_.big)), first);
  setf(FReg(second_of_pair(ft.n, traits_.big)), second);
}
void Translator::lfdpx(FReg ft, Reg ra, Reg rb) {
  if (ft.n % 2 != 0) return illegal();
  const Value address = indexed(ra, rb);
  const Value first = b_.load(Type::f64, address, 0, traits_.big);
  const Value second = b_.load(Type::f64, address, 8, traits_.big);
  setf(FReg(first_of_pair(ft.n, traits_.big)), first);
  setf(FReg(second_of_pair(ft.n, traits_.big)), second);
}
void Translator::stfdp(FReg fs, Reg ra, Imm14 ds) {
  if (fs.n % 2 != 0) return illegal();
  b_.store(base(ra), ds.sext() * 4, getf(FReg(first_of_pair(fs.n, traits_.big))), traits_.big);
  b_.store(base(ra), ds.sext() * 4 + 8, getf(FReg(second_of_pair(fs.n, traits_.big))), traits_.big);
}
void Translator::stfdpx(FReg fs, Reg ra, Reg rb) {
  if (fs.n % 2 != 0) return illegal();
  const Value address = indexed(ra, rb);
  b_.store(address, 0, getf(FReg(first_of_pair(fs.n, traits_.big))), traits_.big);
  b_.store(address, 8, getf(FReg(second_of_pair(fs.n, traits_.big))), traits_.big);
}

}  // namespace emulate::ppc
