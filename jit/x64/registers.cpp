#include <algorithm>

#include "jit/x64/emitter.h"

namespace emulate::jit::x64 {

using ir::Op;

namespace {

constexpr Gpr kTemps[] = {Gpr::rax, Gpr::rcx, Gpr::rdx, Gpr::rsi, Gpr::rdi};
constexpr Gpr kSlotRegs[] = {Gpr::rbx, Gpr::rbp, Gpr::r12, Gpr::r8,
                             Gpr::r9,  Gpr::r10, Gpr::r11, Gpr::r13};
constexpr unsigned kXmmTemps = 4;

constexpr Mem spill_at(unsigned n) { return context_at(offsetof(Context, spills) + 8 * n); }

bool overlap(const ir::Inst& a, std::uint64_t offset, ir::Type type) {
  return a.imm < offset + ir::bytes_of(type) && offset < a.imm + ir::bytes_of(a.type);
}

/// `a` is an `and` and `user` asks whether it is 0.
bool tests_bits(const ir::Unit& unit, const ir::Inst& a, const ir::Inst& user) {
  const ir::Inst& zero = unit.code[user.args[1]];
  if ((user.op != Op::eq && user.op != Op::ne) || zero.op != Op::konst || zero.imm != 0)
    return false;
  const ir::Inst& bits = unit.code[a.args[1]];
  constexpr std::uint64_t kMostImmediate = 0x7fff'ffff;
  return ir::bytes_of(a.type) >= 4 && (bits.op != Op::konst || bits.imm <= kMostImmediate);
}

/// A shift that an address can do.
bool is_scale(const ir::Unit& unit, const ir::Inst& i) {
  const ir::Inst& count = unit.code[i.args[1]];
  return ir::bytes_of(i.type) >= 4 && count.op == Op::konst && count.imm >= 1 && count.imm <= 3;
}

/// 32-bit operations whose code ignores the upper halves of operands' registers.
bool reads_low_half(const ir::Inst& i) {
  switch (i.op) {
    case Op::add:
    case Op::sub:
    case Op::mul:
    case Op::and_:
    case Op::or_:
    case Op::xor_:
    case Op::shl:
    case Op::shr:
    case Op::sar:
    case Op::not_:
    case Op::neg:
    case Op::eq:
    case Op::ne:
    case Op::lt_s:
    case Op::lt_u:
    case Op::le_s:
    case Op::le_u:
      return i.type == ir::Type::i32;
    case Op::sext:
      return i.aux == static_cast<std::uint16_t>(ir::Type::i32);
    default:
      return false;
  }
}

/// Operations that can take a compare's flags directly.
bool fuses(Op op) {
  return op == Op::branch_if || op == Op::raise_if || op == Op::replay_if || op == Op::select ||
         op == Op::call_if;
}

}  // namespace

Emitter::Emitter(const ir::Unit& unit, Assembler& a, const Thunks& thunks, bool wide, Block& block)
    : unit_(unit),
      a_(a),
      thunks_(thunks),
      wide_(wide),
      region_(unit.loops()),
      block_(block),
      values_(unit.code.size()),
      slot_of_(unit.code.size(), -1) {}

void Emitter::find_blocks() {
  const auto size = static_cast<Ref>(unit_.code.size());
  if (unit_.blocks.empty()) {
    blocks_.push_back({.pc = unit_.pc, .first = 1, .end = size, .label = {}});
  }
  for (const ir::BlockStart& b : unit_.blocks) {
    if (!blocks_.empty()) blocks_.back().end = b.first;
    blocks_.push_back({.pc = b.pc, .first = b.first, .end = size, .label = {}});
  }
  if (!region_) return;
  for (std::size_t from = 0; from < blocks_.size(); ++from) {
    for (Ref n = blocks_[from].first; n < blocks_[from].end; ++n) {
      const Inst& i = unit_.code[n];
      if (i.op != Op::jump && i.op != Op::branch_if) continue;
      BlockState* to = local(i.imm);
      if (to == nullptr || index_of(*to) > from) continue;
      to->head = true;
      for (std::size_t k = index_of(*to); k <= from; ++k) ++blocks_[k].depth;
    }
  }
}

Emitter::BlockState* Emitter::local(std::uint64_t pc) {
  if (!region_) return nullptr;
  const auto at = std::lower_bound(blocks_.begin(), blocks_.end(), pc,
                                   [](const BlockState& b, std::uint64_t v) { return b.pc < v; });
  return at != blocks_.end() && at->pc == pc ? &*at : nullptr;
}

/// Which slots may be dirty where each block begins: what any way there leaves.
void Emitter::flow_dirty() {
  for (bool changed = true; changed;) {
    changed = false;
    for (const BlockState& b : blocks_) {
      std::uint32_t mask = b.dirty;
      for (Ref n = b.first; n < b.end; ++n) {
        const Inst& i = unit_.code[n];
        if (i.op == Op::set_slot && slot_of_[n] >= 0) mask |= 1u << slot_of_[n];
        if (i.op == Op::call) mask = 0;
        if (i.op != Op::jump && i.op != Op::branch_if) continue;
        BlockState* to = local(i.imm);
        if (to == nullptr || (mask & ~to->dirty) == 0) continue;
        to->dirty |= mask;
        changed = true;
      }
    }
  }
}

void Emitter::analyze() {
  find_blocks();
  std::vector<Ref> user(unit_.code.size());
  for (std::size_t n = 1; n < unit_.code.size(); ++n) {
    const Inst& i = unit_.code[n];
    for (const Ref r : i.args) {
      ++values_[r].uses;
      user[r] = static_cast<Ref>(n);
    }
  }
  find_fusible(user);
  choose_slots();
  for (std::size_t n = unit_.code.size(); n-- > 1;) {
    const Inst& i = unit_.code[n];
    if (i.op == Op::set_slot && slot_of_[n] >= 0) values_[i.args[0]].set_at = static_cast<Ref>(n);
  }
  if (region_) flow_dirty();
}

void Emitter::find_fusible(const std::vector<Ref>& user) {
  for (std::size_t n = 1; n < unit_.code.size(); ++n) {
    const Inst& i = unit_.code[n];
    Value& v = values_[n];
    if (i.op == Op::konst) v.in = Value::In::konst;
    v.low_only = i.op == Op::trunc && i.type == Type::i32;
    const Inst& u = unit_.code[user[n]];
    if (v.uses != 1) continue;
    if (i.op == Op::shl && is_scale(unit_, i)) {
      const Ref other = u.args[u.args[0] == n ? 1 : 0];
      v.deferred_ok = u.op == Op::add && !is_konst(other) && !values_[other].deferred_ok;
    }
    if (u.args[0] != n) continue;
    const bool test = ir::is_compare(i.op) || (ir::is_fcmp(i.op) && i.op != Op::fcmp_eq);
    if (test) v.deferred_ok = fuses(u.op);
    if (i.op == Op::and_) v.deferred_ok = tests_bits(unit_, i, u);
  }
  for (const Inst& i : unit_.code) {
    for (const Ref r : i.args) {
      if (r != ir::kNone) values_[r].low_only &= reads_low_half(i);
    }
  }
}

void Emitter::choose_slots() {
  struct Candidate {
    std::uint32_t offset;
    Type type;
    unsigned weight;
    bool mixed;
  };
  std::vector<Candidate> found;
  std::size_t block = 0;
  for (std::size_t n = 1; n < unit_.code.size(); ++n) {
    const Inst& i = unit_.code[n];
    if (n == blocks_[block].end) ++block;
    if (i.op != Op::get_slot && i.op != Op::set_slot) continue;
    const bool set = i.op == Op::set_slot;
    constexpr unsigned kLoopShift = 3, kMaxDepth = 5;  // a loop is taken to run eight times
    const unsigned depth = std::min(blocks_[block].depth, kMaxDepth);
    const unsigned weight = (set ? values_[i.args[0]].uses : values_[n].uses) << kLoopShift * depth;
    auto it = std::find_if(found.begin(), found.end(), [&](const Candidate& c) {
      return c.offset == i.imm && c.type == i.type;
    });
    if (it == found.end()) {
      found.push_back({static_cast<std::uint32_t>(i.imm), i.type, 0, false});
      it = found.end() - 1;
    }
    it->weight += weight;
  }
  for (Candidate& c : found) {
    for (Candidate& d : found) {
      if (&c != &d && c.offset < d.offset + ir::bytes_of(d.type) &&
          d.offset < c.offset + ir::bytes_of(c.type)) {
        c.mixed = d.mixed = true;
      }
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Candidate& c, const Candidate& d) { return c.weight > d.weight; });
  unsigned gprs = 0, xmms = kXmmTemps;
  const unsigned gpr_limit = std::size(kSlotRegs) - (wide_ ? 1 : 0);
  for (const Candidate& c : found) {
    if (c.mixed || c.weight < (region_ ? 3 : 2)) continue;
    SlotState s;
    s.home = {c.offset, c.type, 0};
    if (ir::is_float(c.type)) {
      if (xmms == 16) continue;
      s.home.reg = static_cast<std::uint8_t>(xmms++);
    } else if (ir::is_int(c.type)) {
      if (gprs == gpr_limit) continue;
      s.home.reg = static_cast<std::uint8_t>(num(kSlotRegs[gprs++]));
    } else {
      continue;
    }
    slots_.push_back(std::move(s));
  }
  for (std::size_t n = 1; n < unit_.code.size(); ++n) {
    const Inst& i = unit_.code[n];
    if (i.op != Op::get_slot && i.op != Op::set_slot) continue;
    for (std::size_t s = 0; s < slots_.size(); ++s) {
      if (slots_[s].home.offset == i.imm && slots_[s].home.type == i.type) {
        slot_of_[n] = static_cast<std::int8_t>(s);
      }
    }
  }
}

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
    spills_used_ &= ~(std::uint64_t{1} << v.reg);
  } else if (v.in == Value::In::memory) {
    std::erase(in_memory_, r);
  }
  v.in = Value::In::nowhere;
}

