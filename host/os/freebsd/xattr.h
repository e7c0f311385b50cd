#pragma once

/// Extended attributes of the host, which hold what FreeBSD's file systems keep apart: extended
/// attributes, access control lists, flags.

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/os/path.h"

namespace emulate::freebsd {

/// A file as a call names it.
class XattrFile {
 public:
  static Expected<XattrFile> of(Task& task, const PathArg& path, PathResolver::Follow follow);
  static Expected<XattrFile> of(Task& task, Fd fd);

  Expected<std::vector<std::byte>> get(const std::string& name) const;
  Expected<void> set(const std::string& name, const void* value, std::size_t size) const;
  Expected<void> remove(const std::string& name) const;
  /// All names, each with a NUL.
  Expected<std::string> list() const;
  Expected<struct stat> status() const;

 private:
  std::string path_;
  int fd_ = -1;
  bool follow_ = true;
};

}  // namespace emulate::freebsd
