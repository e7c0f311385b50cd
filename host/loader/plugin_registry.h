#pragma once

/// Finds, checks and loads architecture plugins, and picks the machine for an ELF file.

#include <memory>
#include <string>
#include <vector>

#include "emulate/emulate.h"
#include "host/loader/elf_file.h"
#include "host/loader/plugin_source.h"

namespace emulate {

/// One machine a loaded plugin offers.
struct MachineEntry {
  const Machine* machine = nullptr;
  const Plugin* plugin = nullptr;
  std::string file;  ///< host path of the plugin; "(built in)" for emulate-static
};

/// Plugins stay loaded for the life of the process. Not thread-safe: used before threads start and
/// with other tasks stopped (exec).
class PluginRegistry {
 public:
  /// Without a source only built-in plugins can be used (emulate-static, tests). `source` outlives
  /// the registry.
  explicit PluginRegistry(PluginSource* source = nullptr);
  ~PluginRegistry();
  PluginRegistry(const PluginRegistry&) = delete;
  PluginRegistry& operator=(const PluginRegistry&) = delete;

  /// Directories are searched in the order added; they are read when a machine is first asked for.
  void add_directory(std::string path);
  /// Plugins linked into the executable.
  void add_builtin(const Plugin* plugin);

  /// The machine for an ELF file that supports its OS; nullptr when there is none. Loads as few
  /// plugins as it can. `message` then says which machine is wanted and where plugins were sought.
  const Machine* find(const ElfFile& elf, std::string& message);
  /// Loads every plugin now: afterwards their files may be out of reach.
  void load_all();
  /// Every machine of every plugin (--list); loads them all.
  std::vector<MachineEntry> list();
  /// One line per plugin that was refused, naming the file and the reason.
  const std::vector<std::string>& refusals() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace emulate
