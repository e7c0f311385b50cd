#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "host/os/freebsd/process_calls.h"
#include "host/os/freebsd/ptrace/ptrace.h"
#include "host/os/freebsd/ptrace/tracee.h"
#include "host/os/freebsd/ptrace/tracer.h"

namespace emulate::freebsd {
namespace {

/// p_candebug(): the same user, or the superuser. A set-user-ID program is not the user's.
bool may_debug_us(int pid) {
  struct stat st {};
  if (stat(fmt::format("/proc/{}", pid).c_str(), &st) != 0) return false;
  const bool same = st.st_uid == getuid() && getuid() == geteuid() && getgid() == getegid();
  return may_be_traced() && (same || st.st_uid == 0);
}

/// PT_ATTACH as it reaches the process to be traced.
void attached(Task& task, int tracer) {
  Process& process = task.process();
  auto started =
      may_debug_us(tracer) ? Tracee::instance().start(tracer) : Expected<void>(host_error(EPERM));
  if (!started) {
    (void)Debugging::send_word(tracer, trace_word(TraceWord::refused, started.error().value));
    return;
  }
  GuestSignal stop;
  stop.signo = kSIGSTOP;
  stop.code = kSI_USER;
  stop.pid = tracer;
  process.post(stop);
}

class Hooks final : public DebugHooks {
 public:
  std::optional<GuestSignal> signal_due(Task& task, const GuestSignal& signal) override {
    return Tracee::instance().signal_due(task, signal);
  }
  void syscall_over(Task& task) override { Tracee::instance().syscall_over(task); }
  void handler_entered(Task& task) override { Tracee::instance().handler_entered(task); }
  void task_starting(Task& task) override { Tracee::instance().task_starting(task); }
  std::string debugger_after_exec() override { return Tracee::instance().describe(); }
  void process_ending(Task&, int status) override {
    Tracee::instance().process_ending(status);
    Tracer::instance().ending();
  }
  bool is_tracee(int pid) const override {
    return Tracer::instance().traces(pid) && is_emulate(pid);
  }
  void word_received(Task& task, int pid, std::uint64_t word) override {
    const auto kind = TraceWord(word >> 32);
    const auto number = static_cast<int>(word & 0xffff'ffff);
    if (kind == TraceWord::attach) {
      if (is_emulate(pid)) attached(task, pid);
    } else {
      Tracer::instance().word_received(task, pid, kind, number);
    }
  }
};

}  // namespace

void install_ptrace() {
  static Hooks hooks;
  Debugging::instance().set_hooks(&hooks);
}

void ptrace_after_fork(Task& task) {
  Tracer::instance().after_fork_child();
  Tracee::instance().after_fork_child(task);
}

}  // namespace emulate::freebsd
