#pragma once

/// Translation of flag words by table.

#include <cstdint>
#include <span>

namespace emulate {

/// One flag, or one value of a field of several bits, on both sides.
struct FlagPair {
  std::uint32_t guest;
  std::uint32_t host;
  std::uint32_t guest_mask = guest;  ///< bits that must equal `guest`
  std::uint32_t host_mask = host;
};

using FlagTable = std::span<const FlagPair>;

constexpr std::uint32_t flags_to_host(FlagTable table, std::uint32_t guest) {
  std::uint32_t host = 0;
  for (const FlagPair& f : table) {
    if ((guest & f.guest_mask) == f.guest) host |= f.host;
  }
  return host;
}

constexpr std::uint32_t flags_to_guest(FlagTable table, std::uint32_t host) {
  std::uint32_t guest = 0;
  for (const FlagPair& f : table) {
    if ((host & f.host_mask) == f.host) guest |= f.guest;
  }
  return guest;
}

/// All bits the table knows on the host's side.
constexpr std::uint32_t host_bits(FlagTable table) {
  std::uint32_t bits = 0;
  for (const FlagPair& f : table) bits |= f.host_mask;
  return bits;
}

}  // namespace emulate
