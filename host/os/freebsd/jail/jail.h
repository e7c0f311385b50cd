#pragma once

#include "host/os/param.h"

namespace emulate::freebsd {

SysResult sys_jail(Task& task, GuestAddr jail);
SysResult sys_jail_set(Task& task, GuestAddr iovp, std::uint32_t iovcnt, Flags flags);
SysResult sys_jail_get(Task& task, GuestAddr iovp, std::uint32_t iovcnt, Flags flags);
SysResult sys_jail_attach(Task& task, std::int32_t jid);
SysResult sys_jail_remove(Task& task, std::int32_t jid);

}  // namespace emulate::freebsd
