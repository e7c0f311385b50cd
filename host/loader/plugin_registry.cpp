#include "host/loader/plugin_registry.h"

#include <dirent.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "host/loader/plugin_check.h"
#include "host/loader/plugin_file.h"
#include "host/trace/log.h"

namespace emulate {
namespace {

constexpr char kBuiltIn[] = "(built in)";

bool takes(const ElfMatch& match, const ElfFile& elf) {
  return match.e_machine == elf.machine && match.elf_class == elf.elf_class &&
         match.order == elf.order && (elf.flags & match.flags_mask) == match.flags_value;
}

const char* os_name(Os os) { return os == Os::freebsd ? "FreeBSD" : "Linux"; }

std::string describe(const ElfFile& elf) {
  return fmt::format("{} programs for ELF machine {} ({}-bit, {}-endian)", os_name(elf.os),
                     elf.machine, elf.elf_class == 1 ? 32 : 64,
                     elf.order == ByteOrder::little ? "little" : "big");
}

/// The plugin files of a directory in the order of their names.
std::vector<std::string> shared_objects(const std::string& directory) {
  std::vector<std::string> files;
  DIR* dir = opendir(directory.c_str());
  if (dir == nullptr) return files;
  while (const dirent* entry = readdir(dir)) {
    const std::string_view name = entry->d_name;
    if (name.ends_with(".so") && name.front() != '.') {
      files.push_back(fmt::format("{}/{}", directory, name));
    }
  }
  closedir(dir);
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

struct PluginRegistry::Impl {
  /// A file found in a directory.
  struct Candidate {
    std::string file;
    std::optional<std::vector<MachineNote>> index;
    bool tried = false;
  };

  PluginSource* source;
  std::vector<std::string> directories;
  std::size_t directories_read = 0;
  std::vector<Candidate> candidates;
  std::vector<MachineEntry> machines;
  std::vector<std::string> refusals;

  void refuse(const std::string& path, const std::string& reason) {
    refusals.push_back(fmt::format("{}: refused: {}", path, reason));
    log(Log::loader, refusals.back());
  }

  void read_directories() {
    for (; directories_read < directories.size(); ++directories_read) {
      const std::string& directory = directories[directories_read];
      const std::vector<std::string> files = shared_objects(directory);
      if (files.empty()) continue;
      if (auto r = check_owner_only(directory, true); !r) {
        refuse(directory, r.error());
        continue;
      }
      for (const std::string& file : files) {
        auto inspected = inspect_plugin(file);
        if (inspected) {
          candidates.push_back({file, std::move(inspected->machines)});
        } else {
          refuse(file, inspected.error());
        }
      }
    }
  }

  void load(Candidate& candidate) {
    if (candidate.tried) return;
    candidate.tried = true;
    if (source == nullptr) {
      refuse(candidate.file, "this emulate takes only built-in plugins");
      return;
    }
    const auto plugin = source->load(candidate.file);
    if (!plugin) {
      refuse(candidate.file, plugin.error());
    } else if (adopt(*plugin, candidate.file)) {
      log(Log::loader, fmt::format("{}: loaded plugin {}", candidate.file, (*plugin)->name));
    }
  }

  bool adopt(const Plugin* plugin, const std::string& file) {
    if (auto r = check_plugin(plugin); !r) {
      refuse(file, r.error());
      return false;
    }
    for (const Machine& m : plugin->machines) {
      const auto same = [&](const MachineEntry& e) {
        return std::strcmp(e.machine->name, m.name) == 0;
      };
      const auto other = std::find_if(machines.begin(), machines.end(), same);
      if (other != machines.end()) {
        refuse(file, fmt::format("its machine {} is already taken by {}", m.name, other->file));
        return false;
      }
    }
    for (const Machine& m : plugin->machines) machines.push_back({&m, plugin, file});
    return true;
  }

  static bool may_run(const Candidate& candidate, const ElfFile& elf) {
    if (!candidate.index) return true;
    return std::any_of(candidate.index->begin(), candidate.index->end(), [&](const MachineNote& n) {
      return takes(n.elf(), elf) && (elf.os == Os::freebsd ? n.freebsd : n.linux_) != 0;
    });
  }

  /// The best of the machines loaded so far.
  const Machine* choose(const ElfFile& elf) const {
    const Machine* first = nullptr;
    for (const MachineEntry& e : machines) {
      if (!takes(e.machine->elf, elf) || e.machine->abi(elf.os) == nullptr) continue;
      if (e.machine->preferred) return e.machine;
      if (first == nullptr) first = e.machine;
    }
    return first;
  }

  std::string not_found(const ElfFile& elf) const {
    for (const MachineEntry& e : machines) {
      if (takes(e.machine->elf, elf)) {
        return fmt::format("no plugin runs {}; {} has the machine ({}), but not the system",
                           describe(elf), e.file, e.machine->name);
      }
    }
    std::string where;
    for (const std::string& d : directories) where += (where.empty() ? "" : ", ") + d;
    if (where.empty()) where = kBuiltIn;
    return fmt::format("no plugin runs {}; looked in {}", describe(elf), where);
  }
};

PluginRegistry::PluginRegistry(PluginSource* source) : impl_(std::make_unique<Impl>()) {
  impl_->source = source;
}
PluginRegistry::~PluginRegistry() = default;

void PluginRegistry::add_directory(std::string path) {
  impl_->directories.push_back(std::move(path));
}

void PluginRegistry::add_builtin(const Plugin* plugin) { impl_->adopt(plugin, kBuiltIn); }

const Machine* PluginRegistry::find(const ElfFile& elf, std::string& message) {
  const Machine* machine = impl_->choose(elf);
  if (machine != nullptr && machine->preferred) return machine;
  impl_->read_directories();
  for (Impl::Candidate& candidate : impl_->candidates) {
    if (!Impl::may_run(candidate, elf)) continue;
    impl_->load(candidate);
    machine = impl_->choose(elf);
    if (machine != nullptr && machine->preferred) return machine;
  }
  if (machine == nullptr) message = impl_->not_found(elf);
  return machine;
}

void PluginRegistry::load_all() {
  impl_->read_directories();
  for (Impl::Candidate& candidate : impl_->candidates) impl_->load(candidate);
}

std::vector<MachineEntry> PluginRegistry::list() {
  load_all();
  return impl_->machines;
}

const std::vector<std::string>& PluginRegistry::refusals() const { return impl_->refusals; }

}  // namespace emulate
