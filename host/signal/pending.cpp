#include "host/signal/pending.h"

#include <algorithm>

namespace emulate {
namespace {

/// Delivered earlier: a fault of the guest's own, then the lower number.
bool before(const GuestSignal& a, const GuestSignal& b) {
  if (a.synchronous != b.synchronous) return a.synchronous;
  return a.signo < b.signo;
}

/// Nobody misses one of two.
bool alike(const GuestSignal& a, const GuestSignal& b) {
  return a.signo == b.signo && a.code == b.code && a.pid == b.pid && a.value == b.value &&
         a.told == b.told;
}

template <class Queue>
auto first_of(Queue& queue, const SignalSet& allowed) {
  auto best = queue.end();
  for (auto it = queue.begin(); it != queue.end(); ++it) {
    if (allowed.has(it->signo) && (best == queue.end() || before(*it, *best))) best = it;
  }
  return best;
}

}  // namespace

bool PendingSignals::push(const GuestSignal& signal, int first_realtime, std::size_t most) {
  if (signal.timer) {
    // A timer has one signal waiting at most; it counts what it missed.
    for (GuestSignal& s : queue_) {
      if (!s.timer || s.timer_id != signal.timer_id || s.signo != signal.signo) continue;
      s.overrun += 1 + signal.overrun;
      return true;
    }
  }
  if (signal.signo < first_realtime && set_.has(signal.signo)) {
    if (!signal.synchronous) return true;
    drop(signal.signo);
  }
  if (queue_.size() >= most && !signal.told && !signal.synchronous) {
    if (signal.queued) return false;
    if (std::ranges::any_of(queue_, [&](const GuestSignal& s) { return alike(s, signal); })) {
      return true;
    }
  }
  queue_.push_back(signal);
  set_.add(signal.signo);
  return true;
}

void PendingSignals::put_back(const GuestSignal& signal) {
  queue_.push_front(signal);
  set_.add(signal.signo);
}

std::optional<GuestSignal> PendingSignals::take(const SignalSet& allowed) {
  if ((set_ & allowed).empty()) return std::nullopt;
  const auto it = first_of(queue_, allowed);
  if (it == queue_.end()) return std::nullopt;
  const GuestSignal signal = *it;
  queue_.erase(it);
  const bool more = std::any_of(queue_.begin(), queue_.end(),
                                [&](const GuestSignal& s) { return s.signo == signal.signo; });
  if (!more) set_.remove(signal.signo);
  return signal;
}

const GuestSignal* PendingSignals::peek(const SignalSet& allowed) const {
  if ((set_ & allowed).empty()) return nullptr;
  const auto it = first_of(queue_, allowed);
  return it == queue_.end() ? nullptr : &*it;
}

void PendingSignals::drop(int signo) {
  std::erase_if(queue_, [&](const GuestSignal& s) { return s.signo == signo; });
  set_.remove(signo);
}

}  // namespace emulate
