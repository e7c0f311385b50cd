#include "host/task/fd_table.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace emulate {
namespace {

/// emulate's own descriptors start here. Low enough that the host kernel's table, which fork
/// copies up to the highest open descriptor, stays small.
constexpr int kPrivateBase = 32000;
constexpr int kPrivateRoom = 8192;
constexpr int kLeastPrivateRoom = 512;

rlimit original{};

int choose_private_base() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kPrivateBase;
  original = limit;
  const rlim_t wanted = std::min<rlim_t>(limit.rlim_max, kPrivateBase + kPrivateRoom);
  if (limit.rlim_cur < wanted) {
    limit.rlim_cur = wanted;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  // Of a smaller hard limit a third.
  const int all = static_cast<int>(wanted);
  return std::max(all - std::clamp(all / 3, kLeastPrivateRoom, kPrivateRoom), 64);
}

/// Makes room for emulate's descriptors while it lives: the guest may have set itself a lower
/// limit.
class LimitRaised {
 public:
  LimitRaised() {
    if (getrlimit(RLIMIT_NOFILE, &limit_) != 0) return;
    const rlimit raised{limit_.rlim_max, limit_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &raised);
  }
  ~LimitRaised() {
    const int error = errno;
    setrlimit(RLIMIT_NOFILE, &limit_);
    errno = error;
  }
  LimitRaised(const LimitRaised&) = delete;
  LimitRaised& operator=(const LimitRaised&) = delete;

 private:
  rlimit limit_{};
};

}  // namespace

int FdTable::private_base() {
  static const int base = choose_private_base();
  return base;
}

void FdTable::restore_limit() {
  rlimit now{};
  private_base();
  if (getrlimit(RLIMIT_NOFILE, &now) != 0) return;
  // What the guest lowered stays as it is.
  now.rlim_cur = std::min({original.rlim_cur, now.rlim_cur, now.rlim_max});
  setrlimit(RLIMIT_NOFILE, &now);
}

std::uint64_t FdTable::original_limit() {
  private_base();
  return original.rlim_cur;
}

int FdTable::make_private(int fd) {
  if (fd < 0) return -1;
  int high = fcntl(fd, F_DUPFD_CLOEXEC, private_base());
  if (high < 0 && errno == EINVAL) {
    const LimitRaised raised;
    high = fcntl(fd, F_DUPFD_CLOEXEC, private_base());
  }
  const int error = errno;
  close(fd);
  errno = error;
  return high;
}

bool FdTable::is_private(int fd) { return fd >= private_base(); }

void FdTable::attach(int fd, std::shared_ptr<FdObject> object) {
  const std::lock_guard lock(mutex_);
  objects_[fd] = std::move(object);
}

std::shared_ptr<FdObject> FdTable::find(int fd) const {
  const std::lock_guard lock(mutex_);
  const auto it = objects_.find(fd);
  return it == objects_.end() ? nullptr : it->second;
}

namespace {

/// Objects are destroyed outside of the lock: their destructors may close descriptors.
template <class Map, class Gone>
void take_if(Map& objects, Gone gone, std::vector<std::shared_ptr<FdObject>>& out) {
  for (auto it = objects.begin(); it != objects.end();) {
    if (gone(*it)) {
      out.push_back(std::move(it->second));
      it = objects.erase(it);
    } else {
      ++it;
    }
  }
}

}  // namespace

void FdTable::closed(int fd) { closed_range(fd, fd); }

void FdTable::closed_range(int first, int last) {
  std::vector<std::shared_ptr<FdObject>> gone;
  std::vector<std::shared_ptr<FdObject>> others;
  {
    const std::lock_guard lock(mutex_);
    take_if(
        objects_, [&](auto& e) { return e.first >= first && e.first <= last; }, gone);
    for (const auto& [fd, object] : objects_) others.push_back(object);
  }
  for (const auto& object : others) object->descriptors_closed(first, last);
}

void FdTable::duplicated(int from, int to) {
  std::shared_ptr<FdObject> replaced;
  const std::lock_guard lock(mutex_);
  if (const auto old = objects_.find(to); old != objects_.end()) {
    replaced = std::move(old->second);
    objects_.erase(old);
  }
  if (const auto it = objects_.find(from); it != objects_.end()) objects_[to] = it->second;
}

void FdTable::copy_from(const FdTable& other) {
  const std::scoped_lock lock(mutex_, other.mutex_);
  objects_ = other.objects_;
}

void FdTable::after_fork_child() {
  std::vector<std::shared_ptr<FdObject>> gone;
  const std::lock_guard lock(mutex_);
  for (const auto& [fd, object] : objects_) {
    if (!object->survives_fork()) close(fd);
  }
  take_if(
      objects_, [](auto& e) { return !e.second->survives_fork(); }, gone);
}

void FdTable::before_exec() {
  std::vector<std::shared_ptr<FdObject>> gone;
  const std::lock_guard lock(mutex_);
  take_if(
      objects_,
      [](auto& e) {
        const int flags = fcntl(e.first, F_GETFD);
        return flags < 0 || (flags & FD_CLOEXEC) != 0;
      },
      gone);
}

}  // namespace emulate
