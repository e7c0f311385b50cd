#pragma once

/// Trap types (SPARC V9, table 14): the code of EventKind::trap.

namespace emulate::sparc64 {

inline constexpr unsigned kTrapPrivilegedOpcode = 0x11, kTrapTagOverflow = 0x23,
                          kTrapDataAccess = 0x30, kTrapNotAligned = 0x34,
                          kTrapPrivilegedAction = 0x37, kTrapSpill = 0x80, kTrapFill = 0xc0,
                          kTrapSoftware = 0x100;  ///< + the number of a Tcc
/// Not the guest's: go on through the dispatcher.
inline constexpr unsigned kTrapLeave = 0xfff;

// Software traps that both systems know.
inline constexpr unsigned kSoftBreakpoint = 1, kSoftDivide = 2, kSoftFlushWindows = 3;

}  // namespace emulate::sparc64
