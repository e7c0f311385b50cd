#pragma once

/// What a jail forbids the programs inside (FreeBSD sys/kern/kern_jail.c prison_check(),
/// prison_priv_check(); sys/kern/sysv_*.c).

#include <optional>

#include "host/os/syscall_table.h"

namespace emulate::freebsd {

/// Why a call is refused to a process in a jail.
std::optional<HostErrno> jail_check(const SyscallRow& row, const SyscallRequest& request);

/// chroot(2) inside a jail: EPERM while a directory is open, for through it the new root could be
/// left (chroot_refuse_vdir_fds()).
Expected<void> check_chroot();
/// After it: a current directory outside of the new root is none from which ".." ends at the
/// jail's.
void enter_chroot();

/// kill(2) of a group or of all, inside a jail: those that are not in it are left alone.
Expected<void> signal_inmates(Task& task, int pid, int signo);

}  // namespace emulate::freebsd
