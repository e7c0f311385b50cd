#pragma once

/// The areas of Linux's system calls. Each area file defines its function at its end; a port's
/// table is made of those rows whose name it has a number for (numbers.h).

#include <span>

#include "host/os/syscall_table.h"

namespace emulate::linux_os {

using Rows = std::span<const SyscallRow>;

Rows file_rows();       // file.cpp: open, read, write, lseek, link, rename, chmod, fsync, xattr ...
Rows stat_rows();       // stat.cpp: stat families, statx, statfs
Rows directory_rows();  // directory.cpp: getdents, chdir, getcwd
Rows mount_rows();      // mount.cpp: mounts, file handles, swap
Rows fcntl_rows();      // fcntl.cpp: fcntl, dup, flock, close
Rows ioctl_rows();      // ioctl.cpp
Rows mmap_rows();       // mmap.cpp: mmap, mprotect, madvise, brk, memfd_create ...
Rows process_rows();    // process.cpp: exec, wait, exit, ids, pidfd, prctl
Rows thread_rows();     // thread.cpp: clone, set_tid_address, robust lists
Rows futex_rows();      // futex.cpp
Rows signal_rows();     // signal.cpp
Rows security_rows();   // security.cpp: keys, Landlock
Rows aio_rows();        // aio.cpp
Rows fanotify_rows();   // event_records.cpp
Rows signalfd_rows();   // signalfd.cpp
Rows time_rows();       // time.cpp: clocks, sleep, utimes
Rows timer_rows();      // timer.cpp: setitimer, timer_*, timerfd
Rows poll_rows();       // poll.cpp: poll, select, epoll, eventfd, inotify
Rows socket_rows();     // socket.cpp, message.cpp
Rows ipc_rows();        // ipc.cpp: System V and POSIX message queues
Rows resource_rows();   // resource.cpp: rlimits, rusage, priorities, scheduling
Rows system_rows();     // system.cpp: uname, sysinfo, getrandom, membarrier, rseq ...

/// The calls of a port, by number.
struct Port;
const SyscallTable& syscall_table(const Port& port);

}  // namespace emulate::linux_os
