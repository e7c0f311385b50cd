#include "jit/opt/narrow_values.h"

namespace emulate::jit::opt {

using namespace ir;

namespace {

constexpr std::uint64_t kSign = 0x8000'0000u;
constexpr std::uint64_t kLow = 0xffff'ffffu;

Type source(const Inst& i) { return static_cast<Type>(i.aux); }

bool is_konst(const Inst& i) { return i.op == Op::konst; }

std::uint16_t aux_of(Type t) { return static_cast<std::uint16_t>(t); }

}  // namespace

bool not_negative(const Unit& unit, Ref r, unsigned depth) {
  constexpr unsigned kDeep = 4;
  const Inst& i = unit.code[r];
  const auto operand = [&](unsigned k) { return not_negative(unit, i.args[k], depth + 1); };
  if (depth == kDeep) return false;
  switch (i.op) {
    case Op::konst:
      return (i.imm & kSign) == 0;
    case Op::zext:
    case Op::clz:
    case Op::popcount:
      return true;
    case Op::shr:
      return is_konst(unit.code[i.args[1]]) && unit.code[i.args[1]].imm % 32 != 0;
    case Op::and_:
      return operand(0) || operand(1);
    case Op::or_:
    case Op::xor_:
      return operand(0) && operand(1);
    case Op::select:
      return operand(1) && operand(2);
    default:
      return false;
  }
}

bool fits_low(const Unit& unit, Ref r) {
  const Inst& i = unit.code[r];
  switch (i.op) {
    case Op::konst:
      return i.imm + kSign <= kLow;
    case Op::sext:
      return true;
    case Op::zext:
      return source(i) != Type::i32 || not_negative(unit, i.args[0]);
    default:
      return false;
  }
}

Ref Narrower::low(Ref r) {
  const Inst i = at(r);
  if (is_konst(i)) return append({.op = Op::konst, .type = Type::i32, .imm = i.imm & kLow});
  const bool extended = i.op == Op::sext || i.op == Op::zext;
  if (extended && source(i) == Type::i32) return i.args[0];
  if (i.op == Op::zext) {
    return append({.op = Op::zext, .type = Type::i32, .aux = i.aux, .args = {i.args[0]}});
  }
  return append({.op = Op::trunc, .type = Type::i32, .aux = aux_of(Type::i64), .args = {r}});
}

/// `i` becomes the extension of `narrow`.
void Narrower::widen(Inst& i, const Inst& narrow, bool sign) {
  const Ref r = append(narrow);
  const bool extend = sign && !not_negative(unit_, r);
  i = {
      .op = extend ? Op::sext : Op::zext, .type = Type::i64, .aux = aux_of(Type::i32), .args = {r}};
}

Ref Narrower::sign_extension(Inst& i) {
  if (source(i) != Type::i32) return kNone;
  const Inst& from = at(i.args[0]);
  if (from.op == Op::trunc && fits_low(unit_, from.args[0])) return from.args[0];
  if (not_negative(unit_, i.args[0])) i.op = Op::zext;
  return kNone;
}

/// The lower part of something that was extended.
void Narrower::truncation(Inst& i) const {
  const Inst& from = at(i.args[0]);
  if (from.op != Op::zext && from.op != Op::sext) return;
  const unsigned bits = bits_of(source(from));
  if (bits > bits_of(i.type)) {
    i.args[0] = from.args[0];
    i.aux = from.aux;
  } else if (from.op == Op::zext && bits < bits_of(i.type)) {
    i = {.op = Op::zext, .type = i.type, .aux = from.aux, .args = {from.args[0]}};
  }
}

/// x & constant: of 64 bits, the upper half is 0.
void Narrower::masked(Inst& i) {
  const std::uint64_t mask = at(i.args[1]).imm;
  const Ref a = low(i.args[0]);
  if (mask == kLow) {
    i = {.op = Op::zext, .type = Type::i64, .aux = aux_of(Type::i32), .args = {a}};
    return;
  }
  const Ref b = append({.op = Op::konst, .type = Type::i32, .imm = mask});
  widen(i, {.op = Op::and_, .type = Type::i32, .args = {a, b}}, false);
}

/// Extending signs keeps the order of signed and of unsigned numbers.
void Narrower::compare(Inst& i) {
  if (is_konst(at(i.args[0])) || !fits_low(unit_, i.args[0]) || !fits_low(unit_, i.args[1])) return;
  const Ref a = low(i.args[0]);
  i.args[1] = low(i.args[1]);
  i.args[0] = a;
  i.type = Type::i32;
}

Ref Narrower::narrow(Inst& i) {
  if (i.op == Op::trunc) {
    truncation(i);
    return kNone;
  }
  if (i.type != Type::i64) return kNone;
  if (i.op == Op::sext) return sign_extension(i);
  if (i.op == Op::and_ && is_konst(at(i.args[1])) && at(i.args[1]).imm <= kLow) {
    masked(i);
    return kNone;
  }
  if (is_compare(i.op)) {
    compare(i);
    return kNone;
  }
  switch (i.op) {
    case Op::and_:
    case Op::or_:
    case Op::xor_: {
      if (!fits_low(unit_, i.args[0]) || !fits_low(unit_, i.args[1])) return kNone;
      const Ref a = low(i.args[0]), b = low(i.args[1]);
      widen(i, {.op = i.op, .type = Type::i32, .args = {a, b}}, true);
      return kNone;
    }
    case Op::not_:
      if (!fits_low(unit_, i.args[0])) return kNone;
      widen(i, {.op = i.op, .type = Type::i32, .args = {low(i.args[0])}}, true);
      return kNone;
    case Op::select: {
      if (!fits_low(unit_, i.args[1]) || !fits_low(unit_, i.args[2])) return kNone;
      const Ref a = low(i.args[1]), b = low(i.args[2]);
      widen(i, {.op = i.op, .type = Type::i32, .args = {i.args[0], a, b}}, true);
      return kNone;
    }
    default:
      return kNone;
  }
}

}  // namespace emulate::jit::opt
