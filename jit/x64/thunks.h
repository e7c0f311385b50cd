#pragma once

/// The fixed pieces of code at the start of the code cache.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "jit/engine/context.h"
#include "jit/ir/builder.h"
#include "jit/x64/assembler.h"

namespace emulate::jit::x64 {

// Registers with one meaning in all generated code.
inline constexpr Gpr kState = Gpr::r15;   ///< the guest state, plus kStateBias
inline constexpr Gpr kWindow = Gpr::r14;  ///< guest address 0
inline constexpr Gpr kLimit = Gpr::r13;   ///< the window's size (64-bit guests only)
inline constexpr Gpr kMoved = Gpr::r13;   ///< or, if some slots move, where these lie now
/// Temporaries of any unit, then what holds guest registers. Of these, the first hold the same ones
/// (Guest::pinned) wherever generated code goes on: there, memory need not have them.
inline constexpr std::array kTemps = {Gpr::rax, Gpr::rcx, Gpr::rdx, Gpr::rsi, Gpr::rdi};
inline constexpr std::array kSlotRegs = {Gpr::rbx, Gpr::rbp, Gpr::r12, Gpr::r8,
                                         Gpr::r9,  Gpr::r10, Gpr::r11, Gpr::r13};
inline constexpr std::size_t kMaxPinned = 6;
inline constexpr unsigned kXmmTemps = 4;
/// So that the first 256 bytes of the state have short displacements.
inline constexpr std::int32_t kStateBias = 128;

constexpr Mem state_at(std::uint64_t offset) {
  return {kState, static_cast<std::int32_t>(offset) - kStateBias};
}
constexpr Mem slot_at(std::uint64_t offset, const ir::Moving& moving) {
  if (!moving.has(offset)) return state_at(offset);
  return {kMoved, static_cast<std::int32_t>(offset) - moving.from};
}
/// A field of the Context.
constexpr Mem context_at(std::size_t offset) {
  return {kState, static_cast<std::int32_t>(offset) - static_cast<std::int32_t>(sizeof(Context)) -
                      kStateBias};
}

/// How generated code came back.
enum class Left : std::uint64_t {
  pc,     ///< Context::pc is set
  stub,   ///< Context::exit_data
  fault,  ///< the signal handler or a helper set Context::event and pc
};

struct Thunks {
  /// Left enter(Context*, const void* code)
  Left (*enter)(Context*, const void*);
  const std::uint8_t* exit_stub;     ///< called by exit stubs: ExitData follows the call
  const std::uint8_t* exit_pc;       ///< jumped to: rax is the guest pc to go on at
  const std::uint8_t* exit_fault;    ///< jumped to: Context::event is set, all state in memory
  const std::uint8_t* lookup;        ///< jumped to: rax is the pc; drops the return stack
  const std::uint8_t* helper;        ///< called: eax is the helper's number, arguments in place
  const std::uint8_t* helper_saved;  ///< called: everything from and to the context, for call_if
};

/// Emits them; what follows is free for blocks.
Thunks emit_thunks(Assembler& a, std::span<const ir::Slot> pinned, const ir::Moving& moving);

}  // namespace emulate::jit::x64
