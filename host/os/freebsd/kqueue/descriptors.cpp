/// EVFILT_READ and EVFILT_WRITE: what each kind of descriptor has to say (FreeBSD
/// sys/kern/uipc_socket.c filt_soread and filt_sowrite, sys_pipe.c, vfs_subr.c filt_vfsread).

#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "host/os/freebsd/kqueue/kqueue.h"
#include "host/os/freebsd/pipe.h"

namespace emulate::freebsd {
namespace {

enum class Kind : std::uint8_t { stream, message, pipe, file, kqueue, other };

struct FdState final : KnoteState {
  Kind kind = Kind::other;
  int fd = -1;                    ///< the host's descriptor that is asked
  std::shared_ptr<PipeEnd> back;  ///< it is a pipe's way back
  int send_buffer = 0;            ///< SO_SNDBUF as FreeBSD counts
};

/// FreeBSD's PIPE_BUF: a pipe with less room is not writable.
constexpr std::int64_t kPipeBuf = 512;
/// What epoll says of a descriptor that is at its end, or broken.
constexpr std::uint32_t kEnd = EPOLLHUP | EPOLLERR;

FdState& state_of(Knote& kn) { return static_cast<FdState&>(*kn.state); }
int fd_of(const Knote& kn) { return static_cast<const FdState&>(*kn.state).fd; }

int socket_option(int fd, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  return getsockopt(fd, level, name, &value, &size) == 0 ? value : 0;
}

int ioctl_value(int fd, unsigned long request) {
  int value = 0;
  return ioctl(fd, request, &value) == 0 ? value : 0;
}

Kind kind_of(Process& process, int fd, const struct stat& st) {
  if (process.fds().get<Kqueue>(fd) != nullptr) return Kind::kqueue;
  if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) return Kind::file;
  if (S_ISFIFO(st.st_mode)) return Kind::pipe;
  if (!S_ISSOCK(st.st_mode)) return Kind::other;
  return socket_option(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM ? Kind::stream : Kind::message;
}

bool is_listening(int fd) { return socket_option(fd, SOL_SOCKET, SO_ACCEPTCONN) != 0; }

/// Connections waiting to be accepted: the host counts them for TCP, of others it only says that
/// there are some.
std::int64_t backlog(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && info.tcpi_unacked > 0) {
    return info.tcpi_unacked;
  }
  return 1;
}

/// The host reports a stream socket that was never connected as hung up, without the end of its
/// input.
bool never_connected(Kqueue& kq, const Knote& kn, std::uint32_t seen) {
  return (seen & EPOLLHUP) != 0 && ((seen | kq.poll_now(kn)) & EPOLLRDHUP) == 0;
}

std::uint32_t current(Kqueue& kq, Knote& kn) { return kn.seen != 0 ? kn.seen : kq.poll_now(kn); }

Expected<void> attach_fd(Kqueue& kq, Knote& kn, std::uint32_t interest) {
  auto state = std::make_unique<FdState>();
  state->fd = static_cast<int>(kn.event.ident);
  if (auto end = kq.process().fds().get<PipeEnd>(state->fd);
      end != nullptr && end->reading == (interest == EPOLLOUT)) {
    state->fd = end->back;
    state->back = std::move(end);
  }
  const int fd = state->fd;
  struct stat st {};
  if (fstat(fd, &st) != 0) return host_error(errno);
  state->kind = kind_of(kq.process(), fd, st);
  // The host doubles what it was told.
  if (state->kind == Kind::stream || state->kind == Kind::message) {
    state->send_buffer = socket_option(fd, SOL_SOCKET, SO_SNDBUF) / 2;
  }
  const Kind kind = state->kind;
  kn.state = std::move(state);
  if (kind == Kind::kqueue && kn.event.filter != kEVFILT_READ) return host_error(EINVAL);
  if (kind == Kind::file) return {};
  const bool edge = kn.has(kEV_CLEAR) || (kn.sfflags & kNOTE_LOWAT) != 0;
  auto r = kq.watch(kn, fd, false, interest, edge);
  // Devices that are always ready for the host cannot be waited for on FreeBSD.
  if (!r && r.error().value == EPERM) return host_error(ENODEV);
  return r;
}

void set_eof(Knote& kn, bool eof) {
  kn.event.flags &= static_cast<std::uint16_t>(~kEV_EOF);
  if (eof) kn.event.flags |= kEV_EOF;
}

class ReadFilter final : public Filter {
 public:
  bool is_fd() const override { return true; }
  Expected<void> attach(Kqueue& kq, Knote& kn) const override {
    if (auto r = attach_fd(kq, kn, EPOLLIN | EPOLLRDHUP); !r) return r;
    // A file that grows becomes readable again.
    if (state_of(kn).kind == Kind::file) {
      (void)kq.vnodes().add(kq, kn, fd_of(kn), IN_MODIFY);
    }
    return {};
  }
  void detach(Kqueue& kq, Knote& kn) const override {
    if (state_of(kn).kind == Kind::file) kq.vnodes().remove(kn);
  }

