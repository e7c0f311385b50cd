#pragma once

/// Other processes as the host's /proc shows them.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace emulate::freebsd {

/// Fields of /proc/PID/stat and status.
struct HostProcess {
  int pid = 0;
  std::string name;  ///< comm
  char state = '?';  ///< R, S, D, T, Z
  int parent = 0;
  int group = 0;
  int session = 0;
  int tty = 0;  ///< device number, 0: none
  int tty_group = -1;
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  std::uint64_t user_ticks = 0;
  std::uint64_t system_ticks = 0;
  int nice = 0;
  int threads = 0;
  std::uint64_t start_ticks = 0;   ///< after boot
  std::uint64_t virtual_size = 0;  ///< bytes
  std::uint64_t resident_pages = 0;
  std::uint32_t uid[4] = {};  ///< real, effective, saved, file system
  std::uint32_t gid[4] = {};
};

/// nullopt when there is no such process, or none that this one may know of.
std::optional<HostProcess> host_process(int pid);
/// Whether there is a process, or a thread, of this number that this process may know of, though it
/// may be another user's.
bool host_process_exists(int id);
/// The processes that this one may know of.
std::vector<int> host_pids();
/// All, those outside of its jail too.
std::vector<int> all_host_pids();
/// NUL-separated strings of /proc/PID/cmdline or environ; nullopt when it cannot be read.
std::optional<std::string> host_process_strings(int pid, const char* file);

struct HostDescendant {
  int pid = 0;
  int parent = 0;
  int subtree = 0;  ///< the child of the ancestor through which it descends
};

/// The calling process is the child of a reaper: what descends from it is of one subtree, and known
/// as such when its parents have ended (FreeBSD p_reapsubtree). The mark is an open file, which
/// forks and programs inherit.
void mark_subtree(int reaper);

/// Children of `ancestor`, their children and so on.
std::vector<HostDescendant> host_descendants(int ancestor);

}  // namespace emulate::freebsd
