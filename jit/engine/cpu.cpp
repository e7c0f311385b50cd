#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "jit/engine/engine.h"
#include "jit/engine/running.h"
#include "jit/interp/interpreter.h"

namespace emulate::jit {

thread_local JitCpu* t_running = nullptr;

namespace {

// The return stack: guest calls use 24 bytes each above the limit; below it signal frames and the
// register saves of helper calls find room.
constexpr std::size_t kReturnBytes = 64u << 10;
constexpr std::size_t kMarginBytes = 192u << 10;
constexpr unsigned kMaxInstructions = 64;

/// Nothing is known. The pc in an entry belongs elsewhere: it equals none that is looked up there.
constexpr std::array<JumpCacheEntry, kJumpCacheSize> kNoLookups = [] {
  std::array<JumpCacheEntry, kJumpCacheSize> none{};
  none.back().pc = 0;
  return none;
}();
static_assert((JumpCacheEntry{}.pc >> kPcShift & (kJumpCacheSize - 1)) == kJumpCacheSize - 1);

}  // namespace

JitCpu::JitCpu(JitEngine& engine, const EngineConfig& config, const Guest& guest)
    : engine_(engine), guest_(guest), lookups_(new JumpCacheEntry[kJumpCacheSize]) {
  const std::size_t bytes = sizeof(Context) + (guest.state_size() + 63) / 64 * 64;
  void* p = std::aligned_alloc(64, bytes);
  void* stack = mmap(nullptr, kReturnBytes + kMarginBytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == nullptr || stack == MAP_FAILED) {
    std::free(p);
    throw std::bad_alloc();
  }
  std::memset(p, 0, bytes);
  context_ = new (p) Context;
  Context& c = *context_;
  c.moving = guest_.moving();
  c.window_base = config.window.base;
  c.window_size = config.window.size;
  c.helpers = guest.helpers().data();
  c.host = config.host;
  c.engine = &engine;
  return_stack_ = static_cast<std::byte*>(stack);
  // Above the top lies an entry that is hardly ever returned to; whose pc it is, is looked up.
  std::byte* top = return_stack_ + kReturnBytes + kMarginBytes - 64;
  std::memset(top, 0xff, 64);
  std::memcpy(top, &engine.thunks().exit_pc, sizeof(void*));
  clear_lookups();
  c.return_stack_top = reinterpret_cast<std::uint64_t>(top);
  return_stack_limit_ = reinterpret_cast<std::uint64_t>(return_stack_ + kMarginBytes);
  c.jump_cache.store(lookups_.get());
  c.return_stack_limit.store(return_stack_limit_);
  guest.reset(c);
}

JitCpu::~JitCpu() {
  munmap(return_stack_, kReturnBytes + kMarginBytes);
  context_->~Context();
  std::free(context_);
}

void JitCpu::copy_from(const JitCpu& parent) {
  std::memcpy(context_->state_bytes(), parent.context_->state_bytes(), guest_.state_size());
  context_->pc = parent.context_->pc;
  context_->guest_mxcsr = parent.context_->guest_mxcsr;
}

void JitCpu::reset() {
  std::memset(context_->state_bytes(), 0, guest_.state_size());
  context_->pc = 0;
  context_->guest_mxcsr = 0x1f80;
  single_step_ = false;
  guest_.reset(*context_);
}

// --- Interrupts ---

void JitCpu::poke() {
  context_->jump_cache.store(kNoLookups.data(), std::memory_order_seq_cst);
  context_->return_stack_limit.store(~std::uint64_t{0}, std::memory_order_seq_cst);
  context_->interrupt.store(1, std::memory_order_seq_cst);
}

void JitCpu::interrupt() noexcept {
  requested_.store(true, std::memory_order_seq_cst);
  poke();
}

/// Takes what others asked for. True: return to the host.
bool JitCpu::attend() {
  Context& c = *context_;
  if (c.flush_length != 0) {
    const std::uint64_t length = std::exchange(c.flush_length, 0);
    engine_.code_changed(GuestAddr(c.flush_start), length);
  }
  if (c.interrupt.load(std::memory_order_seq_cst) == 0) return false;
  // Before the requests are looked at: one that comes later pokes again.
  c.interrupt.store(0, std::memory_order_seq_cst);
  c.jump_cache.store(lookups_.get(), std::memory_order_seq_cst);
  c.return_stack_limit.store(return_stack_limit_, std::memory_order_seq_cst);
  if (drop_.exchange(false, std::memory_order_seq_cst)) clear_lookups();
  return requested_.exchange(false, std::memory_order_seq_cst);
}

// --- The loop ---

Event JitCpu::cpu_loop() noexcept {
  Context& c = *context_;
  c.event_pending = 0;
  Event event;
  for (;;) {
    if (std::exchange(replay_, false)) {
      if (interpret_one(event, kMaxInstructions) && !guest_.handle_event(c, event)) return event;
    }
    if (attend()) return Event{.kind = EventKind::interrupted};
    if (single_step_) {
      const bool stopped = interpret_one(event, 1) && !guest_.handle_event(c, event);
      return stopped ? event : Event{.kind = EventKind::step};
    }
    const std::uint32_t mode = guest_.mode(c);
    if (mode != mode_) {
      mode_ = mode;
      clear_lookups();
    }
    if (const std::uint64_t now = engine_.generation(); now != generation_) {
      generation_ = now;
      clear_lookups();
    }
    const void* code = lookup();
    const bool stopped =
        code == nullptr ? interpret_one(event, kMaxInstructions) : run_code(code, event);
    if (stopped && !guest_.handle_event(c, event)) return event;
  }
}

const void* JitCpu::lookup() {
  if (engine_.interpreting()) return nullptr;
  const std::uint64_t pc = context_->pc;
  const JumpCacheEntry& e = lookups_[pc >> kPcShift & (kJumpCacheSize - 1)];
  if (e.pc == pc) return e.code;
  const Block* block = engine_.block(pc, mode_, *this);
  if (block == nullptr) return nullptr;
  remember(pc, block->entry);
  return block->entry;
}

void JitCpu::remember(std::uint64_t pc, const void* code) {
  lookups_[pc >> kPcShift & (kJumpCacheSize - 1)] = {pc, code};
}

void JitCpu::clear_lookups() { std::ranges::copy(kNoLookups, lookups_.get()); }

bool JitCpu::interpret_one(Event& event, unsigned max_instructions) {
  ir::Unit unit;
  unit.pc = context_->pc;
  unit.mode = guest_.mode(*context_);
  engine_.translate(unit, max_instructions);
  if (interpret(unit, *context_) != Exit::event) return false;
  context_->event_pending = 0;
  event = context_->event;
  return true;
}

bool JitCpu::run_code(const void* code, Event& event) {
  Context& c = *context_;
  in_code_.store(true, std::memory_order_seq_cst);
  if (engine_.generation() != generation_) {  // `code` may be gone
    in_code_.store(false, std::memory_order_seq_cst);
    return false;
  }
  t_running = this;
  const x64::Left left = engine_.thunks().enter(&c, code);
  t_running = nullptr;
  if (left == x64::Left::stub) return leave_by_stub(event);
  in_code_.store(false, std::memory_order_seq_cst);
  if (left == x64::Left::pc || replay_) return false;
  c.event_pending = 0;
  event = c.event;
  return true;
}

bool JitCpu::leave_by_stub(Event& event) {
  Context& c = *context_;
  ExitData data;
  std::memcpy(&data, c.exit_data, sizeof data);
  in_code_.store(false, std::memory_order_seq_cst);
  c.pc = data.pc;
  switch (data.kind) {
    case ExitKind::chain:
    case ExitKind::chain_backward:
      if (c.interrupt.load(std::memory_order_relaxed) != 0) return false;
      if (Block* target = engine_.block(data.pc, mode_, *this)) {
        engine_.link(c.exit_data, *target, generation_);
        remember(data.pc, target->entry);
      }
      return false;
    case ExitKind::resume:
      return false;
    case ExitKind::replay:
      replay_ = true;
      engine_.replayed(c.exit_data);
      return false;
    case ExitKind::misfit:
      if (const Block* b = engine_.misfit(c.exit_data)) {
        remember(data.pc, b->entry);
      } else {
        replay_ = true;
      }
      return false;
    case ExitKind::promote:
      if (const Block* b = engine_.promote(data.pc, mode_)) remember(data.pc, b->entry);
      return false;
    case ExitKind::raise:
      event = unpack_event(static_cast<std::uint16_t>(data.extra), data.pc);
      return true;
    case ExitKind::fetch_fault:
      event = unpack_event(kEventFetchFault, data.extra);
      return true;
  }
  return false;
}

// --- State as the host sees it ---

GuestAddr JitCpu::get_sp_from_cpustate() const noexcept { return guest_.stack_pointer(*context_); }
void JitCpu::cpu_set_tls(GuestAddr tp) noexcept { guest_.set_tls(*context_, tp); }
GuestAddr JitCpu::cpu_get_tls() const noexcept { return guest_.get_tls(*context_); }
void JitCpu::clear_reservation() noexcept { guest_.clear_reservation(*context_); }

bool JitCpu::read_register(unsigned index, std::span<std::byte> out) const noexcept {
  const auto list = guest_.registers();
  if (index >= list.size() || out.size() * 8 != list[index].info.bits) return false;
  const std::uint32_t offset = list[index].offset;
  const std::uint64_t here = pc().value;
  const auto* from =
      offset == kPcOffset ? reinterpret_cast<const std::byte*>(&here) : context_->slot(offset);
  std::memcpy(out.data(), from, out.size());
  if (guest_.order() == ByteOrder::big) std::reverse(out.begin(), out.end());
  return true;
}

bool JitCpu::write_register(unsigned index, std::span<const std::byte> in) noexcept {
  const auto list = guest_.registers();
  if (index >= list.size() || in.size() * 8 != list[index].info.bits) return false;
  const std::uint32_t offset = list[index].offset;
  auto* to =
      offset == kPcOffset ? reinterpret_cast<std::byte*>(&context_->pc) : context_->slot(offset);
  std::memcpy(to, in.data(), in.size());
  if (guest_.order() == ByteOrder::big) std::reverse(to, to + in.size());
  return true;
}

}  // namespace emulate::jit
