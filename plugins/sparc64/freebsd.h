#pragma once

/// FreeBSD/sparc64 programs.

#include "emulate/emulate.h"
#include "emulate/register_structures.h"

namespace emulate::sparc64 {

class SparcFreeBsd final : public FreeBsdAbi, public FreeBsdRegisters {
 public:
  const MemoryLayout& memory_layout() const noexcept override;
  std::uint64_t hwcap(const CpuModel&) const noexcept override { return 0; }
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
  const FreeBsdFrameLayout& frame_layout() const noexcept override;
  std::size_t control_align(const DataModel&) const noexcept override { return 16; }
  void get_mcontext(Cpu& cpu, std::span<std::byte> mcontext, unsigned flags,
                    std::span<std::byte> frame, GuestAddr frame_addr) const noexcept override;
  int set_mcontext(Cpu& cpu, std::span<const std::byte> mcontext,
                   HostServices& host) const noexcept override;
  void set_sigtramp_args(Cpu& cpu, const SignalDelivery& delivery,
                         HostServices& host) const noexcept override;
  RegisterStructure reg_structure() const noexcept override;
  RegisterStructure fpreg_structure() const noexcept override;
  SyscallResult arch_sysarch(Cpu& cpu, std::uint32_t op, GuestAddr parms,
                             HostServices& host) const noexcept override;
};

extern const SparcFreeBsd kFreeBsd;

}  // namespace emulate::sparc64
