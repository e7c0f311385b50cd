#pragma once

/// Slots that move: register windows. What is at the offset o of such a slot lies o + the distance
/// into the guest state, and the distance is itself a number there.

#include <cstdint>

namespace emulate::jit::ir {

struct Moving {
  std::uint16_t from = 0;  ///< offsets of the slots
  std::uint16_t to = 0;
  std::uint16_t distance = 0;  ///< offset of the distance, an i64; no set_slot writes it

  constexpr bool any() const { return from < to; }
  constexpr bool has(std::uint64_t offset) const { return offset >= from && offset < to; }
};

/// imm of Op::move. Its aux is how far the slots go, as a signed number.
constexpr std::uint64_t pack_moving(const Moving& m) {
  return m.from | std::uint64_t{m.to} << 16 | std::uint64_t{m.distance} << 32;
}
constexpr Moving unpack_moving(std::uint64_t imm) {
  return {static_cast<std::uint16_t>(imm), static_cast<std::uint16_t>(imm >> 16),
          static_cast<std::uint16_t>(imm >> 32)};
}

/// The offset by which a moving slot of `bytes` at `offset` has to be called after the move, or
/// before it with `back`; false where it has none.
constexpr bool follow(const Moving& m, std::uint16_t aux, bool back, std::uint64_t& offset,
                      unsigned bytes) {
  const std::int64_t by = static_cast<std::int16_t>(aux);
  const std::int64_t at = static_cast<std::int64_t>(offset) + (back ? by : -by);
  if (at < m.from || at + bytes > m.to) return false;
  offset = static_cast<std::uint64_t>(at);
  return true;
}

}  // namespace emulate::jit::ir
