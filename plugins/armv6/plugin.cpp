/// The armv6 plugin: two machines that share code and differ in name and CPU models.

#include "emulate/plugin.h"
#include "emulate/machine_note.h"

#include "arm/dynarmic_fault.h"
#include "armv6/cpu.h"
#include "armv6/features.h"
#include "armv6/freebsd.h"
#include "armv6/linux.h"

namespace emulate::armv6 {
namespace {

constexpr CpuModel kV6Cpus[] = {
    {"arm1176", "ARM1176JZF-S r0p7", 0},
};
constexpr CpuModel kV7Cpus[] = {
    {"cortex-a7", "ARM Cortex-A7 r0p5", kV7 | kNeon | kVfpV4 | kDivide | kTimer},
    {"cortex-a15", "ARM Cortex-A15 r2p1", kV7 | kNeon | kVfpV4 | kDivide | kTimer},
};

constexpr std::uint16_t kEmArm = 40;

/// Nothing in an ELF header tells ARMv6 from ARMv7 programs; FreeBSD goes by its kernel. Linux
/// distributions are built for ARMv7 today, and it runs programs for older machines too.
constexpr Machine machine(const char* name, const char* linux_machine,
                          std::span<const CpuModel> cpus, bool preferred, std::uint32_t max_cpus,
                          const LinuxAbi* linux_abi) {
  return {
      .name = name,
      .machine = "arm",
      .linux_machine = linux_machine,
      .elf = {.e_machine = kEmArm, .elf_class = 1, .order = ByteOrder::little},
      .preferred = preferred,
      .model = kLe32,
      .page_size = 4096,
      .cpus = cpus,
      .freebsd = &kFreeBsd,
      .linux_ = linux_abi,
      .create_engine = create_engine,
      .destroy_engine = destroy_engine,
      .max_cpus = max_cpus,
  };
}

constexpr Machine kMachines[] = {
    machine("armv6", "armv6l", kV6Cpus, true, 1, nullptr),
    machine("armv7", "armv7l", kV7Cpus, false, 0, &kLinux),
};

[[gnu::section(".emulate.machines.1"), gnu::used]] constexpr MachineNote kNotes[] = {
    note_of(kMachines[0]), note_of(kMachines[1])};

}  // namespace
}  // namespace emulate::armv6

EMULATE_EXPORT const emulate::Plugin* EMULATE_PLUGIN_ENTRY() {
  static const emulate::Plugin plugin =
      emulate::Plugin::describe("armv6", "1.0 (Dynarmic)", emulate::armv6::kMachines);
  emulate::arm::DynarmicFaultHandler::instance();
  return &plugin;
}
