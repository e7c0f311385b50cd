#include "host/os/freebsd/personality.h"

#include <array>

#include <fmt/format.h>

#include "host/os/dispatch.h"
#include "host/os/freebsd/aio/aio.h"
#include "host/os/freebsd/capsicum/limits.h"
#include "host/os/freebsd/errno.h"
#include "host/os/freebsd/identity.h"
#include "host/os/freebsd/ipc/segments.h"
#include "host/os/freebsd/jail/policy.h"
#include "host/os/freebsd/jail/prisons.h"
#include "host/os/freebsd/kqueue/process_events.h"
#include "host/os/freebsd/ktrace.h"
#include "host/os/freebsd/memory_lock.h"
#include "host/os/freebsd/nosys.h"
#include "host/os/freebsd/process_calls.h"
#include "host/os/freebsd/ptrace/ptrace.h"
#include "host/os/freebsd/ptrace/tracee.h"
#include "host/os/freebsd/ptrace/tracer.h"
#include "host/os/freebsd/sigfastblock.h"
#include "host/os/freebsd/signal_tables.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/freebsd/timer.h"
#include "host/os/freebsd/umtx.h"
#include "host/os/freebsd/usage.h"
#include "host/signal/attentive.h"
#include "host/task/access.h"
#include "host/task/exec.h"

