#pragma once

/// What a CPU model has; the bits of CpuModel::features.

#include <cstdint>

namespace emulate::aarch64 {

inline constexpr std::uint64_t kCrypto = 1u << 0;  ///< AES, PMULL, SHA1, SHA256
inline constexpr std::uint64_t kCrc32 = 1u << 1;
inline constexpr std::uint64_t kAtomics = 1u << 2;  ///< LSE: CAS, SWP, LDADD, ...
inline constexpr std::uint64_t kRcpc = 1u << 3;     ///< LDAPR
inline constexpr std::uint64_t kDotProduct = 1u << 4;

/// MIDR_EL1 of the model is kept in the upper half.
inline constexpr unsigned kMidrShift = 32;
constexpr std::uint64_t midr(std::uint32_t value) { return std::uint64_t{value} << kMidrShift; }

}  // namespace emulate::aarch64
