#pragma once

/// Address spaces that programs may name (SPARC V9, table 16; the UltraSPARC manuals' block, short
/// and partial ones). Bit 3 makes each little-endian, bit 0 secondary, which a program cannot tell
/// from primary.

#include <cstdint>

namespace emulate::sparc64 {

inline constexpr unsigned kAsiPrimary = 0x80, kAsiNoFault = 0x82, kAsiFirstUser = 0x80;
inline constexpr unsigned kAsiLittle = 8, kAsiSecondary = 1;
inline constexpr unsigned kAsiPartial8 = 0xc0, kAsiPartial16 = 0xc2, kAsiPartial32 = 0xc4;
inline constexpr unsigned kAsiShort8 = 0xd0, kAsiShort16 = 0xd2;
inline constexpr unsigned kAsiBlockCommit = 0xe0, kAsiBlock = 0xf0;

/// The number without the bits that say little-endian and secondary.
constexpr unsigned asi_kind(unsigned asi) { return asi & ~(kAsiLittle | kAsiSecondary); }

}  // namespace emulate::sparc64
