#pragma once

/// A guest's root directory that is not the process's (--root where the kernel does not permit
/// chroot): lookups that stay inside of it, as far as names go. It is no jail: between looking a
/// name up and using it another program may change what it means.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace emulate {

class GuestRoot {
 public:
  /// An existing directory; "" or "/": none.
  void set(const std::string& directory);
  bool active() const { return !directory_.empty(); }
  const std::string& directory() const { return directory_; }

  /// The host's name of what an absolute guest path names. `follow`: a symbolic link at its end is
  /// followed. What does not exist is named where it would be made.
  std::string host_path(std::string_view guest_path, bool follow) const;
  /// Whether the kernel finds the same for a relative path: it leads over no symbolic link and no
  /// "..", which could leave the root.
  static bool is_plain(int dirfd, std::string_view path, bool follow);
  /// The inverse of host_path() for paths without links.
  std::string guest_path(std::string_view host_path) const;
  /// The guest's name of a directory that is open (or AT_FDCWD).
  std::optional<std::string> directory_path(int dirfd) const;

 private:
  std::string to_host(const std::string& clean_guest_path) const;

  std::string directory_;
  std::vector<std::string> shared_;  ///< directories that are the host's: /proc, perhaps /dev
};

}  // namespace emulate
