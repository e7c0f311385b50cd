#pragma once

/// What the A64 and A32 CPUs on Dynarmic share: the Engine that owns them, event bookkeeping,
/// slow-path memory access and instruction fetch.

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <dynarmic/interface/exclusive_monitor.h>
#include <dynarmic/interface/halt_reason.h>

#include "emulate/emulate.h"

namespace emulate::arm {

/// Dynarmic's exclusive monitor is sized when it is made; a slot per live Jit.
inline constexpr std::size_t kMaxCpus = 4096;
inline constexpr std::uint64_t kCodePage = 4096;

inline constexpr Dynarmic::HaltReason kHaltEvent = Dynarmic::HaltReason::UserDefined1;
inline constexpr Dynarmic::HaltReason kHaltInterrupt = Dynarmic::HaltReason::UserDefined2;

/// Dynarmic's own SIGSEGV handler, installed by a static object of the library when this module is
/// loaded. It turns a fault in generated code into a call of the Memory* callbacks.
class DynarmicFaultHandler {
 public:
  /// Must be constructed before the host installs its handlers (the plugin's entry point does it).
  DynarmicFaultHandler() { sigaction(SIGSEGV, nullptr, &action_); }
  void operator()(int signo, siginfo_t* info, void* ucontext) const {
    action_.sa_sigaction(signo, info, ucontext);
  }
  static const DynarmicFaultHandler& instance() {
    static const DynarmicFaultHandler handler;
    return handler;
  }

 private:
  struct sigaction action_ {};
};

/// State of one CPU that callbacks from generated code need.
class CpuContext {
 public:
  CpuContext(const EngineConfig& config) : host_(*config.host), window_(config.window) {}

  HostServices& host() const { return host_; }

  /// True once per interrupt() request.
  bool take_interrupt() { return interrupt_.exchange(false, std::memory_order_acq_rel); }
  bool has_event() const { return event_.has_value(); }

  template <class T>
  T read(std::uint64_t address) {
    T value{};
    if (!host_.copyin(&value, GuestAddr(address), sizeof value)) fault(address, Access::read);
    return value;
  }
  template <class T>
  void write(std::uint64_t address, const T& value) {
    if (!host_.copyout(GuestAddr(address), &value, sizeof value)) fault(address, Access::write);
  }
  /// Exclusive store: true when `expected` was still there.
  template <class T>
  bool compare_exchange(std::uint64_t address, T expected, const T& desired) {
    T found = expected;
    if (!host_.compare_exchange(GuestAddr(address), &found, &desired, sizeof found)) {
      fault(address, Access::write);
      return false;
    }
    return found == expected;
  }

  /// One instruction word for the translator; nullopt where the guest may not execute.
  std::optional<std::uint32_t> fetch(std::uint64_t address) {
    const std::uint64_t page = address / kCodePage;
    std::uint32_t word = 0;
    if (page != code_page_.load(std::memory_order_relaxed)) {
      if (host_.fetch(GuestAddr(address), &word, sizeof word) < sizeof word) return std::nullopt;
      code_page_.store(page, std::memory_order_relaxed);
      return word;
    }
    if (!host_.copyin(&word, GuestAddr(address), sizeof word)) return std::nullopt;
    return word;
  }
  void forget_code_page() { code_page_.store(UINT64_MAX, std::memory_order_relaxed); }

  /// Called by the signal handler: what the next failing access was refused with.
  void note_host_signal(int signo) { host_signal_ = signo; }

 protected:
  virtual void halt(Dynarmic::HaltReason reason) = 0;

  void raise(const Event& event) {
    if (!event_) event_ = event;
    halt(kHaltEvent);
  }
  void fault(std::uint64_t address, Access access) {
    Event e;
    e.kind = EventKind::fault;
    e.access = access;
    e.cause = host_signal_ == SIGBUS ? FaultCause::bus : FaultCause::access;
    e.address = GuestAddr(address);
    host_signal_ = 0;
    if (!event_) event_ = e;
    halt(Dynarmic::HaltReason::MemoryAbort);
  }

