#pragma once

/// The SPARC V9 user-mode state as translations address it.
///
/// The current window's outs, locals and ins lie in `ring`, those of callers behind them: a
/// caller's outs are its callee's ins. `save` and `restore` change the distance; only when the ring
/// is full or has no caller's window does the guest's stack come in (windows.h). Single n is a half
/// of fpr[n / 2]: the upper one when n is even.
///
/// Context::pc is the address of the next instruction; with bit 0 set that is in a delay slot, and
/// `npc` says where the program goes on after it.

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace emulate::sparc64 {

/// Registers of a window as a stack frame holds them, too.
struct Window {
  std::uint64_t local[8];
  std::uint64_t in[8];
};
inline constexpr unsigned kWindows = 64;

/// How the condition codes follow from cc_a and cc_b: icc from their low halves, xcc from all.
enum class CcKind : std::uint32_t {
  sub,  ///< those of cc_a - cc_b
  add,  ///< those of cc_a + cc_b
  ccr,  ///< cc_a is the register CCR
};

/// User trap numbers of FreeBSD sys/sparc64/include/utrap.h (UT_MAX).
inline constexpr unsigned kUserTraps = 36;

/// What a process tells the kernel about traps, shared by its threads.
struct ProcessTraps {
  unsigned syscall_trap = 0;                ///< software trap of system calls, set by the OS ABI
  bool contexts = false;                    ///< traps 110 and 111 get and set a context (Linux)
  std::atomic<std::uint64_t> sigtramp = 0;  ///< FreeBSD: the program's signal trampoline
  std::atomic<std::uint64_t> handlers[kUserTraps] = {};  ///< FreeBSD: user trap handlers

  void reset() {
    contexts = false;
    sigtramp = 0;
    for (auto& handler : handlers) handler = 0;
  }
};

struct State {
  /// g, o, l, i. gpr[0] is never written; from the first out on these are only names of slots that
  /// lie `distance` bytes further: see reg().
  std::uint64_t gpr[32];
  std::uint64_t fpr[32];
  std::uint64_t cc_a;
  std::uint64_t cc_b;
  CcKind cc_kind;
  std::uint8_t fcc[4];    ///< 0 equal, 1 less, 2 greater, 3 unordered
  std::uint64_t fsr;      ///< but for the conditions and what MXCSR holds: see fsr.h
  std::uint32_t last_op;  ///< packed NotedOp of the operation that FSR.cexc follows from
  std::uint64_t last_a, last_b;
  std::uint64_t y;
  std::uint64_t gsr;
  std::uint64_t asi;
  std::uint64_t fprs;
  std::uint64_t npc;           ///< meaningful in a delay slot, see above
  std::uint64_t distance;      ///< from gpr to where the current window lies
  std::uint64_t restart_pc;    ///< Context::pc of the last system call
  std::uint64_t restart_npc;   ///< its npc
  std::uint64_t context_trap;  ///< of those traps, the number of the one at hand (Linux)
  ProcessTraps* process;
  alignas(16) std::uint64_t ring[16 * kWindows + 24];

  std::uint64_t& reg(unsigned n) {
    auto* at = reinterpret_cast<std::byte*>(gpr) + 8 * n + (n < 8 ? 0 : distance);
    return *reinterpret_cast<std::uint64_t*>(at);
  }
  std::uint64_t reg(unsigned n) const { return const_cast<State*>(this)->reg(n); }
};

inline constexpr unsigned kG1 = 1, kG7 = 7, kO0 = 8, kO1 = 9, kSp = 14, kO7 = 15, kL0 = 16,
                          kI0 = 24, kFp = 30, kI7 = 31;
/// How far a window is from its caller's.
inline constexpr std::uint64_t kWindowBytes = sizeof(Window);
/// State::distance with no caller's window in the ring, and with as many as there is room for.
inline constexpr std::uint64_t kNoCallers =
    offsetof(State, ring) + kWindows * kWindowBytes - offsetof(State, gpr) - 8 * kO0;
inline constexpr std::uint64_t kRingFull = kNoCallers - kWindows * kWindowBytes;
inline constexpr std::uint64_t kStackBias = 2047;
inline constexpr std::uint64_t kDelayTag = 1;

/// Offset of single precision register n.
constexpr std::uint32_t single_offset(unsigned n) {
  return static_cast<std::uint32_t>(offsetof(State, fpr) + 8 * (n / 2) + (n % 2 == 0 ? 4 : 0));
}

}  // namespace emulate::sparc64
