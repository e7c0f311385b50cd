#pragma once

/// What a kqueue watches: a knote per (filter, identifier), and the filters that know how. Names
/// and rules follow FreeBSD sys/kern/kern_event.c, so that the two can be read side by side.

#include <cstdint>
#include <list>
#include <memory>

#include "host/os/freebsd/abi/event.h"
#include "host/thunk/result.h"

namespace emulate::freebsd {

class Kqueue;
class Filter;
struct FdWatch;

/// What a filter remembers about a knote.
struct KnoteState {
  virtual ~KnoteState() = default;
};

struct Knote {
  Kevent event;  ///< kn_kevent: what is reported
  const Filter* filter = nullptr;
  std::uint32_t sfflags = 0;  ///< fflags and data as the program gave them
  std::int64_t sdata = 0;

  bool active = false;  ///< something happened that has not been reported
  bool disabled = false;
  bool forced = false;  ///< EV_FORCEONESHOT: reported whatever the filter says
  bool queued = false;  ///< stands in the kqueue's list, at `place`
  std::list<Knote*>::iterator place;

  FdWatch* watch = nullptr;    ///< the host descriptor that tells of it, if one does
  std::uint32_t interest = 0;  ///< EPOLL* bits
  std::uint32_t seen = 0;      ///< EPOLL* bits found, valid in the scan `seen_scan`
  std::uint64_t seen_scan = 0;

  std::unique_ptr<KnoteState> state;

  bool has(std::uint16_t flag) const { return (event.flags & flag) != 0; }
};

/// struct filterops. All functions are called with the kqueue locked.
class Filter {
 public:
  /// The number that stands in the kqueue's order, EVFILT_* but for notes beside others.
  virtual int order(int filter) const { return filter; }
  /// The identifier is a descriptor.
  virtual bool is_fd() const { return false; }
  /// f_attach: a new knote, its event without fflags and data.
  virtual Expected<void> attach(Kqueue& kq, Knote& kn) const = 0;
  /// f_detach. Its descriptor watch is released by the kqueue.
  virtual void detach(Kqueue& kq, Knote& kn) const {
    (void)kq;
    (void)kn;
  }
  /// f_event without a hint: is there something to report? Brings data, fflags and flags up to
  /// date.
  virtual bool ready(Kqueue& kq, Knote& kn) const = 0;
  /// f_touch(EVENT_REGISTER): a change for a knote that exists.
  virtual void change(Kqueue& kq, Knote& kn, const Kevent& change) const {
    (void)kq;
    kn.sfflags = change.fflags;
    kn.sdata = change.data;
  }
  /// f_touch(EVENT_PROCESS): what is reported.
  virtual Kevent report(Knote& kn) const { return kn.event; }
  /// After a report of an EV_CLEAR knote.
  virtual void clear(Knote& kn) const {
    kn.event.data = 0;
    kn.event.fflags = 0;
  }

 protected:
  ~Filter() = default;
};

/// For knotes of EVFILT_PROC: `child` has not been told of before; the process has ended.
bool first_news_of(Knote& kn, int child);
void process_exited(Knote& kn, int status);

/// nullptr for numbers that are no filter.
const Filter* find_filter(int number);

// One per file; AIO's are in ../aio/filters.cpp.
extern const Filter& kAioFilter;
extern const Filter& kLioFilter;
extern const Filter& kReadFilter;
extern const Filter& kWriteFilter;
extern const Filter& kVnodeFilter;
extern const Filter& kProcFilter;
extern const Filter& kChildNoticeFilter;
extern const Filter& kProcdescFilter;
extern const Filter& kSignalFilter;
extern const Filter& kTimerFilter;
extern const Filter& kUserFilter;

}  // namespace emulate::freebsd
