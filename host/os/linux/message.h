#pragma once

/// Messages, with and without ancillary data, and socket options.

#include "host/os/linux/abi/socket.h"
#include "host/os/linux/abi/time.h"
#include "host/os/linux/params.h"

namespace emulate::linux_os {

SysResult sys_sendto(Task& task, Fd fd, InBuffer data, Flags flags, GuestAddr address,
                     std::int32_t size);
SysResult sys_recvfrom(Task& task, Fd fd, OutBuffer data, Flags flags, GuestAddr address,
                       InOut<std::int32_t> length);
SysResult sys_sendmsg(Task& task, Fd fd, GuestAddr message, Flags flags);
SysResult sys_recvmsg(Task& task, Fd fd, GuestAddr message, Flags flags);
SysResult sys_sendmmsg(Task& task, Fd fd, GuestAddr messages, std::uint32_t count, Flags flags);
template <class T>
SysResult sys_recvmmsg(Task& task, Fd fd, GuestAddr messages, std::uint32_t count, Flags flags,
                       In<T> timeout);

SysResult set_socket_option(Task& task, int fd, int level, int name, GuestAddr value, int size);
SysResult get_socket_option(Task& task, int fd, int level, int name, GuestAddr value,
                            InOut<std::int32_t> size);

}  // namespace emulate::linux_os
