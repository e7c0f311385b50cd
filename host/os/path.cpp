#include "host/os/path.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>

#include "host/os/path_guard.h"
#include "host/task/root.h"

namespace emulate {
namespace {

PathGuard path_guard = nullptr;
PathWatch path_watch = nullptr;

}  // namespace

void set_path_guard(PathGuard guard) { path_guard = guard; }

void set_path_watch(PathWatch watch) { path_watch = watch; }

Expected<HostPath> load_path(Task& task, Fd directory, const PathArg& path,
                             PathResolver::Follow follow, bool creates) {
  auto text = path.load();
  if (!text) return tl::unexpected(text.error());
  if (path_watch != nullptr) path_watch(task, *text);
  if (path_guard != nullptr) {
    const bool follows = follow == PathResolver::Follow::yes;
    if (auto r = path_guard(task, directory, *text, follows); !r) return tl::unexpected(r.error());
  }
  int at = AT_FDCWD;
  // As in the kernel's namei(), the directory of an absolute path is not looked at.
  if (!text->starts_with('/')) {
    auto fd = guest_directory_fd(task, directory);
    if (!fd) return tl::unexpected(fd.error());
    at = *fd;
  }
  return task.process().paths().resolve(at, *text, follow, creates);
}

SysResult guest_chroot(Task& task, const PathArg& path) {
  const auto where = load_path(task, path);
  if (!where) return where.error();
  PathResolver& paths = task.process().paths();
  if (!paths.root().active()) {
    std::array<char, PATH_MAX> real{};
    if (realpath(where->c_str(), real.data()) == nullptr || chroot(real.data()) != 0) {
      return HostErrno{errno};
    }
    note_chroot(real.data());
    // What lay under the prefix can no longer be named from here.
    paths.set_prefix("");
    return SysResult::ok();
  }
  const int directory = open(where->c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return HostErrno{errno};
  close(directory);
  if (geteuid() != 0) return HostErrno{EPERM};
  paths.set_root(where->path);
  return SysResult::ok();
}

}  // namespace emulate
