#pragma once

/// kqueue(2) on the host's epoll.
///
/// The guest's descriptor is an epoll descriptor, so that poll, select and other kqueues can wait
/// for it. Sources the host has descriptors for are in the epoll set: watched descriptors, a
/// timerfd for all timers, an inotify descriptor for all vnodes, pidfds. What has happened and has
/// not been reported is in the list of queued knotes, as in the kernel; an eventfd in the set is
/// readable while that list is not empty. Level-triggered knotes on descriptors are not queued
/// again after a report: epoll, level-triggered too, tells of them again.

#include <sys/epoll.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "host/os/freebsd/kqueue/knote.h"
#include "host/os/freebsd/kqueue/process_events.h"
#include "host/os/freebsd/kqueue/timers.h"
#include "host/os/freebsd/kqueue/vnodes.h"
#include "host/task/task.h"

namespace emulate::freebsd {

/// A host descriptor in the epoll set and the knotes it serves.
struct FdWatch {
  int fd = -1;
  bool owned = false;  ///< closed with the watch: not the guest's
  bool edge = false;   ///< EPOLLET
  bool added = false;  ///< is in the set
  std::uint64_t id = 0;
  std::vector<Knote*> knotes;
};

class Kqueue final : public FdObject {
 public:
  /// A new kqueue on the lowest free descriptor, which is returned.
  static Expected<int> create(Task& task);
  ~Kqueue() override;

  bool survives_fork() const override { return false; }
  void descriptors_closed(int first, int last) override;

  /// kqueue_register(): one change. Host errno.
  Expected<void> change(Task& task, Kevent change);
  /// kqueue_scan(): reports at most `most` events (at least one), waiting for them until
  /// `deadline` (monotonic nanoseconds; none: for ever; 0: not at all).
  Expected<std::vector<Kevent>> scan(std::size_t most, std::optional<std::int64_t> deadline);
  /// A signal was sent to the process.
  void signal_posted(int signo);
  // What watched processes say (process_events.h). The lock is held.
  void process_forked(int parent, int child);
  void process_executed(int pid);
  void process_ended(int pid, int status);

  /// The knote of this filter and identifier, if there is one, may have something to report.
  void notify(int filter, std::uint64_t ident);
  /// What the knote watches is gone, and it with it.
  void forget(int filter, std::uint64_t ident);

  // --- for filters -------------------------------------------------------------------------------
  /// Puts a descriptor into the set for `kn`. `edge`: told once per change, not while it lasts.
  /// EPERM when the host cannot wait for it.
  Expected<void> watch(Knote& kn, int fd, bool owned, std::uint32_t interest, bool edge);
  /// Marks a knote as having something to report.
  void activate(Knote& kn);
  /// EPOLL* bits of the knote's descriptor now.
  std::uint32_t poll_now(const Knote& kn) const;
  Timers& timers() { return timers_; }
  Vnodes& vnodes() { return vnodes_; }
  ProcessEvents& process_events() { return process_events_; }
  /// Adds an internal source to the set; `source` is one of the reserved identifiers.
  void add_source(int fd, std::uint64_t source);
  Process& process() { return process_; }

  static constexpr std::uint64_t kWakeSource = 0;
  static constexpr std::uint64_t kTimerSource = 1;
  static constexpr std::uint64_t kVnodeSource = 2;
  static constexpr std::uint64_t kProcessSource = 3;
  static constexpr std::uint64_t kFirstWatch = 16;

 private:
  /// Descriptor filters first, in order of descriptor.
  struct Key {
    bool other;
    std::uint64_t ident;
    int filter;
    auto operator<=>(const Key&) const = default;
  };
  static Key key_of(const Filter& filter, const Kevent& e) {
    return {!filter.is_fd(), e.ident, filter.order(e.filter)};
  }

  explicit Kqueue(Process& process) : process_(process) {}
  bool open();

  Expected<void> add(const Filter& filter, Kevent change);
  Knote* find_process(int pid);
  void modify(Knote& kn, const Kevent& change);
  void settle(Knote& kn);
  void drop(Knote& kn);
  void enqueue(Knote& kn);
  void dequeue(Knote& kn);
  void set_disabled(Knote& kn, bool disabled);
  Expected<void> update(FdWatch& watch);
  void unwatch(Knote& kn);
  void make_edge(FdWatch& watch);
  /// The knote stays queued after a report, since nothing will tell of it again.
  bool sticky(const Knote& kn) const;
  void dispatch(std::span<const epoll_event> events);
  void deliver(std::size_t most, std::vector<Kevent>& out);
  /// Keeps the eventfd in step with the list.
  void update_wake();

  Process& process_;
  std::mutex mutex_;
  int epoll_ = -1;  ///< emulate's own duplicate of the guest's descriptor
  int wake_ = -1;
  bool awake_ = false;
  std::uint64_t next_id_ = kFirstWatch;
  std::uint64_t scan_ = 0;
  std::map<Key, std::unique_ptr<Knote>> knotes_;
  std::map<std::uint64_t, std::unique_ptr<FdWatch>> watches_;
  std::list<Knote*> queue_;
  Timers timers_;
  Vnodes vnodes_;
  ProcessEvents process_events_;
};

/// Makes `kq` learn of signals (EVFILT_SIGNAL). Call without its lock held.
void observe_signals(Process& process, const std::shared_ptr<Kqueue>& kq);

}  // namespace emulate::freebsd
