#include "host/os/freebsd/host_processes.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "host/os/freebsd/jail/prisons.h"
#include "host/task/fd_table.h"
#include "host/task/host_files.h"

namespace emulate::freebsd {
namespace {

void read_ids(int pid, HostProcess& p) {
  std::istringstream in = host_text(fmt::format("/proc/{}/status", pid));
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    std::string key;
    fields >> key;
    if (key == "Uid:") {
      for (auto& id : p.uid) fields >> id;
    } else if (key == "Gid:") {
      for (auto& id : p.gid) fields >> id;
    }
  }
}

std::string subtree_mark(int reaper) { return fmt::format("emulate-subtree-{}-", reaper); }

/// What the mark of a process tells; 0 where there is none, or nothing is open any more.
int read_mark(int pid, int reaper) {
  const std::string mark = "/memfd:" + subtree_mark(reaper);
  const std::string directory = fmt::format("/proc/{}/fd", pid);
  for (const int fd : numbered_entries(directory).value_or(std::vector<int>{})) {
    std::error_code gone;
    const std::string target =
        std::filesystem::read_symlink(fmt::format("{}/{}", directory, fd), gone);
    int subtree = 0;
    if (!target.starts_with(mark)) continue;
    std::from_chars(target.data() + mark.size(), target.data() + target.size(), subtree);
    return subtree;
  }
  return 0;
}

/// Whose subtree a child of a reaper came from: its own, or the one that its mark tells, or told
/// before it ended.
int subtree_of(const HostProcess& p, int reaper) {
  static std::mutex mutex;
  static std::map<std::pair<int, std::uint64_t>, int> seen;
  const std::pair key{p.pid, p.start_ticks};
  const int marked = read_mark(p.pid, reaper);
  const std::lock_guard lock(mutex);
  constexpr std::size_t kMost = 10'000;
  if (seen.size() > kMost) seen.clear();
  if (marked > 0) seen[key] = marked;
  const auto it = seen.find(key);
  return it == seen.end() ? p.pid : it->second;
}

}  // namespace

void mark_subtree(int reaper) {
  const std::string name = subtree_mark(reaper) + std::to_string(getpid());
  const int fd = FdTable::make_private(memfd_create(name.c_str(), MFD_CLOEXEC));
  if (fd >= 0) fcntl(fd, F_SETFD, 0);
}

std::optional<HostProcess> host_process(int pid) {
  if (!sees(pid)) return std::nullopt;
  const auto text = read_host_file(fmt::format("/proc/{}/stat", pid));
  if (!text) return std::nullopt;
  // The name may hold blanks and brackets; it ends at the last bracket.
  const std::size_t open = text->find('(');
  const std::size_t close = text->rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return std::nullopt;
  HostProcess p;
  p.pid = pid;
  p.name = text->substr(open + 1, close - open - 1);
  std::istringstream in(text->substr(close + 1));
  std::uint64_t skip = 0;
  std::int64_t skip_signed = 0;
  in >> p.state >> p.parent >> p.group >> p.session >> p.tty >> p.tty_group >> skip;
  in >> p.minor_faults >> skip >> p.major_faults >> skip >> p.user_ticks >> p.system_ticks;
  in >> skip_signed >> skip_signed >> skip_signed >> p.nice >> p.threads >> skip_signed;
  in >> p.start_ticks >> p.virtual_size >> p.resident_pages;
  read_ids(pid, p);
  return p;
}

bool host_process_exists(int id) { return sees(id) && (::kill(id, 0) == 0 || errno != ESRCH); }

std::vector<int> all_host_pids() { return numbered_entries("/proc").value_or(std::vector<int>{}); }

std::vector<int> host_pids() {
  std::vector<int> pids = all_host_pids();
  std::erase_if(pids, [](int pid) { return !sees(pid); });
  return pids;
}

std::optional<std::string> host_process_strings(int pid, const char* file) {
  return read_host_file(fmt::format("/proc/{}/{}", pid, file));
}

std::vector<HostDescendant> host_descendants(int ancestor) {
  std::multimap<int, HostProcess> children;
  for (const int pid : host_pids()) {
    if (const auto p = host_process(pid)) children.emplace(p->parent, *p);
  }
  std::vector<HostDescendant> out;
  std::vector<HostDescendant> to_visit{{ancestor, 0, 0}};
  // Read one by one, and numbers are used again: they may seem to descend from each other.
  std::set<int> visited;
  while (!to_visit.empty()) {
    const HostDescendant at = to_visit.back();
    to_visit.pop_back();
    if (!visited.insert(at.pid).second) continue;
    const auto [first, last] = children.equal_range(at.pid);
    for (auto it = first; it != last; ++it) {
      const HostProcess& p = it->second;
      const HostDescendant d{p.pid, at.pid,
                             at.pid == ancestor ? subtree_of(p, ancestor) : at.subtree};
      out.push_back(d);
      to_visit.push_back(d);
    }
  }
  return out;
}

}  // namespace emulate::freebsd
