#pragma once

/// Feature bits of CPU models, and of instruction rows' `needs`.

#include <cstdint>

namespace emulate::ppc {

inline constexpr std::uint32_t k64 = 1u << 0;       ///< 64-bit instructions
inline constexpr std::uint32_t kAltivec = 1u << 1;  ///< VMX
inline constexpr std::uint32_t kFsqrt = 1u << 2;    ///< fsqrt, mtocrf: 970 and later
inline constexpr std::uint32_t k202 = 1u << 3;      ///< Power ISA 2.02 (POWER5+): popcntb, frin
inline constexpr std::uint32_t k205 = 1u << 4;      ///< 2.05 (POWER6): cmpb, decimal
inline constexpr std::uint32_t k206 = 1u << 5;      ///< 2.06 (POWER7): isel, popcntd, divde
inline constexpr std::uint32_t kVsx = 1u << 6;
inline constexpr std::uint32_t k207 = 1u << 7;       ///< 2.07 (POWER8): lbarx, bctar, more vectors
inline constexpr std::uint32_t k300 = 1u << 8;       ///< 3.0 (POWER9), fixed point: modulo, OV32
inline constexpr std::uint32_t k60x = 1u << 9;       ///< mcrxr, which 64-bit processors lack
inline constexpr std::uint32_t kLine128 = 1u << 10;  ///< cache lines of 128 bytes, else 32

inline constexpr std::uint32_t kG4 = kAltivec | k60x;
inline constexpr std::uint32_t k970 = k64 | kAltivec | kFsqrt | kLine128;
inline constexpr std::uint32_t kPower7 = k970 | k202 | k205 | k206 | kVsx;
inline constexpr std::uint32_t kPower8 = kPower7 | k207;
inline constexpr std::uint32_t kPower9 = kPower8 | k300;

}  // namespace emulate::ppc
