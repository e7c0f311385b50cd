#pragma once

#include "host/os/freebsd/params.h"

namespace emulate::freebsd {

SysResult sys_sigfastblock(Task& task, std::int32_t cmd, GuestAddr ptr);
/// The new program has told of no word yet.
void sigfastblock_after_exec();

}  // namespace emulate::freebsd
