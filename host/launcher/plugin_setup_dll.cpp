#include "host/launcher/plugin_setup.h"
#include "host/loader/dll/dll_source.h"

namespace emulate {

PluginSource* plugin_source() {
  static DllSource source;
  return &source;
}

std::span<PluginEntry* const> builtin_plugins() { return {}; }

}  // namespace emulate
