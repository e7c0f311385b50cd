/// Loads and stores. An address that is no multiple of the access's size is an alignment fault.

#include "sparc64/asi.h"
#include "sparc64/translator.h"

namespace emulate::sparc64 {

namespace {

constexpr unsigned log2_of(jit::ir::Type t) {
  return static_cast<unsigned>(__builtin_ctz(jit::ir::bytes_of(t)));
}

}  // namespace

// --- Places ---

Translator::Place Translator::place(Bits alternate, Reg rs1, Operand op2) {
  Place p;
  p.asi = kAsiPrimary;
  if (alternate.v) p.asi = op2.immediate() ? mode_ & kModeAsi : op2.v >> 5 & 0xff;
  if (p.asi < kAsiFirstUser) {
    trap(kTrapPrivilegedAction);
    return p;
  }
  p.ok = true;
  p.little = (p.asi & kAsiLittle) != 0;
  p.base = get(rs1);
  if (op2.immediate()) {
    p.disp = op2.imm();
  } else if (rs1.n == 0) {
    p.base = get(op2.reg());
  } else if (op2.reg().n != 0) {
    p.base = b_.add(p.base, get(op2.reg()));
  }
  return p;
}

Translator::Place Translator::plain(Bits alternate, Reg rs1, Operand op2) {
  Place p = place(alternate, rs1, op2);
  if (!p.ok) return p;
  const unsigned kind = asi_kind(p.asi);
  p.no_fault = kind == kAsiNoFault;
  if (kind != kAsiPrimary && kind != kAsiNoFault) {
    trap(kTrapDataAccess);
    p.ok = false;
  }
  return p;
}

std::uint16_t Translator::how(const Place& p, unsigned align) const {
  return static_cast<std::uint16_t>(jit::ir::aligned_to(align) |
                                    (p.little ? 0 : jit::ir::kBigEndian));
}

jit::ir::Value Translator::effective(const Place& p) {
  return p.disp == 0 ? p.base : b_.add(p.base, b_.i64(static_cast<std::uint64_t>(p.disp)));
}

// --- Integer registers ---

jit::ir::Value Translator::load(Type t, const Place& p, unsigned align) {
  if (p.no_fault) return load_no_fault(t, p, align);
  return b_.load(t, p.base, p.disp, how(p, align));
}

/// Zero where memory cannot be read.
jit::ir::Value Translator::load_no_fault(Type t, const Place& p, unsigned align) {
  const Value at = effective(p);
  const Value low_bits = b_.and_(at, b_.i64((1u << align) - 1));
  raise_if(b_.compare(Op::ne, low_bits, b_.i64(0)), EventKind::trap, kTrapNotAligned);
  const Value v =
      pure(HelperId::load_no_fault, Type::i64, at, b_.i64(log2_of(t)), b_.i64(p.little));
  if (!jit::ir::is_float(t)) return b_.trunc(v, t);
  return t == Type::f64 ? b_.convert(Op::bitcast, v, t)
                        : b_.convert(Op::bitcast, b_.trunc(v, Type::i32), t);
}

void Translator::load(Type t, bool sign, Reg rd, Bits a, Reg rs1, Operand op2) {
  const Place p = plain(a, rs1, op2);
  if (!p.ok) return;
  const Value v = load(t, p, log2_of(t));
  set(rd, sign ? b_.sext(v, Type::i64) : b_.zext(v, Type::i64));
}
void Translator::lduw(Reg rd, Bits a, Reg rs1, Operand op2) {
  load(Type::i32, false, rd, a, rs1, op2);
}
void Translator::ldub(Reg rd, Bits a, Reg rs1, Operand op2) {
  load(Type::i8, false, rd, a, rs1, op2);
}
void Translator::lduh(Reg rd, Bits a, Reg rs1, Operand op2) {
  load(Type::i16, false, rd, a, rs1, op2);
}
void Translator::ldsw(Reg rd, Bits a, Reg rs1, Operand op2) {
  load(Type::i32, true, rd, a, rs1, op2);
}
void Translator::ldsb(Reg rd, Bits a, Reg rs1, Operand op2) {
  load(Type::i8, true, rd, a, rs1, op2);
}
void Translator::ldsh(Reg rd, Bits a, Reg rs1, Operand op2) {
  load(Type::i16, true, rd, a, rs1, op2);
}
void Translator::ldx(Reg rd, Bits a, Reg rs1, Operand op2) {
  load(Type::i64, false, rd, a, rs1, op2);
}

void Translator::store(Value v, const Place& p, unsigned align) {
  b_.store(p.base, p.disp, v, how(p, align));
}
void Translator::store(Type t, Reg rd, Bits a, Reg rs1, Operand op2) {
  const Place p = plain(a, rs1, op2);
  if (!p.ok) return;
  if (p.no_fault) return trap(kTrapDataAccess);
  store(b_.trunc(get(rd), t), p, log2_of(t));
}
void Translator::stw(Reg rd, Bits a, Reg rs1, Operand op2) { store(Type::i32, rd, a, rs1, op2); }
void Translator::stb(Reg rd, Bits a, Reg rs1, Operand op2) { store(Type::i8, rd, a, rs1, op2); }
void Translator::sth(Reg rd, Bits a, Reg rs1, Operand op2) { store(Type::i16, rd, a, rs1, op2); }
void Translator::stx(Reg rd, Bits a, Reg rs1, Operand op2) { store(Type::i64, rd, a, rs1, op2); }

/// Two words in an even register and the next: one access, as the manual wants.
void Translator::ldd(Reg rd, Bits a, Reg rs1, Operand op2) {
  if ((rd.n & 1) != 0) return illegal();
  const Place p = plain(a, rs1, op2);
  if (!p.ok) return;
  const Value v = load(Type::i64, p, 3);
  const Value upper = b_.shr(v, b_.i64(32)), lower = b_.and_(v, b_.i64(0xffff'ffffu));
  set(rd, p.little ? lower : upper);
  set(Reg(rd.n + 1), p.little ? upper : lower);
}
void Translator::std_(Reg rd, Bits a, Reg rs1, Operand op2) {
  if ((rd.n & 1) != 0) return illegal();
  const Place p = plain(a, rs1, op2);
  if (!p.ok) return;
  if (p.no_fault) return trap(kTrapDataAccess);
  const Value first = get(rd), second = get(Reg(rd.n + 1));
  const Value upper = p.little ? second : first, lower = p.little ? first : second;
  store(b_.or_(b_.shl(upper, b_.i64(32)), b_.and_(lower, b_.i64(0xffff'ffffu))), p, 3);
}

// --- Atomic operations ---

void Translator::ldstub(Reg rd, Bits a, Reg rs1, Operand op2) {
  const Place p = plain(a, rs1, op2);
  if (!p.ok) return;
  const Value old = b_.atomic_swap(effective(p), b_.konst(Type::i8, 0xff), how(p, 0));
  set(rd, b_.zext(old, Type::i64));
}
void Translator::swap(Reg rd, Bits a, Reg rs1, Operand op2) {
  const Place p = plain(a, rs1, op2);
  if (!p.ok) return;
  const Value old = b_.atomic_swap(effective(p), low(get(rd)), how(p, 2));
  set(rd, b_.zext(old, Type::i64));
}
void Translator::casa(Reg rd, Bits x, Reg rs1, Bits i, Bits asi, Reg rs2) {
  const Place p = plain(Bits(1), rs1, Operand(i.v ? 1u << 13 : asi.v << 5));
  if (!p.ok) return;
  const Type t = x.v ? Type::i64 : Type::i32;
  const Value old =
      b_.atomic_cas(p.base, b_.trunc(get(rs2), t), b_.trunc(get(rd), t), how(p, log2_of(t)));
  set(rd, b_.zext(old, Type::i64));
}

// --- Floating point registers ---

void Translator::ldf(FReg rd, Bits a, Reg rs1, Operand op2) {
  const Place p = plain(a, rs1, op2);
  if (p.ok) setf(rd, load(Type::f32, p, 2));
}
void Translator::stf(FReg rd, Bits a, Reg rs1, Operand op2) {
  const Place p = plain(a, rs1, op2);
  if (!p.ok) return;
  if (p.no_fault) return trap(kTrapDataAccess);
  store(getf(rd, Type::f32), p, 2);
}

bool Translator::short_access(const Place& p, Type& t) const {
  const unsigned kind = asi_kind(p.asi);
  t = kind == kAsiShort8 ? Type::i8 : Type::i16;
  return kind == kAsiShort8 || kind == kAsiShort16;
}

/// Doubles need only be aligned to a word: the kernels complete what the CPU traps on.
void Translator::lddf(FReg rd, Bits a, Reg rs1, Operand op2) {
  Place p = place(a, rs1, op2);
  if (!p.ok) return;
  const unsigned kind = asi_kind(p.asi);
  if (kind == kAsiBlock) return block_load(rd, p);
  if (Type t; short_access(p, t)) {
    return set_bits(rd, b_.zext(b_.load(t, p.base, p.disp, how(p, log2_of(t))), Type::i64));
  }
  p = plain(a, rs1, op2);
  if (p.ok) setf(rd, load(Type::f64, p, 2));
}
void Translator::stdf(FReg rd, Bits a, Reg rs1, Operand op2) {
  Place p = place(a, rs1, op2);
  if (!p.ok) return;
  const unsigned kind = asi_kind(p.asi);
  if (kind == kAsiBlock || kind == kAsiBlockCommit) return block_store(rd, p);
  if (Type t; short_access(p, t)) {
    return store(b_.trunc(bits(rd), t), p, log2_of(t));
  }
  if (kind == kAsiPartial8 || kind == kAsiPartial16 || kind == kAsiPartial32) {
    // The operand is the mask; the address is rs1 alone.
    if (op2.immediate()) return illegal();
    return partial_store(rd, place(a, rs1, Operand(op2.v & ~31u)), get(op2.reg()));
  }
  p = plain(a, rs1, op2);
  if (!p.ok) return;
  if (p.no_fault) return trap(kTrapDataAccess);
  store(getf(rd, Type::f64), p, 2);
}

void Translator::partial_store(FReg rd, const Place& p, Value mask) {
  const unsigned element = (asi_kind(p.asi) - kAsiPartial8) / 2;
  raise_if(b_.compare(Op::ne, b_.and_(p.base, b_.i64(7)), b_.i64(0)), EventKind::trap,
           kTrapNotAligned);
  b_.call(helper(HelperId::partial_store), Type::none,
          jit::ir::kHelperPure | jit::ir::kHelperMayRaise, p.base, bits(rd), mask,
          b_.i64(element | (p.little ? 8u : 0u)));
}

/// Eight doubles, 64 bytes that are aligned. Nothing changes when one of the loads faults.
void Translator::block_load(FReg rd, const Place& p) {
  if ((rd.wide() & 15) != 0) return illegal();
  const Value at = effective(p);
  Value v[8];
  for (unsigned n = 0; n < 8; ++n) v[n] = b_.load(Type::f64, at, 8 * n, how(p, n == 0 ? 6 : 0));
  for (unsigned n = 0; n < 8; ++n) setf(FReg((rd.n & ~1u) + 2 * n + (rd.n & 1)), v[n]);
}
void Translator::block_store(FReg rd, const Place& p) {
  if ((rd.wide() & 15) != 0) return illegal();
  const Value at = effective(p);
  for (unsigned n = 0; n < 8; ++n) {
    const FReg r((rd.n & ~1u) + 2 * n + (rd.n & 1));
    b_.store(at, 8 * n, getf(r, Type::f64), how(p, n == 0 ? 6 : 0));
  }
}

/// A quad is two doubles, the upper one first.
void Translator::ldqf(FReg rd, Bits a, Reg rs1, Operand op2) {
  if ((rd.wide() & 2) != 0) return illegal();
  const Place p = plain(a, rs1, op2);
  if (!p.ok) return;
  if (p.no_fault) return trap(kTrapDataAccess);
  const Value first = b_.load(Type::f64, p.base, p.disp, how(p, 2));
  const Value second = b_.load(Type::f64, p.base, p.disp + 8, how(p, 2));
  setf(rd, p.little ? second : first);
  setf(FReg(rd.n + 2), p.little ? first : second);
}
void Translator::stqf(FReg rd, Bits a, Reg rs1, Operand op2) {
  if ((rd.wide() & 2) != 0) return illegal();
  const Place p = plain(a, rs1, op2);
  if (!p.ok) return;
  if (p.no_fault) return trap(kTrapDataAccess);
  const Value upper = getf(rd, Type::f64), lower = getf(FReg(rd.n + 2), Type::f64);
  b_.store(p.base, p.disp, p.little ? lower : upper, how(p, 2));
  b_.store(p.base, p.disp + 8, p.little ? upper : lower, how(p, 2));
}

// --- FSR ---

void Translator::ldfsr(Bits wide, Reg rs1, Operand op2) {
  const Place p = plain(Bits(0), rs1, op2);
  if (!p.ok) return;
  const Value v = wide.v ? b_.load(Type::i64, p.base, p.disp, how(p, 3))
                         : b_.zext(b_.load(Type::i32, p.base, p.disp, how(p, 2)), Type::i64);
  b_.call(helper(HelperId::write_fsr), Type::none, 0, v, b_.i64(wide.v));
  for (Compare& c : fcc_) c = {};
  leave_ = true;
}
void Translator::stfsr(Bits wide, Reg rs1, Operand op2) {
  const Place p = plain(Bits(0), rs1, op2);
  if (!p.ok) return;
  const Value v = b_.call(helper(HelperId::read_fsr), Type::i64, 0);
  store(wide.v ? v : low(v), p, wide.v ? 3 : 2);
}

/// Functions 5 to 15 are reserved.
void Translator::prefetch(Bits fcn, Bits, Reg, Operand) {
  if (fcn.v >= 5 && fcn.v <= 15) illegal();
}

}  // namespace emulate::sparc64
