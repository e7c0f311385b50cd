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

  // --- what a task may have to stop for; nothing happens where it was not asked for ------------
  std::optional<GuestSignal> signal_due(Task& task, const GuestSignal& signal);
  void syscall_enter(Task& task, const SyscallRequest& request);
  void syscall_result(Task& task, const SysResult& result);
  void syscall_over(Task& task);
  void forked(Task& parent, int child, bool vfork);
  void task_starting(Task& task);
  void task_ending(Task& task);
  void process_ending(int status);

 private:
  Tracee() = default;

  /// What is to be told of a thread with its next stop, and of its system call.
  struct Thread {
    LwpInfo info;
    bool steps = false;
  };

  Thread thread_of(int tid);
  void amend(int tid, const std::function<void(Thread&)>& change);
  /// Stops the process and lets the debugger look; returns the signal it goes on with.
  int report(Task& task, int signo, std::uint32_t flags, const GuestSignal* signal = nullptr);
  int serve(Task& task);
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
  std::mutex turn_;   ///< one thread stops at a time
  int stopped_ = 0;   ///< the thread that did; `turn_` held
  std::mutex mutex_;  ///< threads_
  std::map<int, Thread> threads_;
};

}  // namespace emulate::freebsd
