#pragma once

/// Which guest pages instructions were ever read from. Most munmap and mprotect calls touch none,
/// and then no translator needs to hear of them.

#include <cstdint>
#include <mutex>
#include <unordered_set>

namespace emulate::arm {

class CodePages {
 public:
  static constexpr std::uint64_t kPageSize = 4096;

  /// To be called before the page's bytes are read: a writer that changes them later then finds
  /// the page here, and one that changed them earlier has its bytes read.
  void add(std::uint64_t address) {
    const std::lock_guard lock(mutex_);
    pages_.insert(address / kPageSize);
  }

  bool intersects(std::uint64_t start, std::uint64_t length) const {
    if (length == 0) return false;
    const std::uint64_t first = start / kPageSize;
    const std::uint64_t last = (start + (length - 1)) / kPageSize;
    const std::lock_guard lock(mutex_);
    if (last - first >= pages_.size()) {
      for (const std::uint64_t page : pages_) {
        if (page >= first && page <= last) return true;
      }
      return false;
    }
    for (std::uint64_t page = first; page <= last; ++page) {
      if (pages_.contains(page)) return true;
    }
    return false;
  }

  void clear() {
    const std::lock_guard lock(mutex_);
    pages_.clear();
  }

  /// Around fork(2).
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }

 private:
  mutable std::mutex mutex_;
  std::unordered_set<std::uint64_t> pages_;
};

}  // namespace emulate::arm
