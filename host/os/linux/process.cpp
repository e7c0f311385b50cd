#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/os/dispatch.h"
#include "host/os/linux/abi/resource.h"
#include "host/os/linux/pass.h"
#include "host/os/linux/personality.h"
#include "host/os/linux/signal_tables.h"
#include "host/os/linux/syscalls.h"

/// Programs, waiting, and who a process is (Linux fs/exec.c, kernel/exit.c, kernel/sys.c).

namespace emulate::linux_os {
namespace {

// --- execve --------------------------------------------------------------------------------------

/// A null-terminated vector of strings, charged against `space`.
Expected<std::vector<std::string>> load_strings(Task& task, GuestAddr vector,
                                                std::uint64_t& space) {
  const DataModel& model = task.model();
  std::vector<std::string> out;
  if (!vector) return out;
  for (GuestAddr at = vector;; at += model.long_bytes) {
    const auto string = task.load<GuestAddr>(at);
    if (!string) return tl::unexpected(string.error());
    if (!*string) return out;
    auto text = copyinstr(task.memory(), *string, space);
    if (!text) {
      return host_error(text.error().value == ENAMETOOLONG ? E2BIG : text.error().value);
    }
    space -= text->size() + 1;
    out.push_back(std::move(*text));
  }
}

SysResult execute(Task& task, const std::string& path, int fd, GuestAddr argv, GuestAddr envp) {
  std::uint64_t space = std::max<std::uint64_t>(task.process().image().stack_size / 4, 128 * 1024);
  auto arguments = load_strings(task, argv, space);
  if (!arguments) return arguments.error();
  auto environment = load_strings(task, envp, space);
  if (!environment) return environment.error();
  if (arguments->empty()) arguments->emplace_back();
  auto r = task.exec(path, fd, std::move(*arguments), std::move(*environment));
  if (!r) return r.error();
  return JustReturn{};
}

SysResult sys_execve(Task& task, PathArg path, GuestAddr argv, GuestAddr envp) {
  auto name = path.load();
  if (!name) return name.error();
  if (name->empty()) return HostErrno{ENOENT};
  return execute(task, *name, -1, argv, envp);
}

SysResult sys_execveat(Task& task, Fd directory, PathArg path, GuestAddr argv, GuestAddr envp,
                       Flags flags) {
  constexpr std::uint32_t kKnown = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW;
  if ((bits(flags) & ~kKnown) != 0) return HostErrno{EINVAL};
  auto name = path.load();
  if (!name) return name.error();
  if (name->starts_with('/') || (directory == kAtFdcwd && !name->empty())) {
    return execute(task, *name, -1, argv, envp);
  }
  const auto where = load_path(task, directory, path);
  if (!where) return where.error();
  if (name->empty()) {
    if ((bits(flags) & AT_EMPTY_PATH) == 0) return HostErrno{ENOENT};
    return execute(task, {}, where->dirfd, argv, envp);
  }
  const int fd = ::openat(where->dirfd, where->c_str(), O_PATH | O_CLOEXEC);
  if (fd < 0) return HostErrno{errno};
  const SysResult r = execute(task, {}, fd, argv, envp);
  ::close(fd);
  return r;
}

// --- waiting -------------------------------------------------------------------------------------

SysResult sys_wait4(Task& task, std::int32_t pid, Out<std::int32_t> status, std::int32_t options,
                    Out<Rusage> usage) {
  int host_status = 0;
  HostForm<Rusage> form;
  const long r = blocking_syscall(SYS_wait4, pid, reinterpret_cast<long>(&host_status), options,
                                  reinterpret_cast<long>(form.make()));
  if (r < 0) return SysResult::from_raw(r, true);
  if (r > 0) {
    if (status) {
      if (auto s = status.store(wait_status_to_guest(port_of(task), host_status)); !s) {
        return s.error();
      }
    }
    if (usage) {
      if (auto s = usage.store(form.decode()); !s) return s.error();
    }
  }
  return SysResult::value(static_cast<std::uint64_t>(r));
}

SysResult sys_waitpid(Task& task, std::int32_t pid, Out<std::int32_t> status,
                      std::int32_t options) {
  return sys_wait4(task, pid, status, options, {});
}

SysResult sys_waitid(Task& task, std::int32_t which, std::int32_t id, GuestAddr info,
                     std::int32_t options, Out<Rusage> usage) {
  siginfo_t host{};
  HostForm<Rusage> form;
  const long r = blocking_syscall(SYS_waitid, which, id, reinterpret_cast<long>(&host), options,
                                  reinterpret_cast<long>(form.make()));
  if (r < 0) return SysResult::from_raw(r, true);
  if (host.si_pid != 0 && usage) {
    if (auto s = usage.store(form.decode()); !s) return s.error();
  }
  if (!info) return SysResult::ok();
  GuestSignal s;
  if (host.si_pid != 0) s = signal_from_host(port_of(task), host, 0);
  const SiginfoBytes bytes = make_siginfo(port_of(task), task.model(), s);
  return SysResult::from(task.copyout(info, bytes.data(), bytes.size()));
}

// --- groups --------------------------------------------------------------------------------------

SysResult sys_getgroups(Task& task, std::int32_t size, OutArray<std::uint32_t> list) {
  gid_t groups[65536 / sizeof(gid_t)];
  const int n = ::getgroups(static_cast<int>(std::size(groups)), groups);
  if (n < 0) return HostErrno{errno};
  if (size == 0) return SysResult::value(static_cast<std::uint64_t>(n));
  if (size < n) return HostErrno{EINVAL};
  (void)task;
  for (int i = 0; i < n; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (auto r = list.store(at, groups[at]); !r) return r.error();
  }
  return SysResult::value(static_cast<std::uint64_t>(n));
}

SysResult sys_setgroups(Task&, std::int32_t size, InArray<std::uint32_t> list) {
  constexpr std::int32_t kMost = 65536;
  if (size < 0 || size > kMost) return HostErrno{EINVAL};
  std::vector<gid_t> groups;
  for (std::size_t i = 0; i < static_cast<std::size_t>(size); ++i) {
    const auto g = list.load(i);
    if (!g) return g.error();
    groups.push_back(*g);
  }
  // Raw: the C library would do it for all of emulate's threads, as the guest's does for its own.
  return SysResult::from_libc(::syscall(SYS_setgroups, groups.size(), groups.data()));
}

// --- prctl ---------------------------------------------------------------------------------------

constexpr std::size_t kCommandName = 16;

SysResult set_name(Task& task, GuestAddr address) {
  auto text = copyinstr(task.memory(), address, kCommandName);
  std::string name;
  if (text) {
    name = std::move(*text);
  } else if (text.error().value == ENAMETOOLONG) {
    name.resize(kCommandName - 1);
    if (auto r = task.copyin(name.data(), address, name.size()); !r) return r.error();
  } else {
    return text.error();
  }
  ::prctl(PR_SET_NAME, name.c_str());
  return SysResult::ok();
}

SysResult get_name(Task& task, GuestAddr address) {
  char name[kCommandName] = {};
  ::prctl(PR_GET_NAME, name);
  return SysResult::from(task.copyout(address, name, sizeof name));
}

SysResult store_int(Task& task, GuestAddr address, int value) {
  return SysResult::from(task.store<std::int32_t>(address, value));
}

/// What is the architecture's own, as it would come from a call of that number.
SysResult arch_prctl(Task& task, std::int32_t option, ULong a2) {
  SyscallRequest request;
  for (const SyscallRow* row : syscall_table(port_of(task)).all()) {
    if (row->name == std::string_view("prctl")) request.number = row->number;
  }
  request.slots = {static_cast<std::uint32_t>(option), a2.value};
  request.slot_count = 2;
  const SyscallResult r = abi_of(task).arch_syscall(task.cpu(), request, task.process().services());
  const bool unknown = r.outcome == SyscallOutcome::error &&
                       r.error == task.process().personality().guest_errno(ENOSYS);
  return unknown ? SysResult{HostErrno{EINVAL}} : sys_result(r);
}

SysResult sys_prctl(Task& task, std::int32_t option, ULong a2, ULong a3, ULong a4, ULong a5) {
  const GuestAddr address(a2.value);
  int word = 0;
  switch (option) {
    case PR_SET_NAME:
      return set_name(task, address);
    case PR_GET_NAME:
      return get_name(task, address);
    case PR_SET_PDEATHSIG: {
      const int signo = static_cast<int>(a2.value);
      if (signo < 0 || signo > port_of(task).signal_count) return HostErrno{EINVAL};
      return SysResult::from_libc(
          ::prctl(option, task.process().personality().signal_to_host(signo)));
    }
    case PR_GET_PDEATHSIG:
      ::prctl(option, &word);
      return store_int(task, address, task.process().personality().signal_to_guest(word));
    case PR_GET_CHILD_SUBREAPER:
      if (::prctl(option, &word) != 0) return HostErrno{errno};
      return store_int(task, address, word);
    case PR_GET_DUMPABLE:
    case PR_SET_DUMPABLE:
    case PR_GET_KEEPCAPS:
    case PR_SET_KEEPCAPS:
    case PR_CAPBSET_READ:
    case PR_CAPBSET_DROP:
    case PR_SET_TIMERSLACK:
    case PR_GET_TIMERSLACK:
    case PR_SET_CHILD_SUBREAPER:
    case PR_SET_NO_NEW_PRIVS:
    case PR_GET_NO_NEW_PRIVS:
    case PR_SET_THP_DISABLE:
    case PR_GET_THP_DISABLE:
    case PR_GET_SECUREBITS:
    case PR_SET_SECUREBITS:
    case PR_CAP_AMBIENT:
    case PR_MCE_KILL_GET:
      return SysResult::from_libc(::prctl(option, a2.value, a3.value, a4.value, a5.value));
    default:
      // Seccomp filters would judge emulate's calls, not the program's; the rest is the
      // architecture's, or another's.
      return arch_prctl(task, option, a2);
  }
}

/// capget(2), capset(2): 32-bit words in the guest's order.
struct CapHeader {
  std::uint32_t version = 0;
  std::int32_t pid = 0;
};
struct CapData {
  std::uint32_t words[6] = {};
};

}  // namespace
}  // namespace emulate::linux_os

