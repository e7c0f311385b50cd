#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "host/os/fd.h"
#include "host/os/freebsd/abi/process.h"
#include "host/os/freebsd/kqueue/process_events.h"
#include "host/os/freebsd/personality.h"
#include "host/os/freebsd/procdesc.h"
#include "host/os/freebsd/process_calls.h"
#include "host/os/freebsd/ptrace/tracee.h"
#include "host/signal/send.h"

/// FreeBSD sys/kern/kern_fork.c, and the calls of sys_procdesc.c.

namespace emulate::freebsd {
namespace {

using ForkKind = Task::ForkKind;

Expected<int> fork_task(Task& task, const Task::ForkRequest& request) {
  const pid_t reaper = current_reaper();
  const pid_t parent = ::getpid();
  auto pid = task.fork(request);
  if (pid && *pid == 0) inherit_reaper(reaper, parent);
  return pid;
}

/// fork(2) and its kin return 0 in td_retval[1] in the parent; the child's registers are set.
SysResult result_of_fork(const Expected<int>& pid) {
  if (!pid) return pid.error();
  if (*pid == 0) return JustReturn{};
  return SysResult::pair(static_cast<std::uint64_t>(*pid), 0);
}

SysResult forked(Task& task, const Expected<int>& pid) {
  if (pid && *pid != 0) {
    announce_fork(*pid);
    Tracee::instance().forked(task, *pid);
  }
  return result_of_fork(pid);
}

/// The parent is told of while it waits, as those that look at it are.
Expected<int> vfork_task(Task& task) {
  Task::ForkRequest request;
  request.kind = ForkKind::vfork;
  request.exit_signal = kSIGCHLD;
  request.started = [&](int pid) {
    announce_fork(pid);
    Tracee::instance().vforked(task, pid);
  };
  return fork_task(task, request);
}

void close_all_descriptors(Task& task) {
  const int last = FdTable::private_base() - 1;
  task.process().fds().closed_range(0, last);
  ::close_range(0, static_cast<unsigned>(last), 0);
}

/// RFSPAWN: the child of a posix_spawn runs no handlers of its parent.
void drop_caught_signals(Task& task) {
  for (int s = 1; s <= kSigMaxSig; ++s) {
    if (task.process().action(s).kind == SignalAction::Kind::handler) {
      task.process().set_action(s, SignalAction());
    }
  }
}

Expected<int> process_of(Task& task, Fd fd) {
  auto number = guest_fd(task, fd);
  if (!number) return number;
  if (::fcntl(*number, F_GETFD) < 0) return host_error(EBADF);
  return procdesc_pid(*number);
}

}  // namespace

SysResult sys_fork(Task& task) {
  Task::ForkRequest request;
  request.exit_signal = kSIGCHLD;
  return forked(task, fork_task(task, request));
}

SysResult sys_vfork(Task& task) { return result_of_fork(vfork_task(task)); }

SysResult sys_rfork(Task& task, Flags wanted) {
  const std::uint32_t flags = bits(wanted);
  if (flags == kRFSPAWN) {
    auto pid = vfork_task(task);
    if (pid && *pid == 0) drop_caught_signals(task);
    return result_of_fork(pid);
  }
  if ((flags & ~(kRFFLAGS | kRFTSIGMASK << kRFTSIGSHIFT)) != 0) return HostErrno{EINVAL};
  const std::uint32_t exit_signal = flags >> kRFTSIGSHIFT & kRFTSIGMASK;
  if (exit_signal != 0 && (flags & kRFTSIGZMB) == 0) return HostErrno{EINVAL};
  if ((flags & kRFFDG) != 0 && (flags & kRFCFDG) != 0) return HostErrno{EINVAL};
  if ((flags & kRFTSIGZMB) != 0 && exit_signal > kSigMaxSig) return HostErrno{EINVAL};
  if ((flags & kRFPROC) == 0) {
    // Nothing but the descriptor table can be divorced, and it is the process's own already.
    if ((flags & kRFCFDG) != 0) close_all_descriptors(task);
    return SysResult::pair(0, 0);
  }
  Task::ForkRequest request;
  request.kind = (flags & kRFMEM) != 0 ? ForkKind::share : ForkKind::copy;
  request.share_fds = (flags & (kRFFDG | kRFCFDG)) == 0;
  request.exit_signal = (flags & kRFTSIGZMB) != 0     ? static_cast<int>(exit_signal)
                        : (flags & kRFLINUXTHPN) != 0 ? kSIGUSR1
                                                      : kSIGCHLD;
  auto pid = fork_task(task, request);
  if (pid && *pid == 0 && (flags & kRFCFDG) != 0) close_all_descriptors(task);
  return forked(task, pid);
}

SysResult sys_pdfork(Task& task, Out<Int> fdp, Flags flags) {
  if ((bits(flags) & ~(kPD_DAEMON | kPD_CLOEXEC)) != 0) return HostErrno{EINVAL};
  int fd = -1;
  Task::ForkRequest request;
  request.pidfd = &fd;
  const bool daemon = (bits(flags) & kPD_DAEMON) != 0;
  LifeLine line;
  if (!daemon && !line.open((bits(flags) & kPD_CLOEXEC) != 0)) return HostErrno{errno};
  // The parent hears of the end through the descriptor: no signal, and no wait4(-1).
  auto pid = fork_task(task, request);
  if (pid && *pid == 0 && !daemon) line.hang_on();
  if (!pid || *pid == 0) return forked(task, pid);
  if ((bits(flags) & kPD_CLOEXEC) == 0) ::fcntl(fd, F_SETFD, 0);
  task.process().fds().attach(fd, std::make_shared<Procdesc>(line.take_hold()));
  if (auto r = fdp.store({fd}); !r) return r.error();
  return forked(task, pid);
}

SysResult sys_pdkill(Task& task, Fd fd, SignalNumber sig) {
  const int signo = number(sig);
  if (signo < 0 || signo > kSigMaxSig) return HostErrno{EINVAL};
  auto pid = process_of(task, fd);
  if (!pid) return pid.error();
  return SysResult::from(send_signal(task, *pid, signo));
}

SysResult sys_pdgetpid(Task& task, Fd fd, Out<Int> pidp) {
  auto pid = process_of(task, fd);
  if (!pid) return pid.error();
  return SysResult::from(pidp.store({*pid}));
}

}  // namespace emulate::freebsd
