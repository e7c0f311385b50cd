/// A correct plugin without an index.
#include "test_plugin.h"

namespace {
using namespace test_plugin;

constexpr Machine kMachines[] = {machine("plaincpu", 0xfe02)};
constexpr Plugin kPlugin = Plugin::describe("no_index", "1.0", kMachines);
const LoadMark kMark("LOADED_no_index");
}  // namespace

EMULATE_EXPORT const Plugin* emulate_plugin() { return &kPlugin; }
