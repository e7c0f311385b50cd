#pragma once

/// The internal interface between an ARM plugin and whatever executes its instructions. Everything
/// above it (registers, OS hooks, events) is the same for every execution engine; Dynarmic is one
/// implementation.

#include <cstdint>
#include <optional>

#include "arm/invalidation_queue.h"
#include "emulate/emulate.h"

namespace emulate::arm {

/// Executes instructions on a register file of type State. Used by one thread at a time; only
/// halt() and the InvalidationQueue may be touched from elsewhere.
template <class State>
class Core {
 public:
  virtual ~Core() = default;

  /// Runs from the registers in `state` until an event, a halt(), or, when `single_step`, one
  /// instruction has retired (EventKind::step). On return `state` is exact. nullopt: halted.
  virtual std::optional<Event> run(State& state, bool single_step) noexcept = 0;

  /// Makes a running run(), or else the next one, return nullopt soon. Async-signal-safe.
  virtual void halt() noexcept = 0;

  /// Drops translations. Called by the thread that owns the core, while it does not run.
  virtual void invalidate(std::uint64_t start, std::uint64_t length) noexcept = 0;
  virtual void invalidate_all() noexcept = 0;

  virtual void clear_reservation() noexcept = 0;

  /// Code that has changed since the owner last looked; any thread adds to it.
  InvalidationQueue& stale() noexcept { return stale_; }

  /// A host signal raised on the thread that runs this core. Async-signal-safe.
  virtual bool handle_host_signal(int signo, siginfo_t* info, void* ucontext) noexcept = 0;

 private:
  InvalidationQueue stale_;
};

}  // namespace emulate::arm
