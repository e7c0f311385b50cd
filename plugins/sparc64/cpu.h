#pragma once

/// The SPARC V9 machine as a guest of the translation engine.

#include "emulate/machine.h"
#include "jit/engine/engine.h"
#include "sparc64/state.h"

namespace emulate::sparc64 {

Engine* create_engine(const EngineConfig& config) noexcept;
void destroy_engine(Engine* engine) noexcept;

inline jit::Context& context_of(Cpu& cpu) { return static_cast<jit::JitCpu&>(cpu).context(); }
inline const jit::Context& context_of(const Cpu& cpu) {
  return static_cast<const jit::JitCpu&>(cpu).context();
}
inline State& state_of(Cpu& cpu) { return context_of(cpu).state<State>(); }
inline const State& state_of(const Cpu& cpu) { return context_of(cpu).state<State>(); }

/// Where the program goes on after the next instruction, and how to say that.
inline std::uint64_t next_pc(const jit::Context& c) {
  const std::uint64_t pc = c.pc & ~kDelayTag;
  return (c.pc & kDelayTag) != 0 ? c.state<State>().npc : pc + 4;
}
inline void set_pcs(jit::Context& c, std::uint64_t pc, std::uint64_t npc) {
  c.state<State>().npc = npc;
  c.pc = npc == pc + 4 ? pc : pc | kDelayTag;
}
/// The instruction is done with.
inline void step_over(jit::Context& c) { c.pc = next_pc(c); }

/// The register TSTATE as kernels show it.
inline constexpr unsigned kTstateAsi = 24, kTstateCcr = 32;
inline constexpr std::uint64_t kTstateUser = (1u << 1 | 1u << 4) << 8;
std::uint64_t tstate_of(const State& state);

/// Registers in the order of read_register(), and gdb's description of them (registers.cpp).
std::span<const jit::GuestRegister> register_list();
const char* target_description();

/// Events that the kernel deals with unseen: flushed windows, contexts, user traps. True: the
/// program goes on (events.cpp).
bool handle_event(jit::Context& context, Event& event);

}  // namespace emulate::sparc64
