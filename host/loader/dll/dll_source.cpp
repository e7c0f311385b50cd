#include "host/loader/dll/dll_source.h"

#include <dlfcn.h>

#include <utility>
#include <vector>

#include <boost/dll/shared_library.hpp>

namespace emulate {
namespace {

/// Never destroyed: guest threads may still run a plugin's code while the process ends.
void keep_loaded(boost::dll::shared_library library) {
  static auto& libraries = *new std::vector<boost::dll::shared_library>;
  libraries.push_back(std::move(library));
}

}  // namespace

tl::expected<const Plugin*, std::string> DllSource::load(const std::string& file) {
  namespace mode = boost::dll::load_mode;
  boost::dll::fs::error_code error;
  boost::dll::shared_library library;
  library.load(file, mode::rtld_now | mode::rtld_local, error);
  if (error) {
    // The error code only says "bad file descriptor"; the dynamic loader knows which symbol or
    // library is missing.
    const char* reason = dlerror();
    return tl::unexpected(std::string(reason != nullptr ? reason : error.message()));
  }
  if (!library.has("emulate_plugin")) {
    return tl::unexpected(std::string("exports no emulate_plugin: not a plugin"));
  }
  const Plugin* plugin = library.get<PluginEntry>("emulate_plugin")();
  keep_loaded(std::move(library));
  return plugin;
}

}  // namespace emulate
