#pragma once

/// Scatter and gather lists of the guest, as host lists over guest memory.

#include <sys/uio.h>

#include <boost/container/small_vector.hpp>

#include "host/os/freebsd/abi/uio.h"
#include "host/os/param.h"

namespace emulate::freebsd {

using HostIovecs = boost::container::small_vector<iovec, 16>;

enum class Access : bool {
  read,   ///< the host kernel reads guest memory (write, send)
  write,  ///< the host kernel writes guest memory (read, receive)
};

/// Host pointer for handing a guest buffer to the host kernel. EFAULT when it leaves the window.
Expected<void*> host_buffer(Task& task, GuestAddr address, std::uint64_t bytes, Access access);

/// Copies in `count` iovecs. EINVAL beyond UIO_MAXIOV or when the lengths add up to more than one
/// call may transfer; EFAULT.
Expected<HostIovecs> load_iovecs(Task& task, GuestAddr address, std::uint32_t count, Access access);

}  // namespace emulate::freebsd