namespace emulate::freebsd {
namespace {

SysResult missing_call(Task& task, bool named) {
  return named ? SysResult(HostErrno{ENOSYS}) : nosys(task);
}

/// A sleep that thr_wake(2) of the thread itself has ended is not begun anew
/// (sleepq_catch_signals()).
SysResult run_row(Task& task, const SyscallRequest& request, const SyscallRow* row,
                  std::optional<HostErrno> refused = std::nullopt) {
  const SysResult result = run_syscall_row(task, request, row, &missing_call, refused);
  const bool again = take_refused_sleep(task) && result.kind() == SysResult::Kind::restart;
  return again ? SysResult(HostErrno{EINTR}) : result;
}

/// Why the program may not make this call: it is in a jail, or has limited itself (Capsicum).
std::optional<HostErrno> refusal_of(Task& task, const SyscallRow& row,
                                    const SyscallRequest& request) {
  if (jailed()) {
    if (const auto refused = jail_check(row, request)) return refused;
  }
  return Capabilities::active() ? capability_check(task, row, request) : std::nullopt;
}

SysResult checked_syscall(Task& task, const SyscallRequest& request, const SyscallRow* known) {
  if (known == nullptr || !(Capabilities::active() || jailed())) [[likely]]
    return run_row(task, request, known);
  const SysResult result = run_row(task, request, known, refusal_of(task, *known, request));
  if (Capabilities::active()) capability_follow(*known, request, result);
  return result;
}

SysResult traced_syscall(Task& task, const SyscallRequest& request, const SyscallRow* row) {
  ktrace_call(task, request);
  const SysResult result = checked_syscall(task, request, row);
  ktrace_return(task, request, result);
  return result;
}

/// With a debugger looking.
SysResult debugged_syscall(Task& task, const SyscallRequest& request, const SyscallRow* row) {
  // A call that is not known may take all there are.
  const unsigned words = row != nullptr && row->handler != nullptr
                             ? row->shape.words(task.model(), abi_of(task).pairs_aligned())
                             : request.slot_count;
  Tracee::instance().syscall_enter(task, request, words);
  const SysResult result =
      ktraced() ? traced_syscall(task, request, row) : checked_syscall(task, request, row);
  Tracee::instance().syscall_result(task, result);
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
        identity_rows(), resource_rows(), sysctl_rows(),    system_rows(), sysv_sem_rows(),
        sysv_msg_rows(), sysv_shm_rows(), posix_shm_rows(), mqueue_rows(), ksem_rows(),
        aio_rows(),      extattr_rows(),  acl_rows(),       handle_rows(), capsicum_rows(),
        trace_rows(),    module_rows(),   newer_rows(),     absent_rows(), unimplemented_rows()};
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

FreeBsdPersonality::FreeBsdPersonality(Process& process) : process_(process) { install_ptrace(); }

const OsAbi& FreeBsdPersonality::abi() const { return *process_.machine().freebsd; }

SysResult FreeBsdPersonality::syscall(Task& task, const SyscallRequest& request) {
  const SyscallRow* row = syscall_table().find(request.number);
  if (Debugging::instance().traced()) [[unlikely]]
    return debugged_syscall(task, request, row);
  if (ktraced()) [[unlikely]]
    return traced_syscall(task, request, row);
  return checked_syscall(task, request, row);
}

int FreeBsdPersonality::guest_errno(int host_errno) const { return errno_from_host(host_errno); }

const char* FreeBsdPersonality::errno_text(int guest) const { return freebsd::errno_text(guest); }

int FreeBsdPersonality::signal_to_guest(int host_signal) const {
  // The host sends the carrier bare when the parent ends.
  if (host_signal == kCarrierSignal) return parent_death_signal();
  return freebsd::signal_to_guest(host_signal);
}

int FreeBsdPersonality::signal_to_host(int guest_signal) const {
  return freebsd::signal_to_host(guest_signal);
}

int FreeBsdPersonality::death_signal_to_host(int guest_signal) const {
  return freebsd::death_signal_to_host(guest_signal);
}

int FreeBsdPersonality::signal_count() const { return kSigMaxSig; }

/// All signals are queued (FreeBSD sigqueue_add()).
int FreeBsdPersonality::first_realtime_signal() const { return 1; }

std::size_t FreeBsdPersonality::most_queued_signals() const { return kMaxPendingPerProc; }

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
  GuestSignal signal = freebsd::signal_from_host(info, guest_signo);
  // A child that somebody else debugs is his until it has ended for him.
  if (signal.signo == kSIGCHLD && Tracer::instance().is_lent(signal.pid)) signal.signo = 0;
  return signal;
}

void FreeBsdPersonality::task_created(Task& task, Task* creator) {
  task.extension = std::make_unique<Thread>();
  if (creator != nullptr) {
    Tracee::instance().task_created(task, *creator);
  } else if (!task.process().options().debugger.empty()) {
    Tracee::instance().resume(task, task.process().options().debugger);
  }
}

void FreeBsdPersonality::task_exit(Task& task) {
  Tracee::instance().task_ending(task);
  umtx_thread_exit(task);
}

/// In capability mode no other file is looked up: neither a script's interpreter (do_execve()) nor
/// a program's (elf_load_file()). Where emulate itself goes the mode would not follow.
Expected<void> FreeBsdPersonality::may_exec(const ExecTarget& target, bool in_place) {
  if (!Capabilities::instance().in_mode()) return {};
  const bool alone = in_place && !target.script && target.interpreter_file.get() < 0;
  return alone ? Expected<void>() : host_error(kHostCapMode);
}

void FreeBsdPersonality::after_fork_child(Task& task) {
  ktrace_after_fork(task);
  ptrace_after_fork(task);
  forget_future_locks();
  announce_birth();
  forget_usage();
  Capabilities::instance().prune();
  // Waits are the host kernel's, and the robust lists stay registered as fork1() copies them.
}

void FreeBsdPersonality::after_exec(Task& task) {
  task.extension = std::make_unique<Thread>();
  delete_timers_after_exec();
  aio_after_exec();
  identity_after_exec();
  forget_future_locks();
  Capabilities::instance().prune();
  forget_segments_after_exec();
  sigfastblock_after_exec();
  ktrace_after_exec(task);
  Tracee::instance().after_exec(task);
}

void FreeBsdPersonality::signal_taken(GuestSignal& signal) { timer_signal_taken(signal); }

}  // namespace emulate::freebsd
