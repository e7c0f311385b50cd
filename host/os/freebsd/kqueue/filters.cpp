/// The filters that need no descriptor of the guest's, and the table of all.

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstring>
#include <set>

#include <fmt/format.h>

#include "host/os/freebsd/kqueue/kqueue.h"
#include "host/os/freebsd/signal_tables.h"

namespace emulate::freebsd {
namespace {

// --- EVFILT_USER ---------------------------------------------------------------------------------

struct UserState final : KnoteState {
  bool triggered = false;
};

class UserFilter final : public Filter {
 public:
  /// As in the kernel, NOTE_TRIGGER in the change that adds does not trigger.
  Expected<void> attach(Kqueue&, Knote& kn) const override {
    kn.state = std::make_unique<UserState>();
    return {};
  }
  bool ready(Kqueue&, Knote& kn) const override { return state(kn).triggered; }
  void change(Kqueue&, Knote& kn, const Kevent& change) const override {
    if ((change.fflags & kNOTE_TRIGGER) != 0) state(kn).triggered = true;
    const std::uint32_t operand = change.fflags & kNOTE_FFLAGSMASK;
    switch (change.fflags & kNOTE_FFCTRLMASK) {
      case kNOTE_FFAND:
        kn.sfflags &= operand;
        break;
      case kNOTE_FFOR:
        kn.sfflags |= operand;
        break;
      case kNOTE_FFCOPY:
        kn.sfflags = operand;
        break;
      default:
        break;
    }
    kn.sdata = change.data;
    if ((change.flags & kEV_CLEAR) != 0) clear(kn);
  }
  Kevent report(Knote& kn) const override {
    Kevent e = kn.event;
    e.fflags = kn.sfflags;
    e.data = kn.sdata;
    return e;
  }
  void clear(Knote& kn) const override {
    state(kn).triggered = false;
    Filter::clear(kn);
  }

