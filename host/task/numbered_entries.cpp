#include "host/task/numbered_entries.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>
#include <string_view>

#include "host/task/fd_table.h"

namespace emulate {

Expected<std::vector<int>> numbered_entries(const std::string& directory) {
  int fd = -1;
  do {
    const int opened = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened < 0) return host_error(errno);
    fd = FdTable::make_private(opened);
    // EBADF: another thread of the guest has closed it in between.
  } while (fd < 0 && errno == EBADF);
  if (fd < 0) return host_error(errno);
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(fdopendir(fd), &closedir);
  if (dir == nullptr) {
    const int error = errno;
    close(fd);
    return host_error(error);
  }
  std::vector<int> out;
  while (const dirent* entry = readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    int number = 0;
    const auto r = std::from_chars(name.data(), name.data() + name.size(), number);
    if (r.ec == std::errc() && r.ptr == name.data() + name.size()) out.push_back(number);
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace emulate
