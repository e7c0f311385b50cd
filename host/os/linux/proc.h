#pragma once

/// Files of /proc whose host content is about emulate, or about the host's CPU, instead of the
/// program.

#include <optional>
#include <string>

#include "host/task/task.h"

namespace emulate::linux_os {

/// An open descriptor with the guest's view of such a file; nullopt for all other paths.
std::optional<Expected<int>> open_proc_view(Task& task, const std::string& path, int host_flags);

/// The path by which such a descriptor was opened; empty for all others. stat(2) tells the same of
/// both, as programs that compare them expect.
std::string proc_view_path(int fd);

}  // namespace emulate::linux_os
