#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>

#include "host/os/freebsd/abi/thr.h"
#include "host/os/freebsd/params.h"
#include "host/os/freebsd/personality.h"
#include "host/os/freebsd/priority.h"
#include "host/os/freebsd/syscalls.h"
#include "host/os/freebsd/time.h"
#include "host/os/freebsd/ucontext.h"
#include "host/os/freebsd/umtx.h"
#include "host/os/freebsd/umtx_wait.h"
#include "host/signal/attentive.h"
#include "host/signal/blocking.h"
#include "host/signal/send.h"

/// FreeBSD sys/kern/kern_thr.c. Thread ids are the host's.

namespace emulate::freebsd {
namespace {

/// long
Expected<void> store_long(Task& task, GuestAddr at, std::int64_t value) {
  std::byte bytes[8];
  const std::size_t n = task.model().long_bytes;
  store_scalar(task.model(), bytes, static_cast<std::uint64_t>(value), n);
  return task.copyout(at, bytes, n);
}

/// A new thread must not exist when its id cannot be stored: tried before.
Expected<void> check_writable(Task& task, GuestAddr at) {
  if (at && !task.memory().allows(at, task.model().long_bytes, kProtWrite)) {
    return host_error(EFAULT);
  }
  return {};
}

SysResult sys_thr_new(Task& task, GuestAddr param, std::int32_t param_size) {
  const DataModel& model = task.model();
  const std::size_t whole = guest_size<ThrParam>(model);
  if (param_size < 0 || static_cast<std::size_t>(param_size) > whole) return HostErrno{EINVAL};
  std::byte bytes[128]{};
  static_assert(sizeof bytes >= 13 * 8);
  if (auto r = task.copyin(bytes, param, static_cast<std::size_t>(param_size)); !r) {
    return r.error();
  }
  const auto p = decode<ThrParam>(model, std::span<const std::byte>(bytes, whole));

  std::optional<Rtprio> rtp;
  if (p.rtp) {
    auto wanted = task.load<Rtprio>(p.rtp);
    if (!wanted) return wanted.error();
    rtp = *wanted;
    if (rtp->type == kRTP_PRIO_NORMAL) {
      rtp.reset();  // what a new thread has anyway
    } else if (rtp->type != kRTP_PRIO_REALTIME && rtp->type != kRTP_PRIO_FIFO) {
      return HostErrno{EINVAL};
    } else if (::geteuid() != 0) {
      return HostErrno{EPERM};
    } else if (auto ok = check_priority(*rtp); !ok) {
      return ok.error();
    }
  }
  if (auto r = check_writable(task, p.child_tid); !r) return r.error();
  if (auto r = check_writable(task, p.parent_tid); !r) return r.error();

  auto tid = task.spawn_thread([&](Task& child) {
    if (p.child_tid) (void)store_long(child, p.child_tid, child.tid());
    if (p.parent_tid) (void)store_long(child, p.parent_tid, child.tid());
    ThreadUpcall upcall;
    upcall.entry = p.start_func;
    upcall.arg = p.arg;
    upcall.stack_base = p.stack_base;
    upcall.stack_size = p.stack_size;
    abi_of(child).thread_set_upcall(child.cpu(), upcall, child.process().services());
    child.cpu().cpu_set_tls(p.tls_base);
    // A host that does not let us set it runs the thread with ordinary priority.
    if (rtp) (void)set_priority(child.tid(), *rtp);
  });
  if (!tid) return tid.error();
  return SysResult::ok();
}

SysResult sys_thr_create(Task& task, GuestAddr context, GuestAddr id, Flags) {
  const UcontextLayout layout = ucontext_layout(task);
  std::vector<std::byte> bytes(layout.size);
  if (auto r = task.copyin(bytes.data(), context, bytes.size()); !r) return r.error();
  if (auto r = check_writable(task, id); !r) return r.error();
  const std::span<const std::byte> mcontext =
      std::span<const std::byte>(bytes).subspan(layout.mcontext_offset, layout.mcontext_size);
  int error = 0;
  auto tid = task.spawn_thread([&](Task& child) {
    if (id) (void)store_long(child, id, child.tid());
    error = abi_of(child).set_mcontext(child.cpu(), mcontext, child.process().services());
    if (error != 0) child.request_exit();
  });
  if (!tid) return tid.error();
  if (error != 0) return GuestErrno{error};
  return SysResult::ok();
}

SysResult sys_thr_exit(Task& task, GuestAddr state) {
  umtx_thread_exit(task);
  if (state) {
    (void)store_long(task, state, 1);
    umtx_wake(task, state, INT_MAX);
  }
  // The last thread goes on, and ends the process by exit(2).
  if (task.process().task_count() <= 1) return SysResult::ok();
  task.request_exit();
  return JustReturn{};
}

SysResult sys_thr_self(Task& task, GuestAddr id) {
  return SysResult::from(store_long(task, id, task.tid()));
}

GuestSignal thread_signal(int signo) {
  GuestSignal s;
  s.signo = signo;
  s.code = kSI_LWP;
  s.pid = ::getpid();
  s.uid = ::getuid();
  s.thread_directed = true;
  return s;
}

bool valid_or_zero(int signo) { return signo == 0 || signal_valid(signo); }

/// thr_kill with id -1: every thread of the process but the calling one.
SysResult signal_other_threads(Task& task, int signo) {
  if (!valid_or_zero(signo)) return HostErrno{EINVAL};
  bool any = false;
  for (const int tid : task.process().task_ids()) {
    if (tid == task.tid()) continue;
    any = true;
    if (signo != 0) task.process().post_to(tid, thread_signal(signo));
  }
  return any ? SysResult::ok() : SysResult(HostErrno{ESRCH});
}

bool own_thread(Task& task, std::int64_t id) {
  return id > 0 && id <= INT_MAX && task.process().with_task(static_cast<int>(id), [](Task&) {});
}

SysResult sys_thr_kill(Task& task, Long id, SignalNumber sig) {
  const int signo = number(sig);
  if (id == -1) return signal_other_threads(task, signo);
  if (!own_thread(task, id)) return HostErrno{ESRCH};
  if (!valid_or_zero(signo)) return HostErrno{EINVAL};
  if (signo != 0) task.process().post_to(static_cast<int>(id), thread_signal(signo));
  return SysResult::ok();
}

SysResult sys_thr_kill2(Task& task, std::int32_t pid, Long id, SignalNumber sig) {
  if (pid == ::getpid()) return sys_thr_kill(task, id, sig);
  const int signo = number(sig);
  if (id == -1) {
    // Which threads another process has is its own affair: the signal goes to the process.
    if (!valid_or_zero(signo)) return HostErrno{EINVAL};
    return SysResult::from(send_signal(task, pid, signo));
  }
  if (id <= 0 || id > INT_MAX) return HostErrno{ESRCH};
  if (!valid_or_zero(signo)) return HostErrno{EINVAL};
  return SysResult::from(send_signal_to_thread(task, pid, static_cast<int>(id), signo));
}

SysResult sys_thr_suspend(Task& task, In<Timespec> timeout) {
  std::optional<timespec> deadline;
  if (timeout) {
    auto wanted = timeout.load();
    if (!wanted) return wanted.error();
    if (!valid(*wanted)) return HostErrno{EINVAL};
    const std::int64_t seconds = std::min<std::int64_t>(wanted->tv_sec, kLongestWaitSeconds);
    deadline = from_nanoseconds(now_ns(CLOCK_MONOTONIC) + seconds * kNanosecondsPerSecond +
                                wanted->tv_nsec);
  }
  if (allow_sleep(task)) return SysResult::ok();
  std::atomic<std::uint32_t>& pending = thread_of(task).wake_pending;
  while (pending.exchange(0) == 0) {
    const long r = blocking_syscall(SYS_futex, reinterpret_cast<long>(&pending),
                                    FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 0,
                                    deadline ? reinterpret_cast<long>(&*deadline) : 0, 0,
                                    static_cast<long>(FUTEX_BITSET_MATCH_ANY));
    if (r == -ETIMEDOUT) return HostErrno{ETIMEDOUT};
    if (r == -EINTR) return deadline ? SysResult(HostErrno{EINTR}) : SysResult(Restart{});
  }
  return SysResult::ok();
}

SysResult sys_thr_wake(Task& task, Long id) {
  if (id <= 0 || id > INT_MAX) return HostErrno{ESRCH};
  if (id == task.tid()) {
    refuse_next_sleep(task);
    return SysResult::ok();
  }
  const bool found = task.process().with_task(static_cast<int>(id), [](Task& sleeper) {
    std::atomic<std::uint32_t>& pending = thread_of(sleeper).wake_pending;
    pending = 1;
    ::syscall(SYS_futex, &pending, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
  });
  return found ? SysResult::ok() : SysResult(HostErrno{ESRCH});
}

SysResult sys_thr_set_name(Task& task, Long id, GuestAddr name) {
  std::string text;
  if (name) {
    auto r = copyinstr(task.memory(), name, kMaxComLen + 1);
    if (r) {
      text = *r;
    } else if (r.error().value == ENAMETOOLONG) {
      text.resize(kMaxComLen);
      if (auto cut = task.copyin(text.data(), name, kMaxComLen); !cut) return cut.error();
    } else {
      return r.error();
    }
  }
  if (id <= 0 || id > INT_MAX) return HostErrno{ESRCH};
  const bool found =
      task.process().with_task(static_cast<int>(id), [&](Task& named) { named.name = text; });
  return found ? SysResult::ok() : SysResult(HostErrno{ESRCH});
}

SysResult sys_rtprio_thread(Task& task, std::int32_t function, std::int32_t lwpid,
                            InOut<Rtprio> rtp) {
  Expected<Rtprio> wanted = Rtprio();
  if (function == kRTP_SET) wanted = rtp.load();
  const int tid = lwpid == 0 ? task.tid() : lwpid;
  if (!own_thread(task, tid)) return HostErrno{ESRCH};
  switch (function) {
    case kRTP_LOOKUP: {
      auto current = get_priority(tid);
      if (!current) return current.error();
      return SysResult::from(rtp.store(*current));
    }
    case kRTP_SET:
      if (!wanted) return wanted.error();
      return SysResult::from(set_priority(tid, *wanted));
    default:
      return HostErrno{EINVAL};
  }
}

constexpr SyscallRow kRows[] = {
    row<&sys_thr_create>(430, "thr_create"),
    traced_first(row<&sys_thr_exit>(431, "thr_exit")),
    row<&sys_thr_self>(432, "thr_self"),
    row<&sys_thr_kill>(433, "thr_kill"),
    row<&sys_thr_suspend>(442, "thr_suspend"),
    row<&sys_thr_wake>(443, "thr_wake"),
    row<&sys_thr_new>(455, "thr_new"),
    row<&sys_thr_set_name>(464, "thr_set_name"),
    row<&sys_rtprio_thread>(466, "rtprio_thread"),
    row<&sys_thr_kill2>(481, "thr_kill2"),
};

}  // namespace

Rows thread_rows() { return kRows; }

}  // namespace emulate::freebsd
