#pragma once

/// File handles (FreeBSD sys/sys/mount.h struct fhandle), made of the host's.

#include "host/os/param.h"

namespace emulate::freebsd {

/// Opens the file of a guest's handle with host flags; close what is returned. EPERM without the
/// privilege, EFAULT, ESTALE.
Expected<int> open_handle(Task& task, GuestAddr handle, int host_flags);

}  // namespace emulate::freebsd
