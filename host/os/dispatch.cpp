#include "host/os/dispatch.h"

#include <signal.h>
#include <unistd.h>

#include <fmt/format.h>

#include "host/trace/ledger.h"
#include "host/trace/log.h"

namespace emulate {
namespace {

/// Writes "PID/TID name(args) = result" lines of -strace, each with one write(2) so that lines of
/// several threads and processes do not mix.
class StraceLine {
 public:
  StraceLine(const Task& task, const char* name)
      : os_(task.process().personality()),
        text_(fmt::format("{}/{} {}", ::getpid(), task.tid(), name)) {}

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
        print_error(os_.guest_errno(r.error()));
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
    fmt::format_to(std::back_inserter(text_), "-1 errno {} ({})", guest, os_.errno_text(guest));
  }

  const Personality& os_;
  std::string text_;
};

std::string raw_arguments(const SyscallRequest& request) {
  std::string out;
  for (unsigned i = 0; i < request.slot_count && i < 8; ++i) {
    fmt::format_to(std::back_inserter(out), "{}{:#x}", i == 0 ? "" : ", ", request.slots[i]);
  }
  return out;
}

SysResult run_traced(Task& task, const SyscallRow& row, ArgCursor& cursor,
                     std::optional<HostErrno> refused) {
  CallTrace trace;
  trace.refused = refused;
  const bool first = row.traced_first && !refused;
  if (first) {
    trace.before = [&](const std::string& arguments) {
      StraceLine line(task, row.name);
      line.call(arguments);
      line.write();
    };
  }
  const SysResult result = row.handler(task, cursor, &trace);
  if (first && result.kind() == SysResult::Kind::just_return) return result;
  StraceLine line(task, row.name);
  line.call(first ? "..." : trace.arguments);
  line.result(result);
  line.write();
  return result;
}

UnknownCalls unknown_calls = UnknownCalls::as_kernel;

void raise_bad_call(Task& task) {
  Process& process = task.process();
  GuestSignal signal;
  signal.signo = process.personality().signal_to_guest(SIGSYS);
  signal.thread_directed = true;
  process.post_to(task.tid(), signal);
}

SysResult answer_unknown(Task& task, const std::string& name, bool named,
                         SysResult (*missing)(Task& task, bool named)) {
  switch (unknown_calls) {
    case UnknownCalls::as_kernel:
      return missing(task, named);
    case UnknownCalls::enosys:
      break;
    case UnknownCalls::sigsys:
      raise_bad_call(task);
      break;
    case UnknownCalls::abort: {
      const std::string line = fmt::format("emulate: {} asked for the system call {}\n",
                                           task.process().image().guest_path, name);
      (void)!::write(STDERR_FILENO, line.data(), line.size());
      task.die_by_signal(task.process().personality().signal_to_guest(SIGABRT));
    }
  }
  return HostErrno{ENOSYS};
}

}  // namespace

void set_unknown_calls(UnknownCalls answer) { unknown_calls = answer; }

SysResult run_syscall_row(Task& task, const SyscallRequest& request, const SyscallRow* row,
                          SysResult (*missing)(Task& task, bool named),
                          std::optional<HostErrno> refused) {
  const bool strace = task.process().options().strace;
  if (refused && !strace) return *refused;
  if (row != nullptr && row->handler != nullptr) {
    ArgCursor cursor(task, request, task.process().personality().abi().pairs_aligned());
    return strace ? run_traced(task, *row, cursor, refused) : row->handler(task, cursor, nullptr);
  }
  const std::string name = row != nullptr ? row->name : fmt::format("syscall#{}", request.number);
  const std::string arguments = raw_arguments(request);
  note_missing(
      Missing::call, name,
      fmt::format("system call {} ({}) is not implemented: ({})", request.number, name, arguments));
  const SysResult result = answer_unknown(task, name, row != nullptr, missing);
  if (strace) {
    StraceLine line(task, name.c_str());
    line.call(arguments);
    line.result(result);
    line.write();
  }
  return result;
}

SysResult sys_result(const SyscallResult& result) {
  switch (result.outcome) {
    case SyscallOutcome::value:
      return result.has_second ? SysResult::pair(result.value, result.second)
                               : SysResult::value(result.value);
    case SyscallOutcome::error:
      return GuestErrno{result.error};
    case SyscallOutcome::restart:
      return Restart{};
    case SyscallOutcome::just_return:
      return JustReturn{};
  }
  return SysResult::ok();
}

}  // namespace emulate
