#include "sparc64/cpu.h"

#include <memory>
#include <new>

#include "sparc64/features.h"
#include "sparc64/helpers.h"
#include "sparc64/start.h"
#include "sparc64/translator.h"

namespace emulate::sparc64 {
namespace {

/// Built once per process and feature set.
const SparcTable& table_for(std::uint32_t features) {
  static const SparcTable kTables[] = {{sparc_rows(), 0}, {sparc_rows(), kVis2}};
  return kTables[(features & kVis2) != 0 ? 1 : 0];
}

constexpr unsigned kO0 = 8, kO1 = 9, kSp = 14, kO7 = 15;
constexpr jit::ir::Slot kPinned[] = {{offsetof(State, gpr) + 8 * kSp, jit::ir::Type::i64},
                                     {offsetof(State, gpr) + 8 * kO0, jit::ir::Type::i64},
                                     {offsetof(State, gpr) + 8 * kO1, jit::ir::Type::i64},
                                     {offsetof(State, gpr) + 8 * kO7, jit::ir::Type::i64}};

class SparcGuest final : public jit::Guest {
 public:
  explicit SparcGuest(const EngineConfig& config) : table_(table_for(config.cpu->features)) {}

  std::size_t state_size() const override { return sizeof(State); }
  bool wide() const override { return true; }
  ByteOrder order() const override { return ByteOrder::big; }
  std::span<const jit::Helper> helpers() const override { return sparc64::helpers(); }
  std::span<const jit::GuestRegister> registers() const override { return register_list(); }
  const char* target_description() const override { return sparc64::target_description(); }
  std::uint64_t pc_tag() const override { return kDelayTag; }
  std::span<const jit::ir::Slot> pinned() const override { return kPinned; }
  jit::ir::Moving moving() const override { return kMovingSlots; }

  void reset(jit::Context& c) const override {
    c.state<State>().process = &process_;
    reset_state(c);
  }
  std::uint32_t mode(const jit::Context& c) const override {
    const State& s = c.state<State>();
    return static_cast<std::uint32_t>(s.asi) | (fsr_traps(s) ? kModeFpTraps : 0);
  }
  void set_tls(jit::Context& c, GuestAddr tp) const override {
    c.state<State>().reg(kG7) = tp.value;
  }
  GuestAddr get_tls(const jit::Context& c) const override {
    return GuestAddr(c.state<State>().reg(kG7));
  }
  void clear_reservation(jit::Context&) const override {}
  GuestAddr stack_pointer(const jit::Context& c) const override {
    return GuestAddr(c.state<State>().reg(kSp) + kStackBias);
  }
  bool handle_event(jit::Context& c, Event& event) const override {
    return sparc64::handle_event(c, event);
  }

  void translate(jit::ir::Unit& unit, jit::InstructionSource& source,
                 unsigned max_instructions) const override {
    Translator(table_, unit, source).run(max_instructions);
  }

 private:
  const SparcTable& table_;
  mutable ProcessTraps process_;
};

}  // namespace

Engine* create_engine(const EngineConfig& config) noexcept {
  try {
    return new jit::JitEngine(config, std::make_unique<SparcGuest>(config));
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void destroy_engine(Engine* engine) noexcept { delete static_cast<jit::JitEngine*>(engine); }

}  // namespace emulate::sparc64
