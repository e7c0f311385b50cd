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
/// The host's side of a guest's number that means nothing.
inline constexpr int kNoNumber = -1;

/// A request of ioctl(2) that a port numbers differently, and its structure where that differs.
struct IoctlNumber {
  std::uint32_t guest;
  std::uint32_t generic;
  const Layout* layout = nullptr;  ///< of the generic request's structure, as the port has it
};

struct Port {
  const char* name;  ///< LinuxAbi::syscall_table()
  NumberColumn column;

  // Empty tables: as on the host.
  FlagTable open_flags = {};
  FlagTable mmap_flags = {};
  NumberPairs errnos = {};
  NumberPairs signals = {};
  NumberPairs socket_types = {};
  NumberPairs socket_levels = {};
  NumberPairs socket_options = {};  ///< of SOL_SOCKET
  NumberPairs resources = {};
  NumberPairs fcntl_commands = {};
  FlagTable poll_events = {};
  FlagTable sigaction_flags = {};
  std::span<const IoctlNumber> ioctls = {};

  int signal_count = 64;
  const Layout* sigaction = nullptr;  ///< of SigactionFields
  const Layout* stat = nullptr;       ///< of StatFields: stat, fstat, newfstatat
  const Layout* stat64 = nullptr;     ///< of StatFields: stat64, fstatat64
  const Layout* stack = nullptr;      ///< of Stack; nullptr from here on: the generic ports'
  const Layout* statfs = nullptr;     ///< of Statfs
  const Layout* statfs64 = nullptr;   ///< of Statfs64
  const Layout* flock = nullptr;      ///< of Flock
  const Layout* semid = nullptr;      ///< of IpcStat
  const Layout* msqid = nullptr;      ///< of IpcStat
  const Layout* shmid = nullptr;      ///< of IpcStat
  bool siginfo_code_first = false;    ///< si_code stands before si_errno (mips)
  bool pipe_in_registers = false;     ///< pipe(2) returns both descriptors (mips, sparc64)
  /// _IOC(): directions are three bits, of which "none" is one, and sizes thirteen (mips, ppc,
  /// sparc64).
  bool ioctl_direction_bits = false;
  std::uint32_t min_altstack = 2048;       ///< MINSIGSTKSZ
  std::uint32_t prot_ignored = 0x8;        ///< PROT_SEM
  std::uint32_t infinity32 = 0xffff'ffff;  ///< RLIM_INFINITY in a 32-bit word
  NumberPairs sigprocmask_commands = {};   ///< SIG_BLOCK and its kin
  bool clone_pair = false;                 ///< clone(2) returns a second 0 to the parent (sparc64)
};

/// The ports that have files of their own.
std::span<const Port> mips_ports();
std::span<const Port> sparc64_ports();

/// The port with that name; nullptr when there is none.
const Port* find_port(const char* name);
const Port& port_of(const Task& task);

/// A port's layout of T, or the generic ports'.
template <class T>
constexpr const Layout* layout_or(const Layout* of_port) {
  return of_port != nullptr ? of_port : &kLayout<T>;
}

int number_to_host(NumberPairs pairs, int guest);
int number_to_guest(NumberPairs pairs, int host);

/// Flags by a port's table, or unchanged where the port has none.
std::uint32_t port_flags_to_host(FlagTable table, std::uint32_t guest);
std::uint32_t port_flags_to_guest(FlagTable table, std::uint32_t host);

}  // namespace emulate::linux_os
