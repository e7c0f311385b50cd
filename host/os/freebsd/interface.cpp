#include "host/os/freebsd/interface.h"

#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>

namespace emulate::freebsd {
namespace {

constexpr std::string_view kHostLoopback = "lo";
constexpr std::string_view kGuestLoopback = "lo0";

std::string_view other_side(std::string_view name) {
  if (name == kHostLoopback) return kGuestLoopback;
  if (name == kGuestLoopback) return kHostLoopback;
  return name;
}

}  // namespace

std::string_view guest_interface_name(std::string_view host) { return other_side(host); }

std::string_view host_interface_name(std::string_view guest) { return other_side(guest); }

Expected<ifreq> ask_interface(const IoctlCall& call, const char (&guest_name)[kIfNameSize],
                              unsigned long request) {
  ifreq host = {};
  const std::string_view name(guest_name, strnlen(guest_name, kIfNameSize - 1));
  host_interface_name(name).copy(host.ifr_name, sizeof host.ifr_name - 1);
  if (ioctl(call.fd, request, &host) != 0) return host_error(errno == ENODEV ? ENXIO : errno);
  return host;
}

}  // namespace emulate::freebsd
