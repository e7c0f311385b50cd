#pragma once

/// What can be learned about a plugin's file without running any of its code.

#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "emulate/machine_note.h"

namespace emulate {

struct PluginFile {
  /// Machines the file says it has; nullopt when it carries no index.
  std::optional<std::vector<MachineNote>> machines;
};

/// A file or directory whose content only its owner can change, the owner being root or the user.
/// The error is the reason, without the path.
tl::expected<void, std::string> check_owner_only(const std::string& path, bool directory);

/// Checks that `path` is a trustworthy regular file and a shared object for this host that exports
/// the entry point, and reads its index.
tl::expected<PluginFile, std::string> inspect_plugin(const std::string& path);

}  // namespace emulate
