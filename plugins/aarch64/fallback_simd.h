#pragma once

/// SIMD instructions the translator does not know.

#include <cstdint>

#include "aarch64/fallback.h"

namespace emulate::aarch64 {

/// Executes `word` if it is one of them.
Interpreted interpret_simd(std::uint32_t word, RegisterAccess& registers);

}  // namespace emulate::aarch64
