#include "host/os/freebsd/capsicum/limits.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "host/os/freebsd/errno.h"
#include "host/os/path.h"
#include "host/os/path_guard.h"

namespace emulate::freebsd {
namespace {

/// namei() with NI_LCF_STRICTRELATIVE: nothing above the directory can be named, by whatever links.
Expected<void> stays_below(int directory, const std::string& path, bool follows) {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC | (follows ? 0U : unsigned{O_NOFOLLOW});
  how.resolve = RESOLVE_BENEATH;
  const long fd = syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how);
  if (fd >= 0) {
    close(static_cast<int>(fd));
    return {};
  }
  const bool unsure = errno == ENOSYS && path.find("..") != std::string::npos;
  if (errno == EXDEV || unsure) return host_error(kHostNotCapable);
  // What else is wrong with the path the call finds out itself.
  return {};
}

Expected<void> guard_path(Task&, Fd directory, const std::string& path, bool follows) {
  const Capabilities& c = Capabilities::instance();
  const bool at_cwd = directory == kAtFdcwd;
  if (c.in_mode()) {
    if (at_cwd) return host_error(kHostCapMode);
    if (path.starts_with('/')) return host_error(kHostNotCapable);
  } else if (at_cwd || path.starts_with('/') || c.limits(host(directory)).unlimited()) {
    return {};
  }
  return stays_below(host(directory), path, follows);
}

}  // namespace

Capabilities::Capabilities() {
  pthread_atfork([] { instance().mutex_.lock(); }, [] { instance().mutex_.unlock(); },
                 [] { instance().mutex_.unlock(); });
}

Capabilities& Capabilities::instance() {
  static Capabilities capabilities;
  return capabilities;
}

void Capabilities::enter_mode() {
  in_mode_ = true;
  set_path_guard(&guard_path);
  active_ = true;
}

DescriptorLimits Capabilities::limits(int fd) const {
  const std::scoped_lock lock(mutex_);
  const auto it = limits_.find(fd);
  return it == limits_.end() ? DescriptorLimits() : it->second;
}

void Capabilities::limit(int fd, DescriptorLimits limits) {
  {
    const std::scoped_lock lock(mutex_);
    limits_[fd] = std::move(limits);
  }
  set_path_guard(&guard_path);
  active_ = true;
}

void Capabilities::inherit(int from, int to) {
  const std::scoped_lock lock(mutex_);
  const auto it = limits_.find(from);
  if (it == limits_.end()) {
    limits_.erase(to);
  } else {
    limits_[to] = it->second;
  }
}

void Capabilities::closed(int first, int last) {
  const std::scoped_lock lock(mutex_);
  limits_.erase(limits_.lower_bound(first), limits_.upper_bound(last));
}

void Capabilities::prune() {
  const std::scoped_lock lock(mutex_);
  std::erase_if(limits_, [](const auto& e) { return fcntl(e.first, F_GETFD) < 0; });
}

}  // namespace emulate::freebsd
