#pragma once

/// The private side of Process and Task, for the files of task/ and signal/ only.

#include <signal.h>

#include <array>
#include <atomic>

#include "host/task/debugging.h"
#include "host/task/task.h"

namespace emulate {

/// What the host's signal handler caught on a task's thread, until the task looks. Written by the
/// handler, read by the same thread; nothing here locks.
struct Task::Inbox {
  static constexpr unsigned kSize = 64;

  /// Non-zero: the task must look at its inbox, its pending signals or Process::single_tid_.
  std::atomic<int> attention = 0;
  /// The task runs guest code, or is about to (StopGate).
  std::atomic<bool> in_guest = false;
  /// refuse_next_sleep(), and that it has come to that in the call that is being made.
  std::atomic<bool> sleepless = false;
  std::atomic<bool> sleep_refused = false;
  std::atomic<unsigned> written = 0;
  std::atomic<unsigned> read = 0;
  /// The handler has blocked all signals: there was no room for another.
  std::atomic<bool> closed = false;
  std::array<siginfo_t, kSize> caught{};

  bool full() const { return written.load() - read.load() == kSize; }
};

struct TaskAccess {
  static Task::Inbox& inbox(Task& t) { return *t.inbox_; }
  static PendingSignals& pending(Task& t) { return t.pending_; }
  static Cpu*& cpu(Task& t) { return t.cpu_; }
  static SignalSet& waiting_set(Task& t) { return t.waiting_set_; }
  static bool exit_requested(Task& t) { return t.exit_requested_; }
  static pthread_t& host_thread(Task& t) { return t.host_thread_; }
  static int& tid(Task& t) { return t.tid_; }
  static void set_current(Task* t);

  /// A task of `process` that runs nowhere yet.
  static std::unique_ptr<Task> create(Process& process, Cpu* cpu);
  /// Runs guest code until the task ends. The caller's thread becomes the task.
  static void run(Task& t);

  /// cpu_loop(), unless the gate is closed.
  static Event run_guest(Task& t);
  /// Moves what the host's handler caught to the pending queues.
  static void drain(Task& t);
  /// A signal waits that `t` does not block.
  static bool deliverable(Task& t);
  /// Lets the debugger see the signals that `t` does not block; those that it leaves stay.
  static void show_signals(Task& t);
  /// Acts on every deliverable signal; `result` is the system call that is being finished, if any.
  static void finish(Task& t, const SysResult* result);
  /// Puts the result of a system call into the registers.
  static void set_result(Task& t, const SysResult& result);
  static void set_mask(Task& t, const SignalSet& mask) { t.mask_ = mask; }
  /// Ends the task on its own thread: personality's exit work, out of the process's list.
  static void leave(Task& t);
};

struct ProcessAccess {
  explicit ProcessAccess(Process& process) : p(process) {}
  Process& p;

  std::mutex& signals_mutex() const { return p.signals_mutex_; }
  std::mutex& tasks_mutex() const { return p.tasks_mutex_; }
  PendingSignals& pending() const { return p.pending_; }
  std::vector<SignalAction>& actions() const { return p.actions_; }
  std::map<int, Task*>& tasks() const { return p.tasks_; }
  std::atomic<int>& single_tid() const { return p.single_tid_; }
  std::atomic<bool>& maybe_pending() const { return p.maybe_pending_; }
  SignalSet& watched() const { return p.watched_; }

  const Machine*& machine() const { return p.machine_; }
  DataModel& model() const { return p.model_; }
  const CpuModel*& cpu_model() const { return p.cpu_model_; }
  std::shared_ptr<AddressSpace>& memory() const { return p.memory_; }
  bool& shares_memory() const { return p.shares_memory_; }
  PersonalityFactory& personality_factory() const { return p.personality_factory_; }
  std::vector<SignalObserver*>& observers() const { return p.observers_; }
  FdTable& fds() const { return p.fds_; }
  Engine*& engine() const { return p.engine_; }
  std::unique_ptr<Personality>& personality() const { return p.personality_; }
  HostServices*& services() const { return p.services_; }
  PluginRegistry*& plugins() const { return p.plugins_; }
  int& vfork_channel() const { return p.vfork_channel_; }

  /// Ends all other tasks; returns when only the caller's is left. False when another task is
  /// already doing that (the caller must leave).
  bool become_single(Task& self) const;
  /// Makes the task look at its attention flag, out of any blocking call or guest loop.
  static void poke(const Task& t);
  /// Tells of a signal that is about to be sent. Locks.
  void tell_observers(int signo) const;
  /// The signal would be thrown away if it came now. signals_mutex held.
  bool ignored(int signo) const;
  /// Pokes tasks that can take what waits for the process. Locks.
  void reroute() const;
  /// Host dispositions as the guest's actions want them. signals_mutex held.
  void apply_disposition(int signo) const;
};

/// Takes over the host's signal handling for the process: inherited ignored signals become the
/// guest's, everything else is caught. `self` is the calling thread's task.
void install_host_signals(Process& process);
/// Blocks or unblocks every host signal on the calling thread, for stretches that a handler must
/// not see half done.
class HostSignalsBlocked {
 public:
  HostSignalsBlocked();
  ~HostSignalsBlocked();
  HostSignalsBlocked(const HostSignalsBlocked&) = delete;
  HostSignalsBlocked& operator=(const HostSignalsBlocked&) = delete;

 private:
  sigset_t saved_;
};

/// The raw call behind blocking_syscall(): made once, -EINTR when the task's attention is asked
/// for. `args` = {number, a0 .. a5}.
long attentive_syscall(Task& task, const long args[7]);

/// rfork(RFMEM): a process that shares the caller's memory (host/task/share.cpp).
Expected<int> fork_sharing(Task& parent, const Task::ForkRequest& request);

enum class VforkChild : std::uint8_t { executes, ends };
/// In a vfork child: hands the parent what it wrote to memory and lets it go on.
void release_vfork_parent(Process& process, VforkChild what);
/// The parent's side of vfork: sleeps until the child has executed a program or ended, so that it
/// can be waited for, and takes over what it changed. Like the kernel's wait, signals do not cut it
/// short.
void wait_for_vfork_child(AddressSpace& memory, int channel, int pid);

/// emulate's own signal: pokes tasks and carries guest signals the host has no number for.
inline constexpr int kCarrierSignal = 64;
/// siginfo_t::si_errno of a carried signal: magic, kind and guest number.
inline constexpr int kCarrierMagic = 0x4547'0000;
/// `word` is no signal but something for the personality (Debugging::send_word()).
enum class CarriedKind : int { user = 0, queued = 1, thread = 2, word = 3 };
constexpr int carrier_payload(CarriedKind kind, int guest_signo) {
  return kCarrierMagic | static_cast<int>(kind) << 8 | guest_signo;
}

}  // namespace emulate