  bool ready(Kqueue& kq, Knote& kn) const override {
    const int fd = fd_of(kn);
    switch (state_of(kn).kind) {
      case Kind::file:
        return file_ready(kn, fd);
      case Kind::kqueue:
        kn.event.data = 1;
        return (current(kq, kn) & EPOLLIN) != 0;
      case Kind::pipe: {
        const std::uint32_t seen = current(kq, kn);
        kn.event.data = ioctl_value(fd, FIONREAD);
        set_eof(kn, (seen & EPOLLHUP) != 0);
        return kn.has(kEV_EOF) || kn.event.data > 0;
      }
      case Kind::stream:
      case Kind::message:
        return socket_ready(kq, kn, fd);
      case Kind::other: {
        const std::uint32_t seen = current(kq, kn);
        kn.event.data = ioctl_value(fd, FIONREAD);
        set_eof(kn, (seen & EPOLLHUP) != 0);
        return (seen & (EPOLLIN | kEnd)) != 0;
      }
    }
    return false;
  }

 private:
  static bool file_ready(Knote& kn, int fd) {
    struct stat st {};
    const off_t at = lseek(fd, 0, SEEK_CUR);
    if (at < 0 || fstat(fd, &st) != 0) return false;
    kn.event.data = st.st_size - at;
    return (kn.sfflags & kNOTE_FILE_POLL) != 0 || kn.event.data != 0;
  }

  static bool socket_ready(Kqueue& kq, Knote& kn, int fd) {
    const std::uint32_t seen = current(kq, kn);
    const bool stream = state_of(kn).kind == Kind::stream;
    if (is_listening(fd)) {
      kn.event.data = (seen & EPOLLIN) != 0 ? backlog(fd) : 0;
      return (seen & EPOLLIN) != 0;
    }
    kn.event.data = ioctl_value(fd, FIONREAD);
    if (never_connected(kq, kn, seen)) return false;
    set_eof(kn, (seen & (EPOLLRDHUP | EPOLLHUP)) != 0);
    if (kn.has(kEV_EOF) || (seen & EPOLLERR) != 0) return true;
    if ((kn.sfflags & kNOTE_LOWAT) != 0) return kn.event.data >= kn.sdata;
    return (seen & EPOLLIN) != 0 && (kn.event.data > 0 || !stream);
  }
};

class WriteFilter final : public Filter {
 public:
  bool is_fd() const override { return true; }
  Expected<void> attach(Kqueue& kq, Knote& kn) const override {
    return attach_fd(kq, kn, EPOLLOUT);
  }

  bool ready(Kqueue& kq, Knote& kn) const override {
    const int fd = fd_of(kn);
    if (state_of(kn).kind == Kind::file) return true;
    const std::uint32_t seen = current(kq, kn);
    switch (state_of(kn).kind) {
      case Kind::pipe:
        set_eof(kn, (seen & EPOLLERR) != 0);
        kn.event.data = kn.has(kEV_EOF) ? 0 : fcntl(fd, F_GETPIPE_SZ) - ioctl_value(fd, FIONREAD);
        return kn.has(kEV_EOF) || ((seen & EPOLLOUT) != 0 && kn.event.data >= kPipeBuf);
      case Kind::stream:
      case Kind::message:
        return socket_ready(kq, kn, fd);
      default:
        set_eof(kn, (seen & kEnd) != 0);
        return (seen & (EPOLLOUT | kEnd)) != 0;
    }
  }

 private:
  static bool socket_ready(Kqueue& kq, Knote& kn, int fd) {
    const std::uint32_t seen = current(kq, kn);
    const FdState& state = state_of(kn);
    if (state.kind == Kind::stream && never_connected(kq, kn, seen)) return false;
    if (is_listening(fd)) return false;
    const std::int64_t room = state.send_buffer - ioctl_value(fd, SIOCOUTQ);
    // Writable is what epoll says; the host counts the buffer otherwise than FreeBSD.
    kn.event.data = std::max<std::int64_t>(room, (seen & EPOLLOUT) != 0 ? 1 : 0);
    set_eof(kn, (seen & EPOLLHUP) != 0);
    if (kn.has(kEV_EOF) || (seen & EPOLLERR) != 0) return true;
    if ((kn.sfflags & kNOTE_LOWAT) != 0) return kn.event.data >= kn.sdata;
    return (seen & EPOLLOUT) != 0;
  }
};

constexpr ReadFilter kRead;
constexpr WriteFilter kWrite;

}  // namespace

const Filter& kReadFilter = kRead;
const Filter& kWriteFilter = kWrite;

}  // namespace emulate::freebsd
