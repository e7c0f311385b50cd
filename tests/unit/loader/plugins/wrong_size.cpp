/// Its descriptor has another size.
#include "test_plugin.h"

namespace {
using namespace test_plugin;

constexpr Machine kMachines[] = {machine("testcpu", 0xfe01)};
constexpr Plugin wrong() {
  Plugin p = Plugin::describe("wrong_size", "1.0", kMachines);
  p.struct_size += 8;
  return p;
}
constexpr Plugin kPlugin = wrong();
}  // namespace

EMULATE_EXPORT const Plugin* emulate_plugin() { return &kPlugin; }
