#pragma once

/// Runs the intermediate form directly: the definition of every operation, the fallback where no
/// code can be generated, and the oracle of the code generator's tests.

#include <functional>

#include "jit/engine/context.h"
#include "jit/ir/unit.h"

namespace emulate::jit {

enum class Exit : std::uint8_t {
  next,   ///< go on at context.pc
  event,  ///< context.event is set, context.pc exact
};

/// Called where a guest instruction begins.
using AtPc = std::function<void(std::uint64_t pc)>;

/// Runs `unit` once, from its start to whatever leaves it. A loop inside it ends when
/// context.interrupt is set.
Exit interpret(const ir::Unit& unit, Context& context, const AtPc& at_pc = {});

/// Event of an Op::raise.
Event unpack_event(std::uint16_t aux, std::uint64_t pc);

}  // namespace emulate::jit
