#pragma once

/// The Power machines as guests of the translation engine.

#include "emulate/machine.h"
#include "jit/engine/engine.h"
#include "ppc/state.h"

namespace emulate::ppc {

Engine* create_engine(const EngineConfig& config) noexcept;
void destroy_engine(Engine* engine) noexcept;

inline jit::Context& context_of(Cpu& cpu) { return static_cast<jit::JitCpu&>(cpu).context(); }
inline State& state_of(Cpu& cpu) { return context_of(cpu).state<State>(); }
inline const State& state_of(const Cpu& cpu) {
  return static_cast<const jit::JitCpu&>(cpu).context().state<State>();
}

/// Registers in the order of read_register(), and gdb's description of them (registers.cpp).
std::span<const jit::GuestRegister> register_list(bool wide);
const char* target_description(bool wide);

}  // namespace emulate::ppc
