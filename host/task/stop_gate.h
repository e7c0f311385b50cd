#pragma once

/// Stops a process's tasks where they would run guest code, for whoever debugs it (ptrace).

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>

namespace emulate {

class Process;
class Task;

class StopGate {
 public:
  /// A task must pass() before it runs guest code.
  bool closed() const { return closed_.load(std::memory_order_relaxed); }
  /// Nobody may run guest code.
  bool shut() const { return shut_.load(std::memory_order_relaxed); }
  /// Closes it; returns when no task but `self` runs guest code. A task in a system call stays in
  /// it and meets the gate afterwards.
  void close(Task& self);
  void open();
  /// A task that stays behind when the gate opens.
  void hold(int tid, bool on);
  /// Waits until the task may go on, or must end.
  void pass(Task& task);

 private:
  void update() { closed_ = shut_ || !held_.empty(); }

  std::atomic<bool> closed_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> shut_ = false;
  std::set<int> held_;
};

}  // namespace emulate
