#include "ppc/cpu.h"

#include <map>
#include <memory>
#include <mutex>
#include <new>

#include "ppc/features.h"
#include "ppc/fpscr.h"
#include "ppc/helpers.h"
#include "ppc/translator.h"

namespace emulate::ppc {
namespace {

/// The decoder of a CPU model, built once per process.
const PpcTable& table_for(std::uint32_t features) {
  static std::mutex mutex;
  static std::map<std::uint32_t, PpcTable> tables;
  const std::scoped_lock lock(mutex);
  return tables.try_emplace(features, ppc_rows(), features).first->second;
}

template <jit::ir::Type kWord>
constexpr jit::ir::Slot kPinned[] = {
    {offsetof(State, gpr) + 8 * 1, kWord}, {offsetof(State, gpr) + 8 * 3, kWord},
    {offsetof(State, gpr) + 8 * 4, kWord}, {offsetof(State, lr), kWord},
    {offsetof(State, gpr) + 8 * 5, kWord}, {offsetof(State, gpr) + 8 * 31, kWord}};

class PpcGuest final : public jit::Guest {
 public:
  explicit PpcGuest(const EngineConfig& config)
      : traits_{config.machine->model.is64(), config.machine->model.order == ByteOrder::big,
                static_cast<std::uint32_t>(config.cpu->features)},
        table_(table_for(traits_.features)) {}

  std::size_t state_size() const override { return sizeof(State); }
  bool wide() const override { return traits_.wide; }
  ByteOrder order() const override { return traits_.big ? ByteOrder::big : ByteOrder::little; }
  std::span<const jit::Helper> helpers() const override { return ppc::helpers(traits_.big); }
  std::span<const jit::GuestRegister> registers() const override {
    return register_list(traits_.wide);
  }
  const char* target_description() const override { return ppc::target_description(traits_.wide); }
  std::span<const jit::ir::Slot> pinned() const override {
    return traits_.wide ? kPinned<jit::ir::Type::i64> : kPinned<jit::ir::Type::i32>;
  }

  void reset(jit::Context& c) const override { reset_state(c.state<State>(), traits_.features); }
  std::uint32_t mode(const jit::Context& c) const override { return fp_mode(c.state<State>()); }
  bool handle_event(jit::Context&, Event& event) const override {
    return event.kind == EventKind::trap && event.code == kTrapLeave;
  }
  // The thread pointer is a general register.
  void set_tls(jit::Context& c, GuestAddr tp) const override {
    State& s = c.state<State>();
    s.gpr[tls_register()] = tp.value + s.tls_bias;
  }
  GuestAddr get_tls(const jit::Context& c) const override {
    const State& s = c.state<State>();
    return GuestAddr(narrow(s.gpr[tls_register()] - s.tls_bias));
  }
  void clear_reservation(jit::Context& c) const override { c.state<State>().reserved_size = 0; }
  GuestAddr stack_pointer(const jit::Context& c) const override {
    return GuestAddr(narrow(c.state<State>().gpr[1]));
  }

  void translate(jit::ir::Unit& unit, jit::InstructionSource& source,
                 unsigned max_instructions) const override {
    Translator(traits_, table_, unit, source).run(max_instructions);
  }

 private:
  unsigned tls_register() const { return traits_.wide ? 13 : 2; }
  std::uint64_t narrow(std::uint64_t v) const { return traits_.wide ? v : v & 0xffff'ffffu; }

  Traits traits_;
  const PpcTable& table_;
};

}  // namespace

Engine* create_engine(const EngineConfig& config) noexcept {
  try {
    return new jit::JitEngine(config, std::make_unique<PpcGuest>(config));
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void destroy_engine(Engine* engine) noexcept { delete static_cast<jit::JitEngine*>(engine); }

}  // namespace emulate::ppc
