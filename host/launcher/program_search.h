#pragma once

/// Where the program named on the command line is.

#include <optional>
#include <string>

#include "host/vfs/path_resolver.h"

namespace emulate {

/// A name with a slash, or of a file in the current directory, stands for itself. Any other is
/// sought in PATH, as the guest sees its directories. The result is a guest path; nullopt
/// when there is no such program.
std::optional<std::string> search_program(const std::string& name, const PathResolver& paths,
                                          const char* path);

}  // namespace emulate
