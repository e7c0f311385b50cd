#pragma once

#include <string>
#include <string_view>

namespace emulate::freebsd {

/// Where the object of a name lives: a file of /dev/shm, so that host programs share it. What a
/// file name cannot hold is escaped.
std::string posix_object_path(std::string_view name, std::string_view prefix = "");

}  // namespace emulate::freebsd
