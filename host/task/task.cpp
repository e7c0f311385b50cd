#include "host/task/task.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>

#include "host/task/access.h"
#include "host/trace/ledger.h"

namespace emulate {
namespace {

thread_local Task* current_task = nullptr;

constexpr std::size_t kHostStack = 512 * 1024;

int host_tid() { return static_cast<int>(syscall(SYS_gettid)); }

void unblock_all_signals() {
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

void announce_end(Task& task, int status) {
  if (DebugHooks* hooks = Debugging::instance().hooks()) hooks->process_ending(task, status);
}

/// Hand-over between the creating thread and the new one.
struct Spawn {
  std::unique_ptr<Task> task;
  std::mutex mutex;
  std::condition_variable changed;
  bool alive = false;
  bool go = false;
};

void* spawned_thread(void* argument) {
  auto spawn = *static_cast<std::shared_ptr<Spawn>*>(argument);
  Task* task = spawn->task.get();
  TaskAccess::tid(*task) = host_tid();
  TaskAccess::set_current(task);
  {
    std::unique_lock lock(spawn->mutex);
    spawn->alive = true;
    spawn->changed.notify_all();
    spawn->changed.wait(lock, [&] { return spawn->go; });
  }
  auto owned = std::move(spawn->task);
  spawn.reset();
  unblock_all_signals();
  TaskAccess::run(*owned);
  return nullptr;
}

}  // namespace

Task::Task() : inbox_(std::make_unique<Inbox>()) {}
Task::~Task() = default;

Task* Task::current() { return current_task; }
void TaskAccess::set_current(Task* t) { current_task = t; }

std::unique_ptr<Task> TaskAccess::create(Process& process, Cpu* cpu) {
  std::unique_ptr<Task> t(new Task);
  t->process_ = &process;
  t->cpu_ = cpu;
  t->tid_ = host_tid();
  t->host_thread_ = pthread_self();
  return t;
}

void TaskAccess::leave(Task& t) {
  Process& process = t.process();
  const ProcessAccess access(process);
  const HostSignalsBlocked blocked;
  process.personality().task_exit(t);
  drain(t);
  bool last = false;
  {
    const std::lock_guard lock(access.tasks_mutex());
    last = access.tasks().size() == 1;
    if (!last) access.tasks().erase(t.tid_);
  }
  if (last) t.exit_process(0);
  access.reroute();
  Cpu* cpu = t.cpu_;
  t.cpu_ = nullptr;
  set_current(nullptr);
  process.engine().cpu_destroy(cpu);
  // The host's first thread must not end: the process would look dead to its tools.
  if (t.tid_ == getpid()) {
    for (;;) pause();
  }
}

std::vector<int> Process::task_ids() const {
  const std::lock_guard lock(tasks_mutex_);
  std::vector<int> ids;
  for (const auto& [tid, task] : tasks_) ids.push_back(tid);
  return ids;
}

std::size_t Process::task_count() const {
  const std::lock_guard lock(tasks_mutex_);
  return tasks_.size();
}

bool Process::with_task(int tid, const std::function<void(Task&)>& use) const {
  const std::lock_guard lock(tasks_mutex_);
  const auto it = tasks_.find(tid);
  if (it == tasks_.end()) return false;
  use(*it->second);
  return true;
}

Expected<int> Task::spawn_thread(const std::function<void(Task& child)>& start) {
  const ProcessAccess access(*process_);
  Cpu* cpu = process_->engine().cpu_fork(*cpu_);
  if (cpu == nullptr) return host_error(EAGAIN);
  auto spawn = std::make_shared<Spawn>();
  spawn->task = TaskAccess::create(*process_, cpu);
  Task& child = *spawn->task;
  child.mask_ = mask_;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kHostStack);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  const HostSignalsBlocked blocked;
  const int error = pthread_create(&child.host_thread_, &attributes, &spawned_thread, &spawn);
  pthread_attr_destroy(&attributes);
  if (error != 0) {
    process_->engine().cpu_destroy(cpu);
    return host_error(EAGAIN);
  }
  {
    std::unique_lock lock(spawn->mutex);
    spawn->changed.wait(lock, [&] { return spawn->alive; });
  }
  const int tid = child.tid_;
  process_->personality().task_created(child, this);
  start(child);
  {
    const std::lock_guard lock(access.tasks_mutex());
    access.tasks().emplace(tid, &child);
    // A task that is to go at once sees it when it looks.
    if (access.single_tid().load() != 0) child.inbox_->attention = 1;
  }
  const std::lock_guard lock(spawn->mutex);
  spawn->go = true;
  spawn->changed.notify_all();
  return tid;
}

void Task::exit_process(int status) {
  announce_end(*this, (status & 0xff) << 8);
  release_vfork_parent(*process_, VforkChild::ends);
  write_ledger();
  _exit(status);
}

void Task::die_by_signal(int guest_signo) {
  int signo = process_->personality().death_signal_to_host(guest_signo);
  // No host number: the nearest there is, so that the parent still sees a death by signal.
  if (signo == 0) signo = SIGABRT;
  announce_end(*this, signo);
  release_vfork_parent(*process_, VforkChild::ends);
  write_ledger();
  // The host would dump emulate, not the guest.
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  // Raw: the C library keeps the first realtime signals from its callers.
  constexpr long kHostSigsetSize = 8;
  const long dfl[4] = {};  // SIG_DFL, no flags, no restorer, empty mask
  syscall(SYS_rt_sigaction, signo, dfl, nullptr, kHostSigsetSize);
  unblock_all_signals();
  kill(getpid(), signo);
  for (;;) {
    pause();
    _exit(125);
  }
}

bool ProcessAccess::become_single(Task& self) const {
  int none = 0;
  if (!single_tid().compare_exchange_strong(none, self.tid())) return false;
  for (;;) {
    {
      const std::lock_guard lock(tasks_mutex());
      if (tasks().size() == 1) break;
      for (auto& [tid, task] : tasks()) {
        if (task != &self) poke(*task);
      }
    }
    usleep(200);
  }
  single_tid() = 0;
  return true;
}

}  // namespace emulate
