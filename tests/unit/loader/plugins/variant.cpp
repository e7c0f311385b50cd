/// A machine for the same ELF files as good.cpp's, but not the preferred one.
#include "test_plugin.h"

namespace {
using namespace test_plugin;

constexpr Machine kMachines[] = {machine("testcpu-old", 0xfe01, false)};
constexpr Plugin kPlugin = Plugin::describe("variant", "1.0", kMachines);
}  // namespace

EMULATE_EXPORT const Plugin* emulate_plugin() { return &kPlugin; }
