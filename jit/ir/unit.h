#pragma once

/// A unit: what is translated and compiled at once. A list of operations in order; an operation's
/// value is named by its index. Values live within one guest basic block, guest state in slots.

#include <cstdint>
#include <string>
#include <vector>

#include "jit/ir/op.h"
#include "jit/ir/type.h"

namespace emulate::jit::ir {

using Ref = std::uint16_t;
inline constexpr Ref kNone = 0;  ///< index 0 is always a nop

struct Inst {
  Op op = Op::nop;
  Type type = Type::none;  ///< of the value; of the operands for compares, of the value for stores
  std::uint16_t aux = 0;
  Ref args[4] = {};
  std::uint64_t imm = 0;
};

/// A stretch of guest memory the unit was made from.
struct GuestRange {
  std::uint64_t start = 0;
  std::uint64_t length = 0;
};

/// A loop that a region has twice (opt::vectorize_loop): its plain form is a block by the name of
/// an address that no instruction has.
constexpr std::uint64_t plain_form(std::uint64_t pc) { return pc | 1; }
/// Where the guest is at the start of a block.
constexpr std::uint64_t guest_address(std::uint64_t block) { return block & ~std::uint64_t{1}; }

/// A guest basic block within a unit.
struct BlockStart {
  std::uint64_t pc;
  Ref first;  ///< its first operation
};

struct Unit {
  std::uint64_t pc = 0;
  std::uint32_t mode = 0;      ///< the plugin's translation mode (part of the key)
  std::uint64_t stop = ~0ull;  ///< where translation ends at the latest: another block's start
  bool counted = false;        ///< counts its entries, to be made part of a region
  GuestRange range;            ///< of a region: its blocks and what lies between them
  unsigned guest_instructions = 0;
  std::vector<Inst> code;
  std::vector<std::uint64_t> extended;  ///< slots that hold kSignExtended numbers on entry
  std::vector<BlockStart> blocks;       ///< of a region, by address; empty: the whole is one block

  void clear() {
    code.clear();
    code.push_back({});
    blocks.clear();
    extended.clear();
    guest_instructions = 0;
    range = {};
  }
  /// The first operation of the block at `at`, or kNone.
  Ref block_at(std::uint64_t at) const {
    if (blocks.empty()) return at == pc ? 1 : kNone;
    for (const BlockStart& b : blocks) {
      if (b.pc == at) return b.first;
    }
    return kNone;
  }
  /// Has jumps that stay inside: guest registers then stay in host registers across them.
  bool loops() const {
    if (!blocks.empty()) return true;
    for (const Inst& i : code) {
      if ((i.op == Op::jump || i.op == Op::branch_if) && i.imm == pc) return true;
    }
    return false;
  }
  /// Makes the optimised unit `part` the next block of this region, or its next blocks.
  void append(const Unit& part);
};

/// Text for `-d ir` and test failures.
std::string to_string(const Unit& unit);
const char* name_of(Type type);

}  // namespace emulate::jit::ir
