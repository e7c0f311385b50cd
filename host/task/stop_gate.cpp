#include "host/task/stop_gate.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>

#include "host/task/access.h"
#include "host/task/debugging.h"

namespace emulate {
namespace {

using namespace std::chrono_literals;

/// Whatever other threads read afterwards, they read what was written before: their side of the
/// gate needs no fence.
void fence_all_threads() {
  static const bool registered =
      syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
  if (registered) syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

bool others_run(Process& process, const Task& self) {
  const ProcessAccess access(process);
  const std::lock_guard lock(access.tasks_mutex());
  bool any = false;
  for (auto& [tid, task] : access.tasks()) {
    if (task == &self || !TaskAccess::inbox(*task).in_guest.load(std::memory_order_acquire)) {
      continue;
    }
    any = true;
    ProcessAccess::poke(*task);
  }
  return any;
}

}  // namespace

void StopGate::close(Task& self) {
  {
    const std::lock_guard lock(mutex_);
    shut_ = true;
    update();
  }
  fence_all_threads();
  while (others_run(self.process(), self)) usleep(100);
}

void StopGate::open() {
  const std::lock_guard lock(mutex_);
  shut_ = false;
  update();
  changed_.notify_all();
}

void StopGate::hold(int tid, bool on) {
  const std::lock_guard lock(mutex_);
  if (on) {
    held_.insert(tid);
  } else {
    held_.erase(tid);
  }
  update();
  changed_.notify_all();
}

void StopGate::pass(Task& task) {
  const ProcessAccess access(task.process());
  std::unique_lock lock(mutex_);
  // Another task that wants to be the only one does not know of the gate: look now and then.
  while (shut_ || held_.contains(task.tid())) {
    const int single = access.single_tid().load();
    if (single != 0 && single != task.tid()) return;
    changed_.wait_for(lock, 20ms);
    // What the host gave this thread may be for another one.
    lock.unlock();
    TaskAccess::drain(task);
    access.reroute();
    TaskAccess::inbox(task).attention = 1;
    lock.lock();
  }
}

}  // namespace emulate
