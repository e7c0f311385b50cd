#pragma once

/// The FreeBSD personality: what the machinery calls (host/task/personality.h), and the state that
/// the call areas of this folder keep per process and per task.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "host/os/syscall_table.h"
#include "host/task/personality.h"
#include "host/task/task.h"

namespace emulate::freebsd {

std::unique_ptr<Personality> make_freebsd_personality(Process& process);

/// The version claimed when neither the program nor the user says: 12.1-RELEASE.
inline constexpr std::uint32_t kDefaultOsrelDate = 1201000;

/// What a FreeBSD thread has besides the neutral Task.
struct Thread final : TaskExtension {
  /// Heads of the lists of robust mutexes (UMTX_OP_ROBUST_LISTS), 0: none.
  GuestAddr robust_list;
  GuestAddr robust_private_list;
  GuestAddr robust_inactive;
  /// 1: another thread's thr_wake() of one that has not called thr_suspend() yet.
  std::atomic<std::uint32_t> wake_pending = 0;
};

class FreeBsdPersonality final : public Personality {
 public:
  explicit FreeBsdPersonality(Process& process);

  Os os() const override { return Os::freebsd; }
  const OsAbi& abi() const override;
  SysResult syscall(Task& task, const SyscallRequest& request) override;
  int guest_errno(int host_errno) const override;
  const char* errno_text(int guest) const override;
  int signal_to_guest(int host_signal) const override;
  int signal_to_host(int guest_signal) const override;
  int death_signal_to_host(int guest_signal) const override;
  int signal_count() const override;
  int first_realtime_signal() const override;
  std::size_t most_queued_signals() const override;
  DefaultAction default_action(int guest_signal) const override;
  SignalSet unblockable_signals() const override;
  /// A signal whose action is to ignore it is dropped even while it is blocked (kern_sig.c).
  bool keeps_blocked_ignored() const override { return false; }
  GuestSignal trap(Task& task, const Event& event) override;
  GuestSignal signal_from_host(const siginfo_t& info, int guest_signo) const override;
  void signal_taken(GuestSignal& signal) override;
  void fatal_signal(Task& task, const GuestSignal& signal) override;
  bool enter_handler(Task& task, const GuestSignal& signal, const SignalAction& action,
                     const SignalSet& saved_mask) override;
  Expected<ThreadStart> build_stack(Process& process, const LoadedProgram& program,
                                    std::span<const std::string> argv,
                                    std::span<const std::string> envp) override;
  void task_created(Task& task, Task* parent) override;
  void task_exit(Task& task) override;
  Expected<void> may_exec(const ExecTarget& target, bool in_place) override;
  void after_fork_child(Task& task) override;
  void after_exec(Task& task) override;

 private:
  Process& process_;
};

const FreeBsdAbi& abi_of(Task& task);
Thread& thread_of(Task& task);

/// kern.osreldate of a process: --osreldate, the program's ABI note, or the default.
std::uint32_t osreldate(Process& process);
/// "12.1-RELEASE" for that number.
std::string osrelease(std::uint32_t osreldate);

/// Every implemented, refused and known-missing call, in order of number.
const SyscallTable& syscall_table();

}  // namespace emulate::freebsd
