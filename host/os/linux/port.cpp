#include "host/os/linux/port.h"

#include <fcntl.h>

#include <cstring>

#include "host/os/linux/abi/ppc.h"
#include "host/os/linux/abi/signal.h"
#include "host/os/linux/abi/stat.h"
#include "host/os/linux/personality.h"
#include "host/os/linux/port_fields.h"

namespace emulate::linux_os {
namespace {

/// Linux arch/arm/include/uapi/asm/fcntl.h; arm64 has the same. The host's libc calls O_LARGEFILE
/// zero on 64-bit machines.
constexpr FlagPair kArmOpenFlags[] = {
    {O_WRONLY, O_WRONLY, O_ACCMODE, O_ACCMODE},
    {O_RDWR, O_RDWR, O_ACCMODE, O_ACCMODE},
    {O_ACCMODE, O_ACCMODE},
    {O_CREAT, O_CREAT},
    {O_EXCL, O_EXCL},
    {O_NOCTTY, O_NOCTTY},
    {O_TRUNC, O_TRUNC},
    {O_APPEND, O_APPEND},
    {O_NONBLOCK, O_NONBLOCK},
    {O_DSYNC, O_DSYNC},
    {O_SYNC & ~O_DSYNC, O_SYNC & ~O_DSYNC},
    {O_ASYNC, O_ASYNC},
    {040000, O_DIRECTORY},
    {0100000, O_NOFOLLOW},
    {0200000, O_DIRECT},
    {0400000, kHostLargefile},
    {O_NOATIME, O_NOATIME},
    {O_CLOEXEC, O_CLOEXEC},
    {O_PATH, O_PATH},
    {O_TMPFILE & ~O_DIRECTORY, O_TMPFILE & ~O_DIRECTORY},
};

constexpr Port kPorts[] = {
    {
        .name = "aarch64",
        .column = NumberColumn::aarch64,
        .open_flags = kArmOpenFlags,
        .sigaction = &kSigactionGeneric64,
        .stat = &kStatGeneric64,
        .stat64 = &kStatGeneric64,
        .min_altstack = 5120,
    },
    {
        .name = "arm",
        .column = NumberColumn::arm,
        .open_flags = kArmOpenFlags,
        .sigaction = &kSigactionGeneric32,
        .stat = &kStat64Arm,
        .stat64 = &kStat64Arm,
    },
};

}  // namespace

const Port* find_port(const char* name) {
  for (const auto ports :
       {std::span<const Port>(kPorts), mips_ports(), ppc_ports(), sparc64_ports()}) {
    for (const Port& p : ports) {
      if (std::strcmp(p.name, name) == 0) return &p;
    }
  }
  return nullptr;
}

const Port& port_of(const Task& task) {
  return static_cast<const LinuxPersonality&>(task.process().personality()).port();
}

int number_to_host(NumberPairs pairs, int guest) {
  for (const NumberPair& p : pairs) {
    if (p.guest == guest) return p.host;
  }
  return guest;
}

int number_to_guest(NumberPairs pairs, int host) {
  for (const NumberPair& p : pairs) {
    if (p.host == host) return p.guest;
  }
  return host;
}

std::uint32_t port_flags_to_host(FlagTable table, std::uint32_t guest) {
  return table.empty() ? guest : flags_to_host(table, guest);
}

std::uint32_t port_flags_to_guest(FlagTable table, std::uint32_t host) {
  return table.empty() ? host : flags_to_guest(table, host);
}

}  // namespace emulate::linux_os
