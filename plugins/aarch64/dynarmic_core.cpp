#include "aarch64/dynarmic_core.h"

#include <dynarmic/interface/A64/a64.h>
#include <dynarmic/interface/A64/config.h>
#include <time.h>

#include <bit>

#include "aarch64/fallback.h"
#include "arm/dynarmic_core.h"

namespace emulate::aarch64 {
namespace {

namespace A64 = Dynarmic::A64;
using Dynarmic::HaltReason;

thread_local arm::Core<State>* t_running = nullptr;

constexpr std::uint64_t kCacheLine = 64;
constexpr std::uint32_t kFpsrQc = 1u << 27;
/// Permanently undefined: stands for words that interpret() must see.
constexpr std::uint32_t kUdf = 0;

class DynarmicA64 final : public arm::DynarmicCore<State, A64::Jit>,
                          private A64::UserCallbacks,
                          private RegisterAccess {
 public:
  DynarmicA64(const EngineConfig& config, Engine& engine, arm::CodePages& code_pages, bool first)
      : DynarmicCore(config, engine, code_pages), features_(config.cpu->features) {
    jit_ = std::make_unique<A64::Jit>(configure(config, first));
  }

  std::optional<Event> run(State& state, bool single_step) noexcept override {
    load(state);
    t_running = this;
    const HaltReason reason = single_step ? jit_->Step() : jit_->Run();
    t_running = nullptr;
    store(state);
    auto event = context_.take_event();
    if (event) {
      if (event_pc_) state.pc = *event_pc_;
      event_pc_.reset();
    } else if (single_step && Dynarmic::Has(reason, HaltReason::Step)) {
      event = Event{.kind = EventKind::step};
    }
    return event;
  }

  void invalidate(std::uint64_t start, std::uint64_t length) noexcept override {
    context_.forget_fetched();
    jit_->InvalidateCacheRange(start, length);
  }

 private:
  A64::UserConfig configure(const EngineConfig& config, bool first) {
    A64::UserConfig c{};
    c.callbacks = this;
    c.processor_id = 0;
    c.global_monitor = &monitor_;
    // The monitor is this core's alone, so there is no other processor to lock out.
    c.unsafe_optimizations = true;
    c.optimizations =
        Dynarmic::all_safe_optimizations | Dynarmic::OptimizationFlag::Unsafe_IgnoreGlobalMonitor;
    c.fastmem_pointer = config.window.base;
    c.fastmem_address_space_bits = static_cast<std::size_t>(std::countr_zero(config.window.size));
    c.silently_mirror_fastmem = false;
    c.recompile_on_fastmem_failure = false;
    c.fastmem_exclusive_access = true;
    c.recompile_on_exclusive_fastmem_failure = false;
    c.tpidr_el0 = &tpidr_;
    c.tpidrro_el0 = &tpidrro_;
    c.cntfrq_el0 = 1'000'000'000;
    c.dczid_el0 = 4;         // DC ZVA clears 64 bytes
    c.ctr_el0 = 0x8444c004;  // 64-byte lines
    c.wall_clock_cntpct = true;
    c.enable_cycle_counting = false;
    c.check_halt_on_memory_access = true;
    c.define_unpredictable_behaviour = true;
    c.code_cache_size = first ? arm::kFirstCodeCache : arm::kThreadCodeCache;
    return c;
  }

  void load(const State& s) {
    jit_->SetRegisters(s.x);
    jit_->SetSP(s.sp);
    jit_->SetPC(s.pc);
    jit_->SetPstate(s.nzcv);
    jit_->SetVectors(s.v);
    jit_->SetFpcr(s.fpcr);
    jit_->SetFpsr(s.fpsr);
    tpidr_ = s.tpidr;
    tpidrro_ = s.tpidrro;
  }
  void store(State& s) const {
    s.x = jit_->GetRegisters();
    s.sp = jit_->GetSP();
    s.pc = jit_->GetPC();
    s.nzcv = jit_->GetPstate();
    s.v = jit_->GetVectors();
    s.fpcr = jit_->GetFpcr();
    s.fpsr = jit_->GetFpsr();
    s.tpidr = tpidr_;
  }

  std::uint64_t x(unsigned n) const override { return jit_->GetRegister(n); }
  void set_x(unsigned n, std::uint64_t v) override { jit_->SetRegister(n, v); }
  std::uint64_t sp() const override { return jit_->GetSP(); }
  arm::Vector v(unsigned n) const override { return jit_->GetVector(n); }
  void set_v(unsigned n, const arm::Vector& v) override { jit_->SetVector(n, v); }
  void set_qc() override { jit_->SetFpsr(jit_->GetFpsr() | kFpsrQc); }
  void set_nzcv(std::uint32_t v) override { jit_->SetPstate(v); }

  std::optional<std::uint32_t> MemoryReadCode(A64::VAddr pc) override {
    if (pc % 4 != 0) return std::nullopt;
    auto word = fetch(pc);
    if (word && (is_translated_wrongly(*word) || (!arm::kEditedDynarmic && is_zero_block(*word)))) {
      word = kUdf;
    }
    return word;
  }
  std::uint8_t MemoryRead8(A64::VAddr a) override { return read<std::uint8_t>(a); }
  std::uint16_t MemoryRead16(A64::VAddr a) override { return read<std::uint16_t>(a); }
  std::uint32_t MemoryRead32(A64::VAddr a) override { return read<std::uint32_t>(a); }
  std::uint64_t MemoryRead64(A64::VAddr a) override { return read<std::uint64_t>(a); }
  A64::Vector MemoryRead128(A64::VAddr a) override { return read<A64::Vector>(a); }
  void MemoryWrite8(A64::VAddr a, std::uint8_t v) override { write(a, v); }
  void MemoryWrite16(A64::VAddr a, std::uint16_t v) override { write(a, v); }
  void MemoryWrite32(A64::VAddr a, std::uint32_t v) override { write(a, v); }
  void MemoryWrite64(A64::VAddr a, std::uint64_t v) override { write(a, v); }
  void MemoryWrite128(A64::VAddr a, A64::Vector v) override { write(a, v); }
  bool MemoryWriteExclusive8(A64::VAddr a, std::uint8_t v, std::uint8_t e) override {
    return write_exclusive(a, v, e);
  }
  bool MemoryWriteExclusive16(A64::VAddr a, std::uint16_t v, std::uint16_t e) override {
    return write_exclusive(a, v, e);
  }
  bool MemoryWriteExclusive32(A64::VAddr a, std::uint32_t v, std::uint32_t e) override {
    return write_exclusive(a, v, e);
  }
  bool MemoryWriteExclusive64(A64::VAddr a, std::uint64_t v, std::uint64_t e) override {
    return write_exclusive(a, v, e);
  }
  bool MemoryWriteExclusive128(A64::VAddr a, A64::Vector v, A64::Vector e) override {
    return write_exclusive(a, v, e);
  }

#if EMULATE_DYNARMIC_EDITS >= 2
  void MemoryMisaligned(A64::VAddr a) override { misaligned(a); }
#endif

  void CallSVC(std::uint32_t immediate) override {
    raise(Event{.kind = EventKind::syscall, .code = immediate});
  }

  void InterpreterFallback(A64::VAddr pc, std::size_t count) override {
    for (std::size_t i = 0; i < count; ++i, pc += 4) {
      if (!interpret_at(pc)) return;
      jit_->SetPC(pc + 4);
    }
  }

  void ExceptionRaised(A64::VAddr pc, A64::Exception exception) override {
    switch (exception) {
      case A64::Exception::Breakpoint: {
        const auto word = fetch(pc);
        raise_at(pc, Event{.kind = EventKind::breakpoint, .code = word.value_or(0) >> 5 & 0xffff});
        return;
      }
      case A64::Exception::NoExecuteFault:
        no_execute(pc);
        return;
      case A64::Exception::WaitForInterrupt:
      case A64::Exception::WaitForEvent:
      case A64::Exception::SendEvent:
      case A64::Exception::SendEventLocal:
      case A64::Exception::Yield:
        return;
      default:
        interpret_at(pc);
        return;
    }
  }

  void InstructionCacheOperationRaised(A64::InstructionCacheOperation op,
                                       A64::VAddr address) override {
    const HostScope scope(in_host_);
    if (op == A64::InstructionCacheOperation::InvalidateByVAToPoU) {
      engine_.code_changed(GuestAddr(address & ~(kCacheLine - 1)), kCacheLine);
    }
  }

  void AddTicks(std::uint64_t) override {}
  std::uint64_t GetTicksRemaining() override { return 0; }
  std::uint64_t GetCNTPCT() override {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
           static_cast<std::uint64_t>(now.tv_nsec);
  }

  void no_execute(std::uint64_t pc) {
    // What follows may become executable without anything there having changed before.
    jit_->InvalidateCacheRange(pc, 4);
    Event event;
    event.kind = EventKind::fault;
    event.access = Access::execute;
    event.cause = pc % 4 == 0 ? FaultCause::access : FaultCause::alignment;
    event.address = GuestAddr(pc);
    raise_at(pc, event);
  }

  /// False when an event was raised instead.
  bool interpret_at(std::uint64_t pc) {
    const HostScope scope(in_host_);
    const auto word = context_.fetch(pc);
    switch (word ? interpret(*word, features_, *this, context_) : Interpreted::undefined) {
      case Interpreted::done:
        return true;
      case Interpreted::faulted:
        event_pc_ = pc;
        stop(arm::kHaltEvent);
        return false;
      default:
        raise_at(pc, Event{.kind = EventKind::illegal_instruction});
        return false;
    }
  }
  void raise_at(std::uint64_t pc, const Event& event) {
    event_pc_ = pc;
    raise(event);
  }

  using HostScope = arm::HostScope;

  std::uint64_t features_;
  std::uint64_t tpidr_ = 0;
  std::uint64_t tpidrro_ = 0;
  std::optional<std::uint64_t> event_pc_;
};

}  // namespace

std::unique_ptr<arm::Core<State>> make_dynarmic_core(const EngineConfig& config, Engine& engine,
                                                     arm::CodePages& code_pages, bool first) {
  return std::make_unique<DynarmicA64>(config, engine, code_pages, first);
}

arm::Core<State>* running_core() { return t_running; }

}  // namespace emulate::aarch64
