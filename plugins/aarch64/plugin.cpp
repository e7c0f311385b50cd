/// The aarch64 plugin: one machine, its CPU models and its entry point.

#include "emulate/plugin.h"
#include "emulate/machine_note.h"

#include "aarch64/cpu.h"
#include "aarch64/features.h"
#include "aarch64/freebsd.h"
#include "aarch64/linux.h"
#include "arm/dynarmic_fault.h"

namespace emulate::aarch64 {
namespace {

constexpr CpuModel kCpus[] = {
    {"cortex-a53", "ARM Cortex-A53 r0p4", midr(0x410fd034) | kCrypto | kCrc32},
    {"cortex-a72", "ARM Cortex-A72 r0p3", midr(0x410fd083) | kCrypto | kCrc32},
    {"neoverse-n1", "ARM Neoverse-N1 r3p1",
     midr(0x413fd0c1) | kCrypto | kCrc32 | kAtomics | kRcpc | kDotProduct},
    {"max", "emulate aarch64",
     midr(0x000f0510) | kCrypto | kCrc32 | kAtomics | kRcpc | kDotProduct},
};

constexpr std::uint16_t kEmAArch64 = 183;

constexpr Machine kMachines[] = {{
    .name = "aarch64",
    .machine = "arm64",
    .linux_machine = "aarch64",
    .elf = {.e_machine = kEmAArch64, .elf_class = 2, .order = ByteOrder::little},
    .preferred = true,
    .model = kLe64,
    .page_size = 4096,
    .cpus = kCpus,
    .freebsd = &kFreeBsd,
    .linux_ = &kLinux,
    .create_engine = create_engine,
    .destroy_engine = destroy_engine,
}};

[[gnu::section(".emulate.machines.1"), gnu::used]] constexpr MachineNote kNotes[] = {
    note_of(kMachines[0])};

}  // namespace
}  // namespace emulate::aarch64

EMULATE_EXPORT const emulate::Plugin* EMULATE_PLUGIN_ENTRY() {
  static const emulate::Plugin plugin =
      emulate::Plugin::describe("aarch64", "1.0 (Dynarmic)", emulate::aarch64::kMachines);
  emulate::arm::DynarmicFaultHandler::instance();
  return &plugin;
}
