#pragma once

/// What is known of guest registers and memory at each point of a unit, for fold_values.

#include <vector>

#include "jit/ir/unit.h"

namespace emulate::jit::opt {

class Forwarder {
 public:
  explicit Forwarder(const ir::Unit& unit) : unit_(unit) {}

  /// Takes note of `i`, the operation n, whose operands are final. It becomes a nop where a value
  /// that is returned does instead, or where it changes nothing.
  ir::Ref step(ir::Inst& i, ir::Ref n);

 private:
  /// A slot whose value is known.
  struct Slot {
    std::uint64_t offset;
    ir::Type type;
    ir::Ref value;
  };
  /// Bytes of guest memory whose contents are known.
  struct Bytes {
    ir::Ref root;      ///< a value, or kNone for a constant address
    std::uint64_t at;  ///< displacement from root
    ir::Type type;
    std::uint16_t aux;
    ir::Ref value;
  };

  ir::Ref find(const ir::Inst& i) const;
  void forget_slots(std::uint64_t offset, unsigned bytes);
  void move(const ir::Inst& i);
  Bytes place(const ir::Inst& i) const;
  bool within(const Bytes& a, const Bytes& b) const;
  ir::Ref load(const ir::Inst& i, ir::Ref n);
  void store(const ir::Inst& i);

  const ir::Unit& unit_;
  std::vector<Slot> slots_;
  std::vector<Bytes> memory_;
};

}  // namespace emulate::jit::opt
