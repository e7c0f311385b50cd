#pragma once

/// ioctl(2) requests as rows: group, number, direction and argument type give the request's code in
/// each data model (FreeBSD sys/sys/ioccom.h), and the row says what the host does for it.

#include <span>

#include "host/os/param.h"

namespace emulate::freebsd {

enum class IoctlDirection : std::uint32_t {
  none = 0x2000'0000,   ///< _IO; with a size, an integer in place of the pointer (_IOWINT)
  out = 0x4000'0000,    ///< _IOR: the kernel writes
  in = 0x8000'0000,     ///< _IOW
  inout = 0xc000'0000,  ///< _IOWR
};

/// One request being served. `argument` is the third argument of ioctl(2).
struct IoctlCall {
  Task& task;
  int fd;
  GuestAddr argument;
  unsigned long host_request;

  /// The host ioctl, which a signal may interrupt.
  SysResult host(const void* host_argument) const;
  SysResult host(long value) const;

  template <class T>
  Expected<T> load() const {
    return task.load<T>(argument);
  }
  template <class T>
  SysResult store(const T& value) const {
    return SysResult::from(task.store(argument, value));
  }
  Expected<std::int32_t> load_int() const;
  SysResult store_int(std::int32_t value) const;
};

using IoctlHandler = SysResult (*)(const IoctlCall&);

struct IoctlRow {
  const char* name;
  char group;
  std::uint8_t number;
  IoctlDirection direction;
  const Layout* type;   ///< argument; null: an int when `bytes` is 4, else nothing
  std::uint32_t bytes;  ///< size without a type
  IoctlHandler handler;
  unsigned long host_request;  ///< what the handler passes to the host, if it passes anything

  /// The request's code for a guest of this model.
  std::uint32_t request(const DataModel& model) const;
};

// Handlers of requests that mean the same on both sides.
SysResult ioctl_pass(const IoctlCall& call);     ///< no argument
SysResult ioctl_int_out(const IoctlCall& call);  ///< the host fills an int
SysResult ioctl_int_in(const IoctlCall& call);   ///< the host reads an int

constexpr IoctlRow ioctl_io(const char* name, char group, std::uint8_t number,
                            unsigned long host_request, IoctlHandler handler = &ioctl_pass) {
  return {name, group, number, IoctlDirection::none, nullptr, 0, handler, host_request};
}
constexpr IoctlRow ioctl_ior(const char* name, char group, std::uint8_t number,
                             unsigned long host_request, IoctlHandler handler = &ioctl_int_out) {
  return {name, group, number, IoctlDirection::out, nullptr, 4, handler, host_request};
}
constexpr IoctlRow ioctl_iow(const char* name, char group, std::uint8_t number,
                             unsigned long host_request, IoctlHandler handler = &ioctl_int_in) {
  return {name, group, number, IoctlDirection::in, nullptr, 4, handler, host_request};
}
/// A request about a structure.
template <class T>
constexpr IoctlRow ioctl_of(const char* name, char group, std::uint8_t number,
                            IoctlDirection direction, IoctlHandler handler,
                            unsigned long host_request = 0) {
  return {name, group, number, direction, &kLayout<T>, 0, handler, host_request};
}

std::span<const IoctlRow> tty_ioctls();        // ioctl_tty.cpp
std::span<const IoctlRow> socket_ioctls();     // ioctl_socket.cpp
std::span<const IoctlRow> interface_ioctls();  // ioctl_interface.cpp
std::span<const IoctlRow> disk_ioctls();       // ioctl_disk.cpp

SysResult sys_posix_openpt(Task& task, Flags flags);  // ioctl_tty.cpp

}  // namespace emulate::freebsd
