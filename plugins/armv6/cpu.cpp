#include "armv6/cpu.h"

#include <cstring>
#include <new>

#include "arm/engine.h"
#include "armv6/dynarmic_core.h"

namespace emulate::armv6 {

ArmCpu::ArmCpu(const EngineConfig& config, arm::CoreSource<State>& source)
    : CpuBase(source), features_(config.cpu->features) {}

void ArmCpu::set_pc(GuestAddr pc) noexcept {
  const auto address = static_cast<std::uint32_t>(pc.value);
  if (address & 1) {
    branch(state_, address);
  } else {
    state_.pc = address;
  }
}
GuestAddr ArmCpu::get_sp_from_cpustate() const noexcept { return GuestAddr(state_.r[kSp]); }
void ArmCpu::cpu_set_tls(GuestAddr tp) noexcept {
  state_.tpidruro = static_cast<std::uint32_t>(tp.value);
}
GuestAddr ArmCpu::cpu_get_tls() const noexcept { return GuestAddr(state_.tpidruro); }

namespace {

struct Traits {
  using State = armv6::State;
  using CpuT = ArmCpu;

  static std::unique_ptr<arm::Core<State>> make_core(const EngineConfig& config, Engine& engine,
                                                     arm::CodePages& code_pages, bool first) {
    return make_dynarmic_core(config, engine, code_pages, first);
  }
  static arm::Core<State>* running() { return running_core(); }
  static std::span<const RegisterInfo> registers() { return register_list(); }
  static const char* target_description(const EngineConfig&) { return armv6::target_description(); }
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

}  // namespace emulate::armv6
