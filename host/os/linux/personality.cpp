#include "host/os/linux/personality.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>

#include "host/os/dispatch.h"
#include "host/os/linux/signal_tables.h"
#include "host/os/linux/syscalls.h"
#include "host/os/linux/thread.h"

namespace emulate::linux_os {
namespace {

SysResult no_such_call(Task&, bool) { return HostErrno{ENOSYS}; }

/// A port's calls: every name it has a number for, with its handler where there is one.
class PortTable {
 public:
  explicit PortTable(const Port& port) : rows_(make_rows(port)), table_(areas()) {}
  const SyscallTable& table() const { return table_; }

 private:
  static std::map<std::string_view, const SyscallRow*> handlers() {
    const std::array areas = {file_rows(),     stat_rows(),     directory_rows(), fcntl_rows(),
                              ioctl_rows(),    mmap_rows(),     process_rows(),   thread_rows(),
                              futex_rows(),    signal_rows(),   time_rows(),      poll_rows(),
                              timer_rows(),    socket_rows(),   ipc_rows(),       resource_rows(),
                              system_rows(),   signalfd_rows(), mount_rows(),     security_rows(),
                              fanotify_rows(), aio_rows()};
    std::map<std::string_view, const SyscallRow*> by_name;
    for (const Rows& area : areas) {
      for (const SyscallRow& r : area) {
        if (!by_name.emplace(r.name, &r).second) {
          std::fprintf(stderr, "emulate: two handlers of %s\n", r.name);
          std::abort();
        }
      }
    }
    return by_name;
  }
  static std::vector<SyscallRow> make_rows(const Port& port) {
    const auto by_name = handlers();
    std::vector<SyscallRow> rows;
    for (const NumberRow& n : syscall_numbers()) {
      const int number = n.number(port.column);
      if (number < 0) continue;
      // "PORT:NAME" is a port's own form of a call.
      auto handler = by_name.find(std::string(port.name) + ":" + n.name);
      if (handler == by_name.end()) handler = by_name.find(n.name);
      SyscallRow r = handler != by_name.end() ? *handler->second : unimplemented(0, n.name);
      r.name = n.name;
      r.number = static_cast<std::uint16_t>(number);
      rows.push_back(r);
    }
    return rows;
  }
  std::array<std::span<const SyscallRow>, 1> areas() const { return {rows_}; }

  std::vector<SyscallRow> rows_;
  SyscallTable table_;
};

}  // namespace

const SyscallTable& syscall_table(const Port& port) {
  static std::map<const Port*, std::unique_ptr<PortTable>> tables;
  auto& table = tables[&port];
  if (!table) table = std::make_unique<PortTable>(port);
  return table->table();
}

std::unique_ptr<Personality> make_linux_personality(Process& process) {
  const Port* port = find_port(process.machine().linux_->syscall_table());
  if (port == nullptr) return nullptr;
  return std::make_unique<LinuxPersonality>(process, *port);
}

const LinuxAbi& abi_of(const Task& task) { return *task.process().machine().linux_; }

Thread& thread_of(Task& task) { return static_cast<Thread&>(*task.extension); }

LinuxPersonality& personality_of(const Task& task) {
  return static_cast<LinuxPersonality&>(task.process().personality());
}

LinuxPersonality::LinuxPersonality(Process& process, const Port& port)
    : process_(process), port_(port), table_(syscall_table(port)) {}

const OsAbi& LinuxPersonality::abi() const { return *process_.machine().linux_; }

SysResult LinuxPersonality::syscall(Task& task, const SyscallRequest& request) {
  const SyscallRow* row = table_.find(request.number);
  if (row == nullptr || row->handler == nullptr) {
    const SyscallResult r = abi_of(task).arch_syscall(task.cpu(), request, process_.services());
    if (r.outcome != SyscallOutcome::error || r.error != guest_errno(ENOSYS)) {
      return sys_result(r);
    }
  }
  return run_syscall_row(task, request, row, &no_such_call);
}

int LinuxPersonality::guest_errno(int host_errno) const {
  return number_to_guest(port_.errnos, host_errno);
}

const char* LinuxPersonality::errno_text(int guest) const {
  const char* text = ::strerrordesc_np(number_to_host(port_.errnos, guest));
  return text != nullptr ? text : "?";
}

int LinuxPersonality::signal_to_guest(int host_signal) const {
  return linux_os::signal_to_guest(port_, host_signal);
}

int LinuxPersonality::signal_to_host(int guest_signal) const {
  return linux_os::signal_to_host(port_, guest_signal);
}

int LinuxPersonality::death_signal_to_host(int guest_signal) const {
  return number_to_host(port_.signals, guest_signal);
}

DefaultAction LinuxPersonality::default_action(int guest_signal) const {
  return signal_default_action(number_to_host(port_.signals, guest_signal));
}

SignalSet LinuxPersonality::unblockable_signals() const {
  SignalSet s;
  s.add(number_to_guest(port_.signals, SIGKILL));
  s.add(number_to_guest(port_.signals, SIGSTOP));
  return s;
}

GuestSignal LinuxPersonality::signal_from_host(const siginfo_t& info, int guest_signo) const {
  GuestSignal s = linux_os::signal_from_host(port_, info, guest_signo);
  if (info.si_code != SI_TIMER) return s;
  if (const auto timer = timers.find(info.si_timerid)) {
    s.signo = timer->guest_signo;
    s.thread_directed = timer->thread_directed;
    s.timer = true;
  }
  return s;
}

void LinuxPersonality::signal_taken(GuestSignal& signal) {
  if (signal.timer) timers.taken(signal);
}

void LinuxPersonality::task_created(Task& task, Task*) {
  task.extension = std::make_unique<Thread>();
}

void LinuxPersonality::task_exit(Task& task) { thread_exit(task); }

void LinuxPersonality::after_fork_child(Task& task) {
  // The robust list is the parent thread's (Linux kernel/fork.c); clone set clear_child_tid anew.
  thread_of(task) = Thread();
  timers.forget();
  aio.forget();
}

void LinuxPersonality::after_exec(Task& task) {
  task.extension = std::make_unique<Thread>();
  timers.remove_all();
  aio.remove_all();
}

}  // namespace emulate::linux_os
