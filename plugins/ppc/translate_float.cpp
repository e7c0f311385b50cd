/// Floating point (Power ISA book I, chapter 4). The host computes in double precision; where it
/// gives a NaN or an integer that does not fit, a helper puts Power's result and exceptions in
/// place. A single is a double rounded again, which is exact but for multiply-add.

#include "ppc/fpscr.h"
#include "ppc/translator.h"

namespace emulate::ppc {

namespace {

constexpr unsigned op_of(LastOp op, bool single = false) {
  return static_cast<unsigned>(op) | (single ? kLastSingle : 0);
}
constexpr LastOp last_of(FloatOp op) {
  constexpr LastOp kOps[] = {LastOp::add, LastOp::sub, LastOp::mul, LastOp::div, LastOp::sqrt};
  return kOps[static_cast<unsigned>(op)];
}

constexpr std::uint64_t kOne = 0x3ff0'0000'0000'0000u;
constexpr std::uint64_t kSign = 0x8000'0000'0000'0000u;

// Of FPSCR; control: both rounding modes, enables, NI.
constexpr std::uint64_t kRnMask = 3, kDrnMask = std::uint64_t{7} << kDrnShift,
                        kControl = kDrnMask | kEnables | 4 | kRnMask;

}  // namespace

void Translator::note_last(const Last& last) {
  const auto note = [&](std::size_t at, const Value& v) {
    if (v.ref != jit::ir::kNone) b_.set(slot(static_cast<std::uint32_t>(at), v.type), v);
  };
  note(offsetof(State, last_a), last.a);
  note(offsetof(State, last_b), last.b);
  note(offsetof(State, last_c), last.c);
  b_.set(slot(offsetof(State, last_op), Type::i16), b_.konst(Type::i16, last.op));
}

void Translator::set_arith(FReg ft, Value v, bool single, const Last& last) {
  Value narrow{};
  if (single) {
    narrow = to_single(v);
    v = b_.convert(Op::fcvt, narrow, Type::f64);
  }
  setf(ft, v);
  single_[ft.n] = narrow;
  note_last(last);
}

void Translator::record1(Bits rc) {
  if (rc.v == 0) return;
  const Value fpscr = b_.trunc(b_.call(helper(HelperId::read_fpscr), Type::i64, 0), Type::i32);
  set_cr_bits(1, b_.shr(fpscr, b_.i32(28)));
}

// --- Enabled exceptions ---

namespace {

/// mcrfs, mtfsb0, mtfsb1, mtfsfi, mtfsf.
bool changes_fpscr(std::uint32_t word) {
  const unsigned extended = word >> 1 & 0x3ff;
  return word >> 26 == 63 &&
         (extended == 64 || extended == 70 || extended == 38 || extended == 134 || extended == 711);
}

}  // namespace

/// What FPSCR says is looked at after every instruction, or where nothing is enabled after those
/// that may enable something.
void Translator::before_instruction(std::uint32_t word) {
  constexpr unsigned kSingles = 59, kVsx = 60, kDoubles = 63;
  fp_target_.reset();
  const unsigned op = word >> 26;
  if (mode_ == 0 || (op != kSingles && op != kVsx && op != kDoubles)) return;
  if ((mode_ & kModeFpTraps) == 0 && !changes_fpscr(word)) return;
  fp_target_ = (word >> 21 & 31) | (op == kVsx ? (word & 1) << 5 : 0);
  b_.call(helper(HelperId::begin_fp), Type::none, 0, b_.i64(*fp_target_));
}
void Translator::after_instruction() {
  if (!fp_target_ || ended_) return;
  b_.call(helper(HelperId::end_fp), Type::none, jit::ir::kHelperMayRaise, b_.i64(*fp_target_),
          b_.i64(wrap(pc_ + 4)), b_.i64(mode_));
  single_[*fp_target_] = {};
}

// --- Arithmetic ---

jit::ir::Value Translator::arith(FloatOp op, Value a, Value b) {
  constexpr Op kOps[] = {Op::fadd, Op::fsub, Op::fmul, Op::fdiv};
  const Value r = b_.binary(kOps[static_cast<unsigned>(op)], a, b);
  return b_.call_if(is_nan(r), r, helper(HelperId::float_nan), a, b, static_cast<unsigned>(op));
}
jit::ir::Value Translator::square_root(Value v) {
  const Value r = b_.unary(Op::fsqrt, v);
  return b_.call_if(is_nan(r), r, helper(HelperId::float_nan), v, v, kNanSqrt);
}

void Translator::float_binary(FloatOp op, bool single, FReg ft, FReg fa, FReg fb) {
  const Value a = getf(fa), b = getf(fb);
  set_arith(ft, arith(op, a, b), single, {op_of(last_of(op), single), a, b, {}});
}
void Translator::float_sqrt(bool single, FReg ft, FReg fb) {
  const Value b = getf(fb);
  set_arith(ft, square_root(b), single, {op_of(LastOp::sqrt, single), b, {}, {}});
}
void Translator::fre(FReg ft, FReg fb, Bits rc) {
  const Value one = b_.konst(Type::f64, kOne), b = getf(fb);
  set_arith(ft, arith(FloatOp::div, one, b), false, {op_of(LastOp::div, false), one, b, {}});
  record1(rc);
}
void Translator::fres(FReg ft, FReg fb, Bits rc) {
  const Value one = b_.konst(Type::f64, kOne), b = getf(fb);
  set_arith(ft, arith(FloatOp::div, one, b), true, {op_of(LastOp::div, true), one, b, {}});
  record1(rc);
}
void Translator::frsqrte(FReg ft, FReg fb, Bits rc) {
  const Value one = b_.konst(Type::f64, kOne), root = square_root(getf(fb));
  set_arith(ft, arith(FloatOp::div, one, root), false, {op_of(LastOp::div, false), one, root, {}});
  record1(rc);
}
void Translator::frsqrtes(FReg ft, FReg fb, Bits rc) {
  const Value one = b_.konst(Type::f64, kOne), root = square_root(getf(fb));
  set_arith(ft, arith(FloatOp::div, one, root), true, {op_of(LastOp::div, true), one, root, {}});
  record1(rc);
}

/// a * c + b. A double half way between two singles, or too small for one, may have been rounded
/// the wrong way: a helper starts again.
void Translator::multiply_add(bool single, bool subtract, bool negate, FReg ft, FReg fa, FReg fc,
                              FReg fb) {
  const Value a = getf(fa), c = getf(fc), b = getf(fb);
  const Value addend = subtract ? b_.unary(Op::fneg, b) : b;
  const Value r = b_.emit({.op = Op::fma, .type = Type::f64, .args = {a.ref, c.ref, addend.ref}});
  Value special = is_nan(r);
  if (single) {
    const Value bits = b_.convert(Op::bitcast, r, Type::i64);
    const Value middle =
        b_.compare(Op::eq, b_.and_(bits, b_.i64(0x1fff'ffff)), b_.i64(0x1000'0000));
    const Value shifted = b_.shl(bits, b_.i64(1));
    const Value small =
        b_.compare(Op::lt_u, b_.sub(shifted, b_.i64(1)), b_.i64((std::uint64_t{897} << 53) - 1));
    special = b_.or_(special, b_.or_(middle, small));
  }
  const unsigned how =
      (subtract ? kFmaSubtract : 0u) | (negate ? kFmaNegate : 0u) | (single ? kFmaSingle : 0u);
  const Value noted = b_.call_if(special, r, helper(HelperId::fma_nan_factors), a, c, 0);
  const Value settled = b_.call_if(special, noted, helper(HelperId::fma_nan), b, r, how);
  const unsigned modifiers = (subtract ? kLastSubtract : 0) | (negate ? kLastNegate : 0);
  set_arith(ft, settled, single, {op_of(LastOp::fma, single) | modifiers, a, b, c});
  if (!negate) return;
  const Value narrow = single_[ft.n];
  const Value minus = b_.unary(Op::fneg, getf(ft));
  setf(ft, minus);
  if (single) single_[ft.n] = b_.unary(Op::fneg, narrow);
}

// --- Moves ---

void Translator::fmr(FReg ft, FReg fb, Bits rc) {
  const Value narrow = single_[fb.n];
  setf(ft, getf(fb));
  single_[ft.n] = narrow;
  record1(rc);
}
void Translator::fneg(FReg ft, FReg fb, Bits rc) {
  setf(ft, b_.unary(Op::fneg, getf(fb)));
  record1(rc);
}
void Translator::fabs(FReg ft, FReg fb, Bits rc) {
  setf(ft, b_.unary(Op::fabs, getf(fb)));
  record1(rc);
}
void Translator::fnabs(FReg ft, FReg fb, Bits rc) {
  setf(ft, b_.unary(Op::fneg, b_.unary(Op::fabs, getf(fb))));
  record1(rc);
}
void Translator::fcpsgn(FReg ft, FReg fa, FReg fb, Bits rc) {
  const Value sign = b_.and_(float_bits(fa), b_.i64(kSign));
  set_float_bits(ft, b_.or_(sign, b_.and_(float_bits(fb), b_.i64(~kSign))));
  record1(rc);
}
void Translator::fsel(FReg ft, FReg fa, FReg fb, FReg fc, Bits rc) {
  const Value c = b_.compare(Op::fcmp_le, b_.konst(Type::f64, 0), getf(fa));
  setf(ft, b_.select(c, getf(fc), getf(fb)));
  record1(rc);
}
void Translator::fmrgew(FReg ft, FReg fa, FReg fb) {
  const Value high = b_.and_(float_bits(fa), b_.i64(0xffff'ffff'0000'0000u));
  set_float_bits(ft, b_.or_(high, b_.shr(float_bits(fb), b_.i64(32))));
}
void Translator::fmrgow(FReg ft, FReg fa, FReg fb) {
  const Value low_half = b_.and_(float_bits(fb), b_.i64(0xffff'ffffu));
  set_float_bits(ft, b_.or_(b_.shl(float_bits(fa), b_.i64(32)), low_half));
}

// --- Conversions ---

void Translator::frsp(FReg ft, FReg fb, Bits rc) {
  const Value v = getf(fb);
  set_arith(ft, b_.call_if(is_nan(v), v, helper(HelperId::round_nan), v, {}, 0), true,
            {op_of(LastOp::narrow, true), v, {}, {}});
  record1(rc);
}

void Translator::to_int(FReg ft, FReg fb, Type t, bool zero) {
  const Value a = getf(fb);
  const Value r = b_.convert(zero ? Op::f_to_int_z : Op::f_to_int, a, t);
  const Value none = b_.konst(t, std::uint64_t{1} << (jit::ir::bits_of(t) - 1));
  const unsigned how = (t == Type::i64 ? kToIntLong : 0u) | (zero ? kToIntZero : 0u);
  const Value fixed =
      b_.call_if(b_.compare(Op::eq, r, none), r, helper(HelperId::to_int), a, {}, how);
  set_float_bits(ft, b_.sext(fixed, Type::i64));
  note_last({op_of(LastOp::to_int) | (t == Type::i64 ? kLastLong : 0) | (zero ? kLastZero : 0),
             a,
             {},
             {}});
}
void Translator::to_unsigned(FReg ft, FReg fb, unsigned how) {
  note_last({op_of(LastOp::to_int) | kLastUnsigned | (how & kToIntLong ? kLastLong : 0) |
                 (how & kToIntZero ? kLastZero : 0),
             getf(fb),
             {},
             {}});
  set_float_bits(ft, b_.call(helper(HelperId::to_unsigned), Type::i64, jit::ir::kHelperPure,
                             float_bits(fb), b_.i64(how)));
}
void Translator::from_int(FReg ft, FReg fb, bool single, bool is_unsigned) {
  const Value bits = float_bits(fb);
  if (is_unsigned) {
    const Value r = b_.call(helper(HelperId::from_unsigned), Type::i64, jit::ir::kHelperPure, bits,
                            b_.i64(single));
    return set_arith(ft, b_.convert(Op::bitcast, r, Type::f64), single,
                     {op_of(LastOp::from_unsigned, single), bits, {}, {}});
  }
  const Last last{op_of(LastOp::from_signed, single), bits, {}, {}};
  if (!single) return set_arith(ft, b_.convert(Op::int_to_f, bits, Type::f64), false, last);
  const Value narrow = b_.convert(Op::int_to_f, bits, Type::f32);
  set_arith(ft, b_.convert(Op::fcvt, narrow, Type::f64), true, last);
}

/// rounding: x86's, 0 standing for the nearest with ties away from zero.
void Translator::round_to_int(FReg ft, FReg fb, unsigned rounding) {
  const Value a = getf(fb);
  Value r;
  if (rounding == 0) {
    const Value bits =
        b_.call(helper(HelperId::round_away), Type::i64, jit::ir::kHelperPure, float_bits(fb));
    r = b_.convert(Op::bitcast, bits, Type::f64);
  } else {
    r = b_.round_to_integral(a, jit::ir::kRoundQuietly | rounding);
  }
  const Value v = b_.call_if(is_nan(r), r, helper(HelperId::round_nan), a, {}, 0);
  set_arith(ft, v, false, {op_of(LastOp::value), v, {}, {}});
}

// --- Comparison ---

void Translator::float_compare(Bits bf, FReg fa, FReg fb, bool ordered) {
  const Value a = getf(fa), b = getf(fb);
  const Value unordered = b_.compare(Op::fcmp_un, a, b);
  b_.call_if(unordered, b_.i32(0), helper(HelperId::compare_nan), a, b, ordered);
  const Value less = b_.compare(Op::fcmp_lt, a, b), greater = b_.compare(Op::fcmp_lt, b, a);
  const Value bits =
      b_.select(b_.compare(Op::fcmp_un, a, b), b_.i32(kSo),
                b_.select(less, b_.i32(kLt), b_.select(greater, b_.i32(kGt), b_.i32(kEq))));
  set_cr_bits(bf.v, bits);
  compared_[bf.v] = {Compared::Kind::floating, a, b};
  b_.set(slot(offsetof(State, cmp_a), Type::f64), a);
  b_.set(slot(offsetof(State, cmp_b), Type::f64), b);
  b_.set(slot(offsetof(State, fpcc_kind), Type::i8), b_.konst(Type::i8, 1));
}
void Translator::fcmpu(Bits bf, FReg fa, FReg fb) { float_compare(bf, fa, fb, false); }
void Translator::fcmpo(Bits bf, FReg fa, FReg fb) { float_compare(bf, fa, fb, true); }

void Translator::ftdiv(Bits bf, FReg fa, FReg fb) {
  set_cr_bits(bf.v, b_.call(helper(HelperId::ftdiv), Type::i32, jit::ir::kHelperPure,
                            float_bits(fa), float_bits(fb)));
}
void Translator::ftsqrt(Bits bf, FReg fb) {
  set_cr_bits(bf.v,
              b_.call(helper(HelperId::ftsqrt), Type::i32, jit::ir::kHelperPure, float_bits(fb)));
}

// --- The status and control register ---

void Translator::mffs(FReg ft, Bits rc) {
  set_float_bits(ft, b_.call(helper(HelperId::read_fpscr), Type::i64, 0));
  record1(rc);
}
/// Shows some of it, and sets the bits of `mask`.
void Translator::mffs_and_set(FReg ft, std::uint64_t shown, Value bits, std::uint64_t mask) {
  const Value fpscr = b_.call(helper(HelperId::read_fpscr), Type::i64, 0);
  if (mask != 0) b_.call(helper(HelperId::write_fpscr), Type::none, 0, bits, b_.i64(mask));
  set_float_bits(ft, b_.and_(fpscr, b_.i64(shown)));
}
void Translator::mffsce(FReg ft) { mffs_and_set(ft, kWholeFpscr, b_.i64(0), kEnables); }
void Translator::mffscdrn(FReg ft, FReg fb) {
  mffs_and_set(ft, kControl, float_bits(fb), kDrnMask);
}
void Translator::mffscdrni(FReg ft, Bits drm) {
  mffs_and_set(ft, kControl, b_.i64(std::uint64_t{drm.v} << kDrnShift), kDrnMask);
}
void Translator::mffscrn(FReg ft, FReg fb) { mffs_and_set(ft, kControl, float_bits(fb), kRnMask); }
void Translator::mffscrni(FReg ft, Bits rm) { mffs_and_set(ft, kControl, b_.i64(rm.v), kRnMask); }
void Translator::mffsl(FReg ft) {
  mffs_and_set(ft, kControl | kFr | kFi | 0x1fu << kFprfShift, {}, 0);
}
void Translator::mcrfs(Bits bf, Bits bfa) {
  const Value field = b_.call(helper(HelperId::clear_exceptions), Type::i32, 0, b_.i32(bfa.v));
  set_cr_bits(bf.v, field);
}
void Translator::mtfsf(Bits l, Bits flm, Bits w, FReg fb, Bits rc) {
  std::uint64_t mask = 0;
  for (unsigned f = 0; f < 8; ++f) {
    if (flm.v & 0x80u >> f) mask |= 0xf000'0000u >> 4 * f;
  }
  // W is for the upper word, which has decimal rounding.
  if (w.v) mask <<= 32;
  if (l.v) mask = kWholeFpscr;
  b_.call(helper(HelperId::write_fpscr), Type::none, 0, float_bits(fb), b_.i64(mask));
  record1(rc);
}
void Translator::mtfsfi(Bits bf, Bits w, Bits u, Bits rc) {
  const unsigned shift = 4 * (7 - bf.v) + (w.v ? 32 : 0);
  b_.call(helper(HelperId::write_fpscr), Type::none, 0, b_.i64(std::uint64_t{u.v} << shift),
          b_.i64(std::uint64_t{15} << shift));
  record1(rc);
}
void Translator::mtfsb0(Bits bt, Bits rc) {
  b_.call(helper(HelperId::set_fpscr_bit), Type::none, 0, b_.i32(31 - bt.v), b_.i32(0));
  record1(rc);
}
void Translator::mtfsb1(Bits bt, Bits rc) {
  b_.call(helper(HelperId::set_fpscr_bit), Type::none, 0, b_.i32(31 - bt.v), b_.i32(1));
  record1(rc);
}

}  // namespace emulate::ppc
