#pragma once

/// Optimisation of a unit, one pass a file. Each keeps every value's meaning and the guest state at
/// every point where it can be looked at (OpInfo::may_leave).

#include <span>

#include "jit/ir/unit.h"

namespace emulate::jit::opt {

/// Operations on constants become constants; identities vanish; decided branches go. A get_slot
/// after a set_slot or get_slot of the same slot becomes that value; so does a load of what was
/// just stored or loaded. (Another thread's store in between then comes later; fences and atomic
/// operations keep their order.) A set_slot of what the slot holds goes.
void fold_values(ir::Unit& unit);
/// set_slots that are overwritten before anything can look go.
void remove_dead_stores(ir::Unit& unit);
/// Values nobody uses go.
void remove_dead_code(ir::Unit& unit);

/// For what is compiled only: a run of floating point operations is tested for NaNs once, at its
/// end, and only what no other result depends on. Where one is found, or a load in between faults,
/// the run is done again from its start by the interpreter, which has the tests (Op::defer).
void defer_checks(ir::Unit& unit);

/// `defer`: with defer_checks.
inline void optimize(ir::Unit& unit, bool defer = false) {
  fold_values(unit);
  if (defer) defer_checks(unit);
  remove_dead_stores(unit);
  remove_dead_code(unit);
}

/// A short block that is a loop by itself, optimised: it does several turns before it jumps back,
/// and tests for an interrupt, once. For what is compiled only.
void unroll_loop(ir::Unit& unit);

/// A short block that is a loop by itself, optimised, whose turns move or compute numbers that lie
/// one behind the other, becomes a region of two blocks. The first does many turns at once, in
/// vectors. The second is the loop, unrolled, for where few turns are left or memory overlaps; it
/// jumps back to the first (plain_form). For what is compiled only.
void vectorize_loop(ir::Unit& unit);

/// In a block that is a loop by itself, optimised: loads that walk through memory in long steps are
/// preceded by a prefetch of what a later turn loads. For what is compiled only.
void prefetch_ahead(ir::Unit& unit);

/// For a region's blocks, optimised: slots of 64 bits that are only given sign extensions of 32-bit
/// numbers, and mostly read as such, become slots of 32 bits (kSignExtended).
void narrow_slots(std::span<ir::Unit* const> blocks);

}  // namespace emulate::jit::opt
