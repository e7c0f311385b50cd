#include <limits>
#include <utility>

#include "jit/x64/emitter.h"

namespace emulate::jit::x64 {

using ir::Op;

namespace {

/// i8, i16 and i1 are computed in 32 bits.
constexpr unsigned work_size(ir::Type t) { return ir::bytes_of(t) == 8 ? 8 : 4; }

bool commutes(Alu op) { return op != Alu::sub; }

Alu alu_of(Op op) {
  switch (op) {
    case Op::add:
      return Alu::add;
    case Op::sub:
      return Alu::sub;
    case Op::and_:
      return Alu::and_;
    case Op::or_:
      return Alu::or_;
    default:
      return Alu::xor_;
  }
}

Cc cc_of(Op op) {
  switch (op) {
    case Op::eq:
      return Cc::e;
    case Op::ne:
      return Cc::ne;
    case Op::lt_s:
      return Cc::l;
    case Op::lt_u:
      return Cc::b;
    case Op::le_s:
      return Cc::le;
    default:
      return Cc::be;
  }
}

/// The condition after the operands changed places.
Cc swapped(Cc c) {
  switch (c) {
    case Cc::l:
      return Cc::g;
    case Cc::b:
      return Cc::a;
    case Cc::le:
      return Cc::ge;
    case Cc::be:
      return Cc::ae;
    default:
      return c;
  }
}

/// Of cmpsd: quiet, as ucomisd is.
unsigned mask_predicate(Op op) {
  switch (op) {
    case Op::fcmp_lt:
      return 0x11;
    case Op::fcmp_le:
      return 0x12;
    case Op::fcmp_un:
      return 0x03;
    case Op::fcmp_ueq:
      return 0x08;
    case Op::fcmp_ult:
      return 0x19;
    default:  // fcmp_ule
      return 0x1a;
  }
}

}  // namespace

void Emitter::integer(Ref n) {
  const Inst& i = unit_.code[n];
  switch (i.op) {
    case Op::add:
    case Op::sub:
    case Op::and_:
    case Op::or_:
    case Op::xor_:
      return binary(n, alu_of(i.op));
    case Op::mul:
      return multiply(n);
    case Op::mulh_s:
    case Op::mulh_u:
      return multiply_high(n);
    case Op::div_s:
    case Op::div_u:
    case Op::rem_s:
    case Op::rem_u:
      return divide(n);
    case Op::shl:
    case Op::shr:
    case Op::sar:
    case Op::rotr:
      return shift(n);
    case Op::zext:
    case Op::sext:
    case Op::trunc:
      return convert(n);
    case Op::select:
      return select(n);
    case Op::add_overflows:
    case Op::sub_overflows:
      return overflow_test(n);
    case Op::flags_add:
    case Op::flags_sub:
    case Op::flags_logic:
      return flags(n);
    case Op::flag_test:
      return flag_test(n);
    default:
      return unary(n);
  }
}

void Emitter::binary(Ref n, Alu op) {
  const Inst& i = unit_.code[n];
  if (values_[n].deferred_ok) return defer_work(n);
  if (op == Alu::add && (scaled_add(n) || add_condition(n))) return;
  Ref a = i.args[0], b = i.args[1];
  unsigned size = work_size(i.type);
  if (op == Alu::and_ && is_konst(b) && konst(b) <= 0xffff'ffffu) {
    // The result has no upper half.
    size = 4;
    if (konst(b) == 0xffff'ffffu) {
      const Gpr ra = use(a);
      consume(i);
      kept_flags_ = true;
      return a_.mov(dest(n, ra), ra, 4);
    }
  }
  const bool narrow = ir::bytes_of(i.type) < 4;
  if (commutes(op) && in_memory(a) && !in_memory(b) && !is_konst(b)) std::swap(a, b);
  const bool immediate = fits_imm(b, size);
  const bool memory = !immediate && in_memory(b) && a != b;
  const Mem in_slot = memory ? backing(b) : Mem{};
  Gpr ra = use(a);
  Gpr rb = immediate || memory ? Gpr::none : use(b);
  consume(i);
  const Gpr d = dest(n, ra);
  auto number = static_cast<std::int32_t>(immediate ? konst(b) : 0);
  if (immediate && op == Alu::sub && number != std::numeric_limits<std::int32_t>::min()) {
    op = Alu::add;
    number = -number;
  }
  const bool lea = op == Alu::add && !values_[n].tests_zero && !values_[n].tests_carry &&
                   (d != ra || flags_wanted());
  if (immediate && lea) {
    a_.lea(d, {ra, number}, size);
    kept_flags_ = !narrow;
    if (narrow) a_.movzx(d, d, ir::bytes_of(i.type));
    return;
  }
  if (immediate) {
    if (d != ra) a_.mov(d, ra, size);
    a_.alu_imm(op, d, number, size);
  } else if (memory) {
    if (d != ra) a_.mov(d, ra, size);
    a_.alu(op, d, in_slot, size);
  } else if (d == rb && d != ra) {
    if (commutes(op)) {
      a_.alu(op, d, ra, size);
    } else {
      a_.neg(d, size);
      a_.alu(Alu::add, d, ra, size);
    }
  } else if (lea) {
    add_scaled(d, ra, rb, 0, size);
    kept_flags_ = !narrow;
    if (narrow) a_.movzx(d, d, ir::bytes_of(i.type));
    return;
  } else {
    if (d != ra) a_.mov(d, ra, size);
    a_.alu(op, d, rb, size);
  }
  if (narrow && (op == Alu::add || op == Alu::sub)) {
    a_.movzx(d, d, ir::bytes_of(i.type));
  } else if (op != Alu::add && op != Alu::sub && size == work_size(i.type)) {
    compared_with_zero(n, size);
  } else {
    result_flags(n, size == work_size(i.type));
    flags_.carry = i.op == Op::add;
  }
}

/// x + a comparison that was put off, made a number.
bool Emitter::add_condition(Ref n) {
  const Inst& i = unit_.code[n];
  const unsigned k = values_[i.args[0]].in == Value::In::deferred ? 0 : 1;
  const Inst& number = unit_.code[i.args[k]];
  if (values_[i.args[k]].in != Value::In::deferred || number.op != Op::zext) return false;
  const Ref x = i.args[1 - k];
  const unsigned size = work_size(i.type);
  const Gpr rx = use(x);
  const Cc cc = condition(number.args[0]);
  consume(number);
  kept_flags_ = false;
  if (cc == Cc::b) {
    consume(i);
    const Gpr d = dest(n, rx);
    if (d != rx) a_.mov(d, rx, size);
    a_.alu_imm(Alu::adc, d, 0, size);
    return true;
  }
  const Gpr t = scratch();
  a_.setcc(cc, t);
  a_.movzx(t, t, 1);
  consume(i);
  const Gpr d = dest(n, t);
  if (d == rx) {
    a_.alu(Alu::add, d, t, size);
  } else {
    if (d != t) a_.mov(d, t, size);
    a_.alu(Alu::add, d, rx, size);
  }
  return true;
}

/// d = base + (index << scale), by lea. One whose base is rbp or r13 has a displacement, and takes
/// longer.
void Emitter::add_scaled(Gpr d, Gpr base, Gpr index, std::uint8_t scale, unsigned size) {
  const auto slow = [](Gpr r) { return r == Gpr::rbp || r == Gpr::r13; };
  if (slow(base) && scale == 0) std::swap(base, index);
  if (slow(base) && !slow(d) && (d != index || base == index)) {
    a_.mov(d, base, size);
    base = d;
  }
  a_.lea(d, {base, 0, index, scale}, size);
}

/// x + (y << k), whose shift was put off.
bool Emitter::scaled_add(Ref n) {
  const Inst& i = unit_.code[n];
  const unsigned k = values_[i.args[0]].in == Value::In::deferred ? 0 : 1;
  const Inst& shifted = unit_.code[i.args[k]];
  if (values_[i.args[k]].in != Value::In::deferred || shifted.op != Op::shl) return false;
  const Gpr base = use(i.args[1 - k]), index = use(shifted.args[0]);
  const auto scale = static_cast<std::uint8_t>(konst(shifted.args[1]));
  consume(shifted);
  consume(i);
  add_scaled(dest(n, base), base, index, scale, work_size(i.type));
  kept_flags_ = true;
  return true;
}

void Emitter::multiply(Ref n) {
  const Inst& i = unit_.code[n];
  const unsigned size = work_size(i.type);
  Ref a = i.args[0], b = i.args[1];
  if (in_memory(a) && !in_memory(b) && !is_konst(b)) std::swap(a, b);
  const Gpr ra = use(a);
  if (fits_imm(b, size)) {
    const auto v = static_cast<std::int32_t>(konst(b));
    consume(i);
    const Gpr d = dest(n, ra);
    if (ir::bytes_of(i.type) >= 4 && (v == 3 || v == 5 || v == 9)) {
      kept_flags_ = true;
      const auto scale = static_cast<std::uint8_t>(v == 3 ? 1 : v == 5 ? 2 : 3);
      return add_scaled(d, ra, ra, scale, size);
    }
    a_.imul_imm(d, ra, v, size);
  } else if (in_memory(b) && a != b) {
    const Mem in_slot = backing(b);
    consume(i);
    const Gpr d = dest(n, ra);
    if (d != ra) a_.mov(d, ra, size);
    a_.imul(d, in_slot, size);
  } else {
    const Gpr rb = use(b);
    consume(i);
    const Gpr d = dest(n, ra);
    if (d == rb) {
      a_.imul(d, ra, size);
    } else {
      if (d != ra) a_.mov(d, ra, size);
      a_.imul(d, rb, size);
    }
  }
  if (ir::bytes_of(i.type) < 4) {
    const Gpr d = static_cast<Gpr>(values_[n].reg);
    a_.movzx(d, d, ir::bytes_of(i.type));
  }
}

void Emitter::multiply_high(Ref n) {
  const Inst& i = unit_.code[n];
  const bool is_signed = i.op == Op::mulh_s;
  if (ir::bytes_of(i.type) == 8) {
    claim(Gpr::rax);
    claim(Gpr::rdx);
    const Gpr ra = use(i.args[0]), rb = use(i.args[1]);
    a_.mov(Gpr::rax, ra, 8);
    if (is_signed) {
      a_.imul1(rb, 8);
    } else {
      a_.mul(rb, 8);
    }
    consume(i);
    const Gpr d = dest(n, Gpr::rdx);
    if (d != Gpr::rdx) a_.mov(d, Gpr::rdx, 8);
    return;
  }
  const Gpr ra = use(i.args[0]), rb = use(i.args[1]);
  const Gpr t = scratch();
  if (is_signed) {
    const Gpr u = scratch();
    a_.movsx(t, ra, 4, 8);
    a_.movsx(u, rb, 4, 8);
    a_.imul(t, u, 8);
  } else {
    a_.mov(t, ra, 4);
    a_.imul(t, rb, 8);
  }
  a_.shift_imm(Shift::shr, t, 32, 8);
  consume(i);
  const Gpr d = dest(n, t);
  if (d != t) a_.mov(d, t, 4);
}

void Emitter::divide(Ref n) {
  const Inst& i = unit_.code[n];
  const unsigned size = work_size(i.type);
  const bool is_signed = i.op == Op::div_s || i.op == Op::rem_s;
  const bool quotient = i.op == Op::div_s || i.op == Op::div_u;
  claim(Gpr::rax);
  claim(Gpr::rdx);
  const Gpr ra = use(i.args[0]), rb = use(i.args[1]);
  a_.mov(Gpr::rax, ra, size);
  if (is_signed) {
    a_.cdq(size);
    a_.idiv(rb, size);
  } else {
    a_.mov_imm(Gpr::rdx, 0);
    a_.div(rb, size);
  }
  consume(i);
  const Gpr result = quotient ? Gpr::rax : Gpr::rdx;
  const Gpr d = dest(n, result);
  if (d != result) a_.mov(d, result, size);
}

void Emitter::shift(Ref n) {
  const Inst& i = unit_.code[n];
  const unsigned size = work_size(i.type);
  const Shift op = i.op == Op::shl   ? Shift::shl
                   : i.op == Op::shr ? Shift::shr
                   : i.op == Op::sar ? Shift::sar
                                     : Shift::ror;
  if (values_[n].deferred_ok) return defer_work(n);
  if (is_konst(i.args[1])) {
    const auto count = static_cast<unsigned>(konst(i.args[1]) & (ir::bits_of(i.type) - 1));
    const Gpr ra = use(i.args[0]);
    consume(i);
    const Gpr d = dest(n, ra);
    if (d != ra || count == 0) a_.mov(d, ra, size);  // the register may hold more than the value
    if (count != 0) a_.shift_imm(op, d, count, size);
    if (count != 0 && op != Shift::ror) result_flags(n, true);
    return;
  }
  if (op == Shift::ror) {
    claim(Gpr::rcx);
    const Gpr ra = use(i.args[0]), rb = use(i.args[1]);
    const Gpr t = scratch();
    a_.mov(t, ra, size);
    a_.mov(Gpr::rcx, rb, 4);
    a_.shift_cl(op, t, size);
    consume(i);
    const Gpr d = dest(n, t);
    if (d != t) a_.mov(d, t, size);
    return;
  }
  const Gpr ra = use(i.args[0]), rb = use(i.args[1]);
  consume(i);
  const Gpr d = dest(n, ra);
  a_.shiftx(op, d, ra, rb, size);
  kept_flags_ = true;
}

void Emitter::unary(Ref n) {
  const Inst& i = unit_.code[n];
  const unsigned size = work_size(i.type);
  const Gpr ra = use(i.args[0]);
  consume(i);
  const Gpr d = dest(n, ra);
  switch (i.op) {
    case Op::clz:
      return a_.lzcnt(d, ra, size);
    case Op::popcount:
      return a_.popcnt(d, ra, size);
    default:
      break;
  }
  if (d != ra) a_.mov(d, ra, size);
  switch (i.op) {
    case Op::not_:
      a_.not_(d, size);
      break;
    case Op::neg:
      a_.neg(d, size);
      break;
    case Op::bswap:
      a_.bswap(d, size);
      if (ir::bytes_of(i.type) == 2) a_.shift_imm(Shift::shr, d, 16, 4);
      return;
    default:
      failed_ = true;
  }
  if (ir::bytes_of(i.type) < 4) {
    if (i.type == ir::Type::i1) return a_.alu_imm(Alu::and_, d, 1, 4);
    a_.movzx(d, d, ir::bytes_of(i.type));
  }
}

void Emitter::convert(Ref n) {
  const Inst& i = unit_.code[n];
  const auto from = static_cast<ir::Type>(i.aux);
  if (values_[n].deferred_ok) return defer_work(n);
  const Gpr ra = use(i.args[0]);
  // A narrow value has no bits above its type.
  if ((values_[n].low_only || i.op == Op::zext) && rename(n, i.args[0])) {
    kept_flags_ = true;
    return consume(i);
  }
  consume(i);
  const Gpr d = dest(n, ra);
  switch (i.op) {
    case Op::zext:
      if (d != ra) a_.mov(d, ra, 4);
      return;
    case Op::sext:
      if (from == ir::Type::i1) {
        if (d != ra) a_.mov(d, ra, 4);
        a_.neg(d, work_size(i.type));
      } else {
        a_.movsx(d, ra, ir::bytes_of(from), work_size(i.type));
      }
      if (ir::bytes_of(i.type) < 4) a_.movzx(d, d, ir::bytes_of(i.type));
      return;
    default:
      if (i.type == ir::Type::i1) {
        if (d != ra) a_.mov(d, ra, 4);
        return a_.alu_imm(Alu::and_, d, 1, 4);
      }
      return a_.movzx(d, ra, ir::bytes_of(i.type));
  }
}

// --- Conditions ---

/// The host's flags are now those of comparing a with b.
void Emitter::compared(Ref a, Ref b, unsigned size) {
  flags_of_ = ir::kNone;
  flags_ = {Flags::From::compare, a, is_konst(b) ? ir::kNone : b, is_konst(b) ? konst(b) : 0, size};
  kept_flags_ = true;
}

void Emitter::compared_with_zero(Ref a, unsigned size) {
  flags_of_ = ir::kNone;
  flags_ = {Flags::From::compare, a, ir::kNone, 0, size};
  kept_flags_ = true;
}

/// They are those of the result n, which is what a comparison with 0 looks at.
void Emitter::result_flags(Ref n, bool sign) {
  flags_of_ = ir::kNone;
  flags_ = {sign ? Flags::From::result : Flags::From::zero, n, ir::kNone, 0,
            work_size(unit_.code[n].type)};
  kept_flags_ = true;
}

bool Emitter::known_compare(Ref a, Ref b, unsigned size, Cc cc) const {
  const bool constant = is_konst(b);
  if (flags_.a != a || flags_.size != size || flags_.b != (constant ? ir::kNone : b) ||
      (constant && flags_.constant != konst(b))) {
    return false;
  }
  switch (flags_.from) {
    case Flags::From::compare:
      return true;
    case Flags::From::result:
      return cc == Cc::e || cc == Cc::ne || cc == Cc::s;
    case Flags::From::zero:
      return cc == Cc::e || cc == Cc::ne;
    default:
      return false;
  }
}

/// Something is still to be decided by them.
bool Emitter::flags_wanted() const {
  if (flags_of_ != ir::kNone && values_[flags_of_].uses > 0) return true;
  return flags_.from != Flags::From::unknown && values_[flags_.a].last_test > at_;
}

/// The flags of an `and` that was put off.
void Emitter::test_bits(Ref r) {
  const Inst& i = unit_.code[r];
  forget_flags();
  if (is_konst(i.args[1])) {
    a_.test_imm(use(i.args[0]), static_cast<std::uint32_t>(konst(i.args[1])));
  } else {
    a_.test(use(i.args[0]), use(i.args[1]), work_size(i.type));
  }
  consume(i);
}

/// The flags of comparing with a constant a byte whose `and` was put off.
void Emitter::compare_byte(Ref r, std::uint64_t with) {
  const Inst& i = unit_.code[r];
  forget_flags();
  a_.cmp_byte(use(i.args[0]), static_cast<std::uint8_t>(with));
  consume(i);
}

Cc Emitter::compare(const Inst& i) {
  Ref a = i.args[0], b = i.args[1];
  const unsigned size = work_size(i.type);
  Cc cc = cc_of(i.op);
  const bool is_signed = i.op == Op::lt_s || i.op == Op::le_s;
  if (ir::bytes_of(i.type) < 4 && is_signed) {
    const Gpr x = scratch(), y = scratch();
    forget_flags();
    a_.movsx(x, use(a), ir::bytes_of(i.type), 4);
    a_.movsx(y, use(b), ir::bytes_of(i.type), 4);
    a_.alu(Alu::cmp, x, y, 4);
    return cc;
  }
  if (is_konst(a) && !is_konst(b)) {
    std::swap(a, b);
    cc = swapped(cc);
  }
  if (values_[a].in == Value::In::deferred) {
    if (konst(b) == 0) {
      test_bits(a);
    } else {
      compare_byte(a, konst(b));
    }
    return cc;
  }
  const bool zero = is_konst(b) && konst(b) == 0 && (cc == Cc::e || cc == Cc::ne || cc == Cc::l);
  if (zero && cc == Cc::l) cc = Cc::s;
  if (known_compare(a, b, size, cc)) {
    kept_flags_ = true;
    return cc;
  }
  if (!is_konst(b) && known_compare(b, a, size, swapped(cc))) {
    kept_flags_ = true;
    return swapped(cc);
  }
  const bool carried = cc == Cc::b && flags_.carry && flags_.a == a && flags_.size == size;
  if (carried && (unit_.code[a].args[0] == b || unit_.code[a].args[1] == b)) {
    kept_flags_ = true;
    return cc;
  }
  const Gpr ra = use(a);
  if (zero) {
    a_.test(ra, ra, size);
  } else if (fits_imm(b, size)) {
    a_.alu_imm(Alu::cmp, ra, static_cast<std::int32_t>(konst(b)), size);
  } else if (in_memory(b) && a != b) {
    a_.alu(Alu::cmp, ra, backing(b), size);
  } else {
    a_.alu(Alu::cmp, ra, use(b), size);
  }
  compared(a, b, size);
  return cc;
}

Cc Emitter::float_condition(const Inst& i) {
  // "below" is also true of unordered operands: where it must not be, they change places.
  const bool reverse = i.op == Op::fcmp_lt || i.op == Op::fcmp_le;
  const Ref a = i.args[reverse ? 1 : 0], b = i.args[reverse ? 0 : 1];
  const unsigned size = ir::bytes_of(i.type);
  const bool same =
      (flags_.a == a && flags_.b == b) || (i.op == Op::fcmp_un && flags_.a == b && flags_.b == a);
  if (flags_.from != Flags::From::ucomis || !same) {
    a_.ucomis(usef(a), usef(b), size);
    flags_of_ = ir::kNone;
    flags_ = {Flags::From::ucomis, a, b, 0, size};
  }
  kept_flags_ = true;
  switch (i.op) {
    case Op::fcmp_lt:
      return Cc::a;
    case Op::fcmp_le:
      return Cc::ae;
    case Op::fcmp_ueq:
      return Cc::e;
    case Op::fcmp_ult:
      return Cc::b;
    case Op::fcmp_ule:
      return Cc::be;
    default:
      return Cc::p;
  }
}

Cc Emitter::condition(Ref r) {
  const Inst& i = unit_.code[r];
  if (values_[r].in != Value::In::deferred) {
    if (flags_of_ == r) {
      kept_flags_ = true;
      return flags_cc_;
    }
    const Gpr g = use(r);
    a_.test(g, g, 4);
    forget_flags();
    return Cc::ne;
  }
  const Cc cc = ir::is_fcmp(i.op) ? float_condition(i) : compare(i);
  consume(i);
  return cc;
}

void Emitter::materialize_compare(Ref n) {
  Value& v = values_[n];
  if (v.deferred_ok) return defer_work(n);
  v.in = Value::In::deferred;
  const Cc cc = condition(n);
  v.in = Value::In::nowhere;
  flags_of_ = n;
  flags_cc_ = cc;
  kept_flags_ = true;
  // The number that is made of it next is computed in its own place, and the condition read there.
  const Ref next = following(n);
  const bool widened = unit_.code[next].op == Op::zext && unit_.code[next].args[0] == n;
  const Ref number = widened && (v.uses == 1 || coalesced_slot(next) >= 0) ? next : n;
  const Gpr d = dest(number);
  a_.setcc(cc, d);
  a_.movzx(d, d, 1);
  if (number == n) return;
  done_ = next;
  if (--v.uses > 0) (void)rename(n, next);
}

/// The next operation with code, or kNone.
ir::Ref Emitter::following(Ref n) const {
  for (Ref k = static_cast<Ref>(n + 1); k < unit_.code.size(); ++k) {
    const Op op = unit_.code[k].op;
    if (op != Op::nop && op != Op::konst) return k;
  }
  return ir::kNone;
}

/// By a mask: all bits of a comparison's, the sign of another condition's.
void Emitter::select_float(Ref n) {
  const Inst& i = unit_.code[n];
  const unsigned size = ir::bytes_of(i.type);
  const Inst& cond = unit_.code[i.args[0]];
  const Xmm mask = scratch_xmm();
  const bool put_off = values_[i.args[0]].in == Value::In::deferred;
  // What was compared is chosen between, and still there: comparing again is less than a move.
  const bool again =
      cond.op != Op::fcmp_eq && ((cond.args[0] == i.args[1] && cond.args[1] == i.args[2]) ||
                                 (cond.args[0] == i.args[2] && cond.args[1] == i.args[1]));
  if ((put_off || again) && ir::is_fcmp(cond.op) && cond.type == i.type) {
    a_.cmpf(mask, usef(cond.args[0]), usef(cond.args[1]), mask_predicate(cond.op), size);
    if (put_off) consume(cond);
    xmm_busy_ = 1u << num(mask);  // the operands make room
    kept_flags_ = true;
  } else {
    const Gpr t = scratch();
    if (values_[i.args[0]].in == Value::In::deferred) {
      const Cc cc = condition(i.args[0]);
      a_.setcc(cc, t);
    } else {
      a_.mov(t, use(i.args[0]), 4);
    }
    a_.shift_imm(Shift::shl, t, size * 8 - 1, size);
    a_.movf(mask, t, size);
    kept_flags_ = false;
  }
  const Xmm yes = usef(i.args[1]), no = usef(i.args[2]);
  consume(i);
  a_.blendf(destf(n, no), no, yes, mask, size);
}

void Emitter::select(Ref n) {
  const Inst& i = unit_.code[n];
  if (ir::is_float(i.type)) return select_float(n);
  const unsigned size = work_size(i.type);
  const Gpr yes = use(i.args[1]), no = use(i.args[2]);
  const Cc cc = condition(i.args[0]);
  consume(i);
  const Gpr d = dest(n, no);
  if (d == yes) {
    a_.cmov(negate(cc), d, no, size);
  } else {
    if (d != no) a_.mov(d, no, size);
    a_.cmov(cc, d, yes, size);
  }
}

void Emitter::overflow_test(Ref n) {
  const Inst& i = unit_.code[n];
  const unsigned size = work_size(i.type);
  const Alu op = i.op == Op::add_overflows ? Alu::add : Alu::sub;
  const Gpr ra = use(i.args[0]);
  const Gpr t = scratch();
  a_.mov(t, ra, size);
  if (fits_imm(i.args[1], size)) {
    a_.alu_imm(op, t, static_cast<std::int32_t>(konst(i.args[1])), size);
  } else {
    a_.alu(op, t, use(i.args[1]), size);
  }
  consume(i);
  const Gpr d = dest(n, t);
  a_.setcc(Cc::o, d);
  a_.movzx(d, d, 1);
}

void Emitter::flags(Ref n) {
  const Inst& i = unit_.code[n];
  const unsigned size = work_size(i.type);
  claim(Gpr::rax);
  const Gpr ra = use(i.args[0]);
  if (i.op == Op::flags_logic) {
    a_.test(ra, ra, size);
  } else {
    const Gpr rb = use(i.args[1]);
    a_.mov(Gpr::rax, ra, size);
    a_.alu(i.op == Op::flags_add ? Alu::add : Alu::sub, Gpr::rax, rb, size);
  }
  a_.mov_imm(Gpr::rax, 0);
  a_.lahf();
  a_.setcc(Cc::o, Gpr::rax);
  a_.alu_imm(Alu::and_, Gpr::rax, ir::kFlagsMask, 4);
  consume(i);
  const Gpr d = dest(n, Gpr::rax);
  if (d != Gpr::rax) a_.mov(d, Gpr::rax, 4);
}

void Emitter::flag_test(Ref n) {
  const Inst& i = unit_.code[n];
  using ir::Cond;
  const Gpr f = use(i.args[0]);
  const Gpr t = scratch();
  const auto cond = static_cast<Cond>(i.aux);
  const bool negated = (i.aux & 1) != 0;
  Cc cc = Cc::ne;
  switch (static_cast<Cond>(i.aux & ~1)) {
    case Cond::z:
      a_.test_imm(f, ir::kFlagZ);
      break;
    case Cond::n:
      a_.test_imm(f, ir::kFlagN);
      break;
    case Cond::c:
      a_.test_imm(f, ir::kFlagC);
      break;
    case Cond::v:
      a_.test_imm(f, ir::kFlagV);
      break;
    case Cond::below_equal:
      a_.test_imm(f, ir::kFlagC | ir::kFlagZ);
      break;
    default:  // lt, le: N differs from V, or Z
      a_.mov(t, f, 4);
      a_.shift_imm(Shift::shr, t, 15, 4);
      a_.alu(Alu::xor_, t, f, 4);
      if (cond == Cond::le || cond == Cond::gt) {
        const Gpr z = scratch();
        a_.mov(z, f, 4);
        a_.shift_imm(Shift::shr, z, 14, 4);
        a_.alu(Alu::or_, t, z, 4);
      }
      a_.test_imm(t, 1);
      break;
  }
  if (negated) cc = negate(cc);
  consume(i);
  const Gpr d = dest(n);
  a_.setcc(cc, d);
  a_.movzx(d, d, 1);
}

}  // namespace emulate::jit::x64
