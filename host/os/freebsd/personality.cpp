#include "host/os/freebsd/personality.h"

#include <unistd.h>

#include <array>

#include <fmt/format.h>

#include "host/os/freebsd/errno.h"
#include "host/os/freebsd/signal_tables.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/freebsd/timer.h"
#include "host/os/freebsd/umtx.h"
#include "host/trace/log.h"

namespace emulate::freebsd {
namespace {

/// Writes "PID/TID name(args) = result" lines of -strace, each with one write(2) so that lines of
/// several threads and processes do not mix.
class StraceLine {
 public:
  StraceLine(const Task& task, const char* name)
      : text_(fmt::format("{}/{} {}", ::getpid(), task.tid(), name)) {}

  void call(const std::string& arguments) {
    fmt::format_to(std::back_inserter(text_), "({})", arguments);
  }
  void result(const SysResult& r) {
    text_ += " = ";
    switch (r.kind()) {
      case SysResult::Kind::value:
        print_value(r);
        break;
      case SysResult::Kind::host_error:
        print_error(errno_from_host(r.error()));
        break;
      case SysResult::Kind::guest_error:
        print_error(r.error());
        break;
      case SysResult::Kind::restart:
        text_ += "? (interrupted, may restart)";
        break;
      case SysResult::Kind::just_return:
        text_ += "?";
        break;
    }
  }
  void write() { Logger::instance().line(text_); }

 private:
  void print_value(const SysResult& r) {
    const auto v = static_cast<std::int64_t>(r.first());
    // Addresses and sizes read better in hexadecimal, counts and descriptors in decimal.
    constexpr std::int64_t kDecimalBelow = 1 << 24;
    if (v > -kDecimalBelow && v < kDecimalBelow) {
      fmt::format_to(std::back_inserter(text_), "{}", v);
    } else {
      fmt::format_to(std::back_inserter(text_), "{:#x}", r.first());
    }
    if (r.has_second()) fmt::format_to(std::back_inserter(text_), ", {}", r.second());
  }
  void print_error(int guest) {
    fmt::format_to(std::back_inserter(text_), "-1 errno {} ({})", guest, errno_text(guest));
  }

