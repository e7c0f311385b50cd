/// Claims the machine name that good.cpp has.
#include "test_plugin.h"

namespace {
using namespace test_plugin;

constexpr Machine kMachines[] = {machine("othercpu", 0xfe03), machine("testcpu", 0xfe01)};
constexpr Plugin kPlugin = Plugin::describe("duplicate", "1.0", kMachines);
}  // namespace

EMULATE_EXPORT const Plugin* emulate_plugin() { return &kPlugin; }
