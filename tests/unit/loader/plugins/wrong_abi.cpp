/// Built with another C++ library.
#include "test_plugin.h"

namespace {
using namespace test_plugin;

constexpr Machine kMachines[] = {machine("testcpu", 0xfe01)};
constexpr Plugin wrong() {
  Plugin p = Plugin::describe("wrong_abi", "1.0", kMachines);
  p.abi_tag[0] = 'X';
  return p;
}
constexpr Plugin kPlugin = wrong();
}  // namespace

EMULATE_EXPORT const Plugin* emulate_plugin() { return &kPlugin; }