  HostServices& host_;
  GuestWindow window_;
  std::optional<Event> event_;
  /// PC to set when cpu_loop returns the event; the generated code has already moved on.
  std::optional<std::uint64_t> event_pc_;
  std::atomic<bool> interrupt_ = false;
  std::atomic<std::uint64_t> code_page_ = UINT64_MAX;
  volatile int host_signal_ = 0;
};

/// Owns the CPUs of one guest process. CpuT provides: constructor (const EngineConfig&, monitor,
/// slot), copy_registers(const CpuT&), reset(), invalidate(start, length), invalidate_all(),
/// registers(), target_description().
template <class CpuT>
class DynarmicEngine final : public Engine {
 public:
  explicit DynarmicEngine(const EngineConfig& config) : config_(config), monitor_(kMaxCpus) {}

  Cpu* cpu_init() noexcept override {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto cpu = std::move(idle_.back());
      idle_.pop_back();
      cpu->reset();
      cpus_.push_back(std::move(cpu));
      return cpus_.back().get();
    }
    if (next_slot_ >= kMaxCpus) return nullptr;
    cpus_.push_back(std::make_unique<CpuT>(config_, *this, monitor_, next_slot_++));
    return cpus_.back().get();
  }

  Cpu* cpu_fork(const Cpu& parent) noexcept override {
    Cpu* cpu = cpu_init();
    if (cpu != nullptr) static_cast<CpuT*>(cpu)->copy_registers(static_cast<const CpuT&>(parent));
    return cpu;
  }

  /// A finished thread's CPU keeps its translations and waits for the next thread.
  void cpu_destroy(Cpu* cpu) noexcept override {
    const std::lock_guard lock(mutex_);
    auto it = std::find_if(cpus_.begin(), cpus_.end(), [&](auto& c) { return c.get() == cpu; });
    if (it == cpus_.end()) return;
    monitor_.ClearProcessor((*it)->slot());
    idle_.push_back(std::move(*it));
    cpus_.erase(it);
  }

  void code_changed(GuestAddr start, std::uint64_t length) noexcept override {
    if (length == 0) return;
    const std::lock_guard lock(mutex_);
    for (auto& cpu : cpus_) cpu->invalidate(start.value, length);
    for (auto& cpu : idle_) cpu->invalidate(start.value, length);
  }

  void exec_reset(Cpu& survivor) noexcept override {
    const std::lock_guard lock(mutex_);
    for (auto& cpu : cpus_) cpu->invalidate_all();
    for (auto& cpu : idle_) cpu->invalidate_all();
    static_cast<CpuT&>(survivor).reset();
  }

  void fork_prepare() noexcept override { mutex_.lock(); }
  void fork_parent() noexcept override { mutex_.unlock(); }
  void fork_child(Cpu& self) noexcept override {
    // The other threads' CPUs stopped in the middle of whatever they did: leak them rather than
    // run their destructors.
    for (auto& cpu : cpus_) {
      if (cpu.get() == &self) {
        std::swap(cpu, cpus_.front());
      }
    }
    for (std::size_t i = 1; i < cpus_.size(); ++i) (void)cpus_[i].release();
    cpus_.resize(1);
    monitor_.Clear();
    mutex_.unlock();
  }

  bool handle_host_signal(int signo, siginfo_t* info, void* ucontext) noexcept override {
    const auto at = reinterpret_cast<std::uintptr_t>(info->si_addr);
    const auto base = reinterpret_cast<std::uintptr_t>(config_.window.base);
    // Accesses that begin in the window may end in the guard behind it.
    if ((signo != SIGSEGV && signo != SIGBUS) || at - base >= config_.window.size + kCodePage) {
      return false;
    }
    if (CpuT::running() == nullptr) return false;
    CpuT::running()->note_host_signal(signo);
    DynarmicFaultHandler::instance()(signo, info, ucontext);
    return true;
  }

  std::span<const RegisterInfo> registers() const noexcept override { return CpuT::kRegisters; }
  const char* target_description() const noexcept override { return CpuT::kTargetDescription; }

 private:
  EngineConfig config_;
  Dynarmic::ExclusiveMonitor monitor_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<CpuT>> cpus_;
  std::vector<std::unique_ptr<CpuT>> idle_;
  std::size_t next_slot_ = 0;
};

}  // namespace emulate::arm
