#include "armv6/dynarmic_core.h"

#include <dynarmic/interface/A32/a32.h>
#include <dynarmic/interface/A32/config.h>

#include <algorithm>

#include "arm/dynarmic_core.h"
#include "armv6/cp15.h"
#include "armv6/fallback.h"
#include "armv6/fallback_simd.h"
#include "armv6/features.h"

namespace emulate::armv6 {
namespace {

namespace A32 = Dynarmic::A32;
using arm::HostScope;
using Dynarmic::HaltReason;

thread_local arm::Core<State>* t_running = nullptr;

/// What gdb puts into a program (FreeBSD sys/arm/include/armreg.h).
constexpr std::uint32_t kGdbBreakpoint = 0xe6000011;
constexpr std::uint32_t kGdb5Breakpoint = 0xe7ffdefe;

class DynarmicA32 final : public arm::DynarmicCore<State, A32::Jit>, private A32::UserCallbacks {
 public:
  DynarmicA32(const EngineConfig& config, Engine& engine, arm::CodePages& code_pages, bool first)
      : DynarmicCore(config, engine, code_pages), features_(config.cpu->features) {
    jit_ = std::make_unique<A32::Jit>(configure(config, first));
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
    } else if (single_step && Dynarmic::Has(reason, HaltReason::Step)) {
      event = Event{.kind = EventKind::step};
    }
    event_pc_.reset();
    return event;
  }

  void invalidate(std::uint64_t start, std::uint64_t length) noexcept override {
    context_.forget_fetched();
    jit_->InvalidateCacheRange(static_cast<std::uint32_t>(start), length);
  }

 private:
  A32::UserConfig configure(const EngineConfig& config, bool first) {
    A32::UserConfig c{};
    c.callbacks = this;
    c.processor_id = 0;
    c.global_monitor = &monitor_;
    c.arch_version = config.cpu->features & kV7 ? A32::ArchVersion::v7 : A32::ArchVersion::v6K;
    // The monitor is this core's alone, so there is no other processor to lock out.
    c.unsafe_optimizations = true;
    c.optimizations =
        Dynarmic::all_safe_optimizations | Dynarmic::OptimizationFlag::Unsafe_IgnoreGlobalMonitor;
    c.fastmem_pointer = config.window.base;
    c.recompile_on_fastmem_failure = false;
    c.fastmem_exclusive_access = true;
    c.recompile_on_exclusive_fastmem_failure = false;
    const auto undefined = [](void* self) {
      static_cast<DynarmicA32*>(self)->raise(Event{.kind = EventKind::illegal_instruction});
    };
    const auto nothing = make_coprocessor(nullptr, undefined, this);
    for (auto& coprocessor : c.coprocessors) coprocessor = nothing;
    c.coprocessors[15] = make_coprocessor(&cp15_, undefined, this);
    c.wall_clock_cntpct = true;
    c.enable_cycle_counting = false;
    c.check_halt_on_memory_access = true;
    c.define_unpredictable_behaviour = true;
    c.code_cache_size = first ? arm::kFirstCodeCache : arm::kThreadCodeCache;
    return c;
  }

  void load(const State& s) {
    std::copy(s.r.begin(), s.r.end(), jit_->Regs().begin());
    jit_->Regs()[15] = s.pc;
    jit_->SetCpsr(s.cpsr & kPsrKnown);
    jit_->ExtRegs() = s.s;
    jit_->SetFpscr(s.fpscr);
    cp15_ = {s.tpidrurw, s.tpidruro};
    fpscr_.reset();
  }
  void store(State& s) {
    std::copy_n(jit_->Regs().begin(), s.r.size(), s.r.begin());
    s.pc = jit_->Regs()[15];
    s.cpsr = jit_->Cpsr();
    s.s = jit_->ExtRegs();
    s.fpscr = fpscr_ ? *fpscr_ : jit_->Fpscr();
    s.tpidrurw = cp15_.tpidrurw;
  }

  std::optional<std::uint32_t> MemoryReadCode(A32::VAddr pc) override {
    auto word = fetch(pc);
    const bool thumb = (jit_->Cpsr() & kPsrThumb) != 0;
    if (word && !thumb) word = substitute(*word);
    return word;
  }
  std::uint8_t MemoryRead8(A32::VAddr a) override { return read<std::uint8_t>(a); }
  std::uint16_t MemoryRead16(A32::VAddr a) override { return read<std::uint16_t>(a); }
  std::uint32_t MemoryRead32(A32::VAddr a) override { return read<std::uint32_t>(a); }
  std::uint64_t MemoryRead64(A32::VAddr a) override { return read<std::uint64_t>(a); }
  void MemoryWrite8(A32::VAddr a, std::uint8_t v) override { write(a, v); }
  void MemoryWrite16(A32::VAddr a, std::uint16_t v) override { write(a, v); }
  void MemoryWrite32(A32::VAddr a, std::uint32_t v) override { write(a, v); }
  void MemoryWrite64(A32::VAddr a, std::uint64_t v) override { write(a, v); }
  bool MemoryWriteExclusive8(A32::VAddr a, std::uint8_t v, std::uint8_t e) override {
    return write_exclusive(a, v, e);
  }
  bool MemoryWriteExclusive16(A32::VAddr a, std::uint16_t v, std::uint16_t e) override {
    return write_exclusive(a, v, e);
  }
  bool MemoryWriteExclusive32(A32::VAddr a, std::uint32_t v, std::uint32_t e) override {
    return write_exclusive(a, v, e);
  }
  bool MemoryWriteExclusive64(A32::VAddr a, std::uint64_t v, std::uint64_t e) override {
    return write_exclusive(a, v, e);
  }

#if EMULATE_DYNARMIC_EDITS >= 2
  void MemoryMisaligned(A32::VAddr a) override { misaligned(a); }
#endif