void Emitter::consume(const Inst& i) {
  for (const Ref r : i.args) {
    if (r == ir::kNone) continue;
    Value& v = values_[r];
    if (--v.uses == 0 && v.in != Value::In::konst) release(r);
  }
}

bool Emitter::spill_one(bool xmm) {
  auto& owner = xmm ? xmm_owner_ : gpr_owner_;
  const std::uint32_t busy = xmm ? xmm_busy_ : gpr_busy_;
  for (unsigned n = 0; n < 16; ++n) {
    if (owner[n] != 0 && (busy >> n & 1) == 0) {
      spill(owner[n]);
      return true;
    }
  }
  failed_ = true;
  return false;
}

void Emitter::spill(Ref r) {
  Value& v = values_[r];
  unsigned n = 0;
  while (n < kSpillSlots && (spills_used_ >> n & 1) != 0) ++n;
  if (n == kSpillSlots) {
    failed_ = true;
    return;
  }
  if (v.in == Value::In::gpr) {
    a_.store(spill_at(n), static_cast<Gpr>(v.reg), 8);
  } else {
    a_.storef(spill_at(n), static_cast<Xmm>(v.reg), 8);
  }
  release(r);
  spills_used_ |= std::uint64_t{1} << n;
  v.in = Value::In::spill;
  v.reg = static_cast<std::uint8_t>(n);
}

