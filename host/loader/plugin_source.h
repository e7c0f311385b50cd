#pragma once

/// How a plugin file gets into the process. Apart from the registry so that emulate-static needs
/// neither a dynamic loader nor Boost.DLL.

#include <string>

#include <tl/expected.hpp>

#include "emulate/plugin.h"

namespace emulate {

class PluginSource {
 public:
  virtual ~PluginSource() = default;
  /// Loads a shared object for the life of the process and calls its entry point, whose result is
  /// not checked yet. The error is the reason alone, without the file's name.
  virtual tl::expected<const Plugin*, std::string> load(const std::string& file) = 0;
};

}  // namespace emulate
