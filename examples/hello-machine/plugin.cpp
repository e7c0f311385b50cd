/// The machine as data, its engine, and the plugin's one exported symbol.

#include <new>

#include "riscv64.h"

namespace riscv64 {
namespace {

/// An interpreter has nothing to invalidate and nothing to keep consistent over fork.
class RiscvEngine final : public Engine {
 public:
  explicit RiscvEngine(HostServices& host) : host_(host) {}

  Cpu* cpu_init() noexcept override { return new (std::nothrow) RiscvCpu(host_); }
  Cpu* cpu_fork(const Cpu& parent) noexcept override {
    return new (std::nothrow) RiscvCpu(host_, static_cast<const RiscvCpu&>(parent).state());
  }
  void cpu_destroy(Cpu* cpu) noexcept override { delete static_cast<RiscvCpu*>(cpu); }
  void code_changed(GuestAddr, std::uint64_t) noexcept override {}
  void exec_reset(Cpu& survivor) noexcept override { state_of(survivor) = {}; }
  void fork_prepare() noexcept override {}
  void fork_parent() noexcept override {}
  void fork_child(Cpu&) noexcept override {}
  /// Guest memory is reached through HostServices only, which handles its own faults.
  bool handle_host_signal(int, siginfo_t*, void*) noexcept override { return false; }
  std::span<const RegisterInfo> registers() const noexcept override { return riscv64::registers(); }
  const char* target_description() const noexcept override { return riscv64::target_description(); }

 private:
  HostServices& host_;
};

Engine* create_engine(const EngineConfig& config) noexcept {
  if (config.engine != nullptr) return nullptr;  // --engine: there is only the one
  return new (std::nothrow) RiscvEngine(*config.host);
}
void destroy_engine(Engine* engine) noexcept { delete static_cast<RiscvEngine*>(engine); }

constexpr CpuModel kCpus[] = {{"rv64i", "example RV64I", 0}};

const Machine kMachines[] = {{.name = "riscv64",
                              .machine = "riscv",
                              .linux_machine = "riscv64",
                              .elf = {.e_machine = 243, .elf_class = 2, .order = ByteOrder::little},
                              .preferred = true,
                              .model = kLe64,
                              .page_size = 4096,
                              .cpus = kCpus,
                              .freebsd = &freebsd_abi(),
                              .linux_ = nullptr,
                              .create_engine = create_engine,
                              .destroy_engine = destroy_engine}};

// The host reads this from the file, so that it loads the plugin only for RISC-V programs.
[[gnu::section(".emulate.machines.1"), gnu::used]] constexpr MachineNote kNotes[] = {
    {.name = "riscv64", .e_machine = 243, .elf_class = 2, .preferred = 1, .freebsd = 1}};

}  // namespace
}  // namespace riscv64

EMULATE_EXPORT const emulate::Plugin* EMULATE_PLUGIN_ENTRY() {
  static const auto plugin = emulate::Plugin::describe("hello-machine", "1.0", riscv64::kMachines);
  return &plugin;
}
