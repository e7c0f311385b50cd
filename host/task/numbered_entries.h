#pragma once

/// Directories of the host whose entries are numbers: processes, descriptors.

#include <string>
#include <vector>

#include "host/os/param.h"

namespace emulate {

/// The entries of a host directory that are named by a number, in order. The guest cannot close the
/// descriptor that reads them.
Expected<std::vector<int>> numbered_entries(const std::string& directory);

}  // namespace emulate
