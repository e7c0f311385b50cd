#include "host/signal/blocking.h"

#include <fcntl.h>
#include <pthread.h>
#include <ucontext.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <mutex>

#include <fmt/format.h>

#include "host/signal/attentive.h"
#include "host/task/access.h"

extern "C" {
long emulate_blocking_syscall(const int* attention, const long args[7]);
void emulate_blocking_window();
void emulate_blocking_instruction();
void emulate_blocking_abort();
}

namespace emulate {
namespace {

std::uintptr_t address_of(void (*label)()) { return reinterpret_cast<std::uintptr_t>(label); }

/// A thread of this process that neither runs nor waits for its turn.
bool sleeps(int tid) {
  const int fd = open(fmt::format("/proc/self/task/{}/stat", tid).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return true;
  char text[256] = {};
  const ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  const char* name_end = n > 0 ? std::strrchr(text, ')') : nullptr;
  return name_end == nullptr || name_end[1] == '\0' || name_end[2] != 'R';
}

/// Ends a host call that sleeps.
class SleepEnd {
 public:
  explicit SleepEnd(const Task& task) : task_(task) {
    const HostSignalsBlocked blocked;
    // Where there are no threads left the call sleeps as it would.
    started_ = pthread_create(&thread_, nullptr, &watch, this) == 0;
  }
  ~SleepEnd() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    over_.notify_one();
    if (started_) pthread_join(thread_, nullptr);
  }
  SleepEnd(const SleepEnd&) = delete;
  SleepEnd& operator=(const SleepEnd&) = delete;

 private:
  static void* watch(void* self) {
    auto& end = *static_cast<SleepEnd*>(self);
    constexpr auto kMoment = std::chrono::milliseconds(1);
    const auto done = [&end] { return end.done_; };
    for (;;) {
      {
        std::unique_lock lock(end.mutex_);
        if (end.over_.wait_for(lock, kMoment, done)) return nullptr;
      }
      if (!sleeps(end.task_.tid())) continue;
      const std::lock_guard lock(end.mutex_);
      if (!end.done_) ProcessAccess::poke(end.task_);
      return nullptr;
    }
  }

  const Task& task_;
  std::mutex mutex_;
  std::condition_variable over_;
  bool done_ = false;
  bool started_ = false;
  pthread_t thread_{};
};

}  // namespace

static_assert(sizeof(std::atomic<int>) == sizeof(int));

long attentive_syscall(Task& task, const long args[7]) {
  auto& box = TaskAccess::inbox(task);
  const auto* attention = reinterpret_cast<const int*>(&box.attention);
  if (!box.sleepless) [[likely]]
    return emulate_blocking_syscall(attention, args);
  const SleepEnd end(task);
  const long r = emulate_blocking_syscall(attention, args);
  if (r == -EINTR && !task.interrupted()) {
    box.sleepless = false;
    box.sleep_refused = true;
  }
  return r;
}

void refuse_next_sleep(Task& task) { TaskAccess::inbox(task).sleepless = true; }

bool allow_sleep(Task& task) { return TaskAccess::inbox(task).sleepless.exchange(false); }

bool take_refused_sleep(Task& task) {
  auto& refused = TaskAccess::inbox(task).sleep_refused;
  return refused && refused.exchange(false);
}

long blocking_syscall(long number, long a0, long a1, long a2, long a3, long a4, long a5) {
  Task& task = *Task::current();
  const long args[7] = {number, a0, a1, a2, a3, a4, a5};
  for (;;) {
    if (task.interrupted()) return -EINTR;
    const long r = attentive_syscall(task, args);
    if (r != -EINTR) return r;
  }
}

long blocking_syscall_once(long number, long a0, long a1, long a2, long a3, long a4, long a5) {
  const long args[7] = {number, a0, a1, a2, a3, a4, a5};
  return attentive_syscall(*Task::current(), args);
}

void abort_blocking_window(void* ucontext) {
  greg_t& rip = static_cast<ucontext_t*>(ucontext)->uc_mcontext.gregs[REG_RIP];
  const auto pc = static_cast<std::uintptr_t>(rip);
  if (pc >= address_of(&emulate_blocking_window) &&
      pc <= address_of(&emulate_blocking_instruction)) {
    rip = static_cast<greg_t>(address_of(&emulate_blocking_abort));
  }
}

}  // namespace emulate
