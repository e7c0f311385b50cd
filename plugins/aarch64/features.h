#pragma once

/// What a CPU model has; the bits of CpuModel::features.

#include <cstdint>

#include "emulate/machine.h"

namespace emulate::aarch64 {

inline constexpr std::uint64_t kCrypto = 1u << 0;  ///< AES, PMULL, SHA1, SHA256
inline constexpr std::uint64_t kCrc32 = 1u << 1;
inline constexpr std::uint64_t kAtomics = 1u << 2;  ///< LSE: CAS, SWP, LDADD, ...
inline constexpr std::uint64_t kRcpc = 1u << 3;     ///< LDAPR
inline constexpr std::uint64_t kDotProduct = 1u << 4;

/// MIDR_EL1 of the model is kept in the upper half.
inline constexpr unsigned kMidrShift = 32;
constexpr std::uint64_t midr(std::uint32_t value) { return std::uint64_t{value} << kMidrShift; }

/// AT_HWCAP of the model: FreeBSD took Linux's numbers (FreeBSD sys/arm64/include/elf.h, Linux
/// arch/arm64/include/uapi/asm/hwcap.h).
constexpr std::uint64_t hwcaps(const CpuModel& cpu) {
  constexpr std::uint64_t kFp = 1u << 0, kAsimd = 1u << 1, kAes = 1u << 3, kPmull = 1u << 4,
                          kSha1 = 1u << 5, kSha2 = 1u << 6, kCrc = 1u << 7, kLse = 1u << 8,
                          kLrcpc = 1u << 15, kAsimdDp = 1u << 20;
  std::uint64_t caps = kFp | kAsimd;
  if (cpu.features & kCrypto) caps |= kAes | kPmull | kSha1 | kSha2;
  if (cpu.features & kCrc32) caps |= kCrc;
  if (cpu.features & kAtomics) caps |= kLse;
  if (cpu.features & kRcpc) caps |= kLrcpc;
  if (cpu.features & kDotProduct) caps |= kAsimdDp;
  return caps;
}

}  // namespace emulate::aarch64
