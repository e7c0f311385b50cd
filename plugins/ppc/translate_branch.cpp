/// Branches and the condition register (Power ISA book I, 2.4 to 2.6).

#include "ppc/translator.h"

namespace emulate::ppc {

namespace {

// BO: what a branch depends on.
constexpr unsigned kIgnoreCr = 16, kWantTrue = 8, kKeepCtr = 4, kWantZero = 2;

}  // namespace

// --- Condition register fields ---

void Translator::set_cr_bits(unsigned f, Value nibble) {
  b_.set(cr_value_slot(f), b_.i64(static_cast<std::uint64_t>(kCrExplicit)));
  b_.set(cr_bits_slot(f), b_.trunc(nibble, Type::i8));
  compared_[f] = {};
}

jit::ir::Value Translator::cr_bits(unsigned f) {
  const Value v = b_.get(cr_value_slot(f)), zero = b_.i64(0);
  const auto bit = [&](Value cond, unsigned n) {
    return b_.shl(b_.zext(cond, Type::i32), b_.i32(n));
  };
  const Value order =
      b_.or_(b_.or_(bit(b_.compare(Op::lt_s, v, zero), 3), bit(b_.compare(Op::lt_s, zero, v), 2)),
             b_.or_(bit(b_.compare(Op::eq, v, zero), 1), bit(so(), 0)));
  return b_.select(is_explicit(v), b_.zext(b_.get(cr_bits_slot(f)), Type::i32), order);
}

jit::ir::Value Translator::cr_bit(unsigned n, bool sense) {
  const unsigned f = n / 4, which = n % 4;
  const auto result = [&](Value v) { return sense ? v : flip(v); };
  const Compared& c = compared_[f];
  if (c.kind == Compared::Kind::bit) {
    if (b_.unit().code[c.b.ref].imm == which) return result(c.a);
  } else if (which != 3 && c.kind != Compared::Kind::none) {
    // All (LT), never (GT), or none (EQ).
    if (c.kind == Compared::Kind::vector) {
      if (which == 1) return truth(!sense);
      return b_.compare(sense ? Op::eq : Op::ne, c.a, b_.i32(which == 0 ? 0xffff : 0));
    }
    // A comparison of its own, which a branch can use without making a truth value first.
    if (c.kind == Compared::Kind::floating) {
      const Value a = which == 1 ? c.b : c.a, b = which == 1 ? c.a : c.b;
      return result(b_.compare(which == 2 ? Op::fcmp_eq : Op::fcmp_lt, a, b));
    }
    if (which == 2) return b_.compare(sense ? Op::eq : Op::ne, c.a, c.b);
    const bool is_signed = c.kind == Compared::Kind::signed_;
    Value a = c.a, b = c.b;
    if ((which == 1) == sense) std::swap(a, b);
    if (sense) return b_.compare(is_signed ? Op::lt_s : Op::lt_u, a, b);
    return b_.compare(is_signed ? Op::le_s : Op::le_u, a, b);
  }
  const Value bits = b_.zext(b_.get(cr_bits_slot(f)), Type::i32);
  const Value bit = b_.compare(Op::ne, b_.and_(bits, b_.i32(8u >> which)), b_.i32(0));
  const Value v = b_.get(cr_value_slot(f)), zero = b_.i64(0);
  const Value order = which == 0   ? b_.compare(Op::lt_s, v, zero)
                      : which == 1 ? b_.compare(Op::lt_s, zero, v)
                      : which == 2 ? b_.compare(Op::eq, v, zero)
                                   : so();
  return result(b_.select(is_explicit(v), bit, order));
}

void Translator::set_cr_bit(unsigned n, Value v) {
  const unsigned f = n / 4, shift = 3 - n % 4;
  const Value others = b_.and_(cr_bits(f), b_.i32(~(1u << shift)));
  set_cr_bits(f, b_.or_(others, b_.shl(b_.zext(v, Type::i32), b_.i32(shift))));
  compared_[f] = {Compared::Kind::bit, v, b_.i32(n % 4)};
}

void Translator::cr_logical(Logic op, unsigned bt, unsigned ba, unsigned bb) {
  if (ba == bb && (op == Logic::xor_ || op == Logic::andc)) {
    return set_cr_bit(bt, truth(false));
  }
  if (ba == bb && (op == Logic::eqv || op == Logic::orc)) return set_cr_bit(bt, truth(true));
  const Value a = cr_bit(ba);
  set_cr_bit(bt, logic_value(op, a, ba == bb ? a : cr_bit(bb)));
}

void Translator::mcrf(Bits bf, Bits bfa) {
  if (bf.v == bfa.v) return;
  b_.set(cr_value_slot(bf.v), b_.get(cr_value_slot(bfa.v)));
  b_.set(cr_bits_slot(bf.v), b_.get(cr_bits_slot(bfa.v)));
  compared_[bf.v] = compared_[bfa.v];
}
void Translator::mfcr(Reg rt) {
  set_word(rt, b_.zext(b_.call(helper(HelperId::mfcr), Type::i32, 0), word_));
}
/// One field; the others read as zero.
void Translator::mfocrf(Reg rt, Bits fxm) {
  if (fxm.v == 0 || (fxm.v & (fxm.v - 1)) != 0) return mfcr(rt);
  const auto f = static_cast<unsigned>(__builtin_clz(fxm.v)) - 24;
  set_low(rt, b_.shl(cr_bits(f), b_.i32(4 * (7 - f))), Bits(0));
}
void Translator::mtcrf(Reg rs, Bits fxm) {
  const Value v = low(rs);
  if (__builtin_popcount(fxm.v) > 2) {
    b_.call(helper(HelperId::mtcrf), Type::none, 0, v, b_.i32(fxm.v));
    return forget_cr();
  }
  for (unsigned f = 0; f < 8; ++f) {
    if ((fxm.v & 0x80u >> f) == 0) continue;
    set_cr_bits(f, b_.and_(b_.shr(v, b_.i32(4 * (7 - f))), b_.i32(15)));
  }
}
void Translator::mcrxr(Bits bf) {
  freeze_cr();
  const auto bit = [&](std::size_t offset, unsigned n) {
    return b_.shl(b_.zext(b_.get(flag_slot(offset)), Type::i32), b_.i32(n));
  };
  set_cr_bits(bf.v, b_.or_(b_.or_(bit(offsetof(State, so), 3), bit(offsetof(State, ov), 2)),
                           bit(offsetof(State, ca), 1)));
  for (const std::size_t o : {offsetof(State, so), offsetof(State, ov), offsetof(State, ca)}) {
    b_.set(flag_slot(o), truth(false));
  }
}
void Translator::mcrxrx(Bits bf) {
  const auto bit = [&](std::size_t offset, unsigned n) {
    return b_.shl(b_.zext(b_.get(flag_slot(offset)), Type::i32), b_.i32(n));
  };
  set_cr_bits(bf.v, b_.or_(b_.or_(bit(offsetof(State, ov), 3), bit(offsetof(State, ov32), 2)),
                           b_.or_(bit(offsetof(State, ca), 1), bit(offsetof(State, ca32), 0))));
}

// --- Branches ---

/// Decrements CTR if BO says so. Whether the branch is taken (`sense`) or not; without a value:
/// always.
jit::ir::Value Translator::branch_condition(Bits bo, Bits bi, bool sense) {
  Value cond{};
  if ((bo.v & kKeepCtr) == 0) {
    const Value ctr = b_.sub(b_.get(ctr_slot()), konst(1));
    b_.set(ctr_slot(), ctr);
    const bool zero = (bo.v & kWantZero) != 0;
    cond = b_.compare(zero == sense ? Op::eq : Op::ne, ctr, konst(0));
  }
  if ((bo.v & kIgnoreCr) != 0) return cond;
  const Value bit = cr_bit(bi.v, ((bo.v & kWantTrue) != 0) == sense);
  if (cond.type == Type::none) return bit;
  return sense ? b_.and_(cond, bit) : b_.or_(cond, bit);
}

void Translator::branch_to(std::uint64_t target, Bits bo, Bits bi, bool link) {
  target = wrap(target);
  const std::uint64_t past = wrap(pc_ + 4);
  const Value cond = branch_condition(bo, bi, !link);
  const bool always = cond.type == Type::none;
  if (link) b_.set(lr_slot(), konst(past));
  if (link && target != past) {
    if (!always) b_.branch_if(cond, past);
    b_.call_pc(target, konst(past));
  } else if (always || target == past) {
    b_.jump(target);
  } else {
    b_.branch_if(cond, target);
    b_.jump(past);
  }
  end();
}

void Translator::b(Imm24 li, Bits aa, Bits lk) {
  const auto offset = static_cast<std::uint64_t>(li.sext() * 4);
  branch_to(aa.v ? offset : pc_ + offset, Bits(kIgnoreCr | kKeepCtr), Bits(0), lk.v != 0);
}
void Translator::bc(Bits bo, Bits bi, Imm14 bd, Bits aa, Bits lk) {
  const auto offset = static_cast<std::uint64_t>(bd.sext() * 4);
  const bool plain = lk.v == 0 && aa.v == 0 && (bo.v & (kIgnoreCr | kKeepCtr)) == kKeepCtr;
  if (plain && conditional_move(bi, (bo.v & kWantTrue) != 0, offset)) return;
  branch_to(aa.v ? offset : pc_ + offset, bo, bi, lk.v != 0);
}

/// A branch around a move, as compilers have it for want of isel, is a conditional move, which the
/// host need not predict: `bc +8; move`, `bc +8; b +8; move` or `bc +12; move; b +8; move`, where
/// both set the same register. False: it is something else.
bool Translator::conditional_move(Bits bi, bool taken_if, std::uint64_t offset) {
  constexpr std::uint32_t kSkipOne = 0x4800'0008;
  std::uint32_t words[3];
  std::optional<Move> if_taken, otherwise;
  unsigned more = 0;
  if (offset == 12 && follow(words) && words[1] == kSkipOne) {
    otherwise = simple_move(words[0]);
    if_taken = simple_move(words[2]);
    if (!otherwise || !if_taken || otherwise->to.n != if_taken->to.n) return false;
    more = 3;
  } else if (offset == 8 && follow({words, 2}) && words[0] == kSkipOne) {
    if_taken = simple_move(words[1]);
    more = 2;
  } else if (offset == 8 && follow({words, 1})) {
    otherwise = simple_move(words[0]);
    more = 1;
  }
  if (!if_taken && !otherwise) return false;
  const Reg to = (if_taken ? if_taken : otherwise)->to;
  const Value old = word(to);
  set_word(to, b_.select(cr_bit(bi.v, taken_if), if_taken ? if_taken->value : old,
                         otherwise ? otherwise->value : old));
  next_ += 4 * more;
  b_.unit().guest_instructions += more;
  return true;
}

/// addi, li, and mr in both forms.
std::optional<Translator::Move> Translator::simple_move(std::uint32_t word) {
  constexpr std::uint32_t kAddi = 14, kOri = 24, kOr = 31u << 26 | 444u << 1;
  const Reg d(word >> 21 & 31), a(word >> 16 & 31), b(word >> 11 & 31);
  if (word >> 26 == kAddi) {
    const Value imm = konst(static_cast<std::uint64_t>(Imm16(word & 0xffff).sext()));
    return Move{d, a.n == 0 ? imm : b_.add(this->word(a), imm)};
  }
  if (word >> 26 == kOri && (word & 0xffff) == 0) return Move{a, this->word(d)};
  if ((word & 0xfc00'07ff) == kOr && d.n == b.n) return Move{a, this->word(d)};
  return std::nullopt;
}

void Translator::branch_register(Value target, Bits bo, Bits bi, bool link, bool is_return) {
  const std::uint64_t past = wrap(pc_ + 4);
  target = b_.and_(target, konst(~std::uint64_t{3}));
  const Value not_taken = branch_condition(bo, bi, false);
  if (link) b_.set(lr_slot(), konst(past));
  if (not_taken.type != Type::none) b_.branch_if(not_taken, past);
  if (link) {
    b_.call_value(target, konst(past));
  } else if (is_return) {
    b_.return_to(target);
  } else {
    b_.jump_value(target);
  }
  end();
}
/// Hint 0 of bclr says that it returns from a function.
void Translator::bclr(Bits bo, Bits bi, Bits bh, Bits lk) {
  branch_register(b_.get(lr_slot()), bo, bi, lk.v != 0, bh.v == 0);
}
void Translator::bcctr(Bits bo, Bits bi, Bits, Bits lk) {
  if ((bo.v & kKeepCtr) == 0) return illegal();
  branch_register(b_.get(ctr_slot()), bo, bi, lk.v != 0, false);
}
void Translator::bctar(Bits bo, Bits bi, Bits, Bits lk) {
  branch_register(b_.get(slot(offsetof(State, tar), word_)), bo, bi, lk.v != 0, false);
}

}  // namespace emulate::ppc
