/// rfork(RFMEM): a child process in the same memory, emulate's own included. The host's vfork does
/// just that for a helper thread, which stays suspended while the child, on its stack, runs the
/// guest.

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>

#include "host/task/access.h"

namespace emulate {
namespace {

struct Sharing {
  Process process;
  std::unique_ptr<Task> task;
  unsigned long clone_flags = 0;
  std::mutex mutex;
  std::condition_variable changed;
  int pid = 0;  ///< of the child once it lives, or -errno
};

void report(Sharing& s, int pid) {
  const std::lock_guard lock(s.mutex);
  s.pid = pid;
  s.changed.notify_all();
}

[[noreturn]] void run_child(Sharing& s) {
  const ProcessAccess access(s.process);
  Task& task = *s.task;
  const int pid = getpid();
  TaskAccess::tid(task) = pid;
  access.tasks().emplace(pid, &task);
  TaskAccess::set_current(&task);
  s.process.fds().after_fork_child();
  s.process.personality().abi().fork_child(task.cpu());
  report(s, pid);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  TaskAccess::run(task);
  _exit(0);
}

/// clone(2) without a function call: the child goes on below this very stack frame, and the parent,
/// suspended until the child is gone, must find its return addresses untouched.
__attribute__((noinline)) void* helper_thread(void* argument) {
  auto& s = *static_cast<Sharing*>(argument);
  long pid = SYS_clone;
  register long no_tls asm("r8") = 0;
  register long no_child_tid asm("r10") = 0;
  asm volatile("syscall"
               : "+a"(pid)
               : "D"(s.clone_flags), "S"(0L), "d"(0L), "r"(no_child_tid), "r"(no_tls)
               : "rcx", "r11", "memory");
  if (pid == 0) run_child(s);
  if (pid < 0) report(s, static_cast<int>(pid));
  TaskAccess::set_current(nullptr);
  Cpu* cpu = TaskAccess::cpu(*s.task);
  if (cpu != nullptr) s.process.engine().cpu_destroy(cpu);
  { const std::lock_guard caller_is_done(s.mutex); }
  delete &s;
  return nullptr;
}

void copy_process(Process& child, Process& parent) {
  const ProcessAccess to(child);
  const ProcessAccess from(parent);
  to.machine() = from.machine();
  to.model() = from.model();
  to.cpu_model() = from.cpu_model();
  to.memory() = from.memory();
  to.shares_memory() = from.shares_memory() = true;
  to.engine() = from.engine();
  to.services() = from.services();
  to.plugins() = from.plugins();
  to.personality_factory() = from.personality_factory();
  child.fds().copy_from(parent.fds());
  child.paths() = parent.paths();
  child.options() = parent.options();
  child.image() = parent.image();
  {
    const std::lock_guard lock(from.signals_mutex());
    to.actions() = from.actions();
  }
  to.personality() = from.personality_factory()(child);
}

}  // namespace

Expected<int> fork_sharing(Task& parent, const Task::ForkRequest& request) {
  Process& process = parent.process();
  Cpu* cpu = process.engine().cpu_fork(parent.cpu());
  if (cpu == nullptr) return host_error(EAGAIN);
  auto* s = new Sharing;
  copy_process(s->process, process);
  s->task = TaskAccess::create(s->process, cpu);
  TaskAccess::set_mask(*s->task, parent.signal_mask());
  s->process.personality().task_created(*s->task, nullptr);
  const int signo =
      request.exit_signal == 0 ? 0 : process.personality().signal_to_host(request.exit_signal);
  s->clone_flags = CLONE_VM | CLONE_VFORK | static_cast<unsigned long>(signo) |
                   (request.share_fds ? CLONE_FILES : 0);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  const HostSignalsBlocked blocked;
  // Held until the child reports, so that the helper cannot delete what is waited on.
  std::unique_lock lock(s->mutex);
  pthread_t helper{};
  const int error = pthread_create(&helper, &attributes, &helper_thread, s);
  pthread_attr_destroy(&attributes);
  if (error != 0) {
    lock.unlock();
    process.engine().cpu_destroy(cpu);
    delete s;
    return host_error(EAGAIN);
  }
  int pid = 0;
  s->changed.wait(lock, [&] { return s->pid != 0; });
  pid = s->pid;
  lock.unlock();
  if (pid < 0) return host_error(-pid);
  if (request.pidfd != nullptr) {
    *request.pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  }
  return pid;
}

}  // namespace emulate