namespace emulate {
template <>
inline constexpr auto kFields<linux_os::CapHeader> = fields(
    field<&linux_os::CapHeader::version>("version"), field<&linux_os::CapHeader::pid>("pid"));
template <>
inline constexpr auto kFields<linux_os::CapData> = fields(field<&linux_os::CapData::words>("data"));
}  // namespace emulate

namespace emulate::linux_os {
namespace {

constexpr SyscallRow kRows[] = {
    pass<SYS_capget, InOut<CapHeader>, Out<CapData>>("capget"),
    pass<SYS_capset, InOut<CapHeader>, In<CapData>>("capset"),
    traced_first(call<&sys_execve>("execve")),
    traced_first(call<&sys_execveat>("execveat")),
    pass<SYS_getegid>("getegid"),
    pass<SYS_getegid>("getegid32"),
    pass<SYS_geteuid>("geteuid"),
    pass<SYS_geteuid>("geteuid32"),
    pass<SYS_getgid>("getgid"),
    pass<SYS_getgid>("getgid32"),
    call<&sys_getgroups>("getgroups"),
    call<&sys_getgroups>("getgroups32"),
    pass<SYS_getpgid, I32>("getpgid"),
    pass<SYS_getpgrp>("getpgrp"),
    pass<SYS_getpid>("getpid"),
    pass<SYS_getppid>("getppid"),
    pass<SYS_getresgid, Out<U32>, Out<U32>, Out<U32>>("getresgid"),
    pass<SYS_getresgid, Out<U32>, Out<U32>, Out<U32>>("getresgid32"),
    pass<SYS_getresuid, Out<U32>, Out<U32>, Out<U32>>("getresuid"),
    pass<SYS_getresuid, Out<U32>, Out<U32>, Out<U32>>("getresuid32"),
    pass<SYS_getsid, I32>("getsid"),
    pass<SYS_getuid>("getuid"),
    pass<SYS_getuid>("getuid32"),
    pass<SYS_pidfd_getfd, Fd, I32, Flags>("pidfd_getfd"),
    pass<SYS_pidfd_open, I32, Flags>("pidfd_open"),
    call<&sys_prctl>("prctl"),
    pass<SYS_setfsgid, U32>("setfsgid"),
    pass<SYS_setfsgid, U32>("setfsgid32"),
    pass<SYS_setfsuid, U32>("setfsuid"),
    pass<SYS_setfsuid, U32>("setfsuid32"),
    pass<SYS_setgid, U32>("setgid"),
    pass<SYS_setgid, U32>("setgid32"),
    call<&sys_setgroups>("setgroups"),
    call<&sys_setgroups>("setgroups32"),
    pass<SYS_setpgid, I32, I32>("setpgid"),
    pass<SYS_setregid, U32, U32>("setregid"),
    pass<SYS_setregid, U32, U32>("setregid32"),
    pass<SYS_setresgid, U32, U32, U32>("setresgid"),
    pass<SYS_setresgid, U32, U32, U32>("setresgid32"),
    pass<SYS_setresuid, U32, U32, U32>("setresuid"),
    pass<SYS_setresuid, U32, U32, U32>("setresuid32"),
    pass<SYS_setreuid, U32, U32>("setreuid"),
    pass<SYS_setreuid, U32, U32>("setreuid32"),
    pass<SYS_setsid>("setsid"),
    pass<SYS_setuid, U32>("setuid"),
    pass<SYS_setuid, U32>("setuid32"),
    call<&sys_wait4>("wait4"),
    call<&sys_waitid>("waitid"),
    call<&sys_waitpid>("waitpid"),
};

}  // namespace

Rows process_rows() { return kRows; }

}  // namespace emulate::linux_os
