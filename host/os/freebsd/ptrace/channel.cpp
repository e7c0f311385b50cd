#include "host/os/freebsd/ptrace/channel.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include <fmt/format.h>

#include "host/task/fd_table.h"

namespace emulate::freebsd {
namespace {

/// A name in the host's abstract space.
struct Name {
  sockaddr_un address{};
  socklen_t size = 0;

  explicit Name(int pid) {
    const std::string text = fmt::format("emulate-ptrace-{}", pid);
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, text.data(), text.size());
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

int new_socket() {
  return FdTable::make_private(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
}

}  // namespace

int open_trace_listener(int pid) {
  const int fd = new_socket();
  if (fd < 0) return -1;
  const Name name(pid);
  if (bind(fd, name.get(), name.size) == 0 && listen(fd, 1) == 0) return fd;
  close(fd);
  return -1;
}

int connect_trace(int pid) {
  const int fd = new_socket();
  if (fd < 0) return -1;
  const Name name(pid);
  if (connect(fd, name.get(), name.size) == 0 && trace_peer(fd) == pid) return fd;
  close(fd);
  return -1;
}

int trace_peer(int socket) {
  ucred who{};
  socklen_t size = sizeof who;
  return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 ? who.pid : -1;
}

bool send_trace(int socket, const void* header, std::size_t size, std::span<const std::byte> data) {
  iovec v[2] = {{const_cast<void*>(header), size},
                {const_cast<std::byte*>(data.data()), data.size()}};
  msghdr m{};
  m.msg_iov = v;
  m.msg_iovlen = 2;
  for (;;) {
    const ssize_t n = sendmsg(socket, &m, MSG_NOSIGNAL);
    if (n >= 0) return static_cast<std::size_t>(n) == size + data.size();
    if (errno != EINTR) return false;
  }
}

bool receive_trace(int socket, void* header, std::size_t size, TraceBytes& data) {
  data.resize(kTracePayload);
  iovec v[2] = {{header, size}, {data.data(), data.size()}};
  msghdr m{};
  m.msg_iov = v;
  m.msg_iovlen = 2;
  for (;;) {
    const ssize_t n = recvmsg(socket, &m, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 || static_cast<std::size_t>(n) < size) return false;
    data.resize(static_cast<std::size_t>(n) - size);
    return true;
  }
}

bool is_emulate(int pid) {
  struct stat own {};
  struct stat other {};
  return stat("/proc/self/exe", &own) == 0 &&
         stat(fmt::format("/proc/{}/exe", pid).c_str(), &other) == 0 &&
         own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

}  // namespace emulate::freebsd
