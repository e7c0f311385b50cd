#pragma once

/// How a debugger and what it debugs talk: both are emulate processes of their own.
///
/// The traced process listens at a name made of its number and asks to be looked at with a word
/// (host/signal/send.h). It serves requests only while it is stopped, from the thread that stopped;
/// the debugger makes them while it carries out ptrace(2).

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "host/os/freebsd/abi/ptrace.h"
#include "host/thunk/result.h"

namespace emulate::freebsd {

/// What a word says: the kind in its high half, a number in the low one.
enum class TraceWord : std::uint32_t {
  attach = 1,    ///< to the process to be traced
  refused = 2,   ///< its answer, with a host errno
  stopped = 3,   ///< with the signal
  ended = 4,     ///< with the host's wait status
  child = 5,     ///< with the number of a new process that is traced from its birth
  lent = 6,      ///< to the sender's parent: who debugs it instead
  returned = 7,  ///< to the parent, with the child's number: its end is the parent's to see
};
constexpr std::uint64_t trace_word(TraceWord kind, int number) {
  return std::uint64_t{static_cast<std::uint32_t>(kind)} << 32 | static_cast<std::uint32_t>(number);
}

struct TraceRequest {
  PtraceOp op = PtraceOp::cont;
  std::int32_t tid = 0;  ///< 0: the thread that stopped
  std::uint64_t address = 0;
  std::uint64_t length = 0;
  std::int32_t data = 0;
};

struct TraceReply {
  std::int32_t error = 0;  ///< the host's number
  std::uint64_t value = 0;
};

inline constexpr int kSyscallArguments = 8;

/// A thread as PT_LWPINFO and its kin show it, neutral of layouts.
struct LwpInfo {
  std::int32_t tid = 0;
  std::int32_t event = kPL_EVENT_NONE;
  std::uint32_t flags = 0;
  SignalSet mask;
  SignalSet pending;
  GuestSignal signal;
  std::array<char, 20> name{};
  std::int32_t child = 0;
  std::uint32_t code = 0;
  std::uint32_t narg = 0;
  std::array<std::uint64_t, kSyscallArguments> arguments{};
  std::int32_t error = 0;  ///< of the call, the guest's number
  std::array<std::uint64_t, 2> retval{};
};

/// PT_VM_ENTRY without the path, which follows.
struct VmEntry {
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  std::uint64_t offset = 0;
  std::uint32_t prot = 0;
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
};

using TraceBytes = std::vector<std::byte>;
/// The most that goes with one message.
inline constexpr std::size_t kTracePayload = 64 * 1024;

/// A socket that is listened on, at the name of process `pid`; private. -1 when it cannot be.
int open_trace_listener(int pid);
/// A connection to it; -1 when nobody listens.
int connect_trace(int pid);
/// The process at the other end.
int trace_peer(int socket);

bool send_trace(int socket, const void* header, std::size_t size, std::span<const std::byte> data);
/// False at the end of the connection.
bool receive_trace(int socket, void* header, std::size_t size, TraceBytes& data);

template <class T>
bool send_trace(int socket, const T& header, std::span<const std::byte> data = {}) {
  return send_trace(socket, &header, sizeof header, data);
}
template <class T>
bool receive_trace(int socket, T& header, TraceBytes& data) {
  return receive_trace(socket, &header, sizeof header, data);
}

/// A running process of this executable: one that words may be sent to.
bool is_emulate(int pid);

}  // namespace emulate::freebsd
