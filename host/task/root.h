#pragma once

/// --root by the kernel: the guest's root directory becomes the process's.

#include <string>

namespace emulate {

/// Makes `directory` the root directory by chroot(2), as root or in a user namespace of our own. If
/// it lacks the host's /proc, /dev or /sys, they appear in it in a mount namespace of our own. The
/// current directory becomes the same place in the new root, or "/" when it is outside. False when
/// the host does not permit that, or when there is no directory for /proc, which emulate needs.
bool change_root(const std::string& directory);

/// Makes `directory` the root by chroot(2) alone: there is nothing in it but its files (jail(2)).
/// The current directory becomes "/". False with errno.
bool confine_to(const std::string& directory);

/// The guest has changed the root by a chroot(2) of its own, to this directory as it was named
/// then, without symbolic links.
void note_chroot(const std::string& directory);

/// The root directory as the host names it, once the guest has changed it; else empty.
const std::string& changed_root();

/// Opens a file of the host's, wherever the root is now: `path` is absolute. -1 with errno.
int open_outside(const std::string& path, int flags, unsigned mode = 0);

/// While it lives, the process is outside of such a root again, as emulate was when it started, so
/// that it can execute emulate anew.
class OutsideRoot {
 public:
  OutsideRoot();
  ~OutsideRoot();
  OutsideRoot(const OutsideRoot&) = delete;
  OutsideRoot& operator=(const OutsideRoot&) = delete;

  /// There is no way back any more.
  void stay();

 private:
  int inside_ = -1;
};

}  // namespace emulate
