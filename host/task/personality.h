#pragma once

/// What an OS personality (os/freebsd, os/linux) provides to the machinery that runs tasks.
/// One object per Process.

#include <signal.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "emulate/emulate.h"
#include "host/loader/image.h"
#include "host/signal/guest_signal.h"
#include "host/thunk/result.h"

namespace emulate {

class Process;
struct ExecTarget;
class Task;

class Personality {
 public:
  virtual ~Personality() = default;

  virtual Os os() const = 0;
  virtual const OsAbi& abi() const = 0;

  /// Runs one system call to its result. `request` is what OsAbi::fetch_syscall found.
  virtual SysResult syscall(Task& task, const SyscallRequest& request) = 0;
  /// The guest's number for a host errno.
  virtual int guest_errno(int host_errno) const = 0;
  /// What a guest errno means, for traces.
  virtual const char* errno_text(int guest) const = 0;
  /// Bytes of the longest pathname, its NUL included.
  virtual std::size_t max_path() const { return 1024; }

  /// Signal numbering. 0 when there is no counterpart: such signals travel between emulate
  /// processes inside a carrier signal (host/signal/send.h).
  virtual int signal_to_guest(int host_signal) const = 0;
  virtual int signal_to_host(int guest_signal) const = 0;
  /// The host signal that a process which dies by `guest_signal` ends with: a parent that is a
  /// guest too finds the guest's number in the wait status again. 0: none.
  virtual int death_signal_to_host(int guest_signal) const { return signal_to_host(guest_signal); }
  virtual int signal_count() const = 0;  ///< highest guest signal number
  /// Signals at least this number queue; below, one pending instance per number is enough.
  virtual int first_realtime_signal() const = 0;
  /// How many may wait in one queue.
  virtual std::size_t most_queued_signals() const { return 1024; }
  virtual DefaultAction default_action(int guest_signal) const = 0;
  /// Signals that can be neither caught, blocked nor ignored.
  virtual SignalSet unblockable_signals() const = 0;
  /// A blocked signal waits even while its action is to ignore it (Linux), or is dropped (FreeBSD).
  virtual bool keeps_blocked_ignored() const = 0;
  /// The signal that a synchronous event raises.
  virtual GuestSignal trap(Task& task, const Event& event) = 0;
  /// From what the host kernel said about a caught signal. `guest_signo` replaces the host's
  /// number when the signal came in the carrier.
  virtual GuestSignal signal_from_host(const siginfo_t& info, int guest_signo) const = 0;

  /// A signal was taken from the queue, to be handled or to be returned by a waiting call: the
  /// moment at which a timer's overrun count is known.
  virtual void signal_taken(GuestSignal& signal) { (void)signal; }

  /// `signal` is about to end the process by its default action.
  virtual void fatal_signal(Task& task, const GuestSignal& signal) { (void)task, (void)signal; }

  /// Builds the frame of `signal` on the stack that `action` asks for and makes the CPU enter
  /// `action.handler`; `saved_mask` is what sigreturn restores. False: the frame could not be
  /// written (the task dies by SIGILL or SIGSEGV, as the kernel has it).
  virtual bool enter_handler(Task& task, const GuestSignal& signal, const SignalAction& action,
                             const SignalSet& saved_mask) = 0;

  /// The guest signal that a task dies by when its frame could not be written.
  virtual int bad_frame_signal() const { return signal_to_guest(SIGILL); }

  /// Lays out the first stack of a program (arguments, environment, auxiliary vector) in the
  /// process's memory and fills the ImageInfo fields that come from it. Returns where the thread
  /// starts. E2BIG, ENOMEM.
  virtual Expected<ThreadStart> build_stack(Process& process, const LoadedProgram& program,
                                            std::span<const std::string> argv,
                                            std::span<const std::string> envp) = 0;

  /// State of a new task, before it runs; `parent` is null for a program's first.
  virtual void task_created(Task& task, Task* parent) = 0;
  /// A task is ending on its own thread (robust lists, thread-exit wake-ups).
  virtual void task_exit(Task& task) = 0;
  /// In the child of a fork, on its only task.
  virtual void after_fork_child(Task& task) = 0;
  /// Whether the calling task may run a program that was found; `in_place`: in this process, by
  /// this emulate.
  virtual Expected<void> may_exec(const ExecTarget& target, bool in_place) {
    (void)target;
    (void)in_place;
    return {};
  }
  /// The calling task is about to run a new program in this process.
  virtual void after_exec(Task& task) = 0;
};

/// Each folder under os/ provides one (make_freebsd_personality); the launcher lists them.
using PersonalityFactory = std::unique_ptr<Personality> (*)(Process& process);

struct PersonalityEntry {
  Os os;
  const char* name;  ///< "FreeBSD"
  PersonalityFactory create;
};

}  // namespace emulate
