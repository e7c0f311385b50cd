#pragma once

/// What a personality that lets guests debug guests (ptrace) must know of tasks and signals.

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "host/task/stop_gate.h"
#include "host/task/task.h"

namespace emulate {

/// Called on the task's own thread.
class DebugHooks {
 public:
  // --- of a process that is debugged (Debugging::traced()) -------------------------------------
  /// A signal is about to be acted on. Returns what is acted on instead; none: it is dropped.
  virtual std::optional<GuestSignal> signal_due(Task& task, const GuestSignal& signal) = 0;
  /// The handler of a signal is about to be entered.
  virtual void handler_entered(Task& task) = 0;
  /// A system call is over; its result is in the registers unless it may be restarted.
  virtual void syscall_over(Task& task) = 0;
  /// A task is about to run its first instruction.
  virtual void task_starting(Task& task) = 0;

  /// emulate is about to run itself anew in this process: what Options::debugger is to be then.
  virtual std::string debugger_after_exec() = 0;

  // --- of any process --------------------------------------------------------------------------
  /// The process is about to end, with this wait status of the host's.
  virtual void process_ending(Task& task, int status) = 0;
  /// This process debugs `pid`: a stop signal is for it to see, not for the host's kernel.
  virtual bool is_tracee(int pid) const = 0;
  /// Another process sent a word (send_word()).
  virtual void word_received(Task& task, int pid, std::uint64_t word) = 0;

 protected:
  ~DebugHooks() = default;
};

/// The process's side of being debugged; one a host process, as there is one guest process.
class Debugging {
 public:
  static Debugging& instance() { return instance_; }

  void set_hooks(DebugHooks* hooks) { hooks_ = hooks; }
  /// Null: nobody is interested.
  DebugHooks* hooks() const { return hooks_; }

  /// Somebody debugs the process.
  bool traced() const { return traced_.load(std::memory_order_relaxed); }
  void set_traced(bool on) { traced_ = on; }

  StopGate& gate() { return *gate_; }
  /// In a forked child: another thread may have held the parent's.
  void renew_gate() { gate_ = new StopGate; }

  /// A word for the hooks of another emulate process. To be sent to nobody else: it would die.
  static Expected<void> send_word(int pid, std::uint64_t word);
  /// Ends a host call that the task may be in, if blocking_syscall_once() makes it.
  static void nudge(const Process& process, int tid);

 private:
  static Debugging instance_;
  DebugHooks* hooks_ = nullptr;
  std::atomic<bool> traced_ = false;
  StopGate* gate_ = new StopGate;  ///< never deleted: threads may still wait
};

}  // namespace emulate
