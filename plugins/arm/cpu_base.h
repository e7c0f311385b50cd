#pragma once

/// The part of a Cpu that does not depend on the register file: running, interrupting, stepping.

#include <atomic>

#include "arm/core.h"

namespace emulate::arm {

/// Hands out cores. A core is needed only from the first cpu_loop() on, and costs much to make.
template <class State>
class CoreSource {
 public:
  /// nullptr: out of memory.
  virtual Core<State>* acquire() noexcept = 0;
  /// The engine's code_changed(), for OS hooks that see only the Cpu.
  virtual void code_changed(std::uint64_t start, std::uint64_t length) noexcept = 0;

 protected:
  ~CoreSource() = default;
};

/// State is the machine's register file, with a `pc` member.
template <class State>
class CpuBase : public Cpu {
 public:
  explicit CpuBase(CoreSource<State>& source) : source_(source) {}
  virtual ~CpuBase() = default;

  State& state() { return state_; }
  const State& state() const { return state_; }

  Event cpu_loop() noexcept override {
    Core<State>* core = core_.load(std::memory_order_relaxed);
    if (core == nullptr) {
      core = source_.acquire();
      if (core == nullptr) return Event{.kind = EventKind::illegal_instruction};
      core_.store(core, std::memory_order_seq_cst);
    }
    for (;;) {
      core->stale().drain(*core);
      // After the core is known to interrupt(): a request is seen here, or halts the core.
      if (interrupt_.exchange(false, std::memory_order_seq_cst)) {
        return Event{.kind = EventKind::interrupted};
      }
      if (const auto event = core->run(state_, single_step_)) return *event;
    }
  }

  void interrupt() noexcept override {
    interrupt_.store(true, std::memory_order_seq_cst);
    if (auto* core = core_.load(std::memory_order_seq_cst)) core->halt();
  }

  void set_single_step(bool on) noexcept override { single_step_ = on; }
  GuestAddr pc() const noexcept override { return GuestAddr(state_.pc); }
  void clear_reservation() noexcept override {
    if (auto* core = core_.load(std::memory_order_relaxed)) core->clear_reservation();
  }

  void code_changed(std::uint64_t start, std::uint64_t length) noexcept {
    source_.code_changed(start, length);
  }

  Core<State>* core() const { return core_.load(std::memory_order_relaxed); }
  void reset() {
    state_ = {};
    single_step_ = false;
  }

 protected:
  State state_{};

 private:
  CoreSource<State>& source_;
  std::atomic<Core<State>*> core_ = nullptr;
  std::atomic<bool> interrupt_ = false;
  bool single_step_ = false;
};

}  // namespace emulate::arm
