/// Exports another symbol than the entry point.
#include "test_plugin.h"

namespace {
const test_plugin::LoadMark kMark("LOADED_no_entry");
}  // namespace

EMULATE_EXPORT const emulate::Plugin* emulate_plug() { return nullptr; }
