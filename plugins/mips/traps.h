#pragma once

/// Numbers of EventKind::trap beyond those that trap instructions can have.

namespace emulate::mips {

/// Nothing but a way back to the dispatcher: the translation mode has changed.
inline constexpr unsigned kTrapLeave = 0x400;

}  // namespace emulate::mips
