/// fork, vfork and rfork on the host's fork.

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "host/task/access.h"

namespace emulate {
namespace {

/// Everything that another thread could hold half done while fork copies the process.
class ForkLocks {
 public:
  explicit ForkLocks(Process& process) : process_(process), access_(process) {
    access_.tasks_mutex().lock();
    access_.signals_mutex().lock();
    process_.fds().fork_lock();
    process_.memory().fork_lock();
    process_.engine().fork_prepare();
  }
  void unlock_parent() {
    process_.engine().fork_parent();
    unlock();
  }
  void unlock_child(Cpu& self) {
    process_.engine().fork_child(self);
    unlock();
  }

 private:
  void unlock() {
    process_.memory().fork_unlock();
    process_.fds().fork_unlock();
    access_.signals_mutex().unlock();
    access_.tasks_mutex().unlock();
  }
  Process& process_;
  ProcessAccess access_;
};

/// fork(2), or its raw form where libc has none: a shared descriptor table, another exit signal.
pid_t host_fork(bool share_fds, int exit_signal) {
  if (!share_fds && exit_signal == SIGCHLD) return ::fork();
  const unsigned long flags =
      static_cast<unsigned long>(exit_signal) | (share_fds ? CLONE_FILES : 0);
  return static_cast<pid_t>(syscall(SYS_clone, flags, nullptr, nullptr, nullptr, nullptr));
}

}  // namespace

Expected<int> Task::fork(const ForkRequest& request) {
  const ProcessAccess access(*process_);
  if (request.kind == ForkKind::share) return fork_sharing(*this, request);
  const bool vfork = request.kind == ForkKind::vfork;
  int channel[2] = {-1, -1};
  if (vfork) {
    if (pipe2(channel, O_CLOEXEC) != 0) return host_error(errno);
    channel[0] = FdTable::make_private(channel[0]);
    channel[1] = FdTable::make_private(channel[1]);
    if (channel[0] < 0 || channel[1] < 0) {
      for (const int fd : channel) {
        if (fd >= 0) close(fd);
      }
      return host_error(EAGAIN);
    }
  }
  const int exit_signal =
      request.exit_signal == 0 ? 0 : process_->personality().signal_to_host(request.exit_signal);
  pid_t pid = 0;
  {
    const HostSignalsBlocked blocked;
    ForkLocks locks(*process_);
    pid = host_fork(request.share_fds, exit_signal);
    const int error = errno;
    if (pid != 0) {
      locks.unlock_parent();
      if (vfork) close(channel[1]);
      if (pid < 0) {
        if (vfork) close(channel[0]);
        return host_error(error);
      }
    } else {
      locks.unlock_child(*cpu_);
      tid_ = static_cast<int>(syscall(SYS_gettid));
      host_thread_ = pthread_self();
      access.tasks().clear();
      access.tasks().emplace(tid_, this);
      access.single_tid() = 0;
      Debugging::instance().renew_gate();
      access.pending().clear();
      access.maybe_pending() = false;
      pending_.clear();
      inbox_->read.store(inbox_->written.load());
      inbox_->attention = 0;
      access.vfork_channel() = vfork ? channel[1] : -1;
      if (vfork) close(channel[0]);
      process_->fds().after_fork_child();
      process_->memory().apply_inherit_in_child();
      if (vfork) process_->memory().start_tracking();
      process_->personality().after_fork_child(*this);
      process_->personality().abi().fork_child(*cpu_);
      return 0;
    }
  }
  if (request.pidfd != nullptr) {
    *request.pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  }
  if (request.started) request.started(pid);
  if (vfork) wait_for_vfork_child(process_->memory(), channel[0], pid);
  return pid;
}

}  // namespace emulate
