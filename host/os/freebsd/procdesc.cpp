#include "host/os/freebsd/procdesc.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>
#include <string>
#include <utility>

#include "host/task/host_files.h"

namespace emulate::freebsd {

bool LifeLine::open(bool close_on_exec) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  child_ = FdTable::make_private(ends[0]);
  hold_ = FdTable::make_private(ends[1]);
  if (child_ < 0 || hold_ < 0) return false;
  // Both go on into programs that this emulate does not run.
  ::fcntl(child_, F_SETFD, 0);
  if (!close_on_exec) ::fcntl(hold_, F_SETFD, 0);
  return true;
}

void LifeLine::hang_on() {
  ::close(std::exchange(hold_, -1));
  const int line = std::exchange(child_, -1);
  ::fcntl(line, F_SETOWN, ::getpid());
  ::fcntl(line, F_SETSIG, SIGKILL);
  ::fcntl(line, F_SETFL, O_ASYNC);
  pollfd p{line, 0, 0};
  if (::poll(&p, 1, 0) > 0 && (p.revents & POLLHUP) != 0) ::kill(::getpid(), SIGKILL);
}

int LifeLine::take_hold() { return std::exchange(hold_, -1); }

LifeLine::~LifeLine() {
  for (const int fd : {child_, hold_}) {
    if (fd >= 0) ::close(fd);
  }
}

Procdesc::~Procdesc() {
  if (hold_ >= 0) ::close(hold_);
}

Expected<int> procdesc_pid(int fd) {
  std::istringstream info = host_text("/proc/self/fdinfo/" + std::to_string(fd));
  for (std::string word; info >> word;) {
    int pid = 0;
    if (word == "Pid:" && info >> pid) return pid > 0 ? Expected<int>(pid) : host_error(ESRCH);
  }
  return host_error(EINVAL);
}

}  // namespace emulate::freebsd
