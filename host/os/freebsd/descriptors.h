#pragma once

/// The program's limit on descriptor numbers (FreeBSD getmaxfd()). The host's own limit is wider:
/// emulate's descriptors lie above the program's.

#include "host/os/param.h"

namespace emulate::freebsd {

/// First number that the program cannot have.
int max_fd(Task& task);

/// For calls that have just made a descriptor: passes `made` through, or closes it and answers
/// EMFILE when its number is beyond the program's limit.
SysResult limit_descriptor(Task& task, SysResult made);
/// The same for a descriptor that a host call has made; -1 stands for errno.
Expected<int> limit_descriptor(Task& task, int fd);
/// The same for two: both or neither.
Expected<void> limit_descriptors(Task& task, int first, int second);

}  // namespace emulate::freebsd
