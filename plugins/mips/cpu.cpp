#include "mips/cpu.h"

#include <memory>
#include <new>

#include "mips/events.h"
#include "mips/fcsr.h"
#include "mips/features.h"
#include "mips/helpers.h"
#include "mips/translator.h"

namespace emulate::mips {
namespace {

/// Built once per process and register width.
const MipsTable& table_for(bool wide, bool fr1) {
  static const MipsTable kTables[] = {
      {mips_rows(), kFpu},
      {mips_rows(), kFpu | kFr1},
      {mips_rows(), kFpu | kFr1 | kMips64},
  };
  return kTables[wide ? 2 : fr1 ? 1 : 0];
}

template <jit::ir::Type kWord>
constexpr jit::ir::Slot kPinned[] = {
    {offsetof(State, gpr) + 8 * kSp, kWord}, {offsetof(State, gpr) + 8 * kV0, kWord},
    {offsetof(State, gpr) + 8 * kA0, kWord}, {offsetof(State, gpr) + 8 * kRa, kWord},
    {offsetof(State, gpr) + 8 * kA1, kWord}, {offsetof(State, gpr) + 8 * kS0, kWord}};

class MipsGuest final : public jit::Guest {
 public:
  explicit MipsGuest(const EngineConfig& config)
      : traits_{config.machine->model.is64(), config.machine->model.order == ByteOrder::big,
                config.machine->model.is64()},
        table_(table_for(traits_.wide, traits_.fr1)) {}

  std::size_t state_size() const override { return sizeof(State); }
  bool wide() const override { return traits_.wide; }
  ByteOrder order() const override { return traits_.big ? ByteOrder::big : ByteOrder::little; }
  std::span<const jit::Helper> helpers() const override { return mips::helpers(traits_.big); }
  std::span<const jit::GuestRegister> registers() const override {
    return register_list(traits_.wide);
  }
  const char* target_description() const override { return mips::target_description(traits_.wide); }
  std::span<const jit::ir::Slot> pinned() const override {
    return traits_.wide ? kPinned<jit::ir::Type::i64> : kPinned<jit::ir::Type::i32>;
  }

  void reset(jit::Context& c) const override {
    c.guest_mxcsr = write_fcsr(c.state<State>(), 0x1f80, 0);
  }
  std::uint32_t mode(const jit::Context& c) const override {
    return fcsr_traps(c.state<State>()) ? kModeFpTraps : 0;
  }
  bool handle_event(jit::Context& c, Event& event) const override {
    return mips::handle_event(c, event, traits_);
  }
  void set_tls(jit::Context& c, GuestAddr tp) const override {
    State& s = c.state<State>();
    s.user_local = tp.value + s.tls_bias;
  }
  GuestAddr get_tls(const jit::Context& c) const override {
    const State& s = c.state<State>();
    const std::uint64_t tp = s.user_local - s.tls_bias;
    return GuestAddr(traits_.wide ? tp : tp & 0xffff'ffffu);
  }
  void clear_reservation(jit::Context& c) const override { c.state<State>().ll_active = 0; }
  GuestAddr stack_pointer(const jit::Context& c) const override {
    const std::uint64_t sp = c.state<State>().gpr[kSp];
    return GuestAddr(traits_.wide ? sp : sp & 0xffff'ffffu);
  }

  void translate(jit::ir::Unit& unit, jit::InstructionSource& source,
                 unsigned max_instructions) const override {
    Translator(traits_, table_, unit, source).run(max_instructions);
  }

 private:
  Traits traits_;
  const MipsTable& table_;
};

}  // namespace

Engine* create_engine(const EngineConfig& config) noexcept {
  try {
    return new jit::JitEngine(config, std::make_unique<MipsGuest>(config));
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void destroy_engine(Engine* engine) noexcept { delete static_cast<jit::JitEngine*>(engine); }

}  // namespace emulate::mips
