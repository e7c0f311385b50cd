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
#include "host/task/host_files.h"

namespace emulate::freebsd {
namespace {

constexpr const char* kList = "/dev/shm/emulate-prisons";

/// The namespace of host names that a process is in; 0 when that cannot be seen.
std::uint64_t uts_of(int pid) {
  const int fd = open_host_file(fmt::format("/proc/{}/ns/uts", pid), O_PATH);
  if (fd < 0) return 0;
  struct stat st {};
  const bool known = fstat(fd, &st) == 0;
  close(fd);
  return known ? st.st_ino : 0;
}

/// Nobody else's list is believed.
bool is_trusted(const struct stat& st) { return st.st_uid == 0 || st.st_uid == geteuid(); }

std::vector<Prison> read_list(int fd, const struct stat& st) {
  std::vector<Prison> all(static_cast<std::size_t>(st.st_size) / sizeof(Prison));
  const auto bytes = static_cast<ssize_t>(all.size() * sizeof(Prison));
  if (pread(fd, all.data(), static_cast<std::size_t>(bytes), 0) != bytes) all.clear();
  return all;
}

/// The list as it is now, for those who only look.
std::vector<Prison> shared_list() {
  const int fd = open_host_file(kList, O_NOFOLLOW);
  if (fd < 0) return {};
  struct stat st {};
  std::vector<Prison> all;
  if (fstat(fd, &st) == 0 && is_trusted(st)) all = read_list(fd, st);
  close(fd);
  return all;
}

/// The jail with this namespace; id 0 when there is none.
Prison find(const std::vector<Prison>& all, std::uint64_t uts) {
  const auto it = std::ranges::find(all, uts, &Prison::uts);
  return uts == 0 || it == all.end() ? Prison() : *it;
}

/// The own jail as this process has last seen it. A program may have been started inside; where no
/// jails are, nothing more is asked.
Prison& own() {
  static Prison prison = [] {
    const std::vector<Prison> all = shared_list();
    return all.empty() ? Prison() : find(all, uts_of(getpid()));
  }();
  return prison;
}

}  // namespace

Prisons::Prisons() {
  // Others may read what the superuser writes down.
  fd_ = open_host_file(kList, O_RDWR | O_CREAT | O_NOFOLLOW, 0644);
  if (fd_ < 0) fd_ = open_host_file(kList, O_NOFOLLOW);
  struct stat st {};
  if (fd_ < 0 || flock(fd_, LOCK_EX) != 0 || fstat(fd_, &st) != 0) {
    error_ = errno;
    return;
  }
  if (!is_trusted(st)) {
    error_ = EPERM;
    return;
  }
  all_ = read_list(fd_, st);
  std::set<std::uint64_t> inhabited;
  for (const int pid : all_host_pids()) inhabited.insert(uts_of(pid));
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

int Prison::namespaces() const {
  const bool ipc = std::ranges::find(sysv, std::int32_t{kJailNew}) != sysv.end();
  return CLONE_NEWUTS | (ipc ? CLONE_NEWIPC : 0) | (vnet == kJailNew ? CLONE_NEWNET : 0);
}

bool jailed() { return own().id != 0; }

Prison own_prison() {
  if (!jailed()) return {};
  const Prison now = find(shared_list(), own().uts);
  if (now.id != 0) own() = now;
  return own();
}

std::vector<int> prisoners(const Prison& prison) {
  std::vector<int> pids = all_host_pids();
  std::erase_if(pids, [&](int pid) { return prison.uts == 0 || uts_of(pid) != prison.uts; });
  return pids;
}

bool sees(int pid) { return !jailed() || pid <= 0 || pid == getpid() || uts_of(pid) == own().uts; }

namespace {

/// Into the namespaces of a process inside.
bool join(int pid, int namespaces) {
  static constexpr struct {
    int flag;
    const char* name;
  } kNames[] = {{CLONE_NEWUTS, "uts"}, {CLONE_NEWIPC, "ipc"}, {CLONE_NEWNET, "net"}};
  for (const auto& n : kNames) {
    if ((namespaces & n.flag) == 0) continue;
    const int fd = open_host_file(fmt::format("/proc/{}/ns/{}", pid, n.name), O_RDONLY);
    const bool entered = fd >= 0 && setns(fd, n.flag) == 0;
    if (fd >= 0) close(fd);
    if (!entered) return false;
  }
  return true;
}

}  // namespace

Expected<void> enter_prison(Prison& prison) {
  const std::vector<int> inside = prisoners(prison);
  if (!inside.empty()) {
    if (!join(inside.front(), prison.namespaces())) return host_error(EPERM);
  } else {
    if (unshare(prison.namespaces()) != 0) return host_error(EPERM);
    prison.uts = uts_of(getpid());
    const std::string_view name = prison.hostname.view();
    if (!name.empty()) (void)sethostname(name.data(), std::min<std::size_t>(name.size(), 64));
  }
  own() = prison;
  return {};
}

}  // namespace emulate::freebsd
