#pragma once

/// What capability mode and limits on descriptors forbid the program (FreeBSD
/// sys/kern/sys_capability.c). Kept by emulate: the host knows nothing of it.

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "host/os/freebsd/capsicum/rights.h"
#include "host/os/syscall_table.h"

namespace emulate::freebsd {

struct DescriptorLimits {
  CapRights rights = kCapAll;
  std::uint32_t fcntls = kCapFcntlAll;
  std::optional<std::vector<std::uint64_t>> ioctls;  ///< none: all

  bool unlimited() const {
    return rights == kCapAll && fcntls == kCapFcntlAll && !ioctls.has_value();
  }
};

class Capabilities {
 public:
  static Capabilities& instance();
  /// Something is forbidden: every call must be looked at.
  static bool active() { return active_.load(std::memory_order_relaxed); }

  bool in_mode() const { return in_mode_; }
  void enter_mode();
  DescriptorLimits limits(int fd) const;
  void limit(int fd, DescriptorLimits limits);
  /// `to` is a duplicate of `from`, or came out of it.
  void inherit(int from, int to);
  void closed(int first, int last);
  /// Forgets descriptors that are closed (after exec, in a forked child).
  void prune();

 private:
  Capabilities();
  static inline std::atomic<bool> active_ = false;
  std::atomic<bool> in_mode_ = false;
  mutable std::mutex mutex_;
  std::map<int, DescriptorLimits> limits_;
};

/// The answer to a call that is forbidden: ECAPMODE or ENOTCAPABLE.
std::optional<HostErrno> capability_check(Task& task, const SyscallRow& row,
                                          const SyscallRequest& request);
/// After a call: limits go where descriptors go.
void capability_follow(const SyscallRow& row, const SyscallRequest& request,
                       const SysResult& result);

}  // namespace emulate::freebsd
