#pragma once

/// Whether a loaded plugin's descriptor can be used.

#include <string>

#include <tl/expected.hpp>

#include "emulate/plugin.h"

namespace emulate {

/// Checks magic, struct_size, API version and ABI tag, in this order and before anything behind
/// them is looked at, then that each machine is complete. The error is the reason alone.
tl::expected<void, std::string> check_plugin(const Plugin* plugin);

}  // namespace emulate
