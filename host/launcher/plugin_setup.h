#pragma once

/// What differs between emulate and emulate-static; each links its own implementation.

#include <span>

#include "host/loader/plugin_source.h"

namespace emulate {

/// How plugin files are loaded; nullptr in emulate-static.
PluginSource* plugin_source();
/// Entry points of the plugins linked in.
std::span<PluginEntry* const> builtin_plugins();

}  // namespace emulate
