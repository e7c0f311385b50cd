#include "host/os/freebsd/directory_positions.h"

#include <cerrno>

namespace emulate::freebsd {

std::int64_t DirectoryPositions::to_guest(std::int64_t host) {
  if (host < kFirst) return host;
  const std::lock_guard lock(mutex_);
  const auto next = kFirst + static_cast<std::int64_t>(hosts_.size());
  const auto [it, added] = guests_.try_emplace(host, next);
  if (added) hosts_.push_back(host);
  return it->second;
}

Expected<std::int64_t> DirectoryPositions::to_host(std::int64_t guest) const {
  if (guest < kFirst) return guest;
  const std::lock_guard lock(mutex_);
  const auto index = static_cast<std::uint64_t>(guest - kFirst);
  if (index >= hosts_.size()) return host_error(EINVAL);
  return hosts_[index];
}

}  // namespace emulate::freebsd
