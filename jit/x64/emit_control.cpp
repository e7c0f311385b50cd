#include "jit/engine/guest.h"
#include "jit/x64/emitter.h"

namespace emulate::jit::x64 {

using ir::Op;

bool Emitter::run() {
  analyze();
  begin();
  for (block_index_ = 0; block_index_ < blocks_.size(); ++block_index_) {
    BlockState& b = blocks_[block_index_];
    begin_block(b);
    for (Ref n = b.first; n < b.end && !failed_; ++n) {
      at_ = n;
      if (n > done_) {
        kept_flags_ = false;
        operation(n);
        if (!kept_flags_ && !keeps_flags(n)) forget_flags();
      }
      end_instruction();
      if (ir::is_terminal(unit_.code[n].op)) break;
    }
  }
  out_of_line();
  for (const SlotState& s : slots_) block_.slots.push_back(s.home);
  block_.end = a_.at();
  return !failed_ && !a_.overflow();
}

void Emitter::begin() {
  block_.start = a_.at();
  BlockState* entry = local(unit_.pc);
  block_.entry_poll = a_.at();
  if (entry == nullptr || !entry->polls) poll(unit_.pc, true);
  block_.entry = a_.at();
  count_entry();
  for (const SlotHome& home : evicted_) store_home(home);
  check_extended();
  if (entry == nullptr) return;
  for (unsigned s = 0; s < slots_.size(); ++s) load_slot(s);
  if (entry != &blocks_.front()) a_.jmp(entry->label);
}

void Emitter::forget_flags() {
  flags_of_ = ir::kNone;
  flags_ = {};
}

/// Whether the code of operations like n leaves the host's flags alone.
bool Emitter::keeps_flags(Ref n) const {
  const Inst& i = unit_.code[n];
  switch (i.op) {
    case Op::nop:
    case Op::konst:
    case Op::guest_pc:
    case Op::get_slot:
    case Op::set_slot:
    case Op::zext:
    case Op::defer:
    case Op::settle:
    case Op::fadd:
    case Op::fsub:
    case Op::fmul:
    case Op::fdiv:
    case Op::fsqrt:
    case Op::fma:
    case Op::fcvt:
    case Op::bitcast:
      return true;
    case Op::trunc:
      return i.type != ir::Type::i1;
    default:
      return ir::is_vector(i.op);
  }
}

void Emitter::begin_block(BlockState& b) {
  forget_flags();
  if (!region_) return;
  // What the last block's end did not use up.
  gpr_owner_.fill(ir::kNone);
  xmm_owner_.fill(ir::kNone);
  backed_.clear();
  spills_used_ = 0;
  for (SlotState& slot : slots_) slot.aliases.clear();
  a_.bind(b.label);
  for (unsigned s = 0; s < slots_.size(); ++s) {
    slots_[s].valid = true;
    slots_[s].dirty = (b.dirty >> s & 1) != 0;
  }
  if (b.polls) poll(ir::guest_address(b.pc));
}

/// Entered often, the block is worth more work.
void Emitter::count_entry() {
  if (block_.counter == nullptr) return;
  a_.decrement(block_.counter);
  Slow* s = slow_path(Slow::Kind::exit);
  s->exit = ExitKind::promote;
  s->entering = true;
  s->pc = unit_.pc;
  a_.jcc(Cc::s, s->in);
}

void Emitter::operation(Ref n) {
  const Inst& i = unit_.code[n];
  switch (i.op) {
    case Op::nop:
    case Op::block:
    case Op::konst:
      return;
    case Op::guest_pc:
      guest_pc_ = i.imm;
      return;
    case Op::get_slot:
      return get_slot(n);
    case Op::set_slot:
      return set_slot(n);
    case Op::move:
      return move(n);
    case Op::load:
      return load(n);
    case Op::store:
      return store(n);
    case Op::atomic_cas:
      return atomic_cas(n);
    case Op::atomic_swap:
      return atomic_swap(n);
    case Op::fence:
      return a_.mfence();
    case Op::prefetch:
      a_.prefetch({kWindow, static_cast<std::int32_t>(i.imm), use(i.args[0]), 0});
      kept_flags_ = true;
      return consume(i);
    case Op::call:
      return call(n);
    case Op::call_if:
      return call_if(n);
    case Op::branch_if:
      return branch_if(n);
    case Op::jump:
      return jump(i.imm);
    case Op::jump_value:
      return jump_value(n);
    case Op::call_pc:
      return call_pc(n);
    case Op::call_value:
      return call_value(n);
    case Op::return_to:
      return return_to(n);
    case Op::raise_if:
      return raise_if(n);
    case Op::defer:
      return defer();
    case Op::replay_if:
      return replay_if(n);
    case Op::settle:
      return settle();
    case Op::raise: {
      leave_state();
      const bool fetch = (i.aux & 15) == kEventFetchFault;
      return exit_stub(fetch ? ExitKind::fetch_fault : ExitKind::raise, fetch ? guest_pc_ : i.imm,
                       fetch ? i.imm : i.aux, nullptr);
    }
    case Op::leave:
      leave_state();
      return exit_stub(ExitKind::resume, i.imm, 0, nullptr);
    case Op::eq:
    case Op::ne:
    case Op::lt_s:
    case Op::lt_u:
    case Op::le_s:
    case Op::le_u:
      return materialize_compare(n);
    default:
      if (ir::is_vector(i.op)) return vector(n);
      return i.op >= Op::fadd ? floating(n) : integer(n);
  }
}

/// Leaves with pc when the CPU was interrupted.
void Emitter::poll(std::uint64_t pc, bool entering) {
  // (A register instead of the constant, so that test and jump fuse, was tried: it is slower.)
  a_.alu_imm(Alu::cmp, context_at(offsetof(Context, interrupt)), 0, 4);
  Slow* s = slow_path(Slow::Kind::exit);
  s->dirty = dirty_mask();
  s->exit = ExitKind::resume;
  s->entering = entering;
  s->pc = pc;
  a_.jcc(Cc::ne, s->in);
}

ExitKind Emitter::chain_kind(std::uint64_t pc) const {
  return pc <= guest_pc_ ? ExitKind::chain_backward : ExitKind::chain;
}

void Emitter::exit_stub(ExitKind kind, std::uint64_t pc, std::uint64_t extra, std::uint8_t* field) {
  if (field != nullptr) {
    const auto rel = static_cast<std::int32_t>(a_.at() - (field + 4));
    std::memcpy(field, &rel, 4);
  }
  a_.call(thunks_.exit_stub);
  const ExitData data{kind, field == nullptr ? 0 : static_cast<std::int32_t>(a_.at() - field), pc,
                      extra};
  a_.put(&data, sizeof data);
}

void Emitter::chain(std::uint8_t* field, std::uint64_t pc, ExitKind kind) {
  chains_.push_back({field, pc, kind});
}

void Emitter::jump(std::uint64_t pc) {
  if (BlockState* to = local(pc); to != nullptr) {
    load_slots();
    if (index_of(*to) != block_index_ + 1) a_.jmp(to->label);
    return;
  }
  leave_state();
  chain(a_.patchable_jmp(), pc);
}

void Emitter::branch_if(Ref n) {
  const Inst& i = unit_.code[n];
  const bool last = n + 1u < unit_.code.size() && unit_.code[n + 1].op == Op::jump;
  if (region_) load_slots();
  if (BlockState* to = local(i.imm); to != nullptr) {
    const Cc cc = condition(i.args[0]);
    a_.jcc(cc, to->label);
    return consume(i);
  }
  if (last && !region_) {
    leave_state();
    for (SlotState& slot : slots_) slot.dirty = slot.pinned;
    const Cc cc = condition(i.args[0]);
    chain(a_.patchable_jcc(cc), i.imm);
    return consume(i);
  }
  const Cc cc = condition(i.args[0]);
  consume(i);
  Slow* s = slow_path(Slow::Kind::chain);
  s->dirty = dirty_mask();
  s->pc = i.imm;
  s->chain = chain_kind(i.imm);
  if (BlockState* to = last ? local(unit_.code[n + 1].imm) : nullptr; to != nullptr && to->head) {
    // The other way is a loop's: fall out of it instead of jumping out.
    a_.jcc(negate(cc), to->label);
    a_.jmp(s->in);
    done_ = static_cast<Ref>(n + 1);
    return;
  }
  a_.jcc(cc, s->in);
}

void Emitter::raise_if(Ref n) {
  const Inst& i = unit_.code[n];
  const Cc cc = condition(i.args[0]);
  consume(i);
  Slow* s = slow_path(Slow::Kind::exit);
  s->dirty = dirty_mask();
  s->exit = ExitKind::raise;
  s->pc = i.imm;
  s->extra = i.aux;
  a_.jcc(cc, s->in);
}

void Emitter::replay_if(Ref n) {
  const Inst& i = unit_.code[n];
  const Cc cc = condition(i.args[0]);
  consume(i);
  Slow* s = slow_path(Slow::Kind::exit);
  s->dirty = deferred_.dirty;
  s->exit = ExitKind::replay;
  s->pc = deferred_.pc;
  a_.jcc(cc, s->in);
}

void Emitter::target_to_rax(Ref r) {
  if (is_konst(r)) return a_.mov_imm(Gpr::rax, konst(r));
  const Gpr g = use(r);
  if (g != Gpr::rax) a_.mov(Gpr::rax, g, 8);
}

namespace {

/// The jump cache's entry: rcx + rdx << 2. Short, because a jump that was predicted wrongly is
/// known only after it.
constexpr Mem entry_at(std::size_t field) {
  return {Gpr::rcx, static_cast<std::int32_t>(field), Gpr::rdx, kPcShift};
}
void emit_lookup(Assembler& a, const std::uint8_t* miss) {
  static_assert(sizeof(JumpCacheEntry) == 1u << 2 * kPcShift);
  a.load(Gpr::rcx, context_at(offsetof(Context, jump_cache)), 8);
  a.mov(Gpr::rdx, Gpr::rax, 4);
  a.alu_imm(Alu::and_, Gpr::rdx, (kJumpCacheSize - 1) << kPcShift, 4);
  a.alu(Alu::cmp, Gpr::rax, entry_at(offsetof(JumpCacheEntry, pc)), 8);
  a.jcc(Cc::ne, miss);
}
constexpr Mem kFound = entry_at(offsetof(JumpCacheEntry, code));

}  // namespace

void Emitter::jump_value(Ref n) {
  target_to_rax(unit_.code[n].args[0]);
  leave_state();
  emit_lookup(a_, thunks_.exit_pc);
  a_.jmp(kFound);
}

void Emitter::push_return(Ref return_pc) {
  const std::uint64_t pc = konst(return_pc);
  if (!wide_ || pc <= 0x7fff'ffffu) return a_.push_imm(static_cast<std::int32_t>(pc));
  a_.mov_imm(Gpr::rcx, pc);
  a_.push(Gpr::rcx);
}

/// The block of this region that a call returns to.
Emitter::BlockState* Emitter::lands_in(const Inst& call) {
  const bool calls = call.op == Op::call_pc || call.op == Op::call_value;
  return calls ? local(konst(call.args[1])) : nullptr;
}

/// Where a predicted return arrives: the return address is still on the stack. A block of this
/// region is gone on with as if the region were entered there; the call has looked for interrupts.
void Emitter::landing(const Inst& call) {
  a_.alu_imm(Alu::add, Gpr::rsp, 8, 8);
  BlockState* to = lands_in(call);
  if (to == nullptr) return chain(a_.patchable_jmp(), konst(call.args[1]));
  for (const SlotHome& home : evicted_) store_home(home);
  for (const SlotState& slot : slots_) {
    if (!slot.pinned) load_home(slot.home);
  }
  if (index_of(*to) != block_index_ + 1) a_.jmp(to->label);
}

void Emitter::call_pc(Ref n) {
  const Inst& i = unit_.code[n];
  leave_state();
  a_.alu(Alu::cmp, Gpr::rsp, context_at(offsetof(Context, return_stack_limit)), 8);
  Slow* s = slow_path(Slow::Kind::exit);
  s->exit = ExitKind::resume;
  s->pc = i.imm;
  a_.jcc(Cc::b, s->in);
  push_return(i.args[1]);
  chain(a_.patchable_call(), i.imm);
  landing(i);
}

void Emitter::call_value(Ref n) {
  const Inst& i = unit_.code[n];
  target_to_rax(i.args[0]);
  leave_state();
  a_.alu(Alu::cmp, Gpr::rsp, context_at(offsetof(Context, return_stack_limit)), 8);
  a_.jcc(Cc::b, thunks_.exit_pc);
  emit_lookup(a_, thunks_.exit_pc);
  if (!wide_ || konst(i.args[1]) <= 0x7fff'ffffu) {
    a_.push_imm(static_cast<std::int32_t>(konst(i.args[1])));
  } else {
    a_.mov_imm(Gpr::rax, konst(i.args[1]));
    a_.push(Gpr::rax);
  }
  a_.call(kFound);
  landing(i);
}

void Emitter::return_to(Ref n) {
  target_to_rax(unit_.code[n].args[0]);
  leave_state();
  a_.alu(Alu::cmp, Gpr::rax, {Gpr::rsp, 8}, wide_ ? 8 : 4);
  a_.jcc(Cc::ne, thunks_.lookup);
  a_.ret();
}

/// Helpers return 64 bits, of which the type says how many count.
void Emitter::narrow(Gpr r, Type t) {
  if (t == Type::i1) return a_.alu_imm(Alu::and_, r, 1, 4);
  if (t != Type::none) a_.movzx(r, r, ir::bytes_of(t));
}

void Emitter::call(Ref n) {
  const Inst& i = unit_.code[n];
  const bool pure = (i.imm & ir::kHelperPure) != 0;
  const bool may_raise = (i.imm & ir::kHelperMayRaise) != 0;
  save_values();
  flush_all();
  constexpr Gpr kArgs[] = {Gpr::rsi, Gpr::rdx, Gpr::rcx, Gpr::r8};
  for (unsigned k = 0; k < 4; ++k) {
    const Ref r = i.args[k];
    if (r == ir::kNone) continue;
    if (is_konst(r)) {
      a_.mov_imm(kArgs[k], konst(r));
    } else {
      a_.load(kArgs[k], context_at(offsetof(Context, spills) + 8u * values_[r].reg), 8);
    }
  }
  if (may_raise || !pure) {
    a_.mov_imm(Gpr::rax, guest_pc_);
    a_.store(context_at(offsetof(Context, pc)), Gpr::rax, 8);
  }
  a_.mov_imm(Gpr::rax, i.aux);
  a_.call(thunks_.helper);
  if (may_raise) {
    a_.alu_imm(Alu::cmp, context_at(offsetof(Context, event_pending)), 0, 4);
    Label go_on;
    a_.jcc(Cc::e, go_on);
    a_.jmp(thunks_.exit_fault);
    a_.bind(go_on);
  }
  consume(i);
  if (ir::bytes_of(i.type) < 8) narrow(Gpr::rax, i.type);
  if (values_[n].uses > 0) {
    gpr_busy_ |= 1u << num(Gpr::rax);
    place(n, Gpr::rax);
  }
  reload_slots();
  if (values_[n].uses == 0 || !ir::is_float(i.type)) return;
  release(n);
  a_.movf(destf(n), Gpr::rax, 8);
}

void Emitter::call_if(Ref n) {
  const Inst& i = unit_.code[n];
  // Arguments stay where they are until the slow path has stored them.
  Slow* s = slow_path(Slow::Kind::helper);
  s->value = n;
  const bool fp = ir::is_float(i.type);
  for (unsigned k = 1; k < 4; ++k) {
    const Ref r = i.args[k];
    if (r == ir::kNone) continue;
    s->places[k - 1] = static_cast<std::uint8_t>(
        ir::is_float(unit_.code[r].type) ? 16 + num(usef(r)) : num(use(r)));
  }
  const Cc cc = condition(i.args[0]);
  consume(i);
  // The result's register is found before the paths part: finding it may move other values.
  if (fp) {
    const auto other = static_cast<Xmm>(s->places[0] - 16);
    const Xmm d = destf(n, other);
    s->reg = static_cast<Gpr>(num(d));
    a_.jcc(cc, s->in);
    if (d != other) a_.movf(d, other);
  } else {
    const auto other = static_cast<Gpr>(s->places[0]);
    s->reg = dest(n, other);
    a_.jcc(cc, s->in);
    if (s->reg != other) a_.mov(s->reg, other, 8);
  }
  a_.bind(s->back);
  kept_flags_ = false;
}

void Emitter::out_of_line() {
  for (std::size_t k = 0; k < slow_.size(); ++k) {
    Slow& s = *slow_[k];
    a_.bind(s.in);
    switch (s.kind) {
      case Slow::Kind::exit:
        if (!s.entering) leave_state(s.dirty, s.exit == ExitKind::replay);
        exit_stub(s.exit, s.pc, s.extra, nullptr);
        break;
      case Slow::Kind::chain:
        leave_state(s.dirty);
        chain(a_.patchable_jmp(), s.pc, s.chain);
        break;
      case Slow::Kind::range:
        a_.lea(Gpr::rax, {s.reg, static_cast<std::int32_t>(s.extra)}, 8);
        block_.faults.push_back(
            {a_.offset(), s.dirty, s.pc, true, s.write, s.misaligned, s.replay});
        a_.ud2();
        break;
      case Slow::Kind::helper: {
        const Inst& i = unit_.code[s.value];
        for (unsigned k2 = 0; k2 < 2; ++k2) {
          if (i.args[2 + k2] == ir::kNone) continue;
          const Mem at = context_at(offsetof(Context, slow_args) + 8 * k2);
          const unsigned place = s.places[1 + k2];
          if (place >= 16) {
            a_.storef(at, static_cast<Xmm>(place - 16), 8);
          } else {
            a_.store(at, static_cast<Gpr>(place), 8);
          }
        }
        a_.store_imm(context_at(offsetof(Context, slow_args) + 16),
                     static_cast<std::int32_t>(i.imm), 8);
        a_.store_imm(context_at(offsetof(Context, slow_helper)), i.aux, 8);
        a_.call(thunks_.helper_saved);
        const Mem result = context_at(offsetof(Context, slow_result));
        if (ir::is_float(i.type)) {
          a_.loadf(static_cast<Xmm>(num(s.reg)), result, 8);
        } else {
          a_.load(s.reg, result, ir::bytes_of(i.type));
          if (i.type == Type::i1) narrow(s.reg, i.type);
        }
        a_.jmp(s.back);
        break;
      }
    }
  }
  slow_.clear();
  for (const Chain& c : chains_) exit_stub(c.kind, c.pc, 0, c.field);
  emit_pool();
}

}  // namespace emulate::jit::x64