  std::string text_;
};

std::string raw_arguments(const SyscallRequest& request) {
  std::string out;
  for (unsigned i = 0; i < request.slot_count && i < 8; ++i) {
    fmt::format_to(std::back_inserter(out), "{}{:#x}", i == 0 ? "" : ", ", request.slots[i]);
  }
  return out;
}

/// A number that no FreeBSD kernel of the claimed version knows: nosys() sends SIGSYS to the
/// thread and fails the call (FreeBSD sys/kern/kern_sig.c).
SysResult no_such_call(Task& task) {
  GuestSignal signal;
  signal.signo = kSIGSYS;
  signal.code = kSI_KERNEL;
  signal.thread_directed = true;
  task.process().post_to(task.tid(), signal);
  return HostErrno{ENOSYS};
}

SysResult run_without_handler(Task& task, const SyscallRequest& request, const SyscallRow* row,
                              bool strace) {
  const std::string name = row != nullptr ? row->name : fmt::format("syscall#{}", request.number);
  const std::string arguments = raw_arguments(request);
  log(Log::unknown,
      fmt::format("system call {} ({}) is not implemented: ({})", request.number, name, arguments));
  const SysResult result = row != nullptr ? SysResult(HostErrno{ENOSYS}) : no_such_call(task);
  if (strace) {
    StraceLine line(task, name.c_str());
    line.call(arguments);
    line.result(result);
    line.write();
  }
  return result;
}

SysResult run_traced(Task& task, const SyscallRow& row, ArgCursor& cursor) {
  CallTrace trace;
  if (row.traced_first) {
    trace.before = [&](const std::string& arguments) {
      StraceLine line(task, row.name);
      line.call(arguments);
      line.write();
    };
  }
  const SysResult result = row.handler(task, cursor, &trace);
  if (row.traced_first && result.kind() == SysResult::Kind::just_return) return result;
  StraceLine line(task, row.name);
  line.call(row.traced_first ? "..." : trace.arguments);
  line.result(result);
  line.write();
  return result;
}

}  // namespace

std::unique_ptr<Personality> make_freebsd_personality(Process& process) {
  return std::make_unique<FreeBsdPersonality>(process);
}

const SyscallTable& syscall_table() {
  static const SyscallTable table = [] {
    const std::array areas = {
        file_rows(),     stat_rows(),     directory_rows(), fcntl_rows(),  ioctl_rows(),
        mmap_rows(),     socket_rows(),   kqueue_rows(),    poll_rows(),   time_rows(),
        timer_rows(),    signal_rows(),   thread_rows(),    umtx_rows(),   process_rows(),
        identity_rows(), resource_rows(), sysctl_rows(),    system_rows(), unimplemented_rows()};
    return SyscallTable(areas);
  }();
  return table;
}

const FreeBsdAbi& abi_of(Task& task) { return *task.process().machine().freebsd; }

Thread& thread_of(Task& task) { return static_cast<Thread&>(*task.extension); }

std::uint32_t osreldate(Process& process) {
  if (process.options().osreldate != 0) return process.options().osreldate;
  return process.image().note_osrel != 0 ? process.image().note_osrel : kDefaultOsrelDate;
}

std::string osrelease(std::uint32_t date) {
  // FreeBSD sys/sys/param.h: MMmmRxx; releases have R = 0 (or 5xx and up on a branch).
  return fmt::format("{}.{}-RELEASE", date / 100000, date / 1000 % 100);
}

FreeBsdPersonality::FreeBsdPersonality(Process& process) : process_(process) {}

const OsAbi& FreeBsdPersonality::abi() const { return *process_.machine().freebsd; }

SysResult FreeBsdPersonality::syscall(Task& task, const SyscallRequest& request) {
  const bool strace = process_.options().strace;
  const SyscallRow* row = syscall_table().find(request.number);
  if (row == nullptr || row->handler == nullptr) {
    return run_without_handler(task, request, row, strace);
  }
  if (request.fault) return HostErrno{EFAULT};
  ArgCursor cursor(task, request, abi().pairs_aligned());
  return strace ? run_traced(task, *row, cursor) : row->handler(task, cursor, nullptr);
}

int FreeBsdPersonality::guest_errno(int host_errno) const { return errno_from_host(host_errno); }

int FreeBsdPersonality::signal_to_guest(int host_signal) const {
  return freebsd::signal_to_guest(host_signal);
}

int FreeBsdPersonality::signal_to_host(int guest_signal) const {
  return freebsd::signal_to_host(guest_signal);
}

int FreeBsdPersonality::death_signal_to_host(int guest_signal) const {
  return freebsd::death_signal_to_host(guest_signal);
}

int FreeBsdPersonality::signal_count() const { return kSigMaxSig; }

int FreeBsdPersonality::first_realtime_signal() const { return kSIGRTMIN; }

DefaultAction FreeBsdPersonality::default_action(int guest_signal) const {
  return signal_default_action(guest_signal);
}

SignalSet FreeBsdPersonality::unblockable_signals() const {
  SignalSet s;
  s.add(kSIGKILL);
  s.add(kSIGSTOP);
  return s;
}

GuestSignal FreeBsdPersonality::signal_from_host(const siginfo_t& info, int guest_signo) const {
  return freebsd::signal_from_host(info, guest_signo);
}

void FreeBsdPersonality::task_created(Task& task, Task*) {
  task.extension = std::make_unique<Thread>();
}

void FreeBsdPersonality::task_exit(Task& task) { umtx_thread_exit(task); }

void FreeBsdPersonality::after_fork_child(Task&) {
  // Waits are the host kernel's, and the robust lists stay registered as fork1() copies them.
}

void FreeBsdPersonality::after_exec(Task& task) {
  task.extension = std::make_unique<Thread>();
  delete_timers_after_exec();
}

void FreeBsdPersonality::signal_taken(GuestSignal& signal) { timer_signal_taken(signal); }

}  // namespace emulate::freebsd
