/// Integer arithmetic, logic, shifts, conditional moves, and the condition codes.

#include "sparc64/translator.h"

namespace emulate::sparc64 {
namespace {

constexpr unsigned kDivide = static_cast<unsigned>(ArithmeticCode::int_divide);

}  // namespace

// --- Condition codes ---

/// Only what they follow from is kept; who reads them compares. A logical result is the difference
/// of itself and 0.
void Translator::set_codes(CcKind kind, Value a, Value b) {
  set_state(offsetof(State, cc_a), a);
  set_state(offsetof(State, cc_b), b);
  if (!codes_.known || codes_.kind != kind) {
    b_.set({offsetof(State, cc_kind), Type::i32}, b_.i32(static_cast<std::uint32_t>(kind)));
  }
  codes_ = {true, kind, a, b};
}
void Translator::set_ccr(Value ccr) { set_codes(CcKind::ccr, ccr, b_.i64(0)); }

jit::ir::Value Translator::condition_of(CcKind kind, Value a, Value b, bool xcc, unsigned cond) {
  const unsigned test = cond & 7;
  const bool negate = (cond & 8) != 0;
  if (kind == CcKind::ccr) {
    const auto bit = [&](unsigned n) {
      return b_.trunc(b_.shr(a, b_.i64(xcc ? n + 4 : n)), Type::i1);
    };
    const auto less = [&] { return b_.xor_(bit(3), bit(1)); };
    Value v = test == 1   ? bit(2)
              : test == 2 ? b_.or_(bit(2), less())
              : test == 3 ? less()
              : test == 4 ? b_.or_(bit(0), bit(2))
              : test == 5 ? bit(0)
              : test == 6 ? bit(3)
                          : bit(1);
    return negate ? not_(v) : v;
  }
  if (!xcc) a = low(a), b = low(b);
  const Value zero = b_.imm(a, 0);
  if (kind == CcKind::sub) {
    switch (test) {
      case 1:
        return b_.compare(negate ? Op::ne : Op::eq, a, b);
      case 2:
        return negate ? b_.compare(Op::lt_s, b, a) : b_.compare(Op::le_s, a, b);
      case 3:
        return negate ? b_.compare(Op::le_s, b, a) : b_.compare(Op::lt_s, a, b);
      case 4:
        return negate ? b_.compare(Op::lt_u, b, a) : b_.compare(Op::le_u, a, b);
      case 5:
        return negate ? b_.compare(Op::le_u, b, a) : b_.compare(Op::lt_u, a, b);
      case 6: {
        const Value r = b_.sub(a, b);
        return negate ? b_.compare(Op::le_s, zero, r) : b_.compare(Op::lt_s, r, zero);
      }
      default: {
        const Value v = b_.compare(Op::sub_overflows, a, b);
        return negate ? not_(v) : v;
      }
    }
  }
  const Value r = b_.add(a, b);
  const auto less = [&] {
    return b_.xor_(b_.compare(Op::lt_s, r, zero), b_.compare(Op::add_overflows, a, b));
  };
  const auto equal = [&] { return b_.compare(Op::eq, r, zero); };
  const auto carries = [&] { return b_.compare(Op::lt_u, r, a); };
  const Value v = test == 1   ? equal()
                  : test == 2 ? b_.or_(equal(), less())
                  : test == 3 ? less()
                  : test == 4 ? b_.or_(carries(), equal())
                  : test == 5 ? carries()
                  : test == 6 ? b_.compare(Op::lt_s, r, zero)
                              : b_.compare(Op::add_overflows, a, b);
  return negate ? not_(v) : v;
}

jit::ir::Value Translator::condition(bool xcc, unsigned cond) {
  if ((cond & 7) == 0) return b_.konst(Type::i1, cond >> 3);
  if (codes_.known) return condition_of(codes_.kind, codes_.a, codes_.b, xcc, cond);
  // Almost always those of a comparison.
  const Value a = state(offsetof(State, cc_a)), b = state(offsetof(State, cc_b));
  const Value kind = b_.get({offsetof(State, cc_kind), Type::i32});
  const auto is = [&](CcKind k) {
    return b_.compare(Op::eq, kind, b_.i32(static_cast<std::uint32_t>(k)));
  };
  const unsigned request = cond | (xcc ? kCodesXcc : 0);
  Value v = condition_of(CcKind::sub, a, b, xcc, cond);
  v = b_.call_if(is(CcKind::add), v, helper(HelperId::codes_add), a, b, request);
  return b_.call_if(is(CcKind::ccr), v, helper(HelperId::codes_ccr), a, b, request);
}

jit::ir::Value Translator::ccr() {
  if (codes_.known && codes_.kind == CcKind::ccr) return codes_.a;
  return pure(HelperId::read_ccr, Type::i64, state(offsetof(State, cc_a)),
              state(offsetof(State, cc_b)),
              b_.zext(b_.get({offsetof(State, cc_kind), Type::i32}), Type::i64));
}

jit::ir::Value Translator::register_condition(Reg rs1, unsigned cond) {
  const Value v = get(rs1), zero = b_.i64(0);
  switch (cond) {
    case 1:
      return b_.compare(Op::eq, v, zero);
    case 2:
      return b_.compare(Op::le_s, v, zero);
    case 3:
      return b_.compare(Op::lt_s, v, zero);
    case 5:
      return b_.compare(Op::ne, v, zero);
    case 6:
      return b_.compare(Op::lt_s, zero, v);
    default:
      return b_.compare(Op::le_s, zero, v);
  }
}

// --- Arithmetic and logic ---

void Translator::add(Reg rd, Bits cc, Reg rs1, Operand op2) {
  const Value a = get(rs1), b = get(op2);
  set(rd, b_.add(a, b));
  if (cc.v) set_codes(CcKind::add, a, b);
}
void Translator::sub(Reg rd, Bits cc, Reg rs1, Operand op2) {
  const Value a = get(rs1), b = get(op2);
  set(rd, b_.sub(a, b));
  if (cc.v) set_codes(CcKind::sub, a, b);
}

void Translator::logical(Op op, Reg rd, Bits cc, Reg rs1, Value b) {
  const Value r = b_.binary(op, get(rs1), b);
  set(rd, r);
  if (cc.v) set_codes(CcKind::sub, r, b_.i64(0));
}
jit::ir::Value Translator::complement(Operand op2) {
  return op2.immediate() ? b_.i64(~static_cast<std::uint64_t>(op2.imm())) : b_.not_(get(op2));
}
void Translator::and_(Reg rd, Bits cc, Reg rs1, Operand op2) {
  logical(Op::and_, rd, cc, rs1, get(op2));
}
void Translator::or_(Reg rd, Bits cc, Reg rs1, Operand op2) {
  if (rs1.n == 0 && cc.v == 0) return set(rd, get(op2));
  logical(Op::or_, rd, cc, rs1, get(op2));
}
void Translator::xor_(Reg rd, Bits cc, Reg rs1, Operand op2) {
  logical(Op::xor_, rd, cc, rs1, get(op2));
}
void Translator::andn(Reg rd, Bits cc, Reg rs1, Operand op2) {
  logical(Op::and_, rd, cc, rs1, complement(op2));
}
void Translator::orn(Reg rd, Bits cc, Reg rs1, Operand op2) {
  logical(Op::or_, rd, cc, rs1, complement(op2));
}
void Translator::xnor(Reg rd, Bits cc, Reg rs1, Operand op2) {
  logical(Op::xor_, rd, cc, rs1, complement(op2));
}

void Translator::addc(Reg rd, Bits cc, Reg rs1, Operand op2) {
  const Value a = get(rs1), b = get(op2), c = carry();
  set(rd, b_.add(b_.add(a, b), c));
  if (cc.v) set_ccr(pure(HelperId::carry_ccr, Type::i64, a, b, c, b_.i64(0)));
}
void Translator::subc(Reg rd, Bits cc, Reg rs1, Operand op2) {
  const Value a = get(rs1), b = get(op2), c = carry();
  set(rd, b_.sub(b_.sub(a, b), c));
  if (cc.v) set_ccr(pure(HelperId::carry_ccr, Type::i64, a, b, c, b_.i64(1)));
}

/// count is rs2 or a number; only x makes it a 64-bit shift.
void Translator::shift(Op op, Reg rd, Reg rs1, Bits i, Bits x, Bits count) {
  const Value a = get(rs1);
  Value n = i.v ? b_.i64(count.v & (x.v ? 63 : 31)) : get(Reg(count.v & 31));
  if (x.v) return set(rd, b_.binary(op, a, n));
  if (op == Op::shl) {  // the upper half takes part
    if (!i.v) n = b_.and_(n, b_.i64(31));
    return set(rd, b_.shl(a, n));
  }
  const Value r = b_.binary(op, low(a), low(n));
  set(rd, op == Op::sar ? b_.sext(r, Type::i64) : b_.zext(r, Type::i64));
}
void Translator::sll(Reg rd, Reg rs1, Bits i, Bits x, Bits count) {
  shift(Op::shl, rd, rs1, i, x, count);
}
void Translator::srl(Reg rd, Reg rs1, Bits i, Bits x, Bits count) {
  shift(Op::shr, rd, rs1, i, x, count);
}
void Translator::sra(Reg rd, Reg rs1, Bits i, Bits x, Bits count) {
  shift(Op::sar, rd, rs1, i, x, count);
}

void Translator::sethi(Reg rd, Bits imm22) { set(rd, b_.i64(std::uint64_t{imm22.v} << 10)); }

// --- Multiplication and division ---

void Translator::mulx(Reg rd, Reg rs1, Operand op2) { set(rd, b_.mul(get(rs1), get(op2))); }

void Translator::udivx(Reg rd, Reg rs1, Operand op2) {
  const Value d = get(op2);
  raise_if(b_.compare(Op::eq, d, b_.i64(0)), EventKind::arithmetic_trap, kDivide);
  set(rd, b_.binary(Op::div_u, get(rs1), d));
}
/// The least number divided by -1 is itself.
void Translator::sdivx(Reg rd, Reg rs1, Operand op2) {
  const Value a = get(rs1), d = get(op2);
  raise_if(b_.compare(Op::eq, d, b_.i64(0)), EventKind::arithmetic_trap, kDivide);
  const Value least = b_.i64(std::uint64_t{1} << 63);
  const Value overflows =
      b_.and_(b_.compare(Op::eq, a, least), b_.compare(Op::eq, d, b_.i64(~std::uint64_t{0})));
  set(rd, b_.binary(Op::div_s, a, b_.select(overflows, b_.i64(1), d)));
}

void Translator::multiply(bool is_signed, Reg rd, Bits cc, Reg rs1, Operand op2) {
  const auto half = [&](Value v) {
    return is_signed ? b_.sext(low(v), Type::i64) : b_.zext(low(v), Type::i64);
  };
  const Value r = b_.mul(half(get(rs1)), half(get(op2)));
  set_state(offsetof(State, y), b_.shr(r, b_.i64(32)));
  set(rd, r);
  if (cc.v) set_codes(CcKind::sub, r, b_.i64(0));
}
void Translator::umul(Reg rd, Bits cc, Reg rs1, Operand op2) { multiply(false, rd, cc, rs1, op2); }
void Translator::smul(Reg rd, Bits cc, Reg rs1, Operand op2) { multiply(true, rd, cc, rs1, op2); }

/// Y and the low half of rs1 by the low half of op2; what does not fit in 32 bits saturates.
void Translator::divide(bool is_signed, Reg rd, Bits cc, Reg rs1, Operand op2) {
  const Value high = b_.shl(state(offsetof(State, y)), b_.i64(32));
  const Value dividend = b_.or_(high, b_.zext(low(get(rs1)), Type::i64));
  const Value d = low(get(op2));
  raise_if(b_.compare(Op::eq, d, b_.i32(0)), EventKind::arithmetic_trap, kDivide);
  const Value wide = is_signed ? b_.sext(d, Type::i64) : b_.zext(d, Type::i64);
  set(rd, pure(HelperId::divide32, Type::i64, dividend, wide, b_.i64(is_signed)));
  if (cc.v) set_ccr(pure(HelperId::divide32_ccr, Type::i64, dividend, wide, b_.i64(is_signed)));
}
void Translator::udiv(Reg rd, Bits cc, Reg rs1, Operand op2) { divide(false, rd, cc, rs1, op2); }
void Translator::sdiv(Reg rd, Bits cc, Reg rs1, Operand op2) { divide(true, rd, cc, rs1, op2); }

/// One step of a multiplication (SPARC V9 manual, A.37).
void Translator::mulscc(Reg rd, Reg rs1, Operand op2) {
  const Value source = get(rs1), y = state(offsetof(State, y));
  const Value less = b_.zext(condition(false, 3), Type::i64);
  const Value half = b_.zext(low(source), Type::i64);
  const Value a = b_.or_(b_.shr(half, b_.i64(1)), b_.shl(less, b_.i64(31)));
  const Value odd = b_.compare(Op::ne, b_.and_(y, b_.i64(1)), b_.i64(0));
  const Value b = b_.select(odd, b_.zext(low(get(op2)), Type::i64), b_.i64(0));
  const Value shifted = b_.or_(b_.shr(y, b_.i64(1)), b_.shl(source, b_.i64(31)));
  set_state(offsetof(State, y), b_.and_(shifted, b_.i64(0xffff'ffffu)));
  set(rd, b_.add(a, b));
  set_codes(CcKind::add, a, b);
}

/// Additions of tagged words, whose two low bits should be zero.
void Translator::tagged(Reg rd, Bits trap, Bits subtract, Reg rs1, Operand op2) {
  const Value a = get(rs1), b = get(op2);
  const Value codes = pure(HelperId::tagged_ccr, Type::i64, a, b, b_.i64(subtract.v));
  if (trap.v) {
    raise_if(b_.compare(Op::ne, b_.and_(codes, b_.i64(2)), b_.i64(0)), EventKind::trap,
             kTrapTagOverflow);
  }
  set(rd, subtract.v ? b_.sub(a, b) : b_.add(a, b));
  set_ccr(codes);
}

void Translator::popc(Reg rd, Operand op2) { set(rd, b_.unary(Op::popcount, get(op2))); }

// --- Conditional moves ---

void Translator::movcc(Reg rd, Bits integer, Bits cond, Bits i, Bits cc, Bits rest) {
  const auto imm = static_cast<std::int32_t>(rest.v << 21) >> 21;
  const Value yes =
      i.v ? b_.i64(static_cast<std::uint64_t>(std::int64_t{imm})) : get(Reg(rest.v & 31));
  if (integer.v && (cc.v & 1) != 0) return illegal();
  const Value c = integer.v ? condition(cc.v == 2, cond.v) : float_condition(cc.v, cond.v);
  set(rd, b_.select(c, yes, get(rd)));
}
void Translator::movr(Reg rd, Reg rs1, Bits i, Bits cond, Bits rest) {
  if ((cond.v & 3) == 0) return illegal();
  const auto imm = static_cast<std::int32_t>(rest.v << 22) >> 22;
  const Value yes =
      i.v ? b_.i64(static_cast<std::uint64_t>(std::int64_t{imm})) : get(Reg(rest.v & 31));
  set(rd, b_.select(register_condition(rs1, cond.v), yes, get(rd)));
}

}  // namespace emulate::sparc64