  void CallSVC(std::uint32_t immediate) override {
    leave();
    // A Thumb SVC inside an IT block leaves the state of its own place in the block.
    if (const std::uint32_t cpsr = jit_->Cpsr(); (cpsr & kPsrIt) != 0) {
      jit_->SetCpsr(advance_it(cpsr));
      jit_->SetFpscr(*fpscr_);
    }
    raise(Event{.kind = EventKind::syscall, .code = immediate});
  }

  void InterpreterFallback(A32::VAddr pc, std::size_t) override {
    leave();
    interpret_at(pc);
  }

  void ExceptionRaised(A32::VAddr pc, A32::Exception exception) override {
    leave();
    switch (exception) {
      case A32::Exception::Breakpoint:
        raise_at(pc, Event{.kind = EventKind::breakpoint});
        return;
      case A32::Exception::NoExecuteFault:
        no_execute(pc);
        return;
      case A32::Exception::UndefinedInstruction:
      case A32::Exception::UnpredictableInstruction:
      case A32::Exception::DecodeError:
        interpret_at(pc);
        return;
      default:  // hints
        return;
    }
  }

  void AddTicks(std::uint64_t) override {}
  std::uint64_t GetTicksRemaining() override { return 0; }

  /// A callback that ends the run: without cycle counting Dynarmic overwrites the guest's FP
  /// status with the host's on the way out.
  void leave() {
    fpscr_ = jit_->Fpscr();
    stop(arm::kHaltEvent);
  }

  void no_execute(std::uint32_t pc) {
    std::uint32_t address = pc;
    // A 32-bit Thumb instruction may have only its second half on a page that cannot be executed.
    if ((jit_->Cpsr() & kPsrThumb) != 0 && pc % 4 == 2 && fetch(pc - 2)) address = pc + 2;
    // What follows may become executable without anything there having changed before.
    jit_->InvalidateCacheRange(pc, 4);
    raise_at(
        pc,
        Event{.kind = EventKind::fault, .access = Access::execute, .address = GuestAddr(address)});
  }

  void interpret_at(std::uint32_t pc) {
    const HostScope scope(in_host_);
    const bool thumb = (jit_->Cpsr() & kPsrThumb) != 0;
    const std::uint32_t word = thumb ? fetch_thumb_simd(pc) : context_.fetch(pc).value_or(0);
    if (word == kGdbBreakpoint || word == kGdb5Breakpoint) {
      raise_at(pc, Event{.kind = EventKind::breakpoint});
      return;
    }
    switch (interpret(word)) {
      case Interpreted::done:
        jit_->Regs()[15] = pc + 4;
        break;
      case Interpreted::faulted:
        event_pc_ = pc;
        break;
      case Interpreted::undefined:
        raise_at(pc, Event{.kind = EventKind::illegal_instruction});
        break;
    }
  }
  Interpreted interpret(std::uint32_t word) {
    bool qc = false;
    if ((features_ & kNeon) != 0 && interpret_simd(word, jit_->ExtRegs(), qc)) {
      if (qc) fpscr_ = fpscr_.value_or(jit_->Fpscr()) | kFpscrQc;
      return Interpreted::done;
    }
    return armv6::interpret(word, jit_->Cpsr(), jit_->Regs(), context_);
  }
  /// The ARM form of the Thumb instruction, or an undefined one: of Thumb's only NEON's come here.
  std::uint32_t fetch_thumb_simd(std::uint32_t pc) {
    const auto first = context_.fetch(pc & ~3u);
    const auto second = pc % 4 == 0 ? first : context_.fetch(pc + 2);
    if (!first || !second) return kUndefined;
    const std::uint32_t word =
        pc % 4 == 0 ? *first << 16 | *first >> 16 : (*first & 0xffff'0000) | (*second & 0xffff);
    const std::uint32_t simd = arm_form_of_simd(word);
    return simd != 0 ? simd : kUndefined;
  }
  void raise_at(std::uint32_t pc, const Event& event) {
    event_pc_ = pc;
    raise(event);
  }

  static std::uint32_t advance_it(std::uint32_t cpsr) {
    std::uint32_t it = (cpsr >> 8 & 0xfc) | (cpsr >> 25 & 3);
    it = (it & 7) == 0 ? 0 : (it & 0xe0) | (it << 1 & 0x1f);
    return (cpsr & ~kPsrIt) | (it & 0xfc) << 8 | (it & 3) << 25;
  }

  /// Everything but reserved bits, which Dynarmic has no place for.
  static constexpr std::uint32_t kPsrKnown = 0xff0fffff & ~(1u << 8);

  static constexpr std::uint32_t kFpscrQc = 1u << 27;
  static constexpr std::uint32_t kUndefined = 0xffff'ffff;

  std::uint64_t features_;
  Cp15Registers cp15_;
  std::optional<std::uint32_t> fpscr_;
  std::optional<std::uint32_t> event_pc_;
};

}  // namespace

std::unique_ptr<arm::Core<State>> make_dynarmic_core(const EngineConfig& config, Engine& engine,
                                                     arm::CodePages& code_pages, bool first) {
  return std::make_unique<DynarmicA32>(config, engine, code_pages, first);
}

arm::Core<State>* running_core() { return t_running; }

}  // namespace emulate::armv6
