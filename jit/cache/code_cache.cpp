#include "jit/cache/code_cache.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "jit/x64/emitter.h"

namespace emulate::jit {
namespace {

constexpr std::size_t kCacheBytes = 192u << 20;
constexpr std::size_t kMaxBlockBytes = 64u << 10;
constexpr std::size_t kMaxBlocks = kCacheBytes / 64;
constexpr std::size_t kCounterBytes = kMaxBlocks * sizeof(std::int32_t);
constexpr std::int32_t kEntriesBeforePromotion = 1000;
/// Regions begin where a line does: their speed is not to depend on what was compiled before.
constexpr std::uintptr_t kCacheLine = 64;

void* reserve(std::size_t bytes, int prot) {
  void* p = mmap(nullptr, bytes, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return p == MAP_FAILED ? nullptr : p;
}

/// Other threads may be executing the jump: its field is within 8 aligned bytes, so one store.
void set_rel32(std::uint8_t* field, const std::uint8_t* target) {
  const auto rel = static_cast<std::int32_t>(target - (field + 4));
  __atomic_store_n(reinterpret_cast<std::int32_t*>(field), rel, __ATOMIC_RELEASE);
}

}  // namespace

CodeCache::CodeCache(bool wide, std::span<const ir::Slot> pinned, const ir::Moving& moving)
    : wide_(wide),
      pinned_(pinned.first(std::min(pinned.size(), x64::kMaxPinned))),
      moving_(moving) {
  if (!x64::host_supported()) return;
  memory_ = static_cast<std::uint8_t*>(reserve(kCacheBytes, PROT_READ | PROT_WRITE | PROT_EXEC));
  counters_ = reinterpret_cast<std::int32_t*>(memory_);
  by_host_ = static_cast<Block**>(reserve(kMaxBlocks * sizeof(*by_host_), PROT_READ | PROT_WRITE));
  if (memory_ == nullptr || by_host_ == nullptr) {
    if (memory_ != nullptr) munmap(memory_, kCacheBytes);
    memory_ = nullptr;
    return;
  }
  x64::Assembler a(memory_ + kCounterBytes, 4096);
  thunks_ = x64::emit_thunks(a, pinned_, moving_);
  first_ = next_ = a.at();
}

CodeCache::~CodeCache() {
  if (memory_ != nullptr) {
    clear();
    munmap(memory_, kCacheBytes);
  }
  if (by_host_ != nullptr) munmap(by_host_, kMaxBlocks * sizeof(*by_host_));
}

Block* CodeCache::find(std::uint64_t pc, std::uint32_t mode) const {
  const auto it = blocks_.find({pc, mode});
  return it == blocks_.end() ? nullptr : it->second;
}

unsigned CodeCache::entries(const Block& block) {
  if (block.counter == nullptr) return kEntriesBeforePromotion;
  // Generated code counts on; after the promotion the counter stands high.
  const std::int32_t left = std::atomic_ref(*block.counter).load(std::memory_order_relaxed);
  const bool counting = left >= 0 && left <= kEntriesBeforePromotion;
  return static_cast<unsigned>(kEntriesBeforePromotion - (counting ? left : 0));
}

Block* CodeCache::add(const ir::Unit& unit) {
  const std::size_t count = host_count_.load(std::memory_order_relaxed);
  if (unit.loops()) next_ += -reinterpret_cast<std::uintptr_t>(next_) % kCacheLine;
  if (next_ + kMaxBlockBytes > memory_ + kCacheBytes || count == kMaxBlocks) {
    full_ = true;
    return nullptr;
  }
  auto block = std::make_unique<Block>();
  block->pc = unit.pc;
  block->mode = unit.mode;
  block->range = unit.range;
  if (unit.counted) {
    block->counter = &counters_[counters_used_];
    *block->counter = kEntriesBeforePromotion;
  }
  x64::Assembler a(next_, kMaxBlockBytes);
  if (!x64::Emitter(unit, a, thunks_, wide_, pinned_, moving_, *block).run()) return nullptr;

  const auto at = reinterpret_cast<std::uintptr_t>(block->end);
  next_ = block->end + (16 - at % 16) % 16;
  Block* b = block.release();
  if (unit.counted) ++counters_used_;
  by_host_[count] = b;
  host_count_.store(count + 1, std::memory_order_release);
  Block*& published = blocks_[{b->pc, b->mode}];
  if (published != nullptr) replace(*published, *b);
  published = b;
  const std::uint64_t last = b->range.start + std::max<std::uint64_t>(b->range.length, 1) - 1;
  for (std::uint64_t p = b->range.start / kGuestPage; p <= last / kGuestPage; ++p) {
    pages_[p].push_back(b);
  }
  return b;
}

void CodeCache::link(const std::byte* stub_data, Block& target) {
  ExitData data;
  std::memcpy(&data, stub_data, sizeof data);
  if (data.field == 0) return;
  auto* at = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(stub_data));
  std::uint8_t* field = at - data.field;
  const bool poll = data.kind == ExitKind::chain_backward;
  target.incoming.push_back({field, at - kStubCallBytes, poll});
  set_rel32(field, poll ? target.entry_poll : target.entry);
}

/// Jumps to `old` become jumps to `block`. Threads may still be in the old one's code.
void CodeCache::replace(Block& old, Block& block) {
  for (const Link& l : old.incoming) set_rel32(l.field, l.poll ? block.entry_poll : block.entry);
  block.incoming.insert(block.incoming.end(), old.incoming.begin(), old.incoming.end());
  old.incoming.clear();
}

void CodeCache::unlink(Block& block) {
  for (const Link& l : block.incoming) set_rel32(l.field, l.stub);
  block.incoming.clear();
}

bool CodeCache::invalidate(std::uint64_t start, std::uint64_t length) {
  if (length == 0 || pages_.empty()) return false;
  const std::uint64_t end = start + (length - 1);
  std::vector<Block*> hit;
  const auto collect = [&](const std::vector<Block*>& blocks) {
    for (Block* b : blocks) {
      const std::uint64_t last = b->range.start + std::max<std::uint64_t>(b->range.length, 1) - 1;
      if (b->range.start <= end && start <= last) hit.push_back(b);
    }
  };
  if ((end / kGuestPage) - (start / kGuestPage) >= pages_.size()) {
    for (const auto& [page, blocks] : pages_) {
      if (page >= start / kGuestPage && page <= end / kGuestPage) collect(blocks);
    }
  } else {
    for (std::uint64_t p = start / kGuestPage; p <= end / kGuestPage; ++p) {
      if (const auto it = pages_.find(p); it != pages_.end()) collect(it->second);
    }
  }
  for (Block* b : hit) {
    unlink(*b);
    if (find(b->pc, b->mode) == b) blocks_.erase({b->pc, b->mode});
    const std::uint64_t last = b->range.start + std::max<std::uint64_t>(b->range.length, 1) - 1;
    for (std::uint64_t p = b->range.start / kGuestPage; p <= last / kGuestPage; ++p) {
      const auto it = pages_.find(p);
      if (it == pages_.end()) continue;
      std::erase(it->second, b);
      if (it->second.empty()) pages_.erase(it);
    }
  }
  return !hit.empty();
}

void CodeCache::clear() {
  const std::size_t count = host_count_.exchange(0, std::memory_order_acq_rel);
  for (std::size_t n = 0; n < count; ++n) delete by_host_[n];
  blocks_.clear();
  pages_.clear();
  next_ = first_;
  counters_used_ = 0;
  full_ = false;
}

const Block* CodeCache::find_by_host(const void* ip) const {
  const auto* at = static_cast<const std::uint8_t*>(ip);
  std::size_t low = 0, high = host_count_.load(std::memory_order_acquire);
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (by_host_[middle]->end <= at) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == host_count_.load(std::memory_order_acquire)) return nullptr;
  return by_host_[low]->start <= at ? by_host_[low] : nullptr;
}

}  // namespace emulate::jit
