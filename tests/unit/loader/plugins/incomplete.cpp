/// Its machine has no engine.
#include "test_plugin.h"

namespace {
using namespace test_plugin;

constexpr Machine broken() {
  Machine m = machine("testcpu", 0xfe01);
  m.create_engine = nullptr;
  return m;
}
constexpr Machine kMachines[] = {broken()};
constexpr Plugin kPlugin = Plugin::describe("incomplete", "1.0", kMachines);
}  // namespace

EMULATE_EXPORT const Plugin* emulate_plugin() { return &kPlugin; }
