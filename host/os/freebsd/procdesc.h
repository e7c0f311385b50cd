#pragma once

/// Process descriptors (FreeBSD sys/kern/sys_procdesc.c): host pidfds that pdfork(2) made.

#include "host/task/fd_table.h"

namespace emulate::freebsd {

/// What ends the child with the last descriptor for it, in whatever process that is (no PD_DAEMON):
/// a pipe that all who have a descriptor hold open, and whose closing is SIGKILL to the child.
class LifeLine {
 public:
  LifeLine() = default;
  /// False with errno: it could not be made.
  bool open(bool close_on_exec);
  /// In the child: it hangs on the line from now on.
  void hang_on();
  /// In the parent: the end to hold.
  int take_hold();
  ~LifeLine();
  LifeLine(const LifeLine&) = delete;
  LifeLine& operator=(const LifeLine&) = delete;

 private:
  int child_ = -1;
  int hold_ = -1;
};

/// Hangs on the descriptor.
class Procdesc final : public FdObject {
 public:
  /// `hold`: the life line's; -1 where there is none.
  explicit Procdesc(int hold) : hold_(hold) {}
  ~Procdesc() override;

 private:
  int hold_;
};

/// The process behind a descriptor of this process, also when it came through execve of another
/// emulate and has no object; EINVAL when the descriptor is none.
Expected<int> procdesc_pid(int fd);

}  // namespace emulate::freebsd
