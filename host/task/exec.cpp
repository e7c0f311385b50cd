/// execve: in place for programs of the same machine and OS, else by the host.

#include "host/task/exec.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include <fmt/format.h>

#include "host/task/access.h"
#include "host/task/boot.h"
#include "host/task/host_files.h"
#include "host/task/root.h"
#include "host/task/start.h"
#include "host/trace/ledger.h"
#include "host/trace/log.h"

namespace emulate {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (const std::string& s : strings) out.push_back(const_cast<char*>(s.c_str()));
  out.push_back(nullptr);
  return out;
}

/// The guest's mask and pending signals become the host's, as a program that is not ours finds
/// them; undone when the exec fails.
class HostSignalState {
 public:
  explicit HostSignalState(Task& t) {
    const Personality& os = t.process().personality();
    sigset_t mask;
    sigemptyset(&mask);
    for (int guest = 1; guest <= os.signal_count(); ++guest) {
      const int host = os.signal_to_host(guest);
      if (host != 0 && t.signal_mask().has(guest)) sigaddset(&mask, host);
    }
    pthread_sigmask(SIG_SETMASK, &mask, &saved_);
    const SignalSet blocked = t.signal_mask();
    while (auto s = t.take_signal(blocked)) {
      if (const int host = os.signal_to_host(s->signo); host != 0) kill(getpid(), host);
    }
  }
  ~HostSignalState() { pthread_sigmask(SIG_SETMASK, &saved_, nullptr); }
  HostSignalState(const HostSignalState&) = delete;
  HostSignalState& operator=(const HostSignalState&) = delete;

 private:
  sigset_t saved_;
};

/// Lets the host replace the process. Returns the error when it does not.
Expected<void> host_exec(Task& t, int fd, const std::vector<std::string>& argv,
                         const std::vector<std::string>& envp) {
  release_vfork_parent(t.process(), VforkChild::executes);
  write_ledger();
  const HostSignalState signals(t);
  // A program of the host's must not inherit the higher limit made for emulate's descriptors.
  FdTable::restore_limit();
  syscall(SYS_execveat, fd, "", pointers(argv).data(), pointers(envp).data(), AT_EMPTY_PATH);
  return host_error(errno);
}

/// Emulate's options, with the root that the guest is in by now instead of those that tell where
/// its files were at first.
std::vector<std::string> options_in_root(std::vector<std::string> options) {
  const std::string& root = changed_root();
  if (root.empty()) return options;
  for (const char* outdated : {"-L", "--root", "--root-mode"}) {
    const auto it = std::ranges::find(options, outdated);
    if (it != options.end()) options.erase(it, it + 2);
  }
  options.insert(options.end(), {"-L", "", "--root", root, "--root-mode", "confined"});
  return options;
}

std::vector<std::string> emulate_arguments(const Options& options, const std::string& path,
                                           const std::vector<std::string>& argv) {
  std::vector<std::string> out{"emulate"};
  const std::vector<std::string> given = options_in_root(options.arguments);
  out.insert(out.end(), given.begin(), given.end());
  if (Debugging::instance().traced()) {
    out.insert(out.end(), {"--debugger", Debugging::instance().hooks()->debugger_after_exec()});
  }
  out.insert(out.end(), {"-0", argv.empty() ? path : argv.front(), "--", path});
  if (argv.size() > 1) out.insert(out.end(), argv.begin() + 1, argv.end());
  return out;
}

void close_on_exec(std::initializer_list<int> keep) {
  std::vector<int> doomed;
  auto consider = [&](int fd) {
    if (FdTable::is_private(fd) || std::find(keep.begin(), keep.end(), fd) != keep.end()) return;
    const int flags = fcntl(fd, F_GETFD);
    if (flags >= 0 && (flags & FD_CLOEXEC) != 0) doomed.push_back(fd);
  };
  if (const auto fds = numbered_entries("/proc/self/fd")) {
    std::ranges::for_each(*fds, consider);
  } else {
    for (int fd = 0; fd < 1024; ++fd) consider(fd);
  }
  for (const int fd : doomed) close(fd);
}

/// FreeBSD sys/kern/kern_sig.c execsigs(): caught signals go back to their default, ignored ones
/// stay ignored, the alternate stack is gone.
void reset_signals(Task& t) {
  Process& process = t.process();
  for (int s = 1; s <= process.personality().signal_count(); ++s) {
    if (process.action(s).kind == SignalAction::Kind::handler) {
      process.set_action(s, SignalAction{});
    }
  }
  t.altstack() = AltStack{};
}

}  // namespace

void set_process_name(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  prctl(PR_SET_NAME, path.c_str() + (slash == std::string::npos ? 0 : slash + 1));
}

Expected<void> Task::exec(const std::string& path, int host_fd, std::vector<std::string> argv,
                          const std::vector<std::string>& envp) {
  Process& process = *process_;
  auto target = find_program(process.paths(), process.plugins(), path, host_fd, std::move(argv));
  if (!target) {
    log(Log::loader, target.error().message);
    return host_error(target.error().host_errno);
  }
  const bool in_place = target->machine == &process.machine() &&
                        target->elf.os == process.personality().os() &&
                        !ProcessAccess(process).shares_memory();
  if (auto r = process.personality().may_exec(*target, in_place); !r) return r;
  if (target->machine == nullptr) {
    return host_exec(*this, target->file.get(), target->argv, envp);
  }
  if (!in_place) {
    const OutsideRoot outside;
    return host_exec(*this, self_executable_fd(),
                     emulate_arguments(process.options(), target->guest_path, target->argv), envp);
  }
  const ProcessAccess access(process);
  if (!access.become_single(*this)) return host_error(EINTR);
  // From here on there is no way back.
  release_vfork_parent(process, VforkChild::executes);
  process.fds().before_exec();
  close_on_exec({target->file.get(), target->interpreter_file.get()});
  reset_signals(*this);
  const AddressSpace::Limits limits = process.memory().limits();
  process.memory().reset(limits);
  process.engine().exec_reset(*cpu_);
  name.clear();
  process.personality().after_exec(*this);
  if (auto r = boot_image(*this, *target, envp); !r) {
    std::fprintf(stderr, "emulate: %s\n", r.error().message.c_str());
    die_by_signal(process.personality().signal_to_guest(SIGABRT));
  }
  return {};
}

}  // namespace emulate
