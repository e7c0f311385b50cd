#pragma once

/// AT_HWCAP and AT_HWCAP2 of a CPU model, which FreeBSD and Linux define alike (FreeBSD
/// sys/powerpc/include/cpu.h, Linux arch/powerpc/include/uapi/asm/cputable.h).

#include <cstdint>

#include "ppc/features.h"

namespace emulate::ppc {

struct HwcapBit {
  std::uint32_t needs;
  std::uint32_t bit;
};

inline constexpr HwcapBit kHwcapBits[] = {
    {0, 0x8000'0000u},         // 32
    {k64, 0x4000'0000u},       // 64
    {kAltivec, 0x1000'0000u},  // ALTIVEC
    {0, 0x0800'0000u},         // FPU
    {0, 0x0400'0000u},         // MMU
    {k205, 0x0000'1000u},      // ARCH_2_05
    {k206, 0x0000'0100u},      // ARCH_2_06
    {kVsx, 0x0000'0080u},      // VSX
};
/// What only Linux says of processors that have it: FreeBSD (12.1, sys/powerpc/powerpc/cpu.c) has a
/// name for the bit and sets it for none.
inline constexpr HwcapBit kLinuxHwcapBits[] = {
    {k205, 0x0000'0400u},  // DFP
};
inline constexpr HwcapBit kHwcap2Bits[] = {
    {k207, 0x8000'0000u},  // ARCH_2_07
    {k206, 0x2000'0000u},  // DSCR
    {k206, 0x0800'0000u},  // ISEL
    {k207, 0x0400'0000u},  // TAR
    {k207, 0x0200'0000u},  // VEC_CRYPTO
    // Not ARCH_3_00: of Power ISA 3.0 only the fixed point instructions are there.
    {k300, 0x0020'0000u},  // DARN
};

template <std::size_t N>
constexpr std::uint64_t hwcap_of(const HwcapBit (&bits)[N], std::uint64_t features) {
  std::uint64_t v = 0;
  for (const HwcapBit& b : bits) {
    if ((features & b.needs) == b.needs) v |= b.bit;
  }
  return v;
}

}  // namespace emulate::ppc
