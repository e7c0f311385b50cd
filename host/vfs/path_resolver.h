#pragma once

/// The one place where a guest path becomes a host path.

#include <string>
#include <string_view>

#include "host/thunk/result.h"

namespace emulate {

/// What to hand to a host *at() call.
struct HostPath {
  int dirfd = -100;   ///< AT_FDCWD, or a guest descriptor
  std::string path;
  const char* c_str() const { return path.c_str(); }
};

class PathResolver {
 public:
  /// Whether the last component is followed when it is a symbolic link; matters where -L must
  /// decide whether a path exists.
  enum class Follow : bool { no, yes };

  /// -L PREFIX: absolute paths are tried under it first. Empty: none.
  void set_prefix(std::string prefix) { prefix_ = std::move(prefix); }
  const std::string& prefix() const { return prefix_; }
  /// The program that runs, for /proc/curproc/file, /proc/self/exe and the like.
  void set_program(std::string guest_path) { program_ = std::move(guest_path); }

  /// A guest path relative to a guest directory descriptor (host AT_FDCWD for the current
  /// directory). `creates`: the call may create the last component, so that its directory decides
  /// about the prefix.
  HostPath resolve(int dirfd, std::string_view guest_path, Follow follow = Follow::yes,
                   bool creates = false) const;
  /// The inverse for absolute host paths (getcwd, F_KINFO, kern.proc.*): strips the prefix.
  std::string to_guest(std::string_view host_path) const;

 private:
  std::string prefix_;
  std::string program_;
};

}  // namespace emulate
