#include "jit/engine/engine.h"

#include <sched.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>

#include "jit/engine/region.h"
#include "jit/opt/passes.h"
#include "jit/x64/disassemble.h"

namespace emulate::jit {
namespace {

class HostSource final : public InstructionSource {
 public:
  explicit HostSource(HostServices& host) : host_(host) {}
  bool fetch(std::uint64_t pc, void* dst, std::size_t n) override {
    if (pc - start_ >= bytes_ || bytes_ - (pc - start_) < n) {
      start_ = pc;
      bytes_ = host_.fetch(GuestAddr(pc), line_, sizeof line_);
      if (bytes_ < n) return false;
    }
    std::memcpy(dst, line_ + (pc - start_), n);
    return true;
  }

 private:
  HostServices& host_;
  std::uint64_t start_ = 0;
  std::size_t bytes_ = 0;
  std::byte line_[256];
};

constexpr unsigned kMaxInstructions = 64;
/// The longest instruction stretch a unit can be made from.
constexpr std::uint64_t kMaxUnitBytes = 8 * kMaxInstructions;

bool ends_in_fetch_fault(const ir::Unit& unit) {
  const ir::Inst& last = unit.code.back();
  return last.op == ir::Op::raise && (last.aux & 15) == kEventFetchFault;
}

}  // namespace

JitEngine::JitEngine(const EngineConfig& config, std::unique_ptr<Guest> guest)
    : config_(config),
      guest_(std::move(guest)),
      regions_at_once_(config.engine != nullptr && std::strcmp(config.engine, "regions") == 0),
      interpret_only_(config.engine != nullptr && std::strcmp(config.engine, "interp") == 0),
      cache_(guest_->wide(), guest_->pinned(), guest_->moving()) {
  for (const GuestRegister& r : guest_->registers()) registers_.push_back(r.info);
}

JitEngine::~JitEngine() = default;

Cpu* JitEngine::cpu_init() noexcept {
  try {
    auto cpu = std::make_unique<JitCpu>(*this, config_, *guest_);
    const std::lock_guard lock(mutex_);
    cpus_.push_back(std::move(cpu));
    return cpus_.back().get();
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

Cpu* JitEngine::cpu_fork(const Cpu& parent) noexcept {
  Cpu* cpu = cpu_init();
  if (cpu != nullptr) static_cast<JitCpu*>(cpu)->copy_from(static_cast<const JitCpu&>(parent));
  return cpu;
}

void JitEngine::cpu_destroy(Cpu* cpu) noexcept {
  const std::lock_guard lock(mutex_);
  std::erase_if(cpus_, [&](const auto& c) { return c.get() == cpu; });
}

void JitEngine::translate(ir::Unit& unit, unsigned max_instructions, bool defer) {
  HostSource source(*config_.host);
  unit.clear();
  guest_->translate(unit, source, max_instructions);
  opt::optimize(unit, defer);
}

/// The pages of a block are known before their bytes are read: who changes them finds them here.
void JitEngine::note_pages(std::uint64_t pc) {
  pages_.insert(pc / CodeCache::kGuestPage);
  pages_.insert((pc + kMaxUnitBytes) / CodeCache::kGuestPage);
}

Block* JitEngine::promote(std::uint64_t pc, std::uint32_t mode) {
  std::unique_lock lock(mutex_);
  Block* old = cache_.find(pc, mode);
  if (old == nullptr || old->counter == nullptr) return old;
  *old->counter = std::numeric_limits<std::int32_t>::max();  // once, whatever comes of it
  return make_region(pc, mode, lock);
}

void JitEngine::replayed(const void* ip) {
  constexpr unsigned kMostReplays = 16;
  std::unique_lock lock(mutex_);
  const Block* left = cache_.find_by_host(ip);
  if (left == nullptr) return;
  Block* block = cache_.find(left->pc, left->mode);
  if (block != left || ++block->replays != kMostReplays) return;
  exact_.insert(block->pc);
  make_region(block->pc, block->mode, lock);
}

Block* JitEngine::misfit(const void* ip) {
  std::unique_lock lock(mutex_);
  const Block* left = cache_.find_by_host(ip);
  if (left == nullptr) return nullptr;
  Block* block = cache_.find(left->pc, left->mode);
  if (block != left) return block;
  exact_.insert(block->pc);
  block = make_region(block->pc, block->mode, lock);
  return block != left ? block : nullptr;
}

Block* JitEngine::make_region(std::uint64_t pc, std::uint32_t mode,
                              std::unique_lock<std::mutex>& lock) {
  const std::uint64_t before = changes_;
  const bool speculate = !exact_.contains(pc);
  lock.unlock();
  const auto translate_part = [&](ir::Unit& part) {
    {
      const std::lock_guard pages(mutex_);
      note_pages(part.pc);
    }
    translate(part, kMaxInstructions, speculate);
    return !ends_in_fetch_fault(part);
  };
  const auto seen = [&](std::uint64_t at) -> Region::Seen {
    const std::lock_guard blocks(mutex_);
    const Block* block = cache_.find(at, mode);
    if (block == nullptr) return {};
    return {.region = block->counter == nullptr, .entries = CodeCache::entries(*block)};
  };
  const auto unit = Region(pc, mode).build(translate_part, seen, speculate);
  lock.lock();
  if (changes_ != before || unit.blocks.empty()) return cache_.find(pc, mode);
  Block* region = cache_.add(unit);
  log_unit(unit, region);
  return region != nullptr ? region : cache_.find(pc, mode);
}

Block* JitEngine::block(std::uint64_t pc, std::uint32_t mode, JitCpu& cpu) {
  unsigned most = kMaxInstructions;
  for (;;) {
    std::unique_lock lock(mutex_);
    if (Block* b = cache_.find(pc, mode)) return b;
    if (cache_.full()) clear_all(&cpu);
    note_pages(pc);
    const std::uint64_t before = changes_;
    const bool exact = exact_.contains(pc);
    // The guest's bytes are read without the lock: the host may hold its own in code_changed().
    lock.unlock();
    ir::Unit unit;
    unit.pc = pc;
    unit.mode = mode;
    unit.counted = true;
    translate(unit, most);
    if (!exact) opt::vectorize_loop(unit);  // entered once, it may run for long
    opt::unroll_loop(unit);
    if (ends_in_fetch_fault(unit)) return nullptr;
    lock.lock();
    if (changes_ != before) continue;
    if (Block* b = cache_.find(pc, mode)) return b;
    Block* b = cache_.add(unit);
    if (b == nullptr && cache_.full()) continue;
    log_unit(unit, b);
    if (b == nullptr && most > 1) {  // fewer instructions want fewer registers and less room
      most /= 4;
      continue;
    }
    return regions_at_once_ ? make_region(pc, mode, lock) : b;
  }
}

void JitEngine::log_unit(const ir::Unit& unit, const Block* block) {
  HostServices& host = *config_.host;
  if (host.log_enabled(Log::ir)) host.log(Log::ir, ir::to_string(unit));
  if (block != nullptr && host.log_enabled(Log::host_asm)) {
    host.log(Log::host_asm, x64::disassemble(*block, cache_.thunks()));
  }
  if (block == nullptr) host.log(Log::engine, "a unit is too large for generated code");
}

void JitEngine::link(const std::byte* stub, Block& target, std::uint64_t generation) {
  const std::lock_guard lock(mutex_);
  if (generation_.load(std::memory_order_relaxed) != generation) return;
  // Invalidated between block() and here?
  if (cache_.find(target.pc, target.mode) == &target) cache_.link(stub, target);
}

void JitEngine::code_changed(GuestAddr start, std::uint64_t length) noexcept {
  if (length == 0) return;
  const std::lock_guard lock(mutex_);
  const std::uint64_t first = start.value / CodeCache::kGuestPage;
  const std::uint64_t last = (start.value + (length - 1)) / CodeCache::kGuestPage;
  bool known = false;
  if (last - first >= pages_.size()) {
    known = std::any_of(pages_.begin(), pages_.end(),
                        [&](std::uint64_t p) { return p >= first && p <= last; });
  } else {
    for (std::uint64_t p = first; p <= last && !known; ++p) known = pages_.contains(p);
  }
  if (!known) return;
  ++changes_;
  if (!cache_.usable() || !cache_.invalidate(start.value, length)) return;
  for (const auto& cpu : cpus_) cpu->drop_lookups();
}

/// Throws all code away. Called with the lock held, by a thread that is not in generated code.
void JitEngine::clear_all(const JitCpu* self) {
  generation_.fetch_add(1, std::memory_order_seq_cst);
  ++changes_;
  for (const auto& cpu : cpus_) {
    if (cpu.get() == self) continue;
    while (cpu->in_code()) {
      cpu->drop_lookups();
      sched_yield();
    }
  }
  if (cache_.usable()) cache_.clear();
}

void JitEngine::exec_reset(Cpu& survivor) noexcept {
  auto& cpu = static_cast<JitCpu&>(survivor);
  const std::lock_guard lock(mutex_);
  clear_all(&cpu);
  pages_.clear();
  exact_.clear();
  cpu.reset();
}

void JitEngine::fork_child(Cpu& self) noexcept {
  // The other threads stopped wherever they were: their Cpus are leaked, not destroyed.
  for (auto& cpu : cpus_) {
    if (cpu.get() != &self) (void)cpu.release();
  }
  std::erase(cpus_, nullptr);
  mutex_.unlock();
}

}  // namespace emulate::jit
