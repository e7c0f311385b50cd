#pragma once

/// What FreeBSD keeps per socket and the host does not.

#include <atomic>

#include "host/os/freebsd/abi/socket.h"
#include "host/task/task.h"

namespace emulate::freebsd {

/// Some socket of the process has SO_NOSIGPIPE: write(2) must look.
inline std::atomic<bool> no_sigpipe_used = false;

inline constexpr int kSomaxconn = 128;  // kern.ipc.soacceptqueue

struct SocketState final : FdObject {
  std::atomic<bool> no_sigpipe = false;           ///< SO_NOSIGPIPE
  std::atomic<bool> receive_destination = false;  ///< IP_RECVDSTADDR
  std::atomic<bool> receive_interface = false;    ///< IP_RECVIF
  std::atomic<bool> local_creds = false;          ///< LOCAL_CREDS
  std::atomic<bool> timestamp = false;            ///< SO_TIMESTAMP
  std::atomic<bool> bintime = false;              ///< SO_BINTIME
  std::atomic<int> timestamp_clock = kSO_TS_REALTIME_MICRO;
  std::atomic<int> port_range = kIP_PORTRANGE_DEFAULT;
  std::atomic<int> backlog = kSomaxconn;  ///< of the last listen(2)
};

/// The state of the socket on `fd`, made when there is none yet.
inline std::shared_ptr<SocketState> socket_state(Task& task, int fd) {
  FdTable& fds = task.process().fds();
  auto state = fds.get<SocketState>(fd);
  if (state == nullptr) {
    state = std::make_shared<SocketState>();
    fds.attach(fd, state);
  }
  return state;
}

/// The same, null when nothing was ever set.
inline std::shared_ptr<SocketState> find_socket_state(Task& task, int fd) {
  return task.process().fds().get<SocketState>(fd);
}

}  // namespace emulate::freebsd
