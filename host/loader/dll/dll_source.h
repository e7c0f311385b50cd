#pragma once

/// Plugins from shared objects, with Boost.DLL.

#include "host/loader/plugin_source.h"

namespace emulate {

class DllSource final : public PluginSource {
 public:
  tl::expected<const Plugin*, std::string> load(const std::string& file) override;
};

}  // namespace emulate
