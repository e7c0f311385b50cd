/// The loop every task runs: guest code, then whatever the guest code asked for.

#include <unistd.h>

#include <array>
#include <cerrno>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "host/task/access.h"
#include "host/trace/ledger.h"
#include "host/trace/log.h"

namespace emulate {
namespace {

/// A synchronous signal cannot be put off or ignored (FreeBSD sys/kern/kern_sig.c trapsignal(),
/// Linux force_sig_info): blocked or ignored, it takes its default action.
void raise_trap(Task& t, const GuestSignal& signal) {
  Process& process = t.process();
  const SignalAction action = process.action(signal.signo);
  const bool blocked = t.signal_mask().has(signal.signo);
  if (blocked || action.kind == SignalAction::Kind::ignore) {
    process.set_action(signal.signo, SignalAction{});
    SignalSet mask = t.signal_mask();
    mask.remove(signal.signo);
    t.set_signal_mask(mask);
  }
  GuestSignal s = signal;
  s.synchronous = true;
  process.post_to(t.tid(), s);
}

void run_syscall(Task& t) {
  Personality& os = t.process().personality();
  const SyscallRequest request = os.abi().fetch_syscall(t.cpu(), t.process().services());
  const SysResult result = request.fault ? SysResult(HostErrno{EFAULT}) : os.syscall(t, request);
  TaskAccess::finish(t, &result);
}

/// An instruction that neither the CPU nor emulate has.
void note_instruction(const Task& t) {
  const GuestAddr pc = t.cpu().pc();
  std::array<std::uint8_t, 4> bytes{};
  if (!t.copyin(bytes.data(), pc, bytes.size())) return;
  const std::string code = fmt::format("{:02x}", fmt::join(bytes, " "));
  note_missing(Missing::instruction, fmt::format("{}: {}", t.process().machine().name, code),
               fmt::format("illegal instruction {} at {:#x}", code, pc.value));
}

void log_trap(const Task& t, const Event& e) {
  if (e.kind == EventKind::illegal_instruction) note_instruction(t);
  if (!Logger::instance().enabled(Log::signal)) return;
  log(Log::signal,
      fmt::format("{}: event {} at pc {:#x} address {:#x} code {}", t.tid(),
                  static_cast<int>(e.kind), t.cpu().pc().value, e.address.value, e.code));
}

}  // namespace

Event TaskAccess::run_guest(Task& t) {
  std::atomic<bool>& in_guest = t.inbox_->in_guest;
  in_guest.store(true, std::memory_order_relaxed);
  // Order on this processor is enough: who closes the gate makes all others fence.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  Event event;
  event.kind = EventKind::interrupted;
  if (!Debugging::instance().gate().shut()) event = t.cpu_->cpu_loop();
  in_guest.store(false, std::memory_order_release);
  return event;
}

void TaskAccess::run(Task& t) {
  const ProcessAccess access(t.process());
  if (Debugging::instance().traced()) Debugging::instance().hooks()->task_starting(t);
  while (!t.exit_requested_) {
    if (t.inbox_->attention.load(std::memory_order_relaxed) != 0) {
      drain(t);
      const int single = access.single_tid().load();
      if (single != 0 && single != t.tid_) break;
      finish(t, nullptr);
      if (t.exit_requested_) break;
    }
    StopGate& gate = Debugging::instance().gate();
    if (gate.closed()) gate.pass(t);
    const Event event = run_guest(t);
    switch (event.kind) {
      case EventKind::syscall:
        run_syscall(t);
        break;
      case EventKind::interrupted:
        // The flag may have been cleared by a blocking call meanwhile: look once more.
        t.inbox_->attention = 1;
        break;
      default:
        log_trap(t, event);
        raise_trap(t, t.process().personality().trap(t, event));
        break;
    }
  }
  leave(t);
}

}  // namespace emulate
