#pragma once

/// Positions in directories for 32-bit programs.
///
/// Many host filesystems number the places in a directory with 64-bit hashes. 32-bit programs keep
/// such a position in a long (telldir, Go's and libc's readdir), where it does not fit. So
/// positions beyond a limit are numbered as they are met, and the program sees the numbers.

#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "host/task/fd_table.h"

namespace emulate::freebsd {

/// The numbering of one open directory.
class DirectoryPositions : public FdObject {
 public:
  std::int64_t to_guest(std::int64_t host);
  /// EINVAL for a number that was never given out.
  Expected<std::int64_t> to_host(std::int64_t guest) const;

 private:
  /// Positions below this are passed through; numbers start here.
  static constexpr std::int64_t kFirst = 1 << 30;

  mutable std::mutex mutex_;
  std::vector<std::int64_t> hosts_;
  std::unordered_map<std::int64_t, std::int64_t> guests_;
};

}  // namespace emulate::freebsd
