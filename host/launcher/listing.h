#pragma once

/// The tables of --list and --cpu help.

#include <string>

#include "host/loader/plugin_registry.h"

namespace emulate {

/// A line for each machine, or for each CPU model of each machine.
std::string describe_plugins(PluginRegistry& registry, bool cpu_models);

}  // namespace emulate
