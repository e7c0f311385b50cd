#pragma once

/// State and declarations of the example machine: a 64-bit RISC-V (RV64I), interpreted.

#include <array>
#include <atomic>

#include "emulate/emulate.h"

namespace riscv64 {

using namespace emulate;

// Integer registers by their ABI names.
enum Register : unsigned { kZero, kRa, kSp, kGp, kTp, kT0, kA0 = 10 };

struct State {
  std::array<std::uint64_t, 32> x{};  ///< x[0] is always 0
  std::uint64_t pc = 0;
};

class RiscvCpu final : public Cpu {
 public:
  explicit RiscvCpu(HostServices& host) : host_(host) {}
  RiscvCpu(HostServices& host, const State& state) : state_(state), host_(host) {}

  State& state() { return state_; }
  const State& state() const { return state_; }

  Event cpu_loop() noexcept override;
  void interrupt() noexcept override { interrupted_ = true; }
  void set_single_step(bool on) noexcept override { single_step_ = on; }
  GuestAddr pc() const noexcept override { return GuestAddr(state_.pc); }
  void set_pc(GuestAddr pc) noexcept override { state_.pc = pc.value; }
  GuestAddr get_sp_from_cpustate() const noexcept override { return GuestAddr(state_.x[kSp]); }
  void cpu_set_tls(GuestAddr tp) noexcept override;
  GuestAddr cpu_get_tls() const noexcept override;
  bool read_register(unsigned index, std::span<std::byte> out) const noexcept override;
  bool write_register(unsigned index, std::span<const std::byte> in) noexcept override;
  void clear_reservation() noexcept override {}  // no LR/SC: the A extension is left out

 private:
  /// Runs one instruction. True when an event ended it.
  bool step(Event& event);
  bool load(std::uint32_t insn, Event& event);
  bool store(std::uint32_t insn, Event& event);
  bool system(std::uint32_t insn, Event& event);
  bool jump(std::uint64_t target, std::uint32_t link, Event& event);
  void write(unsigned reg, std::uint64_t value) {
    if (reg != kZero) state_.x[reg] = value;
  }

  State state_;
  HostServices& host_;
  std::atomic<bool> interrupted_ = false;
  std::atomic<bool> single_step_ = false;
};

inline State& state_of(Cpu& cpu) { return static_cast<RiscvCpu&>(cpu).state(); }

/// The register list of debuggers: x0 to x31, then the PC.
std::span<const RegisterInfo> registers();
const char* target_description();

const FreeBsdAbi& freebsd_abi();

}  // namespace riscv64
