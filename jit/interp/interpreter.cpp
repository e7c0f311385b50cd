#include "jit/interp/interpreter.h"

#include <immintrin.h>

#include <bit>
#include <cstring>
#include <vector>

#include "jit/engine/guest.h"
#include "jit/interp/scalar.h"
#include "jit/interp/vector.h"

namespace emulate::jit {

using ir::Inst;
using ir::Op;
using ir::Type;

Event unpack_event(std::uint16_t aux, std::uint64_t pc) {
  Event event;
  const unsigned kind = aux & 15;
  if (kind == kEventFetchFault) {
    event.kind = EventKind::fault;
    event.access = Access::execute;
    event.address = GuestAddr(pc);
    return event;
  }
  event.kind = static_cast<EventKind>(kind);
  event.code = aux >> 4;
  return event;
}

namespace {

class Interpreter {
 public:
  Interpreter(const ir::Unit& unit, Context& context, const AtPc& at_pc)
      : unit_(unit),
        c_(context),
        at_pc_(at_pc),
        values_(unit.code.size()),
        high_(unit.code.size()) {}

  Exit run() {
    for (std::size_t n = unit_.block_at(unit_.pc);;) {
      const Inst& i = unit_.code[n];
      switch (step(i, values_[n], high_[n])) {
        case Step::on:
          ++n;
          break;
        case Step::again:
          if (c_.interrupt.load(std::memory_order_relaxed) != 0) return Exit::next;
          n = to_;
          break;
        case Step::out:
          return Exit::next;
        case Step::event:
          return Exit::event;
      }
    }
  }

 private:
  enum class Step { on, again, out, event };

  std::uint64_t arg(const Inst& i, unsigned n) const { return values_[i.args[n]]; }
  V128 vector(const Inst& i, unsigned n) const { return {values_[i.args[n]], high_[i.args[n]]}; }
  std::byte* slot(const Inst& i) { return c_.slot(i.imm); }

  Step go(std::uint64_t pc) {
    c_.pc = pc;
    to_ = unit_.block_at(pc);
    return to_ != ir::kNone ? Step::again : Step::out;
  }
  Step fault(std::uint64_t address, Access access, FaultCause cause = FaultCause::access) {
    Event e;
    e.kind = EventKind::fault;
    e.access = access;
    e.cause = cause;
    e.address = GuestAddr(address);
    c_.raise(e);
    c_.pc = guest_pc_;
    return Step::event;
  }
  Step raise(const Inst& i) {
    c_.raise(unpack_event(i.aux, i.imm));
    c_.pc = c_.event.kind == EventKind::fault ? guest_pc_ : i.imm;
    return Step::event;
  }

  std::uint64_t address(const Inst& i) const {
    const std::uint64_t a = arg(i, 0) + i.imm;
    return unit_address_is_wide(i) ? a : a & 0xffff'ffffu;
  }
  bool unit_address_is_wide(const Inst& i) const { return unit_.code[i.args[0]].type == Type::i64; }
  static std::uint64_t order(std::uint64_t v, const Inst& i) {
    if ((i.aux & ir::kBigEndian) == 0) return v;
    return __builtin_bswap64(v) >> (64 - ir::bits_of(i.type));
  }
  static V128 order(V128 v, const Inst& i) {
    if (i.type != Type::v128) return {order(v.low, i), 0};
    if ((i.aux & ir::kBigEndian) == 0) return v;
    return {__builtin_bswap64(v.high), __builtin_bswap64(v.low)};
  }

  static bool misaligned(const Inst& i, std::uint64_t a) {
    return (a & ir::alignment_mask(i.aux)) != 0;
  }

  Step load(const Inst& i, std::uint64_t& value, std::uint64_t& high) {
    V128 v;
    const std::uint64_t a = address(i);
    if (misaligned(i, a)) return fault(a, Access::read, FaultCause::alignment);
    const unsigned n = ir::bytes_of(i.type);
    if (!c_.host->copyin(&v, GuestAddr(a), n)) return fault(first_bad(a, n, false), Access::read);
    v = order(v, i);
    value = v.low;
    high = v.high;
    return Step::on;
  }
  Step store(const Inst& i) {
    const V128 v = order(vector(i, 1), i);
    const std::uint64_t a = address(i);
    if (misaligned(i, a)) return fault(a, Access::write, FaultCause::alignment);
    const unsigned n = ir::bytes_of(i.type);
    if (!c_.host->copyout(GuestAddr(a), &v, n)) return fault(first_bad(a, n, true), Access::write);
    return Step::on;
  }
  Step cas(const Inst& i, std::uint64_t& value) {
    std::uint64_t expected = order(arg(i, 1), i);
    const std::uint64_t desired = order(arg(i, 2), i);
    const std::uint64_t a = address(i);
    if (misaligned(i, a)) return fault(a, Access::write, FaultCause::alignment);
    if (!c_.host->compare_exchange(GuestAddr(a), &expected, &desired, ir::bytes_of(i.type))) {
      return fault(a, Access::write);
    }
    value = order(expected, i);
    return Step::on;
  }
  Step swap(const Inst& i, std::uint64_t& value) {
    const unsigned n = ir::bytes_of(i.type);
    const std::uint64_t desired = order(arg(i, 1), i);
    const std::uint64_t a = address(i);
    if (misaligned(i, a)) return fault(a, Access::write, FaultCause::alignment);
    for (std::uint64_t expected = 0, found = 0;; expected = found) {
      found = expected;
      if (!c_.host->compare_exchange(GuestAddr(a), &found, &desired, n)) {
        return fault(a, Access::write);
      }
      if (found != expected) continue;
      value = order(found, i);
      return Step::on;
    }
  }
  void move(const Inst& i) {
    std::byte* at = c_.state_bytes() + ir::unpack_moving(i.imm).distance;
    std::int64_t distance;
    std::memcpy(&distance, at, sizeof distance);
    distance += static_cast<std::int16_t>(i.aux);
    std::memcpy(at, &distance, sizeof distance);
  }
  /// An access that runs into a page without rights faults at that page's first byte.
  std::uint64_t first_bad(std::uint64_t a, unsigned n, bool write) {
    const std::uint64_t second = (a + n - 1) & ~std::uint64_t{4095};
    if (second <= a) return a;
    std::byte probe{};
    const bool head_good = write ? c_.host->compare_exchange(GuestAddr(a), &probe, &probe, 1)
                                 : c_.host->copyin(&probe, GuestAddr(a), 1);
    return head_good ? second : a;
  }

