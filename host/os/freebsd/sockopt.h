#pragma once

/// Socket options by table.

#include "host/os/param.h"

namespace emulate::freebsd {

/// setsockopt(2) and getsockopt(2) of a host descriptor. The option's bytes are the guest's.
SysResult set_socket_option(Task& task, int fd, int level, int name, GuestAddr value,
                            std::uint32_t size);
/// Returns how many bytes were written.
Expected<std::uint32_t> get_socket_option(Task& task, int fd, int level, int name, GuestAddr value,
                                          std::uint32_t size);

}  // namespace emulate::freebsd
