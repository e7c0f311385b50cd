#pragma once

/// Runs one unit twice from the same state, by the interpreter and as generated code.

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "jit/cache/code_cache.h"
#include "jit/ir/builder.h"
#include "tests/unit/arm/mini_host.h"

namespace emulate::jit::test {

inline constexpr std::size_t kStateBytes = 2560;
/// Slots that move, where a test wants some.
inline constexpr ir::Moving kMoving{.from = 0, .to = 48, .distance = 400};
/// Guest memory a unit may touch.
inline constexpr std::uint64_t kMemory = 0x10000;
inline constexpr std::size_t kMemoryBytes = 4096;

/// Everything a unit can change.
struct Outcome {
  bool event = false;
  std::uint64_t pc = 0;
  unsigned event_kind = 0;
  unsigned event_code = 0;
  std::array<std::byte, kStateBytes> state{};
  std::array<std::byte, kMemoryBytes> memory{};
  std::uint32_t rounding_and_flags = 0;

  bool operator==(const Outcome&) const = default;
};
std::string describe(const Outcome& expected, const Outcome& found);

class Harness {
 public:
  /// `moving`: kMoving, or nothing.
  explicit Harness(bool wide, const ir::Moving& moving = {});
  ~Harness();
  Harness(const Harness&) = delete;
  Harness& operator=(const Harness&) = delete;

  /// Where both runs start from.
  std::array<std::byte, kStateBytes> state{};
  std::array<std::byte, kMemoryBytes> memory{};
  std::uint32_t mxcsr = 0x1f80;
  /// Invalid and denormal are also set by comparisons, which may be made or left out.
  std::uint32_t ignored_flags = 3;
  /// Generated code is to stop where it looks for an interrupt.
  bool interrupted = false;

  Outcome interpret(const ir::Unit& unit);
  /// Compiles and runs; `compiled` false when the generator refused.
  /// `exact`: what to interpret where it leaves for a replay (Op::defer).
  Outcome execute(const ir::Unit& unit, bool& compiled, const ir::Unit* exact = nullptr);

  /// Runs several units from the first one's start on, until there is none at the pc. Of two at the
  /// same pc, the last one runs.
  Outcome interpret(std::span<const ir::Unit> units);
  Outcome execute(std::span<const ir::Unit> units, bool& compiled);

  /// Runs that were left to be done again by the interpreter, and could be.
  unsigned replays() const { return replays_; }

 private:
  void start();
  bool leave_by_stub(ExitKind& kind);
  Outcome replay(const ir::Unit& unit);
  Outcome finish(bool event);

  emulate::test::MiniHost host_;
  CodeCache cache_;
  Context* context_;
  std::vector<JumpCacheEntry> lookups_;
  std::vector<std::byte> stack_;
  unsigned replays_ = 0;
};

/// Helpers that test units call: 0 pure mix of its arguments, 1 adds a to the first state word.
std::span<const Helper> test_helpers();

}  // namespace emulate::jit::test
