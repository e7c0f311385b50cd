#pragma once

/// Network interfaces under the names that a guest knows. FreeBSD's loopback interface is lo0
/// (sys/net/if_loop.c), Linux's is lo. Either name stands for the other on the other side, so that
/// every interface keeps a name of its own, whatever it is called.

#include <net/if.h>

#include <string_view>

#include "host/os/freebsd/abi/ioctl.h"
#include "host/os/freebsd/ioctl_table.h"

namespace emulate::freebsd {

std::string_view guest_interface_name(std::string_view host);
std::string_view host_interface_name(std::string_view guest);

/// The host's answer to a request about the interface that the guest names. Where the host has no
/// such device, FreeBSD has no such interface.
Expected<ifreq> ask_interface(const IoctlCall& call, const char (&guest_name)[kIfNameSize],
                              unsigned long request);

}  // namespace emulate::freebsd
