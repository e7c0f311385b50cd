#pragma once

/// Walking a path name by name.

#include <deque>
#include <string>
#include <string_view>

namespace emulate {

/// As many links as the kernels allow in one lookup (FreeBSD MAXSYMLINKS is 32, Linux's 40).
inline constexpr int kMaxLinks = 40;

/// The names of a path; empty ones are left out.
std::deque<std::string> split_path(std::string_view path);
/// `path` with the names behind it.
std::string join_path(std::string path, const std::deque<std::string>& names);
/// What a symbolic link of the host says; empty when it cannot be read.
std::string link_target(const std::string& host_path);

}  // namespace emulate
