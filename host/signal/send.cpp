#include "host/signal/send.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "host/task/access.h"

namespace emulate {
namespace {

siginfo_t carried(CarriedKind kind, int guest_signo, std::uint64_t value) {
  siginfo_t info{};
  info.si_signo = kCarrierSignal;
  info.si_code = SI_QUEUE;
  info.si_errno = carrier_payload(kind, guest_signo);
  info.si_pid = getpid();
  info.si_uid = getuid();
  info.si_value.sival_ptr = reinterpret_cast<void*>(value);
  return info;
}

bool is_tracee(int pid) {
  const DebugHooks* hooks = Debugging::instance().hooks();
  return hooks != nullptr && hooks->is_tracee(pid);
}

Expected<void> from_raw(long r) {
  if (r == -1) return host_error(errno);
  return {};
}

GuestSignal from_self(Task& task, int guest_signo, std::optional<std::uint64_t> value) {
  siginfo_t info{};
  info.si_signo = task.process().personality().signal_to_host(guest_signo);
  info.si_code = value ? SI_QUEUE : SI_USER;
  info.si_pid = getpid();
  info.si_uid = getuid();
  info.si_value.sival_ptr = reinterpret_cast<void*>(value.value_or(0));
  GuestSignal signal = task.process().personality().signal_from_host(info, guest_signo);
  signal.queued = value.has_value();
  return signal;
}

/// kill(2)'s groups and everybody: the host signal, when there is one, else the carrier one by one
/// is not possible without knowing the members, so the number closest in effect is refused.
Expected<void> send_to_group(int pid, int guest_signo, int host_signo) {
  if (guest_signo != 0 && host_signo == 0) return host_error(EINVAL);
  return from_raw(kill(pid, host_signo));
}

}  // namespace

Expected<void> send_signal(Task& task, int pid, int guest_signo,
                           std::optional<std::uint64_t> value) {
  const Personality& os = task.process().personality();
  if (guest_signo < 0 || guest_signo > os.signal_count()) return host_error(EINVAL);
  const int host_signo = guest_signo == 0 ? 0 : os.signal_to_host(guest_signo);
  if (pid == getpid() && guest_signo != 0) {
    // A debugger is to see a stop or the end before it happens.
    const bool by_host = host_signo == SIGKILL || host_signo == SIGSTOP;
    if (by_host && !Debugging::instance().traced()) return from_raw(kill(pid, host_signo));
    if (!task.process().post(from_self(task, guest_signo, value))) return host_error(EAGAIN);
    return {};
  }
  if (guest_signo == 0) return from_raw(kill(pid, 0));
  if (pid <= 0) return send_to_group(pid, guest_signo, host_signo);
  // Carried signals are queued by the host, each of them, and the debugger sees them first.
  if (host_signo == 0 || is_tracee(pid)) {
    siginfo_t info =
        carried(value ? CarriedKind::queued : CarriedKind::user, guest_signo, value.value_or(0));
    return from_raw(syscall(SYS_rt_sigqueueinfo, pid, kCarrierSignal, &info));
  }
  if (!value) return from_raw(kill(pid, host_signo));
  siginfo_t info{};
  info.si_signo = host_signo;
  info.si_code = SI_QUEUE;
  info.si_pid = getpid();
  info.si_uid = getuid();
  info.si_value.sival_ptr = reinterpret_cast<void*>(*value);
  return from_raw(syscall(SYS_rt_sigqueueinfo, pid, host_signo, &info));
}

Expected<void> Debugging::send_word(int pid, std::uint64_t word) {
  siginfo_t info = carried(CarriedKind::word, 0, word);
  return from_raw(syscall(SYS_rt_sigqueueinfo, pid, kCarrierSignal, &info));
}

Expected<void> send_signal_to_thread(Task& task, int pid, int tid, int guest_signo) {
  const Personality& os = task.process().personality();
  if (guest_signo < 0 || guest_signo > os.signal_count()) return host_error(EINVAL);
  if (guest_signo == 0) return from_raw(syscall(SYS_tgkill, pid, tid, 0));
  const int host_signo = os.signal_to_host(guest_signo);
  if (host_signo != 0) return from_raw(syscall(SYS_tgkill, pid, tid, host_signo));
  siginfo_t info = carried(CarriedKind::thread, guest_signo, 0);
  return from_raw(syscall(SYS_rt_tgsigqueueinfo, pid, tid, kCarrierSignal, &info));
}

}  // namespace emulate
