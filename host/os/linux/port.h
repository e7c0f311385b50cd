#pragma once

/// What distinguishes the Linux ports from each other, as data. Most of a port is the generic
/// kernel interface (include/uapi/asm-generic), which the host's is nearly too; a port says where
/// it departs. A new port is another constant in port.cpp, a column in numbers.cpp and the plugin's
/// hooks.

#include <cstdint>
#include <span>

#include "host/os/flags.h"
#include "host/os/linux/numbers.h"
#include "host/thunk/layout.h"

namespace emulate {
class Task;
}

namespace emulate::linux_os {

/// A number on both sides. Tables of them list only what differs.
struct NumberPair {
  int guest;
  int host;
};
using NumberPairs = std::span<const NumberPair>;

struct Port {
  const char* name;  ///< LinuxAbi::syscall_table()
  NumberColumn column;

  // Empty tables: as on the host.
  FlagTable open_flags = {};
  FlagTable mmap_flags = {};
  NumberPairs errnos = {};
  NumberPairs signals = {};
  NumberPairs socket_types = {};
  NumberPairs resources = {};

  int signal_count = 64;
  const Layout* sigaction = nullptr;  ///< of SigactionFields
  const Layout* stat = nullptr;       ///< of StatFields: stat, fstat, newfstatat
  const Layout* stat64 = nullptr;     ///< of StatFields: stat64, fstatat64
  bool siginfo_code_first = false;    ///< si_code stands before si_errno (mips)
  std::uint32_t min_altstack = 2048;  ///< MINSIGSTKSZ
  int sigprocmask_base = 0;           ///< SIG_BLOCK
};

/// The port with that name; nullptr when there is none.
const Port* find_port(const char* name);
const Port& port_of(const Task& task);

int number_to_host(NumberPairs pairs, int guest);
int number_to_guest(NumberPairs pairs, int host);

/// Flags by a port's table, or unchanged where the port has none.
std::uint32_t port_flags_to_host(FlagTable table, std::uint32_t guest);
std::uint32_t port_flags_to_guest(FlagTable table, std::uint32_t host);

}  // namespace emulate::linux_os
