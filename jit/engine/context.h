#pragma once

/// What generated code, helpers and the interpreter know of a running CPU. Generated code reaches
/// everything through one register that points into it, so code holds no host address.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "emulate/event.h"
#include "emulate/host_services.h"
#include "jit/ir/moving.h"

namespace emulate::jit {

class JitEngine;

/// Where indirect branches look first: guest address -> generated code. Direct mapped.
struct JumpCacheEntry {
  std::uint64_t pc = ~std::uint64_t{0};
  const void* code = nullptr;
};
inline constexpr unsigned kJumpCacheBits = 11;
inline constexpr unsigned kJumpCacheSize = 1u << kJumpCacheBits;
/// Guest instructions are at least 1 << kPcShift bytes apart.
inline constexpr unsigned kPcShift = 2;

struct Context;
/// A C++ function that guest code calls for rare instructions. Arguments and result are the IR
/// values' bits, zero extended.
using Helper = std::uint64_t (*)(Context& context, std::uint64_t a, std::uint64_t b,
                                 std::uint64_t c, std::uint64_t d) noexcept;

inline constexpr unsigned kSpillSlots = 64;

struct alignas(64) Context {
  std::byte* window_base = nullptr;
  std::uint64_t window_size = 0;
  const Helper* helpers = nullptr;
  /// The Cpu's own table, or an empty one after interrupt(): every lookup then misses.
  std::atomic<const JumpCacheEntry*> jump_cache = nullptr;
  /// Set by interrupt(): tested where a loop closes.
  std::atomic<std::uint32_t> interrupt = 0;
  std::uint32_t guest_mxcsr = 0x1f80;
  std::uint32_t host_mxcsr = 0x1f80;
  std::uint32_t event_pending = 0;  ///< a helper or a fault set `event`
  /// The return stack: its highest address, and how low a call may go (interrupt(): nowhere).
  std::uint64_t return_stack_top = 0;
  std::atomic<std::uint64_t> return_stack_limit = 0;
  std::uint64_t host_sp = 0;             ///< of the C++ frame that entered generated code
  std::uint64_t guest_sp = 0;            ///< of generated code, while a helper runs
  const std::byte* exit_data = nullptr;  ///< of the stub that left (ExitData)
  std::uint64_t pc = 0;                  ///< of the guest; exact outside generated code
  Event event;
  HostServices* host = nullptr;
  JitEngine* engine = nullptr;
  /// Set by a helper that the guest's cache-flush instruction calls, followed by Op::leave.
  std::uint64_t flush_start = 0;
  std::uint64_t flush_length = 0;
  std::uint64_t slow_helper = 0;  ///< call_if's helper, arguments and result
  std::uint64_t slow_args[3] = {};
  std::uint64_t slow_result = 0;
  std::uint64_t spills[kSpillSlots] = {};

  ir::Moving moving;  ///< as Guest::moving

  /// The guest state follows the context in memory.
  std::byte* state_bytes() { return reinterpret_cast<std::byte*>(this + 1); }
  const std::byte* state_bytes() const { return reinterpret_cast<const std::byte*>(this + 1); }
  /// Where a slot lies now.
  std::byte* slot(std::uint64_t offset) {
    std::uint64_t distance = 0;
    if (moving.has(offset))
      std::memcpy(&distance, state_bytes() + moving.distance, sizeof distance);
    return state_bytes() + offset + distance;
  }
  template <class State>
  State& state() {
    return *reinterpret_cast<State*>(state_bytes());
  }
  template <class State>
  const State& state() const {
    return *reinterpret_cast<const State*>(state_bytes());
  }

  void raise(const Event& e) {
    event = e;
    event_pending = 1;
  }
};
static_assert(sizeof(Context) % 64 == 0);

}  // namespace emulate::jit
