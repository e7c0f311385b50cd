/// Floating point. The host computes; where it gives a NaN, an integer that does not fit or an
/// unordered comparison, a helper puts SPARC's rules in place. Quads are helpers altogether.

#include "sparc64/translator.h"

namespace emulate::sparc64 {

namespace {

constexpr unsigned kSingle = 1, kQuad = 3;

constexpr jit::ir::Type type_of(Bits f) {
  return f.v == kSingle ? jit::ir::Type::f32 : jit::ir::Type::f64;
}
constexpr bool wide(jit::ir::Type t) { return t == jit::ir::Type::f64; }
constexpr bool odd_quad(FReg r) { return (r.wide() & 2) != 0; }

}  // namespace

// --- Exceptions ---

/// With traps enabled each operation's exceptions are looked at by themselves.
void Translator::begin_fp(const NotedOp& op, Value a, Value b) {
  begin_fp();
  const auto note = [&](std::size_t at, const Value& v) {
    if (v.type != Type::none) b_.set({static_cast<std::uint32_t>(at), v.type}, v);
  };
  note(offsetof(State, last_a), a);
  note(offsetof(State, last_b), b);
  b_.set({offsetof(State, last_op), Type::i32}, b_.i32(op.pack()));
}
/// For the helpers of quads, which set the current exceptions themselves.
void Translator::begin_fp() {
  if ((mode_ & kModeFpTraps) == 0) return;
  b_.call(helper(HelperId::begin_fp), Type::none, 0);
}
void Translator::end_fp() {
  if ((mode_ & kModeFpTraps) == 0) return;
  b_.call(helper(HelperId::end_fp), Type::none, jit::ir::kHelperMayRaise);
}

jit::ir::Value Translator::nan_checked(Value r, Value a, Value b, unsigned how) {
  return b_.call_if(b_.compare(Op::fcmp_un, r, r), r, helper(HelperId::float_nan), a, b, how);
}

// --- Arithmetic ---

void Translator::fp_binary(Op op, LastOp noted, QuadOp quad_op, FReg rd, FReg rs1, Bits f,
                           FReg rs2) {
  if (f.v == 0) return illegal();
  if (f.v == kQuad) {
    if (odd_quad(rd) || odd_quad(rs1) || odd_quad(rs2)) return illegal();
    return quad(quad_op, rd.wide(), rs1, rs2);
  }
  const Type t = type_of(f);
  const Value a = getf(rs1, t), b = getf(rs2, t);
  begin_fp({noted, t, t}, a, b);
  const Value r =
      nan_checked(b_.binary(op, a, b), a, b, wide(t) ? kNanDouble | kNanDoubleResult : 0);
  end_fp();
  setf(rd, r);
}
void Translator::fadd(FReg rd, FReg rs1, Bits f, FReg rs2) {
  fp_binary(Op::fadd, LastOp::add, QuadOp::add, rd, rs1, f, rs2);
}
void Translator::fsub(FReg rd, FReg rs1, Bits f, FReg rs2) {
  fp_binary(Op::fsub, LastOp::sub, QuadOp::sub, rd, rs1, f, rs2);
}
void Translator::fmul(FReg rd, FReg rs1, Bits f, FReg rs2) {
  fp_binary(Op::fmul, LastOp::mul, QuadOp::mul, rd, rs1, f, rs2);
}
void Translator::fdiv(FReg rd, FReg rs1, Bits f, FReg rs2) {
  fp_binary(Op::fdiv, LastOp::div, QuadOp::div, rd, rs1, f, rs2);
}

void Translator::fsqrt(FReg rd, Bits f, FReg rs2) {
  if (f.v == 0) return illegal();
  if (f.v == kQuad) {
    if (odd_quad(rd) || odd_quad(rs2)) return illegal();
    return quad(QuadOp::sqrt, rd.wide(), rs2, rs2);
  }
  const Type t = type_of(f);
  const Value a = getf(rs2, t);
  begin_fp({LastOp::sqrt, t, t}, a);
  const unsigned how = kNanUnary | (wide(t) ? kNanDouble | kNanDoubleResult : 0);
  const Value r = nan_checked(b_.unary(Op::fsqrt, a), a, a, how);
  end_fp();
  setf(rd, r);
}

void Translator::fsmuld(FReg rd, FReg rs1, FReg rs2) {
  const Value a = getf(rs1, Type::f32), b = getf(rs2, Type::f32);
  begin_fp({LastOp::mul_singles, Type::f32, Type::f64}, a, b);
  const Value product =
      b_.binary(Op::fmul, b_.convert(Op::fcvt, a, Type::f64), b_.convert(Op::fcvt, b, Type::f64));
  const Value r = nan_checked(product, a, b, kNanDoubleResult);
  end_fp();
  setf(rd, r);
}
void Translator::fdmulq(FReg rd, FReg rs1, FReg rs2) {
  if (odd_quad(rd)) return illegal();
  quad(QuadOp::mul_doubles, rd.wide(), rs1, rs2);
}

/// Helpers of quads read and write the registers by their numbers.
void Translator::quad(QuadOp op, unsigned rd, FReg rs1, FReg rs2) {
  begin_fp();
  b_.call(helper(HelperId::quad), Type::none, 0, b_.i64(static_cast<unsigned>(op)), b_.i64(rd),
          b_.i64(rs1.n), b_.i64(rs2.n));
  end_fp();
}

// --- Moves ---

void Translator::fmov(FReg rd, Bits f, FReg rs2) {
  if (f.v == 0) return illegal();
  begin_fp({LastOp::exact});
  if (f.v == kQuad) {
    if (odd_quad(rd) || odd_quad(rs2)) return illegal();
    const Value upper = getf(rs2, Type::f64), lower = getf(FReg(rs2.n + 2), Type::f64);
    setf(rd, upper);
    return setf(FReg(rd.n + 2), lower);
  }
  setf(rd, getf(rs2, type_of(f)));
}
void Translator::fneg(FReg rd, Bits f, FReg rs2) {
  if (f.v == 0) return illegal();
  begin_fp({LastOp::exact});
  if (f.v == kQuad) {
    if (odd_quad(rd) || odd_quad(rs2)) return illegal();
    const Value lower = getf(FReg(rs2.n + 2), Type::f64);
    setf(rd, b_.unary(Op::fneg, getf(rs2, Type::f64)));
    return setf(FReg(rd.n + 2), lower);
  }
  setf(rd, b_.unary(Op::fneg, getf(rs2, type_of(f))));
}
void Translator::fabs(FReg rd, Bits f, FReg rs2) {
  if (f.v == 0) return illegal();
  begin_fp({LastOp::exact});
  if (f.v == kQuad) {
    if (odd_quad(rd) || odd_quad(rs2)) return illegal();
    const Value lower = getf(FReg(rs2.n + 2), Type::f64);
    setf(rd, b_.unary(Op::fabs, getf(rs2, Type::f64)));
    return setf(FReg(rd.n + 2), lower);
  }
  setf(rd, b_.unary(Op::fabs, getf(rs2, type_of(f))));
}

void Translator::move(Value cond, Bits f, FReg rd, FReg rs2) {
  begin_fp({LastOp::exact});
  if (f.v == kQuad) {
    if (odd_quad(rd) || odd_quad(rs2)) return illegal();
    const FReg rd_low(rd.n + 2), low_half(rs2.n + 2);
    const Value lower = b_.select(cond, getf(low_half, Type::f64), getf(rd_low, Type::f64));
    setf(rd, b_.select(cond, getf(rs2, Type::f64), getf(rd, Type::f64)));
    return setf(rd_low, lower);
  }
  const Type t = type_of(f);
  setf(rd, b_.select(cond, getf(rs2, t), getf(rd, t)));
}
/// cc: 0 to 3 are fcc0 to fcc3, 4 is icc, 6 xcc.
void Translator::fmovcc(FReg rd, Bits cond, Bits cc, Bits f, FReg rs2) {
  if (f.v == 0 || cc.v == 5 || cc.v == 7) return illegal();
  move(cc.v < 4 ? float_condition(cc.v, cond.v) : condition(cc.v == 6, cond.v), f, rd, rs2);
}
void Translator::fmovr(FReg rd, Reg rs1, Bits cond, Bits f, FReg rs2) {
  if (f.v == 0 || (cond.v & 3) == 0) return illegal();
  move(register_condition(rs1, cond.v), f, rd, rs2);
}

// --- Conversions ---

void Translator::to_int(Type from, Type to, FReg rd, FReg rs2) {
  const Value a = getf(rs2, from);
  begin_fp({LastOp::to_int, from, to}, a);
  Value r = b_.convert(Op::f_to_int_z, a, to);
  const Value none = b_.konst(to, std::uint64_t{1} << (jit::ir::bits_of(to) - 1));
  const unsigned how = (wide(from) ? kToIntDouble : 0) | (to == Type::i64 ? kToIntLong : 0);
  r = b_.call_if(b_.compare(Op::eq, r, none), r, helper(HelperId::to_int), a, {}, how);
  end_fp();
  if (to == Type::i64) {
    set_bits(rd, r);
  } else {
    set_bits32(rd, r);
  }
}
void Translator::f_to_x(FReg rd, Bits f, FReg rs2) {
  if (f.v == 0) return illegal();
  if (f.v != kQuad) return to_int(type_of(f), Type::i64, rd, rs2);
  if (odd_quad(rs2)) return illegal();
  quad(QuadOp::to_long, rd.wide(), rs2, rs2);
}
void Translator::f_to_i(FReg rd, Bits f, FReg rs2) {
  if (f.v == 0) return illegal();
  if (f.v != kQuad) return to_int(type_of(f), Type::i32, rd, rs2);
  if (odd_quad(rs2)) return illegal();
  quad(QuadOp::to_int, rd.n, rs2, rs2);
}

void Translator::from_int(Type from, Type to, FReg rd, FReg rs2) {
  const Value a = from == Type::i64 ? bits(rs2) : bits32(rs2);
  begin_fp({LastOp::from_int, from, to}, a);
  const Value r = b_.convert(Op::int_to_f, a, to);
  end_fp();
  setf(rd, r);
}
void Translator::fxtos(FReg rd, FReg rs2) { from_int(Type::i64, Type::f32, rd, rs2); }
void Translator::fxtod(FReg rd, FReg rs2) { from_int(Type::i64, Type::f64, rd, rs2); }
void Translator::fitos(FReg rd, FReg rs2) { from_int(Type::i32, Type::f32, rd, rs2); }
void Translator::fitod(FReg rd, FReg rs2) { from_int(Type::i32, Type::f64, rd, rs2); }
void Translator::fxtoq(FReg rd, FReg rs2) {
  if (odd_quad(rd)) return illegal();
  quad(QuadOp::from_long, rd.wide(), rs2, rs2);
}
void Translator::fitoq(FReg rd, FReg rs2) {
  if (odd_quad(rd)) return illegal();
  quad(QuadOp::from_int, rd.wide(), rs2, rs2);
}

/// x86 and SPARC convert NaNs alike.
void Translator::fdtos(FReg rd, FReg rs2) {
  const Value a = getf(rs2, Type::f64);
  begin_fp({LastOp::convert, Type::f64, Type::f32}, a);
  const Value r = b_.convert(Op::fcvt, a, Type::f32);
  end_fp();
  setf(rd, r);
}
void Translator::fstod(FReg rd, FReg rs2) {
  const Value a = getf(rs2, Type::f32);
  begin_fp({LastOp::convert, Type::f32, Type::f64}, a);
  const Value r = b_.convert(Op::fcvt, a, Type::f64);
  end_fp();
  setf(rd, r);
}
void Translator::fqtos(FReg rd, FReg rs2) {
  if (odd_quad(rs2)) return illegal();
  quad(QuadOp::to_single, rd.n, rs2, rs2);
}
void Translator::fqtod(FReg rd, FReg rs2) {
  if (odd_quad(rs2)) return illegal();
  quad(QuadOp::to_double, rd.wide(), rs2, rs2);
}
void Translator::fstoq(FReg rd, FReg rs2) {
  if (odd_quad(rd)) return illegal();
  quad(QuadOp::from_single, rd.wide(), rs2, rs2);
}
void Translator::fdtoq(FReg rd, FReg rs2) {
  if (odd_quad(rd)) return illegal();
  quad(QuadOp::from_double, rd.wide(), rs2, rs2);
}

// --- Comparisons and conditions ---

void Translator::set_fcc(unsigned cc, const Compare& c) {
  const auto value = [&](unsigned v) { return b_.konst(Type::i8, v); };
  const Value ordered = b_.select(c.equal, value(0), b_.select(c.less, value(1), value(2)));
  b_.set({static_cast<std::uint32_t>(offsetof(State, fcc) + cc), Type::i8},
         b_.select(c.unordered, value(3), ordered));
  fcc_[cc] = c;
}

void Translator::fcmp(Bits cc, FReg rs1, Bits signals, Bits f, FReg rs2) {
  if (f.v == 0) return illegal();
  if (f.v == kQuad) {
    if (odd_quad(rs1) || odd_quad(rs2)) return illegal();
    quad(signals.v ? QuadOp::compare_signals : QuadOp::compare, cc.v, rs1, rs2);
    fcc_[cc.v] = {};
    return;
  }
  const Type t = type_of(f);
  const Value a = getf(rs1, t), b = getf(rs2, t);
  begin_fp({signals.v ? LastOp::compare_signals : LastOp::compare, t, t}, a, b);
  const Value unordered = b_.compare(Op::fcmp_un, a, b);
  b_.call_if(unordered, b_.i32(0), helper(HelperId::compare_nan), a, b,
             (wide(t) ? kCompareDouble : 0) | (signals.v ? kCompareSignals : 0));
  end_fp();
  set_fcc(cc.v, {true, b_.compare(Op::fcmp_eq, a, b), b_.compare(Op::fcmp_lt, a, b), unordered});
}

/// A condition is a set of relations.
jit::ir::Value Translator::float_condition(unsigned cc, unsigned cond) {
  // Relations of conditions 0 to 15: equal 1, less 2, greater 4, unordered 8.
  constexpr unsigned kRelations[16] = {0, 14, 6, 10, 2, 12, 4, 8, 15, 1, 9, 5, 13, 3, 11, 7};
  const unsigned relations = kRelations[cond];
  if (cond == 0 || cond == 8) return b_.konst(Type::i1, cond >> 3);
  const Compare& c = fcc_[cc];
  if (!c.known) {
    const Value fcc = b_.get({static_cast<std::uint32_t>(offsetof(State, fcc) + cc), Type::i8});
    const Value bit = b_.shr(b_.i32(relations), b_.zext(fcc, Type::i32));
    return b_.trunc(bit, Type::i1);
  }
  const auto greater = [&] { return not_(b_.or_(b_.or_(c.equal, c.less), c.unordered)); };
  switch (relations) {  // by what is cheapest to say
    case 1:
      return c.equal;
    case 2:
      return c.less;
    case 8:
      return c.unordered;
    case 14:
      return not_(c.equal);
    case 13:
      return not_(c.less);
    case 7:
      return not_(c.unordered);
    case 3:
      return b_.or_(c.equal, c.less);
    case 12:
      return not_(b_.or_(c.equal, c.less));
    case 9:
      return b_.or_(c.equal, c.unordered);
    case 6:
      return not_(b_.or_(c.equal, c.unordered));
    case 10:
      return b_.or_(c.less, c.unordered);
    case 5:
      return not_(b_.or_(c.less, c.unordered));
    case 4:
      return greater();
    default:  // 11
      return not_(greater());
  }
}

}  // namespace emulate::sparc64
