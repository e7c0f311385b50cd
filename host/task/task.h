#pragma once

/// A guest thread. Runs on a host thread of its own, whose host thread id is the guest's too.

#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/container/small_vector.hpp>

#include "host/memory/copy.h"
#include "host/task/process.h"
#include "host/thunk/layout.h"

namespace emulate {

/// The guest's alternate signal stack.
struct AltStack {
  GuestAddr sp;
  std::uint64_t size = 0;
  bool enabled = false;
};

/// State that a personality hangs on a task.
class TaskExtension {
 public:
  virtual ~TaskExtension() = default;
};

class Task {
 public:
  ~Task();
  Process& process() const { return *process_; }
  AddressSpace& memory() const { return process_->memory(); }
  const DataModel& model() const { return process_->model(); }
  Cpu& cpu() const { return *cpu_; }
  int tid() const { return tid_; }

  /// The task of the calling host thread; nullptr on threads that run none.
  static Task* current();

  // --- guest memory, errors as host errnos -------------------------------------------------
  Expected<void> copyin(void* dst, GuestAddr src, std::size_t n) const {
    return emulate::copyin(memory(), dst, src, n);
  }
  Expected<void> copyout(GuestAddr dst, const void* src, std::size_t n) const {
    return emulate::copyout(memory(), dst, src, n);
  }
  /// Reads a described structure (host/thunk/layout.h).
  template <class T>
  Expected<T> load(GuestAddr src) const;
  /// Writes one; EOVERFLOW when a value does not fit the guest's field.
  template <class T>
  Expected<void> store(GuestAddr dst, const T& value) const;

  // --- signals ------------------------------------------------------------------------------
  SignalSet signal_mask() const { return mask_; }
  /// Sets the mask. Unblockable signals are taken out.
  void set_signal_mask(const SignalSet& mask);
  /// For sigsuspend, pselect and the like: installs `temporary` until the call's end. If a signal
  /// is delivered meanwhile its handler runs with `temporary` added and its return restores the
  /// mask of before; else the run loop restores it when the call has returned.
  void set_temporary_mask(const SignalSet& temporary);
  AltStack& altstack() { return altstack_; }
  /// The stack pointer is on the alternate stack.
  bool on_altstack() const;
  /// Signals pending for this task or the process, blocked or not.
  SignalSet pending_signals();
  /// Takes a pending signal out of `set` for sigwait and the like.
  std::optional<GuestSignal> take_signal(const SignalSet& set);
  using Deadline = std::chrono::steady_clock::time_point;
  /// Waits until a signal of `set` is pending and takes it. EAGAIN at the deadline, EINTR when a
  /// signal outside of `set` must be delivered first.
  Expected<GuestSignal> wait_signal(const SignalSet& set, std::optional<Deadline> deadline);
  /// Something must happen before the guest goes on (a signal to deliver, another task ending the
  /// process): a blocking call should end.
  bool interrupted();

  // --- life ---------------------------------------------------------------------------------
  /// Starts a thread with `start(child)` applied to it (its Cpu is a copy of this task's) before it
  /// runs. Returns its tid once it exists. EAGAIN, ENOMEM.
  Expected<int> spawn_thread(const std::function<void(Task& child)>& start);
  /// Makes the run loop end this task after the current call; the process ends with its last task.
  void request_exit() { exit_requested_ = true; }
  /// exit(2). Does not return.
  [[noreturn]] void exit_process(int status);
  /// Dies by `signo` (guest number) as the kernel would kill it: emulate's parent sees that signal.
  [[noreturn]] void die_by_signal(int guest_signo);

  enum class ForkKind : std::uint8_t {
    copy,   ///< fork
    vfork,  ///< the parent waits until the child's exec or exit and sees its writes to memory
    share,  ///< rfork(RFMEM): memory shared for good
  };
  struct ForkRequest {
    ForkKind kind = ForkKind::copy;
    bool share_fds = false;  ///< the child uses the same descriptor table (rfork without RFFDG)
    int exit_signal = 0;     ///< guest signal the parent gets at the end (SIGCHLD); 0: none
    int* pidfd = nullptr;    ///< when not null, receives a host pidfd (close-on-exec)
    std::function<void(int)> started;  ///< vfork: told of the child before the parent waits for it
  };
  /// Forks the guest process; returns 0 in the child, whose registers OsAbi::fork_child has set:
  /// answer JustReturn there.
  Expected<int> fork(const ForkRequest& request);

  /// execve(2): `path` is the guest path; `host_fd` an open file for fexecve, or -1. On success the
  /// old image is gone: answer JustReturn.
  Expected<void> exec(const std::string& path, int host_fd, std::vector<std::string> argv,
                      const std::vector<std::string>& envp);

  std::string name;                          ///< thr_set_name, prctl(PR_SET_NAME)
  std::unique_ptr<TaskExtension> extension;  ///< the personality's own

 private:
  Task();
  friend class Process;
  friend struct TaskAccess;  // run loop, signal delivery, fork and exec inside task/ and signal/

  Process* process_ = nullptr;
  Cpu* cpu_ = nullptr;
  int tid_ = 0;
  pthread_t host_thread_{};
  SignalSet mask_;
  std::optional<SignalSet> saved_mask_;  ///< what set_temporary_mask replaced
  AltStack altstack_;
  PendingSignals pending_;  ///< guarded by Process::signals_mutex_
  SignalSet waiting_set_;   ///< what wait_signal waits for; guarded likewise
  bool exit_requested_ = false;
  struct Inbox;  ///< what the host's signal handler caught
  std::unique_ptr<Inbox> inbox_;
};

template <class T>
Expected<T> Task::load(GuestAddr src) const {
  const std::size_t n = guest_size<T>(model());
  boost::container::small_vector<std::byte, 512> buffer(n);
  if (auto r = copyin(buffer.data(), src, n); !r) return tl::unexpected(r.error());
  return decode<T>(model(), std::span<const std::byte>(buffer.data(), n));
}

template <class T>
Expected<void> Task::store(GuestAddr dst, const T& value) const {
  const std::size_t n = guest_size<T>(model());
  boost::container::small_vector<std::byte, 512> buffer(n);
  if (!encode(model(), value, std::span<std::byte>(buffer.data(), n))) return host_error(EOVERFLOW);
  return copyout(dst, buffer.data(), n);
}

}  // namespace emulate
