#pragma once

/// Messages: MSG_* flags and ancillary data of both systems.

#include <sys/socket.h>

#include <vector>

#include "host/os/freebsd/abi/socket.h"
#include "host/os/freebsd/socket_state.h"

namespace emulate::freebsd {

/// Flags of a send or receive. Flags the guest's kernel does not know are ignored there, too.
int message_flags_to_host(std::uint32_t guest);
/// msg_flags of a received message: what was asked for and what the host found.
std::uint32_t message_flags_to_guest(std::uint32_t asked, int host);

/// Converts `size` bytes of ancillary data at `address` for sending on a socket of host `family`.
/// EINVAL for what the kernel refuses, EBADF for descriptors that are not the guest's.
Expected<std::vector<std::byte>> control_to_host(Task& task, int family, GuestAddr address,
                                                 std::uint32_t size);

/// Ancillary data for the guest.
struct GuestControl {
  std::vector<std::byte> bytes;
  std::vector<int> descriptors;  ///< among them, open already
  bool truncated = false;
};

/// Converts what was received with `message`, at most `room` bytes of it. Descriptors that do not
/// fit are closed. `state` may be null.
GuestControl control_to_guest(Task& task, msghdr& message, std::uint32_t room,
                              const SocketState* state);

/// Closes received descriptors that the guest will not get.
void close_rights(const std::vector<int>& fds);
/// Closes the descriptors in received ancillary data that the guest will not get.
void dispose_control(msghdr& message);

}  // namespace emulate::freebsd
