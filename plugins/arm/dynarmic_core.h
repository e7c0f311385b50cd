#pragma once

/// What the A64 and A32 cores on Dynarmic share: event bookkeeping, the memory callbacks' slow
/// path, halting, and the way a host fault gets to Dynarmic.

#include <dynarmic/interface/exclusive_monitor.h>
#include <dynarmic/interface/halt_reason.h>
#include <dynarmic/interface/optimization_flags.h>

#include <memory>
#include <type_traits>

#include "arm/code_pages.h"
#include "arm/core.h"
#include "arm/dynarmic_fault.h"
#include "arm/guest_context.h"

namespace emulate::arm {

inline constexpr Dynarmic::HaltReason kHaltEvent = Dynarmic::HaltReason::UserDefined1;
inline constexpr Dynarmic::HaltReason kHaltRequest = Dynarmic::HaltReason::UserDefined2;

/// Whether the library was built with scripts/dynarmic/edits.py. An unchanged one is slower to
/// start, cannot be interrupted in loops of register branches, and leaves the base register of an
/// A32 access with write-back changed when the access faults.
#ifdef EMULATE_DYNARMIC_EDITS
inline constexpr bool kEditedDynarmic = true;
#else
inline constexpr bool kEditedDynarmic = false;
#endif

/// Bytes of generated code. Dynarmic drops everything when 1 MiB is left; pages are touched only
/// when used, so these cost address space, not memory.
inline constexpr std::size_t kFirstCodeCache = 128u << 20;
inline constexpr std::size_t kThreadCodeCache = 32u << 20;

/// Derived is the core itself; it has a `jit_` and implements the Dynarmic callbacks with read<T>,
/// write<T> and write_exclusive<T>.
template <class State, class Jit>
class DynarmicCore : public Core<State> {
 public:
  DynarmicCore(const EngineConfig& config, Engine& engine, CodePages& code_pages)
      : context_(*config.host, code_pages), engine_(engine) {}

  void halt() noexcept override { jit_->HaltExecution(kHaltRequest); }
  void invalidate_all() noexcept override {
    context_.forget_fetched();
    jit_->ClearCache();
  }
  void clear_reservation() noexcept override { jit_->ClearExclusiveState(); }

  bool handle_host_signal(int signo, siginfo_t* info, void* ucontext) noexcept override {
    // si_code of a fault is positive; someone's kill() is not a fault.
    if ((signo != SIGSEGV && signo != SIGBUS) || info->si_code <= 0) return false;
    context_.note_host_signal(signo);
    if (in_host_) return false;
    DynarmicFaultHandler::instance()(signo, info, ucontext);
    return true;
  }

 protected:
  template <class T>
  T read(std::uint64_t address) {
    const HostScope scope(in_host_);
    if (const auto value = context_.read<T>(address)) return *value;
    stop(Dynarmic::HaltReason::MemoryAbort);
    return T{};
  }
  template <class T>
  void write(std::uint64_t address, const T& value) {
    const HostScope scope(in_host_);
    if (!context_.write(address, value)) stop(Dynarmic::HaltReason::MemoryAbort);
  }
  template <class T>
  bool write_exclusive(std::uint64_t address, const T& value, const T& expected) {
    const HostScope scope(in_host_);
    T found = expected;
    if (!context_.compare_exchange(address, found, value)) {
      stop(Dynarmic::HaltReason::MemoryAbort);
      return false;
    }
    return found == expected;
  }
  void misaligned(std::uint64_t address) {
    const HostScope scope(in_host_);
    context_.raise_fault(address, Access::read, FaultCause::alignment);
    stop(Dynarmic::HaltReason::MemoryAbort);
  }
  std::optional<std::uint32_t> fetch(std::uint64_t address) {
    const HostScope scope(in_host_);
    return context_.fetch(address);
  }

  void stop(Dynarmic::HaltReason reason) { jit_->HaltExecution(reason); }
  void raise(const Event& event) {
    context_.raise(event);
    stop(kHaltEvent);
  }

  GuestContext context_;
  Engine& engine_;
  /// Of this core alone: a store-exclusive then is a compare-exchange with the value that was
  /// loaded, and no two cores ever share the monitor's lock.
  Dynarmic::ExclusiveMonitor monitor_{1};
  std::unique_ptr<Jit> jit_;
  volatile bool in_host_ = false;
};

}  // namespace emulate::arm
