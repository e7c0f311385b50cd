#pragma once

/// One AArch32 thread.

#include <span>

#include "arm/cpu_base.h"
#include "armv6/state.h"

namespace emulate::armv6 {

class ArmCpu final : public arm::CpuBase<State> {
 public:
  ArmCpu(const EngineConfig& config, arm::CoreSource<State>& source);

  /// Bit 0 selects Thumb, as in an interworking branch; an even address keeps the state.
  void set_pc(GuestAddr pc) noexcept override;
  GuestAddr get_sp_from_cpustate() const noexcept override;
  void cpu_set_tls(GuestAddr tp) noexcept override;
  GuestAddr cpu_get_tls() const noexcept override;
  bool read_register(unsigned index, std::span<std::byte> out) const noexcept override;
  bool write_register(unsigned index, std::span<const std::byte> in) noexcept override;

  std::uint64_t features() const { return features_; }

 private:
  std::uint64_t features_;
};

/// Registers in the order of read_register(), and gdb's description of them (registers.cpp).
std::span<const RegisterInfo> register_list();
const char* target_description();

Engine* create_engine(const EngineConfig& config) noexcept;
void destroy_engine(Engine* engine) noexcept;

}  // namespace emulate::armv6
