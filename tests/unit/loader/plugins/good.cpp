/// A correct plugin with an index of its machines.
#include "test_plugin.h"

namespace {
using namespace test_plugin;

constexpr Machine kMachines[] = {machine("testcpu", 0xfe01)};
[[gnu::section(".emulate.machines.1"), gnu::used]] constexpr MachineNote kNotes[] = {
    note_of(kMachines[0])};
constexpr Plugin kPlugin = Plugin::describe("good", "1.2", kMachines);
const LoadMark kMark("LOADED_good");
}  // namespace

EMULATE_EXPORT const Plugin* emulate_plugin() { return &kPlugin; }
