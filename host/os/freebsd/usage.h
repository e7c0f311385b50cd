#pragma once

/// What getrusage(2) tells and the host does not count: messages over sockets (ru_msgsnd,
/// ru_msgrcv: the calls that move messages, and AIO) and signals that were caught (ru_nsignals).

#include <atomic>
#include <cstdint>

namespace emulate::freebsd {

struct UsageCounts {
  std::atomic<std::int64_t> sent = 0;
  std::atomic<std::int64_t> received = 0;
  std::atomic<std::int64_t> signals = 0;
};

inline UsageCounts process_usage;
inline thread_local UsageCounts thread_usage;

template <std::atomic<std::int64_t> UsageCounts::*Count>
void count_usage() {
  (process_usage.*Count).fetch_add(1, std::memory_order_relaxed);
  (thread_usage.*Count).fetch_add(1, std::memory_order_relaxed);
}

/// A process starts with none.
inline void forget_usage() {
  for (UsageCounts* u : {&process_usage, &thread_usage}) {
    u->sent = 0;
    u->received = 0;
    u->signals = 0;
  }
}

}  // namespace emulate::freebsd
