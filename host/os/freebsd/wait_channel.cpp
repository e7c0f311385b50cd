#include "host/os/freebsd/wait_channel.h"

#include <sys/syscall.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <sstream>

#include <fmt/format.h>

#include "host/os/freebsd/host_processes.h"

namespace emulate::freebsd {
namespace {

/// The message is another one for each kind of descriptor.
constexpr const char* kReads = "read";
constexpr const char* kWrites = "write";
constexpr const char* kLocks = "futex";

struct Wait {
  long call;
  const char* message;
};
/// The messages are those that the kernel's sleep gives (FreeBSD sys/kern; kern_time.c,
/// sys_generic.c, kern_event.c, kern_exit.c, kern_sig.c, uipc_socket.c, sysv_*.c, kern_lockf.c).
constexpr Wait kWaits[] = {
    {SYS_clock_nanosleep, "nanslp"},
    {SYS_nanosleep, "nanslp"},
    {SYS_ppoll, "select"},
    {SYS_poll, "select"},
    {SYS_pselect6, "select"},
    {SYS_select, "select"},
    {SYS_epoll_pwait, "kqread"},
    {SYS_epoll_wait, "kqread"},
    {SYS_wait4, "wait"},
    {SYS_waitid, "wait"},
    {SYS_pause, "pause"},
    {SYS_rt_sigsuspend, "pause"},
    {SYS_rt_sigtimedwait, "sigwait"},
    {SYS_accept4, "accept"},
    {SYS_connect, "connec"},
    {SYS_recvmsg, "sbwait"},
    {SYS_recvfrom, "sbwait"},
    {SYS_sendmsg, "sbwait"},
    {SYS_sendto, "sbwait"},
    {SYS_msgrcv, "msgrcv"},
    {SYS_msgsnd, "msgsnd"},
    {SYS_semop, "semwait"},
    {SYS_flock, "lockf"},
    {SYS_fcntl, "lockf"},
    {SYS_openat, "fifoor"},
    {SYS_read, kReads},
    {SYS_readv, kReads},
    {SYS_preadv2, kReads},
    {SYS_write, kWrites},
    {SYS_writev, kWrites},
    {SYS_pwritev2, kWrites},
    {SYS_futex, kLocks},
};

std::string descriptor_message(int pid, std::uint64_t fd, bool reads) {
  std::error_code error;
  const std::string target =
      std::filesystem::read_symlink(fmt::format("/proc/{}/fd/{}", pid, fd), error);
  if (target.starts_with("pipe:")) return reads ? "piperd" : "pipewr";
  if (target.starts_with("socket:")) return "sbwait";
  if (target.starts_with("/dev/pts/") || target.starts_with("/dev/tty")) {
    return reads ? "ttyin" : "ttyout";
  }
  return reads ? "biord" : "biowr";
}

/// A semaphore of the kernel's lies in a file of its own (ksem.cpp); other locks in the guest's
/// memory.
std::string lock_message(int pid, std::uint64_t address) {
  std::istringstream maps(host_process_strings(pid, "maps").value_or(""));
  for (std::string line; std::getline(maps, line);) {
    char* rest = nullptr;
    const std::uint64_t start = std::strtoull(line.c_str(), &rest, 16);
    const std::uint64_t end = *rest == '-' ? std::strtoull(rest + 1, nullptr, 16) : 0;
    if (start <= address && address < end) {
      return line.find("ksem") != std::string::npos ? "ksem" : "uwait";
    }
  }
  return "uwait";
}

}  // namespace

std::string wait_channel(int pid) {
  // "number argument ... stack-pointer pc", "running", or "-1 ..." outside of a call.
  std::istringstream in(host_process_strings(pid, "syscall").value_or(""));
  long call = -1;
  std::string first;
  if (!(in >> call >> first)) return "";
  const auto* wait = std::ranges::find(kWaits, call, &Wait::call);
  if (wait == std::end(kWaits)) return "";
  const std::uint64_t argument = std::strtoull(first.c_str(), nullptr, 16);
  if (wait->message == kReads) return descriptor_message(pid, argument, true);
  if (wait->message == kWrites) return descriptor_message(pid, argument, false);
  if (wait->message == kLocks) return lock_message(pid, argument);
  return wait->message;
}

}  // namespace emulate::freebsd
