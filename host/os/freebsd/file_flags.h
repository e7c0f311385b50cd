#pragma once

/// Flags of files, chflags(2): those that the host's file systems have too.

#include <cstdint>

#include "host/os/path.h"

struct statx;

namespace emulate::freebsd {

/// st_flags of a file. `dirfd` and `path` name it as for statx(2).
std::uint32_t file_flags(const struct statx& s, int dirfd, const char* path, int at_flags);

/// ufs_setattr() of flags. EOPNOTSUPP where the host has no such flag, EPERM without privilege.
Expected<void> set_file_flags(int dirfd, const char* path, int at_flags, std::uint64_t flags);

}  // namespace emulate::freebsd
