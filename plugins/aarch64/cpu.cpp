#include "aarch64/cpu.h"

#include <cstring>
#include <new>

#include "aarch64/dynarmic_core.h"
#include "arm/engine.h"

namespace emulate::aarch64 {

AArch64Cpu::AArch64Cpu(const EngineConfig&, arm::CoreSource<State>& source) : CpuBase(source) {}

void AArch64Cpu::set_pc(GuestAddr pc) noexcept { state_.pc = pc.value; }
GuestAddr AArch64Cpu::get_sp_from_cpustate() const noexcept { return GuestAddr(state_.sp); }
void AArch64Cpu::cpu_set_tls(GuestAddr tp) noexcept { state_.tpidr = tp.value; }
GuestAddr AArch64Cpu::cpu_get_tls() const noexcept { return GuestAddr(state_.tpidr); }

namespace {

struct Traits {
  using State = aarch64::State;
  using CpuT = AArch64Cpu;

  static std::unique_ptr<arm::Core<State>> make_core(const EngineConfig& config, Engine& engine,
                                                     arm::CodePages& code_pages, bool first) {
    return make_dynarmic_core(config, engine, code_pages, first);
  }
  static arm::Core<State>* running() { return running_core(); }
  static std::span<const RegisterInfo> registers() { return register_list(); }
  static const char* target_description(const EngineConfig&) {
    return aarch64::target_description();
  }
};

}  // namespace

Engine* create_engine(const EngineConfig& config) noexcept {
  // Dynarmic is the only engine so far; another name is an error of the user's.
  if (config.engine != nullptr && std::strcmp(config.engine, "dynarmic") != 0) return nullptr;
  return new (std::nothrow) arm::ArmEngine<Traits>(config);
}

void destroy_engine(Engine* engine) noexcept {
  delete static_cast<arm::ArmEngine<Traits>*>(engine);
}

}  // namespace emulate::aarch64
