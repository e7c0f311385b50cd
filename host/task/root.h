#pragma once

/// --root by the kernel: the guest's root directory becomes the process's.

#include <string>

namespace emulate {

/// Makes `directory` the root directory by chroot(2), as root or in a user namespace of our own. If
/// it lacks the host's /proc, /dev or /sys, they appear in it in a mount namespace of our own. The
/// current directory becomes the same place in the new root, or "/" when it is outside. False when
/// the host does not permit that, or when there is no directory for /proc, which emulate needs.
bool change_root(const std::string& directory);

/// While it lives, the process is outside of such a root again, as emulate was when it started, so
/// that it can execute emulate anew.
class OutsideRoot {
 public:
  OutsideRoot();
  ~OutsideRoot();
  OutsideRoot(const OutsideRoot&) = delete;
  OutsideRoot& operator=(const OutsideRoot&) = delete;

 private:
  int inside_ = -1;
};

}  // namespace emulate
