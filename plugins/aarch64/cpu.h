#pragma once

/// One AArch64 thread.

#include <span>

#include "aarch64/state.h"
#include "arm/cpu_base.h"

namespace emulate::aarch64 {

class AArch64Cpu final : public arm::CpuBase<State> {
 public:
  AArch64Cpu(const EngineConfig& config, arm::CoreSource<State>& source);

  void set_pc(GuestAddr pc) noexcept override;
  GuestAddr get_sp_from_cpustate() const noexcept override;
  void cpu_set_tls(GuestAddr tp) noexcept override;
  GuestAddr cpu_get_tls() const noexcept override;
  bool read_register(unsigned index, std::span<std::byte> out) const noexcept override;
  bool write_register(unsigned index, std::span<const std::byte> in) noexcept override;
};

/// Registers in the order of read_register(), and gdb's description of them (registers.cpp).
std::span<const RegisterInfo> register_list();
const char* target_description();

Engine* create_engine(const EngineConfig& config) noexcept;
void destroy_engine(Engine* engine) noexcept;

}  // namespace emulate::aarch64
