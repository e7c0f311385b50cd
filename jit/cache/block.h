#pragma once

/// A compiled unit and what must be known about its code.

#include <cstdint>
#include <vector>

#include "jit/ir/unit.h"

namespace emulate::jit {

/// A guest register that lives in a host register throughout a block's code.
struct SlotHome {
  std::uint32_t offset;  ///< in the guest state
  ir::Type type;
  std::uint8_t reg;       ///< number of a Gpr, or of an Xmm for floating point types
  bool extended = false;  ///< an i32 whose sign extension is the slot, 64 bits (ir::kSignExtended)
};

/// A host instruction that may fault: where the guest is then, and which of the block's slots are
/// newer in their host registers than in memory.
struct FaultPoint {
  std::uint32_t offset;  ///< from the block's start
  std::uint32_t dirty;   ///< bit n: slots[n]
  std::uint64_t pc;
  bool range;               ///< a ud2 after a failed range check; the guest address is in rax
  bool write;               ///< with range: the access was a store
  bool misaligned = false;  ///< with range: it is the address's alignment that failed
  bool replay = false;      ///< pc and slots are of the start of a run to be done again (Op::defer)
};

/// A patched jump in another block: how to undo it.
struct Link {
  std::uint8_t* field;       ///< its rel32
  const std::uint8_t* stub;  ///< where it pointed at first
  bool poll;                 ///< to entry_poll
};

struct Block {
  std::uint64_t pc = 0;
  std::uint32_t mode = 0;
  ir::GuestRange range;
  std::uint8_t* start = nullptr;
  std::uint8_t* end = nullptr;
  std::uint8_t* entry = nullptr;       ///< from a jump forwards
  std::uint8_t* entry_poll = nullptr;  ///< tests for an interrupt first: from jumps backwards
  std::int32_t* counter = nullptr;     ///< entries until it is promoted; nullptr: a region
  unsigned replays = 0;                ///< times it was left by ExitKind::replay
  std::vector<SlotHome> slots;
  std::vector<FaultPoint> faults;  ///< by offset
  std::vector<Link> incoming;
};

/// What follows the call of the exit thunk in an exit stub. Unaligned in the code.
enum class ExitKind : std::uint32_t {
  chain,           ///< go on at pc; `field` may be patched to that block
  chain_backward,  ///< the same, to its entry_poll
  resume,          ///< go on at pc
  raise,           ///< extra: the IR operation's aux; pc as Op::raise says
  fetch_fault,     ///< extra: the address; pc the instruction to blame
  promote,         ///< the block at pc was entered often: make a region of it, then go on there
  replay,          ///< interpret from pc on (Op::replay_if)
  misfit,          ///< the region at pc was made for numbers that fit 32 bits: make it for others
};
struct ExitData {
  ExitKind kind;
  std::int32_t field;  ///< distance from the data back to the rel32 field
  std::uint64_t pc;
  std::uint64_t extra;
};
static_assert(sizeof(ExitData) == 24);
inline constexpr unsigned kStubCallBytes = 5;

}  // namespace emulate::jit
