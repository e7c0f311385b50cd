#pragma once

/// Linux programs on ppc, ppc64 (with and without function descriptors) and ppc64le.

#include "emulate/emulate.h"

namespace emulate::ppc {

struct State;

class PpcLinux final : public LinuxAbi {
 public:
  constexpr PpcLinux(bool wide, bool big) : wide_(wide), big_(big) {}

  const MemoryLayout& memory_layout() const noexcept override;
  std::uint64_t hwcap(const CpuModel& cpu) const noexcept override;
  std::uint64_t hwcap2(const CpuModel& cpu) const noexcept override;
  SyscallRequest fetch_syscall(Cpu& cpu, HostServices& host) const noexcept override;
  void set_syscall_result(Cpu& cpu, const SyscallResult& result) const noexcept override;
  void set_second_rval(Cpu& cpu, std::uint64_t value) const noexcept override;
  bool pairs_aligned() const noexcept override { return true; }
  void thread_init(Cpu& cpu, const ThreadStart& start, HostServices& host) const noexcept override;
  void fork_child(Cpu& cpu) const noexcept override;
  void thread_set_upcall(Cpu& cpu, const ThreadUpcall& upcall,
                         HostServices& host) const noexcept override;
  std::span<const std::byte> setup_sigtramp() const noexcept override;
  TrapSignal trap_signal(const Cpu& cpu, const Event& event) const noexcept override;
  const char* syscall_table() const noexcept override { return wide_ ? "ppc64" : "ppc"; }
  const char* platform(const CpuModel& cpu) const noexcept override;
  bool setup_frame(Cpu& cpu, const LinuxSignalFrame& frame,
                   HostServices& host) const noexcept override;
  LinuxSignalReturn restore_frame(Cpu& cpu, bool rt, HostServices& host) const noexcept override;
  SyscallResult arch_syscall(Cpu& cpu, const SyscallRequest& request,
                             HostServices& host) const noexcept override;
  const char* cpuinfo(const CpuModel& cpu) const noexcept override;

 private:
  bool setup_frame32(Cpu& cpu, const LinuxSignalFrame& frame, HostServices& host) const noexcept;
  bool setup_frame64(Cpu& cpu, const LinuxSignalFrame& frame, HostServices& host) const noexcept;

  bool wide_;
  bool big_;
};

extern const PpcLinux kLinux[4];  ///< index: wide * 2 + big

}  // namespace emulate::ppc
