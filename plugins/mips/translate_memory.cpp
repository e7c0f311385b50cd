/// Loads and stores. FreeBSD and Linux both emulate misaligned accesses of user programs, so here
/// they simply work.

#include "mips/translator.h"

namespace emulate::mips {

jit::ir::Value Translator::effective(Reg base, Imm16 offset) {
  return b_.add(word(base), signed_imm(offset));
}
jit::ir::Value Translator::base_plus(Reg base, Reg index) {
  return b_.add(word(base), word(index));
}

void Translator::load(Type t, bool sign, Reg base, Reg rt, Imm16 offset) {
  const Value v = b_.load(t, word(base), offset.sext(), traits_.big);
  set_word(rt, sign ? b_.sext(v, word_) : b_.zext(v, word_));
}
void Translator::lb(Reg base, Reg rt, Imm16 o) { load(Type::i8, true, base, rt, o); }
void Translator::lbu(Reg base, Reg rt, Imm16 o) { load(Type::i8, false, base, rt, o); }
void Translator::lh(Reg base, Reg rt, Imm16 o) { load(Type::i16, true, base, rt, o); }
void Translator::lhu(Reg base, Reg rt, Imm16 o) { load(Type::i16, false, base, rt, o); }
void Translator::lw(Reg base, Reg rt, Imm16 o) { load(Type::i32, true, base, rt, o); }
void Translator::lwu(Reg base, Reg rt, Imm16 o) { load(Type::i32, false, base, rt, o); }
void Translator::ld(Reg base, Reg rt, Imm16 o) { load(Type::i64, false, base, rt, o); }

void Translator::sb(Reg base, Reg rt, Imm16 o) {
  b_.store(word(base), o.sext(), b_.trunc(word(rt), Type::i8), traits_.big);
}
void Translator::sh(Reg base, Reg rt, Imm16 o) {
  b_.store(word(base), o.sext(), b_.trunc(word(rt), Type::i16), traits_.big);
}
void Translator::sw(Reg base, Reg rt, Imm16 o) {
  b_.store(word(base), o.sext(), low(rt), traits_.big);
}
void Translator::sd(Reg base, Reg rt, Imm16 o) {
  b_.store(word(base), o.sext(), word(rt), traits_.big);
}

// --- Left and right parts of misaligned words ---

/// lwl and lwr of the same register and word, in either order, are one misaligned load. `left` is
/// what the instruction at hand is; its partner must be the next instruction.
bool Translator::fused_unaligned_load(Reg base, Reg rt, Imm16 offset, Type t, bool left) {
  std::uint32_t next = 0;
  if (in_delay_ || base.n == rt.n || rt.n == 0 || pc_ + 4 == b_.unit().stop) return false;
  if (!fetch(pc_ + 4, next)) return false;
  const bool word = t == Type::i32;
  const std::uint32_t partner = left ? (word ? 0x26u : 0x1bu) : (word ? 0x22u : 0x1au);
  const int last = static_cast<int>(jit::ir::bytes_of(t)) - 1;
  const auto here = static_cast<int>(offset.sext());
  const int there = left == traits_.big ? here + last : here - last;
  if (there != static_cast<std::int16_t>(there)) return false;
  const std::uint32_t expected =
      partner << 26 | base.n << 21 | rt.n << 16 | (static_cast<std::uint32_t>(there) & 0xffffu);
  if (next != expected) return false;
  const Value v = b_.load(t, this->word(base), here < there ? here : there, traits_.big);
  set_word(rt, b_.sext(v, word_));
  next_ = pc_ + 8;
  return true;
}

void Translator::load_part(Reg base, Reg rt, Imm16 offset, Type t, bool left) {
  if (fused_unaligned_load(base, rt, offset, t, left)) return;
  const unsigned last = jit::ir::bytes_of(t) - 1;
  const Value address = effective(base, offset);
  const Value aligned = b_.and_(address, b_.konst(word_, ~std::uint64_t{last}));
  const Value memory = b_.load(t, aligned, 0, traits_.big);
  Value byte = b_.and_(address, b_.konst(word_, last));
  byte = t == Type::i32 ? b_.trunc(byte, Type::i32) : byte;
  // Bytes of the word that are not this part's.
  const bool from_start = left == traits_.big;
  const Value missing = from_start ? byte : b_.xor_(byte, b_.konst(t, last));
  const Value shift = b_.shl(missing, b_.konst(t, 3));
  const Value all = b_.konst(t, ~std::uint64_t{0});
  const Value old = b_.trunc(word(rt), t);
  const Op op = left ? Op::shl : Op::shr;
  const Value keep = b_.and_(old, b_.not_(b_.binary(op, all, shift)));
  set_word(rt, b_.sext(b_.or_(b_.binary(op, memory, shift), keep), word_));
}

/// Stores only the bytes of its part: other threads may own their neighbours.
void Translator::store_part(Reg base, Reg rt, Imm16 offset, Type t, bool left) {
  const unsigned last = jit::ir::bytes_of(t) - 1;
  const Value address = effective(base, offset);
  const Value byte = b_.and_(address, b_.konst(word_, last));
  const bool from_start = left == traits_.big;
  const Value missing = from_start ? byte : b_.xor_(byte, b_.konst(word_, last));
  const Value count = b_.sub(b_.konst(word_, last + 1), missing);
  const Value start = from_start ? address : b_.sub(address, byte);
  Value value = b_.trunc(word(rt), t);
  if (left) {
    Value shift = b_.shl(missing, b_.konst(word_, 3));
    value = b_.shr(value, t == Type::i32 ? b_.trunc(shift, Type::i32) : shift);
  }
  b_.call(helper(HelperId::store_partial), Type::none,
          jit::ir::kHelperPure | jit::ir::kHelperMayRaise, start, value, count);
}

void Translator::lwl(Reg base, Reg rt, Imm16 o) { load_part(base, rt, o, Type::i32, true); }
void Translator::lwr(Reg base, Reg rt, Imm16 o) { load_part(base, rt, o, Type::i32, false); }
void Translator::swl(Reg base, Reg rt, Imm16 o) { store_part(base, rt, o, Type::i32, true); }
void Translator::swr(Reg base, Reg rt, Imm16 o) { store_part(base, rt, o, Type::i32, false); }
void Translator::ldl(Reg base, Reg rt, Imm16 o) { load_part(base, rt, o, Type::i64, true); }
void Translator::ldr(Reg base, Reg rt, Imm16 o) { load_part(base, rt, o, Type::i64, false); }
void Translator::sdl(Reg base, Reg rt, Imm16 o) { store_part(base, rt, o, Type::i64, true); }
void Translator::sdr(Reg base, Reg rt, Imm16 o) { store_part(base, rt, o, Type::i64, false); }

// --- Load linked, store conditional ---

void Translator::load_linked(Reg base, Reg rt, Imm16 offset, Type t) {
  const Value address = effective(base, offset);
  const Value v = b_.load(t, address, 0, traits_.big);
  b_.set({offsetof(State, ll_active), Type::i32}, b_.i32(1));
  b_.set({offsetof(State, ll_address), Type::i64}, b_.zext(address, Type::i64));
  b_.set({offsetof(State, ll_value), Type::i64}, b_.zext(v, Type::i64));
  set_word(rt, b_.sext(v, word_));
}

/// A compare-exchange with the value that was loaded. Without a reservation it exchanges that
/// value with itself: nothing changes, and failure is reported.
void Translator::store_conditional(Reg base, Reg rt, Imm16 offset, Type t) {
  const Slot active{offsetof(State, ll_active), Type::i32};
  const Value address = effective(base, offset);
  const Value expected = b_.trunc(b_.get({offsetof(State, ll_value), Type::i64}), t);
  const Value same = b_.compare(Op::eq, b_.zext(address, Type::i64),
                                b_.get({offsetof(State, ll_address), Type::i64}));
  const Value reserved = b_.and_(same, b_.trunc(b_.get(active), Type::i1));
  const Value desired = b_.select(reserved, b_.trunc(word(rt), t), expected);
  const Value found = b_.atomic_cas(address, expected, desired, traits_.big);
  b_.set(active, b_.i32(0));
  const Value done = b_.and_(reserved, b_.compare(Op::eq, found, expected));
  set_word(rt, b_.zext(done, word_));
}
void Translator::ll(Reg base, Reg rt, Imm16 o) { load_linked(base, rt, o, Type::i32); }
void Translator::sc(Reg base, Reg rt, Imm16 o) { store_conditional(base, rt, o, Type::i32); }
void Translator::lld(Reg base, Reg rt, Imm16 o) { load_linked(base, rt, o, Type::i64); }
void Translator::scd(Reg base, Reg rt, Imm16 o) { store_conditional(base, rt, o, Type::i64); }

// --- Floating point registers ---

void Translator::lwc1(Reg base, FReg ft, Imm16 o) {
  setf(ft, b_.load(Type::f32, word(base), o.sext(), traits_.big));
}
void Translator::ldc1(Reg base, FReg ft, Imm16 o) {
  if (!check_double(ft)) return;
  setf(ft, b_.load(Type::f64, word(base), o.sext(), traits_.big));
}
void Translator::swc1(Reg base, FReg ft, Imm16 o) {
  b_.store(word(base), o.sext(), getf(ft, Type::f32), traits_.big);
}
void Translator::sdc1(Reg base, FReg ft, Imm16 o) {
  if (!check_double(ft)) return;
  b_.store(word(base), o.sext(), getf(ft, Type::f64), traits_.big);
}
void Translator::lwxc1(Reg base, Reg index, FReg fd) {
  setf(fd, b_.load(Type::f32, base_plus(base, index), 0, traits_.big));
}
void Translator::ldxc1(Reg base, Reg index, FReg fd) {
  if (!check_double(fd)) return;
  setf(fd, b_.load(Type::f64, base_plus(base, index), 0, traits_.big));
}
void Translator::luxc1(Reg base, Reg index, FReg fd) {
  if (!check_double(fd)) return;
  const Value address = b_.and_(base_plus(base, index), b_.konst(word_, ~std::uint64_t{7}));
  setf(fd, b_.load(Type::f64, address, 0, traits_.big));
}
void Translator::swxc1(Reg base, Reg index, FReg fs) {
  b_.store(base_plus(base, index), 0, getf(fs, Type::f32), traits_.big);
}
void Translator::sdxc1(Reg base, Reg index, FReg fs) {
  if (!check_double(fs)) return;
  b_.store(base_plus(base, index), 0, getf(fs, Type::f64), traits_.big);
}
void Translator::suxc1(Reg base, Reg index, FReg fs) {
  if (!check_double(fs)) return;
  const Value address = b_.and_(base_plus(base, index), b_.konst(word_, ~std::uint64_t{7}));
  b_.store(address, 0, getf(fs, Type::f64), traits_.big);
}

void Translator::pref(Reg, Bits, Imm16) {}
void Translator::prefx(Reg, Reg, Bits) {}

}  // namespace emulate::mips
