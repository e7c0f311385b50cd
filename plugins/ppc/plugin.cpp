/// The ppc plugin: 32-bit and 64-bit Power machines.

#include "emulate/plugin.h"

#include "emulate/machine_note.h"
#include "ppc/cpu.h"
#include "ppc/features.h"
#include "ppc/freebsd.h"
#include "ppc/linux.h"

namespace emulate::ppc {
namespace {

constexpr CpuModel kG4Model{"G4", "Motorola PowerPC 7450", kG4};
constexpr CpuModel k970Model{"970", "IBM PowerPC 970", k970};
constexpr CpuModel kPower7Model{"POWER7", "IBM POWER7", kPower7};
constexpr CpuModel kPower8Model{"POWER8", "IBM POWER8", kPower8};
constexpr CpuModel kPower9Model{"POWER9", "IBM POWER9", kPower9};

constexpr CpuModel kCpus32[] = {kG4Model};
// The first is the default: the newest, for what it adds does not hurt older programs, and Go's
// need it.
constexpr CpuModel kCpus64[] = {kPower8Model, kPower9Model, kPower7Model, k970Model};
constexpr CpuModel kCpus64le[] = {kPower8Model, kPower9Model};

constexpr std::uint16_t kEmPpc = 20, kEmPpc64 = 21;

constexpr Machine machine(const char* name, const char* linux_name, bool wide, bool big) {
  Machine m{};
  m.name = name;
  m.machine = "powerpc";
  m.linux_machine = linux_name;
  m.elf = {.e_machine = wide ? kEmPpc64 : kEmPpc,
           .elf_class = static_cast<std::uint8_t>(wide ? 2 : 1),
           .order = big ? ByteOrder::big : ByteOrder::little};
  m.preferred = true;
  m.model = wide ? (big ? kBe64 : kLe64) : kBe32;
  m.page_size = 4096;
  m.cpus = !wide ? std::span<const CpuModel>(kCpus32)
           : big ? std::span<const CpuModel>(kCpus64)
                 : kCpus64le;
  m.freebsd = &kFreeBsd[wide * 2 + big];
  m.linux_ = &kLinux[wide * 2 + big];
  m.create_engine = create_engine;
  m.destroy_engine = destroy_engine;
  return m;
}

constexpr Machine kMachines[] = {
    machine("powerpc", "ppc", false, true),
    machine("powerpc64", "ppc64", true, true),
    machine("powerpc64le", "ppc64le", true, false),
};

[[gnu::section(".emulate.machines.1"), gnu::used]] constexpr MachineNote kNotes[] = {
    note_of(kMachines[0]), note_of(kMachines[1]), note_of(kMachines[2])};

}  // namespace
}  // namespace emulate::ppc

EMULATE_EXPORT const emulate::Plugin* EMULATE_PLUGIN_ENTRY() {
  static const emulate::Plugin plugin =
      emulate::Plugin::describe("ppc", "1.0", emulate::ppc::kMachines);
  return &plugin;
}
