#pragma once

/// The areas of FreeBSD's system-call table. Each area file defines its function at its end; the
/// union of all is the personality's table (personality.cpp). Every number of syscalls.master
/// stands in exactly one area; what is not implemented stands in unimplemented.cpp.

#include <span>

#include "host/os/syscall_table.h"

namespace emulate::freebsd {

using Rows = std::span<const SyscallRow>;

Rows file_rows();       // file.cpp: open, read, write, lseek, link, rename, chmod, fsync ...
Rows stat_rows();       // stat.cpp: stat, statfs families, both inode widths
Rows directory_rows();  // directory.cpp: getdirentries, mkdir, chdir, getcwd ...
Rows fcntl_rows();      // fcntl.cpp: fcntl, dup, flock, close, closefrom, close_range
Rows ioctl_rows();      // ioctl.cpp
Rows mmap_rows();       // mmap.cpp: mmap, mprotect, madvise, break, shm_open ...
Rows socket_rows();     // socket.cpp
Rows kqueue_rows();     // kqueue/
Rows poll_rows();       // poll.cpp: poll, ppoll, select, pselect
Rows time_rows();       // time.cpp: clocks, nanosleep, gettimeofday, utimes ...
Rows timer_rows();      // timer.cpp: setitimer, ktimer_*
Rows signal_rows();     // signal.cpp
Rows thread_rows();     // thread.cpp: thr_*, rtprio_thread
Rows umtx_rows();       // umtx.cpp
Rows process_rows();    // process.cpp: fork, exec, wait, exit, pdfork, procctl
Rows identity_rows();   // identity.cpp: uids, gids, sessions, login
Rows resource_rows();   // resource.cpp: rlimits, rusage, priorities, sched, cpuset
Rows sysctl_rows();     // sysctl.cpp
Rows system_rows();     // system.cpp: sysarch, getrandom, uuidgen, uname-like, jail
Rows sysv_sem_rows();   // ipc/semaphores.cpp
Rows sysv_msg_rows();   // ipc/messages.cpp
Rows sysv_shm_rows();   // ipc/segments.cpp
Rows posix_shm_rows();  // ipc/posix_shm.cpp: shm_open, shm_unlink, shm_rename
Rows mqueue_rows();     // ipc/mqueue.cpp: kmq_*
Rows ksem_rows();       // ipc/ksem.cpp: ksem_*
Rows aio_rows();        // aio/calls.cpp: aio_*, lio_listio
Rows extattr_rows();    // extattr.cpp: extended attributes
Rows acl_rows();        // acl.cpp: access control lists
Rows handle_rows();     // filehandle.cpp: getfh, fhopen ...
Rows capsicum_rows();   // capsicum.cpp
Rows trace_rows();      // ktrace.cpp: ktrace, utrace
Rows newer_rows();      // newer.cpp: calls of FreeBSD 13 and 14
Rows module_rows();     // modules.cpp: kld*, mod*
Rows absent_rows();     // absent.cpp: what the kernel has in modules and options that are not there
Rows unimplemented_rows();

}  // namespace emulate::freebsd
