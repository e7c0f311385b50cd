#pragma once

/// The one place where a guest path becomes a host path.
///
/// -L lays a directory over the root: an absolute path is looked up under it first, component by
/// component, so that absolute symbolic links found there stay inside the guest's view. What the
/// prefix does not have is taken from the host. /proc names of the running program and /dev names
/// that only FreeBSD has are translated, whether there is a prefix or not.
///
/// --root gives the guest another root altogether; where that is not done by the kernel
/// (host/task/root.h), each path is looked up here, links included.

#include <optional>
#include <string>
#include <string_view>

#include "host/thunk/result.h"
#include "host/vfs/guest_root.h"

namespace emulate {

/// What to hand to a host *at() call.
struct HostPath {
  int dirfd = -100;  ///< AT_FDCWD, or a guest descriptor
  std::string path;
  const char* c_str() const { return path.c_str(); }
};

class PathResolver {
 public:
  /// Whether the last component is followed when it is a symbolic link; matters where -L must
  /// decide whether a path exists.
  enum class Follow : bool { no, yes };

  /// -L PREFIX: absolute paths are tried under it first. Empty or "/": none. Made absolute here, so
  /// that the program may change its directory.
  void set_prefix(const std::string& prefix);
  const std::string& prefix() const { return prefix_; }
  /// Where the user named neither prefix nor root: the one in which the program's interpreter was
  /// found, taken as -L is, but given up for the next program's.
  void set_found_prefix(const std::string& prefix) {
    set_prefix(prefix);
    found_ = true;
  }
  bool may_find_prefix() const { return (prefix_.empty() || found_) && !root_.active(); }
  /// --root by names. Without it or with "/" the host's root is the guest's.
  void set_root(const std::string& directory) { root_.set(directory); }
  const GuestRoot& root() const { return root_; }
  /// The program that runs, for /proc/curproc/file, /proc/self/exe and the like.
  void set_program(std::string guest_path) { program_ = std::move(guest_path); }

  /// A guest path relative to a guest directory descriptor (host AT_FDCWD for the current
  /// directory). `creates`: the call may create the last component; when it exists on neither side
  /// its directory decides about the prefix.
  HostPath resolve(int dirfd, std::string_view guest_path, Follow follow = Follow::yes,
                   bool creates = false) const;
  /// The inverse for absolute host paths (getcwd, F_KINFO, kern.proc.*): strips the
  /// prefix or the root.
  std::string to_guest(std::string_view host_path) const;
  /// What readlink(2) answers where the host's answer would name emulate instead of the program
  /// (/proc/curproc/file and the like); nothing for other paths.
  std::optional<std::string> link_text(std::string_view guest_path) const;

 private:
  /// The host path that the overlay of prefix and root gives an absolute path.
  std::string overlay(std::string_view guest_path, Follow follow, bool creates) const;

  std::string prefix_;
  bool found_ = false;
  GuestRoot root_;
  std::string program_;
};

}  // namespace emulate
