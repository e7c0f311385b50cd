#include "host/thunk/result.h"

#include <cerrno>

namespace emulate {

SysResult SysResult::from_libc(long result) {
  if (result == -1) return HostErrno{errno};
  return value(static_cast<std::uint64_t>(result));
}

}  // namespace emulate
