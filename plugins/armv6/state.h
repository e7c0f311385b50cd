#pragma once

/// The AArch32 register file as a program sees it.

#include <array>
#include <cstdint>

namespace emulate::armv6 {

struct State {
  std::array<std::uint32_t, 15> r{};  ///< r0 to r14
  std::uint32_t pc = 0;               ///< without the Thumb bit
  std::uint32_t cpsr = 0x10;          ///< user mode
  std::uint32_t fpscr = 0;
  std::array<std::uint32_t, 64> s{};  ///< d0 to d31; s0 to s31 are the first half
  std::uint32_t tpidrurw = 0;
  std::uint32_t tpidruro = 0;
};

inline constexpr unsigned kSp = 13;
inline constexpr unsigned kLr = 14;

// FreeBSD sys/arm/include/armreg.h
inline constexpr std::uint32_t kPsrMode = 0x1f;
inline constexpr std::uint32_t kPsrUser = 0x10;
inline constexpr std::uint32_t kPsrThumb = 1u << 5;
inline constexpr std::uint32_t kPsrF = 1u << 6;
inline constexpr std::uint32_t kPsrI = 1u << 7;
inline constexpr std::uint32_t kPsrC = 1u << 29;
inline constexpr std::uint32_t kPsrIt = 0x0600fc00;  ///< the IT block's state

/// Goes to `address` as an interworking branch does: bit 0 selects Thumb.
inline void branch(State& s, std::uint32_t address) {
  s.cpsr = (s.cpsr & ~(kPsrThumb | kPsrIt)) | ((address & 1) ? kPsrThumb : 0);
  s.pc = address & ~std::uint32_t{1};
}

}  // namespace emulate::armv6
