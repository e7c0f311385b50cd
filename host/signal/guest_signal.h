#pragma once

/// Signals in the guest OS's own numbers, neutral of its layouts.

#include <cstdint>

#include "emulate/types.h"

namespace emulate {

/// What a signal that waits or is delivered says. Numbers and codes are the guest OS's own; the
/// personality converts from the host's siginfo_t once, when the signal is caught.
struct GuestSignal {
  int signo = 0;
  int code = 0;
  int error = 0;
  std::int32_t pid = 0;
  std::uint32_t uid = 0;
  std::int32_t status = 0;
  GuestAddr address;        ///< si_addr
  std::uint64_t value = 0;  ///< si_value
  std::int32_t timer_id = 0;
  std::int32_t overrun = 0;
  std::int64_t band = 0;
  std::int32_t fd = -1;        ///< Linux si_fd
  std::int64_t user_time = 0;  ///< Linux si_utime, si_stime
  std::int64_t system_time = 0;
  std::int32_t trap_number = 0;
  bool synchronous = false;      ///< raised by the guest's own instruction
  bool timer = false;            ///< of the timer `timer_id`: waits at most once
  bool thread_directed = false;  ///< for one thread (thr_kill), not for the process
  bool queued = false;           ///< sigqueue(2): refused rather than lost
  bool told = false;             ///< the debugger has seen it, or sends it itself (ptrace)
};

/// A set of guest signals 1 to 128; bit signo-1.
struct SignalSet {
  std::uint64_t bits[2] = {0, 0};
  bool has(int signo) const { return (bits[(signo - 1) / 64] >> ((signo - 1) % 64)) & 1; }
  void add(int signo) { bits[(signo - 1) / 64] |= 1ULL << ((signo - 1) % 64); }
  void remove(int signo) { bits[(signo - 1) / 64] &= ~(1ULL << ((signo - 1) % 64)); }
  bool empty() const { return (bits[0] | bits[1]) == 0; }
  static SignalSet all() { return {{~0ULL, ~0ULL}}; }
  SignalSet operator|(const SignalSet& o) const {
    return {{bits[0] | o.bits[0], bits[1] | o.bits[1]}};
  }
  SignalSet operator&(const SignalSet& o) const {
    return {{bits[0] & o.bits[0], bits[1] & o.bits[1]}};
  }
  SignalSet operator~() const { return {{~bits[0], ~bits[1]}}; }
  bool operator==(const SignalSet&) const = default;
};

/// What a guest set with sigaction(2).
struct SignalAction {
  enum class Kind : std::uint8_t { default_, ignore, handler } kind = Kind::default_;
  GuestAddr handler;
  GuestAddr restorer;       ///< Linux sa_restorer
  std::uint64_t flags = 0;  ///< Linux sa_flags, to be shown again
  SignalSet mask;
  bool siginfo = false;
  bool on_stack = false;
  bool restart = false;
  bool reset_hand = false;
  bool no_defer = false;
  bool no_child_stop = false;
  bool no_child_wait = false;
};

/// What happens when nothing was set.
enum class DefaultAction : std::uint8_t { terminate, core, ignore, stop, resume };

/// Told of every signal that is sent to the process, blocked or not, once it has been queued or
/// dropped (EVFILT_SIGNAL, signalfd). Called from ordinary context, not from a signal handler.
class SignalObserver {
 public:
  virtual void signal_posted(int signo) = 0;

 protected:
  ~SignalObserver() = default;
};

}  // namespace emulate
