#pragma once

/// Ranges of changed code waiting for the thread that owns a translator. Any thread adds; the
/// owner takes them between two runs.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

namespace emulate::arm {

class InvalidationQueue {
 public:
  void add(std::uint64_t start, std::uint64_t length) {
    const std::lock_guard lock(mutex_);
    if (ranges_.size() >= kMaxRanges) {
      all_ = true;
      ranges_.clear();
    }
    if (!all_) ranges_.emplace_back(start, length);
    pending_.store(true, std::memory_order_release);
  }
  void add_all() {
    const std::lock_guard lock(mutex_);
    all_ = true;
    ranges_.clear();
    pending_.store(true, std::memory_order_release);
  }

  /// Applies what is queued to `core` (invalidate(start, length), invalidate_all()).
  template <class CoreT>
  void drain(CoreT& core) {
    if (!pending_.load(std::memory_order_acquire)) return;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
    bool all = false;
    {
      const std::lock_guard lock(mutex_);
      ranges.swap(ranges_);
      all = std::exchange(all_, false);
      pending_.store(false, std::memory_order_relaxed);
    }
    if (all) {
      core.invalidate_all();
      return;
    }
    for (const auto& [start, length] : ranges) core.invalidate(start, length);
  }

 private:
  /// More separate ranges than this cost more to look up than starting afresh.
  static constexpr std::size_t kMaxRanges = 256;

  std::mutex mutex_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges_;
  bool all_ = false;
  std::atomic<bool> pending_ = false;
};

}  // namespace emulate::arm
