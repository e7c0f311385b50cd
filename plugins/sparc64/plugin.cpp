/// The sparc64 plugin.

#include "emulate/plugin.h"

#include "emulate/machine_note.h"
#include "sparc64/cpu.h"
#include "sparc64/features.h"
#include "sparc64/freebsd.h"
#include "sparc64/linux.h"

namespace emulate::sparc64 {
namespace {

constexpr CpuModel kCpus[] = {
    {"UltraSPARC-III", "Sun Microsystems UltraSparc-III", kVis2},
    {"UltraSPARC-II", "Sun Microsystems UltraSparc-II", 0},
};

constexpr std::uint16_t kEmSparcV9 = 43;

constexpr Machine machine() {
  Machine m{};
  m.name = "sparc64";
  m.machine = "sparc64";
  m.linux_machine = "sparc64";
  m.elf = {.e_machine = kEmSparcV9, .elf_class = 2, .order = ByteOrder::big};
  m.preferred = true;
  m.model = kBe64;
  m.page_size = 8192;
  m.cpus = kCpus;
  m.freebsd = &kFreeBsd;
  m.linux_ = &kLinux;
  m.create_engine = create_engine;
  m.destroy_engine = destroy_engine;
  return m;
}

constexpr Machine kMachines[] = {machine()};

[[gnu::section(".emulate.machines.1"), gnu::used]] constexpr MachineNote kNotes[] = {
    note_of(kMachines[0])};

}  // namespace
}  // namespace emulate::sparc64

EMULATE_EXPORT const emulate::Plugin* EMULATE_PLUGIN_ENTRY() {
  static const emulate::Plugin plugin =
      emulate::Plugin::describe("sparc64", "1.0", emulate::sparc64::kMachines);
  return &plugin;
}
