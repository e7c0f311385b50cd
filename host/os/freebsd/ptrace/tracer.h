#pragma once

/// The debugger's side of ptrace(2): whom it traces, and what they have to tell (FreeBSD
/// sys/kern/sys_process.c kern_ptrace(), kern_exit.c kern_wait6()).

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "host/os/freebsd/abi/process.h"
#include "host/os/freebsd/ptrace/channel.h"
#include "host/task/debugging.h"

namespace emulate::freebsd {

class Tracer {
 public:
  static Tracer& instance();

  bool traces(int pid) const;
  Expected<void> attach(Task& task, int pid);
  /// Lets the process answer. EPERM when it is not traced, EBUSY when it does not stand still or
  /// nobody has waited for it yet. `pid` may be one of its threads.
  Expected<TraceReply> ask(int pid, TraceRequest request, const TraceBytes& in, TraceBytes& out);
  Expected<void> kill(int pid);

  void word_received(Task& task, int pid, TraceWord word, int number);
  void after_fork_child();
  /// What is debugged does not outlive its debugger.
  void ending();

  // --- wait(2) ---------------------------------------------------------------------------------
  struct Event {
    int pid = 0;
    int status = 0;  ///< the guest's
    bool trapped = false;
  };
  /// Something that a traced process of this description has to tell and nobody has heard.
  std::optional<Event> take_event(IdType type, std::int64_t id, bool keep);
  /// Traced processes of this description that are no children: the host's wait finds them not.
  /// Their pidfds.
  std::vector<int> strangers(IdType type, std::int64_t id) const;
  /// The host's wait has taken a child's end.
  void forget(int pid);

  // --- children that somebody else debugs ------------------------------------------------------
  /// Until `tracer` has seen the child's end, nothing of it is told here: it is an orphan of ours
  /// (FreeBSD p_orphans).
  void lend(int child, int tracer);
  bool is_lent(int child) const;
  /// Those of this description, and pidfds of their debuggers.
  std::map<int, int> lent(IdType type, std::int64_t id);

  /// A task that wait(2) blocks: told when there is something to take.
  class Waiting {
   public:
    explicit Waiting(int tid);
    ~Waiting();
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

   private:
    int tid_;
  };

 private:
  struct Traced {
    int socket = -1;
    int pidfd = -1;  ///< where it is no child
    bool attaching = false;
    int refused = 0;
    bool stopped = false;
    bool waited = false;
    std::optional<int> ended;  ///< the host's wait status
    bool gone = false;         ///< seen to have ended
    int signo = 0;             ///< that it stopped for
  };
  using Table = std::map<int, Traced>;

  Tracer() = default;
  Traced& entry(int pid);
  void drop(Table::iterator it);
  void take_back(Task& task, int child);
  Table::iterator find(int pid);

  mutable std::mutex mutex_;
  Table traced_;
  std::set<int> waiting_;
  std::map<int, int> lent_;  ///< child to its debugger's pidfd
};

}  // namespace emulate::freebsd