 private:
  static UserState& state(Knote& kn) { return static_cast<UserState&>(*kn.state); }
};

// --- EVFILT_SIGNAL -------------------------------------------------------------------------------

class SignalFilter final : public Filter {
 public:
  Expected<void> attach(Kqueue&, Knote& kn) const override {
    kn.event.flags |= kEV_CLEAR;
    return {};
  }
  bool ready(Kqueue&, Knote& kn) const override { return kn.event.data != 0; }
};

// --- EVFILT_PROC, EVFILT_PROCDESC -------------------------------------------------------------

/// The wait status of an ended process without reaping it; 0 when it is not our child or has been
/// reaped. __WALL: children of pdfork(2) send no signal.
int exit_status(int pidfd) {
  siginfo_t info{};
  if (waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED | WNOWAIT | WNOHANG | __WALL) != 0 ||
      info.si_pid == 0) {
    return 0;
  }
  constexpr int kCore = 0x80;
  const int status = info.si_code == CLD_EXITED   ? (info.si_status & 0xff) << 8
                     : info.si_code == CLD_DUMPED ? info.si_status | kCore
                                                  : info.si_status;
  return wait_status_to_guest(status);
}

struct ProcState final : KnoteState {
  std::set<int> children;  ///< whose fork was told once
  bool ended = false;      ///< it said so itself
  int status = 0;          ///< then its wait status
  bool listens = false;
};

/// The process is gone: filt_proc() and procdesc_kqops_event() with NOTE_EXIT.
bool exit_ready(Kqueue& kq, Knote& kn) {
  const bool over = kn.has(kEV_EOF);
  const auto* state = dynamic_cast<const ProcState*>(kn.state.get());
  const bool told = state != nullptr && state->ended;
  if (!over && !told && (kn.seen | kq.poll_now(kn)) == 0) return kn.event.fflags != 0;
  if (!over) {
    kn.event.flags |= kEV_EOF | kEV_ONESHOT;
    if ((kn.sfflags & kNOTE_EXIT) != 0) {
      kn.event.fflags |= kNOTE_EXIT;
      kn.event.data = told ? state->status : exit_status(kn.watch->fd);
    }
    if (kn.event.fflags == 0) kn.event.flags |= kEV_DROP;
  }
  return true;
}

class ProcFilter final : public Filter {
 public:
  Expected<void> attach(Kqueue& kq, Knote& kn) const override {
    if (kn.event.ident > INT_MAX) return host_error(ESRCH);
    // A tracked child, which tells by its ancestor's socket and may be gone already.
    const bool tracked = kn.has(kEV_FLAG1);
    kn.event.flags &= static_cast<std::uint16_t>(~kEV_FLAG1);
    const auto pid = static_cast<pid_t>(kn.event.ident);
    const int raw = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    if (raw < 0 && !tracked) return host_error(errno == EINVAL ? ESRCH : errno);
    kn.event.flags |= kEV_CLEAR;
    auto state = std::make_unique<ProcState>();
    constexpr std::uint32_t kTold = kNOTE_FORK | kNOTE_EXEC | kNOTE_TRACK;
    if (!tracked && (kn.sfflags & kTold) != 0) {
      kq.process_events().listen(kq, pid);
      state->listens = true;
    }
    kn.state = std::move(state);
    if (raw < 0) return {};
    return kq.watch(kn, FdTable::make_private(raw), true, EPOLLIN, false);
  }
  void detach(Kqueue& kq, Knote& kn) const override {
    if (static_cast<const ProcState&>(*kn.state).listens) {
      kq.process_events().stop(static_cast<int>(kn.event.ident));
    }
  }
  bool ready(Kqueue& kq, Knote& kn) const override { return exit_ready(kq, kn); }
};

/// NOTE_CHILD, a note of its own beside that of the child's other events.
class ChildNoticeFilter final : public Filter {
 public:
  int order(int) const override { return -kEVFILT_SYSCOUNT - 1; }
  Expected<void> attach(Kqueue&, Knote& kn) const override {
    kn.event.flags &= static_cast<std::uint16_t>(~kEV_FLAG1);
    kn.event.flags |= kEV_ONESHOT | kEV_CLEAR;
    kn.event.fflags = kNOTE_CHILD;
    kn.event.data = kn.sdata;
    return {};
  }
  bool ready(Kqueue&, Knote&) const override { return true; }
};

bool is_procdesc(int fd) {
  char target[64] = {};
  const std::string path = fmt::format("/proc/self/fd/{}", fd);
  return readlink(path.c_str(), target, sizeof target - 1) > 0 &&
         std::strcmp(target, "anon_inode:[pidfd]") == 0;
}

class ProcdescFilter final : public Filter {
 public:
  bool is_fd() const override { return true; }
  Expected<void> attach(Kqueue& kq, Knote& kn) const override {
    const int fd = static_cast<int>(kn.event.ident);
    if (!is_procdesc(fd)) return host_error(EINVAL);
    kn.event.flags |= kEV_CLEAR;
    return kq.watch(kn, fd, false, EPOLLIN, false);
  }
  bool ready(Kqueue& kq, Knote& kn) const override { return exit_ready(kq, kn); }
};

// --- the others -------------------------------------------------------------------------------

/// Mounts do not change under a guest.
class SilentFilter final : public Filter {
 public:
  Expected<void> attach(Kqueue&, Knote& kn) const override {
    kn.event.flags |= kEV_CLEAR;
    return {};
  }
  bool ready(Kqueue&, Knote&) const override { return false; }
};

/// Filters whose knotes a program cannot add.
class RefusingFilter final : public Filter {
 public:
  constexpr RefusingFilter(int error, bool fd) : error_(error), fd_(fd) {}
  bool is_fd() const override { return fd_; }
  Expected<void> attach(Kqueue&, Knote&) const override { return host_error(error_); }
  bool ready(Kqueue&, Knote&) const override { return false; }

 private:
  int error_;
  bool fd_;
};

constexpr UserFilter kUser;
constexpr SignalFilter kSignal;
constexpr ProcFilter kProc;
constexpr ChildNoticeFilter kChildNotice;
constexpr ProcdescFilter kProcdesc;
constexpr SilentFilter kFilesystems;
constexpr RefusingFilter kNoDevice(ENXIO, false);
constexpr RefusingFilter kNotForFile(EINVAL, true);

}  // namespace

const Filter& kUserFilter = kUser;
const Filter& kSignalFilter = kSignal;
const Filter& kProcFilter = kProc;
const Filter& kChildNoticeFilter = kChildNotice;

bool first_news_of(Knote& kn, int child) {
  // Each fork is told twice.
  auto& children = static_cast<ProcState&>(*kn.state).children;
  if (children.erase(child) != 0) return false;
  children.insert(child);
  return true;
}

void process_exited(Knote& kn, int status) {
  auto& state = static_cast<ProcState&>(*kn.state);
  state.ended = true;
  state.status = status;
}
const Filter& kProcdescFilter = kProcdesc;

const Filter* find_filter(int number) {
  // By ~number: EVFILT_READ is first.
  static const std::array<const Filter*, kEVFILT_SYSCOUNT> filters{
      &kReadFilter,   &kWriteFilter, &kAioFilter,      &kVnodeFilter, &kProcFilter,
      &kSignalFilter, &kTimerFilter, &kProcdescFilter, &kFilesystems, &kLioFilter,
      &kUserFilter,   &kNoDevice,    &kNotForFile};
  const auto index = static_cast<std::size_t>(~number);
  return number < 0 && index < filters.size() ? filters[index] : nullptr;
}

}  // namespace emulate::freebsd
