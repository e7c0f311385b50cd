#pragma once

/// The Engine of both ARM plugins: owns the CPUs and a pool of cores, and tells every core about
/// changed code.

#include <algorithm>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

#include "arm/code_pages.h"
#include "arm/cpu_base.h"

namespace emulate::arm {

/// Traits provides: State; CpuT, a CpuBase<State> constructible from (const EngineConfig&,
/// CoreSource<State>&); make_core(const EngineConfig&, Engine&, CodePages&, bool first), which
/// returns a unique_ptr<Core<State>>; running(), the core running on this thread; registers();
/// target_description(const EngineConfig&).
template <class Traits>
class ArmEngine final : public Engine, public CoreSource<typename Traits::State> {
 public:
  using State = typename Traits::State;
  using CpuT = typename Traits::CpuT;

  explicit ArmEngine(const EngineConfig& config) : config_(config) {}

  Cpu* cpu_init() noexcept override {
    try {
      auto cpu = std::make_unique<CpuT>(config_, *this);
      const std::lock_guard lock(mutex_);
      cpus_.push_back(std::move(cpu));
      return cpus_.back().get();
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
  }

  Cpu* cpu_fork(const Cpu& parent) noexcept override {
    Cpu* cpu = cpu_init();
    if (cpu != nullptr) {
      static_cast<CpuT*>(cpu)->state() = static_cast<const CpuT&>(parent).state();
    }
    return cpu;
  }

  void cpu_destroy(Cpu* cpu) noexcept override {
    std::unique_ptr<Slot> surplus;  // destroyed without the lock: unmapping a code cache takes time
    std::unique_ptr<CpuT> dead;
    const std::lock_guard lock(mutex_);
    const auto it =
        std::find_if(cpus_.begin(), cpus_.end(), [&](auto& c) { return c.get() == cpu; });
    if (it == cpus_.end()) return;
    dead = std::move(*it);
    cpus_.erase(it);
    for (auto& slot : slots_) {
      if (slot->core.get() != dead->core()) continue;
      slot->core->clear_reservation();
      slot->in_use = false;
      if (idle_count() > kMaxIdleCores) {
        surplus = std::move(slot);
        std::erase(slots_, nullptr);
      }
      break;
    }
  }

  void code_changed(GuestAddr start, std::uint64_t length) noexcept override {
    if (!code_pages_.intersects(start.value, length)) return;
    const std::lock_guard lock(mutex_);
    for (auto& slot : slots_) {
      slot->core->stale().add(start.value, length);
      slot->core->halt();
    }
  }

  void code_changed(std::uint64_t start, std::uint64_t length) noexcept override {
    code_changed(GuestAddr(start), length);
  }

  void exec_reset(Cpu& survivor) noexcept override {
    const std::lock_guard lock(mutex_);
    code_pages_.clear();
    for (auto& slot : slots_) slot->core->stale().add_all();
    static_cast<CpuT&>(survivor).reset();
  }

  void fork_prepare() noexcept override {
    making_.lock();
    mutex_.lock();
    code_pages_.lock();
  }
  void fork_parent() noexcept override {
    code_pages_.unlock();
    mutex_.unlock();
    making_.unlock();
  }
  void fork_child(Cpu& self) noexcept override {
    // The other threads' CPUs and cores stopped in the middle of whatever they did: leak them
    // rather than run their destructors.
    auto* own = static_cast<CpuT*>(&self);
    for (auto& cpu : cpus_) {
      if (cpu.get() != own) (void)cpu.release();
    }
    std::erase(cpus_, nullptr);
    for (auto& slot : slots_) {
      if (slot->in_use && slot->core.get() != own->core()) (void)slot.release();
    }
    std::erase(slots_, nullptr);
    fork_parent();
  }

  bool handle_host_signal(int signo, siginfo_t* info, void* ucontext) noexcept override {
    auto* core = Traits::running();
    return core != nullptr && core->handle_host_signal(signo, info, ucontext);
  }

  std::span<const RegisterInfo> registers() const noexcept override { return Traits::registers(); }
  const char* target_description() const noexcept override {
    return Traits::target_description(config_);
  }

  Core<State>* acquire() noexcept override {
    if (auto* core = take_idle()) return core;
    // One at a time, and never across a fork: the translator's statics are made here as well.
    const std::lock_guard making(making_);
    try {
      auto slot = std::make_unique<Slot>();
      slot->core = Traits::make_core(config_, *this, code_pages_, !made_any_);
      made_any_ = true;
      const std::lock_guard lock(mutex_);
      slots_.push_back(std::move(slot));
      return slots_.back()->core.get();
    } catch (...) {
      return nullptr;
    }
  }

 private:
  struct Slot {
    std::unique_ptr<Core<State>> core;
    bool in_use = true;
  };
  static constexpr std::size_t kMaxIdleCores = 16;

  Core<State>* take_idle() {
    const std::lock_guard lock(mutex_);
    for (auto& slot : slots_) {
      if (slot->in_use) continue;
      slot->in_use = true;
      return slot->core.get();
    }
    return nullptr;
  }
  std::size_t idle_count() const {
    return static_cast<std::size_t>(
        std::count_if(slots_.begin(), slots_.end(), [](auto& s) { return !s->in_use; }));
  }

  EngineConfig config_;
  CodePages code_pages_;
  std::mutex making_;  ///< taken before mutex_
  bool made_any_ = false;
  std::mutex mutex_;
  std::vector<std::unique_ptr<CpuT>> cpus_;
  std::vector<std::unique_ptr<Slot>> slots_;
};

}  // namespace emulate::arm
