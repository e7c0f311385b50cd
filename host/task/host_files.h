#pragma once

/// What emulate itself reads of the host, wherever the guest's root is. The guest may close any
/// descriptor it finds, from another thread and at any time; what is here does not depend on that.

#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "host/os/param.h"

namespace emulate {

/// Opens a host file, named by an absolute path, close-on-exec and out of the guest's reach. The
/// caller closes it. -1 with errno.
int open_host_file(const std::string& path, int flags, unsigned mode = 0);

/// The contents of a host file, such as those in /proc whose size is not known before. Nothing when
/// it cannot be opened; what has been read when its subject goes meanwhile.
std::optional<std::string> read_host_file(const std::string& path);

/// The same as a stream, empty when the file cannot be opened.
std::istringstream host_text(const std::string& path);

/// The entries of a host directory that are named by a number (processes, descriptors), in order.
Expected<std::vector<int>> numbered_entries(const std::string& directory);

/// Runs `work` in a thread with a table of descriptors of its own, of which it knows only standard
/// input, output and error. For host libraries that use a descriptor for a moment, and end the
/// process when it is gone (getifaddrs(3), getpwuid(3)). False when there can be no such thread;
/// nothing has been run then.
bool with_own_descriptors(const std::function<void()>& work);

}  // namespace emulate
