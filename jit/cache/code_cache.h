#pragma once

/// The generated code of a process and the tables about it. Everything but find_by_host() is called
/// with the engine's lock held.

#include <atomic>
#include <cstddef>
#include <memory>
#include <unordered_map>
#include <vector>

#include "jit/cache/block.h"
#include "jit/x64/thunks.h"

namespace emulate::jit {

class CodeCache {
 public:
  static constexpr std::uint64_t kGuestPage = 4096;

  /// `wide`: 64-bit guest addresses. `pinned`, `moving`: as in Guest.
  CodeCache(bool wide, std::span<const ir::Slot> pinned, const ir::Moving& moving);
  ~CodeCache();
  CodeCache(const CodeCache&) = delete;
  CodeCache& operator=(const CodeCache&) = delete;

  /// False where no code can be generated: the host CPU or kernel does not allow it.
  bool usable() const { return memory_ != nullptr; }
  const x64::Thunks& thunks() const { return thunks_; }

  Block* find(std::uint64_t pc, std::uint32_t mode) const;
  /// Compiles and publishes, in the place of a block at the same pc. nullptr when the unit does not
  /// fit the generator or the cache is full (then full() is true and clear() must be called).
  Block* add(const ir::Unit& unit);
  bool full() const { return full_; }
  /// How often the block was entered, up to its promotion.
  static unsigned entries(const Block& block);

  /// Makes the jump an exit stub belongs to go straight to `target`. The stub's code must not
  /// have been cleared since it ran.
  void link(const std::byte* stub_data, Block& target);

  /// Forgets every block made from guest bytes in the range; nothing jumps to them any more.
  /// False when there were none.
  bool invalidate(std::uint64_t start, std::uint64_t length);
  /// Forgets everything. No thread may be in generated code.
  void clear();

  /// The block whose code contains `ip`, also one that was invalidated. Async-signal-safe.
  const Block* find_by_host(const void* ip) const;

  std::size_t block_count() const { return blocks_.size(); }
  std::size_t code_bytes() const { return static_cast<std::size_t>(next_ - memory_); }

 private:
  struct Key {
    std::uint64_t pc;
    std::uint32_t mode;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& k) const {
      return (k.pc ^ std::uint64_t{k.mode} << 40) * 0x9e37'79b9'7f4a'7c15u >> 16;
    }
  };

  void unlink(Block& block);
  void replace(Block& old, Block& block);

  bool wide_;
  std::span<const ir::Slot> pinned_;
  ir::Moving moving_;
  std::uint8_t* memory_ = nullptr;  ///< the counters, then the code
  std::int32_t* counters_ =
      nullptr;  ///< of blocks' entries, near the code but in pages of their own
  std::size_t counters_used_ = 0;
  std::uint8_t* first_ = nullptr;  ///< behind the thunks
  std::uint8_t* next_ = nullptr;
  bool full_ = false;
  x64::Thunks thunks_{};
  std::unordered_map<Key, Block*, Hash> blocks_;
  std::unordered_map<std::uint64_t, std::vector<Block*>> pages_;
  /// In order of address, since code is only ever appended. Its own mapping, so that readers in
  /// signal handlers never see it move.
  Block** by_host_ = nullptr;
  std::atomic<std::size_t> host_count_ = 0;
};

}  // namespace emulate::jit
