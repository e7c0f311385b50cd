#pragma once

/// The value of a pure operation on constants: shared by the interpreter and constant folding.

#include <cstdint>
#include <optional>

#include "jit/ir/unit.h"

namespace emulate::jit {

/// Sign-extends a value of type `t`.
std::int64_t sign_extend(std::uint64_t v, ir::Type t);

/// Integer operations; nullopt for others and for a division that IR leaves undefined.
std::optional<std::uint64_t> evaluate_integer(const ir::Inst& inst, std::uint64_t a,
                                              std::uint64_t b, std::uint64_t c);

/// Floating point, in the rounding mode of the calling thread's MXCSR.
std::optional<std::uint64_t> evaluate_float(const ir::Inst& inst, std::uint64_t a, std::uint64_t b,
                                            std::uint64_t c);

}  // namespace emulate::jit
