#pragma once

/// The guest process: what its threads share. One per host process; fork copies it.

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "emulate/emulate.h"
#include "host/memory/address_space.h"
#include "host/signal/guest_signal.h"
#include "host/signal/pending.h"
#include "host/task/fd_table.h"
#include "host/task/personality.h"
#include "host/vfs/path_resolver.h"

namespace emulate {

class PluginRegistry;

/// What the user asked for on the command line or in EMULATE_* variables. Survives execve of a
/// guest program.
struct Options {
  std::string prefix;  ///< -L: tried before / for absolute guest paths
  /// --root: what is / for the guest. Empty: the host's, or the kernel has seen to it.
  std::string root;
  std::string cpu;               ///< --cpu; empty: the machine's default
  std::string engine;            ///< --engine; empty: the plugin's default
  std::uint64_t stack_size = 0;  ///< -s, bytes; 0: the machine's default
  bool strace = false;
  std::string debugger;         ///< who debugs the process since before its exec (DebugHooks)
  std::uint32_t osreldate = 0;  ///< --osreldate; 0: the program's ABI note, or the default
  /// The options as given, to be repeated when emulate runs itself anew (exec of another machine's
  /// program).
  std::vector<std::string> arguments;
};

/// The program that runs.
struct ImageInfo {
  std::string guest_path;  ///< absolute path as the guest names it
  std::string host_path;   ///< path the host opened
  std::vector<std::string> argv;
  std::vector<std::string> envp;
  std::uint32_t note_osrel = 0;  ///< from the ABI note; 0 without one
  GuestAddr ps_strings;
  GuestAddr sigcode;  ///< the signal trampoline
  GuestAddr stack_top;
  std::uint64_t stack_size = 0;  ///< bytes the main stack may take
  GuestAddr stack_base;          ///< lowest address the stack may grow to
  GuestAddr auxv;                ///< in guest memory
  std::uint64_t auxv_size = 0;   ///< bytes
  GuestAddr text_start, text_end, data_start, data_end;
};

class Process {
 public:
  const Machine& machine() const { return *machine_; }
  const DataModel& model() const { return model_; }
  const CpuModel& cpu_model() const { return *cpu_model_; }
  AddressSpace& memory() const { return *memory_; }
  Engine& engine() const { return *engine_; }
  Personality& personality() const { return *personality_; }
  HostServices& services() const { return *services_; }
  PluginRegistry& plugins() const { return *plugins_; }
  FdTable& fds() { return fds_; }
  PathResolver& paths() { return paths_; }
  Options& options() { return options_; }
  ImageInfo& image() { return image_; }

  // --- signals -------------------------------------------------------------------------------
  SignalAction action(int signo) const;
  /// Changes a disposition, the host's with it; returns the old one. Dropping of pending signals
  /// that become ignored included.
  SignalAction set_action(int signo, const SignalAction& action);
  /// Queues a signal for the process from ordinary context: the first task that does not block it
  /// will take it. False when too many wait (GuestSignal::queued).
  bool post(const GuestSignal& signal);
  /// Queues a signal for one task; false when there is no such task.
  bool post_to(int tid, const GuestSignal& signal);
  /// Signals queued for the process or for one of its tasks.
  SignalSet pending_anywhere() const;
  void add_observer(SignalObserver& observer);
  void remove_observer(SignalObserver& observer);
  /// Asks the host for signals that it would otherwise drop because the guest ignores them
  /// (EVFILT_SIGNAL counts ignored signals too).
  void watch_signal(int signo);

  // --- tasks ---------------------------------------------------------------------------------
  std::vector<int> task_ids() const;
  std::size_t task_count() const;
  /// Calls `use` with the task, kept alive meanwhile; false when there is no such task.
  bool with_task(int tid, const std::function<void(Task&)>& use) const;

 private:
  friend class Task;
  friend struct ProcessAccess;  // start, fork, exec, signal delivery inside task/ and signal/

  const Machine* machine_ = nullptr;
  DataModel model_;
  const CpuModel* cpu_model_ = nullptr;
  std::shared_ptr<AddressSpace> memory_;  ///< shared with another Process after rfork(RFMEM)
  bool shares_memory_ = false;            ///< it is or was: execve must not tear it down
  Engine* engine_ = nullptr;
  std::unique_ptr<Personality> personality_;
  PersonalityFactory personality_factory_ = nullptr;
  HostServices* services_ = nullptr;
  PluginRegistry* plugins_ = nullptr;
  FdTable fds_;
  PathResolver paths_;
  Options options_;
  ImageInfo image_;

  mutable std::mutex signals_mutex_;   ///< actions, process queue, observers
  std::vector<SignalAction> actions_;  ///< index = guest signal number
  PendingSignals pending_;
  std::atomic<bool> maybe_pending_ = false;  ///< pending_ is not empty
  std::vector<SignalObserver*> observers_;
  SignalSet watched_;

  mutable std::mutex tasks_mutex_;
  std::map<int, Task*> tasks_;
  /// The task that everything else must make way for (exec, exit of the process); 0: none.
  std::atomic<int> single_tid_ = 0;
  int vfork_channel_ = -1;  ///< in a vfork child: where its parent waits (host/task/vfork.cpp)
};

}  // namespace emulate
