/// Floating point. The host computes; where it gives a NaN, an integer that does not fit or an
/// unordered comparison, a helper puts MIPS' rules (legacy NaN encoding) in place.

#include "mips/translator.h"

namespace emulate::mips {

// --- Registers ---

jit::ir::Slot Translator::fpr_slot(FReg r, Type t) const {
  const std::size_t pair = traits_.fr1 ? r.n : r.n & ~1u;
  std::size_t offset = offsetof(State, fpr) + 8 * pair;
  if (!traits_.fr1 && (r.n & 1) != 0 && jit::ir::bytes_of(t) == 4) offset += 4;
  return {static_cast<std::uint32_t>(offset), t};
}

/// With FR=0 a double in an odd register is reserved.
bool Translator::check_double(FReg r) {
  if (traits_.fr1 || (r.n & 1) == 0) return true;
  illegal();
  return false;
}

// --- Arithmetic ---

/// Before the operation, so that one that traps has changed nothing.
void Translator::note(const NotedOp& op, Value a, Value b, Value c) {
  const auto set = [&](std::size_t at, const Value& v) {
    if (v.type != Type::none) b_.set({static_cast<std::uint32_t>(at), v.type}, v);
  };
  set(offsetof(State, last_a), a);
  set(offsetof(State, last_b), b);
  set(offsetof(State, last_c), c);
  b_.set({offsetof(State, last_op), Type::i32}, b_.i32(op.pack()));
  if ((mode_ & kModeFpTraps) == 0) return;
  b_.call(helper(HelperId::check_enabled), Type::none, jit::ir::kHelperMayRaise);
}

jit::ir::Value Translator::arith(Op op, Value a, Value b) {
  const Value r = b_.binary(op, a, b);
  const bool wide = r.type == Type::f64;
  return b_.call_if(b_.compare(Op::fcmp_un, r, r), r, helper(HelperId::float_nan), a, b,
                    wide ? kNanDouble | kNanDoubleResult : 0);
}
jit::ir::Value Translator::arith1(Op op, Value a) {
  const Value r = b_.unary(op, a);
  const bool wide = r.type == Type::f64;
  return b_.call_if(b_.compare(Op::fcmp_un, r, r), r, helper(HelperId::float_nan), a, a,
                    kNanUnary | (wide ? kNanDouble | kNanDoubleResult : 0));
}

void Translator::float_binary(Op op, LastOp noted, Bits d, FReg ft, FReg fs, FReg fd) {
  const Type t = format(d);
  if (d.v && (!check_double(ft) || !check_double(fs) || !check_double(fd))) return;
  const Value a = getf(fs, t), b = getf(ft, t);
  note({noted, t, t}, a, b);
  setf(fd, arith(op, a, b));
}
void Translator::fadd(Bits d, FReg ft, FReg fs, FReg fd) {
  float_binary(Op::fadd, LastOp::add, d, ft, fs, fd);
}
void Translator::fsub(Bits d, FReg ft, FReg fs, FReg fd) {
  float_binary(Op::fsub, LastOp::sub, d, ft, fs, fd);
}
void Translator::fmul(Bits d, FReg ft, FReg fs, FReg fd) {
  float_binary(Op::fmul, LastOp::mul, d, ft, fs, fd);
}
void Translator::fdiv(Bits d, FReg ft, FReg fs, FReg fd) {
  float_binary(Op::fdiv, LastOp::div, d, ft, fs, fd);
}

void Translator::fsqrt(Bits d, FReg fs, FReg fd) {
  if (d.v && (!check_double(fs) || !check_double(fd))) return;
  const Type t = format(d);
  const Value a = getf(fs, t);
  note({LastOp::sqrt, t, t}, a);
  setf(fd, arith1(Op::fsqrt, a));
}
void Translator::fabs(Bits d, FReg fs, FReg fd) {
  if (d.v && (!check_double(fs) || !check_double(fd))) return;
  setf(fd, b_.unary(Op::fabs, getf(fs, format(d))));
}
void Translator::fneg(Bits d, FReg fs, FReg fd) {
  if (d.v && (!check_double(fs) || !check_double(fd))) return;
  setf(fd, b_.unary(Op::fneg, getf(fs, format(d))));
}
void Translator::fmov(Bits d, FReg fs, FReg fd) {
  if (d.v && (!check_double(fs) || !check_double(fd))) return;
  setf(fd, getf(fs, format(d)));
}

namespace {

std::uint64_t one(bool wide) { return wide ? 0x3ff0'0000'0000'0000u : 0x3f80'0000u; }

}  // namespace

void Translator::recip(Bits d, FReg fs, FReg fd) {
  if (d.v && (!check_double(fs) || !check_double(fd))) return;
  const Type t = format(d);
  const Value numerator = b_.konst(t, one(d.v != 0)), a = getf(fs, t);
  note({LastOp::div, t, t}, numerator, a);
  setf(fd, arith(Op::fdiv, numerator, a));
}
void Translator::rsqrt(Bits d, FReg fs, FReg fd) {
  if (d.v && (!check_double(fs) || !check_double(fd))) return;
  const Type t = format(d);
  const Value numerator = b_.konst(t, one(d.v != 0)), a = getf(fs, t);
  note({LastOp::rsqrt, t, t}, a, numerator);
  setf(fd, arith(Op::fdiv, numerator, arith1(Op::fsqrt, a)));
}

/// Two roundings: these are not fused before release 6.
void Translator::multiply_add(FReg fr, FReg ft, FReg fs, FReg fd, Bits d, Op op, bool negate) {
  const Type t = format(d);
  if (d.v && (!check_double(fr) || !check_double(ft) || !check_double(fs) || !check_double(fd))) {
    return;
  }
  const Value a = getf(fs, t), b = getf(ft, t), c = getf(fr, t);
  note({op == Op::fadd ? LastOp::madd : LastOp::msub, t, t}, a, b, c);
  const Value sum = arith(op, arith(Op::fmul, a, b), c);
  setf(fd, negate ? b_.unary(Op::fneg, sum) : sum);
}
void Translator::madd_f(FReg fr, FReg ft, FReg fs, FReg fd, Bits d) {
  multiply_add(fr, ft, fs, fd, d, Op::fadd, false);
}
void Translator::msub_f(FReg fr, FReg ft, FReg fs, FReg fd, Bits d) {
  multiply_add(fr, ft, fs, fd, d, Op::fsub, false);
}
void Translator::nmadd_f(FReg fr, FReg ft, FReg fs, FReg fd, Bits d) {
  multiply_add(fr, ft, fs, fd, d, Op::fadd, true);
}
void Translator::nmsub_f(FReg fr, FReg ft, FReg fs, FReg fd, Bits d) {
  multiply_add(fr, ft, fs, fd, d, Op::fsub, true);
}

// --- Conversions ---

/// rounding: an fcsr code, or 4 for the current one.
void Translator::to_int(Bits d, FReg fs, FReg fd, Type t, unsigned rounding) {
  const bool long_result = t == Type::i64;
  if ((d.v && !check_double(fs)) || (long_result && !check_double(fd))) return;
  constexpr unsigned kHostRounding[] = {0, 3, 2, 1};
  const Type from = format(d);
  const Value a = getf(fs, from);
  note({LastOp::to_int, from, t, rounding}, a);
  const Value none = b_.konst(t, std::uint64_t{1} << (jit::ir::bits_of(t) - 1));
  Value r, misfit;
  if (rounding == 1 || rounding == 4) {
    r = b_.convert(rounding == 1 ? Op::f_to_int_z : Op::f_to_int, a, t);
    misfit = b_.compare(Op::eq, r, none);
  } else {
    const unsigned how = jit::ir::kRoundQuietly | kHostRounding[rounding];
    r = b_.convert(Op::f_to_int_z, b_.round_to_integral(a, how), t);
    misfit = b_.compare(Op::eq, r, none);
    // Inexact is what the truncation of the value itself says: not when it does not fit.
    b_.convert(Op::f_to_int_z, b_.select(misfit, b_.konst(from, 0), a), t);
  }
  r = b_.call_if(
      misfit, r, helper(HelperId::to_int), a, {},
      (d.v ? kToIntDouble : 0) | (long_result ? kToIntLong : 0) | rounding << kToIntRounding);
  b_.set(fpr_slot(fd, t), r);
}
/// Codes of round, trunc, ceil and floor in the instruction are fcsr's.
void Translator::to_l(Bits d, FReg fs, FReg fd, Bits r) { to_int(d, fs, fd, Type::i64, r.v); }
void Translator::to_w(Bits d, FReg fs, FReg fd, Bits r) { to_int(d, fs, fd, Type::i32, r.v); }
void Translator::cvt_l(Bits d, FReg fs, FReg fd) { to_int(d, fs, fd, Type::i64, 4); }
void Translator::cvt_w(Bits d, FReg fs, FReg fd) { to_int(d, fs, fd, Type::i32, 4); }

void Translator::from_int(FReg fs, FReg fd, Type from, Type to) {
  if ((from == Type::i64 && !check_double(fs)) || (to == Type::f64 && !check_double(fd))) return;
  const Value a = b_.get(fpr_slot(fs, from));
  note({LastOp::from_int, from, to}, a);
  setf(fd, b_.convert(Op::int_to_f, a, to));
}
void Translator::cvt_s_w(FReg fs, FReg fd) { from_int(fs, fd, Type::i32, Type::f32); }
void Translator::cvt_d_w(FReg fs, FReg fd) { from_int(fs, fd, Type::i32, Type::f64); }
void Translator::cvt_s_l(FReg fs, FReg fd) { from_int(fs, fd, Type::i64, Type::f32); }
void Translator::cvt_d_l(FReg fs, FReg fd) { from_int(fs, fd, Type::i64, Type::f64); }

void Translator::cvt_s_d(FReg fs, FReg fd) {
  if (!check_double(fs)) return;
  const Value a = getf(fs, Type::f64);
  note({LastOp::convert, Type::f64, Type::f32}, a);
  const Value r = b_.convert(Op::fcvt, a, Type::f32);
  setf(fd, b_.call_if(b_.compare(Op::fcmp_un, r, r), r, helper(HelperId::float_nan), a, a,
                      kNanUnary | kNanDouble));
}
void Translator::cvt_d_s(FReg fs, FReg fd) {
  if (!check_double(fd)) return;
  const Value a = getf(fs, Type::f32);
  note({LastOp::convert, Type::f32, Type::f64}, a);
  const Value r = b_.convert(Op::fcvt, a, Type::f64);
  setf(fd, b_.call_if(b_.compare(Op::fcmp_un, r, r), r, helper(HelperId::float_nan), a, a,
                      kNanUnary | kNanDoubleResult));
}

// --- Conditions ---

void Translator::compare(Bits d, FReg ft, FReg fs, Bits cc, Bits cond) {
  if (d.v && (!check_double(ft) || !check_double(fs))) return;
  const Type t = format(d);
  const Value a = getf(fs, t), b = getf(ft, t);
  note({cond.v & 8 ? LastOp::compare_signals : LastOp::compare, t, t}, a, b);
  Value result = b_.konst(Type::i1, 0);
  if (cond.v & 2) result = b_.or_(result, b_.compare(Op::fcmp_eq, a, b));
  if (cond.v & 4) result = b_.or_(result, b_.compare(Op::fcmp_lt, a, b));
  const Value unordered = b_.compare(Op::fcmp_un, a, b);
  if (cond.v & 1) result = b_.or_(result, unordered);
  b_.call_if(unordered, b_.i32(0), helper(HelperId::compare_nan), a, b,
             (d.v ? 1u : 0u) | (cond.v & 8 ? 2u : 0u));
  b_.set({static_cast<std::uint32_t>(offsetof(State, fcc) + cc.v), Type::i1}, result);
}

void Translator::fmovz(Bits d, Reg rt, FReg fs, FReg fd) {
  if (d.v && (!check_double(fs) || !check_double(fd))) return;
  const Value cond = b_.compare(Op::eq, word(rt), b_.konst(word_, 0));
  setf(fd, b_.select(cond, getf(fs, format(d)), getf(fd, format(d))));
}
void Translator::fmovn(Bits d, Reg rt, FReg fs, FReg fd) {
  if (d.v && (!check_double(fs) || !check_double(fd))) return;
  const Value cond = b_.compare(Op::ne, word(rt), b_.konst(word_, 0));
  setf(fd, b_.select(cond, getf(fs, format(d)), getf(fd, format(d))));
}
void Translator::fmovcf(Bits d, Bits cc, Bits sense, FReg fs, FReg fd) {
  if (d.v && (!check_double(fs) || !check_double(fd))) return;
  const Value yes = getf(fs, format(d)), no = getf(fd, format(d));
  setf(fd, sense.v ? b_.select(fcc(cc.v), yes, no) : b_.select(fcc(cc.v), no, yes));
}
void Translator::movci(Reg rs, Bits cc, Bits sense, Reg rd) {
  const Value yes = word(rs), no = word(rd);
  set_word(rd, sense.v ? b_.select(fcc(cc.v), yes, no) : b_.select(fcc(cc.v), no, yes));
}

// --- Moves between register files ---

void Translator::mfc1(Reg rt, FReg fs) { set_low(rt, b_.get(fpr_slot(fs, Type::i32))); }
void Translator::mtc1(Reg rt, FReg fs) { b_.set(fpr_slot(fs, Type::i32), low(rt)); }
void Translator::mfhc1(Reg rt, FReg fs) {
  Slot high = fpr_slot(FReg(traits_.fr1 ? fs.n : fs.n & ~1u), Type::i32);
  high.offset += 4;
  set_low(rt, b_.get(high));
}
void Translator::mthc1(Reg rt, FReg fs) {
  Slot high = fpr_slot(FReg(traits_.fr1 ? fs.n : fs.n & ~1u), Type::i32);
  high.offset += 4;
  b_.set(high, low(rt));
}
void Translator::dmfc1(Reg rt, FReg fs) {
  if (check_double(fs)) set_word(rt, b_.get(fpr_slot(fs, Type::i64)));
}
void Translator::dmtc1(Reg rt, FReg fs) {
  if (check_double(fs)) b_.set(fpr_slot(fs, Type::i64), word(rt));
}

namespace {

// Control registers. FCCR, FEXR and FENR are views of FCSR.
constexpr std::uint32_t kFirNumber = 0, kFccr = 25, kFexr = 26, kFenr = 28, kFcsrNumber = 31;
constexpr std::uint32_t kFirValue = 0x0033'9300u;
constexpr std::uint32_t kFexrMask = 0x0003'f07cu, kFenrMask = 0x0000'0f83u;

}  // namespace

void Translator::cfc1(Reg rt, Bits fs) {
  if (fs.v == kFirNumber) return set_word(rt, b_.konst(word_, kFirValue));
  const Value fcsr = b_.call(helper(HelperId::read_fcsr), Type::i32, 0);
  switch (fs.v) {
    case kFcsrNumber:
      return set_low(rt, fcsr);
    case kFccr: {
      const Value high = b_.and_(b_.shr(fcsr, b_.i32(24)), b_.i32(0xfe));
      return set_low(rt, b_.or_(high, b_.and_(b_.shr(fcsr, b_.i32(23)), b_.i32(1))));
    }
    case kFexr:
      return set_low(rt, b_.and_(fcsr, b_.i32(kFexrMask)));
    case kFenr: {
      const Value fs_bit = b_.and_(b_.shr(fcsr, b_.i32(22)), b_.i32(4));
      return set_low(rt, b_.or_(b_.and_(fcsr, b_.i32(kFenrMask)), fs_bit));
    }
    default:
      return set_word(rt, b_.konst(word_, 0));
  }
}

void Translator::ctc1(Reg rt, Bits fs) {
  Value v = low(rt);
  const auto merge = [&](std::uint32_t mask, Value bits) {
    const Value old = b_.call(helper(HelperId::read_fcsr), Type::i32, 0);
    return b_.or_(b_.and_(old, b_.i32(~mask)), bits);
  };
  switch (fs.v) {
    case kFcsrNumber:
      break;
    case kFccr: {
      const Value high = b_.shl(b_.and_(v, b_.i32(0xfe)), b_.i32(24));
      v = merge(0xfe80'0000u, b_.or_(high, b_.shl(b_.and_(v, b_.i32(1)), b_.i32(23))));
      break;
    }
    case kFexr:
      v = merge(kFexrMask, b_.and_(v, b_.i32(kFexrMask)));
      break;
    case kFenr: {
      const Value fs_bit = b_.shl(b_.and_(v, b_.i32(4)), b_.i32(22));
      v = merge(kFenrMask | 1u << 24, b_.or_(b_.and_(v, b_.i32(kFenrMask)), fs_bit));
      break;
    }
    default:
      return;
  }
  b_.call(helper(HelperId::write_fcsr), Type::none, jit::ir::kHelperMayRaise, v, after());
}

}  // namespace emulate::mips
