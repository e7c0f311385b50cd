#pragma once

/// Process descriptors (FreeBSD sys/kern/sys_procdesc.c): host pidfds that pdfork(2) made.

#include "host/task/fd_table.h"

namespace emulate::freebsd {

/// Hangs on the descriptor.
class Procdesc final : public FdObject {
 public:
  /// `ends_child`: the process is killed when the last descriptor is closed (no PD_DAEMON).
  Procdesc(int pid, bool ends_child);
  ~Procdesc() override;
  int pid() const { return pid_; }

 private:
  int pid_;
  int creator_;
  bool ends_child_;
};

/// The process behind a descriptor of this process, also when it came through execve of another
/// emulate and has no object; EINVAL when the descriptor is none.
Expected<int> procdesc_pid(int fd);

/// Ends what closing all descriptors would end, at exit(2).
void kill_procdesc_children();

}  // namespace emulate::freebsd
