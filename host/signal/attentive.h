#pragma once

namespace emulate {

class Task;

/// blocking_syscall() (host/signal/blocking.h) without its retrying: -EINTR whenever the task's
/// attention was asked for, be it for nothing that the guest sees. The caller must have looked at
/// Task::interrupted() first.
long blocking_syscall_once(long number, long a0 = 0, long a1 = 0, long a2 = 0, long a3 = 0,
                           long a4 = 0, long a5 = 0);

// --- a sleep that is not to be -------------------------------------------------------------------

/// The next time that the task sleeps in a system call, the call ends as if a signal had come,
/// which Task::interrupted() tells too (FreeBSD TDP_WAKEUP). Calls that do not sleep go on as ever.
void refuse_next_sleep(Task& task);
/// What was refused is allowed again: true when it was.
bool allow_sleep(Task& task);
/// A system call is over: whether a sleep of it was refused.
bool take_refused_sleep(Task& task);

}  // namespace emulate
