#include "host/os/linux/thread.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/os/linux/pass.h"
#include "host/os/linux/personality.h"

/// Threads and processes by clone(2) (Linux kernel/fork.c).

namespace emulate::linux_os {

void thread_exit(Task& task) {
  release_robust_list(task);
  Thread& thread = thread_of(task);
  const GuestAddr word = thread.clear_child_tid;
  thread.clear_child_tid = GuestAddr();
  // Nobody could look at it when this is the last thread.
  if (!word || task.process().task_count() <= 1) return;
  constexpr std::uint32_t kZero = 0;
  if (!task.copyout(word, &kZero, sizeof kZero)) return;
  futex_wake(task, word, 1);
}

void process_exit(Process& process) {
  for (const int tid : process.task_ids()) {
    process.with_task(tid, [](Task& ending) { release_robust_list(ending); });
  }
}

namespace {

struct CloneArgs {
  std::uint64_t flags = 0;
  std::uint64_t exit_signal = 0;
  GuestAddr pidfd;
  GuestAddr child_tid;
  GuestAddr parent_tid;
  GuestAddr stack;  ///< where the child's stack pointer starts; 0: as the caller's
  GuestAddr tls;
};

/// What threads of one process have in common, and what cannot be shared apart from that.
constexpr std::uint64_t kThreadFlags =
    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
constexpr std::uint64_t kNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                      CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | 0x80;

void store_tid(Task& task, GuestAddr at, int tid) {
  std::byte word[4];
  store_scalar(task.model(), word, static_cast<std::uint32_t>(tid), sizeof word);
  (void)task.copyout(at, word, sizeof word);
}

/// The child's own registers and notes, on the child's task.
void set_up_child(Task& child, const CloneArgs& a) {
  if (a.stack) {
    abi_of(child).thread_set_upcall(child.cpu(), {.entry{}, .arg{}, .stack_base = a.stack},
                                    child.process().services());
  }
  if ((a.flags & CLONE_SETTLS) != 0) child.cpu().cpu_set_tls(a.tls);
  if ((a.flags & CLONE_CHILD_SETTID) != 0) store_tid(child, a.child_tid, child.tid());
  thread_of(child).clear_child_tid =
      (a.flags & CLONE_CHILD_CLEARTID) != 0 ? a.child_tid : GuestAddr();
}

/// What the parent sees.
SysResult child_id(const Task& task, int id) {
  const auto value = static_cast<std::uint64_t>(id);
  return port_of(task).clone_pair ? SysResult::pair(value, 0) : SysResult::value(value);
}

SysResult clone_thread(Task& task, const CloneArgs& a) {
  if ((a.flags & kThreadFlags) != kThreadFlags) return HostErrno{EINVAL};
  if ((a.flags & (CLONE_PIDFD | CLONE_NEWUSER | CLONE_NEWPID)) != 0) return HostErrno{EINVAL};
  auto tid = task.spawn_thread([&](Task& child) {
    abi_of(child).fork_child(child.cpu());
    if ((a.flags & CLONE_PARENT_SETTID) != 0) store_tid(child, a.parent_tid, child.tid());
    set_up_child(child, a);
  });
  if (!tid) return tid.error();
  return child_id(task, *tid);
}

SysResult clone_process(Task& task, const CloneArgs& a) {
  if ((a.flags & (kNamespaces & ~0x80ULL)) != 0) return HostErrno{EPERM};
  const int signo = static_cast<int>(a.exit_signal);
  if (signo != 0 && (signo > port_of(task).signal_count)) return HostErrno{EINVAL};
  int pidfd = -1;
  Task::ForkRequest request;
  request.exit_signal = signo;
  request.share_fds = (a.flags & CLONE_FILES) != 0;
  if ((a.flags & CLONE_PIDFD) != 0) request.pidfd = &pidfd;
  if ((a.flags & CLONE_VFORK) != 0) {
    request.kind = Task::ForkKind::vfork;
  } else if ((a.flags & CLONE_VM) != 0) {
    request.kind = Task::ForkKind::share;
  }
  const int parent = ::getpid();
  auto pid = task.fork(request);
  if (!pid) return pid.error();
  if (*pid == 0) {
    if ((a.flags & CLONE_PARENT_SETTID) != 0) store_tid(task, a.parent_tid, task.tid());
    set_up_child(task, a);
    (void)parent;
    return JustReturn{};
  }
  if ((a.flags & CLONE_PARENT_SETTID) != 0) store_tid(task, a.parent_tid, *pid);
  if ((a.flags & CLONE_PIDFD) != 0) store_tid(task, a.pidfd, pidfd);
  return child_id(task, *pid);
}

SysResult do_clone(Task& task, const CloneArgs& a) {
  if ((a.flags & CLONE_SIGHAND) != 0 && (a.flags & CLONE_VM) == 0) return HostErrno{EINVAL};
  if ((a.flags & CLONE_THREAD) != 0) return clone_thread(task, a);
  return clone_process(task, a);
}

/// All ports of ours but none of the others: flags, stack, parent_tid, tls, child_tid
/// (CONFIG_CLONE_BACKWARDS).
SysResult sys_clone(Task& task, ULong flags, GuestAddr stack, GuestAddr parent_tid, GuestAddr tls,
                    GuestAddr child_tid) {
  CloneArgs a;
  a.flags = flags.value & 0xffff'ff00;
  a.exit_signal = flags.value & 0xff;
  a.stack = stack;
  a.parent_tid = a.pidfd = parent_tid;
  a.tls = tls;
  a.child_tid = child_tid;
  if ((a.flags & CLONE_PIDFD) != 0 && (a.flags & CLONE_PARENT_SETTID) != 0) {
    return HostErrno{EINVAL};
  }
  return do_clone(task, a);
}

/// struct clone_args: 64-bit words on every port; older callers pass fewer.
SysResult sys_clone3(Task& task, GuestAddr args, ULong size) {
  constexpr std::size_t kFirstSize = 64;
  constexpr std::size_t kKnownSize = 88;
  if (size.value < kFirstSize) return HostErrno{EINVAL};
  if (size.value > 4096) return HostErrno{E2BIG};
  std::vector<std::byte> bytes(std::max<std::size_t>(size, kKnownSize));
  if (auto r = task.copyin(bytes.data(), args, size); !r) return r.error();
  const auto word = [&](std::size_t i) { return load_scalar(task.model(), &bytes[i * 8], 8); };
  for (std::size_t i = kKnownSize; i < bytes.size(); ++i) {
    if (bytes[i] != std::byte{}) return HostErrno{E2BIG};
  }
  CloneArgs a;
  a.flags = word(0);
  a.pidfd = GuestAddr(word(1));
  a.child_tid = GuestAddr(word(2));
  a.parent_tid = GuestAddr(word(3));
  a.exit_signal = word(4);
  const std::uint64_t stack = word(5);
  const std::uint64_t stack_size = word(6);
  a.tls = GuestAddr(word(7));
  constexpr std::uint64_t kClearSighand = 0x1'0000'0000;
  if ((a.flags & 0xff) != 0 || (stack == 0) != (stack_size == 0)) return HostErrno{EINVAL};
  if ((a.flags & (CLONE_THREAD | CLONE_PARENT)) != 0 && a.exit_signal != 0) {
    return HostErrno{EINVAL};
  }
  // set_tid and cgroup are for container managers.
  if (word(8) != 0 || word(9) != 0) return HostErrno{EPERM};
  if ((a.flags & ~(0xffff'ffffULL | kClearSighand)) != 0) return HostErrno{EINVAL};
  if (stack != 0) a.stack = GuestAddr(stack + stack_size);
  const SysResult r = do_clone(task, a);
  if (r.kind() == SysResult::Kind::just_return && (a.flags & kClearSighand) != 0) {
    for (int s = 1; s <= port_of(task).signal_count; ++s) {
      if (task.process().action(s).kind == SignalAction::Kind::handler) {
        task.process().set_action(s, SignalAction());
      }
    }
  }
  return r;
}

SysResult forked(const Task& task, const Expected<int>& pid) {
  if (!pid) return pid.error();
  if (*pid == 0) return JustReturn{};
  return child_id(task, *pid);
}

SysResult sys_fork(Task& task) {
  Task::ForkRequest request;
  request.exit_signal = task.process().personality().signal_to_guest(SIGCHLD);
  return forked(task, task.fork(request));
}

SysResult sys_vfork(Task& task) {
  Task::ForkRequest request;
  request.kind = Task::ForkKind::vfork;
  request.exit_signal = task.process().personality().signal_to_guest(SIGCHLD);
  return forked(task, task.fork(request));
}

SysResult sys_set_tid_address(Task& task, GuestAddr word) {
  thread_of(task).clear_child_tid = word;
  return SysResult::value(static_cast<std::uint64_t>(task.tid()));
}

SysResult sys_gettid(Task& task) {
  return SysResult::value(static_cast<std::uint64_t>(task.tid()));
}

SysResult sys_exit(Task& task, std::int32_t status) {
  if (task.process().task_count() <= 1) {
    process_exit(task.process());
    task.exit_process(status & 0xff);
  }
  task.request_exit();
  return JustReturn{};
}

SysResult sys_exit_group(Task& task, std::int32_t status) {
  process_exit(task.process());
  task.exit_process(status & 0xff);
}

/// Only descriptors, the directory and semaphores can be divorced without being in a namespace of
/// one's own, and a process's threads share those for good here.
SysResult sys_unshare(Task& task, ULong flags) {
  constexpr std::uint64_t kHarmless = CLONE_FS | CLONE_FILES | CLONE_SYSVSEM;
  if ((flags.value & ~(kHarmless | kNamespaces)) != 0) return HostErrno{EINVAL};
  if ((flags.value & kNamespaces) != 0) {
    if (task.process().task_count() > 1) return HostErrno{EINVAL};
    return SysResult::from_libc(::unshare(static_cast<int>(flags.value)));
  }
  if (task.process().task_count() > 1) return HostErrno{EPERM};
  return SysResult::from_libc(::unshare(static_cast<int>(flags.value)));
}

constexpr SyscallRow kRows[] = {
    call<&sys_clone>("clone"),
    call<&sys_clone3>("clone3"),
    traced_first(call<&sys_exit>("exit")),
    traced_first(call<&sys_exit_group>("exit_group")),
    call<&sys_fork>("fork"),
    call<&sys_gettid>("gettid"),
    call<&sys_set_tid_address>("set_tid_address"),
    call<&sys_unshare>("unshare"),
    call<&sys_vfork>("vfork"),
};

}  // namespace

Rows thread_rows() { return kRows; }

}  // namespace emulate::linux_os