Gpr Emitter::alloc_gpr() {
  for (int pass = 0; pass < 2; ++pass) {
    for (const Gpr r : kTemps) {
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
    for (unsigned n = 0; n < kXmmTemps; ++n) {
      if (xmm_owner_[n] == 0 && (xmm_busy_ >> n & 1) == 0) {
        xmm_busy_ |= 1u << n;
        return static_cast<Xmm>(n);
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
    gpr_busy_ |= 1u << num(r);
    const Gpr other = alloc_gpr();
    if (failed_) return;
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
        a_.load(t, state_at(unit_.code[r].imm), ir::bytes_of(unit_.code[r].type));
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
    case Value::In::memory:
    case Value::In::spill: {
      const Xmm t = alloc_xmm();
      a_.loadf(t, v.in == Value::In::memory ? state_at(unit_.code[r].imm) : spill_at(v.reg),
               v.in == Value::In::memory ? size : 8);
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
    if (i.op == Op::stash || i.op == Op::unstash) return -1;
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
                     std::find(std::begin(kTemps), std::end(kTemps), prefer) != std::end(kTemps);
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
  const bool reuse = prefer != Xmm::none && num(prefer) < kXmmTemps && xmm_owner_[num(prefer)] == 0;
  const Xmm r = reuse ? prefer : alloc_xmm();
  if (values_[n].uses > 0) place(n, r);
  return r;
}

// --- Slots ---

void Emitter::load_slot(unsigned s) {
  SlotState& slot = slots_[s];
  if (slot.valid) return;
  slot.valid = true;
  const unsigned size = ir::bytes_of(slot.home.type);
  const Mem at = state_at(slot.home.offset);
  if (ir::is_float(slot.home.type)) {
    a_.loadf(static_cast<Xmm>(slot.home.reg), at, size);
  } else {
    a_.load(static_cast<Gpr>(slot.home.reg), at, size);
  }
}

void Emitter::store_slot(unsigned s) {
  const SlotState& slot = slots_[s];
  const unsigned size = ir::bytes_of(slot.home.type);
  const Mem at = state_at(slot.home.offset);
  if (ir::is_float(slot.home.type)) {
    a_.storef(at, static_cast<Xmm>(slot.home.reg), size);
  } else {
    a_.store(at, static_cast<Gpr>(slot.home.reg), size);
  }
}

std::uint32_t Emitter::dirty_mask() const {
  std::uint32_t mask = 0;
  for (std::size_t s = 0; s < slots_.size(); ++s) {
    if (slots_[s].dirty) mask |= 1u << s;
  }
  return mask;
}

void Emitter::flush(std::uint32_t mask) {
  for (unsigned s = 0; s < slots_.size(); ++s) {
    if ((mask >> s & 1) != 0) store_slot(s);
  }
}

void Emitter::flush_all(bool mark_clean) {
  flush(dirty_mask());
  if (!mark_clean) return;
  for (SlotState& slot : slots_) slot.dirty = false;
}

/// The register of slot s is about to change: values that still need the old contents move.
void Emitter::drop_aliases(unsigned s, Ref except) {
  SlotState& slot = slots_[s];
  const auto aliases = slot.aliases;
  for (const Ref r : aliases) {
    if (r == except) continue;
    release(r);
    if (ir::is_float(slot.home.type)) {
      const Xmm t = alloc_xmm();
      a_.movf(t, static_cast<Xmm>(slot.home.reg));
      place(r, t);
    } else {
      const Gpr t = alloc_gpr();
      a_.mov(t, static_cast<Gpr>(slot.home.reg), 8);
      place(r, t);
    }
  }
}

void Emitter::get_slot(Ref n) {
  const Inst& i = unit_.code[n];
  Value& v = values_[n];
  if (v.uses == 0) return;
  if (slot_of_[n] < 0) {
    v.in = Value::In::memory;
    in_memory_.push_back(n);
    return;
  }
  const auto s = static_cast<unsigned>(slot_of_[n]);
  load_slot(s);
  SlotState& slot = slots_[s];
  v.in = ir::is_float(i.type) ? Value::In::xmm : Value::In::gpr;
  v.reg = slot.home.reg;
  v.slot = static_cast<std::int8_t>(s);
  slot.aliases.push_back(n);
}

/// A slot without a register.
void Emitter::set_in_memory(Ref n) {
  const Inst& i = unit_.code[n];
  const Ref r = i.args[0];
  const unsigned size = ir::bytes_of(i.type);
  const auto waiting = in_memory_;
  for (const Ref m : waiting) {
    const Inst& g = unit_.code[m];
    if (m == r && values_[r].uses == 1 && g.imm == i.imm) continue;
    if (!overlap(i, g.imm, g.type)) continue;
    if (ir::is_float(g.type)) {
      usef(m);
    } else {
      use(m);
    }
  }
  if (fits_imm(r, size) && !ir::is_float(i.type)) {
    a_.store_imm(state_at(i.imm), static_cast<std::int32_t>(konst(r)), size);
  } else if (ir::is_float(i.type)) {
    a_.storef(state_at(i.imm), usef(r), size);
  } else {
    a_.store(state_at(i.imm), use(r), size);
  }
  consume(i);
}

void Emitter::set_slot(Ref n) {
  const Inst& i = unit_.code[n];
  const Ref r = i.args[0];
  const unsigned size = ir::bytes_of(i.type);
  if (slot_of_[n] < 0) {
    if (deferred_.open) return deferred_.stores.push_back(n);
    return set_in_memory(n);
  }
  const auto s = static_cast<unsigned>(slot_of_[n]);
  SlotState& slot = slots_[s];
  Value& v = values_[r];
  if (v.slot != static_cast<int>(s)) {
    checkpoint(s);
    drop_aliases(s, r);
    if (ir::is_float(i.type)) {
      const Xmm home = static_cast<Xmm>(slot.home.reg);
      const Xmm from = usef(r);
      if (from != home) a_.movf(home, from);
    } else if (is_konst(r)) {
      a_.mov_imm(static_cast<Gpr>(slot.home.reg), konst(r));
    } else if (in_memory(r)) {
      a_.load(static_cast<Gpr>(slot.home.reg), state_at(unit_.code[r].imm), size);
    } else {
      a_.mov(static_cast<Gpr>(slot.home.reg), use(r), size == 8 ? 8 : 4);
    }
    // From here on the value is read from the slot's register, and its temporary is free.
    const bool temporary = (v.in == Value::In::gpr || v.in == Value::In::xmm) && v.slot < 0;
    if (temporary && v.uses > 1) {
      release(r);
      v.in = ir::is_float(i.type) ? Value::In::xmm : Value::In::gpr;
      v.reg = slot.home.reg;
      v.slot = static_cast<std::int8_t>(s);
      slot.aliases.push_back(r);
    }
  }
  slot.valid = true;
  slot.dirty = true;
  consume(i);
}

// --- Runs that may be done again ---

void Emitter::defer() {
  deferred_ = {.open = true, .pc = guest_pc_, .dirty = dirty_mask(), .stores = {}};
}

/// The register of slot s is about to change: a replay needs what it holds.
void Emitter::checkpoint(unsigned s) {
  if (!deferred_.open || (deferred_.dirty >> s & 1) == 0) return;
  store_slot(s);
  deferred_.dirty &= ~(1u << s);
}

void Emitter::settle() {
  deferred_.open = false;
  for (const Ref n : deferred_.stores) {
    set_in_memory(n);
    end_instruction();
  }
}

namespace {

bool within(const SlotHome& home, const ir::Inst& copy) {
  const std::uint32_t from = ir::copy_slots(copy.imm);
  return home.offset < from + copy.aux && from < home.offset + ir::bytes_of(home.type);
}

}  // namespace

/// Copies 16 bytes at a time between the slots and the array; the index is in a register.
void Emitter::copy_slots(const Inst& i) {
  const Gpr index = use(i.args[0]);
  const Xmm t = scratch_xmm();
  for (std::uint32_t at = 0; at < i.aux; at += 16) {
    const Mem slots = state_at(ir::copy_slots(i.imm) + at);
    Mem array = state_at(ir::copy_array(i.imm) + at);
    array.index = index;
    a_.loadv(t, i.op == Op::stash ? slots : array);
    a_.storev(i.op == Op::stash ? array : slots, t);
  }
  consume(i);
}

void Emitter::stash(Ref n) {
  const Inst& i = unit_.code[n];
  for (unsigned s = 0; s < slots_.size(); ++s) {
    if (slots_[s].dirty && within(slots_[s].home, i)) store_slot(s);
  }
  copy_slots(i);
}

void Emitter::unstash(Ref n) {
  const Inst& i = unit_.code[n];
  const auto waiting = in_memory_;
  for (const Ref m : waiting) {
    const Inst& g = unit_.code[m];
    if (!within({static_cast<std::uint32_t>(g.imm), g.type, 0}, i)) continue;
    if (ir::is_float(g.type)) {
      usef(m);
    } else {
      use(m);
    }
    // Not one of this operation's own: it may be spilled to make room for the next.
    end_instruction();
  }
  for (unsigned s = 0; s < slots_.size(); ++s) {
    if (!within(slots_[s].home, i)) continue;
    drop_aliases(s, ir::kNone);
    end_instruction();
  }
  copy_slots(i);
  for (unsigned s = 0; s < slots_.size(); ++s) {
    if (!within(slots_[s].home, i)) continue;
    slots_[s].valid = false;
    if (region_) {
      load_slot(s);
    } else {
      slots_[s].dirty = false;
    }
  }
}

/// Before a helper runs: every value that is still needed moves to the Context.
void Emitter::save_values() {
  while (!in_memory_.empty() && !failed_) {
    const Ref m = in_memory_.back();
    const bool xmm = ir::is_float(unit_.code[m].type);
    if (xmm) {
      usef(m);
    } else {
      use(m);
    }
    spill(m);
    end_instruction();
  }
  for (SlotState& slot : slots_) {
    const auto aliases = slot.aliases;
    for (const Ref r : aliases) {
      if (values_[r].uses > 0) spill(r);
    }
  }
  for (unsigned n = 0; n < 16; ++n) {
    if (gpr_owner_[n] != 0) spill(gpr_owner_[n]);
    if (xmm_owner_[n] != 0) spill(xmm_owner_[n]);
  }
}

void Emitter::reload_slots() {
  for (unsigned s = 0; s < slots_.size(); ++s) {
    slots_[s].valid = false;
    slots_[s].dirty = false;
    if (region_) load_slot(s);
  }
}

}  // namespace emulate::jit::x64
