#pragma once

/// Path arguments of system calls: copied in once, then resolved to what the host call takes.

#include "host/os/fd.h"
#include "host/vfs/path_resolver.h"

namespace emulate {

inline constexpr Fd kAtFdcwd = Fd(-100);  ///< the same on FreeBSD and Linux

/// The path that `path` names, relative to `directory` unless it is absolute. `creates`: the call
/// may create the last component. EFAULT, ENAMETOOLONG, EBADF.
Expected<HostPath> load_path(Task& task, Fd directory, const PathArg& path,
                             PathResolver::Follow follow = PathResolver::Follow::yes,
                             bool creates = false);

/// The same relative to the current directory.
inline Expected<HostPath> load_path(Task& task, const PathArg& path,
                                    PathResolver::Follow follow = PathResolver::Follow::yes,
                                    bool creates = false) {
  return load_path(task, kAtFdcwd, path, follow, creates);
}

/// chroot(2): the process's, or the guest's alone where emulate translates its paths.
SysResult guest_chroot(Task& task, const PathArg& path);

}  // namespace emulate
