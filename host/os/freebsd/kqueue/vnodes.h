#pragma once

/// All vnodes of a kqueue on one inotify descriptor.

#include <map>
#include <vector>

#include "host/os/freebsd/kqueue/knote.h"

namespace emulate::freebsd {

class Vnodes {
 public:
  Vnodes() = default;
  Vnodes(const Vnodes&) = delete;
  Vnodes& operator=(const Vnodes&) = delete;
  ~Vnodes();

  /// Watches the file open on descriptor `fd` for inotify events `mask`.
  Expected<void> add(Kqueue& kq, Knote& kn, int fd, std::uint32_t mask);
  void remove(Knote& kn);
  /// The inotify descriptor is readable: hands every event to the knotes it concerns.
  void collect(Kqueue& kq);

 private:
  struct Member {
    Knote* knote;
    std::uint32_t mask;
  };

  int fd_ = -1;
  /// By watch descriptor. inotify has one per file, whatever the number of descriptors.
  std::multimap<int, Member> members_;
};

/// Takes an inotify event into account; true when the knote has to be looked at.
bool vnode_event(Knote& kn, std::uint32_t inotify_mask);

}  // namespace emulate::freebsd
