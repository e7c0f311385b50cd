/// From queued to handled: who takes a signal, and what becomes of it.

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "host/signal/hold.h"
#include "host/task/access.h"
#include "host/trace/log.h"

namespace emulate {
namespace {

using Kind = SignalAction::Kind;

std::atomic<SignalHold> signal_hold = nullptr;

/// Dispositions FreeBSD and Linux alike ignore: SIG_IGN, or SIG_DFL of a harmless signal. SIGCONT
/// by default is harmless too: the host kernel has already resumed us.
bool is_ignored(const Personality& os, const SignalAction& a, int signo) {
  if (a.kind == Kind::ignore) return true;
  if (a.kind != Kind::default_) return false;
  const DefaultAction d = os.default_action(signo);
  return d == DefaultAction::ignore || d == DefaultAction::resume;
}

void log_signal(const Task& t, const char* what, int signo) {
  if (Logger::instance().enabled(Log::signal)) {
    log(Log::signal, fmt::format("{}: signal {} {}", t.tid(), signo, what));
  }
}

/// Default action `stop`: lets the host kernel do it, which knows about orphaned process groups.
void stop_by_default(Process& process, int guest_signo) {
  const int signo = process.personality().signal_to_host(guest_signo);
  if (signo == 0) return;
  struct sigaction dfl {};
  struct sigaction saved {};
  dfl.sa_handler = SIG_DFL;
  sigaction(signo, &dfl, &saved);
  kill(getpid(), signo);
  sigaction(signo, &saved, nullptr);
}

bool push(const Personality& os, PendingSignals& pending, const GuestSignal& signal) {
  return pending.push(signal, os.first_realtime_signal(), os.most_queued_signals());
}

/// Puts a signal where a task will find it; one that does not block it is told. False when it
/// finds no room. Both mutexes held.
bool queue(Process& p, const GuestSignal& signal) {
  const ProcessAccess access(p);
  const auto& tasks = access.tasks();
  if (access.ignored(signal.signo)) {
    const bool kept = p.personality().keeps_blocked_ignored() &&
                      std::all_of(tasks.begin(), tasks.end(), [&](const auto& entry) {
                        return entry.second->signal_mask().has(signal.signo);
                      });
    if (!kept) return true;
  }
  if (!push(p.personality(), access.pending(), signal)) return false;
  access.maybe_pending() = true;
  Task* taker = nullptr;
  for (auto& [tid, task] : tasks) {
    if (TaskAccess::waiting_set(*task).has(signal.signo)) {
      taker = task;
      break;
    }
    if (task->signal_mask().has(signal.signo)) continue;
    if (taker == nullptr || task == Task::current()) taker = task;
  }
  if (taker != nullptr) {
    TaskAccess::inbox(*taker).attention.store(1, std::memory_order_release);
    if (taker != Task::current()) ProcessAccess::poke(*taker);
  }
  return true;
}

}  // namespace

bool ProcessAccess::ignored(int signo) const {
  return is_ignored(p.personality(), actions()[static_cast<std::size_t>(signo)], signo);
}

SignalAction Process::action(int signo) const {
  const std::lock_guard lock(signals_mutex_);
  return actions_[static_cast<std::size_t>(signo)];
}

SignalAction Process::set_action(int signo, const SignalAction& action) {
  const ProcessAccess access(*this);
  const std::lock_guard tasks_lock(tasks_mutex_);
  const std::lock_guard lock(signals_mutex_);
  SignalAction& slot = actions_[static_cast<std::size_t>(signo)];
  const SignalAction old = slot;
  slot = action;
  access.apply_disposition(signo);
  if (access.ignored(signo)) {
    pending_.drop(signo);
    maybe_pending_ = !pending_.set().empty();
    for (auto& [tid, task] : tasks_) TaskAccess::pending(*task).drop(signo);
  }
  return old;
}

void ProcessAccess::tell_observers(int signo) const {
  std::vector<SignalObserver*> observers;
  {
    const std::lock_guard lock(signals_mutex());
    observers = this->observers();
  }
  for (SignalObserver* o : observers) o->signal_posted(signo);
}

// Observers are told first: a wait that the signal interrupts finds what they made of it.
bool Process::post(const GuestSignal& signal) {
  ProcessAccess(*this).tell_observers(signal.signo);
  const std::lock_guard tasks_lock(tasks_mutex_);
  const std::lock_guard lock(signals_mutex_);
  return queue(*this, signal);
}

bool Process::post_to(int tid, const GuestSignal& signal) {
  const ProcessAccess access(*this);
  {
    const std::lock_guard tasks_lock(tasks_mutex_);
    if (!tasks_.contains(tid)) return false;
  }
  access.tell_observers(signal.signo);
  const std::lock_guard tasks_lock(tasks_mutex_);
  const auto it = tasks_.find(tid);
  if (it == tasks_.end()) return false;
  const std::lock_guard lock(signals_mutex_);
  const bool blocked = it->second->signal_mask().has(signal.signo);
  if (!access.ignored(signal.signo) || (blocked && personality_->keeps_blocked_ignored())) {
    GuestSignal s = signal;
    s.thread_directed = true;
    push(*personality_, TaskAccess::pending(*it->second), s);
    TaskAccess::inbox(*it->second).attention.store(1, std::memory_order_release);
    if (it->second != Task::current()) ProcessAccess::poke(*it->second);
  }
  return true;
}

SignalSet Process::pending_anywhere() const {
  const std::lock_guard tasks_lock(tasks_mutex_);
  const std::lock_guard lock(signals_mutex_);
  SignalSet set = pending_.set();
  for (const auto& [tid, task] : tasks_) set = set | TaskAccess::pending(*task).set();
  return set;
}

void Process::add_observer(SignalObserver& observer) {
  const std::lock_guard lock(signals_mutex_);
  observers_.push_back(&observer);
}

void Process::remove_observer(SignalObserver& observer) {
  const std::lock_guard lock(signals_mutex_);
  std::erase(observers_, &observer);
}

void Process::watch_signal(int signo) {
  const ProcessAccess access(*this);
  const std::lock_guard lock(signals_mutex_);
  watched_.add(signo);
  access.apply_disposition(signo);
}

void ProcessAccess::reroute() const {
  if (!maybe_pending().load()) return;
  const std::lock_guard tasks_lock(tasks_mutex());
  const std::lock_guard lock(signals_mutex());
  const SignalSet set = pending().set();
  for (auto& [tid, task] : tasks()) {
    const bool wants = !(set & (~task->signal_mask() | TaskAccess::waiting_set(*task))).empty();
    if (!wants) continue;
    TaskAccess::inbox(*task).attention.store(1, std::memory_order_release);
    if (task != Task::current()) poke(*task);
  }
}

namespace {

/// One of what the host's handler caught.
void take_in(Task& t, siginfo_t info) {
  Process& process = t.process();
  const Personality& os = process.personality();
  int guest = 0;
  if (info.si_signo == kCarrierSignal && (info.si_errno & 0xffff'0000) == kCarrierMagic) {
    guest = info.si_errno & 0xff;
    const auto kind = static_cast<CarriedKind>(info.si_errno >> 8 & 0xff);
    if (kind == CarriedKind::word) {
      if (DebugHooks* hooks = Debugging::instance().hooks()) {
        hooks->word_received(t, info.si_pid,
                             reinterpret_cast<std::uint64_t>(info.si_value.sival_ptr));
      }
      return;
    }
    info.si_code = kind == CarriedKind::user     ? SI_USER
                   : kind == CarriedKind::queued ? SI_QUEUE
                                                 : SI_TKILL;
    info.si_errno = 0;
  } else {
    guest = os.signal_to_guest(info.si_signo);
  }
  const GuestSignal signal = os.signal_from_host(info, guest);
  if (signal.signo < 1 || signal.signo > os.signal_count()) return;
  if (info.si_code == SI_TKILL || signal.thread_directed) {
    process.post_to(t.tid(), signal);
  } else {
    process.post(signal);
  }
}

}  // namespace

void TaskAccess::drain(Task& t) {
  Task::Inbox& box = inbox(t);
  for (;;) {
    box.attention.exchange(0, std::memory_order_acquire);
    while (box.read.load() != box.written.load(std::memory_order_acquire)) {
      const siginfo_t info = box.caught[box.read.load() % Task::Inbox::kSize];
      box.read.fetch_add(1, std::memory_order_release);
      take_in(t, info);
    }
    if (!box.closed.exchange(false)) return;
    // The rest comes now.
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, nullptr);
  }
}

bool TaskAccess::deliverable(Task& t) {
  const ProcessAccess access(t.process());
  const std::lock_guard lock(access.signals_mutex());
  const SignalSet open = ~t.mask_;
  if (((t.pending_.set() | access.pending().set()) & open).empty()) return false;
  const SignalHold hold = signal_hold.load(std::memory_order_relaxed);
  if (hold == nullptr) [[likely]]
    return true;
  const GuestSignal* own = t.pending_.peek(open);
  return (own != nullptr && own->synchronous) || !hold(t);
}

void set_signal_hold(SignalHold hold) { signal_hold = hold; }

void release_held_signals(Task& task) { TaskAccess::inbox(task).attention = 1; }

bool Task::interrupted() {
  TaskAccess::drain(*this);
  const int single = ProcessAccess(*process_).single_tid().load();
  if (exit_requested_ || (single != 0 && single != tid_) || inbox_->sleep_refused) return true;
  if (!TaskAccess::deliverable(*this)) return false;
  if (!Debugging::instance().traced()) [[likely]]
    return true;
  TaskAccess::show_signals(*this);
  return TaskAccess::deliverable(*this);
}

/// What the debugger drops does not end the system call that a task sleeps in (FreeBSD
/// sleepq_catch_signals()).
void TaskAccess::show_signals(Task& t) {
  const ProcessAccess access(t.process());
  std::vector<GuestSignal> kept;
  while (auto signal = t.take_signal(~t.mask_)) {
    if (!signal->told) signal = Debugging::instance().hooks()->signal_due(t, *signal);
    if (!signal) continue;
    signal->told = true;
    kept.push_back(*signal);
  }
  const std::lock_guard lock(access.signals_mutex());
  for (auto s = kept.rbegin(); s != kept.rend(); ++s) t.pending_.put_back(*s);
}

void Task::set_signal_mask(const SignalSet& mask) {
  {
    const std::lock_guard lock(ProcessAccess(*process_).signals_mutex());
    mask_ = mask & ~process_->personality().unblockable_signals();
    if (!(pending_.set() & ~mask_).empty()) inbox_->attention = 1;
  }
  ProcessAccess(*process_).reroute();
}

void Task::set_temporary_mask(const SignalSet& temporary) {
  if (!saved_mask_) saved_mask_ = mask_;
  set_signal_mask(temporary);
}

bool Task::on_altstack() const {
  if (!altstack_.enabled) return false;
  const GuestAddr sp = cpu_->get_sp_from_cpustate();
  return sp >= altstack_.sp && sp - altstack_.sp < altstack_.size;
}

SignalSet Task::pending_signals() {
  TaskAccess::drain(*this);
  const ProcessAccess access(*process_);
  const std::lock_guard lock(access.signals_mutex());
  return pending_.set() | access.pending().set();
}

std::optional<GuestSignal> Task::take_signal(const SignalSet& set) {
  const ProcessAccess access(*process_);
  std::optional<GuestSignal> s;
  {
    const std::lock_guard lock(access.signals_mutex());
    s = pending_.take(set);
    if (!s) {
      s = access.pending().take(set);
      access.maybe_pending() = !access.pending().set().empty();
    }
  }
  if (s) process_->personality().signal_taken(*s);
  return s;
}

Expected<GuestSignal> Task::wait_signal(const SignalSet& set, std::optional<Deadline> deadline) {
  const ProcessAccess access(*process_);
  auto want = [&](const SignalSet& s) {
    const std::lock_guard lock(access.signals_mutex());
    waiting_set_ = s;
  };
  want(set);
  Expected<GuestSignal> result = host_error(EAGAIN);
  for (;;) {
    TaskAccess::drain(*this);
    if (auto s = take_signal(set)) {
      if (!s->told && Debugging::instance().traced()) {
        s = Debugging::instance().hooks()->signal_due(*this, *s);
        if (!s) continue;
      }
      result = *s;
      break;
    }
    if (interrupted()) {
      result = host_error(EINTR);
      break;
    }
    timespec left{};
    if (deadline) {
      const auto ns = std::chrono::nanoseconds(*deadline - Deadline::clock::now()).count();
      if (ns <= 0) break;
      left = {static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
    }
    const long args[7] = {SYS_ppoll, 0, 0, deadline ? reinterpret_cast<long>(&left) : 0, 0, 8, 0};
    attentive_syscall(*this, args);
  }
  want({});
  return result;
}

namespace {

SysResult interrupted_result(const SysResult& r, const SignalAction& action) {
  if (r.kind() == SysResult::Kind::restart && !action.restart) return HostErrno{EINTR};
  return r;
}

}  // namespace

void TaskAccess::set_result(Task& t, const SysResult& r) {
  const Personality& os = t.process().personality();
  SyscallResult out;
  switch (r.kind()) {
    case SysResult::Kind::value:
      out.value = r.first();
      out.second = r.second();
      out.has_second = r.has_second();
      out.wide = r.is_wide();
      break;
    case SysResult::Kind::host_error:
    case SysResult::Kind::guest_error:
      out.outcome = SyscallOutcome::error;
      out.error = r.kind() == SysResult::Kind::host_error ? os.guest_errno(r.error()) : r.error();
      break;
    case SysResult::Kind::restart:
      out.outcome = SyscallOutcome::restart;
      break;
    case SysResult::Kind::just_return:
      out.outcome = SyscallOutcome::just_return;
      break;
  }
  os.abi().set_syscall_result(t.cpu(), out);
}

/// One step of finish(): acts on `signal`. `result` is consumed when a handler is entered.
static void act(Task& t, const GuestSignal& signal, const SysResult*& result,
                std::optional<SignalSet>& saved_mask) {
  Process& process = t.process();
  const SignalAction action = process.action(signal.signo);
  if (action.kind == Kind::ignore) return;
  if (action.kind == Kind::default_) {
    log_signal(t, "takes its default action", signal.signo);
    switch (process.personality().default_action(signal.signo)) {
      case DefaultAction::terminate:
      case DefaultAction::core:
        process.personality().fatal_signal(t, signal);
        t.die_by_signal(signal.signo);
      case DefaultAction::stop:
        stop_by_default(process, signal.signo);
        return;
      case DefaultAction::ignore:
      case DefaultAction::resume:
        return;
    }
  }
  log_signal(t, "is handled", signal.signo);
  if (result != nullptr) {
    TaskAccess::set_result(t, interrupted_result(*result, action));
    result = nullptr;
  }
  if (Debugging::instance().traced()) Debugging::instance().hooks()->handler_entered(t);
  if (action.reset_hand) {
    SignalAction dfl = action;
    dfl.kind = Kind::default_;
    process.set_action(signal.signo, dfl);
  }
  const SignalSet before = saved_mask.value_or(t.signal_mask());
  saved_mask.reset();
  if (!process.personality().enter_handler(t, signal, action, before)) {
    t.die_by_signal(process.personality().bad_frame_signal());
  }
  t.cpu().clear_reservation();
  SignalSet mask = t.signal_mask() | action.mask;
  if (!action.no_defer) mask.add(signal.signo);
  t.set_signal_mask(mask);
}

void TaskAccess::finish(Task& t, const SysResult* result) {
  const Debugging& debugging = Debugging::instance();
  const bool ended = result != nullptr && debugging.traced();
  const bool restarts = ended && result->kind() == SysResult::Kind::restart;
  if (ended && !restarts) {
    set_result(t, *std::exchange(result, nullptr));
    debugging.hooks()->syscall_over(t);
    // What was sent meanwhile takes its turn by number.
    drain(t);
  }
  while (!t.exit_requested_) {
    if (signal_hold.load(std::memory_order_relaxed) != nullptr && !deliverable(t)) break;
    auto signal = t.take_signal(~t.mask_);
    if (!signal) break;
    if (debugging.traced() && !signal->told) {
      signal = debugging.hooks()->signal_due(t, *signal);
      drain(t);
    }
    if (!signal) continue;
    act(t, *signal, result, t.saved_mask_);
  }
  if (result != nullptr) set_result(t, *result);
  if (restarts) debugging.hooks()->syscall_over(t);
  if (t.saved_mask_) {
    const SignalSet mask = *t.saved_mask_;
    t.saved_mask_.reset();
    t.set_signal_mask(mask);
  }
}

}  // namespace emulate
