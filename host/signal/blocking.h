#pragma once

/// Host system calls that may block, made so that no signal is lost between the check for waiting
/// guest signals and the kernel's going to sleep.

namespace emulate {

/// Makes a raw host system call unless a signal that the calling task must act on is waiting;
/// returns what the kernel returns (-errno on failure). -EINTR exactly when Task::interrupted():
/// interruptions the guest must not see (a signal it blocks) are retried here. So pass timeouts as
/// absolute deadlines, or use calls whose raw form updates the timeout in place (ppoll, pselect6).
/// The host's signal handler recognises the instructions between the check and the system call and
/// makes them return -EINTR, so there is no window. Must be called on a thread that runs a Task.
long blocking_syscall(long number, long a0 = 0, long a1 = 0, long a2 = 0, long a3 = 0, long a4 = 0,
                      long a5 = 0);

/// For the host's signal handler: moves a context that is inside the window to its abort exit.
void abort_blocking_window(void* ucontext);

}  // namespace emulate
