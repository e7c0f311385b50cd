#include "host/trace/own_file.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <cerrno>

namespace emulate {
namespace {

sigset_t set_of(int signo) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signo);
  return set;
}

}  // namespace

ssize_t write_own_file(int fd, std::span<const iovec> parts) {
  // All are held: a handler may change the mask it returns to, which `before` knows nothing of.
  sigset_t held, before;
  sigfillset(&held);
  pthread_sigmask(SIG_BLOCK, &held, &before);
  ssize_t n = 0;
  do {
    n = writev(fd, parts.data(), static_cast<int>(parts.size()));
  } while (n < 0 && errno == EINTR);
  const int error = n < 0 ? errno : 0;
  const int raised = error == EFBIG ? SIGXFSZ : error == EPIPE ? SIGPIPE : 0;
  if (raised != 0 && sigismember(&before, raised) == 0) {
    const sigset_t it = set_of(raised);
    constexpr timespec kNow{};
    (void)sigtimedwait(&it, nullptr, &kNow);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return n;
}

}  // namespace emulate
