#pragma once

/// FreeBSD's pipes are two-way (sys/kern/sys_pipe.c), the host's are not: a guest's pipe is two of
/// them. The one that goes from the second descriptor to the first is the guest's descriptors
/// themselves, so that the usual direction costs nothing; the other hangs on them, private to
/// emulate.

#include <memory>

#include "host/os/param.h"

namespace emulate::freebsd {

/// The way back of one end. Shared by duplicates; goes when the last one of the process is closed.
struct PipeEnd final : FdObject {
  /// Takes over `back_fd`, a private descriptor.
  PipeEnd(int back_fd, bool reads_front) : back(back_fd), reading(reads_front) {}
  PipeEnd(const PipeEnd&) = delete;
  PipeEnd& operator=(const PipeEnd&) = delete;
  ~PipeEnd() override;

  const int back;      ///< written to where `reading`, else read from
  const bool reading;  ///< the guest's descriptor is the host's reading end
};

/// What hangs on `fd`; null where it is no end of a guest's pipe.
std::shared_ptr<PipeEnd> pipe_end(Task& task, int fd);
/// The same where the host says that `fd` is not open in this direction, as `result` shows.
std::shared_ptr<PipeEnd> pipe_back(Task& task, int fd, long result);

SysResult sys_pipe(Task& task);
SysResult sys_pipe2(Task& task, OutArray<std::int32_t> fildes, Flags flags);

}  // namespace emulate::freebsd
