#pragma once

/// 64-bit operations on numbers that 32 bits hold, for fold_values. Machines with 64-bit registers
/// keep 32-bit results sign-extended; done on 32 bits, the extension is not in the way of what is
/// computed next, and often nobody needs it.

#include "jit/ir/unit.h"

namespace emulate::jit::opt {

/// Bit 31 of a 32-bit value is known to be 0.
bool not_negative(const ir::Unit& unit, ir::Ref r, unsigned depth = 0);
/// A 64-bit value that is the sign extension of its lower half, which Narrower has for nothing.
bool fits_low(const ir::Unit& unit, ir::Ref r);

class Narrower {
 public:
  explicit Narrower(ir::Unit& unit) : unit_(unit) {}

  /// Makes `i`, which is about to be appended to the unit, an extension of a 32-bit operation, or a
  /// comparison of 32 bits, where it can be. Appends what that needs. Returns a value that equals
  /// `i`, or kNone.
  ir::Ref narrow(ir::Inst& i);

 private:
  using Ref = ir::Ref;

  const ir::Inst& at(Ref r) const { return unit_.code[r]; }
  Ref append(const ir::Inst& i) {
    unit_.code.push_back(i);
    return static_cast<Ref>(unit_.code.size() - 1);
  }

  Ref low(Ref r);
  void widen(ir::Inst& i, const ir::Inst& narrow, bool sign);
  Ref sign_extension(ir::Inst& i);
  void truncation(ir::Inst& i) const;
  void masked(ir::Inst& i);
  void compare(ir::Inst& i);

  ir::Unit& unit_;
};

}  // namespace emulate::jit::opt
