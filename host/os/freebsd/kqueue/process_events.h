#pragma once

/// What processes tell those who watch them with EVFILT_PROC: that they forked, executed a program,
/// ended.
///
/// A watcher binds a socket to a name made of the watched process's number; every guest process
/// writes to the few names that watchers of it could have taken, and to those of its ancestors that
/// were heard (NOTE_TRACK). A name that nobody has taken costs one refused call.

#include <cstdint>
#include <map>

#include "host/os/freebsd/kqueue/knote.h"

namespace emulate::freebsd {

/// A kqueue's ears.
class ProcessEvents {
 public:
  ProcessEvents() = default;
  ProcessEvents(const ProcessEvents&) = delete;
  ProcessEvents& operator=(const ProcessEvents&) = delete;
  ~ProcessEvents();

  /// Starts to listen to `pid`. Nothing happens when all names are taken.
  void listen(Kqueue& kq, int pid);
  void stop(int pid);
  /// Something was said.
  void collect(Kqueue& kq);

 private:
  int epoll_ = -1;
  std::map<int, int> sockets_;  ///< process to socket
};

/// The parent's side of a fork, once the child exists; then the child's own.
void announce_fork(int child);
void announce_birth();
void announce_exec();
/// With its wait status.
void announce_exit(int status);

}  // namespace emulate::freebsd
