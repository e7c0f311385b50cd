#include "host/os/freebsd/ptrace/tracer.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <sstream>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "host/os/freebsd/host_processes.h"
#include "host/os/freebsd/signal_tables.h"
#include "host/task/fd_table.h"
#include "host/task/host_files.h"

namespace emulate::freebsd {
namespace {

int open_pidfd(int pid) {
  return FdTable::make_private(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

bool has_ended(int pidfd) {
  pollfd p{pidfd, POLLIN, 0};
  return pidfd >= 0 && poll(&p, 1, 0) > 0;
}

bool matches(IdType type, std::int64_t id, int pid) {
  return type == IdType::all || (type == IdType::pid && id == pid) ||
         (type == IdType::pgid && id == getpgid(pid));
}

/// The process that a thread belongs to; the number itself when it is a process's.
int process_of(int tid) {
  std::istringstream in = host_text(fmt::format("/proc/{}/status", tid));
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("Tgid:")) return std::stoi(line.substr(5));
  }
  return tid;
}

/// SIGCHLD of a stop or of the end of a process that is no child.
void post_child_signal(Task& task, int pid, int code, int status) {
  GuestSignal signal;
  signal.signo = kSIGCHLD;
  signal.code = code;
  signal.pid = pid;
  signal.status = status;
  task.process().post(signal);
}

void post_end_signal(Task& task, int pid, int host_status) {
  const int signo = WTERMSIG(host_status);
  post_child_signal(task, pid, signo == 0 ? kCLD_EXITED : kCLD_KILLED,
                    signo == 0 ? WEXITSTATUS(host_status) : death_signal_to_guest(signo));
}

/// The end of a process that was debugged is now for its parent to see (kern_wait6(), proc_reap()).
void give_back(int pid) {
  const auto p = host_process(pid);
  if (!p || p->parent == getpid() || !is_emulate(p->parent)) return;
  (void)Debugging::send_word(p->parent, trace_word(TraceWord::returned, pid));
}

}  // namespace

Tracer& Tracer::instance() {
  static Tracer& tracer = *new Tracer;
  return tracer;
}

Tracer::Waiting::Waiting(int tid) : tid_(tid) {
  Tracer& t = instance();
  const std::lock_guard lock(t.mutex_);
  t.waiting_.insert(tid);
}

Tracer::Waiting::~Waiting() {
  Tracer& t = instance();
  const std::lock_guard lock(t.mutex_);
  t.waiting_.erase(tid_);
}

bool Tracer::traces(int pid) const {
  const std::lock_guard lock(mutex_);
  const auto it = traced_.find(pid);
  return it != traced_.end() && !it->second.attaching;
}

/// An entry is made by the first word of a process that chose to be traced.
Tracer::Traced& Tracer::entry(int pid) {
  const auto [it, fresh] = traced_.try_emplace(pid);
  if (fresh) {
    const auto p = host_process(pid);
    if (!p || p->parent != getpid()) it->second.pidfd = open_pidfd(pid);
  }
  return it->second;
}

void Tracer::drop(Table::iterator it) {
  for (const int fd : {it->second.socket, it->second.pidfd}) {
    if (fd >= 0) close(fd);
  }
  traced_.erase(it);
}

void Tracer::word_received(Task& task, int pid, TraceWord word, int number) {
  switch (word) {
    case TraceWord::child: {
      const std::lock_guard lock(mutex_);
      (void)entry(number);
      return;
    }
    case TraceWord::refused: {
      const std::lock_guard lock(mutex_);
      entry(pid).refused = number;
      return;
    }
    case TraceWord::stopped: {
      const std::lock_guard lock(mutex_);
      Traced& t = entry(pid);
      t.stopped = true;
      t.waited = false;
      t.signo = number;
      break;
    }
    case TraceWord::ended: {
      const std::lock_guard lock(mutex_);
      entry(pid).ended = number;
      break;
    }
    case TraceWord::lent:
      lend(pid, number);
      break;
    case TraceWord::returned:
      take_back(task, number);
      break;
    case TraceWord::attach:
      return;
  }
  if (word == TraceWord::stopped) {
    post_child_signal(task, pid, kCLD_TRAPPED, number);
  } else if (word == TraceWord::ended) {
    post_end_signal(task, pid, number);
  }
  std::set<int> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting = waiting_;
  }
  for (const int tid : waiting) {
    if (tid != task.tid()) Debugging::nudge(task.process(), tid);
  }
}

