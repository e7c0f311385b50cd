#include <fcntl.h>
#include <unistd.h>

#include "host/os/fd.h"
#include "host/os/freebsd/abi/auxv.h"
#include "host/os/freebsd/kqueue/process_events.h"
#include "host/os/freebsd/ktrace.h"
#include "host/os/freebsd/personality.h"
#include "host/os/freebsd/process_calls.h"
#include "host/os/freebsd/ptrace/ptrace.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/freebsd/umtx.h"

namespace emulate::freebsd {
namespace {

SysResult sys_exit(Task& task, std::int32_t status) {
  // The other threads end here as well, and may hold robust mutexes that other processes share.
  for (const int tid : task.process().task_ids()) {
    task.process().with_task(tid, [](Task& ending) { umtx_thread_exit(ending); });
  }
  ktrace_end(task);
  announce_exit((status & 0xff) << 8);
  task.exit_process(status & 0xff);
}

/// abort2(2): SIGABRT when the arguments make sense, else SIGKILL; it does not return.
SysResult sys_abort2(Task& task, GuestAddr why, std::int32_t nargs, GuestAddr args) {
  constexpr std::int32_t kMaxArgs = 16;
  constexpr std::size_t kMaxReason = 128;
  bool sound = nargs >= 0 && nargs <= kMaxArgs && (nargs == 0 || args);
  if (sound && nargs > 0) {
    std::byte words[kMaxArgs * 8];
    const std::size_t size = static_cast<std::size_t>(nargs) * task.model().long_bytes;
    sound = task.copyin(words, args, size).has_value();
  }
  if (sound && why) {
    auto reason = copyinstr(task.memory(), why, kMaxReason);
    sound = reason || reason.error().value == ENAMETOOLONG;
  }
  task.die_by_signal(sound ? kSIGABRT : kSIGKILL);
}

/// A null-terminated vector of strings, charged against ARG_MAX.
Expected<std::vector<std::string>> load_strings(Task& task, GuestAddr vector,
                                                std::uint64_t& space) {
  const DataModel& model = task.model();
  std::vector<std::string> out;
  for (GuestAddr at = vector;; at += model.long_bytes) {
    std::byte word[8];
    if (auto r = task.copyin(word, at, model.long_bytes); !r) return tl::unexpected(r.error());
    const GuestAddr string(load_scalar(model, word, model.long_bytes));
    if (!string) return out;
    auto text = copyinstr(task.memory(), string, space);
    if (!text) {
      return host_error(text.error().value == ENAMETOOLONG ? E2BIG : text.error().value);
    }
    space -= text->size() + 1;
    out.push_back(std::move(*text));
  }
}

SysResult run_program(Task& task, const std::string& path, int fd, GuestAddr argv, GuestAddr envv) {
  std::uint64_t space = kArgMax;
  auto arguments = load_strings(task, argv, space);
  if (!arguments) return arguments.error();
  Expected<std::vector<std::string>> environment = std::vector<std::string>();
  if (envv) environment = load_strings(task, envv, space);
  if (!environment) return environment.error();
  auto r = task.exec(path, fd, std::move(*arguments), *environment);
  if (!r) return r.error();
  return JustReturn{};
}

SysResult sys_execve(Task& task, PathArg fname, GuestAddr argv, GuestAddr envv) {
  auto path = fname.load();
  if (!path) return path.error();
  return run_program(task, *path, -1, argv, envv);
}

SysResult sys_fexecve(Task& task, Fd fd, GuestAddr argv, GuestAddr envv) {
  auto number = guest_fd(task, fd);
  if (!number) return number.error();
  if (::fcntl(*number, F_GETFD) < 0) return HostErrno{EBADF};
  return run_program(task, {}, *number, argv, envv);
}

SysResult sys_getpid(Task&) { return SysResult::value(static_cast<std::uint64_t>(::getpid())); }

SysResult sys_getppid(Task&) { return SysResult::value(static_cast<std::uint64_t>(::getppid())); }

SysResult sys_getpgrp(Task&) { return SysResult::value(static_cast<std::uint64_t>(::getpgrp())); }

SysResult sys_getpgid(Task&, std::int32_t pid) { return SysResult::from_libc(::getpgid(pid)); }

SysResult sys_getsid(Task&, std::int32_t pid) { return SysResult::from_libc(::getsid(pid)); }

SysResult sys_setpgid(Task&, std::int32_t pid, std::int32_t pgid) {
  return SysResult::from_libc(::setpgid(pid, pgid));
}

SysResult sys_setsid(Task&) { return SysResult::from_libc(::setsid()); }

constexpr SyscallRow kRows[] = {
    traced_first(row<&sys_exit>(1, "exit")),
    row<&sys_fork>(2, "fork"),
    row<&sys_wait4>(7, "wait4"),
    row<&sys_getpid>(20, "getpid"),
    partial<&sys_ptrace>(26, "ptrace", "guests of the same emulate; no debug registers"),
    row<&sys_getppid>(39, "getppid"),
    traced_first(row<&sys_execve>(59, "execve")),
    row<&sys_vfork>(66, "vfork"),
    row<&sys_getpgrp>(81, "getpgrp"),
    row<&sys_setpgid>(82, "setpgid"),
    row<&sys_setsid>(147, "setsid"),
    row<&sys_getpgid>(207, "getpgid"),
    partial<&sys_rfork>(251, "rfork", "RFNOWAIT children stay the caller's"),
    row<&sys_getsid>(310, "getsid"),
    traced_first(row<&sys_abort2>(463, "abort2")),
    traced_first(row<&sys_fexecve>(492, "fexecve")),
    row<&sys_pdfork>(518, "pdfork"),
    row<&sys_pdkill>(519, "pdkill"),
    row<&sys_pdgetpid>(520, "pdgetpid"),
    partial<&sys_wait6>(532, "wait6", "P_PID, P_PGID and P_ALL; no wru_children"),
    partial<&sys_procctl>(544, "procctl", "the calling process only"),
};

}  // namespace

Rows process_rows() { return kRows; }

}  // namespace emulate::freebsd
