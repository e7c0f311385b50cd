#pragma once

/// The transferring calls of socket_io.cpp, for the table in socket.cpp.

#include "host/os/freebsd/abi/socket.h"
#include "host/os/param.h"

namespace emulate::freebsd {

/// The host's AF_*; -1 when `fd` is no socket.
int socket_domain(int fd);
bool is_stream(int fd);

SysResult sys_sendto(Task& task, Fd s, GuestAddr buf, ULong size, Flags flags, GuestAddr to,
                     std::int32_t to_length);
SysResult sys_send(Task& task, Fd s, GuestAddr buf, std::int32_t size, Flags flags);
SysResult sys_sendmsg(Task& task, Fd s, In<Msghdr> message, Flags flags);
SysResult sys_recvfrom(Task& task, Fd s, GuestAddr buf, ULong size, Flags flags, GuestAddr from,
                       InOut<std::uint32_t> from_length);
SysResult sys_recv(Task& task, Fd s, GuestAddr buf, std::int32_t size, Flags flags);
SysResult sys_recvmsg(Task& task, Fd s, InOut<Msghdr> message, Flags flags);
SysResult sys_sendfile(Task& task, Fd file, Fd s, std::int64_t offset, ULong bytes,
                       In<SfHdtr> headers, Out<std::int64_t> sent, Flags flags);

}  // namespace emulate::freebsd
