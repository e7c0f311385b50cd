/// Built for another major version.
#include "test_plugin.h"

namespace {
using namespace test_plugin;

constexpr Machine kMachines[] = {machine("testcpu", 0xfe01)};
constexpr Plugin wrong() {
  Plugin p = Plugin::describe("wrong_major", "1.0", kMachines);
  p.api_major = 99;
  return p;
}
constexpr Plugin kPlugin = wrong();
}  // namespace

EMULATE_EXPORT const Plugin* emulate_plugin() { return &kPlugin; }
