#pragma once

/// Feature bits of CPU models, and of instruction rows' `needs`.

#include <cstdint>

namespace emulate::mips {

inline constexpr std::uint32_t kFpu = 1u << 0;     ///< else the kernel emulates it: same results
inline constexpr std::uint32_t kMips64 = 1u << 1;  ///< 64-bit integer instructions
inline constexpr std::uint32_t kFr1 = 1u << 2;     ///< 32 double registers

}  // namespace emulate::mips
