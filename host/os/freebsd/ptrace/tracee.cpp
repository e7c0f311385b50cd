#include "host/os/freebsd/ptrace/tracee.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "host/os/freebsd/errno.h"
#include "host/os/freebsd/host_processes.h"
#include "host/os/freebsd/ptrace/tracer.h"
#include "host/os/freebsd/signal_tables.h"
#include "host/task/access.h"
#include "host/task/fd_table.h"

namespace emulate::freebsd {
namespace {

/// The call that this thread made last, for the child of a fork: it goes on as the same thread.
thread_local LwpInfo last_call;

/// What the debugger sends: it is not told of it again (KSI_PTRACE).
GuestSignal sent_by_debugger(int signo) {
  GuestSignal signal;
  signal.signo = signo;
  signal.told = true;
  return signal;
}

bool blocked_everywhere(Process& process, int signo) {
  bool all = true;
  for (const int tid : process.task_ids()) {
    process.with_task(tid, [&](Task& t) { all &= t.signal_mask().has(signo); });
  }
  return all;
}

/// kern.kill_on_debugger_exit: what is debugged does not outlive its debugger.
[[noreturn]] void die_with_tracer() {
  for (;;) kill(getpid(), SIGKILL);
}

void close_once(int& fd) {
  if (fd >= 0) close(fd);
  fd = -1;
}

}  // namespace

Tracee& Tracee::instance() {
  // Never destroyed: threads may still run while the process ends.
  static Tracee& tracee = *new Tracee;
  return tracee;
}

Expected<void> Tracee::start(int tracer) {
  int none = 0;
  if (!tracer_.compare_exchange_strong(none, tracer)) return host_error(EBUSY);
  listener_ = open_trace_listener(getpid());
  if (listener_ < 0) {
    tracer_ = 0;
    return host_error(EBUSY);
  }
  events_ = kPTRACE_DEFAULT;
  Debugging::instance().set_traced(true);
  const int parent = getppid();
  if (parent != tracer && is_emulate(parent)) {
    (void)Debugging::send_word(parent, trace_word(TraceWord::lent, tracer));
  }
  return {};
}

void Tracee::end_tracing() {
  Debugging::instance().set_traced(false);
  close_once(connection_);
  close_once(listener_);
  events_ = 0;
  tracer_ = 0;
  knows_threads_ = false;
  const std::lock_guard lock(mutex_);
  threads_.clear();
}

void Tracee::after_fork_child(Task& task) {
  const int tracer = tracer_;
  if (tracer == 0) return;
  // The parent stops nobody while a task of its forks; what else is in the locks stays with it.
  const std::uint32_t events = events_;
  new (&turn_) std::mutex;
  new (&mutex_) std::mutex;
  end_tracing();
  if ((events & kPTRACE_FORK) == 0 || !start(tracer)) return;
  events_ = events;
  amend(task.tid(), [](Thread& t) {
    t.info.code = last_call.code;
    t.info.narg = last_call.narg;
    t.info.arguments = last_call.arguments;
    t.info.flags |= kPL_FLAG_CHILD;
  });
}

void Tracee::after_exec(Task& task) {
  if (tracer_ == 0 || (events_ & kPTRACE_EXEC) == 0) return;
  amend(task.tid(), [](Thread& t) { t.info.flags |= kPL_FLAG_EXEC; });
}

std::string Tracee::describe() const {
  return fmt::format("{}:{}", tracer_.load(), events_.load());
}

void Tracee::resume(Task& task, const std::string& description) {
  int tracer = 0;
  unsigned events = 0;
  if (std::sscanf(description.c_str(), "%d:%u", &tracer, &events) != 2) return;
  if (!is_emulate(tracer) || !start(tracer)) return;
  events_ = events;
  after_exec(task);
}

Tracee::Thread Tracee::thread_of(int tid) {
  const std::lock_guard lock(mutex_);
  const auto it = threads_.find(tid);
  return it == threads_.end() ? Thread() : it->second;
}

void Tracee::amend(int tid, const std::function<void(Thread&)>& change) {
  const std::lock_guard lock(mutex_);
  change(threads_[tid]);
}

// --- reasons to stop -----------------------------------------------------------------------------

std::optional<GuestSignal> Tracee::signal_due(Task& task, const GuestSignal& signal) {
  const int signo = report(task, signal.signo, kPL_FLAG_SI, &signal);
  if (signo == 0) return std::nullopt;
  const bool stops = task.process().action(signo).kind == SignalAction::Kind::default_ &&
                     signal_default_action(signo) == DefaultAction::stop;
  // issignal(): who is debugged stops for the debugger alone.
  if (stops && tracer_ != 0) return std::nullopt;
  if (signo == signal.signo) return signal;
  GuestSignal other = sent_by_debugger(signo);
  task.process().post(other);
  if (blocked_everywhere(task.process(), signo)) {
    // issignal() queues a second one.
    other.told = false;
    task.process().post(other);
  }
  return std::nullopt;
}

void Tracee::syscall_enter(Task& task, const SyscallRequest& request, unsigned words) {
  last_call.code = static_cast<std::uint32_t>(request.number);
  last_call.narg = std::min<std::uint32_t>(words, kSyscallArguments);
  std::copy_n(std::begin(request.slots), kSyscallArguments, last_call.arguments.begin());
  amend(task.tid(), [&](Thread& t) {
    t.info.code = last_call.code;
    t.info.narg = last_call.narg;
    t.info.arguments = last_call.arguments;
  });
  if ((events_ & kPTRACE_SCE) != 0) report_event(task, kSIGTRAP, kPL_FLAG_SCE);
}

void Tracee::syscall_result(Task& task, const SysResult& result) {
  amend(task.tid(), [&](Thread& t) {
    using Kind = SysResult::Kind;
    t.info.error = result.kind() == Kind::host_error    ? errno_from_host(result.error())
                   : result.kind() == Kind::guest_error ? result.error()
                                                        : 0;
    t.info.retval = {};
    if (result.is_value()) t.info.retval = {result.first(), result.second()};
  });
}

void Tracee::report_end_of_call(Task& task) {
  std::uint32_t flags = 0;
  amend(task.tid(), [&](Thread& t) { flags = std::exchange(t.info.flags, 0); });
  if (flags == 0 && (events_ & kPTRACE_SCX) == 0) return;
  // A signal stops the child of a fork, not the end of its parent's system call.
  const bool child = (flags & kPL_FLAG_CHILD) != 0;
  report_event(task, child ? kSIGSTOP : kSIGTRAP, flags | kPL_FLAG_SCX);
}

void Tracee::syscall_over(Task& task) {
  Thread before;
  amend(task.tid(), [&](Thread& t) {
    before = t;
    t.end_told = false;
  });
  if (!before.end_told) report_end_of_call(task);
  if (before.end_told && (events_ & kPTRACE_VFORK) != 0) {
    report_event(task, kSIGTRAP, kPL_FLAG_VFORK_DONE);
  }
  if (before.steps) {
    // The instruction that was to be stepped over was the call.
    set_step(task.process(), task.tid(), false);
    GuestSignal trap;
    trap.signo = kSIGTRAP;
    trap.code = kTRAP_TRACE;
    trap.address = task.cpu().pc();
    trap.synchronous = true;
    task.process().post_to(task.tid(), trap);
  } else if (before.steps_at && *before.steps_at == task.cpu().get_sp_from_cpustate()) {
    // sigreturn(2): what it goes back to is stepped now.
    amend(task.tid(), [](Thread& t) { t.steps_at.reset(); });
    set_step(task.process(), task.tid(), true);
  }
}

void Tracee::handler_entered(Task& task) {
  bool steps = false;
  amend(task.tid(), [&](Thread& t) {
    steps = t.steps;
    if (steps) t.steps_at = task.cpu().get_sp_from_cpustate();
  });
  if (steps) set_step(task.process(), task.tid(), false);
}

void Tracee::forked(Task& parent, int child) {
  if (tracer_ == 0 || (events_ & kPTRACE_FORK) == 0) return;
  // Known to the debugger before it can wait for it.
  (void)Debugging::send_word(tracer_, trace_word(TraceWord::child, child));
  Tracer::instance().lend(child, tracer_);
  amend(parent.tid(), [&](Thread& t) {
    t.info.flags |= kPL_FLAG_FORKED;
    t.info.child = child;
  });
}

void Tracee::vforked(Task& parent, int child) {
  if (tracer_ == 0) return;
  const SysResult result = SysResult::pair(static_cast<std::uint64_t>(child), 0);
  TaskAccess::set_result(parent, result);
  syscall_result(parent, result);
  forked(parent, child);
  amend(parent.tid(), [](Thread& t) {
    if ((t.info.flags & kPL_FLAG_FORKED) != 0) t.info.flags |= kPL_FLAG_VFORKED;
    t.end_told = true;
  });
  report_end_of_call(parent);
}

/// The first thing that a thread does is to return from the call that made it (thread_create()).
void Tracee::task_created(Task& task, Task& creator) {
  if (tracer_ == 0) return;
  const LwpInfo from = thread_of(creator.tid()).info;
  amend(task.tid(), [&](Thread& t) {
    t.info.code = from.code;
    t.info.narg = from.narg;
    t.info.arguments = from.arguments;
  });
}

void Tracee::task_starting(Task& task) {
  std::uint32_t flags = 0;
  amend(task.tid(), [&](Thread& t) { flags = std::exchange(t.info.flags, 0); });
  // fork_return(): the start of a thread is the end of a system call to a debugger.
  if (flags == 0 && (events_ & (kPTRACE_LWP | kPTRACE_SCX)) == 0) return;
  if (flags == 0 && (events_ & kPTRACE_LWP) != 0) flags = kPL_FLAG_BORN;
  report_event(task, kSIGTRAP, flags | kPL_FLAG_SCX);
}

void Tracee::task_ending(Task& task) {
  if (tracer_ == 0) return;
  if ((events_ & kPTRACE_LWP) != 0 && task.process().task_count() > 1) {
    // It is in the system call still, unless somebody else ends it (exec).
    constexpr std::uint32_t kThrExit = 431;
    report(task, kSIGTRAP, kPL_FLAG_EXITED | (last_call.code == kThrExit ? kPL_FLAG_SCE : 0));
  }
  const std::lock_guard lock(mutex_);
  threads_.erase(task.tid());
}

/// A debugger that is not the parent hears of the end from nobody else.
void Tracee::process_ending(int status) {
  const int tracer = tracer_;
  if (tracer == 0 || tracer == getppid() || !is_emulate(tracer)) return;
  (void)Debugging::send_word(tracer, trace_word(TraceWord::ended, status));
}

// --- being stopped -------------------------------------------------------------------------------

void Tracee::report_event(Task& task, int signo, std::uint32_t flags) {
  const int next = report(task, signo, flags);
  if (next != 0) task.process().post(sent_by_debugger(next));
}

int Tracee::report(Task& task, int signo, std::uint32_t flags, const GuestSignal* signal) {
  StopGate& gate = Debugging::instance().gate();
  gate.pass(task);
  const std::lock_guard turn(turn_);
  const int tracer = tracer_;
  // Whoever had the turn before may have been let go for good.
  if (tracer == 0) return signal != nullptr ? signo : 0;
  if (!is_emulate(tracer)) die_with_tracer();
  gate.close(task);
  set_step(task.process(), task.tid(), false);
  amend(task.tid(), [&](Thread& t) {
    t.info.event = kPL_EVENT_SIGNAL;
    t.info.flags = flags;
    t.info.signal = signal != nullptr ? *signal : GuestSignal();
  });
  stopped_ = task.tid();
  (void)Debugging::send_word(tracer, trace_word(TraceWord::stopped, signo));
  const int next = serve(task);
  amend(task.tid(), [](Thread& t) {
    t.info.event = kPL_EVENT_NONE;
    t.info.flags = 0;
  });
  stopped_ = 0;
  gate.open();
  return next;
}

/// False: nobody has come yet.
bool Tracee::wait_for_tracer() {
  pollfd p{listener_, POLLIN, 0};
  constexpr int kLookMilliseconds = 500;
  if (poll(&p, 1, kLookMilliseconds) <= 0) {
    if (!host_process_exists(tracer_)) die_with_tracer();
    return false;
  }
  const int fd = FdTable::make_private(accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
  if (fd >= 0 && trace_peer(fd) == tracer_) {
    connection_ = fd;
    return true;
  }
  if (fd >= 0) close(fd);
  return false;
}

int Tracee::serve(Task& task) {
  for (;;) {
    if (connection_ < 0 && !wait_for_tracer()) continue;
    TraceRequest request;
    TraceBytes data;
    if (!receive_trace(connection_, request, data)) {
      close_once(connection_);
      if (!host_process_exists(tracer_)) die_with_tracer();
      continue;
    }
    if (const auto signo = carry_out(task, request, data)) return *signo;
  }
}

std::optional<int> Tracee::carry_out(Task& task, const TraceRequest& request,
                                     const TraceBytes& data) {
  Process& process = task.process();
  TraceBytes out;
  TraceReply reply;
  switch (request.op) {
    case PtraceOp::cont:
    case PtraceOp::step:
    case PtraceOp::to_sce:
    case PtraceOp::to_scx:
    case PtraceOp::syscall:
    case PtraceOp::detach:
      return go_on(task, request);
    case PtraceOp::read_d:
    case PtraceOp::write_d:
    case PtraceOp::vm_entry:
      reply = memory(process, request, data, out);
      break;
    case PtraceOp::getregs:
    case PtraceOp::setregs:
    case PtraceOp::getfpregs:
    case PtraceOp::setfpregs:
      reply = registers(process, request, data, out);
      break;
    default:
      reply = thread_request(process, request, out);
      break;
  }
  send_trace(connection_, reply, out);
  return std::nullopt;
}

/// The process's number means the thread that reports the stop. It is the first thread's number
/// here, too: a debugger that has asked for the numbers of threads means that one.
int Tracee::thread_meant(Process& process, const TraceRequest& request) const {
  if (request.tid != 0) return request.tid;
  if (!knows_threads_) return stopped_;
  switch (request.op) {
    case PtraceOp::getregs:
    case PtraceOp::setregs:
    case PtraceOp::getfpregs:
    case PtraceOp::setfpregs:
    case PtraceOp::step:
    case PtraceOp::setstep:
    case PtraceOp::clearstep:
    case PtraceOp::suspend:
    case PtraceOp::resume: {
      const std::vector<int> tids = process.task_ids();
      return std::ranges::binary_search(tids, getpid()) ? getpid() : stopped_;
    }
    default:
      return stopped_;
  }
}

std::optional<int> Tracee::go_on(Task& task, const TraceRequest& request) {
  Process& process = task.process();
  const int tid = thread_meant(process, request);
  constexpr std::uint64_t kWhereItWas = 1;
  // What was sent while it stood still comes before what the debugger sends.
  TaskAccess::drain(task);
  if (request.op == PtraceOp::step) set_step(process, tid, true);
  if (request.op != PtraceOp::detach && request.address != kWhereItWas) {
    process.with_task(tid, [&](Task& t) { t.cpu().set_pc(GuestAddr(request.address)); });
  }
  if (request.op == PtraceOp::to_sce) events_ |= kPTRACE_SCE;
  if (request.op == PtraceOp::to_scx) events_ |= kPTRACE_SCX;
  if (request.op == PtraceOp::syscall) events_ |= kPTRACE_SCE | kPTRACE_SCX;
  const bool last = request.op == PtraceOp::detach;
  if (last) {
    for (const int t : process.task_ids()) {
      set_step(process, t, false);
      Debugging::instance().gate().hold(t, false);
    }
  }
  send_trace(connection_, TraceReply());
  if (last) end_tracing();
  return request.data;
}

void Tracee::set_step(Process& process, int tid, bool on) {
  process.with_task(tid, [&](Task& t) { t.cpu().set_single_step(on); });
  amend(tid, [&](Thread& t) { t.steps = on; });
}

TraceReply Tracee::lwp_info(Process& process, int tid, TraceBytes& out) {
  LwpInfo info = thread_of(tid).info;
  info.tid = tid;
  TraceReply reply{ESRCH};
  process.with_task(tid, [&](Task& t) {
    info.mask = t.signal_mask();
    t.name.copy(info.name.data(), info.name.size() - 1);
    reply.error = 0;
  });
  info.pending = process.pending_anywhere();
  const auto* bytes = reinterpret_cast<const std::byte*>(&info);
  out.assign(bytes, bytes + sizeof info);
  return reply;
}

TraceReply Tracee::thread_request(Process& process, const TraceRequest& request, TraceBytes& out) {
  const int tid = thread_meant(process, request);
  const std::vector<int> tids = process.task_ids();
  if (!std::ranges::binary_search(tids, tid)) return {ESRCH};
  switch (request.op) {
    case PtraceOp::lwpinfo:
      knows_threads_ = true;
      return lwp_info(process, tid, out);
    case PtraceOp::getlwplist:
      knows_threads_ = true;
      [[fallthrough]];
    case PtraceOp::getnumlwps:
      out.resize(tids.size() * sizeof(int));
      std::memcpy(out.data(), tids.data(), out.size());
      return {0, tids.size()};
    case PtraceOp::setstep:
    case PtraceOp::clearstep:
      set_step(process, tid, request.op == PtraceOp::setstep);
      return {};
    case PtraceOp::suspend:
    case PtraceOp::resume:
      Debugging::instance().gate().hold(tid, request.op == PtraceOp::suspend);
      return {};
    case PtraceOp::get_event_mask:
      return {0, events_};
    case PtraceOp::set_event_mask:
      events_ = static_cast<std::uint32_t>(request.data);
      return {};
    default:
      return {EINVAL};
  }
}

}  // namespace emulate::freebsd
