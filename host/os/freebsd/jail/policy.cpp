#include "host/os/freebsd/jail/policy.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <string_view>
#include <unordered_map>

#include "host/os/freebsd/abi/socket.h"
#include "host/os/freebsd/host_processes.h"
#include "host/os/freebsd/jail/prisons.h"
#include "host/signal/send.h"
#include "host/task/fd_table.h"
#include "host/task/host_files.h"

namespace emulate::freebsd {
namespace {

using Check = std::optional<HostErrno> (*)(const SyscallRequest& request);

std::int32_t int_at(const SyscallRequest& request, unsigned slot) {
  return static_cast<std::int32_t>(request.slots[slot]);
}

/// The argument names a process.
template <unsigned Slot>
std::optional<HostErrno> process(const SyscallRequest& request) {
  if (sees(int_at(request, Slot))) return std::nullopt;
  return HostErrno{ESRCH};
}

std::optional<HostErrno> two_processes(const SyscallRequest& request) {
  const auto first = process<0>(request);
  return first ? first : process<1>(request);
}

/// getpriority(2): of a process, a group or a user.
std::optional<HostErrno> by_which(const SyscallRequest& request) {
  return int_at(request, 0) == PRIO_PROCESS ? process<1>(request) : std::nullopt;
}

template <SysvKind Kind>
std::optional<HostErrno> sysv(const SyscallRequest&) {
  if (own_prison().sysv[static_cast<unsigned>(Kind)] != kJailDisable) return std::nullopt;
  return HostErrno{ENOSYS};
}

template <PrisonAllow What>
std::optional<HostErrno> allowed(const SyscallRequest&) {
  if (own_prison().allows(What)) return std::nullopt;
  return HostErrno{EPERM};
}

/// The flags that only the superuser sets.
template <unsigned Slot>
std::optional<HostErrno> file_flags(const SyscallRequest& request) {
  constexpr std::uint32_t kSuperuser = 0xffff0000;  // SF_SETTABLE
  if ((static_cast<std::uint32_t>(request.slots[Slot]) & kSuperuser) == 0) return std::nullopt;
  return allowed<PrisonAllow::chflags>(request);
}

std::optional<HostErrno> socket(const SyscallRequest& request) {
  const std::int32_t domain = int_at(request, 0);
  constexpr std::int32_t kRaw = 3;  // SOCK_RAW
  constexpr std::int32_t kTypes = 0xf;
  if ((domain != kAF_INET && domain != kAF_INET6) || (int_at(request, 1) & kTypes) != kRaw) {
    return std::nullopt;
  }
  return allowed<PrisonAllow::raw_sockets>(request);
}

const std::unordered_map<std::string_view, Check>& checks() {
  static const std::unordered_map<std::string_view, Check> all = {
      {"kill", &process<0>},
      {"sigqueue", &process<0>},
      {"thr_kill2", &process<0>},
      {"getpgid", &process<0>},
      {"getsid", &process<0>},
      {"setpgid", &process<0>},
      {"sched_setparam", &process<0>},
      {"sched_getparam", &process<0>},
      {"sched_setscheduler", &process<0>},
      {"sched_getscheduler", &process<0>},
      {"sched_rr_get_interval", &process<0>},
      {"rtprio", &process<1>},
      {"ptrace", &process<1>},
      {"kcmp", &two_processes},
      {"getpriority", &by_which},
      {"setpriority", &by_which},
      {"msgsys", &sysv<SysvKind::messages>},
      {"msgget", &sysv<SysvKind::messages>},
      {"msgsnd", &sysv<SysvKind::messages>},
      {"msgrcv", &sysv<SysvKind::messages>},
      {"msgctl", &sysv<SysvKind::messages>},
      {"freebsd7_msgctl", &sysv<SysvKind::messages>},
      {"semsys", &sysv<SysvKind::semaphores>},
      {"semget", &sysv<SysvKind::semaphores>},
      {"semop", &sysv<SysvKind::semaphores>},
      {"__semctl", &sysv<SysvKind::semaphores>},
      {"freebsd7___semctl", &sysv<SysvKind::semaphores>},
      {"shmsys", &sysv<SysvKind::segments>},
      {"shmget", &sysv<SysvKind::segments>},
      {"shmat", &sysv<SysvKind::segments>},
      {"shmdt", &sysv<SysvKind::segments>},
      {"shmctl", &sysv<SysvKind::segments>},
      {"freebsd7_shmctl", &sysv<SysvKind::segments>},
      {"mlock", &allowed<PrisonAllow::mlock>},
      {"mlockall", &allowed<PrisonAllow::mlock>},
      {"munlock", &allowed<PrisonAllow::mlock>},
      {"munlockall", &allowed<PrisonAllow::mlock>},
      {"chflags", &file_flags<1>},
      {"lchflags", &file_flags<1>},
      {"fchflags", &file_flags<1>},
      {"chflagsat", &file_flags<2>},
      {"socket", &socket},
  };
  return all;
}

}  // namespace

std::optional<HostErrno> jail_check(const SyscallRow& row, const SyscallRequest& request) {
  const auto it = checks().find(row.name);
  return it == checks().end() ? std::nullopt : it->second(request);
}

Expected<void> check_chroot() {
  const auto fds = numbered_entries("/proc/self/fd");
  if (!fds) return host_error(EPERM);
  for (const int fd : *fds) {
    struct stat st {};
    if (FdTable::is_private(fd) || fstat(fd, &st) != 0) continue;
    if (S_ISDIR(st.st_mode)) return host_error(EPERM);
  }
  return {};
}

void enter_chroot() {
  // The host's kernel says "(unreachable)/..." then.
  std::array<char, PATH_MAX> cwd{};
  if (syscall(SYS_getcwd, cwd.data(), cwd.size()) < 0 || cwd[0] != '/') (void)!chdir("/");
}

Expected<void> signal_inmates(Task& task, int pid, int signo) {
  constexpr int kAll = -1;
  const int group = pid == 0 ? ::getpgrp() : -pid;
  int found = 0;
  int reached = 0;
  for (const int p : host_pids()) {
    if (pid == kAll ? p == ::getpid() : ::getpgid(p) != group) continue;
    ++found;
    if (send_signal(task, p, signo)) ++reached;
  }
  if (found == 0) return host_error(ESRCH);
  if (reached == 0) return host_error(EPERM);
  return {};
}

}  // namespace emulate::freebsd
