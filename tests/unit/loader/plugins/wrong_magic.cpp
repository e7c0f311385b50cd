/// Not the magic number.
#include "test_plugin.h"

namespace {
using namespace test_plugin;

constexpr Machine kMachines[] = {machine("testcpu", 0xfe01)};
constexpr Plugin wrong() {
  Plugin p = Plugin::describe("wrong_magic", "1.0", kMachines);
  p.magic = 0x1234;
  return p;
}
constexpr Plugin kPlugin = wrong();
}  // namespace

EMULATE_EXPORT const Plugin* emulate_plugin() { return &kPlugin; }