Expected<void> Tracer::attach(Task& task, int pid) {
  if (pid == getpid()) return host_error(EINVAL);
  if (::kill(pid, 0) != 0) return host_error(errno);
  if (!is_emulate(pid)) return host_error(EPERM);
  {
    const std::lock_guard lock(mutex_);
    if (traced_.contains(pid)) return host_error(EBUSY);
    entry(pid).attaching = true;
  }
  const auto give_up = [&](int error) {
    const std::lock_guard lock(mutex_);
    if (const auto it = traced_.find(pid); it != traced_.end()) drop(it);
    return host_error(error);
  };
  if (auto r = Debugging::send_word(pid, trace_word(TraceWord::attach, 0)); !r) {
    return give_up(r.error().value);
  }
  // A stop by job control ends first, as in the kernel.
  if (const auto p = host_process(pid); p && p->state == 'T') ::kill(pid, SIGCONT);
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::seconds(5);
  while (Clock::now() < deadline) {
    (void)task.interrupted();
    const int socket = connect_trace(pid);
    const std::lock_guard lock(mutex_);
    Traced& t = entry(pid);
    if (socket >= 0) {
      t.socket = socket;
      t.attaching = false;
      return {};
    }
    if (t.refused != 0) break;
    usleep(1000);
  }
  int refused = EBUSY;
  {
    const std::lock_guard lock(mutex_);
    if (const int error = entry(pid).refused) refused = error;
  }
  return give_up(refused);
}

Tracer::Table::iterator Tracer::find(int pid) {
  auto it = traced_.find(pid);
  if (it == traced_.end()) it = traced_.find(process_of(pid));
  return it;
}

Expected<TraceReply> Tracer::ask(int pid, TraceRequest request, const TraceBytes& in,
                                 TraceBytes& out) {
  const std::lock_guard lock(mutex_);
  const auto it = find(pid);
  if (it == traced_.end()) return host_error(::kill(pid, 0) == 0 ? EPERM : errno);
  Traced& t = it->second;
  if (t.ended) return host_error(ESRCH);
  if (!t.stopped || !t.waited) return host_error(EBUSY);
  if (pid != it->first) request.tid = pid;
  const bool detaches = request.op == PtraceOp::detach;
  TraceReply reply;
  // The other end is gone when the process runs another machine's program.
  const auto send = [&] {
    if (t.socket < 0) t.socket = connect_trace(it->first);
    return t.socket >= 0 && send_trace(t.socket, request, in);
  };
  // Set before it can stop again: the word comes on its own way.
  const bool goes_on = detaches || request.op == PtraceOp::cont || request.op == PtraceOp::step ||
                       request.op == PtraceOp::to_sce || request.op == PtraceOp::to_scx ||
                       request.op == PtraceOp::syscall;
  bool sent = send();
  if (!sent) {
    if (t.socket >= 0) close(std::exchange(t.socket, -1));
    sent = send();
  }
  if (goes_on) t.stopped = false;
  const bool heard = sent && receive_trace(t.socket, reply, out);
  // Who is killed while he is stopped dies here at once, in the kernel when he is let go on.
  if (!heard && !goes_on) return host_error(ESRCH);
  if (detaches) {
    give_back(it->first);
    drop(it);
  }
  if (reply.error != 0) return host_error(reply.error);
  return reply;
}

