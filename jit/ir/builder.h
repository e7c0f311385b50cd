#pragma once

/// Appends operations to a unit. Frontends hold Values, which know their type; constants fold as
/// they are built where that is free.

#include <cassert>

#include "jit/ir/moving.h"
#include "jit/ir/unit.h"

namespace emulate::jit::ir {

struct Value {
  Ref ref = kNone;
  Type type = Type::none;
};

/// A guest register: where it lies in the guest state.
struct Slot {
  std::uint32_t offset;
  Type type;
};

class Builder {
 public:
  explicit Builder(Unit& unit) : unit_(unit) {}

  Unit& unit() { return unit_; }
  const Unit& unit() const { return unit_; }

  Value konst(Type type, std::uint64_t v) {
    return emit({.op = Op::konst, .type = type, .imm = v & mask_of(type)});
  }
  Value i32(std::uint32_t v) { return konst(Type::i32, v); }
  Value i64(std::uint64_t v) { return konst(Type::i64, v); }

  void guest_pc(std::uint64_t pc, std::uint16_t marker = 0) {
    emit({.op = Op::guest_pc, .aux = marker, .imm = pc});
  }
  Value get(Slot s) { return emit({.op = Op::get_slot, .type = s.type, .imm = s.offset}); }
  void set(Slot s, Value v) {
    assert(s.type == v.type);
    emit({.op = Op::set_slot, .type = s.type, .args = {v.ref}, .imm = s.offset});
  }

  void move(const Moving& slots, std::int16_t by) {
    emit({.op = Op::move, .aux = static_cast<std::uint16_t>(by), .imm = pack_moving(slots)});
  }

  Value binary(Op op, Value a, Value b) {
    assert(a.type == b.type);
    return emit({.op = op, .type = a.type, .args = {a.ref, b.ref}});
  }
  Value unary(Op op, Value a) { return emit({.op = op, .type = a.type, .args = {a.ref}}); }
  /// Comparisons and overflow tests: Inst::type is the operands', the value is i1.
  Value compare(Op op, Value a, Value b) {
    assert(a.type == b.type);
    return {emit({.op = op, .type = a.type, .args = {a.ref, b.ref}}).ref, Type::i1};
  }
  Value add(Value a, Value b) { return binary(Op::add, a, b); }
  Value sub(Value a, Value b) { return binary(Op::sub, a, b); }
  Value mul(Value a, Value b) { return binary(Op::mul, a, b); }
  Value and_(Value a, Value b) { return binary(Op::and_, a, b); }
  Value or_(Value a, Value b) { return binary(Op::or_, a, b); }
  Value xor_(Value a, Value b) { return binary(Op::xor_, a, b); }
  Value shl(Value a, Value b) { return binary(Op::shl, a, b); }
  Value shr(Value a, Value b) { return binary(Op::shr, a, b); }
  Value sar(Value a, Value b) { return binary(Op::sar, a, b); }
  Value rotr(Value a, Value b) { return binary(Op::rotr, a, b); }
  Value not_(Value a) { return unary(Op::not_, a); }
  /// Same-typed constant of `like`.
  Value imm(Value like, std::uint64_t v) { return konst(like.type, v); }

  /// Conversions between integer widths; nothing is emitted when the type is already `to`.
  Value zext(Value a, Type to) { return a.type == to ? a : convert(Op::zext, a, to); }
  Value sext(Value a, Type to) { return a.type == to ? a : convert(Op::sext, a, to); }
  Value trunc(Value a, Type to) { return a.type == to ? a : convert(Op::trunc, a, to); }
  Value convert(Op op, Value a, Type to) {
    return emit({.op = op, .type = to, .aux = static_cast<std::uint16_t>(a.type), .args = {a.ref}});
  }
  Value select(Value cond, Value yes, Value no) {
    assert(cond.type == Type::i1 && yes.type == no.type);
    return emit({.op = Op::select, .type = yes.type, .args = {cond.ref, yes.ref, no.ref}});
  }
  Value flags(Op op, Value a, Value b = {}) {
    return {emit({.op = op, .type = a.type, .args = {a.ref, b.ref}}).ref, Type::flags};
  }
  Value flag_test(Value flags, Cond cond) {
    return emit({.op = Op::flag_test,
                 .type = Type::i1,
                 .aux = static_cast<std::uint16_t>(cond),
                 .args = {flags.ref}});
  }

