#pragma once

/// The Linux personality: what the machinery calls (host/task/personality.h), and the state that
/// the call areas of this folder keep per process and per task.

#include <map>
#include <memory>

#include "host/os/linux/aio.h"
#include "host/os/linux/port.h"
#include "host/os/linux/timers.h"
#include "host/os/syscall_table.h"
#include "host/task/personality.h"
#include "host/task/task.h"

namespace emulate::linux_os {

std::unique_ptr<Personality> make_linux_personality(Process& process);

/// What a Linux thread has besides the neutral Task.
struct Thread final : TaskExtension {
  GuestAddr clear_child_tid;  ///< set_tid_address(2), CLONE_CHILD_CLEARTID
  GuestAddr robust_list;      ///< set_robust_list(2)
  bool altstack_autodisarm = false;
};

class LinuxPersonality final : public Personality {
 public:
  LinuxPersonality(Process& process, const Port& port);
  const Port& port() const { return port_; }

  Os os() const override { return Os::linux_; }
  const OsAbi& abi() const override;
  SysResult syscall(Task& task, const SyscallRequest& request) override;
  int guest_errno(int host_errno) const override;
  const char* errno_text(int guest) const override;
  std::size_t max_path() const override { return 4096; }
  int signal_to_guest(int host_signal) const override;
  int signal_to_host(int guest_signal) const override;
  int death_signal_to_host(int guest_signal) const override;
  int signal_count() const override { return port_.signal_count; }
  int first_realtime_signal() const override { return 32; }
  DefaultAction default_action(int guest_signal) const override;
  SignalSet unblockable_signals() const override;
  bool keeps_blocked_ignored() const override { return true; }
  GuestSignal trap(Task& task, const Event& event) override;
  GuestSignal signal_from_host(const siginfo_t& info, int guest_signo) const override;
  void signal_taken(GuestSignal& signal) override;
  bool enter_handler(Task& task, const GuestSignal& signal, const SignalAction& action,
                     const SignalSet& saved_mask) override;
  int bad_frame_signal() const override { return signal_to_guest(SIGSEGV); }
  Expected<ThreadStart> build_stack(Process& process, const LoadedProgram& program,
                                    std::span<const std::string> argv,
                                    std::span<const std::string> envp) override;
  void task_created(Task& task, Task* parent) override;
  void task_exit(Task& task) override;
  void after_fork_child(Task& task) override;
  void after_exec(Task& task) override;

  GuestAddr program_break;  ///< brk(2)'s, where it is not a page's boundary
  Timers timers;
  AioContexts aio;
  std::map<std::uint64_t, std::uint64_t> shared_segments;  ///< shmat(2): address to length

 private:
  Process& process_;
  const Port& port_;
  const SyscallTable& table_;
};

const LinuxAbi& abi_of(const Task& task);
Thread& thread_of(Task& task);
LinuxPersonality& personality_of(const Task& task);

}  // namespace emulate::linux_os
