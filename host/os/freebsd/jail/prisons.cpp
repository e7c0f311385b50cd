#include "host/os/freebsd/jail/prisons.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include <fmt/format.h>

#include "host/os/freebsd/host_processes.h"
#include "host/task/fd_table.h"

namespace emulate::freebsd {
namespace {

constexpr const char* kList = "/dev/shm/emulate-jails";

Prison& own() {
  static Prison prison;
  return prison;
}

/// The namespace of host names that a process is in; 0 when that cannot be seen.
std::uint64_t uts_of(int pid) {
  struct stat st {};
  return stat(fmt::format("/proc/{}/ns/uts", pid).c_str(), &st) == 0 ? st.st_ino : 0;
}

}  // namespace

Prisons::Prisons() {
  // Others may read what the superuser writes down.
  fd_ = FdTable::make_private(open(kList, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (fd_ < 0) fd_ = FdTable::make_private(open(kList, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat st {};
  if (fd_ < 0 || flock(fd_, LOCK_EX) != 0 || fstat(fd_, &st) != 0) {
    error_ = errno;
    return;
  }
  // Nobody else's list is believed.
  if (st.st_uid != 0 && st.st_uid != geteuid()) {
    error_ = EPERM;
    return;
  }
  all_.resize(static_cast<std::size_t>(st.st_size) / sizeof(Prison));
  const auto bytes = static_cast<ssize_t>(all_.size() * sizeof(Prison));
  if (pread(fd_, all_.data(), static_cast<std::size_t>(bytes), 0) != bytes) all_.clear();
  std::set<std::uint64_t> inhabited;
  for (const int pid : host_pids()) inhabited.insert(uts_of(pid));
  std::erase_if(all_,
                [&](const Prison& p) { return p.persist == 0 && !inhabited.contains(p.uts); });
}

Prisons::~Prisons() {
  if (fd_ >= 0) close(fd_);
}

Prison* Prisons::by_id(int id) {
  const auto it = std::ranges::find(all_, id, &Prison::id);
  return it == all_.end() ? nullptr : &*it;
}

Prison* Prisons::by_name(std::string_view name) {
  const auto it =
      std::ranges::find_if(all_, [&](const Prison& p) { return p.name.view() == name; });
  return it == all_.end() ? nullptr : &*it;
}

int Prisons::free_id() const {
  int id = 0;
  for (const Prison& p : all_) id = std::max(id, p.id);
  return id + 1;
}

Expected<void> Prisons::save() {
  const std::size_t bytes = all_.size() * sizeof(Prison);
  if (pwrite(fd_, all_.data(), bytes, 0) != static_cast<ssize_t>(bytes) ||
      ftruncate(fd_, static_cast<off_t>(bytes)) != 0) {
    return host_error(errno);
  }
  return {};
}

const Prison& own_prison() { return own(); }

std::vector<int> prisoners(const Prison& prison) {
  std::vector<int> pids = host_pids();
  std::erase_if(pids, [&](int pid) { return prison.uts == 0 || uts_of(pid) != prison.uts; });
  return pids;
}

Expected<void> enter_prison(Prison& prison) {
  const std::vector<int> inside = prisoners(prison);
  if (inside.empty()) {
    if (unshare(CLONE_NEWUTS) != 0) return host_error(EPERM);
    prison.uts = uts_of(getpid());
    const std::string_view name = prison.hostname.view();
    if (!name.empty()) (void)sethostname(name.data(), std::min<std::size_t>(name.size(), 64));
  } else {
    const int fd = FdTable::make_private(
        open(fmt::format("/proc/{}/ns/uts", inside.front()).c_str(), O_RDONLY | O_CLOEXEC));
    const bool entered = fd >= 0 && setns(fd, CLONE_NEWUTS) == 0;
    if (fd >= 0) close(fd);
    if (!entered) return host_error(EPERM);
  }
  own() = prison;
  return {};
}

}  // namespace emulate::freebsd
