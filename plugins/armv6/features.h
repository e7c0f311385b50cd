#pragma once

/// What a CPU model has; the bits of CpuModel::features.

#include <cstdint>

namespace emulate::armv6 {

inline constexpr std::uint64_t kV7 = 1u << 0;    ///< ARMv7: Thumb-2, barriers, VFPv3
inline constexpr std::uint64_t kNeon = 1u << 1;  ///< and 32 double registers
inline constexpr std::uint64_t kVfpV4 = 1u << 2;
inline constexpr std::uint64_t kDivide = 1u << 3;  ///< SDIV and UDIV, ARM and Thumb
inline constexpr std::uint64_t kTimer = 1u << 4;   ///< the generic timer's CNTVCT

}  // namespace emulate::armv6
