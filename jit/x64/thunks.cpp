#include "jit/x64/thunks.h"

namespace emulate::jit::x64 {
namespace {

#pragma GCC diagnostic ignored "-Winvalid-offsetof"
constexpr Mem kHostSp = context_at(offsetof(Context, host_sp));
constexpr Mem kPc = context_at(offsetof(Context, pc));
constexpr Mem kExitData = context_at(offsetof(Context, exit_data));
constexpr Mem kGuestMxcsr = context_at(offsetof(Context, guest_mxcsr));
constexpr Mem kHostMxcsr = context_at(offsetof(Context, host_mxcsr));
constexpr Mem kGuestSp = context_at(offsetof(Context, guest_sp));
constexpr Mem kReturnTop = context_at(offsetof(Context, return_stack_top));

constexpr Gpr kCalleeSaved[] = {Gpr::rbx, Gpr::rbp, Gpr::r12, Gpr::r13, Gpr::r14, Gpr::r15};
constexpr Gpr kCallerSaved[] = {Gpr::rax, Gpr::rcx, Gpr::rdx, Gpr::rsi, Gpr::rdi,
                                Gpr::r8,  Gpr::r9,  Gpr::r10, Gpr::r11};

using Pinned = std::span<const ir::Slot>;

void load_moved(Assembler& a, const ir::Moving& moving) {
  if (!moving.any()) return;
  a.load(kMoved, state_at(moving.distance), 8);
  a.lea(kMoved, {kState, state_at(moving.from).disp, kMoved, 0}, 8);
}

void load_pinned(Assembler& a, Pinned pinned, const ir::Moving& moving) {
  for (std::size_t n = 0; n < pinned.size(); ++n) {
    a.load(kSlotRegs[n], slot_at(pinned[n].offset, moving), ir::bytes_of(pinned[n].type));
  }
}
void store_pinned(Assembler& a, Pinned pinned, const ir::Moving& moving) {
  for (std::size_t n = 0; n < pinned.size(); ++n) {
    a.store(slot_at(pinned[n].offset, moving), kSlotRegs[n], ir::bytes_of(pinned[n].type));
  }
}

void emit_enter(Assembler& a, Pinned pinned, const ir::Moving& moving) {
  for (const Gpr r : kCalleeSaved) a.push(r);
  a.alu_imm(Alu::sub, Gpr::rsp, 8, 8);
  a.lea(kState, {Gpr::rdi, static_cast<std::int32_t>(sizeof(Context)) + kStateBias}, 8);
  a.store(kHostSp, Gpr::rsp, 8);
  a.load(Gpr::rsp, kReturnTop, 8);
  a.load(kWindow, context_at(offsetof(Context, window_base)), 8);
  if (!moving.any()) a.load(kLimit, context_at(offsetof(Context, window_size)), 8);
  load_moved(a, moving);
  a.stmxcsr(kHostMxcsr);
  a.ldmxcsr(kGuestMxcsr);
  load_pinned(a, pinned, moving);
  a.jmp(Gpr::rsi);
}

/// rax holds the Left value.
void emit_return(Assembler& a) {
  a.load(Gpr::rsp, kHostSp, 8);
  a.stmxcsr(kGuestMxcsr);
  a.ldmxcsr(kHostMxcsr);
  a.alu_imm(Alu::add, Gpr::rsp, 8, 8);
  for (unsigned n = 6; n-- > 0;) a.pop(kCalleeSaved[n]);
  a.ret();
}

/// rcx = the jump cache's entry for the pc in rax; jumps to `miss` when it is another's.
void emit_lookup(Assembler& a, Label& miss) {
  constexpr unsigned kEntryShift = 4;
  static_assert(sizeof(JumpCacheEntry) == 1u << kEntryShift);
  a.mov(Gpr::rcx, Gpr::rax, 4);
  a.shift_imm(Shift::shl, Gpr::rcx, kEntryShift - kPcShift, 4);
  a.alu_imm(Alu::and_, Gpr::rcx, (kJumpCacheSize - 1) << kEntryShift, 4);
  a.alu(Alu::add, Gpr::rcx, context_at(offsetof(Context, jump_cache)), 8);
  a.alu(Alu::cmp, Gpr::rax, {Gpr::rcx, offsetof(JumpCacheEntry, pc)}, 8);
  a.jcc(Cc::ne, miss);
}

void emit_helper_call(Assembler& a) {
  a.load(Gpr::rsp, kHostSp, 8);
  a.lea(Gpr::rdi, context_at(0), 8);
  a.load(Gpr::r10, context_at(offsetof(Context, helpers)), 8);
  a.call({Gpr::r10, 0, Gpr::rax, 3});
}

/// Arguments are in rsi, rdx, rcx, r8; the result comes in rax.
void emit_helper(Assembler& a, const ir::Moving& moving) {
  a.store(kGuestSp, Gpr::rsp, 8);
  emit_helper_call(a);
  a.load(Gpr::rsp, kGuestSp, 8);
  load_moved(a, moving);
  a.ret();
}

/// Helper number, arguments and result in Context::slow_*; no register changes.
void emit_helper_saved(Assembler& a) {
  constexpr std::int32_t kXmmBytes = 16 * 16;
  for (const Gpr r : kCallerSaved) a.push(r);
  a.alu_imm(Alu::sub, Gpr::rsp, kXmmBytes, 8);
  for (int n = 0; n < 16; ++n) a.storef({Gpr::rsp, n * 16}, static_cast<Xmm>(n), 16);
  a.load(Gpr::rax, context_at(offsetof(Context, slow_helper)), 8);
  a.load(Gpr::rsi, context_at(offsetof(Context, slow_args)), 8);
  a.load(Gpr::rdx, context_at(offsetof(Context, slow_args) + 8), 8);
  a.load(Gpr::rcx, context_at(offsetof(Context, slow_args) + 16), 8);
  a.mov_imm(Gpr::r8, 0);
  a.store(kGuestSp, Gpr::rsp, 8);
  emit_helper_call(a);
  a.load(Gpr::rsp, kGuestSp, 8);
  a.store(context_at(offsetof(Context, slow_result)), Gpr::rax, 8);
  for (int n = 0; n < 16; ++n) a.loadf(static_cast<Xmm>(n), {Gpr::rsp, n * 16}, 16);
  a.alu_imm(Alu::add, Gpr::rsp, kXmmBytes, 8);
  for (unsigned n = 9; n-- > 0;) a.pop(kCallerSaved[n]);
  a.ret();
}

}  // namespace

Thunks emit_thunks(Assembler& a, Pinned pinned, const ir::Moving& moving) {
  Thunks t{};
  const auto here = [&] {
    a.align(16);
    return a.at();
  };
  t.enter = reinterpret_cast<Left (*)(Context*, const void*)>(here());
  emit_enter(a, pinned, moving);

  Label leave;
  t.exit_stub = here();
  a.pop(Gpr::rax);
  a.store(kExitData, Gpr::rax, 8);
  store_pinned(a, pinned, moving);
  a.mov_imm(Gpr::rax, static_cast<std::uint64_t>(Left::stub));
  a.jmp(leave);
  t.exit_fault = here();
  a.mov_imm(Gpr::rax, static_cast<std::uint64_t>(Left::fault));
  a.jmp(leave);
  t.exit_pc = here();
  Label exit_pc;
  a.bind(exit_pc);
  a.store(kPc, Gpr::rax, 8);
  store_pinned(a, pinned, moving);
  a.mov_imm(Gpr::rax, static_cast<std::uint64_t>(Left::pc));
  a.bind(leave);
  emit_return(a);

  t.lookup = here();
  a.load(Gpr::rsp, kReturnTop, 8);
  emit_lookup(a, exit_pc);
  a.jmp({Gpr::rcx, offsetof(JumpCacheEntry, code)});

  t.helper = here();
  emit_helper(a, moving);
  t.helper_saved = here();
  emit_helper_saved(a);
  here();
  return t;
}

}  // namespace emulate::jit::x64
