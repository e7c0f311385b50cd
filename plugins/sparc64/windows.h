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

// For translated code, which may have State's registers in the host's: these two look at nothing
// but the array, and return what State::resident becomes.
/// Makes room in a full array: the older half moves to the stack. Still full: it could not.
std::uint64_t spill_windows(jit::Context& context);
/// Reads the caller's window, whose frame is at `fp`, into the empty array. 0: it could not.
std::uint64_t fill_window(jit::Context& context, std::uint64_t fp);

}  // namespace emulate::sparc64
