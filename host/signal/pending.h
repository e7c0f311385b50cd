#pragma once

/// Queue of signals waiting to be delivered. Not thread-safe: its owner locks.

#include <cstddef>
#include <deque>
#include <optional>

#include "host/signal/guest_signal.h"

namespace emulate {

class PendingSignals {
 public:
  /// Queues. A signal below `first_realtime` that is already pending keeps its first instance
  /// (unless this one is synchronous, which replaces it). When `most` wait already, false for what
  /// must not be lost; of others that are alike one instance is kept.
  bool push(const GuestSignal& signal, int first_realtime, std::size_t most = 1024);
  /// Puts back what was taken: it is the next of its number.
  void put_back(const GuestSignal& signal);
  /// Takes the pending signal in `allowed` that is delivered first: synchronous ones, then the
  /// lowest number, in order of arrival.
  std::optional<GuestSignal> take(const SignalSet& allowed);
  /// The same without taking it.
  const GuestSignal* peek(const SignalSet& allowed) const;
  void drop(int signo);
  void clear() {
    queue_.clear();
    set_ = {};
  }
  const SignalSet& set() const { return set_; }

 private:
  std::deque<GuestSignal> queue_;
  SignalSet set_;
};

}  // namespace emulate