Expected<void> Tracer::kill(int pid) {
  const std::lock_guard lock(mutex_);
  const auto it = find(pid);
  if (it == traced_.end()) return host_error(::kill(pid, 0) == 0 ? EPERM : errno);
  if (!it->second.stopped || !it->second.waited) return host_error(EBUSY);
  it->second.stopped = false;
  if (::kill(it->first, SIGKILL) != 0) return host_error(errno);
  return {};
}

void Tracer::after_fork_child() {
  new (&mutex_) std::mutex;
  while (!traced_.empty()) drop(traced_.begin());
  for (const auto& [child, tracer] : lent_) close(tracer);
  lent_.clear();
  waiting_.clear();
}

void Tracer::ending() {
  const std::lock_guard lock(mutex_);
  for (const auto& [pid, t] : traced_) {
    if (!t.attaching && !t.ended) ::kill(pid, SIGKILL);
  }
}

// --- wait(2) -------------------------------------------------------------------------------------

std::optional<Tracer::Event> Tracer::take_event(IdType type, std::int64_t id, bool keep) {
  const std::lock_guard lock(mutex_);
  for (auto it = traced_.begin(); it != traced_.end(); ++it) {
    Traced& t = it->second;
    if (t.attaching || !matches(type, id, it->first)) continue;
    if (t.stopped && !t.waited) {
      t.waited = !keep;
      constexpr int kStopped = 0x7f;
      return Event{it->first, t.signo << 8 | kStopped, true};
    }
    // A child's end is the host's to tell.
    if (t.pidfd < 0) continue;
    // Its last word may have come meanwhile: the next look tells.
    if (!t.ended && t.gone) t.ended = SIGKILL;
    t.gone = has_ended(t.pidfd);
    if (!t.ended || !t.gone) continue;
    const Event e{it->first, wait_status_to_guest(*t.ended), false};
    if (!keep) {
      give_back(it->first);
      drop(it);
    }
    return e;
  }
  return std::nullopt;
}

std::vector<int> Tracer::strangers(IdType type, std::int64_t id) const {
  const std::lock_guard lock(mutex_);
  std::vector<int> out;
  for (const auto& [pid, t] : traced_) {
    if (t.pidfd >= 0 && !t.attaching && matches(type, id, pid)) out.push_back(t.pidfd);
  }
  return out;
}

void Tracer::forget(int pid) {
  const std::lock_guard lock(mutex_);
  if (const auto it = traced_.find(pid); it != traced_.end()) drop(it);
}

// --- children that somebody else debugs ----------------------------------------------------------

void Tracer::lend(int child, int tracer) {
  const std::lock_guard lock(mutex_);
  if (lent_.contains(child)) return;
  if (const int fd = open_pidfd(tracer); fd >= 0) lent_.emplace(child, fd);
}

bool Tracer::is_lent(int child) const {
  const std::lock_guard lock(mutex_);
  const auto it = lent_.find(child);
  return it != lent_.end() && !has_ended(it->second);
}

std::map<int, int> Tracer::lent(IdType type, std::int64_t id) {
  const std::lock_guard lock(mutex_);
  std::map<int, int> out;
  for (auto it = lent_.begin(); it != lent_.end();) {
    const auto [child, tracer] = *it;
    // What is debugged does not outlive its debugger.
    if (has_ended(tracer)) {
      close(tracer);
      it = lent_.erase(it);
      continue;
    }
    if (matches(type, id, child)) out.emplace(child, tracer);
    ++it;
  }
  return out;
}

/// proc_reap(): the parent's SIGCHLD comes when the debugger has seen the end.
void Tracer::take_back(Task& task, int child) {
  {
    const std::lock_guard lock(mutex_);
    const auto it = lent_.find(child);
    if (it == lent_.end()) return;
    close(it->second);
    lent_.erase(it);
  }
  siginfo_t info{};
  const auto id = static_cast<id_t>(child);
  if (waitid(P_PID, id, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return;
  post_child_signal(
      task, child, info.si_code,
      info.si_code == CLD_EXITED ? info.si_status : death_signal_to_guest(info.si_status));
}

}  // namespace emulate::freebsd
