#pragma once

/// Feature bits of CPU models, and of instruction rows' `needs`.

#include <cstdint>

namespace emulate::sparc64 {

inline constexpr std::uint32_t kVis2 = 1u << 0;  ///< bmask, bshuffle, siam, edge*n

}  // namespace emulate::sparc64
