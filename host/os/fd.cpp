#include "host/os/fd.h"

#include <fcntl.h>

namespace emulate {

Expected<int> guest_fd(Task&, Fd fd) {
  const int number = host(fd);
  if (number < 0 || FdTable::is_private(number)) return host_error(EBADF);
  return number;
}

Expected<int> guest_directory_fd(Task& task, Fd fd) {
  if (host(fd) == AT_FDCWD) return AT_FDCWD;
  return guest_fd(task, fd);
}

}  // namespace emulate
