/// Host registers of values.

#include <algorithm>
#include <bit>

#include "jit/x64/emitter.h"

namespace emulate::jit::x64 {

using ir::Op;

namespace {

constexpr Mem spill_at(unsigned n) { return context_at(offsetof(Context, spills) + 8 * n); }
/// The spill slots of a value, shifted to the first.
constexpr std::uint64_t spill_mask(ir::Type t) { return t == ir::Type::v128 ? 3 : 1; }

bool overlap(const ir::Inst& a, std::uint64_t offset, ir::Type type) {
  return a.imm < offset + ir::bytes_of(type) && offset < a.imm + ir::bytes_of(a.type);
}

}  // namespace

// --- Temporaries ---

void Emitter::release(Ref r) {
  Value& v = values_[r];
  if (v.slot >= 0) {
    std::erase(slots_[static_cast<unsigned>(v.slot)].aliases, r);
    v.slot = -1;
  } else if (v.in == Value::In::gpr && gpr_owner_[v.reg] == r) {
    gpr_owner_[v.reg] = 0;
  } else if (v.in == Value::In::xmm && xmm_owner_[v.reg] == r) {
    xmm_owner_[v.reg] = 0;
  } else if (v.in == Value::In::spill) {
    spills_used_ &= ~(spill_mask(unit_.code[r].type) << v.reg);
  }
  v.in = Value::In::nowhere;
}

/// The slot without a register at `offset` has the value r as well.
void Emitter::back(Ref r, std::uint64_t offset) {
  unback(r);
  values_[r].backed = static_cast<std::int32_t>(offset);
  backed_.push_back(r);
}

void Emitter::unback(Ref r) {
  if (values_[r].backed < 0) return;
  values_[r].backed = -1;
  std::erase(backed_, r);
}

void Emitter::consume(const Inst& i) {
  for (const Ref r : i.args) {
    if (r == ir::kNone) continue;
    Value& v = values_[r];
    if (--v.uses != 0 || v.in == Value::In::konst) continue;
    release(r);
    unback(r);
  }
}

/// Makes room: the value goes that is not used for longest.
bool Emitter::spill_one(bool xmm) {
  const auto& owner = xmm ? xmm_owner_ : gpr_owner_;
  std::uint32_t open = 0;  // registers whose value's next use was not found yet
  for (unsigned n = 0; n < 16; ++n) {
    const bool busy = ((xmm ? xmm_busy_ : gpr_busy_) >> n & 1) != 0;
    if (owner[n] != 0 && !busy) open |= 1u << n;
  }
  if (open == 0) {
    failed_ = true;
    return false;
  }
  const Ref end = blocks_[block_index_].end;
  for (Ref n = at_; n < end && (open & (open - 1)) != 0; ++n) {
    for (const Ref r : unit_.code[n].args) {
      const Value& v = values_[r];
      const bool here = r != ir::kNone && v.in == (xmm ? Value::In::xmm : Value::In::gpr);
      const bool several = (open & (open - 1)) != 0;
      if (here && several && owner[v.reg] == r) open &= ~(1u << v.reg);
    }
  }
  spill(owner[static_cast<unsigned>(std::countr_zero(open))]);
  return true;
}

void Emitter::spill(Ref r) {
  Value& v = values_[r];
  if (v.backed >= 0) {
    release(r);
    v.in = Value::In::memory;
    return;
  }
  const std::uint64_t mask = spill_mask(unit_.code[r].type);
  const unsigned end = kSpillSlots - (mask == 1 ? 0 : 1);
  unsigned n = 0;
  while (n < end && (spills_used_ >> n & mask) != 0) ++n;
  if (n == end) {
    failed_ = true;
    return;
  }
  if (v.in == Value::In::gpr) {
    a_.store(spill_at(n), static_cast<Gpr>(v.reg), 8);
  } else {
    a_.storef(spill_at(n), static_cast<Xmm>(v.reg), mask == 1 ? 8 : 16);
  }
  release(r);
  spills_used_ |= mask << n;
  v.in = Value::In::spill;
  v.reg = static_cast<std::uint8_t>(n);
}

Gpr Emitter::alloc_gpr() {
  for (int pass = 0; pass < 2; ++pass) {
    for (const Gpr r : temps_) {
      if (gpr_owner_[num(r)] == 0 && (gpr_busy_ >> num(r) & 1) == 0) {
        gpr_busy_ |= 1u << num(r);
        return r;
      }
    }
    if (!spill_one(false)) break;
  }
  return Gpr::rax;
}
Xmm Emitter::alloc_xmm() {
  for (int pass = 0; pass < 2; ++pass) {
    for (const Xmm x : xmm_temps_) {
      if (xmm_owner_[num(x)] == 0 && (xmm_busy_ >> num(x) & 1) == 0) {
        xmm_busy_ |= 1u << num(x);
        return x;
      }
    }
    if (!spill_one(true)) break;
  }
  return Xmm::xmm0;
}
Gpr Emitter::scratch() { return alloc_gpr(); }
Xmm Emitter::scratch_xmm() { return alloc_xmm(); }

void Emitter::claim(Gpr r) {
  const Ref owner = gpr_owner_[num(r)];
  if (owner != 0) {
    const bool busy = (gpr_busy_ >> num(r) & 1) != 0;
    gpr_busy_ |= 1u << num(r);
    const Gpr other = alloc_gpr();
    if (failed_) return;
    // The value that makes way may be spilled like any other.
    if (!busy) gpr_busy_ &= ~(1u << num(other));
    a_.mov(other, r, 8);
    gpr_owner_[num(r)] = 0;
    gpr_owner_[num(other)] = owner;
    values_[owner].reg = static_cast<std::uint8_t>(num(other));
  }
  gpr_busy_ |= 1u << num(r);
}

void Emitter::end_instruction() {
  gpr_busy_ = 0;
  xmm_busy_ = 0;
}

// --- Operands ---

bool Emitter::fits_imm(Ref r, unsigned size) const {
  if (!is_konst(r)) return false;
  if (size <= 4) return true;
  const auto v = static_cast<std::int64_t>(konst(r));
  return v == static_cast<std::int32_t>(v);
}

bool Emitter::in_memory(Ref r) const {
  return values_[r].in == Value::In::memory && values_[r].uses == 1 &&
         ir::bytes_of(unit_.code[r].type) >= 4;
}

Gpr Emitter::use(Ref r) {
  Value& v = values_[r];
  switch (v.in) {
    case Value::In::gpr:
      gpr_busy_ |= 1u << v.reg;
      return static_cast<Gpr>(v.reg);
    case Value::In::konst: {
      const Gpr t = scratch();
      a_.mov_imm(t, konst(r));
      return t;
    }
    case Value::In::memory:
    case Value::In::spill: {
      const Gpr t = alloc_gpr();
      if (v.in == Value::In::memory) {
        a_.load(t, backing(r), ir::bytes_of(unit_.code[r].type));
      } else {
        a_.load(t, spill_at(v.reg), 8);
      }
      release(r);
      place(r, t);
      return t;
    }
    case Value::In::xmm: {
      const Gpr t = scratch();
      a_.movf(t, static_cast<Xmm>(v.reg), ir::bytes_of(unit_.code[r].type));
      return t;
    }
    default:
      failed_ = true;
      return Gpr::rax;
  }
}

Xmm Emitter::usef(Ref r) {
  Value& v = values_[r];
  const unsigned size = ir::bytes_of(unit_.code[r].type);
  switch (v.in) {
    case Value::In::xmm:
      xmm_busy_ |= 1u << v.reg;
      return static_cast<Xmm>(v.reg);
    case Value::In::konst: {
      const Xmm t = scratch_xmm();
      if (konst(r) == 0) {
        a_.zerof(t);
        return t;
      }
      const Gpr g = scratch();
      a_.mov_imm(g, konst(r));
      a_.movf(t, g, 8);
      return t;
    }
    case Value::In::pool: {
      const Xmm t = scratch_xmm();
      load_pooled(t, r);
      return t;
    }
    case Value::In::memory:
    case Value::In::spill: {
      const Xmm t = alloc_xmm();
      if (v.in == Value::In::memory) {
        load_state(t, backing(r), unit_.code[r].type);
      } else {
        a_.loadf(t, spill_at(v.reg), size == 16 ? 16 : 8);
      }
      release(r);
      place(r, t);
      return t;
    }
    default:
      failed_ = true;
      return Xmm::xmm0;
  }
}

void Emitter::place(Ref n, Gpr r) {
  Value& v = values_[n];
  v.in = Value::In::gpr;
  v.reg = static_cast<std::uint8_t>(num(r));
  gpr_busy_ |= 1u << num(r);
  gpr_owner_[num(r)] = n;
}
void Emitter::place(Ref n, Xmm r) {
  Value& v = values_[n];
  v.in = Value::In::xmm;
  v.reg = static_cast<std::uint8_t>(num(r));
  xmm_busy_ |= 1u << num(r);
  xmm_owner_[num(r)] = n;
}

int Emitter::coalesced_slot(Ref n) const {
  const Ref set = values_[n].set_at;
  if (set == 0 || set - n > 8) return -1;
  const int s = slot_of_[set];
  const SlotState& slot = slots_[static_cast<unsigned>(s)];
  if (!slot.aliases.empty()) return -1;
  for (Ref k = static_cast<Ref>(n + 1); k < set; ++k) {
    const Inst& i = unit_.code[k];
    if (i.op == Op::move) return -1;
    const bool reads = (i.op == Op::get_slot || i.op == Op::set_slot) &&
                       overlap(i, slot.home.offset, slot.home.type);
    const bool looks = ir::op_info(i.op).may_leave || i.op == Op::call_if || i.op == Op::defer;
    if (reads || looks) return -1;
  }
  return s;
}

Gpr Emitter::dest(Ref n, Gpr prefer) {
  if (const int s = coalesced_slot(n); s >= 0) {
    checkpoint(static_cast<unsigned>(s));
    SlotState& slot = slots_[static_cast<unsigned>(s)];
    slot.aliases.push_back(n);
    slot.valid = true;
    values_[n].in = Value::In::gpr;
    values_[n].reg = slot.home.reg;
    values_[n].slot = static_cast<std::int8_t>(s);
    return static_cast<Gpr>(slot.home.reg);
  }
  const bool reuse = prefer != Gpr::none && gpr_owner_[num(prefer)] == 0 &&
                     std::find(temps_.begin(), temps_.end(), prefer) != temps_.end();
  const Gpr r = reuse ? prefer : alloc_gpr();
  if (values_[n].uses > 0) place(n, r);
  return r;
}

bool Emitter::rename(Ref n, Ref r) {
  Value& from = values_[r];
  Value& to = values_[n];
  if (from.in != Value::In::gpr) return false;
  if (from.slot >= 0) {
    to.in = Value::In::gpr;
    to.reg = from.reg;
    to.slot = from.slot;
    slots_[static_cast<unsigned>(from.slot)].aliases.push_back(n);
    return true;
  }
  if (from.uses != 1) return false;
  const auto reg = static_cast<Gpr>(from.reg);
  release(r);
  place(n, reg);
  return true;
}

Xmm Emitter::destf(Ref n, Xmm prefer) {
  if (const int s = coalesced_slot(n); s >= 0) {
    checkpoint(static_cast<unsigned>(s));
    SlotState& slot = slots_[static_cast<unsigned>(s)];
    slot.aliases.push_back(n);
    slot.valid = true;
    values_[n].in = Value::In::xmm;
    values_[n].reg = slot.home.reg;
    values_[n].slot = static_cast<std::int8_t>(s);
    return static_cast<Xmm>(slot.home.reg);
  }
  const bool reuse = prefer != Xmm::none && xmm_owner_[num(prefer)] == 0 &&
                     std::find(xmm_temps_.begin(), xmm_temps_.end(), prefer) != xmm_temps_.end();
  const Xmm r = reuse ? prefer : alloc_xmm();
  if (values_[n].uses > 0) place(n, r);
  return r;
}

}  // namespace emulate::jit::x64
