#pragma once

/// What the end of a thread does to others.

#include "host/task/task.h"

namespace emulate::linux_os {

/// Marks the robust mutexes of an ending thread, then clears and wakes what set_tid_address(2)
/// named (Linux kernel/fork.c mm_release()).
void thread_exit(Task& task);

/// The same for the mutexes of every thread of a process that ends.
void process_exit(Process& process);

/// Marks and wakes the mutexes on the robust list of `task` (futex.cpp).
void release_robust_list(Task& task);

/// FUTEX_WAKE on a word (futex.cpp).
void futex_wake(Task& task, GuestAddr address, int count);

}  // namespace emulate::linux_os
