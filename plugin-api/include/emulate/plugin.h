#pragma once

/// The entry point of a plugin.
///
/// A plugin is a shared object in the plugin directory that exports one symbol,
///
///     extern "C" const emulate::Plugin* emulate_plugin();
///
/// returning a descriptor in static storage. The host checks magic, struct_size, API version and
/// ABI tag, in this order, before it looks at anything else. A plugin built for another major
/// version, or for a newer minor one, is refused; so is one whose C++ library differs.
/// See docs/plugin-guide.md for a walk through a complete plugin.

#include <cstdint>
#include <span>

#include "emulate/machine.h"

namespace emulate {
inline namespace v1 {

inline constexpr std::uint64_t kPluginMagic = 0x314e'4c50'4c55'4d45;  // "EMULPLN1"
inline constexpr std::uint16_t kApiMajor = 1;
inline constexpr std::uint16_t kApiMinor = 0;

/// What must be the same on both sides for std::span and virtual calls to mean the same. The
/// compiler is deliberately no part of it: clang and gcc agree on the Itanium ABI.
inline constexpr char kAbiTag[16] =
#if defined(_GLIBCXX_RELEASE)
    "libstdc++-cxx11";
#elif defined(_LIBCPP_VERSION)
    "libc++-1";
#else
    "unknown";
#endif

struct Plugin {
  std::uint64_t magic = kPluginMagic;
  std::uint32_t struct_size = sizeof(Plugin);
  std::uint16_t api_major = kApiMajor;
  std::uint16_t api_minor = kApiMinor;
  char abi_tag[16] = {};
  const char* name = nullptr;     ///< "aarch64"
  const char* version = nullptr;  ///< free text, printed by --list
  std::span<const Machine> machines;

  /// A descriptor for this API, filled in but for its last three members.
  static constexpr Plugin describe(const char* name, const char* version,
                                   std::span<const Machine> machines) {
    Plugin p;
    for (unsigned i = 0; i < sizeof p.abi_tag; ++i) p.abi_tag[i] = kAbiTag[i];
    p.name = name;
    p.version = version;
    p.machines = machines;
    return p;
  }
};

using PluginEntry = const Plugin*();

}  // namespace v1
}  // namespace emulate

/// The entry symbol; the build of the one-file variant renames it per plugin.
#ifndef EMULATE_PLUGIN_ENTRY
#define EMULATE_PLUGIN_ENTRY emulate_plugin
#endif
#define EMULATE_EXPORT extern "C" __attribute__((visibility("default")))
