#pragma once

/// The traced process's side of ptrace(2) (FreeBSD sys/kern/kern_sig.c ptracestop(), issignal();
/// subr_syscall.c).

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>

#include "host/os/freebsd/ptrace/channel.h"
#include "host/task/debugging.h"
#include "host/thunk/result.h"

namespace emulate::freebsd {

class Tracee {
 public:
  static Tracee& instance();

  /// The process that debugs this one; 0: none.
  int tracer() const { return tracer_; }

  /// From now on `tracer` debugs the process. EBUSY when somebody does.
  Expected<void> start(int tracer);
  /// The child of a fork, which is debugged as its parent is or not at all.
  void after_fork_child(Task& task);
  void after_exec(Task& task);
  /// What the process is debugged by and for, and its being so again when emulate has run itself
  /// anew: it stops before the program's first instruction.
  std::string describe() const;
  void resume(Task& task, const std::string& description);

  // --- what a task may have to stop for; nothing happens where it was not asked for ------------
  std::optional<GuestSignal> signal_due(Task& task, const GuestSignal& signal);
  /// `words`: how many of the slots the call takes.
  void syscall_enter(Task& task, const SyscallRequest& request, unsigned words);
  void syscall_result(Task& task, const SysResult& result);
  void syscall_over(Task& task);
  void forked(Task& parent, int child);
  /// The same of vfork(2), before the parent waits for the child: its registers get the result.
  void vforked(Task& parent, int child);
  void handler_entered(Task& task);
  void task_created(Task& task, Task& creator);
  void task_starting(Task& task);
  void task_ending(Task& task);
  void process_ending(int status);

 private:
  Tracee() = default;

  /// What is to be told of a thread with its next stop, and of its system call.
  struct Thread {
    LwpInfo info;
    bool steps = false;
    bool end_told = false;  ///< the debugger has been told of the call's end already
    /// A step goes on when the handler that was entered first returns to this stack pointer.
    std::optional<GuestAddr> steps_at;
  };

  Thread thread_of(int tid);
  void amend(int tid, const std::function<void(Thread&)>& change);
  /// Stops the process and lets the debugger look; returns the signal it goes on with.
  int report(Task& task, int signo, std::uint32_t flags, const GuestSignal* signal = nullptr);
  /// A stop for an event: the signal that the debugger wants in exchange is sent.
  void report_event(Task& task, int signo, std::uint32_t flags);
  void report_end_of_call(Task& task);
  int serve(Task& task);
  /// The thread that a request is about. The first thread's number is the process's too: it is
  /// meant where a debugger names threads; else the one that stopped.
  int thread_meant(Process& process, const TraceRequest& request) const;
  bool wait_for_tracer();
  void end_tracing();

  /// What going on looks like: the signal; none while the process stays stopped.
  std::optional<int> carry_out(Task& task, const TraceRequest& request, const TraceBytes& data);
  std::optional<int> go_on(Task& task, const TraceRequest& request);
  TraceReply memory(Process& process, const TraceRequest& request, const TraceBytes& in,
                    TraceBytes& out);
  TraceReply registers(Process& process, const TraceRequest& request, const TraceBytes& in,
                       TraceBytes& out);
  TraceReply thread_request(Process& process, const TraceRequest& request, TraceBytes& out);
  TraceReply lwp_info(Process& process, int tid, TraceBytes& out);
  void set_step(Process& process, int tid, bool on);

  std::atomic<int> tracer_ = 0;
  std::atomic<std::uint32_t> events_ = 0;
  int listener_ = -1;
  int connection_ = -1;
  std::mutex turn_;             ///< one thread stops at a time
  int stopped_ = 0;             ///< the thread that did; `turn_` held
  bool knows_threads_ = false;  ///< the debugger has asked for the threads' numbers
  std::mutex mutex_;            ///< threads_
  std::map<int, Thread> threads_;
};

}  // namespace emulate::freebsd
