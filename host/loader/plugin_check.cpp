#include "host/loader/plugin_check.h"

#include <bit>
#include <cstddef>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

namespace emulate {
namespace {

std::string_view tag(const char (&text)[16]) { return {text, strnlen(text, sizeof text)}; }

std::string version_mismatch(const Plugin& p) {
  return fmt::format(
      "built for plugin API {}.{} (descriptor of {} bytes), this emulate has {}.{} ({} bytes)",
      p.api_major, p.api_minor, p.struct_size, kApiMajor, kApiMinor, sizeof(Plugin));
}

tl::expected<void, std::string> check_machine(const Machine& m) {
  const char* missing = nullptr;
  if (m.create_engine == nullptr || m.destroy_engine == nullptr) missing = "an engine";
  if (m.cpus.empty()) missing = "a CPU model";
  if (m.freebsd == nullptr && m.linux_ == nullptr) missing = "an operating system";
  if (m.machine == nullptr || m.linux_machine == nullptr) missing = "its uname -m";
  if (!std::has_single_bit(m.page_size) || m.page_size < 4096) missing = "a valid page size";
  if (missing == nullptr) return {};
  return tl::unexpected(fmt::format("its machine {} lacks {}", m.name, missing));
}

}  // namespace

tl::expected<void, std::string> check_plugin(const Plugin* plugin) {
  if (plugin == nullptr) return tl::unexpected(std::string("its entry point returned nothing"));
  const Plugin& p = *plugin;
  if (p.magic != kPluginMagic) {
    return tl::unexpected(
        fmt::format("bad magic {:#x}, a plugin has {:#x}", p.magic, kPluginMagic));
  }
  if (p.struct_size != sizeof(Plugin) || p.api_major != kApiMajor || p.api_minor > kApiMinor) {
    return tl::unexpected(version_mismatch(p));
  }
  if (tag(p.abi_tag) != tag(kAbiTag)) {
    return tl::unexpected(fmt::format("built with the C++ library '{}', this emulate with '{}'",
                                      tag(p.abi_tag), tag(kAbiTag)));
  }
  if (p.name == nullptr || p.machines.empty()) {
    return tl::unexpected(std::string("describes no machine"));
  }
  for (const Machine& m : p.machines) {
    if (m.name == nullptr) return tl::unexpected(std::string("has a machine without a name"));
    if (auto r = check_machine(m); !r) return r;
  }
  return {};
}

}  // namespace emulate
