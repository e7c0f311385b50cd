#include <algorithm>
#include <array>
#include <utility>

#include "jit/x64/emitter.h"

namespace emulate::jit::x64 {

namespace {

/// Displacements up to here, plus an access, stay within the guard behind the window.
constexpr std::uint64_t kMaxDisplacement = 0x8000;

}  // namespace

void Emitter::fault_point(bool range, bool write) {
  if (deferred_.open) {
    block_.faults.push_back({.offset = a_.offset(),
                             .dirty = deferred_.dirty,
                             .pc = deferred_.pc,
                             .range = range,
                             .write = write,
                             .replay = true});
  } else {
    block_.faults.push_back({a_.offset(), dirty_mask(), guest_pc_, range, write});
  }
}

/// The way out of an access to `address` + `extra` that must not be made.
Emitter::Slow* Emitter::refused_access(Gpr address, bool write, std::uint64_t extra) {
  Slow* s = slow_path(Slow::Kind::range);
  s->dirty = deferred_.open ? deferred_.dirty : dirty_mask();
  s->pc = deferred_.open ? deferred_.pc : guest_pc_;
  s->replay = deferred_.open;
  s->reg = address;
  s->write = write;
  s->extra = extra;
  return s;
}

/// Leaves to a ud2 when `address` is not below the window's size. The faulting guest address is
/// address + extra.
void Emitter::range_check(Gpr address, bool write, std::uint64_t extra) {
  if (moving_.any()) {
    a_.alu(Alu::cmp, address, context_at(offsetof(Context, window_size)), 8);
  } else {
    a_.alu(Alu::cmp, address, kLimit, 8);
  }
  kept_flags_ = false;
  a_.jcc(Cc::ae, refused_access(address, write, extra)->in);
}

Emitter::Place Emitter::place_at(Ref base, std::uint64_t disp) const {
  constexpr unsigned kMostTerms = 14;
  Place p{.at = disp};
  std::array<Ref, kMostTerms> todo{base};
  unsigned count = 1;
  for (unsigned term = 0; count > 0; ++term) {
    const Ref r = todo[--count];
    const Inst& i = unit_.code[r];
    if (i.op == ir::Op::konst) {
      p.at += i.imm;
    } else if (i.op == ir::Op::add && term + count + 2 < kMostTerms) {
      todo[count++] = i.args[0];
      todo[count++] = i.args[1];
    } else if (p.b == ir::kNone) {
      p.b = std::exchange(p.a, r);
    } else {
      return {.a = base, .at = disp};
    }
  }
  if (p.a < p.b) std::swap(p.a, p.b);
  return p;
}

/// Whether a test before has found that p is within the window, or at most `beyond` behind.
bool Emitter::in_range(const Place& p, std::uint64_t beyond) const {
  return std::any_of(range_checked_.begin(), range_checked_.end(), [&](const Place& known) {
    return known.beside(p) && p.at - known.at < beyond;
  });
}

/// As range_check, where the address has bits set that must be zero.
void Emitter::alignment_check(const Inst& i, bool write) {
  const std::uint64_t bits = ir::alignment_mask(i.aux);
  if (bits == 0) return;
  const auto mask = static_cast<std::int32_t>(bits);
  const auto disp = static_cast<std::int32_t>(i.imm);
  const Place place = place_at(i.args[0], i.imm);
  for (const Aligned& known : aligned_) {
    const bool enough = (bits & ~known.mask) == 0 && ((place.at - known.place.at) & bits) == 0;
    if (known.place.beside(place) && enough) return;
  }
  aligned_.push_back({place, bits});
  const Gpr b = use(i.args[0]);
  Gpr t = b;
  if ((disp & mask) != 0) {
    t = scratch();
    a_.lea(t, {b, disp}, wide_ ? 8 : 4);
  }
  a_.test_imm(t, mask);
  kept_flags_ = false;
  Slow* s = refused_access(t, write, t == b ? i.imm : 0);
  s->misaligned = true;
  a_.jcc(Cc::ne, s->in);
}

Mem Emitter::address(const Inst& i, bool write) {
  const Ref base = i.args[0];
  const auto disp = static_cast<std::int64_t>(i.imm);
  alignment_check(i, write);
  const bool fold = i.imm < kMaxDisplacement;
  if (is_konst(base)) {
    std::uint64_t at = konst(base) + i.imm;
    if (!wide_) at &= 0xffff'ffffu;
    const Gpr t = scratch();
    a_.mov_imm(t, at);
    if (wide_) range_check(t, write, 0);
    return {kWindow, 0, t, 0};
  }
  const Gpr b = use(base);
  const Place place = wide_ ? place_at(base, i.imm) : Place{};
  const bool known =
      wide_ && disp == static_cast<std::int32_t>(disp) && in_range(place, kMaxDisplacement);
  if (fold || known) {
    if (wide_ && !known) {
      range_check(b, write, i.imm);
      range_checked_.push_back(place_at(base, 0));
    }
    return {kWindow, static_cast<std::int32_t>(disp), b, 0};
  }
  const Gpr t = scratch();
  if (disp == static_cast<std::int32_t>(disp)) {
    a_.lea(t, {b, static_cast<std::int32_t>(disp)}, wide_ ? 8 : 4);
  } else {
    a_.mov_imm(t, i.imm);
    a_.alu(Alu::add, t, b, wide_ ? 8 : 4);
    kept_flags_ = false;
  }
  if (wide_) {
    range_check(t, write, 0);
    range_checked_.push_back(place);
  }
  return {kWindow, 0, t, 0};
}

void Emitter::load(Ref n) {
  const Inst& i = unit_.code[n];
  const unsigned size = ir::bytes_of(i.type);
  const bool swap = (i.aux & ir::kBigEndian) != 0 && size > 1;
  kept_flags_ = true;
  const Mem at = address(i, false);
  consume(i);
  if (ir::in_xmm(i.type)) {
    if (i.type == Type::v128 && swap) {
      const Xmm d = destf(n);
      fault_point();
      a_.loadf(d, at, size);
      return reverse_bytes(d, d);
    }
    if (!swap) {
      const Xmm d = destf(n);
      fault_point();
      return a_.loadf(d, at, size);
    }
    const Gpr t = scratch();
    fault_point();
    a_.movbe_load(t, at, size);
    return a_.movf(destf(n), t, size);
  }
  if (const Ref next = following(n);
      values_[n].uses == 1 && unit_.code[next].args[0] == n &&
      (unit_.code[next].op == ir::Op::sext || unit_.code[next].op == ir::Op::zext)) {
    load_widened(at, i, next);
    done_ = next;
    return;
  }
  const Gpr d = dest(n);
  fault_point();
  load_zero_extended(at, i, d);
}

/// Of two swapped bytes, movbe would leave the register's others.
void Emitter::load_zero_extended(const Mem& at, const Inst& i, Gpr d) {
  const unsigned size = ir::bytes_of(i.type);
  const bool swap = (i.aux & ir::kBigEndian) != 0 && size > 1;
  if (swap && size > 2) return a_.movbe_load(d, at, size);
  a_.load(d, at, size);
  if (!swap) return;
  a_.rol16(d, 8);
  kept_flags_ = false;
}

/// A load and what widens it.
void Emitter::load_widened(const Mem& at, const Inst& i, Ref n) {
  const Inst& to = unit_.code[n];
  const unsigned size = ir::bytes_of(i.type), wide = ir::bytes_of(to.type) == 8 ? 8 : 4;
  const bool swap = (i.aux & ir::kBigEndian) != 0 && size > 1;
  const bool sign = to.op == ir::Op::sext;
  const Gpr d = dest(n);
  fault_point();
  if (sign && !swap && ir::bytes_of(to.type) >= 4) return a_.load_sx(d, at, size, wide);
  load_zero_extended(at, i, d);
  if (!sign) return;
  a_.movsx(d, d, size, wide);
  if (ir::bytes_of(to.type) < 4) a_.movzx(d, d, ir::bytes_of(to.type));
}

void Emitter::store(Ref n) {
  const Inst& i = unit_.code[n];
  const unsigned size = ir::bytes_of(i.type);
  const bool swap = (i.aux & ir::kBigEndian) != 0 && size > 1;
  const Ref value = i.args[1];
  kept_flags_ = true;
  if (ir::in_xmm(i.type) && (!swap || i.type == Type::v128)) {
    Xmm v = usef(value);
    if (swap) {
      const Xmm reversed = scratch_xmm();
      reverse_bytes(reversed, v);
      v = reversed;
    }
    const Mem at = address(i, true);
    fault_point();
    a_.storef(at, v, size);
    return consume(i);
  }
  if (is_konst(value) && !swap && fits_imm(value, size)) {
    const Mem at = address(i, true);
    fault_point();
    a_.store_imm(at, static_cast<std::int32_t>(konst(value)), size);
    return consume(i);
  }
  Gpr v;
  if (ir::is_float(i.type)) {
    v = scratch();
    a_.movf(v, usef(value), size);
  } else {
    v = use(value);
  }
  const Mem at = address(i, true);
  fault_point();
  if (swap) {
    a_.movbe_store(at, v, size);
  } else {
    a_.store(at, v, size);
  }
  consume(i);
}

void Emitter::atomic_cas(Ref n) {
  const Inst& i = unit_.code[n];
  const unsigned size = ir::bytes_of(i.type);
  const bool swap = (i.aux & ir::kBigEndian) != 0 && size > 1;
  claim(Gpr::rax);
  const Mem at = address(i, true);
  const Gpr desired = scratch();
  a_.mov(desired, use(i.args[2]), 8);
  a_.mov(Gpr::rax, use(i.args[1]), 8);
  const auto reverse = [&](Gpr r) {
    if (!swap) return;
    a_.bswap(r, size == 8 ? 8 : 4);
    if (size == 2) a_.shift_imm(Shift::shr, r, 16, 4);
  };
  reverse(desired);
  reverse(Gpr::rax);
  fault_point();
  a_.cmpxchg_lock(at, desired, size);
  reverse(Gpr::rax);
  consume(i);
  const Gpr d = dest(n, Gpr::rax);
  if (d != Gpr::rax) a_.mov(d, Gpr::rax, size == 8 ? 8 : 4);
}

void Emitter::atomic_swap(Ref n) {
  const Inst& i = unit_.code[n];
  const unsigned size = ir::bytes_of(i.type);
  const bool swap = (i.aux & ir::kBigEndian) != 0 && size > 1;
  const Mem at = address(i, true);
  const Gpr value = scratch();
  a_.mov(value, use(i.args[1]), 8);
  const auto reverse = [&] {
    if (!swap) return;
    a_.bswap(value, size == 8 ? 8 : 4);
    if (size == 2) a_.shift_imm(Shift::shr, value, 16, 4);
  };
  reverse();
  fault_point();
  a_.xchg(at, value, size);
  reverse();
  consume(i);
  const Gpr d = dest(n, value);
  if (d != value) a_.mov(d, value, size == 8 ? 8 : 4);
}

}  // namespace emulate::jit::x64
