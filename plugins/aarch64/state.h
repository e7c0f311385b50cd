#pragma once

/// The AArch64 register file as a program sees it.

#include <array>
#include <cstdint>

namespace emulate::aarch64 {

struct State {
  std::array<std::uint64_t, 31> x{};
  std::uint64_t sp = 0;
  std::uint64_t pc = 0;
  std::uint32_t nzcv = 0;  ///< PSTATE; only bits 31 to 28 are used
  std::uint32_t fpcr = 0;
  std::uint32_t fpsr = 0;
  std::array<std::array<std::uint64_t, 2>, 32> v{};
  std::uint64_t tpidr = 0;
  std::uint64_t tpidrro = 0;
};

inline constexpr std::uint32_t kFlagC = 1u << 29;

}  // namespace emulate::aarch64
