#pragma once

/// Linux/sparc64 programs.

#include "emulate/emulate.h"

namespace emulate::sparc64 {

class SparcLinux final : public LinuxAbi {
 public:
  const MemoryLayout& memory_layout() const noexcept override;
  DataModel data_model(const DataModel& machine) const noexcept override;
  std::uint64_t hwcap(const CpuModel& cpu) const noexcept override;
  std::uint64_t hwcap2(const CpuModel&) const noexcept override { return 0; }
  SyscallRequest fetch_syscall(Cpu& cpu, HostServices& host) const noexcept override;
  void set_syscall_result(Cpu& cpu, const SyscallResult& result) const noexcept override;
  void set_second_rval(Cpu& cpu, std::uint64_t value) const noexcept override;
  bool pairs_aligned() const noexcept override { return false; }
  void thread_init(Cpu& cpu, const ThreadStart& start, HostServices& host) const noexcept override;
  void fork_child(Cpu& cpu) const noexcept override;
  void thread_set_upcall(Cpu& cpu, const ThreadUpcall& upcall,
                         HostServices& host) const noexcept override;
  std::span<const std::byte> setup_sigtramp() const noexcept override;
  TrapSignal trap_signal(const Cpu& cpu, const Event& event) const noexcept override;
  const char* syscall_table() const noexcept override { return "sparc64"; }
  const char* platform(const CpuModel&) const noexcept override { return nullptr; }
  bool setup_frame(Cpu& cpu, const LinuxSignalFrame& frame,
                   HostServices& host) const noexcept override;
  LinuxSignalReturn restore_frame(Cpu& cpu, bool rt, HostServices& host) const noexcept override;
  SyscallResult arch_syscall(Cpu& cpu, const SyscallRequest& request,
                             HostServices& host) const noexcept override;
  const char* cpuinfo(const CpuModel& cpu) const noexcept override;
};

extern const SparcLinux kLinux;

/// Software traps that get and set a ucontext_t in %o0. They become system calls that get and set
/// its signal mask; the rest is done when those are fetched and when they return.
constexpr bool is_context_trap(unsigned number) { return number == 0x6e || number == 0x6f; }

}  // namespace emulate::sparc64
