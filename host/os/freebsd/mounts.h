#pragma once

/// Mounted filesystems of the host as the guest sees them.

#include <string>
#include <vector>

#include "host/os/freebsd/abi/statfs.h"
#include "host/thunk/result.h"
#include "host/vfs/path_resolver.h"

namespace emulate::freebsd {

/// A line of the host's mount table.
struct Mount {
  std::uint64_t id = 0;  ///< STATX_MNT_ID
  std::string type;      ///< host name: "ext4"
  std::string source;
  std::string target;  ///< host path
};

/// Parses the format of /proc/self/mountinfo (proc(5)).
std::vector<Mount> parse_mountinfo(std::string_view text);
std::vector<Mount> mounts();

/// FreeBSD's name of a host filesystem type: ext4 is ext2fs.
std::string guest_fs_type(std::string_view host_type);

/// What statfs(2) answers about an open descriptor, or about a path below one.
Expected<Statfs> statfs_of(const PathResolver& paths, int dirfd, const char* path, int at_flags);
/// The same about a known mount.
Expected<Statfs> statfs_of(const PathResolver& paths, const Mount& mount);

}  // namespace emulate::freebsd
