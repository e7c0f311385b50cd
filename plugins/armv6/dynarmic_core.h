#pragma once

/// The core on Dynarmic's A32 translator.

#include <memory>

#include "arm/code_pages.h"
#include "arm/core.h"
#include "armv6/state.h"

namespace emulate::armv6 {

/// `first`: the process's first thread gets the larger code cache. Throws when memory is short.
std::unique_ptr<arm::Core<State>> make_dynarmic_core(const EngineConfig& config, Engine& engine,
                                                     arm::CodePages& code_pages, bool first);

/// The core that runs on this thread, or nullptr. Async-signal-safe once a core ran on the thread.
arm::Core<State>* running_core();

}  // namespace emulate::armv6
