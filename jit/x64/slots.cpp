/// Guest registers in host registers.

#include <algorithm>

#include "jit/x64/emitter.h"

namespace emulate::jit::x64 {

using ir::Op;

/// A slot. A vector in two halves: its parts may have been stored one by one, and a longer load
/// would wait for that.
void Emitter::load_state(Xmm x, const Mem& at, Type t) {
  if (t != Type::v128) return a_.loadf(x, at, ir::bytes_of(t));
  a_.loadf(x, at, 8);
  Mem high = at;
  high.disp += 8;
  a_.load_high(x, x, high);
}

/// Entered with other numbers than 32 bits hold, the unit is of no use. Pinned slots are made what
/// they are throughout.
void Emitter::check_extended() {
  if (unit_.extended.empty()) return;
  Slow* s = slow_path(Slow::Kind::exit);
  s->exit = ExitKind::misfit;
  s->entering = true;
  s->pc = unit_.pc;
  for (const std::uint64_t offset : unit_.extended) {
    const auto slot = std::find_if(slots_.begin(), slots_.end(), [&](const SlotState& p) {
      const bool whole = p.home.extended || p.home.type == Type::i64;
      return p.pinned && whole && p.home.offset == offset;
    });
    if (slot != slots_.end()) {
      const Gpr whole = static_cast<Gpr>(slot->home.reg);
      a_.movsx(Gpr::rax, whole, 4, 8);
      a_.alu(Alu::cmp, Gpr::rax, whole, 8);
    } else {
      a_.load_sx(Gpr::rax, place_of(offset), 4, 8);
      a_.alu(Alu::cmp, Gpr::rax, place_of(offset), 8);
    }
    a_.jcc(Cc::ne, s->in);
  }
  for (const SlotState& slot : slots_) {
    const Gpr whole = static_cast<Gpr>(slot.home.reg);
    if (slot.pinned && slot.home.extended) a_.mov(whole, whole, 4);
  }
}

void Emitter::load_home(const SlotHome& home) {
  const unsigned size = ir::bytes_of(home.type);
  if (ir::in_xmm(home.type)) {
    load_state(static_cast<Xmm>(home.reg), place_of(home.offset), home.type);
  } else {
    a_.load(static_cast<Gpr>(home.reg), place_of(home.offset), size);
  }
}

void Emitter::load_slot(unsigned s) {
  if (!slots_[s].valid) load_home(slots_[s].home);
  slots_[s].valid = true;
}

void Emitter::store_home(const SlotHome& home) {
  const unsigned size = ir::bytes_of(home.type);
  if (ir::in_xmm(home.type)) {
    a_.storef(place_of(home.offset), static_cast<Xmm>(home.reg), size);
  } else if (home.extended) {
    extend(home);
    a_.store(place_of(home.offset), static_cast<Gpr>(home.reg), 8);
  } else {
    a_.store(place_of(home.offset), static_cast<Gpr>(home.reg), size);
  }
}

/// Where the unit is left: the register is not used as an i32 again.
void Emitter::extend(const SlotHome& home) {
  a_.movsx(static_cast<Gpr>(home.reg), static_cast<Gpr>(home.reg), 4, 8);
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

/// All state to memory, for a helper.
void Emitter::flush_all() {
  flush(dirty_mask());
  for (SlotState& slot : slots_) slot.dirty = false;
}

/// Before other code goes on: slots in `mask` are newer than memory. For a replay, the registers of
/// the others are of no use.
void Emitter::leave_state(std::uint32_t mask, bool replay) {
  for (unsigned s = 0; s < slots_.size(); ++s) {
    const bool dirty = (mask >> s & 1) != 0;
    if (dirty && !slots_[s].pinned) store_slot(s);
    if (slots_[s].pinned && slots_[s].home.extended) extend(slots_[s].home);
  }
  for (unsigned s = 0; s < slots_.size() && replay; ++s) {
    if (slots_[s].pinned && (mask >> s & 1) == 0) load_home(slots_[s].home);
  }
  for (const SlotHome& home : evicted_) load_home(home);
}

/// The register of slot s is about to change: values that still need the old contents move.
void Emitter::drop_aliases(unsigned s, Ref except) {
  SlotState& slot = slots_[s];
  const auto aliases = slot.aliases;
  for (const Ref r : aliases) {
    if (r == except) continue;
    release(r);
    if (ir::in_xmm(slot.home.type)) {
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
    return back(n, i.imm);
  }
  const auto s = static_cast<unsigned>(slot_of_[n]);
  load_slot(s);
  SlotState& slot = slots_[s];
  v.in = ir::in_xmm(i.type) ? Value::In::xmm : Value::In::gpr;
  v.reg = slot.home.reg;
  v.slot = static_cast<std::int8_t>(s);
  slot.aliases.push_back(n);
}

/// Slots in memory are about to change: values that are only there move to registers.
void Emitter::overwrite(std::uint64_t offset, unsigned bytes, Ref except) {
  const auto backed = backed_;
  for (const Ref m : backed) {
    const auto at = static_cast<std::uint64_t>(values_[m].backed);
    const Type t = unit_.code[m].type;
    if (m == except || values_[m].backed < 0 || at >= offset + bytes ||
        offset >= at + ir::bytes_of(t)) {
      continue;
    }
    if (values_[m].in == Value::In::memory) {
      if (ir::in_xmm(t)) {
        usef(m);
      } else {
        use(m);
      }
      // Not one of this operation's own: it may be spilled to make room for the next.
      gpr_busy_ = 0;
      xmm_busy_ = 0;
    }
    unback(m);
  }
}

/// A slot without a register.
void Emitter::set_in_memory(Ref n) {
  const Inst& i = unit_.code[n];
  const Ref r = i.args[0];
  const unsigned size = ir::bytes_of(i.type);
  const bool itself =
      values_[r].backed >= 0 && i.imm == static_cast<std::uint64_t>(values_[r].backed);
  overwrite(i.imm, size, itself ? r : ir::kNone);
  const bool extended = i.aux == ir::kSignExtended;
  if (fits_imm(r, size) && !ir::in_xmm(i.type)) {
    a_.store_imm(place_of(i.imm), static_cast<std::int32_t>(konst(r)), extended ? 8 : size);
  } else if (extended) {
    const Gpr from = use(r), whole = scratch();
    a_.movsx(whole, from, 4, 8);
    a_.store(place_of(i.imm), whole, 8);
  } else if (ir::in_xmm(i.type)) {
    a_.storef(place_of(i.imm), usef(r), size);
  } else {
    a_.store(place_of(i.imm), use(r), size);
  }
  const bool more = values_[r].uses > 1 && !is_konst(r) && unit_.code[r].type == i.type;
  consume(i);
  if (more) back(r, i.imm);
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
    if (ir::in_xmm(i.type)) {
      const Xmm home = static_cast<Xmm>(slot.home.reg);
      if (in_pool(r)) {
        load_pooled(home, r);
      } else if (const Xmm from = usef(r); from != home) {
        a_.movf(home, from);
      }
    } else if (is_konst(r)) {
      a_.mov_imm(static_cast<Gpr>(slot.home.reg), konst(r));
    } else if (in_memory(r)) {
      a_.load(static_cast<Gpr>(slot.home.reg), backing(r), size);
    } else {
      a_.mov(static_cast<Gpr>(slot.home.reg), use(r), size == 8 ? 8 : 4);
    }
    // From here on the value is read from the slot's register, and its temporary is free.
    const bool temporary = (v.in == Value::In::gpr || v.in == Value::In::xmm) && v.slot < 0;
    if (temporary && v.uses > 1) {
      release(r);
      v.in = ir::in_xmm(i.type) ? Value::In::xmm : Value::In::gpr;
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
  deferred_ = {.open = true, .pc = guest_pc_, .dirty = dirty_mask(), .begin = at_, .stores = {}};
  for (Ref n = at_; n < unit_.code.size() && unit_.code[n].op != Op::settle; ++n) {
    const Op op = unit_.code[n].op;
    if (op == Op::load || op == Op::store) deferred_.last_access = n;
    if (op == Op::replay_if) deferred_.last_replay = n;
  }
}

/// The register of slot s is about to change: a replay may need what it holds.
void Emitter::checkpoint(unsigned s) {
  if (!deferred_.open || (deferred_.dirty >> s & 1) == 0) return;
  const bool replays = at_ <= deferred_.last_replay && run_reads(s);
  if (at_ <= deferred_.last_access || replays) store_slot(s);
  deferred_.dirty &= ~(1u << s);
}

/// The value and what it is made of: an operation on it may have become one on a part of it.
std::vector<ir::Ref> Emitter::with_parts(Ref value) const {
  std::vector<Ref> parts{value};
  for (std::size_t k = 0; k < parts.size(); ++k) {
    const Inst& i = unit_.code[parts[k]];
    const bool folds =
        ir::is_integer(i.op) || i.op == Op::bitcast || i.op == Op::fneg || i.op == Op::fabs;
    if (!folds) continue;
    for (const Ref a : i.args) {
      const bool known = std::find(parts.begin(), parts.end(), a) != parts.end();
      if (a != ir::kNone && !is_konst(a) && !known) parts.push_back(a);
    }
  }
  return parts;
}

/// Whether the run at hand looks at what slot s held where the run begins. If not, and if all of
/// its loads are done, doing it again sets the slot before anybody sees it.
bool Emitter::run_reads(unsigned s) const {
  const SlotHome& home = slots_[s].home;
  std::vector<Ref> held;  // the value that the slot has, with its parts
  const auto is_held = [&](Ref r) { return std::find(held.begin(), held.end(), r) != held.end(); };
  for (Ref n = blocks_[block_index_].first; unit_.code[n].op != Op::settle; ++n) {
    const Inst& i = unit_.code[n];
    const bool inside = n > deferred_.begin;
    if (inside && std::any_of(std::begin(i.args), std::end(i.args), is_held)) return true;
    if (i.op == Op::move) return true;
    if (i.op != Op::get_slot && i.op != Op::set_slot) continue;
    if (i.imm >= home.offset + ir::bytes_of(home.type) ||
        home.offset >= i.imm + ir::bytes_of(i.type)) {
      continue;
    }
    if (slot_of_[n] != static_cast<int>(s)) return true;
    if (inside) return i.op == Op::get_slot;
    const Ref value = i.op == Op::get_slot ? n : i.args[0];
    if (is_konst(value)) return true;  // whoever reads it has it folded in
    held = with_parts(value);
  }
  return true;
}

void Emitter::settle() {
  deferred_.open = false;
  for (const Ref n : deferred_.stores) {
    set_in_memory(n);
    end_instruction();
  }
}

// --- Slots that move ---

std::uint32_t Emitter::moving_mask() const {
  std::uint32_t mask = 0;
  for (std::size_t s = 0; s < slots_.size(); ++s) {
    if (moving_.has(slots_[s].home.offset)) mask |= 1u << s;
  }
  return mask;
}

/// Values that are only in a slot's memory stay there, if the slot has a name afterwards under
/// which nobody keeps a register.
void Emitter::move_backed(const Inst& i) {
  const auto backed = backed_;
  for (const Ref m : backed) {
    Value& v = values_[m];
    if (v.backed < 0 || !moving_.has(static_cast<std::uint64_t>(v.backed))) continue;
    const Type t = unit_.code[m].type;
    auto offset = static_cast<std::uint64_t>(v.backed);
    const bool there = ir::follow(moving_, i.aux, false, offset, ir::bytes_of(t));
    const bool taken = std::any_of(slots_.begin(), slots_.end(), [&](const SlotState& s) {
      return s.home.offset < offset + ir::bytes_of(t) &&
             offset < s.home.offset + ir::bytes_of(s.home.type);
    });
    if (there && !taken) {
      v.backed = static_cast<std::int32_t>(offset);
      continue;
    }
    if (v.in == Value::In::memory) {
      if (ir::in_xmm(t)) {
        usef(m);
      } else {
        use(m);
      }
      end_instruction();
    }
    unback(m);
  }
}

/// Registers of slots that move are stored where these lay.
void Emitter::move(Ref n) {
  const Inst& i = unit_.code[n];
  const std::uint32_t mask = moving_mask();
  flush(dirty_mask() & mask);
  overwrite(moving_.distance, sizeof(std::uint64_t), ir::kNone);
  move_backed(i);
  for (unsigned s = 0; s < slots_.size(); ++s) {
    if ((mask >> s & 1) == 0) continue;
    drop_aliases(s, ir::kNone);
    end_instruction();
  }
  const auto by = static_cast<std::int16_t>(i.aux);
  a_.alu_imm(Alu::add, kMoved, by, 8);
  a_.alu_imm(Alu::add, state_at(moving_.distance), by, 8);
  for (unsigned s = 0; s < slots_.size(); ++s) {
    if ((mask >> s & 1) == 0) continue;
    slots_[s].valid = false;
    slots_[s].dirty = false;
    if (region_ || slots_[s].pinned) load_slot(s);
  }
}

/// Before a helper runs: every value that is still needed moves to the Context.
void Emitter::save_values() {
  const auto backed = backed_;
  for (const Ref m : backed) {
    if (values_[m].in == Value::In::memory) {
      if (ir::in_xmm(unit_.code[m].type)) {
        usef(m);
      } else {
        use(m);
      }
      unback(m);
      spill(m);
      end_instruction();
    } else {
      unback(m);
    }
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
    if (slots_[s].pinned) load_slot(s);  // side exits rely on it; others wait until they are read
  }
}

/// Blocks of a region find every slot in its register.
void Emitter::load_slots() {
  for (unsigned s = 0; s < slots_.size(); ++s) load_slot(s);
}

}  // namespace emulate::jit::x64
