#include "host/launcher/program_search.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string_view>

namespace emulate {
namespace {

bool is_program(const HostPath& path) {
  struct stat st {};
  return fstatat(path.dirfd, path.c_str(), &st, 0) == 0 && S_ISREG(st.st_mode) &&
         faccessat(path.dirfd, path.c_str(), X_OK, 0) == 0;
}

}  // namespace

std::optional<std::string> search_program(const std::string& name, const PathResolver& paths,
                                          const char* path) {
  if (name.find('/') != std::string::npos || access(name.c_str(), F_OK) == 0) return name;
  std::string_view rest = path != nullptr ? path : "/bin:/usr/bin";
  while (true) {
    const std::size_t colon = rest.find(':');
    const std::string_view directory = rest.substr(0, colon);
    // An empty element is the current directory, where it was not found.
    if (!directory.empty()) {
      const std::string guest = std::string(directory) + '/' + name;
      if (is_program(paths.resolve(AT_FDCWD, guest))) return guest;
    }
    if (colon == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(colon + 1);
  }
}

}  // namespace emulate
