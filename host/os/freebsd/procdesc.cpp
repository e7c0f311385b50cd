#include "host/os/freebsd/procdesc.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <mutex>
#include <set>
#include <string>

namespace emulate::freebsd {
namespace {

/// Processes that end when the last descriptor for them is closed.
struct Endangered {
  std::mutex mutex;
  std::set<int> pids;
};

Endangered& endangered() {
  static Endangered e;
  return e;
}

}  // namespace

Procdesc::Procdesc(int pid, bool ends_child)
    : pid_(pid), creator_(::getpid()), ends_child_(ends_child) {
  if (!ends_child_) return;
  const std::scoped_lock lock(endangered().mutex);
  endangered().pids.insert(pid);
}

Procdesc::~Procdesc() {
  // A forked copy of this object says nothing about the creator's descriptors.
  if (!ends_child_ || ::getpid() != creator_) return;
  ::kill(pid_, SIGKILL);
  const std::scoped_lock lock(endangered().mutex);
  endangered().pids.erase(pid_);
}

Expected<int> procdesc_pid(int fd) {
  std::ifstream info("/proc/self/fdinfo/" + std::to_string(fd));
  for (std::string word; info >> word;) {
    int pid = 0;
    if (word == "Pid:" && info >> pid) return pid > 0 ? Expected<int>(pid) : host_error(ESRCH);
  }
  return host_error(EINVAL);
}

void kill_procdesc_children() {
  const std::scoped_lock lock(endangered().mutex);
  for (const int pid : endangered().pids) ::kill(pid, SIGKILL);
}

}  // namespace emulate::freebsd
