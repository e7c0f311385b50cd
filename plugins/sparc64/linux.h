#pragma once

/// Linux/sparc64 programs.

#include "emulate/emulate.h"
#include "jit/engine/context.h"

namespace emulate::sparc64 {

/// Software traps that get and set a ucontext_t in %o0 (getcontext, setcontext of the C library).
bool context_trap(jit::Context& context, unsigned number);

}  // namespace emulate::sparc64
