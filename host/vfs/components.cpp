#include "host/vfs/components.h"

#include <limits.h>
#include <unistd.h>

#include <array>

namespace emulate {

std::deque<std::string> split_path(std::string_view path) {
  std::deque<std::string> names;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    if (slash != 0) names.emplace_back(path.substr(0, slash));
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return names;
}

std::string join_path(std::string path, const std::deque<std::string>& names) {
  for (const std::string& name : names) {
    path += '/';
    path += name;
  }
  return path;
}

std::string link_target(const std::string& host_path) {
  std::array<char, PATH_MAX> text;
  const ssize_t n = readlink(host_path.c_str(), text.data(), text.size());
  return n > 0 ? std::string(text.data(), static_cast<std::size_t>(n)) : std::string();
}

}  // namespace emulate
