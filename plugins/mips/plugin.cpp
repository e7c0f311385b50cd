/// The mips plugin: o32 and n64 machines of both byte orders.

#include "emulate/plugin.h"

#include "emulate/machine_note.h"
#include "mips/cpu.h"
#include "mips/features.h"
#include "mips/freebsd.h"
#include "mips/linux.h"

namespace emulate::mips {
namespace {

constexpr CpuModel kCpus32[] = {
    {"24Kf", "MIPS 24Kf V9.3", kFpu},
    {"24Kc", "MIPS 24Kc V7.4", 0},
};
constexpr CpuModel kCpus64[] = {
    {"5KEf", "MIPS 5KEf V1.0", kFpu | kMips64 | kFr1},
};

constexpr std::uint16_t kEmMips = 8;
/// e_flags of programs for another ABI or other hardware: n32 (EF_MIPS_ABI2), an o32 program that
/// needs 32 double registers (EF_MIPS_FP64), the newer NaN encoding (EF_MIPS_NAN2008).
constexpr std::uint32_t kFlagN32 = 0x20, kFlagFp64 = 0x200, kFlagNan2008 = 0x400;

constexpr Machine machine(const char* name, const char* linux_name, bool wide, bool big) {
  Machine m{};
  m.name = name;
  m.machine = "mips";
  m.linux_machine = linux_name;
  m.elf = {.e_machine = kEmMips,
           .elf_class = static_cast<std::uint8_t>(wide ? 2 : 1),
           .order = big ? ByteOrder::big : ByteOrder::little,
           .flags_mask = kFlagN32 | kFlagNan2008 | (wide ? 0 : kFlagFp64)};
  m.preferred = true;
  m.model = wide ? (big ? kBe64 : kLe64) : (big ? kBe32 : kLe32);
  m.page_size = 4096;
  m.cpus = wide ? std::span<const CpuModel>(kCpus64) : kCpus32;
  m.freebsd = &kFreeBsd[wide * 2 + big];
  m.linux_ = &kLinux[wide * 2 + big];
  m.create_engine = create_engine;
  m.destroy_engine = destroy_engine;
  return m;
}

constexpr Machine kMachines[] = {
    machine("mips", "mips", false, true),
    machine("mipsel", "mips", false, false),
    machine("mips64", "mips64", true, true),
    machine("mips64el", "mips64", true, false),
};

[[gnu::section(".emulate.machines.1"), gnu::used]] constexpr MachineNote kNotes[] = {
    note_of(kMachines[0]), note_of(kMachines[1]), note_of(kMachines[2]), note_of(kMachines[3])};

}  // namespace
}  // namespace emulate::mips

EMULATE_EXPORT const emulate::Plugin* EMULATE_PLUGIN_ENTRY() {
  static const emulate::Plugin plugin =
      emulate::Plugin::describe("mips", "1.0", emulate::mips::kMachines);
  return &plugin;
}
