#include "host/os/path.h"

#include <fcntl.h>

namespace emulate {

Expected<HostPath> load_path(Task& task, Fd directory, const PathArg& path,
                             PathResolver::Follow follow, bool creates) {
  auto text = path.load();
  if (!text) return tl::unexpected(text.error());
  int at = AT_FDCWD;
  // As in the kernel's namei(), the directory of an absolute path is not looked at.
  if (!text->starts_with('/')) {
    auto fd = guest_directory_fd(task, directory);
    if (!fd) return tl::unexpected(fd.error());
    at = *fd;
  }
  return task.process().paths().resolve(at, *text, follow, creates);
}

}  // namespace emulate
