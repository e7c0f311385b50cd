#include "tests/unit/jit/harness.h"

#include <fmt/format.h>

#include <cstdlib>
#include <new>

#include "jit/interp/interpreter.h"

namespace emulate::jit::test {
namespace {

std::uint64_t mix(Context&, std::uint64_t a, std::uint64_t b, std::uint64_t c,
                  std::uint64_t d) noexcept {
  return (a ^ (b << 1)) + 3 * c + 7 * d;
}
std::uint64_t add_to_state(Context& c, std::uint64_t a, std::uint64_t, std::uint64_t,
                           std::uint64_t) noexcept {
  std::uint64_t v;
  std::memcpy(&v, c.state_bytes(), sizeof v);
  v += a;
  std::memcpy(c.state_bytes(), &v, sizeof v);
  return v ^ a;
}
constexpr Helper kHelpers[] = {mix, add_to_state};
constexpr ir::Slot kPinned[] = {{8, ir::Type::i64}, {64, ir::Type::i32}, {0, ir::Type::i64}};

}  // namespace

std::span<const Helper> test_helpers() { return kHelpers; }

Harness::Harness(bool wide, const ir::Moving& moving)
    : host_(wide ? 36 : 32), cache_(wide, kPinned, moving), lookups_(kJumpCacheSize) {
  context_ = new (std::aligned_alloc(64, sizeof(Context) + kStateBytes)) Context;
  context_->window_base = host_.window().base;
  context_->window_size = host_.window().size;
  context_->helpers = kHelpers;
  context_->moving = moving;
  context_->host = &host_;
  context_->jump_cache = lookups_.data();
  stack_.resize(1 << 18, std::byte{0xff});
  const auto top = reinterpret_cast<std::uint64_t>(stack_.data() + stack_.size() - 64) & ~15ull;
  context_->return_stack_top = top;
  context_->return_stack_limit = top - 4096;
  host_.protect(kMemory, kMemoryBytes, emulate::test::kRead | emulate::test::kWrite);
}

Harness::~Harness() {
  context_->~Context();
  std::free(context_);
}

void Harness::start() {
  std::memcpy(context_->state_bytes(), state.data(), kStateBytes);
  std::memcpy(host_.window().base + kMemory, memory.data(), kMemoryBytes);
  context_->guest_mxcsr = mxcsr;
  context_->event_pending = 0;
  context_->interrupt = interrupted ? 1 : 0;
  context_->event = {};
  context_->pc = 0;
}

Outcome Harness::finish(bool event) {
  Outcome o;
  o.event = event;
  o.pc = context_->pc;
  if (event) {
    o.event_kind = static_cast<unsigned>(context_->event.kind);
    o.event_code = context_->event.code;
  }
  std::memcpy(o.state.data(), context_->state_bytes(), kStateBytes);
  std::memcpy(o.memory.data(), host_.window().base + kMemory, kMemoryBytes);
  o.rounding_and_flags = context_->guest_mxcsr & ~ignored_flags;
  return o;
}

Outcome Harness::interpret(const ir::Unit& unit) {
  start();
  return finish(jit::interpret(unit, *context_) == Exit::event);
}

Outcome Harness::execute(const ir::Unit& unit, bool& compiled, const ir::Unit* exact) {
  start();
  cache_.clear();
  Block* block = cache_.add(unit);
  compiled = block != nullptr;
  if (!compiled) return {};
  const x64::Left left = cache_.thunks().enter(context_, block->entry);
  bool event = left == x64::Left::fault;
  if (left == x64::Left::stub) {
    ExitKind kind;
    event = leave_by_stub(kind);
    if (kind == ExitKind::replay) return replay(exact != nullptr ? *exact : unit);
  }
  return finish(event);
}

/// True for an event.
bool Harness::leave_by_stub(ExitKind& kind) {
  ExitData data;
  std::memcpy(&data, context_->exit_data, sizeof data);
  context_->pc = data.pc;
  kind = data.kind;
  if (kind != ExitKind::raise) return false;
  context_->event = unpack_event(static_cast<std::uint16_t>(data.extra), data.pc);
  return true;
}

Outcome Harness::interpret(std::span<const ir::Unit> units) {
  start();
  context_->pc = units.front().pc;
  for (;;) {
    const auto at = std::find_if(units.rbegin(), units.rend(),
                                 [&](const ir::Unit& u) { return u.pc == context_->pc; });
    if (at == units.rend()) return finish(false);
    if (jit::interpret(*at, *context_) == Exit::event) return finish(true);
  }
}

/// As the engine does it: exits are linked, and jumps by value find what is there.
Outcome Harness::execute(std::span<const ir::Unit> units, bool& compiled) {
  start();
  cache_.clear();
  std::fill(lookups_.begin(), lookups_.end(), JumpCacheEntry{});
  compiled = true;
  for (const ir::Unit& unit : units) {
    const Block* block = cache_.add(unit);
    compiled = compiled && block != nullptr;
    if (!compiled) return {};
    lookups_[unit.pc >> kPcShift & (kJumpCacheSize - 1)] = {unit.pc, block->entry};
  }
  context_->pc = units.front().pc;
  for (;;) {
    const Block* block = cache_.find(context_->pc, 0);
    if (block == nullptr) return finish(false);
    const x64::Left left = cache_.thunks().enter(context_, block->entry);
    if (left == x64::Left::fault) return finish(true);
    if (left != x64::Left::stub) continue;
    ExitKind kind;
    if (leave_by_stub(kind)) return finish(true);
    Block* target = cache_.find(context_->pc, 0);
    const bool chain = kind == ExitKind::chain || kind == ExitKind::chain_backward;
    if (chain && target != nullptr) cache_.link(context_->exit_data, *target);
  }
}

namespace {

/// Makes slots of `left` as they are `now` that the unit sets, from the pc on, before it reads them
/// or may be left: they need not be kept for a replay.
void set_anyway(const ir::Unit& unit, std::uint64_t pc, Outcome& left, Context& now) {
  std::vector<bool> read(kStateBytes);
  bool from = false;
  for (const ir::Inst& i : unit.code) {
    from = from || (i.op == ir::Op::guest_pc && i.imm == pc);
    if (!from) continue;
    if (i.op == ir::Op::move || (ir::op_info(i.op).may_leave && i.op != ir::Op::load)) return;
    const bool get = i.op == ir::Op::get_slot;
    if (!get && i.op != ir::Op::set_slot) continue;
    const auto first = static_cast<std::size_t>(now.slot(i.imm) - now.state_bytes());
    for (std::size_t n = first; n < first + ir::bytes_of(i.type); ++n) {
      if (get) {
        read[n] = true;
      } else if (!read[n]) {
        left.state[n] = now.state_bytes()[n];
      }
    }
  }
}

}  // namespace

/// What the unit does, if the state is one that it has at the pc on its way.
Outcome Harness::replay(const ir::Unit& unit) {
  const Outcome left = finish(false);
  bool met = false;
  start();
  const Exit exit = jit::interpret(unit, *context_, [&](std::uint64_t pc) {
    if (pc != left.pc || met) return;
    const std::byte* now = host_.window().base + kMemory;
    Outcome there = left;
    set_anyway(unit, pc, there, *context_);
    met = std::memcmp(there.state.data(), context_->state_bytes(), kStateBytes) == 0 &&
          std::memcmp(left.memory.data(), now, kMemoryBytes) == 0;
  });
  replays_ += met ? 1 : 0;
  return met ? finish(exit == Exit::event) : left;
}

std::string describe(const Outcome& a, const Outcome& b) {
  std::string out = fmt::format("event {} {} pc {:#x} {:#x} mxcsr {:#x} {:#x}\n", a.event, b.event,
                                a.pc, b.pc, a.rounding_and_flags, b.rounding_and_flags);
  for (std::size_t n = 0; n < kStateBytes; n += 8) {
    std::uint64_t x, y;
    std::memcpy(&x, a.state.data() + n, 8);
    std::memcpy(&y, b.state.data() + n, 8);
    if (x != y) out += fmt::format("state +{}: {:#x} {:#x}\n", n, x, y);
  }
  for (std::size_t n = 0; n < kMemoryBytes; ++n) {
    if (a.memory[n] != b.memory[n]) {
      out += fmt::format("memory +{}: {:#x} {:#x}\n", n, static_cast<unsigned>(a.memory[n]),
                         static_cast<unsigned>(b.memory[n]));
    }
  }
  return out;
}

}  // namespace emulate::jit::test