  Step call(const Inst& i, std::uint64_t& value) {
    c_.pc = guest_pc_;
    value = c_.helpers[i.aux](c_, arg(i, 0), arg(i, 1), arg(i, 2), arg(i, 3)) &
            (i.type == Type::none ? 0 : ir::mask_of(i.type));
    return (i.imm & ir::kHelperMayRaise) != 0 && c_.event_pending != 0 ? Step::event : Step::on;
  }

  /// `high` is the upper half of a vector.
  Step step(const Inst& i, std::uint64_t& value, std::uint64_t& high) {
    switch (i.op) {
      case Op::nop:
      case Op::block:
      case Op::fence:
      case Op::prefetch:
        return Step::on;
      case Op::konst:
        value = i.imm;
        return Step::on;
      case Op::guest_pc:
        guest_pc_ = i.imm;
        if (at_pc_) at_pc_(guest_pc_);
        return Step::on;
      case Op::get_slot: {
        V128 v;
        std::memcpy(&v, slot(i), ir::bytes_of(i.type));
        value = v.low;
        high = v.high;
        return Step::on;
      }
      case Op::set_slot: {
        V128 v = vector(i, 0);
        const bool extended = i.aux == ir::kSignExtended;
        if (extended) {
          v.low = static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(v.low)});
        }
        std::memcpy(slot(i), &v, extended ? sizeof v.low : ir::bytes_of(i.type));
        return Step::on;
      }
      case Op::move:
        move(i);
        return Step::on;
      case Op::load:
        return load(i, value, high);
      case Op::store:
        return store(i);
      case Op::atomic_cas:
        return cas(i, value);
      case Op::atomic_swap:
        return swap(i, value);
      case Op::call:
        return call(i, value);
      case Op::call_if:
        value = arg(i, 0) != 0
                    ? c_.helpers[i.aux](c_, arg(i, 2), arg(i, 3), i.imm, 0) & ir::mask_of(i.type)
                    : arg(i, 1);
        return Step::on;
      case Op::jump:
        return go(i.imm);
      case Op::call_pc:
        c_.pc = i.imm;
        return Step::out;
      case Op::branch_if:
        return arg(i, 0) != 0 ? go(i.imm) : Step::on;
      case Op::jump_value:
      case Op::call_value:
      case Op::return_to:
        c_.pc = arg(i, 0);
        return Step::out;
      case Op::raise:
        return raise(i);
      case Op::raise_if:
        return arg(i, 0) != 0 ? raise(i) : Step::on;
      case Op::leave:
        c_.pc = i.imm;
        return Step::out;
      default:
        break;
    }
    if (ir::is_vector(i.op)) {
      const V128 v = evaluate_vector(i, vector(i, 0), vector(i, 1), vector(i, 2));
      value = v.low;
      high = v.high;
      return Step::on;
    }
    const std::uint64_t a = arg(i, 0), b = arg(i, 1), c = arg(i, 2);
    auto result = evaluate_integer(i, a, b, c);
    if (!result) result = evaluate_float(i, a, b, c);
    value = result.value_or(0);
    return Step::on;
  }

  const ir::Unit& unit_;
  Context& c_;
  const AtPc& at_pc_;
  std::vector<std::uint64_t> values_;
  std::vector<std::uint64_t> high_;
  std::uint64_t guest_pc_ = 0;
  ir::Ref to_ = ir::kNone;  ///< where Step::again goes on
};

}  // namespace

Exit interpret(const ir::Unit& unit, Context& context, const AtPc& at_pc) {
  const unsigned host = _mm_getcsr();
  _mm_setcsr(context.guest_mxcsr);
  const Exit exit = Interpreter(unit, context, at_pc).run();
  context.guest_mxcsr = _mm_getcsr();
  _mm_setcsr(host);
  return exit;
}

}  // namespace emulate::jit
