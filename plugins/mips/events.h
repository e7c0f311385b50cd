#pragma once

/// What becomes of events before the host sees them.

#include "jit/engine/context.h"
#include "mips/translator.h"

namespace emulate::mips {

/// jit::Guest::handle_event().
bool handle_event(jit::Context& context, Event& event, const Traits& traits);

}  // namespace emulate::mips
