#pragma once

/// Register windows between State and the guest's stack.

#include "jit/engine/context.h"
#include "sparc64/state.h"

namespace emulate::sparc64 {

/// A window as it lies at a stack pointer, big-endian. False where the guest's memory cannot be
/// accessed.
bool store_window(HostServices& host, std::uint64_t sp, const Window& window);
bool load_window(HostServices& host, std::uint64_t sp, Window& window);

/// Writes the callers' windows to their frames, as flushw does: the next `restore` reads memory.
bool flush_windows(jit::Context& context);
/// The current window as well, as the kernel does before anybody looks at the stack.
bool flush_all_windows(jit::Context& context);
/// Takes the current window's locals and ins from its frame.
bool reload_current_window(jit::Context& context);

/// Forgets the callers' windows.
void drop_windows(State& state);

/// Where a `save` finds the ring full: makes room, the older half moves to the stack.
bool spill_windows(jit::Context& context);
/// Where a `restore` finds no caller's window in the ring: reads it from its frame.
bool fill_window(jit::Context& context);

}  // namespace emulate::sparc64