  /// `how`: kBigEndian, aligned_to().
  Value load(Type type, Value address, std::int64_t disp, std::uint16_t how) {
    return emit({.op = Op::load,
                 .type = type,
                 .aux = how,
                 .args = {address.ref},
                 .imm = static_cast<std::uint64_t>(disp)});
  }
  void store(Value address, std::int64_t disp, Value value, std::uint16_t how) {
    emit({.op = Op::store,
          .type = value.type,
          .aux = how,
          .args = {address.ref, value.ref},
          .imm = static_cast<std::uint64_t>(disp)});
  }
  Value atomic_swap(Value address, Value value, std::uint16_t how) {
    return emit(
        {.op = Op::atomic_swap, .type = value.type, .aux = how, .args = {address.ref, value.ref}});
  }
  Value atomic_cas(Value address, Value expected, Value desired, std::uint16_t how) {
    return emit({.op = Op::atomic_cas,
                 .type = desired.type,
                 .aux = how,
                 .args = {address.ref, expected.ref, desired.ref}});
  }
  void fence() { emit({.op = Op::fence}); }

  Value round_to_integral(Value a, unsigned control) {
    return emit({.op = Op::f_round,
                 .type = a.type,
                 .aux = static_cast<std::uint16_t>(control),
                 .args = {a.ref}});
  }

  /// Of vectors: `lane` is a lane's bits, 0 where an operation has but one kind.
  Value vector(Op op, unsigned lane, Value a, Value b = {}, std::uint64_t imm = 0) {
    return emit({.op = op,
                 .type = Type::v128,
                 .aux = static_cast<std::uint16_t>(lane),
                 .args = {a.ref, b.ref},
                 .imm = imm});
  }
  Value vector(std::uint64_t high, std::uint64_t low) {
    return vector(Op::v_pair, 0, i64(low), i64(high));
  }
  /// Bytes of `yes` where the mask's top bit is set.
  Value choose(Value mask, Value yes, Value no) {
    return emit({.op = Op::v_choose, .type = Type::v128, .args = {no.ref, yes.ref, mask.ref}});
  }
  Value half(Value v, bool high) {
    return emit({.op = Op::v_half, .type = Type::i64, .args = {v.ref}, .imm = high});
  }
  Value mask(Value v) { return emit({.op = Op::v_mask, .type = Type::i32, .args = {v.ref}}); }

  Value call(unsigned helper, Type result, std::uint64_t flags, Value a = {}, Value b = {},
             Value c = {}, Value d = {}) {
    return emit({.op = Op::call,
                 .type = result,
                 .aux = static_cast<std::uint16_t>(helper),
                 .args = {a.ref, b.ref, c.ref, d.ref},
                 .imm = flags});
  }
  Value call_if(Value cond, Value otherwise, unsigned helper, Value a, Value b, std::uint64_t c) {
    return emit({.op = Op::call_if,
                 .type = otherwise.type,
                 .aux = static_cast<std::uint16_t>(helper),
                 .args = {cond.ref, otherwise.ref, a.ref, b.ref},
                 .imm = c});
  }

  void jump(std::uint64_t pc) { emit({.op = Op::jump, .imm = pc}); }
  void branch_if(Value cond, std::uint64_t pc) {
    emit({.op = Op::branch_if, .args = {cond.ref}, .imm = pc});
  }
  void jump_value(Value pc) { emit({.op = Op::jump_value, .type = pc.type, .args = {pc.ref}}); }
  void call_pc(std::uint64_t pc, Value return_pc) {
    emit({.op = Op::call_pc, .args = {kNone, return_pc.ref}, .imm = pc});
  }
  void call_value(Value pc, Value return_pc) {
    emit({.op = Op::call_value, .type = pc.type, .args = {pc.ref, return_pc.ref}});
  }
  void return_to(Value pc) { emit({.op = Op::return_to, .type = pc.type, .args = {pc.ref}}); }
  void raise(std::uint16_t event, std::uint64_t pc) {
    emit({.op = Op::raise, .aux = event, .imm = pc});
  }
  void raise_if(Value cond, std::uint16_t event, std::uint64_t pc) {
    emit({.op = Op::raise_if, .aux = event, .args = {cond.ref}, .imm = pc});
  }
  void leave(std::uint64_t pc) { emit({.op = Op::leave, .imm = pc}); }

  Value emit(const Inst& inst) {
    unit_.code.push_back(inst);
    return {static_cast<Ref>(unit_.code.size() - 1), inst.type};
  }

 private:
  Unit& unit_;
};

}  // namespace emulate::jit::ir
