#pragma once

/// Where the program named on the command line is.

#include <optional>
#include <string>

namespace emulate {

/// A name with a slash, or of a file in the current directory, stands for itself. Any other is
/// sought in PATH, each directory under `prefix` (-L) first. The result is a guest path; nullopt
/// when there is no such program.
std::optional<std::string> search_program(const std::string& name, const std::string& prefix,
                                          const char* path);

}  // namespace emulate
