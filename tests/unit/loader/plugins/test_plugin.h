#pragma once

/// What the plugins of the registry tests share: a machine that can be described but not run.

#include <cstdlib>

#include "emulate/emulate.h"

namespace test_plugin {

using namespace emulate;

struct Abi final : FreeBsdAbi {
  const MemoryLayout& memory_layout() const noexcept override { return layout_; }
  std::uint64_t hwcap(const CpuModel&) const noexcept override { return 0; }
  std::uint64_t hwcap2(const CpuModel&) const noexcept override { return 0; }
  SyscallRequest fetch_syscall(Cpu&, HostServices&) const noexcept override { return {}; }
  void set_syscall_result(Cpu&, const SyscallResult&) const noexcept override {}
  void set_second_rval(Cpu&, std::uint64_t) const noexcept override {}
  bool pairs_aligned() const noexcept override { return false; }
  void thread_init(Cpu&, const ThreadStart&, HostServices&) const noexcept override {}
  void fork_child(Cpu&) const noexcept override {}
  void thread_set_upcall(Cpu&, const ThreadUpcall&, HostServices&) const noexcept override {}
  std::span<const std::byte> setup_sigtramp() const noexcept override { return {}; }
  const FreeBsdFrameLayout& frame_layout() const noexcept override { return frame_; }
  void get_mcontext(Cpu&, std::span<std::byte>, unsigned, std::span<std::byte>,
                    GuestAddr) const noexcept override {}
  int set_mcontext(Cpu&, std::span<const std::byte>, HostServices&) const noexcept override {
    return 0;
  }
  void set_sigtramp_args(Cpu&, const SignalDelivery&, HostServices&) const noexcept override {}
  SyscallResult arch_sysarch(Cpu&, std::uint32_t, GuestAddr,
                             HostServices&) const noexcept override {
    return {};
  }

 private:
  MemoryLayout layout_;
  FreeBsdFrameLayout frame_;
};

inline constexpr Abi kAbi{};
inline constexpr CpuModel kCpus[] = {{"basic", "Test CPU", 0}};

inline Engine* no_engine(const EngineConfig&) noexcept { return nullptr; }
inline void destroy(Engine*) noexcept {}

/// e_machine values from 0xfe00 up belong to no real architecture.
constexpr Machine machine(const char* name, std::uint16_t e_machine, bool preferred = true) {
  return {.name = name,
          .machine = name,
          .linux_machine = name,
          .elf = {.e_machine = e_machine, .elf_class = 2, .order = ByteOrder::little},
          .preferred = preferred,
          .model = kLe64,
          .page_size = 4096,
          .cpus = kCpus,
          .freebsd = &kAbi,
          .linux_ = nullptr,
          .create_engine = &no_engine,
          .destroy_engine = &destroy};
}

/// Lets a test see that a plugin's code ran.
struct LoadMark {
  explicit LoadMark(const char* name) { setenv(name, "1", 1); }
};

}  // namespace test_plugin
